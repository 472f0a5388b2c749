"""What a list shows: every filter against a plain look at all rows, page after page."""

import random

import pytest

from gateway.catalogue import ThreadKind, ThreadState
from gateway.store import lists, messages, threads
from gateway.store.lists import Wanted
from gateway.store.messages import Direction, State
from gateway.store.threads import Opener
from tests.store.tables import PEER, duty, message, sql

IN, OUT = Direction
PEERS = (PEER, "vn/dolab")
TYPES = ("inquiry.request", "inquiry.answer", "ping")
TIMES = [f"2026-03-{day:02d}T00:00:00Z" for day in range(1, 29)]
LEVELS = ("handed-over", "accepted", "answered")


def shown(tx, wanted, limit=500):
    """Return all rows that a list shows, page after page."""
    found, before = [], None
    while page := lists.page(tx, wanted, before=before, limit=limit):
        assert len(page) <= limit
        found += [row["seq"] for row in page]
        before = page[-1]["seq"]
    return found


def expected(tx, wanted):
    """Return what a look at every row finds."""
    rows = [messages.shown(tx, row["seq"]) for row in sql(tx, "SELECT seq FROM messages")]
    return [row["seq"] for row in rows[::-1] if _fits(tx, row, wanted)]


def _fits(tx, row, wanted):
    thread = threads.get(tx, row["peer"], row["thread"])
    noted = row["received"] if row["direction"] == IN else row["created"]
    return (
        all(
            value is None or row[name] == value
            for name, value in (
                ("direction", wanted.direction),
                ("peer", wanted.peer),
                ("state", wanted.state),
                ("thread", wanted.thread),
            )
        )
        and (wanted.types is None or row["type"] in wanted.types)
        and (wanted.since is None or noted >= wanted.since)
        and (wanted.until is None or noted < wanted.until)
        and (not wanted.is_overdue or row["missed"] is not None)
        and (wanted.assignee is None or (thread and thread["assignee"] == wanted.assignee))
    )


@pytest.fixture
def rows(tx):
    """Two hundred messages of ten matters, with times that do not follow the rows everywhere."""
    chance = random.Random(4)
    matters = [(chance.choice(PEERS), f"matter-{number}") for number in range(10)]
    for peer, thread in matters:
        sql(
            tx,
            "INSERT INTO threads (peer, thread, kind, state, opener, opened, updated, assignee)"
            " VALUES (?, ?, 'inquiry', 'requested', 'us', ?, ?, ?)",
            *(peer, thread, TIMES[0], TIMES[0], chance.choice([None, "sok", "dara"])),
        )
    for _ in range(200):
        peer, thread = chance.choice(matters)
        direction = chance.choice([IN, OUT])
        seq, _ = message(tx, peer=peer, direction=direction)
        sql(
            tx,
            "UPDATE messages SET thread = ?, type = ?, state = ?, created = ?, received = ?"
            " WHERE seq = ?",
            thread,
            chance.choice(TYPES),
            chance.choice(sorted(messages.states_of(direction))),
            chance.choice(TIMES),
            chance.choice(TIMES),
            seq,
        )
        for level in chance.sample(LEVELS, chance.choice([0, 0, 1, 2])):
            missed = chance.choice([None, TIMES[1]])
            ended = chance.choice([{}, {}, {"closed": TIMES[2], "outcome": "done"}])
            named = {"peer": peer, "direction": direction, "due": TIMES[0]}
            duty(tx, seq, level, **named, missed=missed, **ended)
    return chance


def wanted(chance):
    """Return a filter at random; half of its parts ask for nothing."""

    def maybe(values):
        return chance.choice(values) if chance.random() < 0.5 else None

    direction = maybe([IN, OUT])
    return Wanted(
        direction=direction,
        peer=maybe(PEERS),
        types=maybe([TYPES[:1], TYPES[1:], ("no.such",)]),
        state=maybe(sorted(messages.states_of(direction))),
        thread=maybe(["matter-1", "matter-2", "none"]),
        since=maybe(TIMES),
        until=maybe(TIMES),
        is_overdue=chance.random() < 0.3,
        assignee=maybe(["sok", "nobody"]),
    )


def test_a_list_shows_what_a_look_at_every_row_finds(tx, rows):
    found = 0
    for _ in range(600):
        asked = wanted(rows)
        page = shown(tx, asked)
        assert page == expected(tx, asked), asked
        found += len(page)
    assert found > 600


ALONE = [
    Wanted(),
    Wanted(direction=IN),
    Wanted(direction=OUT, state=State.DELIVERED),
    Wanted(thread="matter-1"),
    Wanted(is_overdue=True),
    Wanted(assignee="sok"),
    Wanted(since=TIMES[9]),
    Wanted(until=TIMES[9]),
    Wanted(direction=IN, since=TIMES[3], until=TIMES[20], types=TYPES[:1]),
]


@pytest.mark.parametrize("asked", ALONE)
def test_pages_show_each_message_once_newest_first(tx, rows, asked):
    whole = shown(tx, asked)
    assert whole
    assert whole == sorted(whole, reverse=True)
    for limit in (1, 3, 7):
        assert shown(tx, asked, limit) == whole


@pytest.mark.parametrize("state", State)
def test_a_state_alone_finds_the_messages_of_its_direction(tx, state):
    """The list of a state goes through one direction; a state of both would be half shown."""
    for direction in Direction:
        message(tx, direction=direction)
    sql(tx, "UPDATE messages SET state = ?", state)
    (row,) = lists.page(tx, Wanted(state=state), before=None, limit=50)
    theirs = state in {"received", "handed-over", "accepted", "declined", "answered"}
    assert row["direction"] == (IN if theirs else OUT)


@pytest.mark.parametrize("asked", [*ALONE, Wanted(thread="matter-2", peer=PEER)])
def test_a_list_loads_neither_signed_texts_nor_contents(tx, rows, asked):
    for row in lists.page(tx, asked, before=None, limit=50):
        assert not {"jws", "content", "content_key", "entry"} & set(row.keys())
        assert tuple(row) == tuple(messages.shown(tx, row["seq"]))


def matters(tx, **given):
    page = threads.page(tx, threads.Wanted(**given), before=None, limit=50)
    return {row["thread"] for row in page}


def test_matters_are_listed_by_who_handles_them_and_by_what_is_late_or_flagged(tx, rows):
    threads.flag(tx, *_key(tx, "matter-1"), "out-of-order", TIMES[5])
    everything = sql(tx, "SELECT * FROM threads")
    late = {
        row["thread"]
        for row in sql(
            tx,
            "SELECT DISTINCT thread FROM messages JOIN duties USING (seq)"
            " WHERE missed IS NOT NULL AND closed IS NULL",
        )
    }
    mine = {row["thread"] for row in everything if row["assignee"] == "sok"}
    assert matters(tx) == {row["thread"] for row in everything}
    assert matters(tx, assignee="sok") == mine
    assert matters(tx, is_flagged=True) == {"matter-1"}
    assert matters(tx, is_overdue=True) == late
    assert matters(tx, is_overdue=True, assignee="sok") == late & mine
    assert matters(tx, is_flagged=True, assignee="sok") == {"matter-1"} & mine
    assert matters(tx, is_flagged=True, is_overdue=True) == {"matter-1"} & late
    assert matters(tx, peer=PEER) == {row["thread"] for row in everything if row["peer"] == PEER}


def test_a_matter_says_what_is_awaited_of_its_opening_and_whether_a_level_was_missed(tx):
    seq, header = message(tx)
    threads.add(
        tx,
        PEER,
        header.thread,
        kind=ThreadKind.INQUIRY,
        state=ThreadState.REQUESTED,
        opener=Opener.US,
        reference=header.reference,
        at=TIMES[0],
    )
    row = threads.shown(tx, PEER, header.thread)
    assert (row["awaited"], row["overdue"]) == (None, 0)
    for level, due, missed in (("accepted", TIMES[7], None), ("answered", TIMES[2], TIMES[3])):
        duty(tx, seq, level, peer=PEER, direction="out", due=due, missed=missed)
    row = threads.shown(tx, PEER, header.thread)
    assert (row["awaited"], row["overdue"]) == (f"accepted={TIMES[7]}", 1)


def _key(tx, thread):
    (row,) = sql(tx, "SELECT peer FROM threads WHERE thread = ?", thread)
    return row["peer"], thread
