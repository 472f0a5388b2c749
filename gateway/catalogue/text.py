"""Text of three countries: how it is written before it is signed, and how it is compared.

What an officer types is brought to Unicode NFC before it is signed, so that one word has one
spelling however the keyboard makes it. What a peer sent is its own and stays byte for byte.

NFC has one trap for Japan: it replaces the compatibility ideographs, which stand in names (the 神
of some families is U+FA19), by the common form, and nobody could tell afterwards. Unicode gives
each of them a variation sequence for this (StandardizedVariants.txt): the common form with a
selector behind it, which NFC leaves alone and which shows the right letter where a font has it.

Texts are compared folded: NFKC and case folded, without signs that only choose a glyph or say
where a line may break, and with one spelling for the Khmer vowels and subscripts that look alike.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

# Blocks of compatibility ideographs; twelve of them are ordinary letters and decompose to nothing.
_COMPATIBLE: Final = (*range(0xF900, 0xFB00), *range(0x2F800, 0x2FA20))
_SELECTOR: Final = 0xFE00

# Kept of an identifier: letters, digits, and the marks that belong to Khmer letters.
_KEPT: Final = frozenset("LMN")
# Where a line may break, which is how Khmer words are parted: typed by some and not by others.
_BREAKS: Final = (0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF)
# Which of several forms of a letter is shown: the letter is the same.
_FORMS: Final = (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))
# Vowels that a Khmer letter has anyway; the standard wants them never to be written.
_INHERENT: Final = (0x17B4, 0x17B5)
# Two Khmer letters out of use, which look like the ones in use.
_OBSOLETE: Final = {0x17A3: "\u17a2", 0x17A4: "\u17a2\u17b6"}
_REWRITTEN: Final = dict.fromkeys((*_BREAKS, *_FORMS, *_INHERENT)) | _OBSOLETE
# Khmer spellings that look alike (The Unicode Standard, chapter 16): vowels typed as their two
# halves in either order, and subscript TA, which is drawn as subscript DA.
_KHMER: Final = {
    "\u17c1\u17b8": "\u17be",
    "\u17b8\u17c1": "\u17be",
    "\u17c1\u17b6": "\u17c4",
    "\u17b6\u17c1": "\u17c4",
    "\u17d2\u178f": "\u17d2\u178a",
}
_ALIKE: Final = re.compile("|".join(_KHMER))


def _sequences() -> Iterator[tuple[int, str]]:
    """Yield each compatibility ideograph with its variation sequence."""
    seen: defaultdict[str, int] = defaultdict(int)
    for point in _COMPATIBLE:
        common = unicodedata.normalize("NFC", chr(point))
        if common != chr(point):
            # The selectors of one letter are given out in the order of the code points.
            yield point, common + chr(_SELECTOR + seen[common])
            seen[common] += 1


_SEQUENCES: Final = dict(_sequences())


# Looking costs a tenth of rewriting, and most texts have none of these signs: the blocks of rare
# ideographs, and all that is rewritten before texts are compared. A test compares the tables.
_RARE: Final = re.compile("[\uf900-\ufaff\U0002f800-\U0002fa1f]")
_UNLIKE: Final = re.compile(
    "[\u00ad\u17a3\u17a4\u17b4\u17b5\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff\U000e0100-\U000e01ef]"
)


def composed(text: str) -> str:
    """Return a text in NFC, with no letter of a name lost.

    >>> composed("か\\u3099") == "が"
    True
    >>> [f"{ord(sign):04X}" for sign in composed("\\ufa19")]
    ['795E', 'FE00']
    """
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _rewritten(text, _SEQUENCES, _RARE))


def written(value: Any, changes: Mapping[str, Callable[[str], str]], name: str = "") -> Any:
    """Return a JSON value as it is signed: its texts composed, and some members completed.

    Args:
        changes: By the name of a member, what more is done to its text.
    """
    match value:
        case str():
            text = composed(value)
            return changes[name](text) if name in changes else text
        case dict():
            return {key: written(each, changes, key) for key, each in value.items()}
        case list():
            return [written(each, changes) for each in value]
    return value


def folded(text: str) -> str:
    """Return a text as it is compared; line ends and runs of spaces are one space.

    >>> folded("Stra\u00dfe\\n 7")
    'strasse 7'
    """
    if text.isascii():
        return " ".join(text.lower().split())
    plain = unicodedata.normalize("NFKC", _rewritten(text, _REWRITTEN, _UNLIKE))
    # Folding can undo the composition that the form asks for.
    plain = unicodedata.normalize("NFKC", plain.casefold())
    return " ".join(_ALIKE.sub(lambda found: _KHMER[found[0]], plain).split())


def _rewritten(text: str, table: Mapping[int, str | None], signs: re.Pattern[str]) -> str:
    return text.translate(table) if signs.search(text) else text


def compact(text: str) -> str:
    """Return a folded text without what separates the parts of an identifier.

    >>> compact("rc-test-00417"), compact("rc test 00417")
    ('rctest00417', 'rctest00417')
    """
    if text.isascii():
        return "".join(filter(str.isalnum, text))
    return "".join(letter for letter in text if unicodedata.category(letter)[0] in _KEPT)
