"""Whose signatures make a consent: officers of the confirmed card, then and now."""

from dataclasses import replace

import orjson
import pytest

from gateway.envelope import (
    Environment,
    Instrument,
    KeyValidity,
    Officer,
    SigningPair,
    base64url,
    digest,
    sign_consent,
)
from gateway.policy import Denied
from gateway.policy.examining import MOST_INSTRUMENTS, examine
from tests.policy.asking import at, terms, terms_json

NOW = at(0)
VALIDITY = KeyValidity(not_before=at(-100), not_after=at(100))
PAIRS = {name: SigningPair.generate() for name in ("officer-1", "officer-2", "reporter", "node")}
ONE, TWO, REPORTER = (
    Officer(id=name, capability=capability, pair=PAIRS[name].public, validity=VALIDITY)
    for name, capability in (
        ("officer-1", "consent"),
        ("officer-2", "consent"),
        ("reporter", "evidence"),
    )
)
TERMS = terms_json()


def signed(name="officer-1", *, officer=None, over=None, **changes):
    members = {"environment": Environment.TEST, "signed_at": at(-0.5)} | changes
    return sign_consent(
        Instrument(officer=officer or name, terms=TERMS if over is None else over, **members),
        PAIRS[name],
    )


FIRST, SECOND = signed(), signed("officer-2")


def examined(*texts, over=None, officers=(ONE, TWO, REPORTER), **changes):
    members = {
        "grantor": "kh/molvt",
        "grantee": "jp/isa",
        "officers_needed": 1,
        "environment": Environment.TEST,
        "now": NOW,
    }
    return examine(
        TERMS if over is None else over,
        {f"o{number}": text for number, text in enumerate(texts or (FIRST,), start=1)},
        officers,
        **(members | changes),
    )


def test_a_consent_of_one_officer_is_one():
    found = examined()
    assert found.denied is None
    assert found.terms == terms()
    assert found.kids == PAIRS["officer-1"].public.kids
    assert found.digest == digest(FIRST.encode())


def test_four_eyes_are_two_officers():
    found = examined(FIRST, SECOND, officers_needed=2)
    assert found.denied is None
    assert found.kids == PAIRS["officer-1"].public.kids + PAIRS["officer-2"].public.kids


def changed(officer, **validity):
    return replace(officer, validity=replace(VALIDITY, **validity))


def flipped(text, name):
    """Return an instrument in which one byte of a member is another."""
    members = orjson.loads(text)
    at = members if name == "payload" else members["signatures"][int(name[-1])]
    key = "payload" if name == "payload" else "signature"
    raw = bytearray(base64url.decode(at[key]))
    raw[len(raw) // 2] ^= 1
    at[key] = base64url.encode(bytes(raw))
    return orjson.dumps(members).decode()


MORE = TERMS | {"uses": 9, "epoch": "1.c29tZXRoaW5n"}
REFUSED = {
    "changed-payload": (examined(flipped(FIRST, "payload")), Denied.CONSENT_BAD_SIGNATURE),
    "changed-first-signature": (
        examined(flipped(FIRST, "signature-0")),
        Denied.CONSENT_BAD_SIGNATURE,
    ),
    "changed-second-signature": (
        examined(flipped(FIRST, "signature-1")),
        Denied.CONSENT_BAD_SIGNATURE,
    ),
    "no-instrument-at-all": (examined("{}"), Denied.CONSENT_BAD_SIGNATURE),
    "a-lone-surrogate": (examined("\ud800"), Denied.CONSENT_BAD_SIGNATURE),
    "other-terms-in-the-body": (examined(over=MORE), Denied.CONSENT_BAD_SIGNATURE),
    "true-for-one": (
        examined(
            signed(over=TERMS | {"epoch": "1.c29tZXRoaW5n", "uses": True}),
            over=TERMS | {"epoch": "1.c29tZXRoaW5n", "uses": 1},
        ),
        Denied.CONSENT_BAD_SIGNATURE,
    ),
    "another-environment": (
        examined(signed(environment=Environment.PRODUCTION)),
        Denied.CONSENT_BAD_SIGNATURE,
    ),
    "the-node-s-own-key": (
        examined(signed("node", officer="officer-1")),
        Denied.CONSENT_KEY_NOT_AUTHORISED,
    ),
    "an-officer-of-nobody": (examined(officers=()), Denied.CONSENT_KEY_NOT_AUTHORISED),
    "another-capability": (examined(signed("reporter")), Denied.CONSENT_KEY_NOT_AUTHORISED),
    "in-another-officer-s-name": (
        examined(signed("officer-1", officer="officer-2")),
        Denied.CONSENT_KEY_NOT_AUTHORISED,
    ),
    "before-the-key-was-valid": (
        examined(officers=(changed(ONE, not_before=at(-0.25)),)),
        Denied.CONSENT_KEY_NOT_AUTHORISED,
    ),
    "the-key-is-over-now": (
        examined(officers=(changed(ONE, not_after=at(-0.25)),)),
        Denied.CONSENT_KEY_NOT_AUTHORISED,
    ),
    "the-key-is-revoked-now": (
        examined(officers=(changed(ONE, revoked_at=at(-0.25)),)),
        Denied.CONSENT_KEY_NOT_AUTHORISED,
    ),
    "signed-after-now-with-a-key-that-ends": (
        examined(signed(signed_at=at(200))),
        Denied.CONSENT_KEY_NOT_AUTHORISED,
    ),
    "nobody-signed": (
        examine(
            TERMS,
            {},
            (ONE,),
            grantor="kh/molvt",
            grantee="jp/isa",
            officers_needed=0,
            environment=Environment.TEST,
            now=NOW,
        ),
        Denied.CONSENT_OFFICER_MISSING,
    ),
    "two-eyes-of-four": (examined(FIRST, officers_needed=2), Denied.CONSENT_OFFICER_MISSING),
    "the-same-officer-twice": (
        examined(FIRST, signed(signed_at=at(-0.25)), officers_needed=2),
        Denied.CONSENT_OFFICER_MISSING,
    ),
    "one-good-and-one-bad": (
        examined(FIRST, flipped(SECOND, "payload"), officers_needed=1),
        Denied.CONSENT_BAD_SIGNATURE,
    ),
    "more-than-anybody-needs": (
        examined(*[FIRST] * (MOST_INSTRUMENTS + 1)),
        Denied.CONSENT_INVALID,
    ),
    "sent-by-another": (examined(grantor="kh/moi"), Denied.CONSENT_WRONG_ORIGINATOR),
    "for-another": (examined(grantee="np/moless"), Denied.CONSENT_OTHER_GRANTEE),
    "by-an-organisation-that-may-not": (
        examined(over=TERMS | {"granted_by": TERMS["granted_by"] | {"org_id": "kh/moi"}}),
        Denied.CONSENT_KEY_NOT_AUTHORISED,
    ),
    "terms-of-no-form": (examined(over={"consent_id": "x"}), Denied.CONSENT_INVALID),
}


@pytest.mark.clause("3")
@pytest.mark.parametrize(("found", "why"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_signed_by_those_who_may_is_no_consent(found, why):
    assert found.denied is why


def test_signed_by_the_requester_itself(parties):
    """Japan's own officer signs Cambodia's consent: no card of Cambodia's has the key."""
    ours = SigningPair.generate()
    text = sign_consent(
        Instrument(
            environment=Environment.TEST, officer="officer-1", signed_at=at(-0.5), terms=TERMS
        ),
        ours,
    )
    assert examined(text).denied is Denied.CONSENT_KEY_NOT_AUTHORISED
    assert parties.of("kh/molvt").country == "kh"


def test_one_pair_under_two_names_is_one_person():
    twin = replace(ONE, id="officer-3")
    other = signed("officer-1", officer="officer-3")
    assert examined(FIRST, other, officers=(ONE, twin), officers_needed=2).denied is not None
    assert examined(FIRST, other, officers=(twin, ONE), officers_needed=2).denied is not None


def test_two_pairs_of_one_officer_are_one_person():
    newer = replace(ONE, pair=PAIRS["officer-2"].public)
    other = signed("officer-2", officer="officer-1")
    found = examined(FIRST, other, officers=(ONE, newer), officers_needed=2)
    assert found.denied is Denied.CONSENT_OFFICER_MISSING
    assert examined(FIRST, other, officers=(ONE, newer)).denied is None


def test_a_key_in_two_pairs_is_one_person():
    ours, other = (PAIRS[name].seeds for name in ("officer-1", "officer-2"))
    mixed = SigningPair((ours[0], other[1]))
    officer = replace(TWO, pair=mixed.public)
    text = sign_consent(
        Instrument(
            environment=Environment.TEST, officer="officer-2", signed_at=at(-0.5), terms=TERMS
        ),
        mixed,
    )
    found = examined(FIRST, text, officers=(ONE, officer), officers_needed=2)
    assert found.denied is Denied.CONSENT_OFFICER_MISSING


def test_an_organisation_that_the_memorandum_names_may_give_it():
    body = TERMS | {"granted_by": TERMS["granted_by"] | {"org_id": "kh/moi"}}
    text = signed(over=body)
    found = examined(text, over=body, grantors=frozenset({"kh/moi"}))
    assert found.denied is None
    assert examined(text, over=body).denied is Denied.CONSENT_KEY_NOT_AUTHORISED


def test_the_order_of_members_is_no_difference():
    other = dict(reversed(TERMS.items()))
    assert examined(over=other).denied is None
