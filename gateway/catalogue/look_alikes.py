"""Names that a reader takes for one another, whatever letters they are written in.

An organisation is named by its id, and a name never selects one: it only finds what may be meant.
Two organisations whose names look alike would be told apart by nobody, so the registry of parties
refuses them. Compared are skeletons: the folded text without what separates words, and with one
letter for those that look the same in different scripts.
"""

from collections.abc import Iterable
from difflib import SequenceMatcher
from typing import Final

from gateway.catalogue.text import compact, folded

# What is compared is in small letters, but names are read in capitals too: so each sign stands
# beside the Latin letter that one of its two forms is drawn like. I, l and 1 are one.
_DIGITS: Final = ("01i", "oll")
_GREEK: Final = (
    "\u03b1\u03b2\u03b5\u03b6\u03b7\u03b9\u03ba\u03bc\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7",
    "abezhlkmnoptyx",
)
_CYRILLIC: Final = (
    "\u0430\u0435\u0455\u0456\u0458\u043e\u0440\u0441\u0443\u0445\u0501\u04bb\u051b\u051d",
    "aesljopcyxdhqw",
)
_CYRILLIC_CAPITALS: Final = (
    "\u0432\u043a\u043c\u043d\u0442",
    "bkmht",
)
# Ideographs, and three hiragana, that are drawn like katakana.
_KANA: Final = (
    "\u4e00\u529b\u53e3\u4e8c\u5de5\u5915\u535c\u516b\u3078\u3079\u307a",
    "\u30fc\u30ab\u30ed\u30cb\u30a8\u30bf\u30c8\u30cf\u30d8\u30d9\u30da",
)
_DRAWN_LIKE: Final = {
    point: letter
    for signs, letters in (_DIGITS, _GREEK, _CYRILLIC, _CYRILLIC_CAPITALS, _KANA)
    for point, letter in zip(map(ord, signs), letters, strict=True)
}
# How much of two names agrees where a person may have meant the one by the other: it lets a slip
# in a long name pass, and keeps apart two bureaux that differ in their city.
_NEAR: Final = 0.85


def skeleton(name: str) -> str:
    """Return what a name looks like.

    >>> skeleton("Osaka  Labour-Bureau") == skeleton("OSAKA labour bureau")
    True
    """
    return compact(folded(name)).translate(_DRAWN_LIKE)


def nearness(sought: str, names: Iterable[str]) -> float:
    """Return how near the nearest of the names comes to a text: 1 where it looks the same.

    A name that contains the text is near; what is less than near is 0.

    >>> nearness("osaka labor bureau", ["Osaka Labour Bureau"]) > 0.9
    True
    >>> nearness("osaka", ["Tokyo Labour Bureau"])
    0.0
    """
    wanted = skeleton(sought)
    if not wanted:
        return 0.0
    return max((_agreement(wanted, skeleton(name)) for name in names), default=0.0)


def _agreement(wanted: str, name: str) -> float:
    if wanted == name:
        return 1.0
    ratio = SequenceMatcher(None, wanted, name, autojunk=False).ratio()
    return max(ratio, _NEAR) if wanted in name else ratio if ratio >= _NEAR else 0.0
