"""What is owed stands until it is done, passes once, and says afterwards how it ended."""

import pytest

from gateway.store import duties, messages
from gateway.store.duties import Act, Holder, Outcome, Owed, Source, Wanted
from gateway.store.messages import Direction, Reached
from tests.store.tables import PEER, duty, message, sql

DUE = {
    Act.HANDED_OVER: "2026-01-02T00:00:00Z",
    Act.ACCEPTED: "2026-01-03T00:00:00Z",
    Act.ANSWERED: "2026-01-04T00:00:00Z",
}
OPENED = "2026-01-01T00:00:00Z"
LATER = "2026-02-01T00:00:00Z"
LATEST = "2026-03-01T00:00:00Z"


def owed(due=DUE):
    return {act: Owed(due=at) for act, at in due.items()}


def await_all(tx, direction=Direction.OUT, due=DUE):
    seq, _ = message(tx, direction=direction)
    duties.add(tx, seq, owed(due), peer=PEER, direction=direction, opened=OPENED)
    return seq


def ended(tx, seq):
    """Return how each duty of a message ended: act to outcome, time and closing message."""
    return {
        row["act"]: (row["outcome"], row["closed"], row["closed_by"])
        for row in duties.history(tx, seq)
        if row["closed"] is not None
    }


# --- beginning and ending -------------------------------------------------------------------


def test_what_is_owed_already_keeps_its_date_but_when_it_began_may_be_known_better(tx):
    seq = await_all(tx)
    again = owed({Act.ANSWERED: LATER})
    duties.add(tx, seq, again, peer=PEER, direction=Direction.OUT, opened="2026-01-01T05:00:00Z")
    assert duties.of(tx, seq) == DUE
    began = {row["act"]: row["opened"] for row in duties.history(tx, seq)}
    assert began == {
        "handed-over": OPENED,
        "accepted": OPENED,
        "answered": "2026-01-01T05:00:00Z",
    }


@pytest.mark.parametrize(
    ("direction", "holder"), [(Direction.OUT, Holder.THEM), (Direction.IN, Holder.US)]
)
def test_whoever_did_not_write_a_message_owes_what_it_asks_for(tx, direction, holder):
    seq = await_all(tx, direction)
    assert {row["holder"] for row in duties.history(tx, seq)} == {holder}


@pytest.mark.parametrize(
    ("level", "left"),
    [
        (Reached.RECEIVED, ["accepted", "answered", "handed-over"]),
        (Reached.HANDED_OVER, ["accepted", "answered"]),
        (Reached.ACCEPTED, ["answered"]),
        (Reached.DECLINED, []),
        (Reached.ANSWERED, []),
    ],
)
def test_a_level_ends_the_duty_to_reach_it_and_what_it_implies(tx, level, left):
    seq, other = await_all(tx), await_all(tx)
    messages.reach(tx, seq, level, LATER, by=other)
    assert list(duties.of(tx, seq)) == left
    assert duties.of(tx, other) == DUE
    outcome = "declined" if level is Reached.DECLINED else "done"
    assert set(ended(tx, seq).values()) <= {(outcome, LATER, other)}
    assert len(ended(tx, seq)) == len(DUE) - len(left)


def test_what_ended_once_keeps_its_end(tx):
    seq, other = await_all(tx), await_all(tx)
    messages.reach(tx, seq, Reached.ACCEPTED, LATER, by=other)
    messages.reach(tx, seq, Reached.ANSWERED, LATEST, by=seq)
    duties.drop(tx, seq, at=LATEST)
    assert ended(tx, seq) == {
        "handed-over": ("done", LATER, other),
        "accepted": ("done", LATER, other),
        "answered": ("done", LATEST, seq),
    }


def test_what_a_message_ended_is_owed_again_when_it_does_not_count(tx):
    seq, other = await_all(tx), await_all(tx)
    messages.reach(tx, seq, Reached.ACCEPTED, LATER, by=other)
    assert duties.reopen(tx, other) == [seq]
    assert duties.of(tx, seq) == DUE
    assert duties.reopen(tx, other) == []


# --- dates ----------------------------------------------------------------------------------


def test_the_next_deadline_is_the_earliest_that_was_not_missed(tx):
    assert duties.next_due(tx) is None
    await_all(tx)
    assert duties.next_due(tx) == DUE[Act.HANDED_OVER]
    (row,) = duties.passed(tx, "2026-01-02T00:00:01Z")
    assert duties.note_missed(tx, row, at="2026-01-02T00:00:01Z")
    assert duties.next_due(tx) == DUE[Act.ACCEPTED]


def test_a_deadline_has_not_passed_in_the_second_when_it_is_due(tx):
    await_all(tx)
    assert duties.passed(tx, DUE[Act.HANDED_OVER]) == []


def test_deadlines_pass_in_their_order_and_so_many_at_once(tx):
    for _ in range(90):
        await_all(tx)
    rows = duties.passed(tx, LATER)
    assert len(rows) == 256
    assert [row["due"] for row in rows] == sorted(row["due"] for row in rows)


def test_only_what_one_side_owes_is_looked_at_on_request(tx):
    await_all(tx, Direction.OUT)
    seq = await_all(tx, Direction.IN, {Act.ANSWERED: LATER})
    assert duties.next_due(tx, holder=Holder.US) == LATER
    rows = duties.passed(tx, LATEST, holder=Holder.US)
    assert [row["seq"] for row in rows] == [seq]


def test_a_deadline_is_missed_once(tx):
    seq = await_all(tx)
    row = duties.passed(tx, LATER)[0]
    assert duties.note_missed(tx, row, at=LATER, statement="sha-256:x")
    assert not duties.note_missed(tx, row, at=LATER, statement="sha-256:y")
    kept = sql(tx, "SELECT act, missed, statement FROM duties WHERE missed IS NOT NULL")
    assert [tuple(each) for each in kept] == [("handed-over", LATER, "sha-256:x")]
    assert len(duties.of(tx, seq)) == 3


def test_what_is_done_is_not_missed_any_more(tx):
    seq = await_all(tx)
    row = duties.passed(tx, LATER)[0]
    messages.reach(tx, seq, Reached.HANDED_OVER, LATER)
    assert not duties.note_missed(tx, row, at=LATER)


def test_what_has_another_date_now_was_not_missed(tx):
    seq = await_all(tx, due={Act.ANSWERED: DUE[Act.ANSWERED]})
    row = duties.passed(tx, LATER)[0]
    extend(tx, seq, LATEST, by=seq)
    assert not duties.note_missed(tx, row, at=LATER)


def extend(tx, seq, due, *, by):
    row = duties.open_answer(tx, seq, Holder.THEM)
    duties.extend(tx, row, Owed(due=due, source=Source.AGREED, remind=OPENED), by=by)


def dated(tx, seq):
    row = next(each for each in duties.history(tx, seq) if each["act"] == Act.ANSWERED)
    return row["due"], row["source"], row["remind"], row["missed"]


def test_an_agreed_date_takes_the_place_of_the_other_and_of_its_lateness(tx):
    seq = await_all(tx)
    for row in duties.passed(tx, LATER):
        duties.note_missed(tx, row, at=LATER)
    extend(tx, seq, LATEST, by=seq)
    assert dated(tx, seq) == (LATEST, "agreed", OPENED, None)
    assert duties.next_due(tx) == LATEST


@pytest.mark.parametrize("undone", [0, 1])
def test_an_agreement_that_does_not_count_leaves_the_date_of_the_others(tx, undone):
    seq = await_all(tx)
    by = [message(tx)[0], message(tx)[0]]
    extend(tx, seq, LATER, by=by[0])
    extend(tx, seq, LATEST, by=by[1])
    duties.take_extension_back(tx, by[undone])
    assert dated(tx, seq)[0] == (LATEST, LATER)[undone]
    duties.take_extension_back(tx, by[1 - undone])
    assert dated(tx, seq) == (DUE[Act.ANSWERED], "profile", None, None)
    duties.take_extension_back(tx, by[0])
    assert dated(tx, seq)[0] == DUE[Act.ANSWERED]


# --- again and again ------------------------------------------------------------------------


def repeat(tx, seq, due, *, by, holder=Holder.THEM):
    named = {"peer": PEER, "direction": "out", "holder": holder, "opened": OPENED}
    duties.repeat(tx, seq, Owed(due=due), by=by, **named)


def test_each_turn_of_a_repeated_duty_is_one_of_its_own(tx):
    seq, first = await_all(tx), message(tx)[0]
    repeat(tx, seq, LATER, by=seq)
    duties.close(tx, seq, (Act.REPEATED,), Outcome.DONE, at=OPENED, by=first)
    repeat(tx, seq, LATEST, by=first)
    turns = [row for row in duties.history(tx, seq) if row["act"] == Act.REPEATED]
    assert [(row["turn"], row["opened_by"], row["closed_by"]) for row in turns] == [
        (0, seq, first),
        (1, first, None),
    ]
    assert duties.reopen(tx, first) == [seq]
    turns = [row for row in duties.history(tx, seq) if row["act"] == Act.REPEATED]
    assert [(row["turn"], row["closed"]) for row in turns] == [(0, None)]


def turns_of(tx, *about):
    found = [row for seq in about for row in duties.history(tx, seq)]
    return [(row["turn"], row["closed_by"]) for row in found if row["act"] == Act.REPEATED]


def test_a_turn_that_never_was_leaves_its_end_to_the_one_before(tx):
    seq, first, second = await_all(tx), message(tx)[0], message(tx)[0]
    repeat(tx, seq, LATER, by=seq)
    for by in (first, second):
        duties.close(tx, seq, (Act.REPEATED,), Outcome.DONE, at=OPENED, by=by)
        repeat(tx, seq, LATEST, by=by)
    duties.reopen(tx, first)
    assert turns_of(tx, seq) == [(0, second), (2, None)]
    repeat(tx, seq, LATEST, by=second)
    assert turns_of(tx, seq) == [(0, second), (2, None), (3, None)]
    duties.reopen(tx, second)
    assert turns_of(tx, seq) == [(0, None)]


def test_a_message_in_the_middle_of_a_chain_leaves_its_end_to_the_one_before(tx):
    first, second, third = (message(tx)[0] for _ in range(3))
    for seq, following in ((first, second), (second, third)):
        repeat(tx, seq, LATER, by=seq, holder=Holder.US)
        named = {"at": OPENED, "by": following, "with_own": True}
        duties.close(tx, seq, (Act.REPEATED,), Outcome.DONE, **named)
    repeat(tx, third, LATEST, by=third, holder=Holder.US)
    duties.drop(tx, second, at=LATER)
    duties.reopen_turns(tx, second)
    assert turns_of(tx, first, third) == [(0, third), (0, None)]
    duties.drop(tx, third, at=LATER)
    duties.reopen_turns(tx, third)
    assert [row["closed"] for row in duties.history(tx, first)] == [None]


def test_nothing_is_done_before_it_was_owed(tx):
    seq, by = await_all(tx), message(tx)[0]
    messages.reach(tx, seq, Reached.ANSWERED, "2025-12-01T00:00:00Z", by=by)
    assert {closed for _, closed, _ in ended(tx, seq).values()} == {OPENED}


def test_what_a_sender_owes_itself_does_not_end_with_what_its_message_asks_for(tx):
    seq = await_all(tx)
    repeat(tx, seq, LATER, by=seq, holder=Holder.US)
    messages.reach(tx, seq, Reached.ANSWERED, LATER)
    assert [row["act"] for row in duties.history(tx, seq) if row["closed"] is None] == ["repeated"]
    named = {"peer": PEER, "direction": "out", "type": "inquiry.request"}
    assert duties.previous(tx, seq + 1, **named) == [seq]
    duties.drop(tx, seq, at=LATEST)
    assert duties.previous(tx, seq + 1, **named) == []


# --- reminders ------------------------------------------------------------------------------


def reminding(tx, *, state="delivered", **columns):
    seq, _ = message(tx)
    messages.set_state(tx, seq, state)
    duty(tx, seq, "answered", peer=PEER, direction="out", due=LATER, remind=OPENED, **columns)
    return seq


@pytest.mark.parametrize(
    ("change", "is_due"),
    [
        ({}, True),
        ({"remind": LATEST}, False),
        ({"remind": None}, False),
        ({"reminded": OPENED}, False),
        ({"missed": LATER}, False),
        ({"closed": LATER, "outcome": "done"}, False),
        ({"state": "queued"}, False),
    ],
)
def test_the_other_side_is_reminded_once_of_what_it_has_and_still_owes(tx, change, is_due):
    remind = change.pop("remind", OPENED)
    seq = reminding(tx, **change)
    sql(tx, "UPDATE duties SET remind = ?", remind)
    assert [row["seq"] for row in duties.to_remind(tx, LATER, holder=Holder.THEM, peer=PEER)] == (
        [seq] if is_due else []
    )


def test_what_is_late_is_recalled_once(tx):
    seq = reminding(tx, missed=LATER)
    (row,) = duties.to_recall(tx, PEER)
    assert row["seq"] == seq
    assert duties.note_reminded(tx, row, at=LATER, by=seq, is_late=True)
    assert not duties.note_reminded(tx, row, at=LATEST, by=seq, is_late=True)
    assert duties.to_recall(tx, PEER) == []


def test_nobody_is_recalled_to_what_is_only_to_be_read(tx):
    seq, _ = message(tx)
    messages.set_state(tx, seq, "delivered")
    duty(tx, seq, "handed-over", peer=PEER, direction="out", due=LATER, missed=LATER)
    assert duties.to_recall(tx, PEER) == []


# --- lists and reports ----------------------------------------------------------------------


def test_open_duties_are_listed_by_their_date_page_by_page(tx):
    seqs = [await_all(tx) for _ in range(3)]
    everything = duties.page(tx, Wanted(), after=None, limit=100)
    assert [row["due"] for row in everything] == sorted(row["due"] for row in everything)
    assert len(everything) == 9
    found, after = [], None
    while rows := duties.page(tx, Wanted(), after=after, limit=2):
        found += rows
        after = tuple(rows[-1][name] for name in ("due", "seq", "act", "turn"))
    assert [tuple(row) for row in found] == [tuple(row) for row in everything]
    late = duties.page(tx, Wanted(before=DUE[Act.ACCEPTED]), after=None, limit=100)
    assert {row["seq"] for row in late} == set(seqs)
    assert {row["act"] for row in late} == {"handed-over"}


def test_a_list_is_of_one_side_one_peer_and_of_what_is_open_unless_all_is_wanted(tx):
    theirs, ours = await_all(tx), await_all(tx, Direction.IN)
    messages.reach(tx, ours, Reached.ANSWERED, LATER, by=theirs)
    named = {"after": None, "limit": 100}

    def listed(**wanted):
        return {row["seq"] for row in duties.page(tx, Wanted(**wanted), **named)}

    assert listed() == {theirs}
    assert listed(everything=True) == {theirs, ours}
    assert listed(everything=True, holder=Holder.US) == {ours}
    assert listed(peer="np/moless", everything=True) == set()
    rows = duties.page(tx, Wanted(everything=True), **named)
    assert [row["due"] for row in rows] == sorted((row["due"] for row in rows), reverse=True)
    closed = {row["closed_id"] for row in rows if row["seq"] == ours}
    assert closed == {messages.get(tx, theirs)["id"]}


def judged(tx, act, *, due, closed=None, outcome=None, **more):
    seq, _ = message(tx)
    named = {"peer": PEER, "direction": "out", "due": due, "opened": OPENED}
    duty(tx, seq, act, **named, closed=closed, outcome=outcome, **more)


def test_a_report_counts_what_fell_due_in_its_period(tx):
    done = {"closed": "2026-01-03T00:00:00Z", "outcome": "done"}
    judged(tx, "accepted", due="2026-01-03T00:00:00Z", **done)
    judged(tx, "accepted", due="2026-01-02T00:00:00Z", **done)
    judged(tx, "accepted", due="2026-01-03T00:00:00Z", **(done | {"outcome": "declined"}))
    judged(tx, "accepted", due="2026-01-03T00:00:00Z", **(done | {"outcome": "withdrawn"}))
    judged(tx, "accepted", due="2026-01-03T00:00:00Z", **(done | {"outcome": "lapsed"}))
    judged(tx, "accepted", due=LATER)
    judged(tx, "accepted", due=LATEST)
    judged(tx, "answered", due=LATER, **(done | {"outcome": "declined"}))

    def reported(**period):
        named = {"now": "2026-02-02T00:00:00Z", "peer": None, "since": None, "until": None}
        names = ("act", "done", "in_time", "open", "overdue", "mean_days")
        found = duties.report(tx, **(named | period))
        return [tuple(row[name] for name in names) for row in found]

    assert reported() == [("accepted", 3, 2, 2, 1, 2.0), ("answered", 0, 0, 0, 0, None)]
    assert reported(since=LATER, until=LATEST) == [
        ("accepted", 0, 0, 1, 1, None),
        ("answered", 0, 0, 0, 0, None),
    ]
    assert reported(peer="np/moless") == []


@pytest.mark.parametrize(
    ("holder", "in_time"), [(Holder.THEM, 0), (Holder.US, 1)], ids=["theirs", "ours"]
)
def test_what_the_other_side_did_is_in_time_when_its_word_came_in_time(tx, holder, in_time):
    """A peer that dates its answer back gains nothing by it."""
    answer, _ = message(tx, direction=Direction.IN)
    sql(tx, "UPDATE messages SET received = ? WHERE seq = ?", LATEST, answer)
    done = {"closed": OPENED, "closed_by": answer, "outcome": "done", "holder": holder}
    judged(tx, "answered", due=LATER, **done)
    (row,) = duties.report(tx, now=LATEST, peer=None, since=None, until=None)
    assert (row["done"], row["in_time"]) == (1, in_time)
    assert row["mean_days"] == (0.0 if in_time else 59.0)
