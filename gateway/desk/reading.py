"""Reading: content against a permit, who read what, and the facts for `status`."""

from typing import Any

from gateway.catalogue import Channel, MessageType, Parties, type_of
from gateway.desk.draft import Actor
from gateway.desk.submission import who_acts
from gateway.envelope import Header, read_content, reopen_signed, times
from gateway.errors import PolicyError
from gateway.policy import Action, Permitted, Request, Subject, Withheld, decide, read_for
from gateway.store import (
    Row,
    Transaction,
    alarms,
    evidence,
    messages,
    outbox,
    peers,
    publications,
    registers,
    threads,
)
from gateway.store.evidence import LOCAL, Fact, append
from gateway.store.messages import Direction, State

_ALARMS = 20


class WithheldError(PolicyError):
    """The marking does not allow the reading; nothing was shown."""

    def __init__(self, withheld: Withheld) -> None:
        super().__init__(f"the content is withheld: {withheld.reason}")
        self.withheld = withheld


def load(tx: Transaction, selector: str) -> tuple[int, Row, str]:
    """Return row number, row and exact content text of a message.

    Raises:
        NotFoundError: Nothing fits, or the content was erased.
        CorruptError: What is stored is not what was signed.
    """
    seq = messages.find(tx, selector)
    row = messages.get(tx, seq)
    return seq, row, messages.content_of(tx, row)


def permitted_content(
    row: Row,
    text: str,
    *,
    holder: str,
    parties: Parties,
    now: int,
    action: Action = Action.SHOW,
) -> dict[str, Any]:
    """Return body and note for an officer of this contact point, if the marking allows.

    Raises:
        WithheldError: It does not; the reason code is in the error.
    """
    signed = reopen_signed(row["jws"], text)
    decision = decide(
        Request(
            action=action,
            subject=Subject.of(signed.header, signed.header_digest),
            holder=holder,
            audience=holder,
            now=now,
        ),
        parties,
    )
    if not isinstance(decision, Permitted):
        raise WithheldError(decision)
    content = read_content(read_for(text, decision, signed.header_digest))
    return {"body": content.body, "note": content.note}


def is_first_fetch(row: Row) -> bool:
    """Tell whether giving out the content of this message is its handing over (level 2)."""
    received = row["direction"] == Direction.IN and row["state"] == State.RECEIVED
    return received and type_of(row["type"]).channel is Channel.THREAD


def note_read(tx: Transaction, id: str, actor: Actor, at: str) -> None:
    """Keep who read a message."""
    append(tx, LOCAL, Fact.READ, at=at, subject=id, **who_acts(actor))


def note_withheld(tx: Transaction, row: Row, error: WithheldError, at: int) -> None:
    """Keep that a reading was refused, and by which rule."""
    append(
        tx,
        LOCAL,
        Fact.RELEASE_REFUSED,
        at=times.text(at),
        subject=row["id"],
        action=error.withheld.action,
        audience=error.withheld.audience,
        reason=error.withheld.reason,
    )


def dry_view(header: Header, row: MessageType) -> dict[str, Any]:
    """Return what would be sent; it has no id, because nothing was made."""
    return {
        "dry_run": True,
        "type": row.name,
        "title": row.title,
        "peer": header.to,
        "thread": None if header.thread == header.id else header.thread,
        "in_reply_to": header.in_reply_to,
        "clauses": list(header.clauses),
        "priority": header.priority,
        "marking": header.marking["level"],
        "caveats": header.marking.get("caveats", []),
        "expires": header.expires,
        "due": header.due,
    }


def status(tx: Transaction) -> dict[str, Any]:
    """Return counts, queues per peer, alarms and the size of the evidence."""
    depth = {row["peer"]: row for row in outbox.depth(tx)}
    return {
        "messages": messages.counts(tx),
        "threads": threads.counts(tx),
        "peers": [_peer(row, depth.get(row["node"])) for row in peers.all(tx)],
        "alarms": [dict(row) for row in alarms.newest(tx, _ALARMS)],
        "evidence": {row["chain"]: row["size"] for row in evidence.chains(tx)},
        "publications": {"waiting": sum(row["waiting"] for row in publications.counts(tx))},
        "registers": {"waiting": sum(registers.all_waiting(tx).values())},
    }


def _peer(row: Row, depth: Row | None) -> dict[str, Any]:
    return {
        "node": row["node"],
        "enabled": bool(row["enabled"]),
        "card_serial": row["keys_serial"],
        "card_waiting": row["waiting"] is not None,
        "failures": row["failures"],
        "last_contact": row["last_contact"],
        "version": row["version"],
        "clock_offset": row["clock_offset"],
        "waiting": depth["waiting"] if depth else 0,
        "oldest": depth["oldest"] if depth else None,
        "overdue": depth["overdue"] if depth else 0,
        "held": depth["held"] if depth else 0,
    }
