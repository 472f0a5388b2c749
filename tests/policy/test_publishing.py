"""What is shown to everybody: only what type, marking and decision agree on, field by field."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.catalogue import TYPES
from gateway.policy import Denied, Publishable, Subject, default_marking, publishable
from gateway.policy.publishing import NotPublicError
from tests.policy.asking import CONSENT, DIGEST
from tests.policy.asking import consent as consented

NOW = 1_774_400_000
AHEAD = "2027-01-01T00:00:00Z"
AT = "2026-03-25T00:00:00Z"
APPROVAL = TYPES["sending-org.approval"]
BODY = {
    "entry": "angkor-1",
    "organisation": {"name": {"en": "Angkor Placement"}, "phone": "023 111 222"},
    "licence": {"number": "L-7", "issued_on": "2026-01-05"},
    "approved_on": "2026-03-20",
    "representative": {"name_latin": "SOK DARA"},
    "contact": {"phone": "099 333 444"},
}


def subject(**changes):
    """Return a message of Cambodia's, marked by default but for what a test changes."""
    marking = default_marking(APPROVAL, "kh/molvt", AT, BODY) | changes
    return Subject(
        message_id="0195c2a4-7b1e-7c3a-9f00-6a5d4c3b2a10",
        header_digest="sha-256:x",
        profile="moc-ssw/kh-jp/2019",
        sender="kh/molvt",
        recipient="jp/isa",
        marking=marking,
    )


def fields(asked, parties, *, row=APPROVAL, now=NOW, **given):
    return publishable(asked, row, holder="jp/isa", parties=parties, now=now, **given).fields


def publish(*pointers, rule="required"):
    return {"publish": {"rule": rule, "fields": list(pointers)}}


def test_an_approval_shows_its_public_fields_and_nobody_s_name(parties):
    found = publishable(subject(), APPROVAL, holder="jp/isa", parties=parties, now=NOW)
    assert set(found.fields) == set(APPROVAL.publish)
    shown = found.of(BODY)
    assert set(shown) == {"organisation", "licence", "approved_on"}


def test_a_field_that_the_type_keeps_closed_is_not_published_because_a_marking_names_it(parties):
    asked = subject(**publish("/licence", "/representative", "/contact"))
    assert fields(asked, parties) == ("/licence",)


def test_a_field_that_the_marking_does_not_name_is_not_published(parties):
    assert fields(subject(**publish("/licence/number")), parties) == ("/licence/number",)


def test_a_wide_pointer_opens_no_more_than_the_type_does(parties):
    row = replace(APPROVAL, publish=("/organisation/name",))
    assert fields(subject(**publish("/organisation")), parties, row=row) == ("/organisation/name",)


def test_what_is_marked_inside_a_field_is_cut_out_of_it(parties):
    closer = [{"pointer": "/organisation/phone", "level": "confidential"}]
    found = publishable(
        subject(granular=closer), APPROVAL, holder="jp/isa", parties=parties, now=NOW
    )
    assert found.of(BODY)["organisation"] == {"name": {"en": "Angkor Placement"}}


@pytest.mark.parametrize("part", ["/licence", "/licence/number"])
def test_a_caveat_on_a_part_closes_it(parties, part):
    closer = [{"pointer": part, "caveats": ["personal-data"]}]
    found = publishable(
        subject(granular=closer), APPROVAL, holder="jp/isa", parties=parties, now=NOW
    )
    assert "number" not in found.of(BODY).get("licence", {})


def test_a_field_that_is_marked_as_a_whole_is_none_that_was_let_go(parties):
    asked = subject(granular=[{"pointer": "/licence", "level": "confidential"}])
    assert "/licence" not in fields(asked, parties)
    assert "/organisation" in fields(asked, parties)


def test_an_own_part_that_is_marked_stays_closed_at_its_own_country_too(parties):
    closer = [{"pointer": "/organisation/phone", "level": "confidential"}]
    found = publishable(
        subject(granular=closer), APPROVAL, holder="kh/molvt", parties=parties, now=NOW
    )
    assert "phone" not in found.of(BODY)["organisation"]


def test_a_message_confidential_as_a_whole_shows_the_fields_it_names(parties):
    """A correction is marked as closely as the message it corrects, contacts included."""
    assert set(fields(subject(level="confidential"), parties)) == set(APPROVAL.publish)


CLOSED = [
    ({"level": "restricted"}, Denied.NO_CONSENT),
    ({"level": "confidential", **publish("/licence", rule="none")}, Denied.NO_CONSENT),
    ({"level": "confidential", "handling_until": AHEAD, "then": "public"}, Denied.NO_CONSENT),
    ({"caveats": ["no-publication"]}, Denied.CAVEAT_FORBIDS),
    ({"caveats": ["personal-data"]}, Denied.CAVEAT_FORBIDS),
    ({"caveats": ["unheard-of"]}, Denied.UNKNOWN_CAVEAT),
    ({"scheme": "moc-ssw/2"}, None),
    (publish(), None),
]


@pytest.mark.parametrize(("changes", "reason"), CLOSED, ids=lambda value: str(value)[:40])
def test_what_may_not_be_made_public_is_not(parties, changes, reason):
    with pytest.raises(NotPublicError) as caught:
        fields(subject(**changes), parties)
    assert (caught.value.withheld and caught.value.withheld.reason) == reason


def test_an_embargo_ends_at_its_day(parties):
    asked = subject(level="confidential", handling_until=AT, then="public")
    assert set(fields(asked, parties)) == set(APPROVAL.publish)


def test_a_corrected_body_is_read_where_it_stands(parties):
    marking = default_marking(APPROVAL, "kh/molvt", AT, {"body": BODY}, under="/body")
    asked = replace(subject(), marking=marking)
    assert set(fields(asked, parties, under="/body")) == set(APPROVAL.publish)
    with pytest.raises(NotPublicError):
        fields(asked, parties)


def test_an_entry_of_a_list_is_read_below_the_pointer_to_it():
    found = Publishable(fields=("/entries",), closed=("/entries/a/phone",))
    assert found.of({"name": "A", "phone": "1"}, at="/entries/a") == {"name": "A"}
    assert found.of({"name": "B", "phone": "1"}, at="/entries/b") == {"name": "B", "phone": "1"}


NAMES = st.sampled_from(["a", "b", "c"])
VALUES = st.recursive(
    st.integers(), lambda inner: st.dictionaries(NAMES, inner, max_size=3), max_leaves=12
)
POINTERS = st.lists(NAMES, min_size=1, max_size=3).map(lambda names: "/" + "/".join(names))


def leaves(value, at=""):
    """Return the pointers to everything that is no object with members."""
    if not isinstance(value, dict) or not value:
        return {at: value}
    return {k: v for name, each in value.items() for k, v in leaves(each, f"{at}/{name}").items()}


@given(
    st.dictionaries(NAMES, VALUES, min_size=1, max_size=3),
    st.lists(POINTERS, max_size=3),
    st.lists(POINTERS, max_size=3),
)
def test_what_is_shown_lies_in_a_field_and_in_nothing_closed(values, opened, closed):
    shown = Publishable(fields=tuple(opened), closed=tuple(closed)).of(values)
    within = lambda leaf, pointers: any(f"{leaf}/".startswith(f"{each}/") for each in pointers)  # noqa: E731 - said once, used twice
    expected = {
        leaf: value
        for leaf, value in leaves(values).items()
        if within(leaf, opened) and not within(leaf, closed)
    }
    found = leaves(shown) if shown else {}
    assert {leaf: value for leaf, value in found.items() if value != {}} == {
        leaf: value for leaf, value in expected.items() if value != {}
    }


SITE = ("revocations", "web site")


def consent(*pointers, medium=SITE[1], **changes):
    """Return Cambodia's consent to make parts of the message public."""
    message = {
        "id": subject().message_id,
        "header_digest": DIGEST,
        "pointers": list(pointers),
    }
    return consented(
        subject={"messages": [message]},
        recipients=None,
        publication={"register": SITE[0], "medium": medium},
        purpose={"code": "publication", "text": {"en": "To warn workers."}},
        **changes,
    )


@pytest.mark.clause("3")
def test_a_consent_has_a_field_published_that_the_marking_does_not_name(parties):
    closed = subject(level="confidential", **publish("/licence"))
    asked = replace(closed, header_digest=DIGEST)
    given = {"consents": [consent("/approved_on")], "publication": SITE}
    assert fields(asked, parties, **given) == ("/licence", "/approved_on")
    assert fields(asked, parties) == ("/licence",)
    found = publishable(asked, APPROVAL, holder="jp/isa", parties=parties, now=NOW, **given)
    assert found.consents == (CONSENT,)
    given["publication"] = ("revocations", "gazette")
    assert fields(asked, parties, **given) == ("/licence",)


def test_what_everybody_may_know_is_not_published_because_of_a_consent_that_does_not_count(parties):
    asked = replace(subject(level="public", **publish("/licence")), header_digest=DIGEST)
    given = {"consents": [consent("/approved_on", medium="gazette")], "publication": SITE}
    assert fields(asked, parties, **given) == ("/licence",)


def test_no_consent_publishes_what_the_type_keeps_closed(parties):
    asked = replace(subject(**publish("/licence")), header_digest=DIGEST)
    given = {"consents": [consent("/representative", "/contact")], "publication": SITE}
    assert fields(asked, parties, **given) == ("/licence",)
