"""Consent instruments: what a consent officer signs, away from any node.

An instrument binds one officer to the terms of one consent: a JWS of its own kind by the officer's
pair, which no node holds. Two officers sign two instruments over the same terms. What the terms
mean belongs to the layers above; here they are plain JSON that both signatures cover.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from gateway.envelope import limits, strict
from gateway.envelope.forms import OPAQUE, Members, fault
from gateway.envelope.jws import sign, verify
from gateway.envelope.keys import Pairs, SigningPair
from gateway.envelope.kinds import Environment, Typ
from gateway.envelope.suites import CURRENT, SUITES
from gateway.errors import InvalidError, MalformedError, UnreadableError, VerificationError

_MEMBERS: Final = ("suite", "environment", "officer", "signed_at", "terms")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """What one officer has signed.

    Args:
        signed_at: By the officer's own clock; a claim, never a proof of the time.
        kids: The names of the two keys that signed, empty before signing.
    """

    environment: Environment
    officer: str
    signed_at: str
    terms: Mapping[str, Any] = field(repr=False)
    kids: tuple[str, ...] = ()


def sign_consent(instrument: Instrument, pair: SigningPair) -> str:
    """Return the exact text of an instrument, to keep and to send.

    Raises:
        InvalidError: It is one that no reader takes; nothing is signed.
    """
    members = {
        "suite": CURRENT,
        "environment": instrument.environment,
        "officer": instrument.officer,
        "signed_at": instrument.signed_at,
        "terms": dict(instrument.terms),
    }
    payload = orjson.dumps(members)
    try:
        _parse(payload)
    except MalformedError as error:
        raise InvalidError(f"the consent cannot be signed: {error}") from None
    return sign(payload, pair, Typ.CONSENT)


def read_consent(text: str, *, environment: Environment, pairs: Pairs) -> Instrument:
    """Return what an officer signed, once both signatures hold.

    Args:
        pairs: Finds the officer's pair that owns both kids; whether it may give consent, and when,
            is for the caller to say.

    Raises:
        VerificationError: Form, signatures or environment do not hold; it permits nothing.
    """
    try:
        jws = strict.parse(text.encode("utf-8"), limit=limits.CONSENT)
        verified = verify(jws, Typ.CONSENT, pairs)
        instrument = _parse(verified.payload)
        if instrument.environment != environment:
            raise fault("/environment", "is another one")
    except UnicodeEncodeError:
        raise VerificationError("the consent has a lone surrogate") from None
    except (MalformedError, UnreadableError) as error:
        raise VerificationError(f"the consent does not hold: {error}") from None
    return Instrument(
        environment=instrument.environment,
        officer=instrument.officer,
        signed_at=instrument.signed_at,
        terms=instrument.terms,
        kids=verified.kids,
    )


def _parse(payload: bytes) -> Instrument:
    members = Members(strict.parse(payload, limit=limits.CONSENT))
    members.only(*_MEMBERS)
    if members.integer("suite") not in SUITES:
        raise fault("/suite", "names a suite that is not known")
    return Instrument(
        environment=members.kind("environment", Environment),
        officer=members.text("officer", OPAQUE),
        signed_at=members.time("signed_at"),
        terms=members.object("terms").plain(),
    )
