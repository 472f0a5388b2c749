"""Signed objects: General JSON JWS (RFC 7515 §7.2.1) with exactly two signatures.

Both are required and stand in the suite's order, over the same payload, by the two keys of one
pair. Each protected header is exactly `alg`, `kid` and `typ`; nothing stands outside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from gateway.envelope import base64url, limits, strict
from gateway.envelope.algorithms import JWS
from gateway.envelope.forms import HASH, Members
from gateway.envelope.keys import Pairs, SigningPair
from gateway.envelope.kinds import Typ
from gateway.envelope.suites import CURRENT, SUITES
from gateway.errors import MalformedError, UnreadableError

_ALGORITHMS: Final = SUITES[CURRENT].signatures
# The longest of ours has 109 characters; a longer one is not read at all.
_PROTECTED_LENGTH: Final = 256


@dataclass(frozen=True, slots=True)
class Verified:
    """A payload over which both signatures held, and the names of the keys that made them."""

    payload: bytes
    kids: tuple[str, str]


def sign(payload: bytes, pair: SigningPair, typ: Typ) -> str:
    """Return the exact JSON text to keep and to send.

    ML-DSA signs with fresh randomness, so two calls give two texts: sign once, keep the text.
    """
    keys: tuple[Any, ...] = pair.keys
    signatures = ",".join(
        _signature(payload, key, algorithm, kid, typ)
        for algorithm, key, kid in zip(_ALGORITHMS, keys, pair.kids, strict=True)
    )
    return f'{{"payload":"{base64url.encode(payload)}","signatures":[{signatures}]}}'


def verify(jws: Mapping[str, Any], typ: Typ, pairs: Pairs) -> Verified:
    """Return the payload once both signatures hold.

    Args:
        jws: The object as the strict reader gave it.
        typ: The only kind that is accepted.
        pairs: Finds the one pair that owns both kids.

    Raises:
        UnreadableError: Any other form, algorithm, order or kind, a key of somebody else, or a
            signature that does not hold. The causes are not told apart.
    """
    try:
        return _verify(jws, typ, pairs)
    except (MalformedError, UnicodeEncodeError):
        raise UnreadableError("the JWS has another form") from None


def kids_of(text: str) -> tuple[str, ...]:
    """Return the names of the keys that a kept JWS says it was signed by; nothing is verified.

    Raises:
        MalformedError: The text is not one that `sign` made.
    """
    jws = Members(strict.parse(text.encode("utf-8"), limit=limits.ENVELOPE))
    return tuple(
        Members(
            strict.parse(
                one.raw("protected", least=2, most=_PROTECTED_LENGTH), limit=_PROTECTED_LENGTH
            )
        ).text("kid", HASH)
        for one in jws.objects("signatures", most=len(_ALGORITHMS))
    )


def check_signature(algorithm: str, key: Any, signing_input: bytes, signature: bytes) -> None:
    """Check one signature by the algorithm object registered under its name.

    Raises:
        UnreadableError: It does not hold.
    """
    registered = JWS.get_algorithm_by_name(algorithm)
    if not registered.verify(signing_input, registered.prepare_key(key), signature):
        raise UnreadableError("a signature does not hold")


def _signature(payload: bytes, key: Any, algorithm: str, kid: str, typ: Typ) -> str:
    compact = JWS.encode(payload, key, algorithm=algorithm, headers={"kid": kid, "typ": typ.value})
    protected, _, signature = compact.split(".")
    return f'{{"protected":"{protected}","signature":"{signature}"}}'


def _verify(jws: Mapping[str, Any], typ: Typ, pairs: Pairs) -> Verified:
    if jws.keys() != {"payload", "signatures"}:
        raise UnreadableError("the JWS has other members")
    text, signatures = jws["payload"], jws["signatures"]
    if type(text) is not str or type(signatures) is not list or len(signatures) != 2:
        raise UnreadableError("the JWS has not exactly two signatures")
    first, second = (_parts(one) for one in signatures)
    kids = (_kid(first[0], _ALGORITHMS[0], typ), _kid(second[0], _ALGORITHMS[1], typ))
    pair = pairs(kids)
    if pair is None or pair.kids != kids:
        raise UnreadableError("no known pair of this peer has both keys")
    for algorithm, key, part in zip(_ALGORITHMS, pair.keys, (first, second), strict=True):
        protected, signature = part
        signing_input = f"{protected}.{text}".encode("ascii")
        check_signature(algorithm, key, signing_input, base64url.decode(signature))
    return Verified(base64url.decode(text), kids)


def _parts(signature: Any) -> tuple[str, str]:
    if type(signature) is not dict or signature.keys() != {"protected", "signature"}:
        raise UnreadableError("a signature has other members")
    protected, value = signature["protected"], signature["signature"]
    if type(protected) is not str or type(value) is not str:
        raise UnreadableError("a signature has members that are no text")
    return protected, value


# A peer signs with few keys, so its protected headers come again and again.
@lru_cache(maxsize=1024)
def _kid(protected: str, algorithm: str, typ: Typ) -> str:
    """Return the kid of a protected header that is exactly what its place asks for."""
    if len(protected) > _PROTECTED_LENGTH:
        raise UnreadableError("a protected header has another form")
    header = strict.parse(base64url.decode(protected), limit=_PROTECTED_LENGTH)
    kid = header.get("kid")
    if header != {"alg": algorithm, "kid": kid, "typ": typ.value} or type(kid) is not str:
        raise UnreadableError("a protected header has other members")
    if not HASH.fullmatch(kid):
        raise UnreadableError("a protected header has a kid of another form")
    return kid
