"""Threads: the tables, who may act, and that nothing outside them happens."""

from contextlib import suppress
from dataclasses import dataclass, replace

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
    is_taken_up,
    listed_ids,
    sided,
)
from gateway.errors import NotPermittedError, OutOfOrderError, UnknownTypeError

MATTERS = [kind for kind in ThreadKind if kind is not ThreadKind.CONTROL]
# Every step that a table may have, written down a second time: state, event and what follows.
# Withdrawals stand below.
LEGAL = {
    ThreadKind.INQUIRY: """
        requested accept accepted, requested decline declined, requested part in-progress,
        requested answer answered, accepted decline declined, accepted part in-progress,
        accepted answer answered, in-progress part in-progress, in-progress answer answered
    """,
    ThreadKind.INVESTIGATION: """
        reported accept accepted, reported decline declined, reported update reported,
        reported status investigating, reported conclude concluded, accepted decline declined,
        accepted update accepted, accepted status investigating, accepted conclude concluded,
        investigating update investigating, investigating status investigating,
        investigating conclude concluded, concluded update concluded, declined update declined
    """,
    ThreadKind.NOTICE: """
        notified accept accepted, notified decline declined, accepted decline declined
    """,
    ThreadKind.PUBLICATION: """
        notified accept accepted, notified decline declined, notified publish published,
        accepted decline declined, accepted publish published, published publish published,
        withdrawn publish withdrawn
    """,
    ThreadKind.CONSULTATION: """
        proposed accept accepted, proposed decline declined, proposed agree agreed,
        proposed counter countered, accepted decline declined, accepted agree agreed,
        accepted counter countered, countered settle agreed, countered propose proposed,
        agreed minute minuted, agreed close closed, minuted minute minuted,
        minuted follow actions-open, minuted close closed, actions-open minute actions-open,
        actions-open follow actions-open, actions-open close closed, closed minute closed,
        closed follow closed, closed close closed
    """,
    ThreadKind.COOPERATION: """
        requested accept accepted, requested decline declined, requested agree agreed,
        requested partly partly-agreed, accepted decline declined, accepted agree agreed,
        accepted partly partly-agreed, agreed close closed, partly-agreed close closed
    """,
    ThreadKind.SUSPENSION: """
        notified accept accepted, notified decline declined, notified amend notified,
        notified lift lifted, accepted decline declined, accepted amend accepted,
        accepted lift lifted, lifted decline lifted, declined amend declined, declined lift lifted
    """,
    ThreadKind.ASSISTANCE: """
        requested accept accepted, requested decline declined, requested progress in-progress,
        requested conclude concluded, accepted decline declined, accepted progress in-progress,
        accepted conclude concluded, in-progress progress in-progress,
        in-progress conclude concluded
    """,
    ThreadKind.REVIEW: """
        proposed accept accepted, proposed decline declined, proposed conclude concluded,
        accepted decline declined, accepted conclude concluded, concluded conclude concluded
    """,
    ThreadKind.AMENDMENT: """
        proposed accept accepted, proposed decline declined, proposed revise revised,
        proposed consent-of-opener consented-by-opener,
        proposed consent-of-other consented-by-other,
        accepted decline declined, accepted revise revised,
        accepted consent-of-opener consented-by-opener,
        accepted consent-of-other consented-by-other,
        revised accept revised, revised decline declined, revised revise revised,
        revised consent-of-opener consented-by-opener,
        revised consent-of-other consented-by-other,
        consented-by-opener decline declined, consented-by-opener revise revised,
        consented-by-opener consent-of-other consented-by-both,
        consented-by-other revise revised,
        consented-by-other consent-of-opener consented-by-both,
        consented-by-both revise revised, consented-by-both take-effect effective,
        declined revise declined,
        declined consent-of-opener declined
    """,
    ThreadKind.CONSENT: """
        requested accept accepted, requested decline declined, requested grant granted,
        requested partly partly-granted, requested revoke revoked,
        accepted decline declined, accepted grant granted, accepted partly partly-granted,
        accepted revoke revoked, granted grant granted, granted partly partly-granted,
        granted revoke revoked, partly-granted grant granted,
        partly-granted partly partly-granted, partly-granted revoke revoked,
        revoked grant revoked, revoked partly revoked, revoked revoke revoked,
        withdrawn revoke withdrawn
    """,
    ThreadKind.PERMISSION: """
        granted accept accepted, granted decline declined, granted revoke revoked,
        accepted decline declined, accepted revoke revoked, declined revoke revoked,
        revoked decline revoked, revoked revoke revoked, withdrawn revoke withdrawn
    """,
}
STEPS = [(kind, *step.split()) for kind, text in LEGAL.items() for step in text.split(",")]
FINAL = {ThreadState.WITHDRAWN, ThreadState.CANCELLED}
ID = "0195c2a4-7b1e-7c3a-9f00-6a5d4c3b2a10"


@pytest.mark.parametrize(("kind", "state", "event", "after"), STEPS)
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
    assert sorted(steps) == sorted(STEPS)


@pytest.mark.parametrize("kind", MATTERS)
def test_a_withdrawal_ends_a_matter_whatever_was_said_before(kind):
    for state in TRANSITIONS[kind].keys() - FINAL:
        assert advance(kind, state, Event.WITHDRAW) is ThreadState.WITHDRAWN
    for state in FINAL:
        # That a page was taken down may be said afterwards, and moves nothing.
        assert set(TRANSITIONS[kind][state].values()) <= {state}


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


@pytest.mark.parametrize("kind", ThreadKind)
@pytest.mark.parametrize("state", ThreadState)
def test_a_step_outside_the_table_is_refused(kind, state):
    for event in set(Event) - set(TRANSITIONS[kind].get(state, {})):
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


# What is over may still be added to, amended or taken back, but nobody owes anything for it.
STAYS_OVER = {
    (ThreadKind.SUSPENSION, ThreadState.DECLINED): {ThreadState.LIFTED},
    # A consent that was given is followed by another, or revoked.
    (ThreadKind.CONSENT, ThreadState.GRANTED): {ThreadState.PARTLY_GRANTED, ThreadState.REVOKED},
    (ThreadKind.CONSENT, ThreadState.PARTLY_GRANTED): {ThreadState.GRANTED, ThreadState.REVOKED},
    (ThreadKind.PERMISSION, ThreadState.ACCEPTED): {ThreadState.DECLINED, ThreadState.REVOKED},
    (ThreadKind.PERMISSION, ThreadState.DECLINED): {ThreadState.REVOKED},
}


@given(st.sampled_from(sorted(OVER)), st.lists(st.sampled_from(Event)))
def test_a_matter_that_is_over_stays_over(place, events):
    kind, start = place
    state = start
    for event in events:
        with suppress(OutOfOrderError):
            state = advance(kind, state, event)
    assert state in {start, ThreadState.WITHDRAWN} | STAYS_OVER.get(place, set())
    assert (kind, state) in OVER


def test_every_state_of_every_kind_says_who_must_act_and_what():
    assert set(NEXT) == {(kind, state) for kind in ThreadKind for state in TRANSITIONS[kind]}
    for (kind, state), following in NEXT.items():
        assert following.act
        if following.side is not None:
            events = TRANSITIONS[kind][state]
            assert any(following.side in WHO[kind][event] for event in events)


def test_where_nobody_is_left_to_act_the_matter_is_over():
    silent = {
        (kind, state)
        for kind in MATTERS
        for state, row in TRANSITIONS[kind].items()
        if set(row) <= {Event.WITHDRAW}
    }
    assert silent <= OVER
    for place in OVER:
        assert NEXT[place].side is None


def test_what_answers_is_said_by_the_side_that_did_not_ask():
    for kind in MATTERS:
        for event, sides in WHO[kind].items():
            if event in ANSWERING - {Event.CONCLUDE}:
                assert sides == {Side.OTHER}
    assert Event.PART not in ANSWERING


@pytest.mark.parametrize("kind", MATTERS)
def test_every_step_that_is_somebodys_stands_in_the_table_and_the_other_way_round(kind):
    steps = {event for row in TRANSITIONS[kind].values() for event in row}
    # What opens a matter is no step of its table.
    openers = {row.event for row in TYPES.values() if row.opens is kind}
    assert steps <= set(WHO[kind])
    assert set(WHO[kind]) - openers <= steps


# --- messages that cross -------------------------------------------------------------------------


# Consent is for one wording; the program compares digests, here a count does.
ONE_WORDING = {Event.CONSENT_OF_OPENER, Event.CONSENT_OF_OTHER, Event.TAKE_EFFECT}
# More than this under way at once, or more wordings, brings nothing new.
UNDER_WAY, WORDINGS = 2, 2


@dataclass(frozen=True)
class End:
    """One side of a matter: by the tables, and by what it has seen; `sent` has not arrived yet."""

    state: ThreadState
    sent: tuple[tuple[Event, int], ...] = ()
    wording: int = 0
    is_flagged: bool = False

    def takes(self, kind, event, wording):
        """Return this side after a step of either one, judged as the program does."""
        if event in ONE_WORDING and wording != self.wording:
            return replace(self, is_flagged=True)
        try:
            state = advance(kind, self.state, event)
        except OutOfOrderError:
            late = event is Event.ACCEPT and is_taken_up(kind, self.state)
            return replace(self, is_flagged=self.is_flagged or not late)
        return replace(self, state=state, wording=self.wording + (event is Event.REVISE))

    def says(self, kind, side):
        """Yield this side after each step that it may take now."""
        # Where a person was called, the table alone does not lead on.
        if self.is_flagged or len(self.sent) == UNDER_WAY or self.wording == WORDINGS:
            return
        for event in TRANSITIONS[kind][self.state]:
            if side in WHO[kind][event]:
                said = (event, self.wording)
                yield replace(self.takes(kind, *said), sent=(*self.sent, said))


def moments_after(kind, opener, other):
    """Yield both sides after each thing that may happen next: somebody speaks, or hears."""
    yield from ((end, other) for end in opener.says(kind, Side.OPENER))
    yield from ((opener, end) for end in other.says(kind, Side.OTHER))
    if opener.sent:
        yield replace(opener, sent=opener.sent[1:]), other.takes(kind, *opener.sent[0])
    if other.sent:
        yield opener.takes(kind, *other.sent[0]), replace(other, sent=other.sent[1:])


@pytest.mark.parametrize("kind", MATTERS)
def test_whatever_crosses_both_ends_come_to_one_state_or_both_call_a_person(kind):
    begun = (End(OPENING[kind]), End(OPENING[kind]))
    seen, waiting = {begun}, [begun]
    while waiting:
        opener, other = waiting.pop()
        if not opener.sent and not other.sent:
            agree = (opener.state, opener.wording) == (other.state, other.wording)
            assert agree or (opener.is_flagged and other.is_flagged), (opener, other)
        for moment in moments_after(kind, opener, other):
            if moment not in seen:
                seen.add(moment)
                waiting.append(moment)
    assert len(seen) > len(TRANSITIONS[kind])


@given(st.lists(st.sampled_from(Event)))
def test_an_inquiry_that_was_partly_answered_is_never_declined(events):
    state = ThreadState.IN_PROGRESS
    for event in events:
        with suppress(OutOfOrderError):
            state = advance(ThreadKind.INQUIRY, state, event)
    assert state in {ThreadState.IN_PROGRESS, ThreadState.ANSWERED, ThreadState.WITHDRAWN}


@given(st.lists(st.sampled_from(Event)))
def test_a_revocation_that_overtook_the_consent_is_never_undone_by_it(events):
    state = advance(ThreadKind.CONSENT, ThreadState.REQUESTED, Event.REVOKE)
    for event in events:
        with suppress(OutOfOrderError):
            state = advance(ThreadKind.CONSENT, state, event)
    assert state in {ThreadState.REVOKED, ThreadState.WITHDRAWN}


@pytest.mark.parametrize(
    ("kind", "grantor"), [(ThreadKind.CONSENT, Side.OTHER), (ThreadKind.PERMISSION, Side.OPENER)]
)
def test_only_the_originator_gives_and_ends_its_consent(kind, grantor):
    for event in WHO[kind].keys() & {Event.GRANT, Event.PARTLY, Event.NOTIFY, Event.REVOKE}:
        assert WHO[kind][event] == {grantor}


@given(st.lists(st.sampled_from(Event)))
def test_a_control_thread_stays_open_whatever_comes(events):
    for event in events:
        with pytest.raises(OutOfOrderError):
            advance(ThreadKind.CONTROL, ThreadState.OPEN, event)
    assert (ThreadKind.CONTROL, ThreadState.OPEN) not in OVER


@pytest.mark.parametrize("kind", ThreadKind)
@pytest.mark.parametrize("side", Side)
def test_an_event_is_only_for_the_ends_of_the_thread_that_are_named(kind, side):
    for event in Event:
        if side in WHO[kind].get(event, ()):
            check_side(kind, event, side)
        else:
            with pytest.raises(NotPermittedError):
                check_side(kind, event, side)


@pytest.mark.parametrize("kind", MATTERS)
def test_who_opened_a_matter_may_not_take_it_up_or_answer_in_the_other_sides_name(kind):
    for event in {Event.ACCEPT, Event.DECLINE} | (ANSWERING - {Event.CONCLUDE}):
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
    ("contact.update", {}, Event.NOTIFY),
    ("intermediary.report", {}, Event.REPORT),
    ("intermediary.update", {}, Event.UPDATE),
    ("intermediary.result", {}, Event.CONCLUDE),
    ("dispatch.explanation", {}, Event.CONCLUDE),
    ("consultation.propose", {}, Event.PROPOSE),
    ("consultation.reply", {"reply": "agree"}, Event.AGREE),
    ("consultation.reply", {"reply": "counter"}, Event.COUNTER),
    ("consultation.reply", {"reply": "decline"}, Event.DECLINE),
    ("consultation.minutes", {"actions_open": True}, Event.MINUTE),
    ("consultation.minutes", {"actions_open": False}, Event.CLOSE),
    ("consultation.action", {"actions_open": True}, Event.FOLLOW),
    ("consultation.action", {"actions_open": False}, Event.CLOSE),
    ("exam.cooperation.response", {"reply": "agree"}, Event.AGREE),
    ("exam.cooperation.response", {"reply": "partly"}, Event.PARTLY),
    ("exam.cooperation.response", {"reply": "unable"}, Event.DECLINE),
    ("exam.cooperation.report", {}, Event.CLOSE),
    ("publication.confirm", {"action": "published"}, Event.PUBLISH),
    ("publication.confirm", {"action": "not-published"}, Event.DECLINE),
    ("list.part", {"part": 2}, None),
    ("suspension.amend", {}, Event.AMEND),
    ("suspension.lift", {}, Event.LIFT),
    ("return.assistance.progress", {}, Event.PROGRESS),
    ("return.assistance.result", {}, Event.CONCLUDE),
    ("review.findings", {}, Event.CONCLUDE),
    ("amendment.consent", {}, Event.CONSENT),
    ("amendment.effective", {}, Event.TAKE_EFFECT),
    ("consent.request", {}, Event.REQUEST),
    ("consent.grant", {}, Event.GRANT),
    ("consent.grant", {"partly": False}, Event.GRANT),
    ("consent.grant", {"partly": True}, Event.PARTLY),
    ("consent.offer", {}, Event.NOTIFY),
    ("consent.deny", {}, Event.DECLINE),
    ("consent.revoke", {}, Event.REVOKE),
    ("consent.status", {}, None),
    ("disclosure.request", {}, None),
    ("disclosure.report", {}, None),
    ("marking.change", {}, None),
    ("extension.request", {}, None),
    ("extension.answer", {"agreed": True}, None),
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
        if not row.lists and row.supersedes is None:
            assert event_on(name, about) is None


def test_another_wording_moves_a_matter_only_where_the_wording_is_agreed_to():
    for name in TYPES:
        expected = Event.REVISE if name == "amendment.propose" else None
        assert event_on("correction", name) is expected


SIDES = [
    (Event.AGREE, Event.SETTLE, Event.AGREE),
    (Event.COUNTER, Event.PROPOSE, Event.COUNTER),
    (Event.CONSENT, Event.CONSENT_OF_OPENER, Event.CONSENT_OF_OTHER),
    (Event.PUBLISH, None, Event.PUBLISH),
    (Event.CONCLUDE, None, Event.CONCLUDE),
    (Event.MINUTE, Event.MINUTE, Event.MINUTE),
]


@pytest.mark.parametrize(("event", "opener", "other"), SIDES)
def test_the_same_words_mean_what_they_mean_from_that_side(event, opener, other):
    assert sided(event, Side.OPENER) is opener
    assert sided(event, Side.OTHER) is other
