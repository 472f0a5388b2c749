"""Reading: content against a permit, who read what, and the facts for `status`."""

from dataclasses import dataclass, field
from typing import Any

from gateway.catalogue import Channel, MessageType, Parties, country_of, type_of
from gateway.delivery.subjects import subject_of
from gateway.desk.draft import Actor
from gateway.desk.submission import who_acts
from gateway.envelope import Header, read_content, times
from gateway.errors import PolicyError
from gateway.policy import Action, Permitted, Request, Subject, Withheld, decide, read_for
from gateway.store import (
    Row,
    Transaction,
    alarms,
    disclosures,
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


@dataclass(frozen=True, slots=True)
class Loaded:
    """A stored message with its exact content text, and what is decided about when it is given."""

    row: Row
    text: str = field(repr=False)
    subject: Subject


def load(tx: Transaction, selector: str) -> Loaded:
    """Return the message that a person names.

    Raises:
        NotFoundError: Nothing fits, or the content was erased.
        CorruptError: What is stored is not what was signed.
    """
    return load_row(tx, messages.find(tx, selector))


def load_row(tx: Transaction, seq: int) -> Loaded:
    """Return the message of a row.

    Raises:
        NotFoundError, CorruptError: As with `load`.
    """
    row = messages.get(tx, seq)
    return Loaded(row, messages.content_of(tx, row), subject_of(tx, row))


def permitted_content(
    loaded: Loaded,
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
    decision = decide(
        Request(
            action=action,
            subject=loaded.subject,
            holder=holder,
            audience=holder,
            now=now,
        ),
        parties,
    )
    if not isinstance(decision, Permitted):
        raise WithheldError(decision)
    content = read_content(read_for(loaded.text, decision, loaded.subject.header_digest))
    return {"body": content.body, "note": content.note}


def is_first_fetch(row: Row) -> bool:
    """Tell whether giving out the content of this message is its handing over (level 2)."""
    received = row["direction"] == Direction.IN and row["state"] == State.RECEIVED
    return received and type_of(row["type"]).channel is Channel.THREAD


def note_read(tx: Transaction, id: str, actor: Actor, at: str) -> None:
    """Keep who read a message."""
    append(tx, LOCAL, Fact.READ, at=at, subject=id, **who_acts(actor))


def note_withheld(tx: Transaction, row: Row, error: WithheldError, at: int, actor: Actor) -> None:
    """Keep in the ledger that a reading was refused, and by which rule."""
    withheld = error.withheld
    disclosures.refuse(
        tx,
        row,
        withheld.reason,
        action=withheld.action,
        audience=withheld.audience,
        audience_country=country_of(withheld.audience),
        at=times.text(at),
        uid=actor.uid,
        on_behalf_of=actor.on_behalf_of,
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
