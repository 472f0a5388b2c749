"""Markings: one form, the sender's own, and the strictest reading of what is not understood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.catalogue import TYPES, Catalogue, Caveat, Level, country_of
from gateway.errors import InvalidMarkingError, RefusalCode
from gateway.policy.marking import (
    CLAUSE_PURPOSES,
    Marking,
    Publish,
    PublishRule,
    Purpose,
    Then,
    check_pointers,
    default_marking,
    parse_marking,
)
from gateway.resources import schema_files

CATALOGUE = Catalogue.from_files(schema_files())
AT = "2026-03-25T09:00:00Z"
FULL = {
    "scheme": "moc-ssw/1",
    "level": "confidential",
    "originator": "kh/molvt",
    "caveats": ["no-tip-off", "personal-data"],
    "permitted_recipients": ["kh/embassy-tokyo"],
    "purposes": ["return-assistance"],
    "publish": {"rule": "permitted", "fields": ["/organisations/o1/name"]},
    "handling_until": "2027-03-25T00:00:00Z",
    "then": "destroy",
    "granular": [
        {
            "pointer": "/persons/p1",
            "level": "restricted",
            "caveats": ["source-protection"],
            "permitted_recipients": [],
            "purposes": ["return-assistance"],
        }
    ],
    "marked_by": "officer",
    "marked_at": AT,
}
LEAST = {"scheme": "moc-ssw/1", "level": "public", "originator": "kh/molvt"}


def parse(value):
    return parse_marking(value, originator_country="kh")


def test_every_member_is_read():
    marking = parse(FULL)
    assert marking.level is Level.CONFIDENTIAL
    assert marking.originator == "kh/molvt"
    assert marking.caveats == {Caveat.NO_TIP_OFF, Caveat.PERSONAL_DATA}
    assert marking.permitted_recipients == {"kh/embassy-tokyo"}
    assert marking.purposes == {Purpose.RETURN_ASSISTANCE}
    assert marking.publish == Publish(
        rule=PublishRule.PERMITTED, fields=("/organisations/o1/name",)
    )
    assert marking.handling_until == 1_805_932_800
    assert marking.then is Then.DESTROY
    assert marking.granular[0].pointer == "/persons/p1"
    assert marking.understood


def test_the_least_marking_permits_nobody_and_publishes_nothing():
    assert parse(LEAST) == Marking(level=Level.PUBLIC, originator="kh/molvt")
    assert parse(LEAST).permitted_recipients == frozenset()
    assert parse(LEAST).publish.rule is PublishRule.NONE


BROKEN = [
    (None, ""),
    ([], ""),
    ("restricted", ""),
    (LEAST | {"level": None}, "/level"),
    (LEAST | {"level": "PUBLIC"}, "/level"),
    (LEAST | {"level": "secret"}, "/level"),
    (LEAST | {"level": 0}, "/level"),
    ({k: v for k, v in LEAST.items() if k != "level"}, "/level"),
    ({k: v for k, v in LEAST.items() if k != "scheme"}, "/scheme"),
    ({k: v for k, v in LEAST.items() if k != "originator"}, "/originator"),
    (LEAST | {"originator": "molvt"}, "/originator"),
    (LEAST | {"originator": "jp/isa"}, "/originator"),
    (LEAST | {"originator": "kh/molvt\n"}, "/originator"),
    (LEAST | {"caveats": "no-tip-off"}, "/caveats"),
    (LEAST | {"caveats": ["No Tip Off"]}, "/caveats/0"),
    (LEAST | {"caveats": ["a", "a"]}, "/caveats"),
    (LEAST | {"caveats": ["c"] * 65}, "/caveats"),
    (LEAST | {"permitted_recipients": ["*"]}, "/permitted_recipients/0"),
    (LEAST | {"purposes": ["curiosity"]}, "/purposes"),
    (LEAST | {"publish": "required"}, "/publish"),
    (LEAST | {"publish": {}}, "/publish/rule"),
    (LEAST | {"publish": {"rule": "required", "fields": ["name"]}}, "/publish/fields/0"),
    (LEAST | {"publish": {"rule": "none", "where": "everywhere"}}, "/publish"),
    (LEAST | {"handling_until": "2027-03-25"}, "/handling_until"),
    (LEAST | {"handling_until": 1_805_932_800}, "/handling_until"),
    (LEAST | {"then": "forget"}, "/then"),
    (LEAST | {"granular": {}}, "/granular"),
    (LEAST | {"granular": [{}]}, "/granular/0/pointer"),
    (LEAST | {"granular": [{"pointer": ""}]}, "/granular/0/pointer"),
    (LEAST | {"granular": [{"pointer": "persons"}]}, "/granular/0/pointer"),
    (LEAST | {"granular": [{"pointer": "/a~2"}]}, "/granular/0/pointer"),
    (LEAST | {"granular": [{"pointer": "/a", "publish": {}}]}, "/granular/0"),
    (LEAST | {"granular": [{"pointer": "/a", "level": "open"}]}, "/granular/0/level"),
]


@pytest.mark.parametrize(("value", "where"), BROKEN)
def test_a_marking_of_another_form_is_refused_with_its_place(value, where):
    with pytest.raises(InvalidMarkingError) as caught:
        parse(value)
    assert caught.value.code is RefusalCode.INVALID_MARKING
    assert caught.value.pointers == ("/marking" + where,)


def test_nobody_marks_for_the_other_country():
    with pytest.raises(InvalidMarkingError):
        parse_marking(FULL, originator_country="jp")


UNCLEAR = [
    LEAST | {"scheme": "moc-ssw/2"},
    LEAST | {"scheme": "tlp/2", "level": "clear"},
    LEAST | {"embargo_until": AT},
    LEAST | {"note": "for nobody"},
]


@pytest.mark.parametrize("value", UNCLEAR)
def test_what_is_not_understood_counts_as_restricted_and_permits_nobody(value):
    marking = parse(value | {"permitted_recipients": ["jp/meti"]})
    assert not marking.understood
    assert marking.whole().level is Level.RESTRICTED
    assert marking.permitted_recipients == frozenset()


def test_an_unknown_caveat_is_kept():
    assert parse(LEAST | {"caveats": ["eyes-of-the-minister"]}).caveats == {"eyes-of-the-minister"}


@pytest.mark.parametrize("purposes", [{}, {"purposes": []}])
def test_empty_purposes_mean_the_clause_and_never_anything(purposes):
    assert parse(LEAST | purposes).purposes == CLAUSE_PURPOSES


def test_the_whole_is_kept_like_its_strictest_part():
    whole = parse(FULL).whole()
    assert whole.level is Level.RESTRICTED
    assert whole.caveats == {"no-tip-off", "personal-data", "source-protection"}
    assert whole.permitted_recipients == frozenset()


PART = st.fixed_dictionaries(
    {"pointer": st.sampled_from(["/a", "/b", "/b/c"])},
    optional={
        "level": st.sampled_from([level.value for level in Level]),
        "caveats": st.lists(st.sampled_from([*map(str, Caveat), "unheard-of"]), unique=True),
        "permitted_recipients": st.lists(st.sampled_from(["jp/meti", "jp/maff"]), unique=True),
        "purposes": st.lists(st.sampled_from([*map(str, Purpose)]), unique=True),
    },
)


@given(
    level=st.sampled_from([level.value for level in Level]),
    recipients=st.lists(st.sampled_from(["jp/meti", "jp/maff"]), unique=True),
    parts=st.lists(PART, max_size=5),
)
def test_the_whole_is_never_more_open_than_itself_or_any_part(level, recipients, parts):
    marking = parse(LEAST | {"level": level, "permitted_recipients": recipients, "granular": parts})
    whole = marking.whole()
    assert whole.level >= marking.level
    assert whole.permitted_recipients <= marking.permitted_recipients
    assert whole.purposes <= marking.purposes
    for part in marking.granular:
        assert part.level is None or whole.level >= part.level
        assert whole.caveats >= part.caveats
    assert whole.whole() == whole


@given(parts=st.lists(PART, max_size=4), data=st.data())
def test_the_order_of_the_parts_changes_nothing(parts, data):
    shuffled = data.draw(st.permutations(parts))
    one, other = (parse(FULL | {"granular": each}).whole() for each in (parts, shuffled))
    assert one == other


# What is for the public from the first to the last member; everything else keeps something back.
OPEN = {"sending-org.reinstatement", "list.part", "publication.confirm", "amendment.effective"}


@pytest.mark.parametrize("row", TYPES.values(), ids=TYPES)
def test_the_default_marking_of_a_type_is_one_that_the_peer_accepts(row):
    body = CATALOGUE.bodies.example(row.name)
    marking = parse(default_marking(row, "kh/molvt", AT, body))
    check_pointers(marking, body)
    assert marking.level is row.level
    assert marking.caveats >= row.caveats
    assert marking.understood
    assert (marking.whole().level is Level.PUBLIC) == (row.name in OPEN)


REPORT = TYPES["irregularity.report"]


def test_what_the_author_asks_for_in_the_body_stands_in_the_marking():
    for told, caveats in ((True, {"no-tip-off", "personal-data"}), (False, {"personal-data"})):
        marking = parse(default_marking(REPORT, "kh/molvt", AT, {"no_tip_off": told}))
        assert marking.caveats == caveats


def test_the_victims_of_an_irregularity_are_restricted_where_the_report_names_them():
    named = parse(default_marking(REPORT, "kh/molvt", AT, {"victims": {"p1": {}}}))
    assert [(part.pointer, part.level) for part in named.granular] == [
        ("/victims", Level.RESTRICTED)
    ]
    assert named.whole().level is Level.RESTRICTED
    assert parse(default_marking(REPORT, "kh/molvt", AT, {})).whole().level is Level.CONFIDENTIAL


def test_a_body_inside_another_is_marked_where_it_stands():
    body = {"reason": {"en": "A name was wrong."}, "body": {"victims": {}, "no_tip_off": True}}
    marking = parse(default_marking(REPORT, "kh/molvt", AT, body, under="/body"))
    assert marking.granular[0].pointer == "/body/victims"
    assert "no-tip-off" in marking.caveats
    check_pointers(marking, body)


def test_the_fact_of_a_revocation_is_to_be_published_and_its_grounds_are_not():
    row = TYPES["sending-org.revocation"]
    body = CATALOGUE.bodies.example(row.name)
    marking = parse(default_marking(row, "kh/molvt", AT, body))
    assert marking.publish.rule is PublishRule.REQUIRED
    assert "/licence" in marking.publish.fields
    assert not [field for field in marking.publish.fields if field.startswith("/grounds")]
    assert [(part.pointer, part.level) for part in marking.granular] == [
        ("/grounds", Level.CONFIDENTIAL)
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("public"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*FULL, "x", "pointer", "rule"]), inner, max_size=5)
    ),
    max_leaves=12,
)


@given(
    JSON
    | st.fixed_dictionaries(
        {k: st.just(v) for k, v in LEAST.items()},
        optional={key: JSON for key in FULL if key not in LEAST},
    )
)
def test_reading_gives_a_marking_or_the_one_refusal(value):
    try:
        place, country = "/marking", country_of(parse(value).originator)
    except InvalidMarkingError as refused:
        place, country = refused.pointers[0], "kh"
    assert place.startswith("/marking")
    assert country == "kh"
