"""Consent in the decision: each condition counts, and nothing but an exact fit permits."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.catalogue.parties import Parties, Party, PartyKind
from gateway.policy import (
    Action,
    Allowed,
    Consent,
    Denied,
    Derivation,
    Mode,
    Permitted,
    Purpose,
    decide,
)
from gateway.policy.aggregate import SafeTable
from tests.policy.asking import (
    ANSWER,
    BUREAU,
    CONSENT,
    DIGEST,
    EARLIER,
    NOW,
    OTHER_CONSENT,
    OTHER_DIGEST,
    PROFILE,
    at,
    consent,
    marking,
    named,
    nepali_consent,
    nepali_source,
    ours,
    redacted,
    request,
    source,
    subject,
    terms_json,
)

PERSONAL = {
    "legal_basis": "Act on the Protection of Personal Information, article 69(2)",
    "destination_country": "jp",
    "safeguards": "Kept by two officers.",
}
RECIPIENT = terms_json()["recipients"][0]
SITE = {"register": "revocations", "medium": "web site"}
EPOCH = "1.c29tZXRoaW5n"
COUNTED = {"uses": 1, "epoch": EPOCH}
CLASS = {
    "types": ["inquiry.answer"],
    "received_from": at(-7),
    "received_until": at(7),
}
CLASSES = {"subject": {"class": CLASS}}
CORRECTED = subject(message_id=EARLIER, header_digest=OTHER_DIGEST, earlier=((ANSWER, DIGEST),))
TABLE = SafeTable(12)


def conditions(**members):
    return {"conditions": members}


def published(**changes):
    return consent(recipients=None, publication=SITE, **changes)


# Each row: what is asked, the one consent that is kept, and what is decided.
COVERED = {
    "all-of-it": (request(), consent()),
    "its-last-second": (request(now=NOW + 30 * 86_400 - 1), consent()),
    "its-first-second": (request(now=NOW - 86_400), consent()),
    "the-part-itself": (request(part="/scope"), consent(subject=named("/scope"))),
    "inside-the-part": (request(part="/scope/ssw"), consent(subject=named("/scope"))),
    "restricted": (request(subject=subject(marking=marking(level="restricted"))), consent()),
    "counted": (request(), consent(uses_left=1, **COUNTED)),
    "a-class": (request(), consent(**CLASSES)),
    "a-matter-of-a-class": (
        request(),
        consent(subject={"class": CLASS | {"threads": [ANSWER]}}),
    ),
    "a-correction-that-is-followed": (request(subject=CORRECTED), consent(follow_corrections=True)),
    "less-than-verbatim": (redacted(request()), consent()),
    "redacted": (
        redacted(request(part="/items")),
        consent(mode="redacted", subject=named("/items")),
    ),
    "paraphrase": (request(mode=Mode.PARAPHRASE), consent(mode="paraphrase")),
    "aggregate": (request(mode=Mode.AGGREGATE, table=TABLE), consent(mode="aggregate")),
    "smaller-cells-permitted": (
        request(mode=Mode.AGGREGATE, table=SafeTable(3)),
        consent(mode="aggregate", min_cell=3),
    ),
    "embargo-over": (request(), consent(**conditions(embargo_until=at(-1)))),
    "words-confirmed": (
        request(confirmed=True),
        consent(**conditions(text={"en": "Only after the hearing."})),
    ),
    "beside-what-is-cut-out": (
        request(part="/scope"),
        consent(**conditions(redact=["/person"])),
    ),
    "replaced": (
        request(part="/person", pseudonymised=True),
        consent(**conditions(pseudonymise=["/person"])),
    ),
    "personal-data": (
        request(subject=subject(marking=marking(caveats=["personal-data"]))),
        consent(personal_data=PERSONAL),
    ),
    "each-time": (request(subject=subject(marking=marking(caveats=["each-time"]))), consent()),
    "contact-first": (
        request(subject=subject(marking=marking(caveats=["contact-first"]))),
        consent(),
    ),
    "publication": (
        request(action=Action.PUBLISH, publication=tuple(SITE.values())),
        published(),
    ),
    "onward": (
        request(action=Action.SEND, subject=ours(source(target_pointer="/text"))),
        consent(),
    ),
    "numbers-about-a-paraphrase": (
        request(mode=Mode.AGGREGATE, table=TABLE, subject=ours(source(mode=Derivation.PARAPHRASE))),
        consent(mode="aggregate"),
    ),
    "a-paraphrase-onward": (
        request(action=Action.SEND, subject=ours(source(mode=Derivation.PARAPHRASE))),
        consent(mode="paraphrase"),
    ),
}


@pytest.mark.clause("3")
@pytest.mark.parametrize(("asked", "kept"), COVERED.values(), ids=COVERED)
def test_a_consent_that_fits_permits_and_is_named(asked, kept, parties):
    outcome = decide(asked, parties, [kept])
    assert isinstance(outcome, Permitted), outcome
    assert (outcome.reason, outcome.consents) == (Allowed.CONSENT, (CONSENT,))


@pytest.mark.clause("3")
@pytest.mark.parametrize(("asked", "_kept"), COVERED.values(), ids=COVERED)
def test_without_its_consent_none_of_this_is_permitted(asked, _kept, parties):
    outcome = decide(asked, parties)
    assert outcome.reason is Denied.NO_CONSENT
    assert (outcome.country, outcome.nearest) == ("kh", None)


MISSED = {
    "bad-signature": (
        request(),
        consent(standing="consent-bad-signature"),
        Denied.CONSENT_BAD_SIGNATURE,
    ),
    "revoked": (request(), consent(standing="consent-revoked"), Denied.CONSENT_REVOKED),
    "replayed": (request(), consent(standing="consent-replayed"), Denied.CONSENT_REPLAYED),
    "a-standing-that-nobody-knows": (
        request(),
        consent(standing="fine"),
        Denied.CONSENT_INVALID,
    ),
    "another-grantor-of-the-country": (
        request(),
        consent(grantor="kh/moi", granted_by=terms_json()["granted_by"] | {"org_id": "kh/moi"}),
        Denied.CONSENT_WRONG_ORIGINATOR,
    ),
    "another-country": (
        request(),
        nepali_consent(subject=named()),
        Denied.CONSENT_WRONG_ORIGINATOR,
    ),
    "another-memorandum": (
        request(),
        consent(profile="moc-ssw/np-jp/2019"),
        Denied.CONSENT_WRONG_ORIGINATOR,
    ),
    "another-grantee": (request(), consent(grantee="np/moless"), Denied.CONSENT_OTHER_GRANTEE),
    "wrong-digest": (
        request(),
        consent(subject=named(header_digest=OTHER_DIGEST)),
        Denied.CONSENT_DIGEST_MISMATCH,
    ),
    "another-message": (
        request(),
        consent(subject=named(id=EARLIER)),
        Denied.NO_CONSENT,
    ),
    "a-correction": (request(subject=CORRECTED), consent(), Denied.CONSENT_DIGEST_MISMATCH),
    "another-recipient": (
        request(audience="jp/labour-bureau-tokyo"),
        consent(),
        Denied.CONSENT_OTHER_RECIPIENT,
    ),
    "a-look-alike-name": (
        request(),
        consent(recipients=[RECIPIENT | {"name": "0saka Labour Bureau"}]),
        Denied.CONSENT_OTHER_RECIPIENT,
    ),
    "another-kind": (
        request(),
        consent(recipients=[RECIPIENT | {"kind": "organisation"}]),
        Denied.CONSENT_OTHER_RECIPIENT,
    ),
    "another-country-of-the-recipient": (
        request(),
        consent(recipients=[RECIPIENT | {"country": "kh"}]),
        Denied.CONSENT_OTHER_RECIPIENT,
    ),
    "a-publication-is-no-recipient": (request(), published(), Denied.CONSENT_OTHER_RECIPIENT),
    "a-recipient-is-no-publication": (
        request(action=Action.PUBLISH, publication=tuple(SITE.values())),
        consent(),
        Denied.CONSENT_OTHER_RECIPIENT,
    ),
    "another-medium": (
        request(action=Action.PUBLISH, publication=("revocations", "gazette")),
        published(),
        Denied.CONSENT_OTHER_RECIPIENT,
    ),
    "another-purpose": (
        request(purpose=Purpose.STATISTICS),
        consent(),
        Denied.CONSENT_OTHER_PURPOSE,
    ),
    "verbatim-of-redacted": (
        request(part="/items"),
        consent(mode="redacted", subject=named("/items")),
        Denied.CONSENT_OTHER_MODE,
    ),
    "paraphrase-of-verbatim": (
        request(mode=Mode.PARAPHRASE),
        consent(),
        Denied.CONSENT_OTHER_MODE,
    ),
    "a-quote-of-a-paraphrase": (
        request(action=Action.SEND, subject=ours(source(mode=Derivation.QUOTE))),
        consent(mode="paraphrase"),
        Denied.CONSENT_OTHER_MODE,
    ),
    "another-field": (
        request(part="/person"),
        consent(subject=named("/scope")),
        Denied.CONSENT_FIELDS_NOT_COVERED,
    ),
    "a-field-whose-name-begins-alike": (
        request(part="/scopes"),
        consent(subject=named("/scope")),
        Denied.CONSENT_FIELDS_NOT_COVERED,
    ),
    "more-than-the-field": (
        request(),
        consent(subject=named("/scope")),
        Denied.CONSENT_FIELDS_NOT_COVERED,
    ),
    "no-fields": (
        request(),
        consent(subject={"messages": [named()["messages"][0] | {"pointers": []}]}),
        Denied.CONSENT_FIELDS_NOT_COVERED,
    ),
    "not-yet-valid": (
        request(now=NOW - 86_401),
        consent(),
        Denied.CONSENT_NOT_YET_VALID,
    ),
    "expired": (request(now=NOW + 30 * 86_400), consent(), Denied.CONSENT_EXPIRED),
    "used-up": (request(), consent(uses_left=0, **COUNTED), Denied.CONSENT_EXHAUSTED),
    "counted-by-nobody": (request(), consent(**COUNTED), Denied.CONSENT_EXHAUSTED),
    "another-epoch": (
        request(),
        consent(uses_left=1, standing="consent-other-epoch", **COUNTED),
        Denied.CONSENT_OTHER_EPOCH,
    ),
    "another-type-of-a-class": (
        request(subject=subject(type="case.result")),
        consent(**CLASSES),
        Denied.NO_CONSENT,
    ),
    "another-matter-of-a-class": (
        request(),
        consent(subject={"class": CLASS | {"threads": [EARLIER]}}),
        Denied.CONSENT_FIELDS_NOT_COVERED,
    ),
    "received-after-a-class": (
        request(subject=subject(received=at(8))),
        consent(**CLASSES),
        Denied.CONSENT_FIELDS_NOT_COVERED,
    ),
    "received-before-a-class": (
        request(subject=subject(received=at(-8))),
        consent(**CLASSES),
        Denied.CONSENT_FIELDS_NOT_COVERED,
    ),
    "never-received": (
        request(subject=subject(received=None)),
        consent(**CLASSES),
        Denied.CONSENT_FIELDS_NOT_COVERED,
    ),
    "each-time-of-a-class": (
        request(subject=subject(marking=marking(caveats=["each-time"]))),
        consent(**CLASSES),
        Denied.CAVEAT_FORBIDS,
    ),
    "no-table": (
        request(mode=Mode.AGGREGATE),
        consent(mode="aggregate"),
        Denied.AGGREGATE_UNSAFE,
    ),
    "small-cells": (
        request(mode=Mode.AGGREGATE, table=SafeTable(9)),
        consent(mode="aggregate"),
        Denied.AGGREGATE_UNSAFE,
    ),
    "embargo": (
        request(),
        consent(**conditions(embargo_until=at(1))),
        Denied.CONSENT_CONDITION_UNMET,
    ),
    "what-is-to-be-cut-out": (
        request(part="/person"),
        consent(**conditions(redact=["/person/passport"])),
        Denied.CONSENT_CONDITION_UNMET,
    ),
    "what-is-to-be-replaced": (
        request(),
        consent(**conditions(pseudonymise=["/person"])),
        Denied.CONSENT_CONDITION_UNMET,
    ),
    "words-unconfirmed": (
        request(),
        consent(**conditions(text={"en": "Only after the hearing."})),
        Denied.CONSENT_CONDITION_UNMET,
    ),
    "personal-data-without-ground": (
        request(subject=subject(marking=marking(caveats=["personal-data"]))),
        consent(),
        Denied.CONSENT_CONDITION_UNMET,
    ),
    "personal-data-for-another-country": (
        request(subject=subject(marking=marking(caveats=["personal-data"]))),
        consent(personal_data=PERSONAL | {"destination_country": "np"}),
        Denied.CONSENT_CONDITION_UNMET,
    ),
}


@pytest.mark.clause("3")
@pytest.mark.parametrize(("asked", "kept", "why"), MISSED.values(), ids=MISSED)
def test_a_consent_that_misses_in_one_respect_permits_nothing(asked, kept, why, parties):
    outcome = decide(asked, parties, [kept])
    assert outcome.reason is why
    if why is not Denied.NO_CONSENT:
        assert (outcome.country, outcome.nearest) == ("kh", kept.terms.consent_id)


@pytest.mark.parametrize(
    ("caveat", "kind"),
    [
        ("no-judicial", "court"),
        ("source-protection", "exam-body"),
        ("no-tip-off", "press"),
    ],
)
def test_no_consent_is_above_a_caveat(caveat, kind, parties):
    party = next(each for each in parties.all() if (each.kind, each.country) == (kind, "jp"))
    recipient = {
        "org_id": party.id,
        "name": party.names["en"],
        "country": party.country,
        "kind": party.kind.value,
    }
    kept = consent(recipients=[recipient], personal_data=PERSONAL)
    free = request(audience=party.id)
    assert decide(free, parties, [kept]).reason is Allowed.CONSENT
    bound = replace(free, subject=subject(marking=marking(caveats=[caveat])))
    assert decide(bound, parties, [kept]).reason is Denied.CAVEAT_FORBIDS


def test_no_consent_publishes_what_a_caveat_keeps_unpublished(parties):
    asked = request(
        action=Action.PUBLISH,
        publication=tuple(SITE.values()),
        subject=subject(marking=marking(caveats=["no-publication"])),
    )
    assert decide(asked, parties, [published()]).reason is Denied.CAVEAT_FORBIDS


def test_no_consent_outlives_the_order_to_destroy(parties):
    over = marking(handling_until=at(-1), then="destroy")
    asked = request(subject=subject(marking=over))
    assert decide(asked, parties, [consent()]).reason is Denied.CAVEAT_FORBIDS


def test_a_recipient_that_no_registry_knows_gets_nothing_by_consent(parties):
    recipient = RECIPIENT | {"org_id": "jp/labour-bureau-osaka-west"}
    outcome = decide(
        request(audience="jp/labour-bureau-osaka-west"),
        parties,
        [consent(recipients=[recipient])],
    )
    assert outcome.reason is Denied.UNKNOWN_RECIPIENT


def test_the_nearest_miss_is_the_consent_that_fails_fewest_checks(parties):
    far = consent(
        consent_id=OTHER_CONSENT,
        standing="consent-revoked",
        purpose={**terms_json()["purpose"], "code": "statistics"},
    )
    near = consent(uses_left=0, **COUNTED)
    for kept in ([far, near], [near, far]):
        outcome = decide(request(), parties, kept)
        assert (outcome.reason, outcome.nearest) == (Denied.CONSENT_EXHAUSTED, CONSENT)


def test_of_two_that_are_equally_near_the_newest_consent_is_the_reason(parties):
    """An older one was revoked; the newer one is used up, which is what an officer can act on."""
    older = consent(standing="consent-revoked")
    newer = consent(consent_id=OTHER_CONSENT, uses_left=0, **COUNTED)
    for kept in ([older, newer], [newer, older]):
        outcome = decide(request(), parties, kept)
        assert (outcome.reason, outcome.nearest) == (Denied.CONSENT_EXHAUSTED, OTHER_CONSENT)


def test_a_consent_for_this_recipient_is_nearer_than_a_usable_one_for_another(parties):
    for_us = consent(
        standing="consent-revoked",
        mode="aggregate",
        purpose={**terms_json()["purpose"], "code": "statistics"},
    )
    for_others = consent(
        consent_id=OTHER_CONSENT,
        recipients=[RECIPIENT | {"org_id": "jp/meti", "name": "Another"}],
    )
    for kept in ([for_us, for_others], [for_others, for_us]):
        outcome = decide(request(), parties, kept)
        assert (outcome.reason, outcome.nearest) == (Denied.CONSENT_REVOKED, CONSENT)


def test_a_consent_to_this_purpose_is_nearer_than_one_to_another(parties):
    this = consent(uses_left=0, mode="aggregate", **COUNTED)
    other = consent(
        consent_id=OTHER_CONSENT, purpose={**terms_json()["purpose"], "code": "statistics"}
    )
    for kept in ([this, other], [other, this]):
        assert decide(request(), parties, kept).nearest == CONSENT


# Consents for the Osaka bureau that are worth nothing now.
OVER = {
    "revoked": consent(standing="consent-revoked"),
    "superseded": consent(standing="consent-superseded"),
    "expired": consent(validity={"not_before": at(-9), "not_after": at(-1)}),
    "not-yet": consent(validity={"not_before": at(1), "not_after": at(9)}),
    "exhausted": consent(uses_left=0, **COUNTED),
}
ELSEWHERE = {
    "tokyo": request(audience="jp/labour-bureau-tokyo"),
    "restricted-for-the-police": request(
        audience="jp/npa", subject=subject(marking=marking(level="restricted"))
    ),
}


@pytest.mark.parametrize("kept", OVER.values(), ids=OVER.keys())
@pytest.mark.parametrize("asked", ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_what_became_of_a_consent_for_another_recipient_is_never_the_reason(asked, kept, parties):
    outcome = decide(asked, parties, [kept])
    assert (outcome.reason, outcome.nearest) == (Denied.NO_CONSENT, None)
    usable = consent(consent_id=OTHER_CONSENT)
    outcome = decide(asked, parties, [kept, usable])
    assert (outcome.reason, outcome.nearest) == (Denied.CONSENT_OTHER_RECIPIENT, OTHER_CONSENT)


def test_a_consent_without_a_count_is_used_before_one_that_would_be_used_up(parties):
    free = consent(consent_id=OTHER_CONSENT)
    counted = consent(uses_left=1, **COUNTED)
    for kept in ([free, counted], [counted, free]):
        assert decide(request(), parties, kept).consents == (OTHER_CONSENT,)


def test_a_consent_is_not_used_where_a_rule_allows(parties):
    outcome = decide(request(audience="jp/npa"), parties, [consent()])
    assert (outcome.reason, outcome.consents) == (Allowed.INTERNAL_SIGNATORY, ())


BROKEN = {
    "standing": {"standing": "consent-revoked"},
    "grantor": {"grantor": "kh/moi"},
    "grantee": {"grantee": "np/moless"},
    "profile": {"profile": "moc-ssw/np-jp/2019"},
    "digest": {"subject": named("/scope", header_digest=OTHER_DIGEST)},
    "fields": {"subject": named("/other")},
    "recipients": {"recipients": [RECIPIENT | {"org_id": "jp/labour-bureau-tokyo"}]},
    "purpose": {"purpose": {**terms_json()["purpose"], "code": "statistics"}},
    "mode": {"mode": "aggregate"},
    "early": {"validity": {"not_before": at(1), "not_after": at(2)}},
    "late": {"validity": {"not_before": at(-2), "not_after": at(-1)}},
    "uses": {"uses": 3, "epoch": EPOCH, "uses_left": 0},
    "embargo": {"conditions": {"embargo_until": at(1)}},
    "words": {"conditions": {"text": {"en": "Ask."}}},
    "cut": {"conditions": {"redact": ["/scope/ssw"]}},
}


@pytest.mark.clause("3")
@given(faults=st.lists(st.sampled_from(sorted(BROKEN)), min_size=1, unique=True))
def test_whatever_is_wrong_with_a_consent_it_permits_nothing(faults, parties):
    changes = {"subject": named("/scope")}
    for each in faults:
        changes |= BROKEN[each]
    asked = request(part="/scope")
    assert decide(asked, parties, [consent(subject=named("/scope"))]).reason is Allowed.CONSENT
    assert not isinstance(decide(asked, parties, [consent(**changes)]), Permitted)


def test_a_consent_of_nonsense_is_an_error_of_the_evaluator(parties):
    broken = Consent(terms=None, digest="", kids=())
    assert decide(request(), parties, [broken]).reason is Denied.EVALUATOR_ERROR


def test_a_consent_follows_its_parts_into_a_correction(parties):
    corrected = replace(CORRECTED, under="/body")
    kept = consent(subject=named("/scope"), follow_corrections=True)
    inside = request(subject=corrected, part="/body/scope")
    beside = request(subject=corrected, part="/scope")
    assert decide(inside, parties, [kept]).reason is Allowed.CONSENT
    assert decide(beside, parties, [kept]).reason is Denied.CONSENT_FIELDS_NOT_COVERED


def test_what_is_to_be_cut_out_is_cut_out_of_a_correction_too(parties):
    corrected = replace(CORRECTED, under="/body")
    kept = consent(follow_corrections=True, conditions={"redact": ["/person"]})
    for part, reason in (
        ("/body/person", Denied.CONSENT_CONDITION_UNMET),
        ("/body/scope", Allowed.CONSENT),
    ):
        asked = request(subject=corrected, part=part)
        assert decide(asked, parties, [kept]).reason is reason


@pytest.mark.parametrize("profile", [PROFILE, "moc-ssw/np-jp/2019"])
def test_hub_with_many_peers(profile, parties):
    """Cambodia's consent to Japan takes nothing to Nepal, in whichever matter it is sent."""
    asked = request(
        action=Action.SEND,
        audience="np/moless",
        subject=ours(source(), recipient="np/moless", profile=profile),
    )
    outcome = decide(asked, parties, [consent()])
    assert (outcome.reason, outcome.country) == (Denied.CONSENT_OTHER_RECIPIENT, "kh")
    assert decide(asked, parties).reason is Denied.NO_CONSENT


def test_multi_originator_item(parties):
    both = request(action=Action.SEND, subject=ours(source(), nepali_source()))
    assert decide(both, parties).reason is Denied.NO_CONSENT
    for kept, missing in ((consent(), "np"), (nepali_consent(), "kh")):
        outcome = decide(both, parties, [kept])
        assert (outcome.reason, outcome.country) == (Denied.MULTI_ORIGIN_MISSING, missing)
    outcome = decide(both, parties, [consent(), nepali_consent()])
    assert outcome.consents == (CONSENT, OTHER_CONSENT)


def test_the_recipient_needs_no_consent_of_its_own_in_an_item_of_several(parties):
    back = request(
        action=Action.SEND,
        audience="kh/molvt",
        subject=ours(source(), nepali_source()),
    )
    outcome = decide(back, parties)
    assert (outcome.reason, outcome.country) == (Denied.NO_CONSENT, "np")


def test_consent_by_wrong_party(parties):
    """The ministry of the interior for the labour ministry's data; Nepal for Cambodia's."""
    wrong = MISSED["another-grantor-of-the-country"][1], MISSED["another-country"][1]
    for kept in wrong:
        assert decide(request(), parties, [kept]).reason is Denied.CONSENT_WRONG_ORIGINATOR


def test_corrected_envelope(parties):
    for following, reason in (
        (False, Denied.CONSENT_DIGEST_MISMATCH),
        (True, Allowed.CONSENT),
    ):
        kept = consent(follow_corrections=following)
        assert decide(request(subject=CORRECTED), parties, [kept]).reason is reason


def test_grant_arrives_after_its_own_not_after(parties):
    over = consent(validity={"not_before": at(-9), "not_after": at(-8)})
    assert decide(request(), parties, [over]).reason is Denied.CONSENT_EXPIRED


def test_one_consent_to_two_messages_in_one_is_used_once(parties):
    both = [
        {"id": id, "header_digest": header_digest, "pointers": [""]}
        for id, header_digest in ((ANSWER, DIGEST), (EARLIER, OTHER_DIGEST))
    ]
    older = source(message_id=EARLIER, header_digest=OTHER_DIGEST)
    asked = request(subject=subject(sources=(older,)))
    assert decide(asked, parties, [consent(subject={"messages": both})]).consents == (CONSENT,)


def test_successor_body(parties):
    """Nothing goes to what is no more, and nothing to its successor on the old consent."""
    old = Party(
        id="jp/bureau-old",
        kind=PartyKind.AUTHORITY,
        names={"en": "Old Bureau"},
        valid_to="2026-03-24",
    )
    new = replace(old, id="jp/bureau-new", valid_from="2026-03-25", valid_to=None)
    registry = Parties([*parties.all(), old, replace(new, successor_of=(old.id,))])
    recipient = RECIPIENT | {"org_id": old.id, "name": "Old Bureau"}
    kept = [consent(recipients=[recipient])]
    before = request(audience=old.id, now=NOW - 43_200)
    assert decide(before, registry, kept).reason is Allowed.CONSENT
    after = replace(before, now=NOW + 86_400)
    assert decide(after, registry, kept).reason is Denied.UNKNOWN_RECIPIENT
    assert (
        decide(replace(after, audience=new.id), registry, kept).reason
        is Denied.CONSENT_OTHER_RECIPIENT
    )


def test_different_recipient(parties):
    assert request().audience == BUREAU
    for audience in ("jp/labour-bureau-tokyo", "jp/meti", "kh/moi"):
        outcome = decide(request(audience=audience), parties, [consent()])
        assert outcome.reason is Denied.CONSENT_OTHER_RECIPIENT


OLDER, NEWER = (f"019aaa00-0000-7000-8000-00000000000{n}" for n in (1, 2))
ELSEWHERE = [RECIPIENT | {"org_id": "jp/mhlw-elsewhere"}]


@pytest.mark.parametrize(
    ("kept", "why", "nearest"),
    [
        # Of two that are equally near, what has become of the newer one is told.
        (
            [
                consent(consent_id=OLDER, standing="consent-revoked"),
                consent(consent_id=NEWER, uses_left=0, **COUNTED),
            ],
            Denied.CONSENT_EXHAUSTED,
            NEWER,
        ),
        # One for somebody else explains nothing once it is over.
        ([consent(recipients=ELSEWHERE, standing="consent-revoked")], Denied.NO_CONSENT, None),
        ([consent(recipients=ELSEWHERE, uses_left=0, **COUNTED)], Denied.NO_CONSENT, None),
        ([consent(recipients=ELSEWHERE)], Denied.CONSENT_OTHER_RECIPIENT, CONSENT),
        # The one for this recipient is nearer, whatever it lacks.
        (
            [
                consent(consent_id=NEWER, recipients=ELSEWHERE),
                consent(consent_id=OLDER, subject=named("/scope"), standing="consent-revoked"),
            ],
            Denied.CONSENT_REVOKED,
            OLDER,
        ),
        # And of those the one for this part.
        (
            [
                consent(consent_id=OLDER, standing="consent-revoked"),
                consent(consent_id=NEWER, subject=named("/items")),
            ],
            Denied.CONSENT_REVOKED,
            OLDER,
        ),
    ],
)
def test_the_nearest_miss_is_the_one_that_was_meant(parties, kept, why, nearest):
    outcome = decide(request(part="/scope"), parties, kept)
    assert (outcome.reason, outcome.nearest) == (why, nearest)
