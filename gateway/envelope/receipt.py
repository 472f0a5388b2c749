"""Receipts: one signature over the digests of the entries, one entry per envelope.

A single entry with the receipt proves what became of one message and shows nothing of the
others. A final entry is kept as its exact text and repeated byte for byte for ever.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

import orjson

from gateway.envelope import limits, strict
from gateway.envelope.digests import digest
from gateway.envelope.forms import DIGEST, HASH, POINTER, UUID7, Members, fault
from gateway.envelope.jws import sign, verify
from gateway.envelope.keys import Pairs, SigningPair
from gateway.envelope.kinds import Environment, Typ
from gateway.envelope.suites import CURRENT, SUITES
from gateway.errors import (
    RETRYABLE,
    InvalidError,
    MalformedError,
    RefusalCode,
    TransientError,
    UnreadableError,
)

EPOCH: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")


class NotProofError(TransientError):
    """An answer does not prove anything: not signed by the peer, or about something else.

    What was sent stays as it was and is offered again.
    """


class Outcome(StrEnum):
    """What a node did with an envelope."""

    RECEIVED = "received"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What became of one envelope; `id` and `header_digest` only where both signatures held."""

    id: str | None
    header_digest: str | None
    envelope_digest: str
    outcome: Outcome
    code: RefusalCode | None
    retryable: bool
    at: str
    pointers: tuple[str, ...] = ()
    card_serial: int | None = None

    @property
    def is_final(self) -> bool:
        """True where the node will repeat this entry for ever."""
        return not self.retryable

    def text(self) -> str:
        """Return the exact text to keep, to sign and to send."""
        members: dict[str, Any] = {
            "id": self.id,
            "header_digest": self.header_digest,
            "envelope_digest": self.envelope_digest,
            "outcome": self.outcome,
            "code": self.code,
            "retryable": self.retryable,
            "at": self.at,
        }
        if self.pointers:
            members["pointers"] = [_told(one) for one in self.pointers[: limits.POINTERS]]
        if self.card_serial is not None:
            members["card_serial"] = self.card_serial
        return orjson.dumps(members).decode("utf-8")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of the evidence chain that the two nodes share: its size and its Merkle root."""

    size: int
    root: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A receipt that verified: `text` is its JWS, exactly; each entry comes with its exact text."""

    text: str = field(repr=False)
    entries: tuple[tuple[str, Entry], ...]
    at: str
    epoch: str
    checkpoint: Checkpoint


def parse_entry(text: str) -> Entry:
    """Return the entry behind its exact text.

    Raises:
        MalformedError: Another form, or members that contradict each other.
    """
    try:
        raw = text.encode("utf-8")
    except UnicodeEncodeError:
        raise MalformedError("an entry has a lone surrogate") from None
    members = Members(strict.parse(raw, limit=limits.ENTRY))
    pointers: tuple[str, ...] = ()
    if members.has("pointers"):
        pointers = members.strings("pointers", POINTER, most=limits.POINTERS)
    has_code = not (members.has("code") and members.plain()["code"] is None)
    entry = Entry(
        id=members.nullable("id", UUID7),
        header_digest=members.nullable("header_digest", DIGEST),
        envelope_digest=members.text("envelope_digest", DIGEST),
        outcome=members.kind("outcome", Outcome),
        code=members.kind("code", RefusalCode) if has_code else None,
        retryable=members.boolean("retryable"),
        at=members.time("at"),
        pointers=pointers,
        card_serial=members.integer("card_serial") if members.has("card_serial") else None,
    )
    _agree(entry)
    return entry


def sign_receipt(
    entries: Sequence[str],
    *,
    from_: str,
    to: str,
    environment: Environment,
    at: str,
    epoch: str,
    checkpoint: Checkpoint,
    pair: SigningPair,
) -> bytes:
    """Return the whole body of an answer; call it only for entries that are committed.

    Raises:
        InvalidError: More entries than one exchange has, or a body larger than a peer reads.
    """
    payload = orjson.dumps(
        {
            "suite": CURRENT,
            "environment": environment,
            "from": from_,
            "to": to,
            "at": at,
            "epoch": epoch,
            "checkpoint": {"size": checkpoint.size, "root": checkpoint.root},
            "entries": [digest(text.encode("utf-8")) for text in entries],
        }
    )
    jws = sign(payload, pair, Typ.RECEIPT)
    body = b'{"receipt":%b,"entries":%b}' % (jws.encode("ascii"), orjson.dumps(list(entries)))
    if len(entries) > limits.LINES or len(payload) > limits.RECEIPT or len(body) > limits.ANSWER:
        raise InvalidError("the receipt has more entries than one answer may carry")
    return body


def read_receipt(
    raw: bytes, *, from_: str, to: str, environment: Environment, pairs: Pairs
) -> Receipt:
    """Return the entries of an answer, or of a kept receipt with some of its entries.

    Args:
        raw: `{"receipt": …, "entries": […]}`.
        from_: The node that must have signed.
        to: The node that sent the envelopes.
        environment: The one both work in.
        pairs: Finds the signer's pair that owns both kids.

    Raises:
        NotProofError: Form, signatures, parties or digests do not hold. The sender goes on as if
            no answer had come.
    """
    try:
        members = Members(strict.parse(raw, limit=limits.ANSWER))
        members.only("receipt", "entries")
        texts = _texts(members.value("entries"))
        jws = strict.member_text(raw.decode("utf-8"), "receipt")
        verified = verify(members.object("receipt").plain(), Typ.RECEIPT, pairs)
        signed = Members(strict.parse(verified.payload, limit=limits.RECEIPT))
        if signed.integer("suite") not in SUITES:
            raise fault("/suite", "names a suite that is not known")
        signed.constant("from", from_)
        signed.constant("to", to)
        signed.constant("environment", environment)
        proved = signed.strings("entries", DIGEST, most=limits.LINES)
        if not {digest(text.encode("utf-8")) for text in texts} <= set(proved):
            raise fault("/entries", "lacks the digest of an entry")
        return Receipt(
            text=jws,
            entries=tuple((text, parse_entry(text)) for text in texts),
            at=signed.time("at"),
            epoch=signed.text("epoch", EPOCH),
            checkpoint=_checkpoint(signed.object("checkpoint")),
        )
    except (MalformedError, UnreadableError) as error:
        raise NotProofError(f"the answer of {from_} proves nothing: {error}") from None


def _texts(values: Any) -> list[str]:
    if type(values) is not list or not 0 < len(values) <= limits.LINES:
        raise fault("/entries", f"is not a list of 1 to {limits.LINES}")
    if not all(type(text) is str for text in values):
        raise fault("/entries", "has an entry that is no text")
    return values


def _checkpoint(members: Members) -> Checkpoint:
    return Checkpoint(members.integer("size"), members.text("root", HASH))


def _agree(entry: Entry) -> None:
    if entry.id is not None and entry.header_digest is None:
        raise fault("/header_digest", "is missing beside an id")
    if entry.outcome is Outcome.RECEIVED and (entry.id is None or entry.code is not None):
        raise fault("/outcome", "is received without an id or with a code")
    if entry.outcome is Outcome.REFUSED and entry.code is None:
        raise fault("/code", "is missing in a refusal")
    if entry.retryable != (entry.code in RETRYABLE):
        raise fault("/retryable", "does not fit the code")


def _told(pointer: str) -> str:
    """Return the longest leading part of a pointer that an entry has room for."""
    while not POINTER.fullmatch(pointer):
        pointer = pointer.rpartition("/")[0]
    return pointer
