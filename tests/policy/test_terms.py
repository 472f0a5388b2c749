"""Terms of a consent: one form, and nothing in them that contradicts another part."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import MalformedError
from gateway.policy.terms import LEAST_CELL, MOST_USES, Conditions, Mode, parse_terms
from tests.policy.asking import ANSWER, DIGEST, at, named, terms, terms_json

RECIPIENT = terms_json()["recipients"][0]
CLASS = {"types": ["inquiry.answer"], "received_from": at(-7), "received_until": at(7)}
SITE = {"register": "revocations", "medium": "web site"}
EPOCH = "1.c29tZXRoaW5n"


def without(name, **changes):
    return {each: value for each, value in terms_json(**changes).items() if each != name}


def test_what_terms_leave_out_permits_no_more():
    found = terms()
    assert (found.mode, found.min_cell, found.uses) == (Mode.VERBATIM, LEAST_CELL, None)
    assert found.conditions == Conditions()
    assert not found.follow_corrections
    assert (found.personal_data, found.publication, found.standing) == (None, None, None)


def test_everything_that_terms_can_say_is_read():
    found = terms(
        request={"id": ANSWER, "header_digest": DIGEST},
        epoch=EPOCH,
        uses=3,
        follow_corrections=True,
        min_cell=5,
        conditions={
            "redact": ["/person"],
            "pseudonymise": ["/name"],
            "onward": "same-terms",
            "attribution": "must",
            "embargo_until": at(1),
            "report_within": 7,
            "text": {"en": "After the hearing.", "ja": "審理の後。"},
        },
        personal_data={
            "legal_basis": "Article 69(2)",
            "destination_country": "jp",
            "safeguards": "Kept by two officers.",
            "data_subject_consent": "Form 12",
        },
    )
    assert found.request == (ANSWER, DIGEST)
    assert (found.uses, found.epoch, found.min_cell) == (3, EPOCH, 5)
    assert found.conditions.text == "After the hearing."
    assert found.conditions.report_within == 7
    assert found.personal_data.data_subject_consent == "Form 12"


WRONG = {
    "no-object": ([], ""),
    "unknown-member": (terms_json(note="x"), ""),
    "id-of-another-form": (terms_json(consent_id="1"), "/consent_id"),
    "unknown-purpose": (
        terms_json(purpose={"code": "anything", "text": {"en": "x"}}),
        "/purpose/code",
    ),
    "purpose-without-english": (
        terms_json(purpose={"code": "statistics", "text": {"ja": "統計"}}),
        "/purpose/text/en",
    ),
    "unknown-mode": (terms_json(mode="any"), "/mode"),
    "messages-and-a-class": (terms_json(subject=named() | {"class": CLASS}), "/subject"),
    "neither": (terms_json(subject={}), "/subject"),
    "class-of-all-types": (
        terms_json(subject={"class": CLASS | {"types": []}}),
        "/subject/class/types",
    ),
    "no-recipients": (without("recipients"), "/recipients"),
    "empty-recipients": (terms_json(recipients=[]), "/recipients"),
    "recipients-and-publication": (terms_json(publication=SITE), "/recipients"),
    "recipient-by-country": (
        terms_json(recipients=[RECIPIENT | {"org_id": "jp"}]),
        "/recipients/0/org_id",
    ),
    "recipient-of-unknown-kind": (
        terms_json(recipients=[RECIPIENT | {"kind": "anybody"}]),
        "/recipients/0/kind",
    ),
    "pointer-of-another-form": (
        terms_json(subject=named("scope")),
        "/subject/messages/0/pointers/0",
    ),
    "ends-before-it-begins": (
        terms_json(validity={"not_before": at(2), "not_after": at(1)}),
        "/validity/not_after",
    ),
    "no-end": (terms_json(validity={"not_before": at(2)}), "/validity/not_after"),
    "standing-for-more-than-a-year": (
        terms_json(subject={"class": CLASS}, validity={"not_before": at(0), "not_after": at(367)}),
        "/validity/not_after",
    ),
    "for-more-than-a-year": (
        terms_json(validity={"not_before": at(0), "not_after": at(367)}),
        "/validity/not_after",
    ),
    "redacted-and-nothing-left-out": (terms_json(mode="redacted"), "/mode"),
    "redacted-class-and-nothing-left-out": (
        terms_json(mode="redacted", subject={"class": CLASS}),
        "/mode",
    ),
    "granted-to-oneself": (terms_json(grantee="kh/molvt"), "/grantee"),
    "granted-at-home": (terms_json(grantee="kh/moi"), "/grantee"),
    "granted-for-another-country": (
        terms_json(granted_by=terms_json()["granted_by"] | {"org_id": "np/moless"}),
        "/granted_by/org_id",
    ),
    "counted-without-epoch": (terms_json(uses=1), "/epoch"),
    "no-uses": (terms_json(uses=0, epoch=EPOCH), "/uses"),
    "true-uses": (terms_json(uses=True, epoch=EPOCH), "/uses"),
    "too-many-uses": (terms_json(uses=MOST_USES + 1, epoch=EPOCH), "/uses"),
    "cells-of-one": (terms_json(min_cell=1), "/min_cell"),
    "unknown-condition": (terms_json(conditions={"free": True}), "/conditions"),
    "onward-to-all": (terms_json(conditions={"onward": "all"}), "/conditions/onward"),
    "grounds-without-safeguards": (
        terms_json(personal_data={"legal_basis": "x", "destination_country": "jp"}),
        "/personal_data/safeguards",
    ),
    "corrections-by-word": (terms_json(follow_corrections="yes"), "/follow_corrections"),
    "null": (terms_json() | {"conditions": None}, "/conditions"),
}


@pytest.mark.clause("3")
@pytest.mark.parametrize(("value", "where"), WRONG.values(), ids=WRONG)
def test_terms_of_another_form_permit_nothing_and_the_place_is_named(value, where):
    with pytest.raises(MalformedError) as caught:
        parse_terms(value)
    assert caught.value.pointers == (where,)


@pytest.mark.parametrize("name", sorted(set(terms_json()) - {"recipients"}))
def test_nothing_that_says_who_what_for_or_until_when_may_be_missing(name):
    with pytest.raises(MalformedError):
        parse_terms(without(name))


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)


@given(name=st.sampled_from(sorted(terms_json())), value=ANYTHING)
def test_nonsense_in_any_member_is_malformed_and_nothing_worse(name, value):
    with suppress(MalformedError):
        parse_terms(terms_json() | {name: value})


def test_terms_do_not_print_what_people_wrote():
    found = terms(conditions={"text": {"en": "SECRET-CONDITION"}})
    assert "SECRET-CONDITION" not in repr(found)
    assert "To inspect the employer." not in repr(found)
