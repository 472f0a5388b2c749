"""What people type, as the value it stands for: codes by number, dates as they write them.

A field with a fixed form also takes what is plainly meant: full-width and Khmer digits, `2026/4/1`,
`kh` for KH. Free text passes as it was typed. What cannot be meant is refused in words.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from gateway.cli.form import Field, Kind
from gateway.errors import GatewayError

_YES: Final = frozenset({"y", "yes", "true"})
_NO: Final = frozenset({"n", "no", "false"})
# Year first, as in both countries' papers; day and month in another order could mean two things.
_DATE: Final = re.compile(
    r"([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*(?:[-/.月]\s*([0-9]{1,2})\s*日?|月)"
)
_BETWEEN: Final = re.compile(r"[,;、]")


class UnfitError(GatewayError):
    """What was typed cannot be taken; the text says what can."""


def typed(field: Field, text: str) -> Any:
    """Return the value that a text stands for in a field.

    Raises:
        UnfitError: It stands for none; the words say what is expected.
    """
    match field.kind:
        case Kind.CODE:
            return _code(field, text)
        case Kind.YES_NO:
            return yes_or_no(text)
        case Kind.NUMBER:
            return _number(field, text)
        case Kind.LIST if field.is_choices:
            parts = [part.strip() for part in _BETWEEN.split(plain(text)) if part.strip()]
            return fitting(field, [typed(field.entry("0"), part) for part in parts])
        case Kind.TEXT if field.has_form:
            return _formed(field, text)
        case Kind.TEXT:
            return fitting(field, text)
    raise UnfitError("has fields of its own: fill in those")


def fitting(field: Field, value: Any) -> Any:
    """Return the value if the schema takes it.

    Raises:
        UnfitError: It does not.
    """
    if faults := field.faults(value):
        raise UnfitError(faults[0].text)
    return value


def yes_or_no(text: str) -> bool:
    """Return what a yes or a no stands for.

    Raises:
        UnfitError: It is neither.
    """
    word = plain(text).lower()
    if word not in _YES | _NO:
        raise UnfitError("is neither yes nor no: type y or n")
    return word in _YES


def plain(text: str) -> str:
    """Return a text with full-width letters as plain ones and digits of any script as 0 to 9."""
    found = unicodedata.normalize("NFKC", text.strip())
    return "".join(str(unicodedata.decimal(sign, sign)) for sign in found)


def option_labels(codes: tuple[str, ...]) -> dict[str, str]:
    """Return the words for codes, from the code list that has exactly these; else none."""
    return _code_lists().get(frozenset(codes), {})


def _code(field: Field, text: str) -> str:
    codes, word = field.codes(), plain(text)
    if word.isdigit() and 1 <= int(word) <= len(codes) and word not in codes:
        return codes[int(word) - 1]
    labels = option_labels(codes)
    for names in ({code: code for code in codes}, labels):
        same = [code for code, name in names.items() if name.casefold() == word.casefold()]
        if len(same) == 1:
            return same[0]
    begun = [code for code in codes if word and code.casefold().startswith(word.casefold())]
    if len(begun) == 1:
        return begun[0]
    raise UnfitError(f"is not one of: {', '.join(begun or codes)}")


def _number(field: Field, text: str) -> int:
    try:
        value = int(plain(text))
    except ValueError:
        raise UnfitError("is not a whole number") from None
    return int(fitting(field, value))


def _formed(field: Field, text: str) -> str:
    """Return the first way of writing that the form takes; the one that was typed comes first."""
    for candidate in _candidates(field, text):
        if not field.faults(candidate):
            return _not_past(field, candidate)
    return str(fitting(field, text.strip()))


def _not_past(field: Field, value: str) -> str:
    """Return the value unless it is a time that has passed where only a later one makes sense.

    Raises:
        UnfitError: It lies in the past. The node would say so too, but only when all is written.
    """
    if "x-future" in field.schema:
        import datetime as dt

        # One spelling, always in UTC, so that texts compare as their times do.
        if value <= dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"):
            raise UnfitError("lies in the past")
    return value


def _candidates(field: Field, text: str) -> Iterator[str]:
    from gateway.catalogue.numbers import completed_support_number

    word = plain(text)
    yield text.strip()
    yield word
    if "x-moment" in field.schema:
        yield _as_moment(_DATE.sub(_as_date, word))
    yield _DATE.sub(_as_date, word)
    yield completed_support_number(word)
    yield word.upper()
    yield word.lower()
    yield word.capitalize()
    yield re.sub(r"[\s-]", "", word).upper()


def _as_moment(text: str) -> str:
    """Return a day, or a time in the chosen zone, as the time in UTC; a day ends at midnight."""
    import datetime as dt

    import click

    from gateway.cli import times_shown

    if click.get_current_context(silent=True) is None:
        return text
    try:
        moment = times_shown.moment(text, "", now=dt.datetime.now(dt.UTC), is_end=True)
    except click.BadParameter:
        return text
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _as_date(found: re.Match[str]) -> str:
    year, month, day = found.groups()
    return f"{year}-{int(month):02}" + (f"-{int(day):02}" if day else "")


@cache
def _code_lists() -> dict[frozenset[str], dict[str, str]]:
    import json

    from gateway import resources

    lists = {}
    for path, raw in resources.schema_files().items():
        if path.startswith("codes/"):
            codes = json.loads(raw)["codes"]
            lists[frozenset(codes)] = {code: _label(each) for code, each in codes.items()}
    return lists


def _label(code: Mapping[str, Any]) -> str:
    """Return the words for a code; of one that is retired, its last day too."""
    words: str = code["label"]["en"]
    return f"{words} (until {code['valid_to']})" if "valid_to" in code else words
