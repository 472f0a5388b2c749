"""Long texts folded to the width of the terminal, by what a character takes on the screen.

Latin text breaks at spaces. Japanese has none and breaks between characters, though not before
what closes a clause nor after what opens one. Khmer breaks where its writer put a zero-width space;
what has none, like a long number, breaks at the edge, but never inside a written syllable.
"""

import unicodedata
from collections.abc import Iterator
from typing import Final

# JIS X 4051 in short: closing brackets, stops and marks of repetition begin no line, and opening
# brackets end none. These are their Unicode categories.
_CLOSING: Final = frozenset({"Pe", "Pf", "Po", "Lm"})
_OPENING: Final = frozenset({"Ps", "Pi"})
_WIDE: Final = frozenset("WF")
_ZERO_WIDTH_SPACE: Final = "\u200b"
# Khmer: the consonant behind this sign is written below the one before it.
_SUBSCRIPT: Final = "\u17d2"


def folded(text: str, width: int, *, hanging: int = 0) -> Iterator[str]:
    """Yield the lines of a text that are at most `width` cells wide.

    Args:
        hanging: How many cells every line but the first stands further in.
    """
    from rich.cells import cell_len

    line, used, room = "", 0, width
    for word, is_space in _words(text):
        size = cell_len(word)
        if used + size > room and used and not is_space:
            yield line.rstrip()
            line, used, room = "", 0, max(1, width - hanging)
        if is_space and not used:
            continue
        if size <= room:
            line, used = line + word, used + size
            continue
        for syllable in syllables(word):
            step = cell_len(syllable)
            if used + step > room and used:
                yield line.rstrip()
                line, used, room = "", 0, max(1, width - hanging)
            line, used = line + syllable, used + step
    if line.rstrip():
        yield line.rstrip()


def syllables(word: str) -> Iterator[str]:
    """Yield the parts of a word that are written as one: a letter with all its marks."""
    part = ""
    for letter in word:
        is_mark = unicodedata.category(letter)[0] in "MC"
        if part and not is_mark and not part.endswith(_SUBSCRIPT):
            yield part
            part = ""
        part += letter
    if part:
        yield part


def _words(text: str) -> Iterator[tuple[str, bool]]:
    """Yield what stays on one line, and the spaces between, each told apart."""
    word = ""
    for part in syllables(text):
        if part.isspace():
            if word:
                yield word, False
            yield part, True
            word = ""
            continue
        if word and _may_break(word, part):
            yield word, False
            word = ""
        word += part
    if word:
        yield word, False


def _may_break(before: str, after: str) -> bool:
    last, first = before[-1], after[0]
    if last == _ZERO_WIDTH_SPACE:
        return True
    if not {unicodedata.east_asian_width(last), unicodedata.east_asian_width(first)} & _WIDE:
        return False
    return (
        unicodedata.category(first) not in _CLOSING
        and unicodedata.category(last) not in _OPENING
        # Small kana go with the one before them.
        and " SMALL " not in unicodedata.name(first, "")
    )
