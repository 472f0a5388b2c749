"""Who the peers are now: disabled ones are nobody, and the newest valid key is sealed to."""

from dataclasses import replace

import pytest

from gateway.delivery.directory import Directory, Peer
from gateway.envelope import DecryptionKey, KeyValidity, read_card, times
from gateway.errors import NotFoundError
from tests.nodes import START, Keys

KEYS = Keys("kh/molvt")
CARD = read_card(KEYS.card())
PEER = Peer(node="kh/molvt", enabled=True, card=CARD, keys=CARD)


def validity(start, end, revoked=None):
    return KeyValidity(
        not_before=times.text(START + start),
        not_after=times.text(START + end),
        revoked_at=None if revoked is None else times.text(START + revoked),
    )


FIRST, SECOND, THIRD = (DecryptionKey.generate().public for _ in range(3))


@pytest.mark.parametrize(
    ("validities", "expected"),
    [
        ([(0, 100), (50, 200), (60, 300)], THIRD),
        ([(0, 100), (50, 200), (90, 300)], SECOND),
        ([(0, 100), (50, 200), (60, 300, 70)], SECOND),
        ([(0, 100), (50, 60), (90, 300)], FIRST),
        ([(0, 10), (20, 30), (90, 100)], None),
    ],
)
def test_the_newest_key_that_holds_now_is_sealed_to(validities, expected):
    pairs = [validity(*each) for each in validities]
    keys = tuple(zip((FIRST, SECOND, THIRD), pairs, strict=True))
    peer = replace(PEER, keys=replace(CARD, encryption_keys=keys))
    assert peer.encryption_key(START + 80) == expected


def test_a_disabled_peer_is_nobody():
    directory = Directory([replace(PEER, enabled=False)])
    assert directory.find("kh/molvt") is None
    assert directory.all() == ()
    assert directory.by_certificate(KEYS.certificate) is None
    with pytest.raises(NotFoundError):
        directory.get("kh/molvt")


def test_a_peer_is_known_by_its_pinned_certificate_alone():
    directory = Directory([PEER])
    assert directory.by_certificate(KEYS.certificate) == PEER
    assert directory.by_certificate(Keys("kh/molvt").certificate) is None


def test_certificates_come_from_the_newest_card_and_addresses_from_the_confirmed_one():
    other = Keys("kh/molvt")
    newer = replace(CARD, certificates=(other.certificate,), addresses=("https://elsewhere:1",))
    directory = Directory([PEER])
    seen = []
    directory.on_change(lambda: seen.append(directory.by_certificate(other.certificate)))
    directory.replace([replace(PEER, keys=newer)])
    assert [peer.node for peer in seen] == ["kh/molvt"]
    assert directory.by_certificate(KEYS.certificate) is None
    assert directory.get("kh/molvt").addresses == CARD.addresses


def test_keys_of_two_pairs_are_no_pair():
    first, second = KEYS.message.public.kids, KEYS.identity.public.kids
    assert PEER.pair(first) == KEYS.message.public
    assert PEER.pair((first[0], second[1])) is None
    assert PEER.validity((second[0], first[1])) is None
