"""Whose content it is: what was taken over is judged as what it was taken from."""

from dataclasses import replace

import pytest

from gateway.policy import Action, Allowed, Denied, Derivation, Mode, Purpose, decide
from gateway.policy.aggregate import SafeTable
from tests.policy.asking import (
    ANSWER,
    BUREAU,
    DIGEST,
    NEPAL,
    consent,
    marking,
    nepali_source,
    ours,
    request,
    source,
    subject,
)


def sent(*sources, audience=BUREAU, **changes):
    """Ask whether Japan may send a message of its own that took over from others."""
    return request(action=Action.SEND, audience=audience, subject=ours(*sources), **changes)


ENTRY = {
    "message_id": ANSWER,
    "header_digest": DIGEST,
    "source_pointer": "/scope",
    "target_pointer": "/text",
    "mode": "quote",
}
RESOLVED = source(source_pointer="/scope", target_pointer="/text")

CASES = {
    "own-words": (sent(), Allowed.OWN_INFORMATION),
    "a-quote": (sent(source()), Denied.NO_CONSENT),
    "a-paraphrase": (sent(source(mode=Derivation.PARAPHRASE)), Denied.NO_CONSENT),
    "an-aggregate": (sent(source(mode=Derivation.AGGREGATE)), Denied.NO_CONSENT),
    "a-reference": (sent(source(mode=Derivation.REFERENCE)), Allowed.OWN_INFORMATION),
    "a-reference-to-what-is-not-kept": (
        sent(source(mode=Derivation.REFERENCE, marking=None)),
        Allowed.OWN_INFORMATION,
    ),
    "a-reference-that-tips-off": (
        sent(source(mode=Derivation.REFERENCE, marking=marking(caveats=["no-tip-off"]))),
        Denied.NO_CONSENT,
    ),
    "a-reference-whose-part-tips-off": (
        sent(
            source(
                mode=Derivation.REFERENCE,
                marking=marking(granular=[{"pointer": "/scope", "caveats": ["no-tip-off"]}]),
            )
        ),
        Denied.NO_CONSENT,
    ),
    "a-reference-to-what-is-not-understood": (
        sent(source(mode=Derivation.REFERENCE, marking=marking(scheme="moc-ssw/9"))),
        Denied.NO_CONSENT,
    ),
    "a-quote-of-what-is-public": (
        sent(source(marking=marking(level="public"))),
        Allowed.OWN_INFORMATION,
    ),
    "a-quote-back": (sent(source(), audience="kh/molvt"), Allowed.RETURN_TO_ORIGINATOR),
    "a-quote-back-in-a-matter-of-another-memorandum": (
        request(action=Action.SEND, audience="kh/molvt", subject=ours(source(), profile=NEPAL)),
        Allowed.RETURN_TO_ORIGINATOR,
    ),
    "a-restricted-quote-back": (
        sent(source(marking=marking(level="restricted")), audience="kh/molvt"),
        Allowed.RETURN_TO_ORIGINATOR,
    ),
    "a-quote-to-our-own-side": (sent(source(), audience="jp/npa"), Allowed.INTERNAL_SIGNATORY),
    "a-quote-to-whom-it-is-for": (
        sent(source(marking=marking(permitted_recipients=[BUREAU]))),
        Allowed.PRE_AUTHORISED,
    ),
    "a-restricted-part": (
        sent(
            source(
                source_pointer="/person",
                marking=marking(granular=[{"pointer": "/person/passport", "level": "restricted"}]),
            ),
            audience="jp/npa",
        ),
        Denied.NO_CONSENT,
    ),
    "beside-a-restricted-part": (
        sent(
            source(
                source_pointer="/scope",
                marking=marking(granular=[{"pointer": "/person/passport", "level": "restricted"}]),
            ),
            audience="jp/npa",
        ),
        Allowed.INTERNAL_SIGNATORY,
    ),
    "nepali-words-to-cambodia": (
        sent(nepali_source(), audience="kh/molvt"),
        Denied.NO_CONSENT,
    ),
    "cambodian-words-to-nepal-s-embassy": (
        sent(source(), audience="np/embassy-tokyo"),
        Denied.NO_CONSENT,
    ),
    "a-source-without-marking": (sent(source(marking=None)), Denied.MARKER_MISSING),
    "a-source-marked-by-another": (
        sent(source(marking=marking("jp/isa"))),
        Denied.MARKER_INVALID,
    ),
    "a-source-with-an-unknown-caveat": (
        sent(source(marking=marking(caveats=["unheard-of"]))),
        Denied.UNKNOWN_CAVEAT,
    ),
    "a-withdrawn-source": (
        sent(source(standing=Denied.SOURCE_WITHDRAWN), audience="jp/npa"),
        Denied.SOURCE_WITHDRAWN,
    ),
    "a-changed-source": (
        sent(source(standing=Denied.SOURCE_CHANGED, marking=marking(level="public"))),
        Denied.SOURCE_CHANGED,
    ),
    "a-changed-source-back": (
        sent(source(standing=Denied.SOURCE_CHANGED), audience="kh/molvt"),
        Denied.SOURCE_CHANGED,
    ),
    "an-old-version-back": (
        sent(source(standing=Denied.SOURCE_SUPERSEDED), audience="kh/molvt"),
        Allowed.RETURN_TO_ORIGINATOR,
    ),
    "a-withdrawn-message": (
        request(subject=subject(standing=Denied.SOURCE_WITHDRAWN), audience="jp/npa"),
        Denied.SOURCE_WITHDRAWN,
    ),
    "declared-and-known": (
        request(
            action=Action.SEND,
            audience="jp/npa",
            subject=ours(RESOLVED, derived_from=(ENTRY,)),
        ),
        Allowed.INTERNAL_SIGNATORY,
    ),
}


@pytest.mark.clause("3")
@pytest.mark.parametrize(("asked", "why"), CASES.values(), ids=CASES)
def test_what_was_taken_over_is_judged_by_its_own_marking(asked, why, parties):
    assert decide(asked, parties).reason is why


@pytest.mark.clause("3")
@pytest.mark.parametrize("member", sorted(ENTRY))
def test_a_source_that_is_not_the_declared_one_is_undeclared(member, parties):
    other = ENTRY | {member: "paraphrase" if member == "mode" else "other"}
    asked = request(
        action=Action.SEND, audience="jp/npa", subject=ours(RESOLVED, derived_from=(other,))
    )
    expected = Allowed.INTERNAL_SIGNATORY if member == "source_pointer" else None
    assert decide(asked, parties).reason is (expected or Denied.UNDECLARED_ORIGIN)


def test_a_declared_source_that_nobody_looked_up_is_undeclared(parties):
    asked = request(subject=subject(derived_from=(ENTRY,)), audience="jp/npa")
    assert decide(asked, parties).reason is Denied.UNDECLARED_ORIGIN


def test_paraphrase_and_reference(parties):
    """As a quote; a bare id is free unless it may tip somebody off."""
    for mode in (Derivation.QUOTE, Derivation.PARAPHRASE):
        assert decide(sent(source(mode=mode)), parties).reason is Denied.NO_CONSENT
    bare = source(mode=Derivation.REFERENCE)
    assert decide(sent(bare), parties).reason is Allowed.OWN_INFORMATION
    telling = replace(bare, marking=marking(caveats=["no-tip-off"]))
    assert decide(sent(telling), parties).reason is Denied.NO_CONSENT


def test_quote_inside_a_new_message_to_a_third_party(parties):
    """The pointer of the quote needs consent, and nothing beside it does."""
    whole = sent(source(target_pointer="/text"))
    assert decide(whole, parties).reason is Denied.NO_CONSENT
    assert decide(replace(whole, part="/text"), parties).reason is Denied.NO_CONSENT
    assert decide(replace(whole, part="/text/en"), parties).reason is Denied.NO_CONSENT
    assert decide(replace(whole, part="/scope"), parties).reason is Allowed.OWN_INFORMATION
    assert decide(replace(whole, part="/text"), parties, [consent()]).reason is Allowed.CONSENT


def test_reply_embedding_sender_s_own_data_back(parties):
    for changes in ({}, {"caveats": ["each-time", "contact-first"]}, {"level": "restricted"}):
        back = sent(source(marking=marking(**changes)), audience="kh/molvt")
        assert decide(back, parties).reason is Allowed.RETURN_TO_ORIGINATOR


def statistics(
    *,
    table=None,
    action=Action.DISCLOSE,
    mode=Mode.AGGREGATE,
    purpose=Purpose.STATISTICS,
    **changes,
):
    members = {"purposes": ["statistics"]} | changes
    return request(
        action=action,
        subject=subject(marking=marking(**members)),
        mode=mode,
        purpose=purpose,
        table=table,
    )


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (statistics(table=SafeTable(10)), Allowed.STATISTICS),
        (statistics(table=SafeTable(9)), Denied.NO_CONSENT),
        (statistics(), Denied.NO_CONSENT),
        (statistics(table=SafeTable(10), mode=Mode.PARAPHRASE), Denied.NO_CONSENT),
        (statistics(table=SafeTable(10), purposes=["ssw-operation"]), Denied.NO_CONSENT),
        (statistics(table=SafeTable(10), purpose=Purpose.EXAM_INTEGRITY), Denied.NO_CONSENT),
        (statistics(table=SafeTable(10), level="restricted"), Denied.NO_CONSENT),
        (statistics(table=SafeTable(10), action=Action.PUBLISH), Denied.NO_CONSENT),
        (statistics(table=SafeTable(10), caveats=["each-time"]), Denied.CAVEAT_FORBIDS),
        (statistics(table=SafeTable(10), caveats=["contact-first"]), Denied.CAVEAT_FORBIDS),
    ],
)
def test_aggregate_statistics(asked, why, parties):
    assert decide(asked, parties).reason is why


def test_the_reason_is_that_of_the_originator_who_asked_most(parties):
    asked = sent(source(marking=marking(level="public")), nepali_source(), audience="jp/npa")
    assert decide(asked, parties).reason is Allowed.INTERNAL_SIGNATORY
    assert decide(sent(source()), parties, [consent()]).reason is Allowed.CONSENT


def test_the_label_for_the_ledger_changes_with_every_marking_in_it(parties):
    digests = {
        decide(asked, parties).label_digest
        for asked in (
            sent(audience="jp/npa"),
            sent(source(), audience="jp/npa"),
            sent(source(), nepali_source(), audience="jp/npa"),
            sent(source(marking=marking(caveats=["each-time"])), audience="jp/npa"),
            sent(source(marking=marking(permitted_recipients=["jp/npa"])), audience="jp/npa"),
        )
    }
    assert len(digests) == 5
    assert all(each.startswith("sha-256:") for each in digests)


def test_level_raised_after_we_already_disclosed(parties):
    asked = request(audience="jp/npa")
    assert decide(asked, parties).reason is Allowed.INTERNAL_SIGNATORY
    raised = replace(asked, subject=subject(marking=marking(level="restricted")))
    assert decide(raised, parties).reason is Denied.NO_CONSENT


def test_publishing_already_public_facts(parties):
    """That everybody knows it opens nothing; only the originator does."""
    asked = request(action=Action.PUBLISH, audience="jp/isa", part="/scope")
    assert decide(asked, parties).reason is Denied.NO_CONSENT
    loosened = replace(asked, subject=subject(marking=marking(level="public")))
    assert decide(loosened, parties).reason is Allowed.PUBLIC


def test_court_order_or_request_on_the_receiver(parties):
    court = next(each.id for each in parties.all() if (each.kind, each.country) == ("court", "jp"))
    assert decide(request(audience=court), parties).reason is Denied.NO_CONSENT
