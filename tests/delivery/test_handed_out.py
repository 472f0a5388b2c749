"""Our cards as the store keeps them: serials only grow; receipts tell what peers know of them."""

from dataclasses import replace

import pytest

from gateway.delivery.handed_out import (
    Acquainted,
    Noted,
    OlderKeysError,
    acquaintances,
    note_card,
    settled,
)
from gateway.envelope import issue_card, read_card, times
from gateway.errors import RefusalCode
from gateway.store import own_cards
from gateway.store.alarms import Alarm
from tests.delivery.conftest import Arena
from tests.nodes import OFFICER, START, Keys, alarms, facts, introduce

FACTS = "SELECT fact, subject, record FROM evidence WHERE fact = 'own-card' ORDER BY position"


@pytest.fixture
async def arena(arena: Arena) -> Arena:
    """Return nodes that have never started, so that no card of theirs was handed out."""
    for node in (arena.kh, arena.pair.jp):
        await node.store.write(lambda tx: tx._database.execute("DELETE FROM own_cards"))
    return arena


def keys_at(keys: Keys, serial: int, **changes):
    """Return the key set of a card with this serial."""
    keys.serial, keys.current = serial, None
    opened = keys.key_set()
    if changes:
        raw = issue_card(replace(opened.card, **changes), keys.identity)
        return replace(opened, card=read_card(raw), card_raw=raw)
    return opened


async def note(node, keys, days=0.0):
    at = times.text(START + days * 86_400)
    return await node.store.write(lambda tx: note_card(tx, keys, at=at, uid=1000))


async def test_a_card_is_noted_once_with_who_had_it_taken_up(arena: Arena):
    node, first = arena.kh, arena.kh.us.keys.current
    assert await note(node, first) == Noted(is_new=True, is_forced=False)
    assert await note(node, first, 1) == Noted(is_new=False, is_forced=False)
    (fact,) = await facts(node, FACTS)
    assert fact["subject"] == first.digest
    assert '"uid":1000' in fact["record"]


@pytest.mark.parametrize("serial", [1, 2])
async def test_a_serial_that_was_handed_out_is_spent(arena: Arena, serial):
    node = arena.kh
    await note(node, keys_at(node.keys, 2))
    other = keys_at(node.keys, serial, names={"en": "Another text"})
    with pytest.raises(OlderKeysError, match=r"card 2|another one of that serial") as caught:
        await note(node, other)
    assert "gateway keys rotate all" in caught.value.hint
    assert len(await facts(node, FACTS)) == 1


async def test_a_forced_certificate_stays_forced_while_it_is_the_newest(arena: Arena):
    node = arena.kh
    first = keys_at(node.keys, 1)
    await note(node, first)
    await node.store.write(lambda tx: own_cards.force(tx, 1, times.text(START)))
    assert (await note(node, first)).is_forced
    assert (await note(node, keys_at(node.keys, 2))).is_forced
    newer = (node.keys.certificate, Keys("kh/molvt").certificate)
    assert not (await note(node, keys_at(node.keys, 3, certificates=newer))).is_forced


async def knows(node):
    return (await node.store.read(acquaintances))["jp/isa"]


async def sent_card(node, serial):
    """Queue a message that carries one of our cards; return its row."""
    view = await node.desk.ping("jp/isa", OFFICER)
    (row,) = await facts(node, "SELECT seq FROM messages WHERE id = ?", view["id"])
    await node.store.write(
        lambda tx: own_cards.note_update(tx, row["seq"], peer="jp/isa", serial=serial)
    )
    return row["seq"]


async def test_a_receipt_tells_what_a_peer_knows_and_a_refusal_needs_a_person(arena: Arena):
    node, at = arena.kh, times.text(START)
    cards = [keys_at(node.keys, serial) for serial in (1, 2, 3)]
    for keys in cards:
        await note(node, keys)
    assert await knows(node) == Acquainted(knows=None, met=cards[0].card)
    second, third = await sent_card(node, 2), await sent_card(node, 3)
    for seq, serial in ((third, 3), (second, 3)):
        assert await node.store.write(lambda tx, seq=seq: settled(tx, seq, code=None, at=at))
        assert (await knows(node)).knows == cards[serial - 1].card
    assert await alarms(node) == []
    refused = await sent_card(node, 3)
    assert await node.store.write(
        lambda tx: settled(tx, refused, code=RefusalCode.INVALID_BODY, at=at)
    )
    assert await alarms(node) == [Alarm.CARD_REFUSED]
    other = await node.desk.ping("jp/isa", OFFICER)
    (row,) = await facts(node, "SELECT seq FROM messages WHERE id = ?", other["id"])
    assert not await node.store.write(lambda tx: settled(tx, row["seq"], code=None, at=at))


async def test_a_peer_has_met_the_card_of_the_time_it_was_added(arena: Arena):
    node = arena.kh
    for serial, days in ((1, -9), (2, -1), (3, 1)):
        await note(node, keys_at(node.keys, serial), days)
    await introduce(node, Keys("vn/dolab").card())
    found = await node.store.read(acquaintances)
    assert {name: each.met.serial for name, each in found.items()} == {"jp/isa": 2, "vn/dolab": 2}
    await node.store.write(
        lambda tx: tx._database.execute("UPDATE peers SET added = '2026-01-01T00:00:00Z'")
    )
    assert (await knows(node)).met.serial == 1
