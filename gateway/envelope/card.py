"""Cards: a node's signed description of itself.

A card is signed with the identity pair that it carries. Whether that identity is the peer's is
for people to say, over a telephone, by its fingerprint; afterwards the pair is fixed and only a
card of the same identity is read.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from cryptography import x509

from gateway.envelope import base64url, limits, strict
from gateway.envelope.forms import DIGEST, NODE, OPAQUE, Members, fault
from gateway.envelope.jws import sign, verify
from gateway.envelope.keys import EncryptionKey, SigningPair, VerifyingPair, among
from gateway.envelope.kinds import Environment, Typ
from gateway.errors import (
    InvalidError,
    MalformedError,
    Problem,
    UnreadableError,
    VerificationError,
)

ADDRESS: Final = re.compile(r"https://(?:[a-z0-9.-]{1,253}|\[[0-9a-f:.]{2,45}\]):[0-9]{1,5}")
LANGUAGES: Final = ("en", "ja", "km")

_NAME_LENGTH: Final = 200
_CERTIFICATE_LENGTH: Final = 8 * limits.KIB
_FEW: Final = 16
_MANY: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyValidity:
    """From when to when a key counts, by the reader's time of arrival and not by any claim."""

    not_before: str
    not_after: str
    revoked_at: str | None = None

    def is_valid_at(self, at: str) -> bool:
        """Compare the texts, which sort like their times; the last second still counts."""
        if self.revoked_at is not None and at >= self.revoked_at:
            return False
        return self.not_before <= at <= self.not_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """A body of the node's side; `is_signatory` where the memorandum binds it."""

    id: str
    names: Mapping[str, str]
    is_signatory: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """A pair that a person signs with away from the node, and what it may sign."""

    id: str
    capability: str
    pair: VerifyingPair
    validity: KeyValidity


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Everything a peer must know to exchange messages with a node."""

    node: str
    environment: Environment
    names: Mapping[str, str]
    organisations: tuple[Organisation, ...] = ()
    addresses: tuple[str, ...]
    identity: VerifyingPair
    message_pairs: tuple[tuple[VerifyingPair, KeyValidity], ...]
    encryption_keys: tuple[tuple[EncryptionKey, KeyValidity], ...]
    officers: tuple[Officer, ...] = ()
    certificates: tuple[bytes, ...] = field(repr=False)
    suites: tuple[int, ...] = (1,)
    serial: int
    previous: str | None = None
    not_before: str
    not_after: str


def issue_card(card: Card, identity: SigningPair) -> bytes:
    """Sign a card; the bytes are what peers keep and compare.

    Raises:
        InvalidError: The card is one that peers would refuse, or names another identity.
    """
    if card.identity != identity.public:
        raise InvalidError("the card carries another identity than the pair that signs it")
    try:
        payload = orjson.dumps(_members(card))
        _parse(payload)
    except MalformedError as error:
        raise InvalidError(f"the card cannot be issued: {error}", problems=_where(error)) from None
    raw = sign(payload, identity, Typ.CARD).encode("ascii")
    if len(raw) > limits.CARD:
        raise InvalidError(f"the card is longer than {limits.CARD} bytes")
    return raw


def read_card(raw: bytes, *, identity: VerifyingPair | None = None) -> Card:
    """Return a card whose two signatures held.

    Args:
        raw: The card's exact bytes.
        identity: The pair this peer is known by. Without it the card vouches for itself, which
            proves only that it is whole: its fingerprint must be confirmed before it is used.

    Raises:
        VerificationError: Another form, a signature that does not hold, or another identity.
            The card known before stays in force.
    """
    try:
        jws = strict.parse(raw, limit=limits.CARD)
        known = identity or _claimed_identity(jws)
        card = _parse(verify(jws, Typ.CARD, among([known])).payload)
    except UnreadableError:
        raise VerificationError(
            "the card is not signed by that identity",
            hint="ask the peer for its card and compare the fingerprint by telephone",
        ) from None
    except MalformedError as error:
        raise VerificationError(f"the card is not valid: {error}", problems=_where(error)) from None
    if card.identity != known:
        raise VerificationError("the card names another identity than the one that signed it")
    return card


def _claimed_identity(jws: Mapping[str, Any]) -> VerifyingPair:
    """Look into a card for the pair that is claimed to have signed it, and for nothing else."""
    payload = Members(jws).raw("payload", least=1, most=limits.CARD)
    claims = Members(strict.parse(payload, limit=limits.CARD))
    return VerifyingPair.from_jwks(claims.value("identity"))


def _parse(payload: bytes) -> Card:
    members = Members(strict.parse(payload, limit=limits.CARD))
    members.integer("suite", least=1, most=1)
    card = Card(
        node=members.text("node", NODE),
        environment=members.kind("environment", Environment),
        names=_read_names(members.object("names")),
        organisations=tuple(
            _read_organisation(one) for one in members.objects("organisations", most=_MANY)
        ),
        addresses=members.strings("addresses", ADDRESS, most=_FEW),
        identity=VerifyingPair.from_jwks(members.value("identity")),
        message_pairs=tuple(
            (VerifyingPair.from_jwks(one.value("keys")), _read_validity(one))
            for one in members.objects("message_pairs", least=1, most=_FEW)
        ),
        encryption_keys=tuple(
            (EncryptionKey.from_jwk(one.value("key")), _read_validity(one))
            for one in members.objects("encryption_keys", least=1, most=_FEW)
        ),
        officers=tuple(_read_officer(one) for one in members.objects("officers", most=_FEW)),
        certificates=tuple(
            _read_certificate(one) for one in members.objects("certificates", least=1, most=2)
        ),
        suites=_read_suites(members),
        serial=members.integer("serial", least=1),
        previous=members.optional("previous", DIGEST),
        not_before=members.time("not_before"),
        not_after=members.time("not_after"),
    )
    _agree(card)
    return card


def _agree(card: Card) -> None:
    if not card.not_before < card.not_after:
        raise fault("/not_after", "is not after not_before")
    if (card.serial > 1) != (card.previous is not None):
        raise fault("/previous", "must be there exactly from the second card on")
    if not card.addresses:
        raise fault("/addresses", "is empty")
    pairs = [card.identity, *(pair for pair, _ in card.message_pairs)]
    kids = [kid for pair in (*pairs, *(one.pair for one in card.officers)) for kid in pair.kids]
    kids += [key.kid for key, _ in card.encryption_keys]
    if len(set(kids)) != len(kids):
        raise fault("", "uses one key for two purposes")
    if len(set(card.certificates)) != len(card.certificates):
        raise fault("/certificates", "has the same certificate twice")


def _members(card: Card) -> dict[str, Any]:
    members: dict[str, Any] = {
        "suite": 1,
        "node": card.node,
        "environment": card.environment,
        "names": dict(card.names),
        "organisations": [
            {"id": one.id, "names": dict(one.names), "signatory": one.is_signatory}
            for one in card.organisations
        ],
        "addresses": list(card.addresses),
        "identity": card.identity.jwks(),
        "message_pairs": [
            {"keys": pair.jwks()} | _validity(validity) for pair, validity in card.message_pairs
        ],
        "encryption_keys": [
            {"key": key.jwk()} | _validity(validity) for key, validity in card.encryption_keys
        ],
        "officers": [
            {"id": one.id, "capability": one.capability, "keys": one.pair.jwks()}
            | _validity(one.validity)
            for one in card.officers
        ],
        "certificates": [{"der": base64url.encode(der)} for der in card.certificates],
        "suites": list(card.suites),
        "serial": card.serial,
        "previous": card.previous,
        "not_before": card.not_before,
        "not_after": card.not_after,
    }
    return {name: value for name, value in members.items() if value is not None}


def _validity(validity: KeyValidity) -> dict[str, str]:
    members = {"not_before": validity.not_before, "not_after": validity.not_after}
    if validity.revoked_at is not None:
        members["revoked_at"] = validity.revoked_at
    return members


def _read_validity(members: Members) -> KeyValidity:
    validity = KeyValidity(
        not_before=members.time("not_before"),
        not_after=members.time("not_after"),
        revoked_at=members.time("revoked_at") if members.has("revoked_at") else None,
    )
    if not validity.not_before < validity.not_after:
        raise fault(members.pointer("not_after"), "is not after not_before")
    return validity


def _read_names(members: Members) -> dict[str, str]:
    """Read names in the three languages; English must be there (clause 10), others may."""
    members.value("en")
    present = [one for one in LANGUAGES if members.has(one)]
    return {one: members.words(one, most=_NAME_LENGTH) for one in present}


def _read_organisation(members: Members) -> Organisation:
    return Organisation(
        id=members.text("id", NODE),
        names=_read_names(members.object("names")),
        is_signatory=members.boolean("signatory"),
    )


def _read_officer(members: Members) -> Officer:
    return Officer(
        id=members.text("id", OPAQUE),
        capability=members.text("capability", OPAQUE),
        pair=VerifyingPair.from_jwks(members.value("keys")),
        validity=_read_validity(members),
    )


def _read_certificate(members: Members) -> bytes:
    der = members.raw("der", least=1, most=_CERTIFICATE_LENGTH)
    try:
        x509.load_der_x509_certificate(der)
    except ValueError:
        raise fault(members.pointer("der"), "is not an X.509 certificate") from None
    return der


def _read_suites(members: Members) -> tuple[int, ...]:
    suites = members.value("suites")
    if type(suites) is not list or not 0 < len(suites) <= _FEW:
        raise fault("/suites", f"is not a list of 1 to {_FEW}")
    if not all(type(one) is int and 0 < one < 10_000 for one in suites):
        raise fault("/suites", "has a number that is no suite's")
    return tuple(suites)


def _where(error: MalformedError) -> tuple[Problem, ...]:
    return tuple(Problem(pointer, str(error)) for pointer in error.pointers)
