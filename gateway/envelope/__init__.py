"""The wire: strict JSON, signatures, sealing, receipts, cards and keys. Pure functions only."""

from gateway.envelope.card import (
    Card,
    KeyValidity,
    Officer,
    Organisation,
    issue_card,
    read_card,
)
from gateway.envelope.consent import Instrument, read_consent, sign_consent
from gateway.envelope.digests import digest
from gateway.envelope.header import Header, parse_header
from gateway.envelope.jws import Verified, kids_of, sign, verify
from gateway.envelope.keyfile import WrongPassphraseError, open_private, seal_private
from gateway.envelope.keys import (
    DecryptionKey,
    EncryptionKey,
    Pairs,
    SigningPair,
    VerifyingPair,
    among,
    fingerprint,
)
from gateway.envelope.kinds import Environment, Priority, Typ
from gateway.envelope.merkle import Frontier, leaf_hash, root_of
from gateway.envelope.message import (
    Content,
    SignedMessage,
    content_text,
    read_content,
    reopen_signed,
    sign_message,
)
from gateway.envelope.receipt import (
    Checkpoint,
    Entry,
    NotProofError,
    Outcome,
    Receipt,
    parse_entry,
    read_receipt,
    sign_receipt,
)
from gateway.envelope.seal import Opened, Outer, Sealed, match, read_envelope, seal, unseal
from gateway.envelope.statement import (
    Awaited,
    Statement,
    read_statement,
    sign_statement,
)
from gateway.envelope.suites import CURRENT, SUITES, Suite

__all__ = [
    "CURRENT",
    "SUITES",
    "Awaited",
    "Card",
    "Checkpoint",
    "Content",
    "DecryptionKey",
    "EncryptionKey",
    "Entry",
    "Environment",
    "Frontier",
    "Header",
    "Instrument",
    "KeyValidity",
    "NotProofError",
    "Officer",
    "Opened",
    "Organisation",
    "Outcome",
    "Outer",
    "Pairs",
    "Priority",
    "Receipt",
    "Sealed",
    "SignedMessage",
    "SigningPair",
    "Statement",
    "Suite",
    "Typ",
    "Verified",
    "VerifyingPair",
    "WrongPassphraseError",
    "among",
    "content_text",
    "digest",
    "fingerprint",
    "issue_card",
    "kids_of",
    "leaf_hash",
    "match",
    "open_private",
    "parse_entry",
    "parse_header",
    "read_card",
    "read_consent",
    "read_content",
    "read_envelope",
    "read_receipt",
    "read_statement",
    "reopen_signed",
    "root_of",
    "seal",
    "seal_private",
    "sign",
    "sign_consent",
    "sign_message",
    "sign_receipt",
    "sign_statement",
    "unseal",
    "verify",
]
