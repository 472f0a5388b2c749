"""Labels are a lattice: joining is never below an input, in whatever order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.catalogue.kinds import Caveat, Level, PublishRule, Purpose
from gateway.policy import parse_marking
from gateway.policy.label import Label, digest_of, is_below, join, of_marking, to_marking
from gateway.policy.marking import Marking, Then
from tests.policy.asking import NOW, at, marking

AT = "2026-03-25T00:00:00Z"
NODES = ["jp/isa", "kh/molvt", "np/moless"]
WHO = st.frozensets(st.sampled_from([*NODES, "jp/meti", "kh/moi"]))
TIMES = st.none() | st.integers(1, 3)
LABELS = st.builds(
    Label,
    level=st.sampled_from(Level),
    originators=st.frozensets(st.sampled_from(NODES)),
    caveats=st.frozensets(st.sampled_from([*map(str, Caveat), "unheard-of"])),
    recipients=st.none() | WHO,
    purposes=st.none() | st.frozensets(st.sampled_from(Purpose)),
    publish=st.sampled_from(PublishRule),
    opens_at=st.none() | st.integers(0, 3),
    destroy_at=TIMES,
    review_at=TIMES,
)
MARKINGS = st.builds(
    Marking,
    level=st.sampled_from(Level),
    originator=st.sampled_from(NODES),
    caveats=st.frozensets(st.sampled_from([*map(str, Caveat), "unheard-of"])),
    permitted_recipients=WHO,
    purposes=st.frozensets(st.sampled_from(Purpose), min_size=1),
    handling_until=st.none() | st.integers(NOW, NOW + 3),
    then=st.sampled_from(Then),
)


@given(LABELS, LABELS)
def test_joining_is_commutative(one, other):
    assert join([one, other]) == join([other, one])


@given(LABELS, LABELS, LABELS)
def test_joining_is_associative(one, other, third):
    assert join([join([one, other]), third]) == join([one, join([other, third])])


@given(LABELS)
def test_joining_is_idempotent_and_nothing_joined_restricts_nothing(label):
    assert join([label, label]) == label
    assert join([label]) == label
    assert join([]) == Label()


@given(LABELS, LABELS)
def test_a_join_is_never_below_an_input(one, other):
    joined = join([one, other])
    for each in (one, other):
        assert is_below(each, joined)
        assert joined.level >= each.level
        assert joined.caveats >= each.caveats
        assert joined.originators >= each.originators
        assert each.recipients is None or joined.recipients <= each.recipients
        assert each.purposes is None or joined.purposes <= each.purposes
        assert each.opens_at is not None or joined.opens_at is None
        assert joined.opens_at is None or joined.opens_at >= each.opens_at
        assert each.destroy_at is None or joined.destroy_at <= each.destroy_at
        assert each.publish is PublishRule.REQUIRED or joined.publish is not PublishRule.REQUIRED


@given(LABELS, LABELS, LABELS)
def test_a_join_is_the_least_that_is_above_its_inputs(one, other, third):
    above = join([one, other, third])
    assert is_below(join([one, other]), above)


@given(LABELS, LABELS)
def test_equal_labels_and_no_others_have_equal_digests(one, other):
    assert (digest_of(one) == digest_of(other)) is (one == other)


@given(st.lists(MARKINGS, min_size=1, max_size=3))
def test_what_is_signed_for_a_label_is_never_below_it(markings):
    label = join(map(of_marking, markings))
    signed = to_marking(label, originator="jp/isa", marked_by="join", at=AT)
    again = of_marking(parse_marking(signed, originator_country="jp"))
    assert again.level is label.level
    assert again.caveats == label.caveats
    assert again.recipients <= label.recipients
    assert not again.recipients or again.purposes <= label.purposes
    assert again.publish is PublishRule.NONE
    assert again.destroy_at == label.destroy_at
    assert again.opens_at == label.opens_at or (again.opens_at is None)


def label(**members):
    return of_marking(parse_marking(marking(**members), originator_country="kh"))


OWN = of_marking(parse_marking(marking("jp/isa"), originator_country="jp"), is_own=True)


def test_the_discloser_s_own_content_narrows_nobody():
    theirs = label(permitted_recipients=["jp/meti"], purposes=["statistics"])
    joined = join([OWN, theirs])
    assert joined.recipients == {"jp/meti"}
    assert joined.purposes == {Purpose.STATISTICS}
    assert joined.originators == {"jp/isa", "kh/molvt"}


def test_the_discloser_s_own_level_and_caveats_count():
    own = of_marking(
        parse_marking(
            marking("jp/isa", level="restricted", caveats=["no-tip-off"]),
            originator_country="jp",
        ),
        is_own=True,
    )
    joined = join([own, label()])
    assert (joined.level, joined.caveats) == (Level.RESTRICTED, {"no-tip-off"})


def test_purposes_that_have_nothing_in_common_do_not_come_to_mean_any():
    joined = join(
        label(permitted_recipients=["jp/meti"], purposes=[purpose])
        for purpose in ("statistics", "return-assistance")
    )
    signed = to_marking(joined, originator="jp/isa", marked_by="join", at=AT)
    assert signed["permitted_recipients"] == []
    assert "purposes" not in signed


@pytest.mark.parametrize(
    ("handlings", "until", "then"),
    [
        ([(at(1), "public"), (at(2), "public")], at(2), "public"),
        ([(at(1), "public"), (at(2), "review")], at(2), "review"),
        ([(at(1), "review"), (at(2), "review")], at(2), "review"),
        ([(at(3), "public"), (at(2), "destroy")], at(2), "destroy"),
        ([(at(1), "destroy"), (at(2), "destroy")], at(1), "destroy"),
        ([(at(1), "public"), (None, None)], None, None),
    ],
)
def test_of_several_ends_the_strictest_is_signed(handlings, until, then):
    joined = join(
        label() if end is None else label(handling_until=end, then=what) for end, what in handlings
    )
    signed = to_marking(joined, originator="jp/isa", marked_by="join", at=AT)
    assert (signed.get("handling_until"), signed.get("then")) == (until, then)


def test_the_label_of_a_part_has_everything_around_and_inside_it():
    parsed = parse_marking(
        marking(
            granular=[
                {"pointer": "/scope", "caveats": ["each-time"]},
                {"pointer": "/scope/ssw/person", "level": "restricted"},
                {"pointer": "/note", "caveats": ["no-tip-off"]},
            ]
        ),
        originator_country="kh",
    )
    found = of_marking(parsed, pointer="/scope/ssw")
    assert (found.level, found.caveats) == (Level.RESTRICTED, {"each-time"})
    assert of_marking(parsed).caveats == {"each-time", "no-tip-off"}
    assert of_marking(parsed, pointer="/note").level is Level.CONFIDENTIAL
