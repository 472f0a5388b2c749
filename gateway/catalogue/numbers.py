"""Numbers that carry their own check: what is probably mistyped, said before it is sent.

The schema says which form a number has; these rules see what no pattern can, a digit that does
not fit the others. They warn and never refuse: an office may have printed a number that breaks its
own rule, and then that is what stands on the paper. Sources: the ministerial ordinance on corporate
numbers, ISO 17442 (LEI), ICAO 9303 (machine readable zones), the form of residence cards.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

_HOUJIN: Final = re.compile(r"[1-9][0-9]{12}")
_LEI: Final = re.compile(r"[0-9A-Z]{18}[0-9]{2}")
_RESIDENCE_CARD: Final = re.compile(r"[A-Z]{2}[0-9]{8}[A-Z]{2}")
_SUPPORT_ORGANISATION: Final = re.compile(r"([0-9]{2})登-?([0-9]{1,6})")
# Large, medium and small payers; the guides differ on the number of digits.
_CAMBODIAN_TAX: Final = re.compile(r"[LKE][0-9]{3}-[0-9]{9,10}")
_ZONE: Final = re.compile(r"[A-Z0-9<]{9}[0-9]")


def is_corporate_number(text: str) -> bool:
    """Tell whether a Japanese corporate number agrees with its first digit.

    The first digit is 9 less the remainder by nine of the others, every second of them doubled,
    counted from the right; the brackets in the printed ordinance are misplaced.

    >>> is_corporate_number("4011001098993"), is_corporate_number("4011001098994")
    (True, False)
    """
    if not _HOUJIN.fullmatch(text):
        return False
    total = sum(int(digit) * (2 if n % 2 else 1) for n, digit in enumerate(reversed(text[1:])))
    return int(text[0]) == 9 - total % 9


def is_lei(text: str) -> bool:
    """Tell whether a legal entity identifier has its remainder of one by 97.

    >>> is_lei("5493001KJTIIGC8Y1R12"), is_lei("5493001KJTIIGC8Y1R13")
    (True, False)
    """
    return _LEI.fullmatch(text) is not None and int(_as_digits(text)) % 97 == 1


def check_digit(field: str) -> int:
    """Return the check digit of a field of a machine readable zone.

    >>> check_digit("L898902C3"), check_digit("740812"), check_digit("120415")
    (6, 2, 9)
    """
    weights = (7, 3, 1)
    return sum(_worth(sign) * weights[n % 3] for n, sign in enumerate(field)) % 10


def completed_support_number(text: str) -> str:
    """Return the number of a support organisation as the register prints it, if it is one.

    >>> completed_support_number("19登2")
    '19登-000002'
    >>> completed_support_number("19-2")
    '19-2'
    """
    found = _SUPPORT_ORGANISATION.fullmatch(text)
    return f"{found[1]}登-{int(found[2]):06}" if found else text


def doubt(name: str, value: str, beside: Mapping[str, object]) -> str:
    """Say what speaks against a number, or nothing.

    Args:
        name: The name of its field, which for an identifier is its scheme.
        beside: What else is known in the same group; a document says there what it is.
    """
    rule = _BY_SCHEME.get(name)
    if rule is None and name == "number":
        rule = _BY_DOCUMENT.get(str(beside.get("type")))
    if rule is None:
        return ""
    is_right, words = rule
    return "" if is_right(value) else words


def doubts(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield every number in a body that something speaks against, with what does."""
    match value:
        case dict():
            for name, each in value.items():
                words = doubt(name, each, value) if isinstance(each, str) else ""
                if words:
                    yield (*path, name), words
                yield from doubts(each, (*path, name))
        case list():
            for number, each in enumerate(value):
                yield from doubts(each, (*path, str(number)))


def _is_passport(text: str) -> bool:
    """Tell whether a passport number agrees with its check digit, if that was typed along."""
    return not _ZONE.fullmatch(text) or check_digit(text[:9]) == int(text[9])


def _worth(sign: str) -> int:
    return 0 if sign == "<" else int(sign, 36)


def _as_digits(text: str) -> str:
    return "".join(str(int(sign, 36)) for sign in text)


_Rule = tuple[Callable[[str], bool], str]

_BY_SCHEME: Final[Mapping[str, _Rule]] = MappingProxyType(
    {
        "jp-houjin": (
            is_corporate_number,
            "its digits do not agree with the check digit in front: compare it with the paper",
        ),
        "lei": (is_lei, "its check digits at the end do not fit: compare it with the paper"),
        "kh-tax": (
            lambda text: _CAMBODIAN_TAX.fullmatch(text) is not None,
            "Cambodian tax numbers mostly look like L001-100123456: compare it with the paper",
        ),
    }
)
_BY_DOCUMENT: Final[Mapping[str, _Rule]] = MappingProxyType(
    {
        "residence-card": (
            lambda text: _RESIDENCE_CARD.fullmatch(text) is not None,
            "a residence card has two letters, eight digits and two letters, such as AB12345678CD",
        ),
        "passport": (
            _is_passport,
            "the check digit at its end does not fit: type the number without it, or compare it",
        ),
    }
)
