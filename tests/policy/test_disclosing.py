"""What of a body may be disclosed: one refused part refuses all, unless it is left out."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import InvalidError
from gateway.policy import Action, Allowed, Denied, Mode, Permitted, Withheld
from gateway.policy.disclosing import judge
from tests.policy.asking import (
    ANSWER,
    CONSENT,
    DIGEST,
    EARLIER,
    NEPALI,
    OTHER_CONSENT,
    OTHER_DIGEST,
    at,
    consent,
    marking,
    named,
    nepali_source,
    ours,
    request,
    source,
    subject,
)

BODY = {
    "scope": {"employer": "Sakura Foods", "ssw": {"workers": 7}},
    "persons": {"p1": {"name": "SOK DARA", "passport": "N0123456"}, "p2": {"name": "CHAN THY"}},
    "list": [{"a": 1}, {"b": 2}],
    "text": {"en": "The employer keeps passports."},
}
ALL = ("/list", "/persons", "/scope", "/text")


def leaves(value, at=""):
    if not isinstance(value, dict) or not value:
        return {at: value}
    return {
        place: leaf
        for name, inside in value.items()
        for place, leaf in leaves(inside, f"{at}/{name}").items()
    }


def test_a_body_without_borders_is_one_atom(parties):
    found = judge(BODY, request(), parties, [consent()])
    assert found.allowed
    assert found.body == BODY
    assert [each.pointer for each in found.atoms] == [""]
    assert (found.reason, found.consents) == (Allowed.CONSENT, (CONSENT,))
    assert found.label_digest == found.atoms[0].decision.label_digest


@pytest.mark.clause("3")
def test_one_refused_part_refuses_the_whole(parties):
    found = judge(BODY, request(), parties, [consent(subject=named("/scope", "/text"))])
    assert not found.allowed
    assert found.body is None
    assert found.reason is Denied.CONSENT_FIELDS_NOT_COVERED
    assert found.withheld.nearest == CONSENT
    assert {each.pointer for each in found.atoms} == set(ALL)
    refused = {each.pointer for each in found.atoms if isinstance(each.decision, Withheld)}
    assert refused == {"/persons", "/list"}


@pytest.mark.clause("3")
def test_part_of_the_fields(parties):
    """Exactly the covered pointers leave; the others are left out, or everything stays."""
    kept = consent(subject=named("/scope/employer", "/text"))
    found = judge(BODY, request(), parties, [kept], redact=True)
    assert found.allowed
    assert found.body == {"scope": {"employer": "Sakura Foods"}, "text": BODY["text"]}
    assert set(found.redactions) == {"/scope/ssw", "/persons", "/list"}
    assert not judge(BODY, request(), parties, [kept]).allowed


def test_nothing_left_is_a_refusal(parties):
    found = judge(BODY, request(), parties, redact=True)
    assert (found.allowed, found.body, found.reason) == (False, None, Denied.NO_CONSENT)


def test_only_the_fields_that_are_asked_for_are_decided_and_leave(parties):
    kept = consent(subject=named("/scope"))
    found = judge(BODY, request(), parties, [kept], fields=["/scope/ssw"])
    assert (found.allowed, found.body) == (True, {"scope": {"ssw": {"workers": 7}}})
    assert found.redactions == ()


def test_a_field_that_does_not_exist_is_a_fault_of_who_asks(parties):
    with pytest.raises(InvalidError) as caught:
        judge(BODY, request(), parties, [consent()], fields=["/scope", "/scop"])
    assert [each.where for each in caught.value.problems] == ["/scop"]


def test_a_list_stays_or_goes_as_a_whole(parties):
    kept = consent(subject=named("/scope", "/text", "/persons", "/list/0"))
    found = judge(BODY, request(), parties, [kept], redact=True)
    assert found.allowed
    assert "list" not in found.body


def test_what_a_consent_has_cut_out_refuses_the_whole_or_is_left_out(parties):
    kept = consent(conditions={"redact": ["/persons/p1/passport"]})
    whole = judge(BODY, request(), parties, [kept])
    assert (whole.allowed, whole.reason) == (False, Denied.CONSENT_CONDITION_UNMET)
    found = judge(BODY, request(), parties, [kept], redact=True)
    assert found.redactions == ("/persons/p1/passport",)
    assert found.body["persons"] == {"p1": {"name": "SOK DARA"}, "p2": {"name": "CHAN THY"}}


def test_a_redacted_consent_takes_a_copy_in_which_its_parts_are_left_out(parties):
    kept = consent(mode="redacted", conditions={"redact": ["/persons"]})
    found = judge(BODY, request(), parties, [kept], redact=True)
    assert (found.allowed, found.redactions) == (True, ("/persons",))
    whole = judge(BODY, request(), parties, [kept])
    assert whole.reason is Denied.CONSENT_OTHER_MODE


def test_a_more_closely_marked_part_is_an_atom_of_its_own(parties):
    closer = marking(granular=[{"pointer": "/persons/p1", "level": "restricted"}])
    asked = request(subject=subject(marking=closer), audience="jp/npa")
    assert judge(BODY, asked, parties).reason is Denied.NO_CONSENT
    found = judge(BODY, asked, parties, redact=True)
    assert found.reason is Allowed.INTERNAL_SIGNATORY
    assert found.redactions == ("/persons/p1",)
    assert found.body["persons"] == {"p2": {"name": "CHAN THY"}}


def test_what_was_quoted_is_left_out_of_our_own_message(parties):
    asked = request(action=Action.DISCLOSE, subject=ours(source(target_pointer="/text")))
    found = judge(BODY, asked, parties, redact=True)
    assert (found.reason, found.redactions) == (Allowed.OWN_INFORMATION, ("/text",))


def test_several_consents_are_used_once_each(parties):
    kept = [
        consent(subject=named("/scope", "/list")),
        consent(consent_id=OTHER_CONSENT, subject=named("/persons", "/text")),
    ]
    found = judge(BODY, request(), parties, kept)
    assert found.allowed
    assert sorted(found.consents) == [CONSENT, OTHER_CONSENT]
    assert sorted(each.consent_id for each in found.obligations) == [CONSENT, OTHER_CONSENT]


def test_what_is_to_be_replaced_leaves_as_signs(parties):
    body = BODY | {"again": "SOK DARA"}
    kept = consent(conditions={"pseudonymise": ["/persons", "/again"]})
    found = judge(body, request(), parties, [kept])
    assert found.allowed
    persons = found.body["persons"]
    assert persons == {"p1": {"name": "[1]", "passport": "[2]"}, "p2": {"name": "[3]"}}
    assert found.body["again"] == "[1]"
    assert found.body["scope"] == BODY["scope"]
    assert found.pseudonymised == ("/again", "/persons")


@pytest.mark.parametrize("condition", ["redact", "pseudonymise"])
@pytest.mark.parametrize("place", ["/person", "/list/0/a"])
def test_a_place_that_names_nothing_in_the_message_lets_nothing_go(parties, condition, place):
    kept = consent(conditions={condition: [place]})
    found = judge(BODY, request(), parties, [kept], redact=condition == "redact")
    assert (found.allowed, found.body) == (False, None)
    assert found.reason is Denied.CONSENT_CONDITION_UNMET
    assert (found.withheld.country, found.withheld.nearest) == ("kh", CONSENT)


def test_a_place_of_another_message_of_the_same_consent_hinders_nothing(parties):
    other = {"id": EARLIER, "header_digest": OTHER_DIGEST, "pointers": [""]}
    both = {"messages": [*named()["messages"], other]}
    kept = consent(subject=both, conditions={"pseudonymise": ["/worker"]})
    found = judge(BODY, request(), parties, [kept])
    assert (found.allowed, found.body) == (True, BODY)


def test_a_place_inside_a_list_has_the_whole_list_replaced(parties):
    classes = {
        "types": ["inquiry.answer"], "received_from": at(-2), "received_until": at(2)
    }  # fmt: skip
    kept = consent(subject={"class": classes}, conditions={"pseudonymise": ["/list/0/a"]})
    found = judge(BODY, request(), parties, [kept])
    assert found.body["list"] == [{"a": "[1]"}, {"b": "[2]"}]
    assert found.pseudonymised == ("/list/0/a",)


def test_a_number_that_names_a_member_of_what_is_replaced_is_replaced_too(parties):
    body = {"items": {"CERT-0001234": {"person": {"name": "CHAN DARA"}}}, "again": "CERT-0001234"}
    kept = consent(conditions={"pseudonymise": ["/items", "/again"]})
    found = judge(body, request(), parties, [kept])
    assert "CERT-0001234" not in repr(found.body)
    (sign,) = found.body["items"]
    assert found.body["again"] == sign


def test_a_name_that_a_source_wants_replaced_never_leaves_inside_a_message_of_ours(parties):
    body = {"summary": {"en": "As told."}, "who": {"name": "CHAN DARA", "passport": "N01234567"}}
    taken = source(source_pointer="/persons/p1", target_pointer="/who")
    kept = consent(conditions={"pseudonymise": ["/persons/p1/name"]})
    found = judge(body, request(subject=ours(taken)), parties, [kept])
    assert (found.allowed, found.reason) == (False, Denied.CONSENT_CONDITION_UNMET)


def test_a_source_that_is_wholly_to_be_replaced_is_replaced_where_it_stands_now(parties):
    body = {"summary": {"en": "As told."}, "who": {"name": "CHAN DARA"}}
    taken = source(source_pointer="/persons/p1", target_pointer="/who")
    kept = consent(conditions={"pseudonymise": ["/persons"]})
    found = judge(body, request(subject=ours(taken)), parties, [kept])
    assert found.allowed
    assert found.body == body | {"who": {"name": "[1]"}}
    assert found.pseudonymised == ("/who",)


def test_what_a_source_has_left_out_is_left_out_of_its_correction_too(parties):
    body = {"summary": {"en": "As told."}, "who": {"name": "CHAN DARA"}}
    taken = source(
        message_id=EARLIER, header_digest=OTHER_DIGEST, earlier=((ANSWER, DIGEST),), under="/body",
        source_pointer="/body/persons", target_pointer="/who",
    )  # fmt: skip
    mine = ours(taken, message_id=NEPALI)
    kept = consent(follow_corrections=True, conditions={"redact": ["/persons"]})
    assert not judge(body, request(subject=mine), parties, [kept]).allowed
    named_twice = consent(
        subject={"messages": [
            *named()["messages"],
            {"id": EARLIER, "header_digest": OTHER_DIGEST, "pointers": [""]},
        ]},
        conditions={"redact": ["/persons"]},
    )  # fmt: skip
    assert not judge(body, request(subject=mine), parties, [named_twice]).allowed


@pytest.mark.parametrize("is_asked_for", [True, False])
def test_a_redacted_copy_from_which_nothing_is_left_out_is_a_verbatim_one(parties, is_asked_for):
    parts = ["/scope", "/persons", "/list", "/text"]
    kept = consent(mode="redacted", subject=named(*parts))
    mode = Mode.VERBATIM if is_asked_for else Mode.REDACTED
    found = judge(BODY, request(mode=mode), parties, [kept], redact=is_asked_for)
    assert (found.allowed, found.reason) == (False, Denied.CONSENT_OTHER_MODE)
    found = judge(BODY, request(mode=Mode.REDACTED), parties, [kept], fields=["/scope"])
    assert (found.allowed, set(found.body)) == (True, {"scope"})


def test_one_id_that_two_grantors_chose_names_the_consent_of_one(parties):
    other = consent(grantor="np/moless", profile="moc-ssw/np-jp/2019", granted_by={
        "org_id": "np/moless", "role": "Director", "authority": "Order 7"
    }, conditions={"report_within": 3})  # fmt: skip
    found = judge(BODY, request(), parties, [other, consent()])
    assert found.used == (("kh/molvt", CONSENT),)
    assert len(found.obligations) == 1


def test_a_paraphrase_is_not_made_safe_by_replacing(parties):
    kept = consent(mode="paraphrase", conditions={"pseudonymise": ["/persons"]})
    asked = request(mode=Mode.PARAPHRASE)
    assert judge(BODY, asked, parties, [kept]).reason is Denied.CONSENT_CONDITION_UNMET


def test_what_is_signed_already_is_not_made_safe_by_replacing(parties):
    kept = consent(conditions={"pseudonymise": ["/persons"]})
    asked = request(action=Action.SEND, subject=ours(source()))
    assert judge(BODY, asked, parties, [kept]).reason is Denied.CONSENT_CONDITION_UNMET


def test_a_marking_that_cannot_be_read_lets_nothing_go(parties):
    found = judge(BODY, request(subject=subject(marking={"level": "public"})), parties)
    assert (found.allowed, found.reason) == (False, Denied.MARKER_INVALID)


POINTERS = st.lists(
    st.sampled_from(["/scope", "/scope/ssw", "/persons", "/persons/p1", "/persons/p1/passport"]),
    max_size=3,
    unique=True,
)


@pytest.mark.clause("3")
@given(covered=POINTERS, cut=POINTERS, closer=POINTERS, quoted=POINTERS)
def test_no_leaf_leaves_that_is_not_permitted_by_itself(covered, cut, closer, quoted, parties):
    marked = marking(granular=[{"pointer": each, "level": "restricted"} for each in closer])
    asked = request(
        subject=subject(
            marking=marked,
            sources=tuple(nepali_source(target_pointer=each) for each in quoted),
        )
    )
    message = named()["messages"][0] | {"pointers": covered}
    kept = [consent(subject={"messages": [message]}, conditions={"redact": cut})]
    found = judge(BODY, asked, parties, kept, redact=True)
    left = leaves(found.body or {})
    assert found.allowed is (found.body is not None)
    for place, leaf in left.items():
        if not place:
            continue
        assert leaves(BODY)[place] == leaf
        alone = judge(BODY, asked, parties, kept, redact=True, fields=[place])
        assert alone.allowed
        assert any(place == each or place.startswith(f"{each}/") for each in covered)
        assert not any(place == each or place.startswith(f"{each}/") for each in [*cut, *quoted])
    gone = {each for each in found.redactions if found.allowed}
    for place in leaves(BODY):
        is_cut = any(place == each or place.startswith(f"{each}/") for each in gone)
        assert not (is_cut and place in left)
    for each in found.atoms:
        assert isinstance(each.decision, Permitted | Withheld)


def test_what_remains_is_judged_again_for_what_it_is(parties):
    """A statistical purpose, a table and words to confirm are asked of each part that leaves."""
    kept = consent(conditions={"text": {"en": "Only after the hearing."}})
    unconfirmed = judge(BODY, request(), parties, [kept], redact=True)
    assert unconfirmed.reason is Denied.CONSENT_CONDITION_UNMET
    assert judge(BODY, replace(request(), confirmed=True), parties, [kept]).allowed
