"""Our cards as peers have them: which one is the newest, who has receipted it, who would not.

A card is handed out from the moment its row is here. From then on its serial is spent: a node whose
`keys/` are older than its database does not start, because peers would refuse its cards.
"""

from dataclasses import dataclass

from gateway.delivery.own_keys import KeySet
from gateway.envelope import Card, kids_of, read_card
from gateway.errors import ExitCode, LocalError, RefusalCode
from gateway.store import Row, Transaction, messages, own_cards, peers
from gateway.store.alarms import Alarm, raise_alarm
from gateway.store.evidence import LOCAL, Fact, append


class OlderKeysError(LocalError):
    """The keys are older than the newest card that was handed out; nothing was changed."""

    exit_code = ExitCode.INVALID

    def __init__(self, serial: int, newest: int) -> None:
        super().__init__(
            f"card {serial} lies under keys/, but this node has handed out "
            + (f"card {newest}" if serial != newest else "another one of that serial"),
            hint="restore keys/ from its newest backup; if there is none: gateway keys rotate all",
        )


@dataclass(frozen=True, slots=True)
class Noted:
    """What the store says of the card in force.

    Args:
        is_forced: An operator does not wait for every peer to know its newest certificate.
    """

    is_new: bool
    is_forced: bool


def note_card(tx: Transaction, keys: KeySet, *, at: str, uid: int) -> Noted:
    """Hand out the card of these keys from now on, if it is not the one that was.

    Args:
        uid: Who had the node take the keys up.

    Raises:
        OlderKeysError: A newer card, or another one of its serial, was handed out.
    """
    serial, last = keys.card.serial, own_cards.newest(tx)
    if last is not None:
        if (serial, keys.digest) == (last["serial"], last["digest"]):
            return Noted(is_new=False, is_forced=last["forced"] is not None)
        if serial <= last["serial"]:
            raise OlderKeysError(serial, last["serial"])
    own_cards.add(tx, serial=serial, digest=keys.digest, card=keys.card_raw.decode(), at=at)
    append(tx, LOCAL, Fact.OWN_CARD, at=at, subject=keys.digest, serial=serial, uid=uid)
    before = None if last is None else read_card(last["card"].encode())
    is_forced = (
        last is not None
        and last["forced"] is not None
        and before is not None
        and before.certificates[-1] == keys.card.certificates[-1]
    )
    if is_forced:
        own_cards.force(tx, serial, at)
    return Noted(is_new=True, is_forced=is_forced)


def settled(tx: Transaction, seq: int, *, code: RefusalCode | None, at: str) -> bool:
    """Note what the final entry of a message says about our card; tell whether it carried one.

    A peer that has read our card by itself may refuse the message that brings it: the pair that
    signs it is revoked over there, or the card is older than the one it read. Any other refusal
    needs a person, as after a change of identity.

    Args:
        code: Why the peer refused it; None if it took it.
    """
    carried = own_cards.carried_by(tx, seq)
    if carried is None:
        return False
    peer, serial = carried["peer"], carried["serial"]
    if code is None:
        peers.know_card(tx, peer, serial)
        return True
    read = _revoking(tx, seq) if code is RefusalCode.KEY_REVOKED else None
    newest = own_cards.newest(tx)
    if read is not None:
        peers.know_card(tx, peer, read)
    elif newest is not None and serial == newest["serial"]:
        raise_alarm(tx, Alarm.CARD_REFUSED, at=at, peer=peer)
    return True


def _revoking(tx: Transaction, seq: int) -> int | None:
    """Return the serial of the first card that revokes the pair which signed a message, if any."""
    kids = kids_of(messages.get(tx, seq)["jws"])
    for row in own_cards.all(tx):
        for pair, validity in read_card(row["card"].encode()).message_pairs:
            if pair.kids == kids and validity.revoked_at is not None:
                return int(row["serial"])
    return None


@dataclass(frozen=True, slots=True)
class Acquainted:
    """Which card of ours a peer has receipted, if any, and which it was most likely given first."""

    knows: Card | None
    met: Card | None


def acquaintances(tx: Transaction) -> dict[str, Acquainted]:
    """Return for each peer what it knows of us."""
    cards: dict[int, Card] = {}

    def card(row: Row | None) -> Card | None:
        if row is None:
            return None
        if row["serial"] not in cards:
            cards[row["serial"]] = read_card(row["card"].encode())
        return cards[row["serial"]]

    return {
        row["node"]: Acquainted(
            knows=None if row["card_known"] is None else card(own_cards.get(tx, row["card_known"])),
            met=card(own_cards.first_met(tx, row["added"])),
        )
        for row in peers.all(tx)
    }
