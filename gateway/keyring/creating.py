"""Make all keys of a new node and its first card: completely, or not at all."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gateway import private_files
from gateway.envelope import (
    CURRENT,
    Card,
    DecryptionKey,
    Environment,
    KeyValidity,
    Organisation,
    SigningPair,
    VerifyingPair,
    digest,
    fingerprint,
    issue_card,
    times,
)
from gateway.errors import InvalidError
from gateway.keyring import layout
from gateway.keyring.certificate import NewCertificate, make_certificate
from gateway.keyring.sealed_file import SECRET_BYTES, Sealing, Use

MESSAGE_DAYS: Final = 365
# Short, because whoever gets the key can read what was sent while it was in use.
ENCRYPTION_DAYS: Final = 90

_DAY: Final = 86_400
# A peer whose clock is behind ours must not find our new keys "not yet valid"; as much as the
# `created` of a message may lie ahead.
_BACKDATED_SECONDS: Final = 300

# 32 MiB and about 60 ms for each guess at a passphrase.
_LOG2_N: Final = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNode:
    """What the first card says besides keys."""

    node: str
    environment: Environment
    names: Mapping[str, str]
    organisations: tuple[Organisation, ...]
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passphrases:
    """One for the identity, kept away from the machine, and one that starts the node."""

    identity: bytes = field(repr=False)
    node: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not self.identity or not self.node:
            raise InvalidError("a passphrase is empty")
        if self.identity == self.node:
            raise InvalidError(
                "the identity needs another passphrase than the node: who can start the node "
                "must not be able to sign its cards"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """What was made, for the operator who has to read the fingerprint out."""

    folder: Path
    files: tuple[str, ...]
    identity: VerifyingPair
    fingerprint: str
    card: Card
    card_raw: bytes


@dataclass(frozen=True, slots=True)
class _Secrets:
    identity: SigningPair
    message: SigningPair
    encryption: DecryptionKey
    tls: NewCertificate
    store: bytes


def create(
    folder: Path,
    new: NewNode,
    passphrases: Passphrases,
    *,
    now: float,
    log2_n: int = _LOG2_N,
) -> Created:
    """Make the keys, the TLS certificate and the card with serial 1, and write them in one step.

    Args:
        log2_n: The cost of each guess at a passphrase; lower it in tests only.

    Raises:
        FilesExistError: The folder already holds something. Nothing has changed.
    """
    start = now - _BACKDATED_SECONDS
    made = _Secrets(
        SigningPair.generate(),
        SigningPair.generate(),
        DecryptionKey.generate(),
        make_certificate(new.node, not_before=start),
        secrets.token_bytes(SECRET_BYTES),
    )
    card = _first_card(new, made, start)
    raw = issue_card(card, made.identity)
    files = _key_files(made, passphrases, Sealing(created=times.text(now), log2_n=log2_n))
    files |= {
        layout.numbered("tls", 1, "key"): made.tls.key_pem,
        layout.numbered("tls", 1, "pem"): made.tls.pem,
        layout.CARD: raw,
    }
    private_files.write_directory(folder, files)
    return Created(
        folder=folder,
        files=tuple(sorted(files)),
        identity=made.identity.public,
        fingerprint=fingerprint(made.identity.public),
        card=card,
        card_raw=raw,
    )


def _first_card(new: NewNode, made: _Secrets, start: float) -> Card:
    return Card(
        node=new.node,
        environment=new.environment,
        names=dict(new.names),
        organisations=new.organisations,
        addresses=new.addresses,
        identity=made.identity.public,
        message_pairs=((made.message.public, _validity(start, MESSAGE_DAYS)),),
        encryption_keys=((made.encryption.public, _validity(start, ENCRYPTION_DAYS)),),
        certificates=(made.tls.der,),
        suites=(CURRENT,),
        serial=1,
        not_before=times.text(start),
        not_after=times.text(start + MESSAGE_DAYS * _DAY),
    )


def _validity(start: float, days: int) -> KeyValidity:
    return KeyValidity(not_before=times.text(start), not_after=times.text(start + days * _DAY))


def _key_files(made: _Secrets, passphrases: Passphrases, sealing: Sealing) -> dict[str, bytes]:
    node = passphrases.node
    return {
        layout.IDENTITY: sealing.content(
            Use.IDENTITY, made.identity.seeds, passphrases.identity, kids=made.identity.kids
        ),
        layout.numbered("message", 1): sealing.content(
            Use.MESSAGE, made.message.seeds, node, kids=made.message.kids
        ),
        layout.numbered("encryption", 1): sealing.content(
            Use.ENCRYPTION, [made.encryption.seed], node, kids=[made.encryption.kid]
        ),
        layout.STORE: sealing.content(Use.STORE, [made.store], node),
        layout.numbered("tls", 1, "secret"): sealing.content(
            Use.TLS, [made.tls.secret], node, kids=[digest(made.tls.der)]
        ),
    }
