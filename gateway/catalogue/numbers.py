"""Numbers that carry their own check: what is mistyped, found before anybody looks it up.

The schema says which form a number has; these rules see what no pattern can, a digit that does
not fit the others. A number whose rule is published and was never broken by an office is refused
on both sides when it fails: `fault`. Of a tax number of Cambodia the guides disagree about the
form, so it is only doubted: `doubt` says what speaks against any number, and the officer decides.
Sources: the ministerial ordinance on corporate numbers, ISO 17442 (LEI), ICAO 9303 (machine
readable zones), the forms of residence cards and of the register of support organisations.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from gateway.catalogue.spots import Path, Spot, value_at

_HOUJIN: Final = re.compile(r"[1-9][0-9]{12}")
_LEI: Final = re.compile(r"[0-9A-Z]{18}[0-9]{2}")
_RESIDENCE_CARD: Final = re.compile(r"[A-Z]{2}[0-9]{8}[A-Z]{2}")
_SUPPORT_ORGANISATION: Final = re.compile(r"([0-9]{2})登-?([0-9]{1,6})")
_COMPLETE: Final = re.compile(r"[0-9]{2}登-[0-9]{6}")
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
    found = _SUPPORT_ORGANISATION.fullmatch(unicodedata.normalize("NFKC", text.strip()))
    return f"{found[1]}登-{int(found[2]):06}" if found else text


def doubt(name: str, value: str, beside: Mapping[str, object]) -> str:
    """Say what speaks against a number, or nothing.

    Args:
        name: The name of its field, which for an identifier is its scheme.
        beside: What else is known in the same group; a document says there what it is.
    """
    return _told(_rule(name, beside), value)


def fault(name: str, value: str, beside: Mapping[str, object]) -> str:
    """Say why a number is refused, or nothing: what is only doubted may stand.

    >>> fault("jp-houjin", "4011001098994", {})
    'does not agree with the check digit in front: compare it with the paper'
    >>> fault("kh-tax", "12345", {})
    ''
    """
    return "" if name in _ONLY_DOUBTED else doubt(name, value, beside)


def doubts(value: object, path: Path = ()) -> Iterator[tuple[Path, str]]:
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


def numbered_members(members: tuple[Spot, ...]) -> tuple[Spot, ...]:
    """Return the members of a schema that may hold a number with a rule."""
    return tuple(spot for spot in members if spot.steps and spot.steps[-1] in _RULED)


def misprints(numbered: tuple[Spot, ...], body: Any) -> Iterator[tuple[Path, str]]:
    """Yield every number in a body that is refused, with the words for it.

    Args:
        numbered: The members of its schema that may hold one.
    """
    for spot in numbered:
        for path, value in spot.values(body):
            beside = value_at(body, path[:-1])
            if isinstance(value, str) and (words := fault(path[-1], value, beside)):
                yield path, words


def _rule(name: str, beside: Mapping[str, object]) -> "_Rule | None":
    if name == _OF_DOCUMENT:
        return _BY_DOCUMENT.get(str(beside.get("type")))
    return _BY_SCHEME.get(name)


def _told(rule: "_Rule | None", value: str) -> str:
    return "" if rule is None or rule[0](value) else rule[1]


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
            "does not agree with the check digit in front: compare it with the paper",
        ),
        "lei": (
            is_lei,
            "does not agree with the check digits at its end: compare it with the paper",
        ),
        "jp-rso": (
            lambda text: _COMPLETE.fullmatch(text) is not None,
            "is not a number of the register such as 19登-000002",
        ),
        "kh-tax": (
            lambda text: _CAMBODIAN_TAX.fullmatch(text) is not None,
            "is unlike most tax numbers, such as L001-100123456: compare it with the paper",
        ),
    }
)
_BY_DOCUMENT: Final[Mapping[str, _Rule]] = MappingProxyType(
    {
        "residence-card": (
            lambda text: _RESIDENCE_CARD.fullmatch(text) is not None,
            "is not two letters, eight digits and two letters, such as AB12345678CD",
        ),
        "passport": (
            _is_passport,
            "does not agree with the check digit at its end: type it without, or compare it",
        ),
    }
)
# What is completed in a draft before it is signed, by the name of its member.
COMPLETED: Final[Mapping[str, Callable[[str], str]]] = MappingProxyType(
    {"jp-rso": completed_support_number, "registration_no": completed_support_number}
)
# The member that holds the number of a document; `type` beside it says which rule it has.
_OF_DOCUMENT: Final = "number"
_ONLY_DOUBTED: Final = frozenset({"kh-tax"})
_RULED: Final = _BY_SCHEME.keys() | {_OF_DOCUMENT}
