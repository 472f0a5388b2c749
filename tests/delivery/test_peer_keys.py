"""A peer's keys count by our time of arrival; its newer card brings newer keys and no more."""

import pytest

from gateway.envelope import (
    Environment,
    KeyValidity,
    Outcome,
    SigningPair,
    digest,
    fingerprint,
    read_card,
    times,
)
from gateway.errors import RefusalCode, VerificationError
from gateway.node import setup
from gateway.node.setup import load_peers
from gateway.store import peers
from gateway.store.alarms import Alarm
from tests.delivery.conftest import FINAL
from tests.nodes import OFFICER, START, Keys, alarms, facts, introduce, until

CODE = RefusalCode


def confirm(tx, raw):
    card = read_card(raw)
    peers.confirm(
        tx,
        card.node,
        fingerprint=fingerprint(card.identity),
        card=raw.decode(),
        serial=card.serial,
    )


async def use_card(arena, **changes):
    """Confirm another card of Japan's, as an operator does."""
    raw = arena.jp.keys.next_card(**changes)
    await arena.kh.store.write(lambda tx: confirm(tx, raw))
    arena.kh.directory.replace(await arena.kh.store.read(load_peers))


def validity(**changes):
    members = {"not_before": times.text(START - 600), "not_after": times.text(START + 86_400)}
    return KeyValidity(**(members | changes))


@pytest.mark.parametrize(
    "key",
    [
        validity(revoked_at=times.text(START - 1)),
        validity(revoked_at=times.text(START)),
        validity(not_before=times.text(START + 1)),
        validity(not_after=times.text(START - 1)),
    ],
    ids=["revoked before", "revoked this second", "not valid yet", "not valid any more"],
)
async def test_A59_a_key_counts_by_our_time_of_arrival_whatever_created_says(arena, key):
    await use_card(arena, message_pairs=((arena.jp.keys.message.public, key),))
    old = times.text(START - 300)
    (entry,) = await arena.entries(arena.jp.envelope(created=old))
    assert entry.code is CODE.KEY_REVOKED
    assert await arena.changed() == FINAL


async def test_A59_a_message_stored_before_the_revocation_repeats_its_entry(arena):
    letter = arena.jp.letter("inquiry.request")
    first = arena.receipt(await arena.post(arena.jp.seal(letter)))
    revoked = validity(revoked_at=times.text(START))
    await use_card(arena, message_pairs=((arena.jp.keys.message.public, revoked),))
    again = arena.receipt(await arena.post(arena.jp.seal(letter)))
    assert again.entries == first.entries


async def test_a_revoked_key_that_holds_until_later_still_counts(arena):
    later = validity(revoked_at=times.text(START + 1))
    await use_card(arena, message_pairs=((arena.jp.keys.message.public, later),))
    (entry,) = await arena.entries(arena.jp.envelope())
    assert entry.outcome is Outcome.RECEIVED


def card_update(arena, raw):
    return arena.jp.envelope("card.update", body={"card": raw.decode()})


async def peer_row(arena):
    return (await facts(arena.kh, "SELECT * FROM peers"))[0]


async def test_newer_keys_of_a_card_apply_at_once(arena):
    raw = arena.jp.keys.renew()
    (entry,) = await arena.entries(card_update(arena, raw))
    assert entry.outcome is Outcome.RECEIVED
    row = await peer_row(arena)
    assert (row["keys"], row["keys_serial"], row["waiting"]) == (raw.decode(), 2, None)
    newest = arena.jp.keys.encryption[-1].kid
    assert arena.kh.directory.get("jp/isa").encryption_key(START).kid == newest
    assert await alarms(arena.kh) == []


async def test_a_new_message_pair_verifies_from_the_next_message_on(arena):
    keys = arena.jp.keys
    new = SigningPair.generate()
    pairs = tuple((pair, validity()) for pair in (keys.message.public, new.public))
    await arena.entries(card_update(arena, keys.next_card(message_pairs=pairs)))
    (entry,) = await arena.entries(arena.jp.envelope(pair=new))
    assert entry.outcome is Outcome.RECEIVED


async def test_a_changed_address_waits_for_an_operator(arena):
    raw = arena.jp.keys.next_card(addresses=("https://elsewhere.example:8470",))
    (entry,) = await arena.entries(card_update(arena, raw))
    assert entry.outcome is Outcome.RECEIVED
    assert (await peer_row(arena))["waiting"] == raw.decode()
    assert await alarms(arena.kh) == [Alarm.CARD_WAITING]
    assert arena.kh.directory.get("jp/isa").addresses == ("https://jp.example:8470",)


async def older(arena):
    older = arena.jp.keys.next_card()
    await arena.entries(card_update(arena, arena.jp.keys.next_card()))
    return older


async def other_identity(arena):
    return Keys("jp/isa", serial=9).card()


async def other_node(arena):
    return arena.jp.keys.next_card(node="vn/dolab")


async def other_environment(arena):
    return arena.jp.keys.next_card(environment=Environment.PRODUCTION)


async def same_serial(arena):
    return arena.jp.keys.issue(names={"en": "Another text under the same serial"})


async def not_the_next_one(arena):
    arena.jp.keys.serial = 2
    return arena.jp.keys.issue(previous=digest(b"a card that nobody has"))


async def not_valid_yet(arena):
    return arena.jp.keys.next_card(not_before=times.text(START + 60))


async def not_valid_any_more(arena):
    return arena.jp.keys.next_card(not_after=times.text(START - 60))


async def no_card(arena):
    return b'{"payload":"e30","signatures":[]}'


CARDS = [
    older,
    other_identity,
    other_node,
    other_environment,
    same_serial,
    not_the_next_one,
    not_valid_yet,
    not_valid_any_more,
    no_card,
]


@pytest.mark.parametrize("make", CARDS)
async def test_A130_a_card_that_is_not_the_peers_newer_one_is_refused(arena, make):
    (entry,) = await arena.entries(card_update(arena, await make(arena)))
    assert (entry.code, entry.pointers) == (CODE.INVALID_BODY, ("/body/card",))
    # Whether another identity is the peer's, a person has to find out.
    told = {"alarms"} if make is other_identity else set()
    assert await arena.changed() == FINAL | told
    assert await alarms(arena.kh) == ([Alarm.OTHER_IDENTITY] if told else [])


async def test_a_card_after_cards_that_were_missed_is_taken(arena):
    arena.jp.keys.next_card()
    (entry,) = await arena.entries(card_update(arena, arena.jp.keys.next_card()))
    assert entry.outcome is Outcome.RECEIVED
    assert (await peer_row(arena))["keys_serial"] == 3


async def test_the_card_that_we_have_is_taken_and_changes_nothing(arena):
    before = await peer_row(arena)
    (entry,) = await arena.entries(card_update(arena, arena.jp.keys.card()))
    assert entry.outcome is Outcome.RECEIVED
    contact = {"last_contact": times.text(START)}
    assert await peer_row(arena) == before | contact


async def test_a_card_that_shows_another_peers_certificate_is_refused(arena):
    other = Keys("vn/dolab")
    await introduce(arena.kh, other.card())
    certificates = (arena.jp.keys.certificate, other.certificate)
    raw = arena.jp.keys.next_card(certificates=certificates)
    (entry,) = await arena.entries(card_update(arena, raw))
    assert (entry.code, entry.pointers) == (CODE.INVALID_BODY, ("/body/card",))
    assert arena.kh.directory.by_certificate(other.certificate).node == "vn/dolab"


async def test_the_card_of_a_new_peer_may_not_show_a_known_peers_certificate(arena):
    other = Keys("vn/dolab")
    raw = other.issue(certificates=(other.certificate, arena.jp.keys.certificate))
    with pytest.raises(VerificationError, match="a certificate of jp/isa"):
        await arena.kh.store.read(lambda tx: setup._check_certificates(tx, read_card(raw)))


async def test_a_receipt_under_a_revoked_pair_proves_nothing(arena):
    jp, kh = arena.pair.jp, arena.pair.kh
    sent = await jp.desk.ping("kh/molvt", OFFICER)
    revoked = validity(revoked_at=times.text(START))
    raw = kh.keys.next_card(message_pairs=((kh.keys.message.public, revoked),))
    await jp.store.write(lambda tx: confirm(tx, raw))
    jp.directory.replace(await jp.store.read(load_peers))
    await jp.start()
    await until(jp, lambda: alarms(jp))
    assert await alarms(jp) == [Alarm.NOT_PROOF]
    assert (await jp.desk.message(sent["id"]))["state"] == "queued"
