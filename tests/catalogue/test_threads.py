"""Threads: the tables, who may act, and that nothing outside them happens."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.catalogue import (
    ANSWERING,
    NEXT,
    OPENING,
    OVER,
    TRANSITIONS,
    TYPES,
    WHO,
    Event,
    Side,
    ThreadKind,
    ThreadState,
    advance,
    check_side,
    event_of,
    event_on,
    listed_ids,
)
from gateway.errors import NotPermittedError, OutOfOrderError, UnknownTypeError

INQUIRY, IRREGULARITY, REVOCATION = MATTERS = [
    kind for kind in ThreadKind if kind is not ThreadKind.CONTROL
]
# Every step that a table may have, written down a second time: withdrawals stand below.
LEGAL = [
    (INQUIRY, "requested", "accept", "accepted"),
    (INQUIRY, "requested", "decline", "declined"),
    (INQUIRY, "requested", "part", "in-progress"),
    (INQUIRY, "requested", "answer", "answered"),
    (INQUIRY, "accepted", "decline", "declined"),
    (INQUIRY, "accepted", "part", "in-progress"),
    (INQUIRY, "accepted", "answer", "answered"),
    (INQUIRY, "in-progress", "part", "in-progress"),
    (INQUIRY, "in-progress", "answer", "answered"),
    (IRREGULARITY, "reported", "accept", "accepted"),
    (IRREGULARITY, "reported", "decline", "declined"),
    (IRREGULARITY, "reported", "status", "investigating"),
    (IRREGULARITY, "reported", "conclude", "concluded"),
    (IRREGULARITY, "accepted", "decline", "declined"),
    (IRREGULARITY, "accepted", "status", "investigating"),
    (IRREGULARITY, "accepted", "conclude", "concluded"),
    (IRREGULARITY, "investigating", "status", "investigating"),
    (IRREGULARITY, "investigating", "conclude", "concluded"),
    (REVOCATION, "notified", "accept", "accepted"),
    (REVOCATION, "notified", "decline", "declined"),
]
FINAL = {ThreadState.WITHDRAWN, ThreadState.CANCELLED}
ILLEGAL = [
    (kind, state, event)
    for kind in ThreadKind
    for state in ThreadState
    for event in Event
    if event not in TRANSITIONS[kind].get(state, {})
]
ID = "0195c2a4-7b1e-7c3a-9f00-6a5d4c3b2a10"


@pytest.mark.parametrize(("kind", "state", "event", "after"), LEGAL)
def test_a_matter_moves_as_the_memorandum_expects(kind, state, event, after):
    assert advance(kind, ThreadState(state), Event(event)) == after


def test_the_tables_have_no_step_beside_those_expected_and_the_withdrawals():
    steps = [
        (kind, state, event, after)
        for kind in MATTERS
        for state, row in TRANSITIONS[kind].items()
        for event, after in row.items()
        if event is not Event.WITHDRAW
    ]
    assert sorted(steps) == sorted(LEGAL)


@pytest.mark.parametrize("kind", MATTERS)
def test_a_withdrawal_ends_a_matter_whatever_was_said_before(kind):
    for state in TRANSITIONS[kind].keys() - FINAL:
        assert advance(kind, state, Event.WITHDRAW) is ThreadState.WITHDRAWN
    for state in FINAL:
        assert TRANSITIONS[kind][state] == {}


@given(st.sampled_from(MATTERS), st.lists(st.sampled_from(Event)), st.data())
def test_both_sides_come_to_withdrawn_whichever_way_the_messages_crossed(kind, events, data):
    ends = []
    for _ in range(2):
        state = OPENING[kind]
        place = data.draw(st.integers(0, len(events)))
        for event in (*events[:place], Event.WITHDRAW, *events[place:]):
            with suppress(OutOfOrderError):
                state = advance(kind, state, event)
        ends.append(state)
    assert ends == [ThreadState.WITHDRAWN] * 2


@pytest.mark.parametrize(("kind", "state", "event"), ILLEGAL)
def test_a_step_outside_the_table_is_refused(kind, state, event):
    with pytest.raises(OutOfOrderError, match=event):
        advance(kind, state, event)


@pytest.mark.parametrize("kind", ThreadKind)
def test_every_state_that_can_be_reached_has_a_row(kind):
    reached = {OPENING[kind]}
    for row in TRANSITIONS[kind].values():
        reached |= set(row.values())
    assert ThreadState.CANCELLED not in reached
    if kind in MATTERS:
        reached.add(ThreadState.CANCELLED)
    assert reached == set(TRANSITIONS[kind])


@given(st.sampled_from(sorted(OVER)), st.lists(st.sampled_from(Event)))
def test_a_matter_that_is_over_can_only_be_withdrawn(place, events):
    kind, start = place
    state = start
    for event in events:
        with suppress(OutOfOrderError):
            state = advance(kind, state, event)
    assert state in {start, ThreadState.WITHDRAWN}


def test_every_state_of_every_kind_says_who_must_act_and_what():
    assert set(NEXT) == {(kind, state) for kind in ThreadKind for state in TRANSITIONS[kind]}
    for (kind, state), following in NEXT.items():
        assert following.act
        if following.side is not None:
            events = TRANSITIONS[kind][state]
            assert any(WHO[kind][event] is following.side for event in events)


def test_who_must_act_is_never_somebody_who_cannot_and_nobody_where_all_is_said():
    over = {
        (kind, state)
        for kind in MATTERS
        for state, row in TRANSITIONS[kind].items()
        if set(row) <= {Event.WITHDRAW}
    }
    assert over == OVER


def test_only_a_final_answer_or_a_result_answers():
    assert {Event.ANSWER, Event.CONCLUDE} == ANSWERING


@given(st.lists(st.sampled_from(Event)))
def test_an_inquiry_that_was_partly_answered_is_never_declined(events):
    state = ThreadState.IN_PROGRESS
    for event in events:
        with suppress(OutOfOrderError):
            state = advance(ThreadKind.INQUIRY, state, event)
    assert state in {ThreadState.IN_PROGRESS, ThreadState.ANSWERED, ThreadState.WITHDRAWN}


@given(st.lists(st.sampled_from(Event)))
def test_a_control_thread_stays_open_whatever_comes(events):
    for event in events:
        with pytest.raises(OutOfOrderError):
            advance(ThreadKind.CONTROL, ThreadState.OPEN, event)
    assert (ThreadKind.CONTROL, ThreadState.OPEN) not in OVER


@pytest.mark.parametrize("kind", ThreadKind)
@pytest.mark.parametrize("event", Event)
@pytest.mark.parametrize("side", Side)
def test_an_event_is_for_one_end_of_the_thread_only(kind, event, side):
    if WHO[kind].get(event) is side:
        check_side(kind, event, side)
    else:
        with pytest.raises(NotPermittedError):
            check_side(kind, event, side)


@pytest.mark.parametrize("kind", MATTERS)
def test_who_opened_a_matter_may_not_accept_or_answer_in_the_other_sides_name(kind):
    for event in TRANSITIONS[kind][OPENING[kind]].keys() - {Event.WITHDRAW}:
        with pytest.raises(NotPermittedError):
            check_side(kind, event, Side.OPENER)


@pytest.mark.parametrize("kind", MATTERS)
def test_nobody_withdraws_what_the_other_side_has_opened(kind):
    with pytest.raises(NotPermittedError):
        check_side(kind, Event.WITHDRAW, Side.OTHER)


EVENTS = [
    ("inquiry.request", {}, Event.REQUEST),
    ("inquiry.answer", {"final": True}, Event.ANSWER),
    ("inquiry.answer", {"final": False}, Event.PART),
    ("irregularity.report", {}, Event.REPORT),
    ("investigation.status", {}, Event.STATUS),
    ("investigation.result", {}, Event.CONCLUDE),
    ("sending-org.revocation", {}, Event.NOTIFY),
    ("correction", {"body": {"final": False}}, None),
    ("reminder", {}, None),
    ("status.request", {}, None),
    ("status.report", {}, None),
    ("clarification.request", {}, None),
    ("clarification.answer", {}, None),
    ("acknowledgement.handed-over", {"ids": [ID]}, None),
    ("acknowledgement.accepted", {"ids": [ID]}, Event.ACCEPT),
    ("acknowledgement.declined", {"ids": [ID]}, Event.DECLINE),
    ("card.update", {}, None),
    ("problem.report", {}, None),
    ("ping", {}, None),
]


@pytest.mark.parametrize(("type_name", "body", "event"), EVENTS)
def test_a_message_does_to_its_thread_what_its_type_says(type_name, body, event):
    assert event_of(type_name, body) is event


def test_an_unknown_type_has_no_event():
    with pytest.raises(UnknownTypeError):
        event_of("inquiry.riddle", {})


def test_only_acknowledgements_speak_of_other_messages():
    assert listed_ids("acknowledgement.accepted", {"ids": [ID]}) == (ID,)
    assert listed_ids("inquiry.request", {"ids": [ID]}) == ()


def test_accepting_moves_a_thread_only_by_the_message_that_opened_it():
    for name, row in TYPES.items():
        expected = Event.ACCEPT if row.opens else None
        assert event_on("acknowledgement.accepted", name) is expected


def test_withdrawing_moves_a_thread_only_by_the_message_that_opened_it():
    for name, row in TYPES.items():
        assert event_on("withdrawal", name) is (Event.WITHDRAW if row.opens else None)


@pytest.mark.parametrize("about", TYPES)
def test_no_other_type_decides_on_a_message_it_neither_lists_nor_supersedes(about):
    for name, row in TYPES.items():
        if not row.lists and name != "withdrawal":
            assert event_on(name, about) is None
