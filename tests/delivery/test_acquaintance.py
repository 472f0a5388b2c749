"""A receipt tells how far the peer's clock is off; too far is an alarm, once until it was well."""

import sqlite3
from contextlib import closing

import pytest

from gateway.delivery import acquaintance
from gateway.delivery.acquaintance import Exchange
from gateway.envelope import times
from gateway.store import reported
from gateway.store.migrate import migrate
from gateway.store.transaction import Transaction
from tests.nodes import (
    OFFICER,
    START,
    Clock,
    Keys,
    Wire,
    alarms,
    close,
    facts,
    introduce,
    make_node,
)
from tests.store.conftest import new_sealer
from tests.store.filled import everything
from tests.store.tables import PEER, sql

AT = times.text(START)


@pytest.fixture
def filled():
    """A transaction over a database in memory with one peer and no alarm."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        database.row_factory = sqlite3.Row
        migrate(database)
        tx = Transaction(database, new_sealer())
        everything(tx)
        database.execute("DELETE FROM alarms")
        yield tx


def exchange(offset, *, took=0.0, version=None):
    """An exchange in whose middle a peer signed whose clock is `offset` seconds ahead."""
    return Exchange(
        asked=START - took / 2,
        answered=START + took / 2,
        signed=times.text(START + offset),
        version=version,
    )


def raised(tx):
    return [tuple(row) for row in sql(tx, "SELECT kind, peer, count FROM alarms")]


def test_the_offset_is_taken_against_the_middle_of_the_exchange():
    told = Exchange(asked=START, answered=START + 10, signed=times.text(START + 5), version=None)
    # Whole seconds are cut off, so on average half of one is missing.
    assert (told.offset, told.doubt) == (0.5, 5.5)
    assert exchange(-100).offset == -99.5


def test_offset_and_version_are_kept(filled):
    acquaintance.note(filled, PEER, exchange(7, version="0.3.0"), at=AT)
    assert reported.get(filled, PEER) == reported.Reported(version="0.3.0", clock_offset=7.5)
    assert raised(filled) == []


@pytest.mark.parametrize(
    ("offset", "took", "is_apart"),
    [
        (59, 0, False),
        (60, 0, False),
        (62, 0, True),
        (-62, 0, True),
        (72, 30, False),
        (77, 30, True),
        (10**8, 0, True),
    ],
)
def test_F47_clocks_more_than_a_minute_apart_beyond_doubt_are_an_alarm(
    filled, offset, took, is_apart
):
    acquaintance.note(filled, PEER, exchange(offset, took=took), at=AT)
    assert raised(filled) == ([("clock-offset", PEER, 1)] if is_apart else [])


def test_the_alarm_is_not_raised_with_each_exchange_but_again_after_it_was_well(filled):
    for offset in (300, 310, 305):
        acquaintance.note(filled, PEER, exchange(offset), at=AT)
    assert raised(filled) == [("clock-offset", PEER, 1)]
    acquaintance.note(filled, PEER, exchange(0), at=AT)
    acquaintance.note(filled, PEER, exchange(300), at=AT)
    assert raised(filled) == [("clock-offset", PEER, 2)]


async def test_F47_both_nodes_notice_that_their_clocks_are_apart_and_go_on(tmp_path):
    """Four minutes: what is sent is still taken, and the operators hear of it in time."""
    wire = Wire()
    nodes = [
        await make_node(tmp_path / name[:2], Keys(name), wire, Clock(START + ahead))
        for name, ahead in (("jp/isa", 0), ("kh/molvt", 240))
    ]
    try:
        for node, other in (nodes, nodes[::-1]):
            await introduce(node, other.keys.card())
            await node.start()
        for node, other in (nodes, nodes[::-1]):
            await node.desk.ping(other.keys.node, OFFICER)
            await node.settled()
        for node, offset in zip(nodes, (240.5, -239.5), strict=True):
            (peer,) = (await node.desk.status())["peers"]
            assert peer["clock_offset"] == offset
            assert await alarms(node) == ["clock-offset"]
            states = await facts(node, "SELECT DISTINCT state FROM messages")
            assert {row["state"] for row in states} == {"delivered", "received"}
    finally:
        for node in nodes:
            await close(node)
