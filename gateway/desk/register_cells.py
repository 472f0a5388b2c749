"""From the text of a cell to the value that the schema wants there.

Spreadsheets write days and yes or no in many ways; what has one meaning is taken, all else is a
fault. `01/02/2026` has two and is none of ours.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any, Final

from gateway.catalogue.numbers import completed_support_number
from gateway.catalogue.text import compact, folded

_DAY: Final = re.compile(
    r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?(?:[ T]00?:00(?::00)?)?"
)
# Two numbers of which either may be the month, as countries differ.
_TWO_DAYS: Final = re.compile(r"(?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|1[0-2])[-/.][0-9]{4}")
# No list says a day so late; a slip of the pen does.
_LAST_YEAR: Final = 2100
_ERA_DAY: Final = re.compile(
    r"(令和|平成|R|H)[ .]?(元|[0-9]{1,2})[年.\-/]([0-9]{1,2})[月.\-/]([0-9]{1,2})日?"
)
# The first and the last day of each era.
_REIWA: Final = (date(2019, 5, 1), date(_LAST_YEAR, 12, 31))
_HEISEI: Final = (date(1989, 1, 8), date(2019, 4, 30))
_ERAS: Final = {"令和": _REIWA, "R": _REIWA, "平成": _HEISEI, "H": _HEISEI}
# The circles of Japanese tables: U+25CB, the ideographic zero U+3007, U+25EF; the cross U+00D7.
_YES: Final = frozenset(
    {"yes", "y", "true", "1", "\u25cb", "\u3007", "\u25ef", "有", "はい", "可", "該当"}
)
_NO: Final = frozenset(
    {"no", "n", "false", "0", "\u00d7", "x", "-", "無", "いいえ", "否", "非該当"}
)
# Semicolons and commas, wide ones too.
_PARTED: Final = re.compile("[;\uff1b、,\uff0c\n]")
# How Japanese lists say some codes; a word counts only where its code may stand.
_SAID: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "法人": ("corporation",),
        "個人": ("individual",),
        "有効": ("active", "approved"),
        "登録": ("active",),
        "認定": ("approved",),
        "停止": ("suspended",),
        "休止": ("suspended",),
        "廃止": ("abolished", "surrendered"),
        "取消": ("cancelled", "revoked"),
        "登録取消": ("cancelled",),
        "認定取消": ("revoked",),
        "失効": ("expired",),
        "期限切れ": ("expired",),
    }
)

_FAULTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "date": "is no day such as 2026-03-31 or 令和8年3月31日",
        "two-days": "may be two days: write the year first, as in 2026-03-31",
        "boolean": "is neither yes nor no",
        "integer": "is no whole number",
        "object": "holds more than one text can say: it has columns of its own",
    }
)


_NONE: Final[Mapping[str, Any]] = MappingProxyType({})
# By the name of a code list: the code for each word of it, folded.
Meanings = Mapping[str, Mapping[str, str]]


# As much of a cell as a line of error text has room for.
_QUOTED: Final = 40
# A list of codes longer than this is looked up.
_MOST_OPTIONS: Final = 12


class CellError(ValueError):
    """The text has no meaning here; the error's own text says which it should have.

    Args:
        instead: What may stand there while the rest of the row is judged; None if nothing may.
    """

    def __init__(self, text: str, *, instead: Any = None) -> None:
        super().__init__(text)
        self.instead = instead


def value_of(
    text: str, schema: Mapping[str, Any], document: Mapping[str, Any], meanings: Meanings = _NONE
) -> Any:
    """Return the value of a cell.

    Args:
        schema: What the schema says of the place.
        document: The whole schema, for its `$defs`.
        meanings: What words of code lists stand for.

    Raises:
        CellError: It can be no such value. Patterns are judged later, by the schema.
    """
    wanted = resolved(schema, document)
    match wanted.get("type"):
        case "boolean":
            return _flag(text)
        case "integer":
            return _number(text)
        case "array":
            return _several(text, wanted.get("items") or {}, document, meanings)
        case "object":
            raise CellError(_FAULTS["object"])
    if wanted.get("format") == "date":
        return _day(text)
    if "enum" in wanted:
        return _code(text, wanted, meanings)
    return _fitted(text, wanted)


def place_in(
    path: tuple[str, ...], schema: Mapping[str, Any], document: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """Return what the schema says of a path, None if it knows no such place."""
    node = resolved(schema, document)
    for name in path:
        below = _member(name, node)
        if below is None:
            return None
        node = resolved(below, document)
    return node


def resolved(schema: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a schema with what its reference says put in."""
    while (reference := schema.get("$ref")) is not None:
        name = str(reference).removeprefix("#/$defs/")
        schema = {**document["$defs"][name], **{k: v for k, v in schema.items() if k != "$ref"}}
    return schema


def _member(name: str, node: Mapping[str, Any]) -> Mapping[str, Any] | None:
    found = (node.get("properties") or {}).get(name)
    if found is None:
        for pattern, each in (node.get("patternProperties") or {}).items():
            if re.search(pattern, name):
                found = each
    return found if isinstance(found, Mapping) else None


def _flag(text: str) -> bool:
    word = unicodedata.normalize("NFKC", text).casefold()
    if word in _YES or text in _YES:
        return True
    if word in _NO or text in _NO:
        return False
    raise CellError(_FAULTS["boolean"], instead=False)


def _number(text: str) -> int:
    digits = unicodedata.normalize("NFKC", text).replace(",", "")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 15:
        raise CellError(_FAULTS["integer"])
    return int(digits)


def _day(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text)
    try:
        if (found := _DAY.fullmatch(plain)) is not None:
            day = date(*(int(part) for part in found.groups()))
            if day.year <= _LAST_YEAR:
                return day.isoformat()
        if (found := _ERA_DAY.fullmatch(plain)) is not None:
            first, last = _ERAS[found[1]]
            year = first.year + (0 if found[2] == "元" else int(found[2]) - 1)
            day = date(year, int(found[3]), int(found[4]))
            if first <= day <= last:
                return day.isoformat()
    except ValueError:
        pass
    kind = "two-days" if _TWO_DAYS.fullmatch(plain) else "date"
    raise CellError(_FAULTS[kind], instead="2000-01-01")


def _several(
    text: str, items: Mapping[str, Any], document: Mapping[str, Any], meanings: Meanings
) -> list[Any]:
    """Return the values that stand in one cell, or name all that are none."""
    values: list[Any] = []
    faults: dict[str, CellError] = {}
    for part in filter(None, (part.strip() for part in _PARTED.split(text))):
        try:
            values.append(value_of(part, items, document, meanings))
        except CellError as error:
            faults[part] = error
    if not faults:
        return values
    (first, *_) = faults.values()
    wanted = resolved(items, document)
    text = _no_code(list(faults), wanted) if "enum" in wanted else str(first)
    raise CellError(text, instead=values or [first.instead])


def _code(text: str, wanted: Mapping[str, Any], meanings: Meanings) -> Any:
    """Return the code that is meant."""
    codes, name = wanted["enum"], _list_of(wanted)
    word = unicodedata.normalize("NFKC", text).casefold()
    spelled = {word, word.replace(" ", "-"), word.replace(" ", ""), *_SAID.get(word, ())}
    if (code := meanings.get(name, _NONE).get(compact(folded(text)))) in codes:
        return code
    for code in codes:
        if str(code).casefold() in spelled:
            return code
    raise CellError(_no_code([text], wanted), instead=codes[0])


def _no_code(texts: Sequence[str], wanted: Mapping[str, Any]) -> str:
    """Say which texts are no codes of a place, and where the codes are."""
    said = [repr(text if len(text) <= _QUOTED else f"{text[:_QUOTED]}…") for text in texts]
    are = "which is no code" if len(said) == 1 else "which are no codes"
    if name := _list_of(wanted):
        there = f"see gateway codes {name}"
    else:
        there = f"there are {', '.join(map(str, wanted['enum'][:_MOST_OPTIONS]))}"
    return f"has {', '.join(said[:_MOST_OPTIONS])}, {are}: {there}"


def _list_of(wanted: Mapping[str, Any]) -> str:
    return str((wanted.get("codes") or {}).get("list", ""))


def _fitted(text: str, wanted: Mapping[str, Any]) -> str:
    """Return the text in plain letters where only so it has the form of the place."""
    pattern = wanted.get("pattern")
    if pattern is None or re.search(pattern, text):
        return text
    plain = unicodedata.normalize("NFKC", text)
    for each in (plain, completed_support_number(plain)):
        if re.search(pattern, each):
            return each
    return text
