"""Which of our keys a peer can be shown: what it has receipted, and never more."""

from dataclasses import replace

import pytest

from gateway.delivery.directory import Directory, Peer
from gateway.delivery.own_keys import KeySet, NoPairError, OwnCertificate, OwnKeys
from gateway.envelope import KeyValidity, SigningPair, times
from tests.nodes import START, Keys

DAY = 86_400
FIRST, SECOND, THIRD = (SigningPair.generate() for _ in range(3))
A, B, C = (Keys("jp/isa").certificate for _ in range(3))
KH = Keys("kh/molvt").key_set().card


def validity(start: float = -1, end: float = 300, revoked: float | None = None) -> KeyValidity:
    """Return a span in days from the start of the tests."""
    return KeyValidity(
        not_before=times.text(START + start * DAY),
        not_after=times.text(START + end * DAY),
        revoked_at=None if revoked is None else times.text(START + revoked * DAY),
    )


CARD = Keys("jp/isa").key_set().card


def card(serial, *pairs, certificates=(A,)):
    """Return one of our cards; a pair stands alone or with its validity."""
    named = tuple((each, validity()) if not isinstance(each, tuple) else each for each in pairs)
    return replace(
        CARD,
        serial=serial,
        message_pairs=tuple((pair.public, held) for pair, held in named),
        certificates=certificates,
    )


def keys_of(newest, *pairs, held=(A,), knows=None, peers=None, is_forced=False):
    """Return our keys with one peer, kh/molvt, that knows a card of ours."""
    directory = Directory(peers if peers is not None else [peer("kh/molvt", knows)])
    return OwnKeys(
        KeySet(
            card=newest,
            card_raw=b"",
            pairs=pairs,
            decryption_keys={},
            certificates=tuple(
                each if isinstance(each, OwnCertificate) else certificate(each) for each in held
            ),
        ),
        directory,
        is_forced=is_forced,
    )


def peer(node, knows, *, enabled=True):
    return Peer(node=node, enabled=enabled, card=KH, keys=KH, knows=knows)


def certificate(der, end=300):
    return OwnCertificate(der, times.text(START + end * DAY))


ONE = card(1, FIRST)
TWO = card(2, FIRST, SECOND)
REVOKING = card(2, (FIRST, validity(revoked=0)), SECOND)
PAIRS = [
    # newest card, what the peer knows, signs messages, signs receipts and cards
    (TWO, TWO, SECOND, SECOND),
    (TWO, ONE, FIRST, FIRST),
    (TWO, None, FIRST, FIRST),
    (REVOKING, REVOKING, SECOND, SECOND),
    (REVOKING, ONE, SECOND, FIRST),
    (REVOKING, None, SECOND, SECOND),
    (card(2, (FIRST, validity(end=-0.5)), SECOND), ONE, SECOND, FIRST),
    (card(3, SECOND), ONE, SECOND, FIRST),
]


@pytest.mark.parametrize(("newest", "known", "message", "receipt"), PAIRS)
def test_a_peer_gets_signatures_that_it_can_verify(newest, known, message, receipt):
    keys = keys_of(newest, SECOND, FIRST, knows=known)
    assert keys.pair_for("kh/molvt", START) == message
    assert keys.verifiable_pair_for("kh/molvt", START) == receipt


def test_a_peer_of_which_no_receipt_tells_is_taken_to_know_what_it_was_given():
    met = [replace(peer("kh/molvt", None), met=ONE)]
    keys = keys_of(REVOKING, SECOND, FIRST, peers=met)
    assert keys.pair_for("kh/molvt", START) == SECOND
    assert keys.verifiable_pair_for("kh/molvt", START) == FIRST
    # On a card with two pairs the older one is also on the card before.
    both = [replace(peer("kh/molvt", None), met=TWO)]
    assert keys_of(TWO, SECOND, FIRST, peers=both).verifiable_pair_for("kh/molvt", START) == FIRST
    later = card(3, (FIRST, validity(revoked=0)), SECOND, THIRD)
    revoked = [replace(peer("kh/molvt", None), met=REVOKING)]
    keys = keys_of(later, THIRD, SECOND, FIRST, peers=revoked)
    assert keys.verifiable_pair_for("kh/molvt", START) == SECOND


def test_a_revoked_pair_signs_no_message_for_anybody():
    keys = keys_of(card(2, (FIRST, validity(revoked=0))), FIRST, knows=ONE)
    with pytest.raises(NoPairError, match="no message pair of jp/isa is valid") as caught:
        keys.pair_for("kh/molvt", START)
    assert caught.value.hint == "gateway keys rotate message"
    assert keys.verifiable_pair_for("kh/molvt", START) == FIRST


@pytest.mark.parametrize("days", [-2, 301])
def test_nothing_is_signed_outside_the_validity_on_the_card(days):
    keys = keys_of(ONE, FIRST, knows=ONE)
    for pair_for in (keys.pair_for, keys.verifiable_pair_for):
        with pytest.raises(NoPairError):
            pair_for("kh/molvt", START + days * DAY)
    assert keys.pair_for("kh/molvt", START + 299 * DAY) == FIRST


def test_a_pair_whose_file_is_lost_is_not_waited_for():
    keys = keys_of(TWO, SECOND, knows=ONE)
    assert keys.pair_for("kh/molvt", START) == SECOND
    assert keys.verifiable_pair_for("kh/molvt", START) == SECOND


def test_a_disabled_peer_is_remembered_and_a_stranger_gets_the_oldest_pair():
    keys = keys_of(TWO, SECOND, FIRST, peers=[peer("kh/molvt", TWO, enabled=False)])
    assert keys.pair_for("kh/molvt", START) == SECOND
    assert keys.pair_for("vn/dolab", START) == FIRST


WITH_B = card(2, FIRST, certificates=(A, B))
ONLY_B = card(3, FIRST, certificates=(B,))
KH_ONE, KH_TWO = peer("kh/molvt", ONE), peer("kh/molvt", WITH_B)
VN_TWO, VN_NEW = peer("vn/dolab", WITH_B), peer("vn/dolab", None)
SHOWN = [
    # newest card, peers, forced, shown to all, shown to kh/molvt
    (WITH_B, [KH_ONE], False, A, A),
    (WITH_B, [KH_TWO], False, B, B),
    (WITH_B, [KH_TWO, VN_TWO], False, B, B),
    (WITH_B, [KH_TWO, VN_NEW], False, A, B),
    (WITH_B, [KH_TWO, replace(KH_ONE, node="vn/dolab")], False, A, B),
    (WITH_B, [KH_TWO, replace(KH_ONE, node="vn/dolab", enabled=False)], False, B, B),
    (WITH_B, [], False, B, A),
    (WITH_B, [KH_ONE], True, B, A),
    (ONLY_B, [KH_TWO], False, B, B),
    # Revoked: the card must still reach a peer that knows no other certificate.
    (ONLY_B, [KH_ONE], False, B, A),
]


@pytest.mark.parametrize(("newest", "peers", "forced", "to_all", "to_kh"), SHOWN)
def test_a_certificate_is_shown_to_those_who_know_it(newest, peers, forced, to_all, to_kh):
    keys = keys_of(newest, FIRST, held=(B, A), peers=peers, is_forced=forced)
    assert keys.certificate(START) == to_all
    assert keys.certificate_for("kh/molvt", START) == to_kh


def test_a_peer_of_which_no_receipt_tells_is_shown_the_first_certificate_it_was_given():
    met = [replace(peer("kh/molvt", None), met=WITH_B)]
    keys = keys_of(card(3, FIRST, certificates=(B, C)), FIRST, held=(C, B, A), peers=met)
    assert keys.certificate_for("kh/molvt", START) == A
    assert keys.certificate(START) == B


def test_a_certificate_that_is_over_gives_way_to_one_that_is_not():
    held = (B, certificate(A, end=1))
    keys = keys_of(WITH_B, FIRST, held=held, peers=[KH_ONE])
    assert keys.certificate(START) == keys.certificate_for("kh/molvt", START) == A
    late = START + 2 * DAY
    assert keys.certificate(late) == keys.certificate_for("kh/molvt", late) == B


def test_of_three_certificates_two_are_on_the_card_and_one_is_known():
    newest = card(3, FIRST, certificates=(A, C))
    keys = keys_of(newest, FIRST, held=(C, B, A), peers=[KH_TWO])
    assert keys.certificate(START) == A
    assert keys.certificate_for("kh/molvt", START) == B


def test_whoever_depends_on_the_keys_hears_of_others():
    keys = keys_of(ONE, FIRST)
    heard = []
    keys.on_change(lambda: heard.append(keys.current.card.serial))
    keys.replace(replace(keys.current, card=TWO), is_forced=False)
    assert heard == [2]
