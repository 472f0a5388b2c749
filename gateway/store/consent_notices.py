"""What the other side is to be told by itself about a consent: its state, and what was disclosed.

A notice is kept in the transaction of its cause and ends in the one that keeps the message which
says it, so that a crash loses none and says none twice.
"""

from enum import StrEnum
from typing import Final

from gateway.store.transaction import Row, Transaction

_AT_ONCE: Final = 100


class NoticeKind(StrEnum):
    """Which message says it."""

    STATUS = "status"
    REPORT = "report"


class Why(StrEnum):
    """Why disclosures are reported; the words of `disclosure.report`."""

    ASKED = "asked"
    VOLUNTARY = "voluntary"
    REVOKED = "revoked"
    RAISED = "raised"
    CONDITION = "condition"
    OUTSIDE = "outside"


def note(
    tx: Transaction,
    kind: NoticeKind,
    *,
    seq: int,
    peer: str,
    what: str,
    at: str,
    consent_id: str | None = None,
    message_id: str | None = None,
    code: str | None = None,
    uses_left: int | None = None,
) -> None:
    """Note that the peer is to be told something; one that waits already is not noted again.

    Args:
        seq: The message that it is told about, and in whose matter.
        what: The state of a consent, or the reason of a report.
        message_id: Of reports, the message that was disclosed, where the report is about one.
    """
    about = {"seq": seq, "kind": kind, "what": what}
    named = {"consent_id": consent_id or "", "message_id": message_id or ""}
    if tx.one("consent_notices.noted", **about, **named) is not None:
        return
    tx.run(
        "consent_notices.note",
        **about,
        peer=peer,
        consent_id=consent_id,
        message_id=message_id,
        code=code,
        uses_left=uses_left,
        noted=at,
    )


def waiting(tx: Transaction, *, after: int = 0) -> list[Row]:
    """Return the oldest notices that wait, from a number on."""
    return tx.all("consent_notices.notices", after=after, limit=_AT_ONCE)


def done(tx: Transaction, number: int, told: str) -> bool:
    """Note which message says it; False if another one has."""
    return tx.run("consent_notices.finish", number=number, state="done", told=told) == 1


def drop(tx: Transaction, number: int) -> None:
    """Note that it has nowhere to be said."""
    tx.run("consent_notices.finish", number=number, state="dropped", told=None)
