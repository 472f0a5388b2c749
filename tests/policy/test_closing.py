"""What a register seals: all that the signed marking does not leave open, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.catalogue import Register
from gateway.catalogue.register_changes import Change
from gateway.policy import Opening, close, parse_marking

NOW = 1_774_400_000
BODY = {"summary": {"en": "Text"}, "target": {"name": {"en": "A"}, "phone": "1"}, "until": None}
LEAST = {"scheme": "moc-ssw/1", "level": "public", "originator": "jp/isa"}


def opening(under="", **members):
    return Opening(parse_marking(LEAST | members, originator_country="jp"), under)


def closed(marked, **members):
    change = Change(register=Register.MEASURES, entry="m-1", public=BODY, **members)
    return close(change, marked, NOW)


def test_what_is_public_stays_as_it_is():
    change = Change(register=Register.MEASURES, entry="m-1", public=BODY)
    assert close(change, opening(), NOW) is change


@pytest.mark.parametrize(
    "members",
    [
        {"level": "restricted"},
        {"level": "confidential"},
        {"scheme": "moc-ssw/2"},
        {"unheard-of": True},
        {"caveats": ["no-publication"]},
        {"caveats": ["unheard-of"]},
        {"level": "restricted", "publish": {"rule": "required", "fields": ["/summary"]}},
        {
            "level": "confidential",
            "publish": {"rule": "required", "fields": ["/summary", "/target"]},
            "handling_until": "2099-01-01T00:00:00Z",
            "then": "public",
        },
    ],
)
def test_what_the_whole_marking_closes_is_sealed(members):
    found = closed(opening(**members), whole=True)
    assert {name for name, value in found.public.items() if value is not None} == set()
    assert found.private == {"summary": BODY["summary"], "target": BODY["target"]}


def test_what_opens_with_time_is_open_from_then_on():
    until = {"level": "confidential", "handling_until": "2026-01-01T00:00:00Z", "then": "public"}
    assert closed(opening(**until)).public == BODY


def test_fields_that_are_to_be_published_are_open_although_the_rest_is_closed():
    fields = {"rule": "required", "fields": ["/summary", "/target/name"]}
    found = closed(opening(level="confidential", publish=fields), whole=True)
    assert found.public["summary"] == BODY["summary"]
    assert found.public["target"] == {"name": {"en": "A"}}
    assert found.private == {"target": {"phone": "1"}}


@pytest.mark.parametrize("under", ["", "/body"])
def test_a_part_that_is_marked_more_closely_is_sealed_alone(under):
    part = {"pointer": f"{under}/target/phone", "level": "restricted"}
    found = closed(opening(under, granular=[part]))
    assert found.public == {"summary": BODY["summary"], "target": {"name": {"en": "A"}}} | {
        "until": None
    }
    assert found.private == {"target": {"phone": "1"}}


def test_a_member_of_which_something_in_a_list_is_closed_is_sealed_whole():
    change = Change(register=Register.MEASURES, entry="m-1", public={"acts": ["a", "b"]})
    found = close(change, opening(granular=[{"pointer": "/acts/1", "level": "restricted"}]), NOW)
    assert (found.public, found.private) == ({"acts": None}, {"acts": ["a", "b"]})


def test_what_lay_open_before_under_a_name_that_is_closed_now_goes():
    found = closed(opening(granular=[{"pointer": "/summary", "level": "restricted"}]))
    assert found.public["summary"] is None


def test_what_stands_elsewhere_in_the_body_is_judged_there():
    part = {"pointer": "/items/c1/summary", "level": "restricted"}
    marked = opening(granular=[part])
    assert closed(marked, place="/items/c1").private == {"summary": BODY["summary"]}
    assert closed(marked, place="/items/c2").private == {}


@pytest.mark.parametrize(
    ("name", "said_as"),
    [
        ("status_since", "/effective_on"),
        ("amended_on", "/effective_from"),
        ("lifted_on", "/effective_from"),
    ],
)
def test_the_day_of_a_status_is_closed_with_the_day_it_is_taken_from(name, said_as):
    change = Change(register=Register.SENDING_ORGS, entry="s", public={name: "2026-01-01"})
    marked = opening(granular=[{"pointer": said_as, "level": "confidential"}])
    assert close(change, marked, NOW).private == {name: "2026-01-01"}


LEVELS = st.sampled_from(["public", "confidential", "restricted"])
POINTERS = st.sampled_from(["/summary", "/summary/en", "/target", "/target/name", "/target/phone"])


@given(LEVELS, st.dictionaries(POINTERS, LEVELS), st.sets(POINTERS))
def test_every_leaf_is_either_open_or_sealed_and_open_only_by_the_marking(level, parts, fields):
    granular = [{"pointer": pointer, "level": each} for pointer, each in parts.items()]
    publish = {"rule": "permitted", "fields": sorted(fields)}
    marked = opening(level=level, granular=granular, publish=publish)
    found = closed(marked, whole=True)
    leaves = dict(_leaves(found.public)), dict(_leaves(found.private))
    assert leaves[0] | leaves[1] == dict(_leaves(BODY))
    assert not leaves[0].keys() & leaves[1].keys()
    assert all(marked.is_open(pointer, NOW) for pointer in leaves[0])


def _leaves(value, at=""):
    for name, each in value.items():
        if isinstance(each, dict):
            yield from _leaves(each, f"{at}/{name}")
        elif each is not None:
            yield f"{at}/{name}", each
