"""Make all keys of a new node and its first card: completely, or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gateway import private_files
from gateway.envelope import (
    CURRENT,
    Card,
    Environment,
    Organisation,
    SigningPair,
    VerifyingPair,
    fingerprint,
    issue_card,
    times,
)
from gateway.errors import InvalidError
from gateway.keyring import layout
from gateway.keyring.making import LOG2_N, key_files, make_keys, make_store_key
from gateway.keyring.renewal import (
    CARD_DAYS,
    ENCRYPTION_DAYS,
    MESSAGE_DAYS,
    Kind,
    Made,
    start_of,
    validity,
)
from gateway.keyring.sealed_file import Sealing, Use


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


def create(
    folder: Path,
    new: NewNode,
    passphrases: Passphrases,
    *,
    now: float,
    log2_n: int = LOG2_N,
) -> Created:
    """Make the keys, the TLS certificate and the card with serial 1, and write them in one step.

    Args:
        log2_n: The cost of each guess at a passphrase; lower it in tests only.

    Raises:
        FilesExistError: The folder already holds something. Nothing has changed.
    """
    identity = SigningPair.generate()
    made = make_keys(frozenset(Kind), node=new.node, now=now)
    card = _first_card(new, identity.public, made, start_of(now))
    raw = issue_card(card, identity)
    sealing = Sealing(created=times.text(now), log2_n=log2_n)
    files = key_files(made, passphrases.node, sealing, numbers=dict.fromkeys(Kind, 1))
    files |= {
        layout.IDENTITY: sealing.content(
            Use.IDENTITY, identity.seeds, passphrases.identity, kids=identity.kids
        ),
        layout.STORE: sealing.content(Use.STORE, [make_store_key()], passphrases.node),
        layout.CARD: raw,
    }
    private_files.write_directory(folder, files)
    return Created(
        folder=folder,
        files=tuple(sorted(files)),
        identity=identity.public,
        fingerprint=fingerprint(identity.public),
        card=card,
        card_raw=raw,
    )


def _first_card(new: NewNode, identity: VerifyingPair, made: Made, start: float) -> Card:
    if made.message is None or made.encryption is None or made.tls is None:
        raise InvalidError("a node needs a key of every kind")
    return Card(
        node=new.node,
        environment=new.environment,
        names=dict(new.names),
        organisations=new.organisations,
        addresses=new.addresses,
        identity=identity,
        message_pairs=((made.message.public, validity(start, MESSAGE_DAYS)),),
        encryption_keys=((made.encryption.public, validity(start, ENCRYPTION_DAYS)),),
        certificates=(made.tls.der,),
        suites=(CURRENT,),
        serial=1,
        not_before=times.text(start),
        not_after=times.text(start + CARD_DAYS * 86_400),
    )
