"""Whether a text holds the words that somebody looks for, however either of them was typed.

Both sides are compared folded (`gateway.catalogue.text`): full-width letters are their plain ones,
half-width kana the usual ones, and spellings of Khmer that look alike are one. A word with a digit
in it is also found when only its separators differ, because numbers of documents are written with
hyphens, spaces or neither. A word may be as short as one character: two make a word of Japanese.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.catalogue.text import compact, folded


class Words:
    """The words of one search, made ready once."""

    def __init__(self, words: Sequence[str]) -> None:
        self._plain = tuple(dict.fromkeys(map(folded, words)))
        self._compact = {word: compact(word) for word in self._plain if any(map(str.isdigit, word))}

    def places(self, leaves: Mapping[str, str]) -> list[str]:
        """Return the names of the leaves that hold a word, none unless every word is somewhere.

        Args:
            leaves: Texts by whatever names them.
        """
        found: dict[str, None] = {}
        missing = set(self._plain)
        for name, text in leaves.items():
            holds = self._held(folded(text))
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
