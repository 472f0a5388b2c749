"""What a list is asked with: where a page starts, and filters that can fit something."""

from collections.abc import Iterable

from gateway.errors import InvalidError, Problem


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


def no_such_page() -> InvalidError:
    """Return the error for an `after` that no page of such a list ever gave."""
    problem = Problem("after", "is not a value that an earlier page returned")
    return InvalidError("no such page", problems=(problem,))
