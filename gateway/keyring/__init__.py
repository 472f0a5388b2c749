"""The keys of this node on disk: made, opened at start, renewed, described without a passphrase."""

from gateway.keyring.creating import Created, NewNode, Passphrases, create
from gateway.keyring.describing import KeyDescription, Standing, days_left, describe
from gateway.keyring.opening import Keyring, Tls, open_identity, open_keyring, read_own_card
from gateway.keyring.renewal import (
    CARD_DAYS,
    ENCRYPTION_DAYS,
    GRACE_DAYS,
    MESSAGE_DAYS,
    OVERLAP_DAYS,
    HandedOut,
    Kind,
)
from gateway.keyring.resealing import reseal_identity, reseal_node
from gateway.keyring.rotating import Act, Changed, Opening, prune, revoke, rotate
from gateway.keyring.sealed_file import KeyFileError, Use, WrongFilePassphraseError
from gateway.keyring.starting_over import NewPassphrase, renew_all, rotate_identity

__all__ = [
    "CARD_DAYS",
    "ENCRYPTION_DAYS",
    "GRACE_DAYS",
    "MESSAGE_DAYS",
    "OVERLAP_DAYS",
    "Act",
    "Changed",
    "Created",
    "HandedOut",
    "KeyDescription",
    "KeyFileError",
    "Keyring",
    "Kind",
    "NewNode",
    "NewPassphrase",
    "Opening",
    "Passphrases",
    "Standing",
    "Tls",
    "Use",
    "WrongFilePassphraseError",
    "create",
    "days_left",
    "describe",
    "open_identity",
    "open_keyring",
    "prune",
    "read_own_card",
    "renew_all",
    "reseal_identity",
    "reseal_node",
    "revoke",
    "rotate",
    "rotate_identity",
]
