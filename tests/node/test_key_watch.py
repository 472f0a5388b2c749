"""Warnings before keys end: once at 30, 7 and 1 days, and again for the next key."""

import asyncio
import contextlib
from dataclasses import replace

import pytest

from gateway.delivery.own_keys import OwnCertificate
from gateway.envelope import KeyValidity, times
from gateway.node.key_watch import KeyWatch, ends, warn
from gateway.store.alarms import Alarm
from tests.nodes import OFFICER, START, Keys, facts, two_nodes, until

DAY = 86_400
RAISED = "SELECT subject, count FROM alarms WHERE kind = 'key-expiring' ORDER BY seq"


def at(days: float) -> float:
    return START + days * DAY


async def warned(node, days, **found):
    """Look at so many days after the start; return the warnings there are then."""
    moments = {kind: times.text(at(end)) for kind, end in found.items()}
    await node.store.write(lambda tx: warn(tx, moments, now=at(days)))
    return [(row["subject"], row["count"]) for row in await facts(node, RAISED)]


@pytest.fixture
async def node(tmp_path):
    async with two_nodes(tmp_path, start=False) as pair:
        yield pair.jp


async def test_each_warning_comes_once_when_it_is_due(node):
    assert await warned(node, 0, encryption=31) == []
    assert await warned(node, 1, encryption=31) == [("encryption:30", 1)]
    assert await warned(node, 20, encryption=31) == [("encryption:30", 1)]
    expected = [("encryption:30", 1), ("encryption:7", 1)]
    assert await warned(node, 24, encryption=31) == expected
    assert await warned(node, 29, encryption=31) == expected
    assert await warned(node, 30, encryption=31) == [*expected, ("encryption:1", 1)]
    assert await warned(node, 40, encryption=31) == [*expected, ("encryption:1", 1)]


async def test_a_node_that_was_off_warns_of_the_nearest_end_only(node):
    assert await warned(node, 0, tls=5, card=20, message=300) == [("tls:7", 1), ("card:30", 1)]


async def test_the_next_key_has_warnings_of_its_own(node):
    assert await warned(node, 1, encryption=31) == [("encryption:30", 1)]
    assert await warned(node, 2, encryption=92) == [("encryption:30", 1)]
    assert await warned(node, 62, encryption=92) == [("encryption:30", 2)]


def held(start, end, revoked=None):
    return KeyValidity(
        not_before=times.text(at(start)),
        not_after=times.text(at(end)),
        revoked_at=None if revoked is None else times.text(at(revoked)),
    )


def test_the_last_key_that_was_not_revoked_counts_and_the_certificate_that_is_shown():
    keys = Keys("jp/isa").key_set()
    (pair, _), (key, _) = keys.card.message_pairs[0], keys.card.encryption_keys[0]
    other = Keys("jp/isa").key_set()
    card = replace(
        keys.card,
        not_after=times.text(at(5)),
        message_pairs=(
            (pair, held(0, 10)),
            (other.card.message_pairs[0][0], held(1, 20, revoked=2)),
        ),
        encryption_keys=((key, held(0, 3)), (other.card.encryption_keys[0][0], held(1, 8))),
    )
    shown, waiting = (
        OwnCertificate(b"a", times.text(at(2))),
        OwnCertificate(b"b", times.text(at(9))),
    )
    found = ends(replace(keys, card=card, certificates=(waiting, shown)), shown=b"a")
    days = {"card": 5, "message": 10, "encryption": 8, "tls": 2}
    assert found == {kind: times.text(at(end)) for kind, end in days.items()}


def test_where_all_are_revoked_the_last_revocation_is_the_end():
    keys = Keys("jp/isa").key_set()
    ((pair, _),) = keys.card.message_pairs
    card = replace(keys.card, message_pairs=((pair, held(0, 10, revoked=4)),))
    assert ends(replace(keys, card=card), shown=keys.certificates[0].der)["message"] == times.text(
        at(4)
    )


class Nothing:
    """Stands where a node would replace what waits under revoked pairs."""

    async def issue_anew(self, actor):
        return 0


async def test_the_worker_warns_at_its_start_and_when_the_keys_change(node):
    watch = KeyWatch(
        us=node.us, store=node.store, ports=node.desk._ports, rekeying=Nothing(), actor=OFFICER
    )
    running = asyncio.create_task(watch.run())
    try:
        keys = node.us.keys.current
        soon = replace(keys.card, not_after=times.text(at(3)))
        node.us.keys.replace(replace(keys, card=soon), is_forced=False)
        await until(node, lambda: facts(node, RAISED))
        (row,) = await facts(node, "SELECT kind, subject, peer FROM alarms")
        assert row == {"kind": Alarm.KEY_EXPIRING, "subject": "card:7", "peer": None}
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def test_the_worker_has_a_certificate_shown_that_takes_the_place_of_one_that_ended(node):
    keys = node.us.keys.current
    old, new = Keys("jp/isa").certificate, Keys("jp/isa").certificate
    card = replace(keys.card, certificates=(old, new))
    held = (OwnCertificate(new, times.text(at(300))), OwnCertificate(old, times.text(at(1))))
    node.us.keys.replace(replace(keys, card=card, certificates=held), is_forced=False)
    told = []
    node.us.keys.on_change(lambda: told.append(node.us.keys.certificate(node.clock())))
    watch = KeyWatch(
        us=node.us, store=node.store, ports=node.desk._ports, rekeying=Nothing(), actor=OFFICER
    )
    running = asyncio.create_task(watch.run())
    try:
        await until(node, lambda: facts(node, RAISED))
        assert told == []
        node.clock.now = at(2)
        watch._bell.set()

        async def heard():
            return told

        await until(node, heard)
        assert told == [new]
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
