"""The next card: new keys beside the old ones, and for how long the old ones stay."""

from dataclasses import replace

import pytest

from gateway.envelope import DecryptionKey, KeyValidity, SigningPair, digest, read_card, times
from gateway.keyring.certificate import make_certificate
from gateway.keyring.renewal import (
    GRACE_DAYS,
    OVERLAP_DAYS,
    HandedOut,
    Made,
    is_over,
    next_card,
)
from tests.keyring.conftest import DAY, NOW


@pytest.fixture
def raw(folder):
    return (folder / "card.json").read_bytes()


@pytest.fixture
def card(raw):
    return read_card(raw)


def after(raw, **changes):
    return replace(HandedOut.by(read_card(raw), raw), **changes)


def renewed(card, raw, days=0.0, **made):
    return next_card(card, Made(**made), after=after(raw), now=NOW + days * DAY)


def test_a_card_follows_the_one_before(card, raw):
    new = renewed(card, raw, 10)
    assert (new.serial, new.previous) == (2, digest(raw))
    assert (new.not_before, new.not_after) == (
        times.text(NOW + 10 * DAY - 300),
        times.text(NOW + 375 * DAY - 300),
    )
    for name in ("node", "identity", "message_pairs", "encryption_keys", "certificates"):
        assert getattr(new, name) == getattr(card, name)


def test_a_serial_that_was_handed_out_is_never_given_again(card, raw):
    later = HandedOut(serial=7, digest=digest(b"card 7"))
    new = next_card(card, Made(), after=later, now=NOW)
    assert (new.serial, new.previous) == (8, digest(b"card 7"))


def test_a_new_message_pair_stands_beside_the_old_one_which_keeps_its_time(card, raw):
    pair = SigningPair.generate()
    new = renewed(card, raw, 100, message=pair)
    old, fresh = new.message_pairs
    assert old == card.message_pairs[0]
    assert fresh[0] == pair.public
    assert fresh[1].not_after == times.text(NOW + 465 * DAY - 300)


def test_an_old_encryption_key_ends_after_its_overlap(card, raw):
    key = DecryptionKey.generate()
    new = renewed(card, raw, 10, encryption=key)
    (_, old), (public, fresh) = new.encryption_keys
    assert public == key.public
    assert old.not_after == times.text(NOW + (10 + OVERLAP_DAYS) * DAY)
    assert fresh.not_after == times.text(NOW + 100 * DAY - 300)


def test_an_overlap_prolongs_nothing(card, raw):
    new = renewed(card, raw, 85, encryption=DecryptionKey.generate())
    assert new.encryption_keys[0] == card.encryption_keys[0]


def test_a_new_key_always_begins_after_the_one_before(card, raw):
    first = renewed(card, raw, encryption=DecryptionKey.generate())
    second = next_card(first, Made(encryption=DecryptionKey.generate()), after=after(raw), now=NOW)
    begins = [held.not_before for _, held in second.encryption_keys]
    assert begins == sorted(set(begins))


def test_a_key_leaves_the_card_once_nothing_can_be_under_way(card, raw):
    kept = renewed(card, raw, 90 + GRACE_DAYS - 1)
    assert kept.encryption_keys == card.encryption_keys
    new = renewed(card, raw, 90 + GRACE_DAYS + 1, encryption=(key := DecryptionKey.generate()))
    assert [each for each, _ in new.encryption_keys] == [key.public]


@pytest.mark.parametrize(
    ("held", "over"),
    [
        (KeyValidity(not_before="2025-01-01T00:00:00Z", not_after="2026-02-01T00:00:00Z"), False),
        (KeyValidity(not_before="2025-01-01T00:00:00Z", not_after="2025-12-03T00:00:00Z"), False),
        (KeyValidity(not_before="2025-01-01T00:00:00Z", not_after="2025-12-01T00:00:00Z"), True),
        (
            KeyValidity(
                not_before="2025-01-01T00:00:00Z",
                not_after="2026-06-01T00:00:00Z",
                revoked_at="2025-12-01T00:00:00Z",
            ),
            True,
        ),
    ],
)
def test_a_key_is_over_thirty_days_after_its_end_or_revocation(held, over):
    assert is_over(held, NOW) is over


def test_a_card_never_names_more_keys_than_it_has_room_for(card, raw):
    for _ in range(20):
        made = Made(message=SigningPair.generate(), encryption=DecryptionKey.generate())
        card = next_card(card, made, after=after(raw), now=NOW)
    assert len(card.message_pairs) == len(card.encryption_keys) == 16
    assert card.message_pairs[-1][0] == made.message.public
    assert card.encryption_keys[-1][0] == made.encryption.public


def certificate():
    return make_certificate("jp/isa", not_before=NOW)


def test_the_certificate_that_is_shown_stays_beside_a_new_one(card, raw):
    first, second, third = card.certificates[0], certificate(), certificate()
    two = renewed(card, raw, tls=second)
    assert two.certificates == (first, second.der)
    waiting = next_card(two, Made(tls=third), after=after(raw, presented=first), now=NOW)
    assert waiting.certificates == (first, third.der)
    switched = next_card(two, Made(tls=third), after=after(raw, presented=second.der), now=NOW)
    assert switched.certificates == (second.der, third.der)
