"""How many days our keys, our certificate and our card still hold."""

import math
from functools import lru_cache
from typing import Final

from cryptography import x509

from gateway.envelope import Card, KeyValidity, times

_DAY: Final = 86_400


def days_left(card: Card, certificate: bytes, now: float) -> dict[str, int]:
    """Return whole days left by what they are left to; negative where it is over.

    Of several keys for one use the one counts that holds longest; a revoked one ends then.

    Args:
        certificate: The certificate that we show now, DER.
    """
    return {
        "card": _days(times.parse(card.not_after), now),
        "message": _longest([validity for _, validity in card.message_pairs], now),
        "encryption": _longest([validity for _, validity in card.encryption_keys], now),
        "certificate": _days(_end_of(certificate), now),
    }


def _longest(validities: list[KeyValidity], now: float) -> int:
    return max((_days(_end(each), now) for each in validities), default=-1)


def _end(validity: KeyValidity) -> float:
    ends = (validity.not_after, validity.revoked_at)
    return min(times.parse(end) for end in ends if end is not None)


def _days(end: float, now: float) -> int:
    return math.floor((end - now) / _DAY)


@lru_cache(maxsize=8)
def _end_of(certificate: bytes) -> float:
    return x509.load_der_x509_certificate(certificate).not_valid_after_utc.timestamp()
