"""Whether a consent is what it claims to be: signed by the officers who may give it.

A consent is examined when it arrives and again at each use, against the card that people here have
confirmed: an officer's key that was revoked since makes everything it signed worth nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from gateway.envelope.card import Officer
from gateway.envelope.consent import Instrument, read_consent
from gateway.envelope.digests import digest
from gateway.envelope.jws import kids_of
from gateway.envelope.keys import among
from gateway.envelope.kinds import Environment
from gateway.errors import MalformedError, VerificationError
from gateway.policy.codes import Denied
from gateway.policy.terms import Terms, parse_terms

# The capability that an officer's key has in its node's card, to sign consents.
CAPABILITY: Final = "consent"
# Four eyes need two; more is nobody's practice, and each costs two signatures to verify.
MOST_INSTRUMENTS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """What the examination found.

    Args:
        terms: None where their form does not hold.
        digest: SHA-256 of the exact text of the first instrument; empty where there is none.
        kids: The names of the keys whose signatures held.
        denied: Why it is worth nothing; None where it is a consent.
    """

    terms: Terms | None
    digest: str = ""
    kids: tuple[str, ...] = ()
    denied: Denied | None = None


def examine(
    terms: object,
    instruments: Mapping[str, str],
    officers: Sequence[Officer],
    *,
    grantor: str,
    grantee: str,
    officers_needed: int,
    environment: Environment,
    now: str,
    grantors: frozenset[str] = frozenset(),
) -> Examined:
    """Examine terms and instruments; whether they fit a use is for `decide`.

    Args:
        terms: The JSON of the body.
        instruments: Texts of instruments under opaque names.
        officers: Those of the grantor's confirmed card.
        grantor: The node that sent it.
        grantee: The node that may use it.
        officers_needed: How many different officers have to sign.
        now: Time on the wire's form.
        grantors: Organisations beside the grantor that may give it, as the memorandum says.
    """
    texts = [instruments[name] for name in sorted(instruments)]
    first = digest(texts[0].encode("utf-8", "surrogatepass")) if texts else ""
    try:
        read = parse_terms(terms)
    except MalformedError:
        return Examined(terms=None, digest=first, denied=Denied.CONSENT_INVALID)
    denied = _parties_denied(read, grantor, grantee, grantors)
    if denied is None and len(texts) > MOST_INSTRUMENTS:
        denied = Denied.CONSENT_INVALID
    if denied is not None:
        return Examined(terms=read, digest=first, denied=denied)
    signed: list[Instrument] = []
    for text in texts:
        found = signed_by(text, terms, officers, environment=environment, now=now)
        if isinstance(found, Denied):
            denied = found
            break
        signed.append(found)
    kids = tuple(kid for each in signed for kid in each.kids)
    if denied is None and _people(signed) < max(1, officers_needed):
        denied = Denied.CONSENT_OFFICER_MISSING
    return Examined(terms=read, digest=first, kids=kids, denied=denied)


def _parties_denied(
    terms: Terms, grantor: str, grantee: str, grantors: frozenset[str]
) -> Denied | None:
    if terms.grantor != grantor:
        return Denied.CONSENT_WRONG_ORIGINATOR
    if terms.grantee != grantee:
        return Denied.CONSENT_OTHER_GRANTEE
    if terms.granted_by.org_id not in grantors | {grantor}:
        return Denied.CONSENT_KEY_NOT_AUTHORISED
    return None


def signed_by(
    text: str,
    terms: object,
    officers: Sequence[Officer],
    *,
    environment: Environment,
    now: str | None = None,
) -> Instrument | Denied:
    """Return what an officer signed over just these terms, or why it counts for nothing.

    Args:
        now: None away from the node, where no clock but the officer's own is known.
    """
    try:
        claimed = kids_of(text)
    except (MalformedError, UnicodeEncodeError):
        return Denied.CONSENT_BAD_SIGNATURE
    officer = next((each for each in officers if each.pair.kids == claimed), None)
    if officer is None or officer.capability != CAPABILITY:
        return Denied.CONSENT_KEY_NOT_AUTHORISED
    try:
        instrument = read_consent(text, environment=environment, pairs=among([officer.pair]))
    except VerificationError:
        return Denied.CONSENT_BAD_SIGNATURE
    # By the officer's own clock and by ours: a key that is revoked by now could have signed with
    # any date, so that an old date saves nothing.
    times = [at for at in (instrument.signed_at, now) if at is not None]
    if not all(officer.validity.is_valid_at(at) for at in times):
        return Denied.CONSENT_KEY_NOT_AUTHORISED
    if instrument.officer != officer.id:
        return Denied.CONSENT_KEY_NOT_AUTHORISED
    if _canonical(instrument.terms) != _canonical(terms):
        return Denied.CONSENT_BAD_SIGNATURE
    return instrument


def _people(signed: Sequence[Instrument]) -> int:
    """Count officers who can only be different people: other names, and no key in common."""
    names: set[str] = set()
    kids: set[str] = set()
    for each in signed:
        if kids.isdisjoint(each.kids):
            names.add(each.officer)
            kids.update(each.kids)
    return len(names)


def _canonical(terms: object) -> bytes:
    # Compared as text, because `True == 1` in Python.
    return orjson.dumps(terms, option=orjson.OPT_SORT_KEYS)
