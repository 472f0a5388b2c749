"""The keys of this node on disk: made once, opened at start, described without a passphrase."""

from gateway.keyring.creating import (
    ENCRYPTION_DAYS,
    MESSAGE_DAYS,
    Created,
    NewNode,
    Passphrases,
    create,
)
from gateway.keyring.describing import KeyDescription, describe
from gateway.keyring.opening import Keyring, MessageKey, Tls, open_identity, open_keyring
from gateway.keyring.sealed_file import KeyFileError, Use, WrongFilePassphraseError

__all__ = [
    "ENCRYPTION_DAYS",
    "MESSAGE_DAYS",
    "Created",
    "KeyDescription",
    "KeyFileError",
    "Keyring",
    "MessageKey",
    "NewNode",
    "Passphrases",
    "Tls",
    "Use",
    "WrongFilePassphraseError",
    "create",
    "describe",
    "open_identity",
    "open_keyring",
]
