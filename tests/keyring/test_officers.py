"""The key that a consent officer keeps: bound to one node, sealed, and proved before it counts."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.envelope import Card, SigningPair, read_card
from gateway.errors import (
    ConflictError,
    InvalidError,
    MalformedError,
    NotFoundError,
    VerificationError,
)
from gateway.keyring import KeyFileError, WrongFilePassphraseError, appointing, read_own_card
from gateway.keyring.officers import (
    OfficerKey,
    Pinned,
    new_officer_key,
    officer_file,
    open_officer_file,
    read_public,
    sealing_at,
)
from gateway.policy.terms import parse_terms
from tests.keyring.conftest import DAY, NOW, OPENING, act

PASSPHRASE = b"of the officer"
AT = "2026-01-01T00:00:00Z"


@pytest.fixture
def card(folder: Path) -> Card:
    return read_card(read_own_card(folder))


@pytest.fixture
def key(card: Card) -> OfficerKey:
    return new_officer_key(Pinned.to(card, "officer-1"))


def sealed(key: OfficerKey) -> dict[str, Any]:
    raw = officer_file(key, PASSPHRASE, sealing_at(NOW, log2_n=4))
    document: dict[str, Any] = json.loads(raw)
    return document


def opened(document: dict[str, Any], passphrase: bytes = PASSPHRASE) -> OfficerKey:
    return open_officer_file(json.dumps(document).encode(), passphrase, name="o.key")


def public(key: OfficerKey) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(key.public(at=AT))
    return document


def read(document: dict[str, Any]) -> Any:
    return read_public(json.dumps(document).encode())


def test_a_key_file_gives_back_the_pair_and_whom_it_belongs_to(key: OfficerKey) -> None:
    again = opened(sealed(key))
    assert (again.pinned, again.pair.kids) == (key.pinned, key.pair.kids)


def test_another_passphrase_opens_nothing(key: OfficerKey) -> None:
    with pytest.raises(WrongFilePassphraseError, match=r"does not open o\.key"):
        opened(sealed(key), b"another")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("officer", "officer-2"),
        ("node", "kh/molvt"),
        ("environment", "production"),
        ("identity", "00000 00000"),
    ],
)
def test_what_a_key_file_says_in_clear_cannot_be_changed(
    key: OfficerKey, name: str, value: str
) -> None:
    with pytest.raises(KeyFileError, match="says in clear"):
        opened(sealed(key) | {name: value})


@pytest.mark.parametrize("changes", [{"format": "gateway-key/1"}, {"more": 1}, {"sealed": {}}])
def test_another_file_is_no_key_of_an_officer(key: OfficerKey, changes: dict[str, Any]) -> None:
    with pytest.raises(KeyFileError, match="not the key file of an officer"):
        opened(sealed(key) | changes)


def test_the_public_half_proves_that_its_maker_holds_the_pair(key: OfficerKey) -> None:
    found = read(public(key))
    assert (found.pinned, found.pair.kids) == (key.pinned, key.pair.kids)
    assert key.pair.seeds[0].hex() not in json.dumps(public(key))


def test_nobody_can_hand_in_the_pair_of_somebody_else(key: OfficerKey) -> None:
    stranger = new_officer_key(key.pinned)
    with pytest.raises(VerificationError, match="does not hold"):
        read(public(stranger) | {"keys": public(key)["keys"]})


@pytest.mark.parametrize(("name", "value"), [("officer", "minister"), ("node", "kh/molvt")])
def test_a_proof_is_good_for_one_officer_of_one_node(
    key: OfficerKey, name: str, value: str
) -> None:
    with pytest.raises(VerificationError, match="another officer or node"):
        read(public(key) | {name: value})


def test_a_proof_can_never_be_a_consent(key: OfficerKey) -> None:
    terms = key.pinned.members() | {"kids": list(key.pair.kids)}
    with pytest.raises(MalformedError):
        parse_terms(terms)


def test_a_key_signs_for_the_identity_alone_that_its_officer_compared(
    key: OfficerKey, make: Callable[[str], Path]
) -> None:
    other = read_card(read_own_card(make("other")))
    with pytest.raises(VerificationError, match="another identity"):
        key.pinned.check(other)


def test_an_officers_name_is_one_that_a_card_takes(card: Card) -> None:
    with pytest.raises(InvalidError, match="officer-1"):
        Pinned.to(card, "the minister")


def appoint(folder: Path, key: OfficerKey, days: float = 30, at: float = 0, **changes: Any) -> Card:
    changed = appointing.appoint(
        folder,
        read(public(key)),
        until=NOW + (at + days) * DAY,
        opening=OPENING,
        act=act(at, **changes),
    )
    return changed.card


def test_an_officer_stands_on_the_next_card(folder: Path, card: Card, key: OfficerKey) -> None:
    appoint(folder, key)
    now = read_card(read_own_card(folder))
    assert now.serial == card.serial + 1
    (officer,) = now.officers
    assert (officer.id, officer.capability, officer.pair.kids) == (
        "officer-1",
        "consent",
        key.pair.kids,
    )
    assert officer.validity.not_after == "2026-01-31T00:00:00Z"
    assert [each.id for each in appointing.officers(folder)] == ["officer-1"]
    # Nothing else of the card is touched.
    assert (now.message_pairs, now.encryption_keys) == (card.message_pairs, card.encryption_keys)


def test_the_same_key_does_not_stand_on_a_card_twice(folder: Path, key: OfficerKey) -> None:
    appoint(folder, key)
    before = read_own_card(folder)
    with pytest.raises(ConflictError, match="already"):
        appoint(folder, key)
    assert read_own_card(folder) == before


def test_a_key_that_was_made_for_another_node_is_not_taken(
    folder: Path, make: Callable[[str], Path]
) -> None:
    other = read_card(read_own_card(make("other")))
    before = read_own_card(folder)
    with pytest.raises(VerificationError, match="another identity"):
        appoint(folder, new_officer_key(Pinned.to(other, "officer-1")))
    assert read_own_card(folder) == before


@pytest.mark.parametrize("days", [-1, 0, 367])
def test_an_officer_counts_for_a_year_at_most(folder: Path, key: OfficerKey, days: int) -> None:
    with pytest.raises(InvalidError, match="366 days"):
        appoint(folder, key, days)


def test_a_rehearsal_changes_nothing(folder: Path, key: OfficerKey) -> None:
    before = read_own_card(folder)
    appoint(folder, key, dry_run=True)
    assert read_own_card(folder) == before


def dismiss(folder: Path, selector: str, at: float = 1) -> Card:
    return appointing.dismiss(folder, selector, opening=OPENING, act=act(at)).card


def test_a_revoked_officer_stays_on_the_card_with_the_time_of_it(
    folder: Path, key: OfficerKey
) -> None:
    appoint(folder, key)
    dismiss(folder, "officer-1")
    (officer,) = read_card(read_own_card(folder)).officers
    assert officer.validity.revoked_at == "2026-01-02T00:00:00Z"
    assert not officer.validity.is_valid_at("2026-01-03T00:00:00Z")
    with pytest.raises(ConflictError, match="revoked at"):
        dismiss(folder, "officer-1", 2)


def test_by_the_name_of_an_officer_the_key_is_meant_that_still_counts(
    folder: Path, key: OfficerKey
) -> None:
    appoint(folder, key, days=1)
    new = OfficerKey(pinned=key.pinned, pair=SigningPair.generate())
    appoint(folder, new, at=2)
    dismiss(folder, "officer-1", 3)
    by_kids = {each.pair.kids: each for each in read_card(read_own_card(folder)).officers}
    assert by_kids[key.pair.kids].validity.revoked_at is None
    assert by_kids[new.pair.kids].validity.revoked_at is not None
    dismiss(folder, key.pair.kids[0][:8], 4)


def test_nobody_is_dismissed_by_a_name_that_is_on_no_card(folder: Path, key: OfficerKey) -> None:
    appoint(folder, key)
    for selector in ("officer-2", key.pair.kids[0][:7]):
        with pytest.raises(NotFoundError):
            dismiss(folder, selector)


def test_what_ended_long_ago_makes_room_on_the_card(folder: Path, key: OfficerKey) -> None:
    appoint(folder, key, days=1)
    new = OfficerKey(pinned=key.pinned, pair=SigningPair.generate())
    card = appoint(folder, new, at=40)
    assert [each.pair.kids for each in card.officers] == [new.pair.kids]
