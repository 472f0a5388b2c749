"""Threads: the tables, who may act, and that nothing outside them happens."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.catalogue import (
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

LEGAL = [
    (ThreadState.REQUESTED, Event.ACCEPT, ThreadState.ACCEPTED),
    (ThreadState.REQUESTED, Event.DECLINE, ThreadState.DECLINED),
    (ThreadState.REQUESTED, Event.PART, ThreadState.IN_PROGRESS),
    (ThreadState.REQUESTED, Event.ANSWER, ThreadState.ANSWERED),
    (ThreadState.ACCEPTED, Event.DECLINE, ThreadState.DECLINED),
    (ThreadState.ACCEPTED, Event.PART, ThreadState.IN_PROGRESS),
    (ThreadState.ACCEPTED, Event.ANSWER, ThreadState.ANSWERED),
    (ThreadState.IN_PROGRESS, Event.PART, ThreadState.IN_PROGRESS),
    (ThreadState.IN_PROGRESS, Event.ANSWER, ThreadState.ANSWERED),
]
ILLEGAL = [
    (kind, state, event)
    for kind in ThreadKind
    for state in ThreadState
    for event in Event
    if event not in TRANSITIONS[kind].get(state, {})
]
ID = "0195c2a4-7b1e-7c3a-9f00-6a5d4c3b2a10"


@pytest.mark.parametrize(("state", "event", "after"), LEGAL)
def test_an_inquiry_moves_as_the_memorandum_expects(state, event, after):
    assert advance(ThreadKind.INQUIRY, state, event) is after


def test_the_table_has_no_step_beside_those_expected():
    assert len(LEGAL) == sum(len(row) for row in TRANSITIONS[ThreadKind.INQUIRY].values())


@pytest.mark.parametrize(("kind", "state", "event"), ILLEGAL)
def test_a_step_outside_the_table_is_refused(kind, state, event):
    with pytest.raises(OutOfOrderError, match=event):
        advance(kind, state, event)


@pytest.mark.parametrize("kind", ThreadKind)
def test_every_state_that_can_be_reached_has_a_row(kind):
    reached = {OPENING[kind]}
    for row in TRANSITIONS[kind].values():
        reached |= set(row.values())
    assert reached == set(TRANSITIONS[kind])


@given(st.sampled_from(sorted(OVER)), st.lists(st.sampled_from(Event)))
def test_a_thread_that_is_over_never_moves_again(state, events):
    start = state
    for event in events:
        with suppress(OutOfOrderError):
            state = advance(ThreadKind.INQUIRY, state, event)
    assert state is start


@given(st.lists(st.sampled_from(Event)))
def test_an_inquiry_that_was_partly_answered_is_never_declined(events):
    state = ThreadState.IN_PROGRESS
    for event in events:
        with suppress(OutOfOrderError):
            state = advance(ThreadKind.INQUIRY, state, event)
    assert state in {ThreadState.IN_PROGRESS, ThreadState.ANSWERED}


@given(st.lists(st.sampled_from(Event)))
def test_a_control_thread_stays_open_whatever_comes(events):
    for event in events:
        with pytest.raises(OutOfOrderError):
            advance(ThreadKind.CONTROL, ThreadState.OPEN, event)
    assert ThreadState.OPEN not in OVER


@pytest.mark.parametrize("kind", ThreadKind)
@pytest.mark.parametrize("event", Event)
@pytest.mark.parametrize("side", Side)
def test_an_event_is_for_one_end_of_the_thread_only(kind, event, side):
    if WHO[kind].get(event) is side:
        check_side(kind, event, side)
    else:
        with pytest.raises(NotPermittedError):
            check_side(kind, event, side)


def test_who_asks_may_not_accept_or_answer_in_the_other_sides_name():
    for event in (Event.ACCEPT, Event.DECLINE, Event.PART, Event.ANSWER):
        with pytest.raises(NotPermittedError):
            check_side(ThreadKind.INQUIRY, event, Side.OPENER)


EVENTS = [
    ("inquiry.request", {}, Event.REQUEST),
    ("inquiry.answer", {"final": True}, Event.ANSWER),
    ("inquiry.answer", {"final": False}, Event.PART),
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


@pytest.mark.parametrize("listed", TYPES)
def test_no_other_type_decides_on_a_message_it_does_not_list(listed):
    for name, row in TYPES.items():
        if not row.lists:
            assert event_on(name, listed) is None
