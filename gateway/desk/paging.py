"""What a list is asked with: where a page starts, and filters that can fit something."""

from collections.abc import Iterable

from gateway.envelope import times
from gateway.errors import InvalidError, MalformedError, Problem


def row_key(after: str | None) -> int | None:
    """Return the row that a page of messages starts after.

    Raises:
        InvalidError: Not a value that an earlier page returned.
    """
    if after is None:
        return None
    if not after.isascii() or not after.isdigit() or len(after) > 18:
        raise no_such_page()
    return int(after)


def change_key(after: str | None) -> tuple[str, str] | None:
    """Return time and thread that a page of matters starts after.

    Raises:
        InvalidError: Not a value that an earlier page returned.
    """
    if after is None:
        return None
    moment, mark, thread = after.partition("~")
    if not mark:
        raise no_such_page()
    return moment, thread


def change_text(updated: str, thread: str) -> str:
    """Return the `after` of the page that follows a matter."""
    return f"{updated}~{thread}"


def check_filter(name: str, value: str | None, allowed: Iterable[str]) -> None:
    """Let pass only a filter that something could fit.

    Raises:
        InvalidError: Nothing ever has this value; an empty list would look like an answer.
    """
    known = sorted(allowed)
    if value is not None and value not in known:
        problem = Problem(name, f"is not one of: {', '.join(known)}")
        raise InvalidError(f"no such {name}", problems=(problem,))


def check_period(since: str | None, until: str | None) -> None:
    """Let pass only a time that something could fall into; either end may be open.

    Raises:
        InvalidError: One of them is no time, or the period ends before it begins.
    """
    for name, value in (("since", since), ("until", until)):
        try:
            times.parse(value or "2000-01-01T00:00:00Z")
        except MalformedError:
            problem = Problem(name, "is not a time such as 2026-11-24T00:00:00Z")
            raise InvalidError(f"no such time: {name}", problems=(problem,)) from None
    if since is not None and until is not None and since >= until:
        problem = Problem("until", "is not later than since")
        raise InvalidError("until is not later than since", problems=(problem,))


def no_such_page() -> InvalidError:
    """Return the error for an `after` that no page of such a list ever gave."""
    problem = Problem("after", "is not a value that an earlier page returned")
    return InvalidError("no such page", problems=(problem,))
