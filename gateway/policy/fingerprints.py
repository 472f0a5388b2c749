"""Where a text may hold a number or a name that somebody gave in confidence.

A number is the same number however it is typed: other width, case or spacing, other digits, a word
glued to it. So a text is cut into pieces wherever a number or a name could begin or end, and what
is compared are the letters and digits of neighbouring pieces, folded and joined. Most starts are
excluded by their first signs alone (the anchor); only the few that are left are tried to every end.

A name is found only where whole words make it up. A name of a single word, or of words that every
letter has, is found only where it stands alone: otherwise a peer could forbid us the words of a
language by sending them as names.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from gateway.catalogue.common_words import CommonWords
from gateway.catalogue.identifying import Kind
from gateway.catalogue.text import compact, folded
from gateway.policy.pointers import token

# More signs tell nothing more; document numbers have at most 40, and a longer name is known by
# its beginning.
LONGEST: Final = 64
# Letters that may stand before or behind the digits of a number without a space: `AB12345678CD`.
_AFFIX: Final = 4
_ANCHOR: Final = 5
_ANCHOR_BEYOND_LATIN: Final = 4
_BEYOND_LATIN: Final = "\u0250"
# Shorter ones stand in too many texts by chance.
_LEAST_NUMBER: Final = 5
_LEAST_NAME: Final = 8
_LEAST_NAME_BEYOND_LATIN: Final = 6
_LEAST_NAME_OF_IDEOGRAPHS: Final = 4

# Scripts without spaces between words: Thai to Lao, Burmese, Khmer, kana, ideographs.
_IDEOGRAPHS: Final = "\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af"
_UNSPACED: Final = f"\u0e01-\u0eff\u1000-\u109f\u1780-\u17b3{_IDEOGRAPHS}"
_MARKS: Final = "".join(
    chr(point) for point in range(0x300, 0x3100) if unicodedata.category(chr(point))[0] == "M"
)
# A Khmer subscript is a sign with the letter behind it.
_SUBSCRIPT: Final = "\u17d2[\u1780-\u17b3]"
_LETTER: Final = f"(?:(?![A-Z{_UNSPACED}])[^\\W\\d_][{_MARKS}]*)"
_PIECE: Final = re.compile(
    f"(?P<digits>[0-9]+)"
    f"|(?P<sign>[{_UNSPACED}](?:{_SUBSCRIPT}|[{_MARKS}])*)"
    f"|(?P<word>[A-Z]+{_LETTER}*|{_LETTER}+)"
)
_ASCII_PIECE: Final = re.compile("(?P<digits>[0-9]+)|(?P<word>[A-Z]+[a-z]*|[a-z]+)")
_IS_IDEOGRAPH: Final = re.compile(f"[{_IDEOGRAPHS}]")
# Digits of the scripts in use, which NFKC leaves as they are: Arabic, Devanagari, Bengali, Thai,
# Lao, Tibetan, Burmese, Khmer, Mongolian.
_DIGITS: Final = {
    zero + digit: str(digit)
    for zero in (0x660, 0x6F0, 0x966, 0x9E6, 0xE50, 0xED0, 0xF20, 0x1040, 0x17E0, 0x1810)
    for digit in range(10)
}
# A peer that sent every day of a year as a number would forbid us to write dates.
_DATE: Final = re.compile(
    "(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])?"
    "|(?:0[1-9]|[12][0-9]|3[01])(?:0[1-9]|1[0-2])(?:19|20)[0-9]{2}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What is kept of an identifying text so as to know it again.

    Args:
        text: Its letters and digits, folded, and no more of them than are compared.
        alone: It counts only where a whole text is made up of it.
    """

    kind: Kind
    text: str = field(repr=False)
    alone: bool = False

    @property
    def anchor(self) -> str:
        """The first signs, by which most starts in a text are excluded."""
        return _anchor(self.text, 0) or self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A text as it is compared, and the places in it where something may begin or end.

    Args:
        places: In order; `ends` are the same.
        inside: Those places that lie within a word, where no name begins or ends.
    """

    text: str = field(repr=False)
    places: tuple[int, ...]
    ends: frozenset[int]
    inside: frozenset[int]

    def starts(self) -> Iterator[tuple[int, str]]:
        """Yield every place where something may begin, with the anchor there."""
        for place in self.places[:-1]:
            if (anchor := _anchor(self.text, place)) is not None:
                yield place, anchor

    def candidates(self, start: int, sizes: Collection[int]) -> Iterator[tuple[int, str]]:
        """Yield what may be a number or a name of some length from a start on, each with its end.

        Of what has the longest length only the beginning is compared, so it may end anywhere.
        """
        for size in sizes:
            end = start + size
            if end in self.ends or (size == LONGEST and end < len(self.text)):
                yield end, self.text[start:end]

    def bears(self, kind: Kind, *, start: int, end: int, alone: bool) -> bool:
        """Tell whether a find counts: names are whole words, and some make up the whole text."""
        if alone:
            return start == 0 and end == len(self.text)
        return kind is not Kind.NAME or not {start, end} & self.inside


def trace(kind: Kind, text: str, *, common: CommonWords | None = None) -> Trace | None:
    """Return what is kept of an identifying text, None where it is too common to tell anything.

    Args:
        common: A name made up of these alone counts only where a whole text is made up of it.
    """
    pieces = cut(text)
    plain = pieces.text[:LONGEST]
    if kind in (Kind.NAME, Kind.CONTACT):
        if len(plain) < _least(plain):
            return None
        is_word = plain[0] < _BEYOND_LATIN and len(text.split()) == 1
        is_common = common is not None and common.make_up(text)
        return Trace(kind=kind, text=plain, alone=is_word or is_common)
    is_number = len(plain) >= _LEAST_NUMBER and any(map(str.isdigit, plain))
    return Trace(kind=kind, text=plain) if is_number and not _DATE.fullmatch(plain) else None


def cut(text: str) -> Cut:
    """Cut a text wherever a number or a name may begin or end.

    >>> cut("Passport N 0123-4567 (Chan Dara)").text
    'passportn01234567chandara'
    >>> cut("ABxy12").places
    (0, 1, 2, 3, 4, 6)
    """
    plain = text
    if not text.isascii():
        plain = unicodedata.normalize("NFKC", text).translate(_DIGITS)
    pattern = _ASCII_PIECE if plain.isascii() else _PIECE
    parts: list[str] = []
    places: list[int] = []
    inside: list[int] = []
    at = end = size = 0
    before: str | None = None
    for found in pattern.finditer(plain):
        piece = found[0]
        part = piece.lower() if piece.isascii() else _part(piece)
        glued = (before if found.start() == end else None, found.lastgroup)
        if glued == ("word", "digits"):
            inside.extend(range(max(at - _AFFIX, at - size + 1), at))
        elif glued == ("word", "word"):
            inside.append(at)
        elif glued == ("digits", "word"):
            inside.extend(range(at + 1, at + min(_AFFIX, len(part) - 1) + 1))
        places.append(at)
        parts.append(part)
        before, end, size = found.lastgroup, found.end(), len(part)
        at += size
    places.append(at)
    ends = frozenset((*places, *inside))
    return Cut(text="".join(parts), places=tuple(sorted(ends)), ends=ends, inside=frozenset(inside))


def texts_of(value: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text of a JSON value, the names of its members too, with where it stands."""
    match value:
        case str():
            yield pointer, value
        case Mapping():
            for name, each in value.items():
                inner = f"{pointer}/{token(name)}"
                if len(name) >= _LEAST_NUMBER:
                    yield inner, name
                yield from texts_of(each, inner)
        case list() | tuple():
            for number, each in enumerate(value):
                yield from texts_of(each, f"{pointer}/{number}")
        case int() if not isinstance(value, bool):
            yield pointer, str(value)


@lru_cache(maxsize=8_192)
def _part(piece: str) -> str:
    """Return a piece as it is compared; the signs of a script without spaces come again and again.

    Nothing of a text can be told from what lies in this memory but its single signs and words.
    """
    return compact(folded(piece))


def _anchor(text: str, at: int) -> str | None:
    """Return the first signs from a place on, None where too few follow to be compared."""
    size = _ANCHOR if text[at] < _BEYOND_LATIN else _ANCHOR_BEYOND_LATIN
    found = text[at : at + size]
    return found if len(found) == size else None


def _least(plain: str) -> int:
    """Return how many signs a name has at least to be told from a word."""
    if not plain or plain[0] < _BEYOND_LATIN:
        return _LEAST_NAME
    is_ideograph = _IS_IDEOGRAPH.match(plain) is not None
    return _LEAST_NAME_OF_IDEOGRAPHS if is_ideograph else _LEAST_NAME_BEYOND_LATIN
