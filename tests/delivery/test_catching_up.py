"""The first start after an upgrade: what older versions did not follow is followed from then on."""

import pytest

from gateway.delivery.awaiting import Terms
from gateway.delivery.catching_up import catch_up
from gateway.envelope import times
from gateway.errors import LocalError
from gateway.store import meta
from tests.nodes import CATALOGUE
from tests.store.test_migrate import changed, found, older, opened

TERMS = Terms("jp/isa", CATALOGUE)
DAY = 86_400
ACCEPTED = "2026-09-22T09:00:00Z"
TURNS = "SELECT turn, holder, opened, due, closed, outcome FROM duties WHERE act = 'repeated'"


@pytest.fixture
def path(tmp_path):
    """Return the file of a node that ran 0.2.0, with a report that is being investigated."""
    path = older(tmp_path / "gateway.db")
    changed(
        path,
        "UPDATE messages SET type = 'irregularity.report', answered = NULL,"
        f" accepted = '{ACCEPTED}' WHERE seq = 1",
        "UPDATE threads SET kind = 'irregularity', state = 'accepted'",
        # Its answer has not come yet.
        "DELETE FROM messages WHERE seq = 4",
    )
    return path


async def start(path, terms=TERMS):
    store = await opened(path)
    try:
        await store.write(lambda tx: catch_up(tx, terms))
    finally:
        await store.close()


def days_after(moment, days):
    return times.text(times.parse(moment) + days * DAY)


async def test_reports_on_what_is_under_way_are_awaited_from_its_acceptance(path):
    await start(path)
    due = days_after(ACCEPTED, 30)
    assert found(path, TURNS) == [(0, "them", ACCEPTED, due, None, None)]


async def test_reports_that_came_before_count_as_if_they_had_been_followed(path):
    given = ["2026-10-01T09:00:00Z", "2026-10-20T09:00:00Z"]
    for seq, at in enumerate(given, start=7):
        add_status(path, seq, at)
    await start(path)
    opened_at = [ACCEPTED, *given]
    closed = [*((at, "done") for at in given), (None, None)]
    assert found(path, TURNS) == [
        (turn, "them", at, days_after(at, 30), *end)
        for turn, (at, end) in enumerate(zip(opened_at, closed, strict=True))
    ]


def add_status(path, seq, at, **columns):
    """Keep a report that the other side had given, as a copy of its acknowledgement."""
    names = [row[1] for row in found(path, "PRAGMA table_info(messages)")]
    values = {
        "seq": seq,
        "id": f"'status-{seq}'",
        "type": "'investigation.status'",
        "thread": "(SELECT thread FROM threads)",
        "created": f"'{at}'",
        "received": f"'{at}'",
    } | columns
    chosen = ", ".join(str(values.get(name, name)) for name in names)
    changed(
        path,
        f"INSERT INTO messages ({', '.join(names)}) SELECT {chosen} FROM messages WHERE seq = 3",
    )


@pytest.mark.parametrize("columns", [{"state": "'refused'"}, {"attention": "'out-of-order'"}])
async def test_a_report_that_does_not_count_ends_no_turn(path, columns):
    add_status(path, 7, "2026-10-01T09:00:00Z", **columns)
    await start(path)
    assert [row[4] for row in found(path, TURNS)] == [None]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE threads SET state = 'reported'",
        "UPDATE threads SET state = 'concluded'",
        "UPDATE threads SET state = 'withdrawn'",
        "UPDATE messages SET answered = created WHERE seq = 1",
    ],
)
async def test_what_is_not_under_way_is_not_reported_on(path, change):
    changed(path, change)
    await start(path)
    assert found(path, TURNS) == []


async def test_whoever_owes_an_answer_is_reminded_as_of_a_new_one(path):
    await start(path)
    query = "SELECT due, remind FROM duties WHERE act IN ('answered', 'repeated')"
    rows = found(path, query)
    assert len(rows) == 2
    for due, remind in rows:
        assert remind is not None
        assert days_after(due, -10) < remind <= days_after(due, -2)


async def test_it_happens_once(path):
    await start(path)
    changed(path, "UPDATE duties SET remind = NULL", "DELETE FROM duties WHERE act = 'repeated'")
    await start(path)
    assert found(path, TURNS) == []
    assert found(path, "SELECT count(*) FROM duties WHERE remind IS NOT NULL") == [(0,)]


class Unreadable(Terms):
    """Terms whose calendars cannot be had: a start that ends before it is through."""

    def calendar(self, peer, holder):
        raise LocalError("cut short")


async def test_a_start_that_is_cut_short_leaves_it_to_the_next(path):
    with pytest.raises(LocalError):
        await start(path, Unreadable("jp/isa", CATALOGUE))
    await start(path)
    assert len(found(path, TURNS)) == 1


async def test_a_new_file_has_nothing_to_catch_up_with(tmp_path):
    store = await opened(tmp_path / "gateway.db")
    try:
        assert not await store.read(lambda tx: meta.is_to_do(tx, "duties"))
    finally:
        await store.close()
