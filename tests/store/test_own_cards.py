"""Our cards in the store, and the messages that carry them, which share no request."""

from gateway.store import own_cards
from tests.store.tables import PEER
from tests.store.test_outbox import queue, ready


def card(tx, name):
    """Queue a message that carries a card."""
    seq = queue(tx, name, immediate=True)
    own_cards.note_update(tx, seq, peer=PEER, serial=seq)
    return seq


def test_what_carries_a_card_leaves_alone_and_first(tx):
    queue(tx, "emergency", priority="emergency")
    card(tx, "card")
    assert ready(tx) == ["card"]


def test_what_leaves_before_a_card_leaves_without_it(tx):
    queue(tx, "withdrawal", immediate=True)
    card(tx, "card")
    queue(tx, "routine")
    assert ready(tx) == ["withdrawal", "routine"]


def test_the_last_message_with_a_card_is_found_and_which_card_it_carries(tx):
    assert own_cards.last_update(tx, PEER) is None
    _, last = card(tx, "one"), card(tx, "two")
    found = own_cards.last_update(tx, PEER)
    assert (found["seq"], found["serial"], found["state"]) == (last, last, "queued")
    assert own_cards.last_update(tx, "vn/dolab") is None
    assert own_cards.carried_by(tx, last)["serial"] == last
    assert own_cards.carried_by(tx, queue(tx, "other")) is None


def test_cards_are_found_by_serial_and_by_time(tx):
    assert own_cards.newest(tx) is own_cards.first_met(tx, "2026-01-01T00:00:00Z") is None
    for serial, at in ((3, "2026-01-03T00:00:00Z"), (4, "2026-01-04T00:00:00Z")):
        own_cards.add(tx, serial=serial, digest=f"d{serial}", card="{}", at=at)
    assert own_cards.newest(tx)["serial"] == 4
    assert own_cards.get(tx, 3)["digest"] == "d3"
    assert own_cards.get(tx, 2) is None
    met = {
        at: own_cards.first_met(tx, at)["serial"]
        for at in ("2026-01-01T00:00:00Z", "2026-01-04T00:00:00Z", "2026-01-05T00:00:00Z")
    }
    assert list(met.values()) == [3, 3, 4]


def test_a_wish_to_show_a_certificate_is_noted_once(tx):
    own_cards.add(tx, serial=1, digest="d", card="{}", at="2026-01-01T00:00:00Z")
    assert own_cards.force(tx, 1, "2026-01-02T00:00:00Z")
    assert not own_cards.force(tx, 1, "2026-01-03T00:00:00Z")
    assert own_cards.newest(tx)["forced"] == "2026-01-02T00:00:00Z"
