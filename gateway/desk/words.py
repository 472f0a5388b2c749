"""Whether a text holds the words that somebody looks for, however either of them was typed.

Both sides are compared as Unicode NFKC, case folded: full-width letters are their plain ones,
half-width kana the usual ones, and signs that only say where a line may break are left out. A word
with a digit in it is also found when only its separators differ, because numbers of documents are
written with hyphens, spaces or neither.
"""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

# Kept of an identifier: letters, digits, and the marks that belong to Khmer letters.
_KEPT: Final = frozenset("LMN")
# Where a line may break, which is how Khmer words are parted: typed by some and not by others.
_UNSEEN: Final = dict.fromkeys((0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))


def normal(text: str) -> str:
    """Return a text as it is compared; line ends and runs of spaces are one space.

    >>> normal("Stra\u00dfe\\n 7")
    'strasse 7'
    """
    if text.isascii():
        return " ".join(text.lower().split())
    plain = unicodedata.normalize("NFKC", text.translate(_UNSEEN))
    # Folding can undo the composition that the form asks for.
    return " ".join(unicodedata.normalize("NFKC", plain.casefold()).split())


def compact(text: str) -> str:
    """Return a normal text without what separates the parts of an identifier.

    >>> compact("rc-test-00417"), compact("rc test 00417")
    ('rctest00417', 'rctest00417')
    """
    if text.isascii():
        return "".join(filter(str.isalnum, text))
    return "".join(letter for letter in text if unicodedata.category(letter)[0] in _KEPT)


class Words:
    """The words of one search, made ready once."""

    def __init__(self, words: Sequence[str]) -> None:
        self._plain = tuple(dict.fromkeys(map(normal, words)))
        self._compact = {word: compact(word) for word in self._plain if any(map(str.isdigit, word))}

    def places(self, leaves: Mapping[str, str]) -> list[str]:
        """Return the names of the leaves that hold a word, none unless every word is somewhere.

        Args:
            leaves: Texts by whatever names them.
        """
        found: dict[str, None] = {}
        missing = set(self._plain)
        for name, text in leaves.items():
            holds = self._held(normal(text))
            if holds:
                found[name] = None
                missing -= holds
        return [] if missing else list(found)

    def _held(self, text: str) -> set[str]:
        held = {word for word in self._plain if word in text}
        if self._compact and held != set(self._plain):
            bare = compact(text)
            held |= {word for word, short in self._compact.items() if short and short in bare}
        return held


def leaves_of(value: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text and number in a JSON value under its JSON Pointer (RFC 6901)."""
    match value:
        case str():
            yield pointer, value
        case bool() | None:
            return
        case int():
            yield pointer, str(value)
        case dict():
            for name, member in value.items():
                token = name.replace("~", "~0").replace("/", "~1")
                yield from leaves_of(member, f"{pointer}/{token}")
        case list():
            for number, item in enumerate(value):
                yield from leaves_of(item, f"{pointer}/{number}")
