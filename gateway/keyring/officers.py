"""What a consent officer signs with: a pair in a file of its own, away from every node.

Clause 3 asks for the originator's written consent. The pair that gives it never lies on the node;
it is sealed under a passphrase that the officer alone knows. Beside the seeds the seal holds what
the officer has compared once: the name of the node and the fingerprint of its identity. So a
package of another node, or of somebody who pretends to be ours, is refused without a telephone.

The public half goes to the operators with a proof: a text signed by the pair over its own name.
Nobody can have a pair put on a card that is somebody else's. The proof is signed as a consent is,
over members that no terms have, and so it can never be one.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from gateway.envelope import (
    Card,
    Environment,
    SigningPair,
    VerifyingPair,
    WrongPassphraseError,
    among,
    fingerprint,
    limits,
    open_private,
    strict,
    times,
)
from gateway.envelope.consent import Instrument, read_consent, sign_consent
from gateway.envelope.forms import NODE, OPAQUE, Members
from gateway.errors import InvalidError, MalformedError, VerificationError
from gateway.keyring.sealed_file import (
    SECRET_BYTES,
    KeyFileError,
    Sealing,
    Use,
    WrongFilePassphraseError,
)

_FORMAT: Final = "gateway-officer/1"
_PUBLIC_FORMAT: Final = "gateway-officer-public/1"
_PINNED: Final = ("officer", "node", "environment", "identity")
_LOST: Final = "restore the file from your own copy, or make another pair: gateway consent key FILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """What an officer's pair belongs to.

    Args:
        identity: The fingerprint of the node's identity, as the officer has compared it.
    """

    officer: str
    node: str
    environment: Environment
    identity: str

    @classmethod
    def to(cls, card: Card, officer: str) -> "Pinned":
        """Return the pin to the node of a card.

        Raises:
            InvalidError: The officer's id has another form.
        """
        if not OPAQUE.fullmatch(officer):
            raise InvalidError(
                "an officer's id has up to 64 letters, digits, - and _, such as officer-1"
            )
        return cls(
            officer=officer,
            node=card.node,
            environment=card.environment,
            identity=fingerprint(card.identity),
        )

    def check(self, card: Card) -> None:
        """Let pass only a card of the node and identity that this pair belongs to.

        Raises:
            VerificationError: Another node, environment or identity. Nothing was signed.
        """
        if (card.node, card.environment) != (self.node, self.environment):
            raise VerificationError(
                f"that is of {card.node} ({card.environment}), your key belongs to "
                f"{self.node} ({self.environment})"
            )
        if fingerprint(card.identity) != self.identity:
            raise VerificationError(
                f"the card of {card.node} carries another identity than the one you compared",
                hint="call your own operators; if they have made a new identity, compare its "
                "fingerprint and make another pair: gateway consent key FILE",
            )

    def members(self) -> dict[str, str]:
        """Return what stands in clear in the officer's files."""
        return {name: str(getattr(self, name)) for name in _PINNED}


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerKey:
    """An officer's pair, opened; it signs what its holder has read."""

    pinned: Pinned
    pair: SigningPair = field(repr=False)

    def sign(self, terms: Mapping[str, Any], *, signed_at: str) -> str:
        """Return the text of an instrument over terms.

        Raises:
            InvalidError: They are longer than an instrument may be; nothing was signed.
        """
        return sign_consent(
            Instrument(
                environment=self.pinned.environment,
                officer=self.pinned.officer,
                signed_at=signed_at,
                terms=terms,
            ),
            self.pair,
        )

    def public(self, *, at: str) -> bytes:
        """Return the public half as a file for the operators, with the proof that we hold it."""
        proof = self.sign(self.pinned.members() | {"kids": list(self.pair.kids)}, signed_at=at)
        members = {
            "format": _PUBLIC_FORMAT,
            **self.pinned.members(),
            "keys": self.pair.public.jwks(),
            "proof": proof,
        }
        return (json.dumps(members, indent=2) + "\n").encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerPublic:
    """The public half of an officer's pair, whose holder has proved to have the other half."""

    pinned: Pinned
    pair: VerifyingPair


def officer_file(key: OfficerKey, passphrase: bytes, sealing: Sealing) -> bytes:
    """Return the bytes of an officer's key file.

    Raises:
        InvalidError: The passphrase is empty.
    """
    clear = key.pinned.members()
    secrets = [*key.pair.seeds, _pin(clear)]
    sealed = json.loads(sealing.content(Use.CONSENT, secrets, passphrase, kids=key.pair.kids))
    return (json.dumps({"format": _FORMAT, **clear, **sealed}, indent=2) + "\n").encode()


def open_officer_file(raw: bytes, passphrase: bytes, *, name: str) -> OfficerKey:
    """Open an officer's key file.

    Args:
        name: How the file is called, for the errors.

    Raises:
        KeyFileError: It is no such file, or what stands in clear was changed.
        WrongFilePassphraseError: The passphrase is another one, or the seal was changed.
    """
    try:
        members = Members(strict.parse(raw, limit=limits.KEY_FILE))
        members.only("format", *_PINNED, "created", "kids", "sealed")
        members.constant("format", _FORMAT)
        pinned = _pinned(members)
        sealed = json.dumps(members.object("sealed").plain()).encode()
        plain = open_private(sealed, passphrase, use=Use.CONSENT)
    except WrongPassphraseError:
        raise WrongFilePassphraseError(
            f"the passphrase does not open {name}, or the file was changed", hint=_LOST
        ) from None
    except (MalformedError, InvalidError) as error:
        raise KeyFileError(f"{name} is not the key file of an officer: {error}") from None
    seeds = [plain[at : at + SECRET_BYTES] for at in range(0, len(plain), SECRET_BYTES)]
    if len(plain) != 3 * SECRET_BYTES or seeds[2] != _pin(pinned.members()):
        raise KeyFileError(
            f"somebody changed what {name} says in clear: it belongs to another node or officer",
            hint=_LOST,
        )
    return OfficerKey(pinned=pinned, pair=SigningPair.from_seeds(seeds[0], seeds[1]))


def read_public(raw: bytes) -> OfficerPublic:
    """Read the public half of an officer's pair.

    Raises:
        VerificationError: It is no such file, or whoever made it does not hold the pair.
    """
    try:
        members = Members(strict.parse(raw, limit=limits.KEY_FILE))
        members.only("format", *_PINNED, "keys", "proof")
        members.constant("format", _PUBLIC_FORMAT)
        pinned = _pinned(members)
        pair = VerifyingPair.from_jwks(members.value("keys"))
        proof = members.words("proof", most=limits.CONSENT)
    except MalformedError as error:
        raise VerificationError(
            f"that is not the public half of an officer's key: {error}",
            hint="gateway consent key FILE writes it beside the key, as FILE.pub.json",
        ) from None
    said = read_consent(proof, environment=pinned.environment, pairs=among([pair]))
    if dict(said.terms) != pinned.members() | {"kids": list(pair.kids)}:
        raise VerificationError("the proof in the file is about another officer or node")
    return OfficerPublic(pinned=pinned, pair=pair)


def new_officer_key(pinned: Pinned) -> OfficerKey:
    """Make a pair from the system's randomness."""
    return OfficerKey(pinned=pinned, pair=SigningPair.generate())


def sealing_at(now: float, *, log2_n: int) -> Sealing:
    """Return how a new file is sealed at a time."""
    return Sealing(created=times.text(now), log2_n=log2_n)


def _pinned(members: Members) -> Pinned:
    return Pinned(
        officer=members.text("officer", OPAQUE),
        node=members.text("node", NODE),
        environment=members.kind("environment", Environment),
        identity=members.words("identity", most=100),
    )


def _pin(clear: Mapping[str, str]) -> bytes:
    """Return what the seal holds of the clear members, so that nobody changes them unseen."""
    text = json.dumps([clear[name] for name in _PINNED], separators=(",", ":"))
    return sha256(text.encode()).digest()
