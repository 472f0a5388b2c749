"""What a memorandum adds to the marking of its types."""

import pytest

from gateway.catalogue import TYPES, Publication, PublishRule
from gateway.catalogue.profiles import Defaults
from gateway.node.setup import catalogue
from gateway.policy import default_marking
from gateway.policy.marking import parse_marking

AT = "2026-03-25T00:00:00Z"
CATALOGUE = catalogue()
PROFILE = CATALOGUE.profile("moc-ssw/kh-jp/2019")
MEASURE = TYPES["measure.notice"]


def marked(row, body, defaults, under=""):
    value = default_marking(row, "jp/isa", AT, body, under=under, defaults=defaults)
    return parse_marking(value, originator_country="jp")


def measure(kind, target):
    return CATALOGUE.bodies.example("measure.notice") | {"type": kind, "target": {"kind": target}}


@pytest.mark.parametrize(
    ("kind", "target", "rule"),
    [
        ("improvement-order", "accepting-org", PublishRule.REQUIRED),
        ("improvement-order", "support-org", PublishRule.PERMITTED),
        ("registration-cancellation", "support-org", PublishRule.PERMITTED),
        ({}, [], PublishRule.PERMITTED),
    ],
)
def test_only_an_improvement_order_to_an_accepting_organisation_has_to_be_published(
    kind, target, rule
):
    defaults = PROFILE.defaults_of("measure.notice", "kh/molvt")
    found = marked(MEASURE, measure(kind, target), defaults).publish
    assert found.rule is rule
    assert found.fields == MEASURE.publish


def test_the_same_holds_for_a_corrected_measure():
    defaults = PROFILE.defaults_of("measure.notice", "kh/molvt")
    body = {"body": measure("improvement-order", "accepting-org")}
    found = marked(MEASURE, body, defaults, under="/body").publish
    assert found.rule is PublishRule.REQUIRED
    assert found.fields == tuple(f"/body{pointer}" for pointer in MEASURE.publish)


def test_where_a_memorandum_publishes_nothing_no_field_is_named():
    nothing = Defaults(publication=Publication(rule=PublishRule.NONE))
    assert "publish" not in default_marking(MEASURE, "jp/isa", AT, {}, defaults=nothing)


def test_a_memorandum_that_is_silent_leaves_it_to_the_catalogue():
    assert marked(MEASURE, {}, Defaults()).publish.rule is PublishRule.REQUIRED


def test_a_memorandum_publishes_nothing_of_a_type_that_is_never_public():
    asked = Defaults(publication=Publication(rule=PublishRule.REQUIRED))
    assert "publish" not in default_marking(TYPES["ping"], "jp/isa", AT, {}, defaults=asked)


def test_the_embassy_may_see_a_request_for_return_assistance_and_no_other_message():
    for name, row in PROFILE.types.items():
        marking = marked(row, {}, PROFILE.defaults_of(name, "kh/molvt"))
        named = marking.permitted_recipients == {"kh/embassy-tokyo"}
        assert named == name.startswith("return.assistance."), name
