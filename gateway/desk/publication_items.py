"""One publication: which of a message waits, how it is shown, and what the other side is told."""

from typing import Any

import orjson

from gateway.catalogue import Superseding, type_of
from gateway.delivery.superseding import first_version, newest_version
from gateway.desk.draft import Actor
from gateway.desk.submission import who_acts
from gateway.envelope import times
from gateway.errors import ConflictError
from gateway.policy.publishing import NotPublicError
from gateway.store import Row, Transaction, messages, publications
from gateway.store.evidence import LOCAL, Fact, append
from gateway.store.publications import Action, Decision, Progress


def waiting(tx: Transaction, selector: str) -> Row:
    """Return the publication that waits of any version of a message.

    Raises:
        NotFoundError: No such message.
        ConflictError: Nothing of it waits.
    """
    row = messages.shown(tx, messages.find(tx, selector))
    if type_of(row["type"]).supersedes is Superseding.WITHDRAW:
        known = messages.in_thread(tx, row["peer"], row["in_reply_to"])
        row = row if known is None else messages.shown(tx, known["seq"])
    item = publications.newest_of(tx, first_version(tx, row)["seq"])
    if item is None:
        raise ConflictError(
            f"nothing of {selector} is to be made public", hint="gateway publications --waiting"
        )
    if item["state"] != Progress.WAITING:
        raise decided(item)
    return item


def known(tx: Transaction, seq: int) -> Row:
    """Return one publication.

    Raises:
        ConflictError: There is none.
    """
    item = publications.get(tx, seq)
    if item is None:
        raise ConflictError("it is not to be made public", hint="gateway publications")
    return item


def of_id(tx: Transaction, id: str) -> Row:
    """Return the publication of the message with an id.

    Raises:
        NotFoundError, ConflictError: There is no such message, or nothing of it to publish.
    """
    return known(tx, messages.find(tx, id))


def decided(item: Row) -> ConflictError:
    """Return the error for a publication that somebody has decided about."""
    words = {
        Progress.DECIDED: "is being made public",
        Progress.DONE: "was made public or taken down",
        Progress.REFUSED: "was refused publication",
    }
    what = words.get(Progress(item["state"]), "has been decided about")
    when = f" on {item['decided'][:10]}" if item["decided"] else ""
    name = item["reference"] or item["id"]
    return ConflictError(f"{name} {what}{when}", hint="gateway publications")


def spoken_of(tx: Transaction, seq: int) -> str:
    """Return the id of the message that a confirmation answers: the newest version there is."""
    row = messages.shown(tx, seq)
    if type_of(row["type"]).supersedes is Superseding.WITHDRAW:
        return str(row["in_reply_to"])
    return str(newest_version(tx, row)["id"])


def confirmation(item: Row, decision: Decision) -> dict[str, Any]:
    """Return the body of the message that tells the other side of a decision."""
    body: dict[str, Any] = {"action": decision.action, "register": item["register"]}
    if decision.action is not Action.NOT_PUBLISHED:
        body |= {"place": decision.place, "at": decision.at}
    if decision.fields:
        body["fields_published"] = list(decision.fields)
        if item["seq"] != item["slot"]:
            body["version"] = item["header_digest"]
    if decision.reason is not None:
        body["reason"] = decision.reason
    return body


def decision_of(item: Row) -> Decision:
    """Return what was decided about a publication."""
    return Decision(
        action=Action(item["action"]),
        at=item["decided"],
        uid=item["uid"],
        place=item["place"],
        fields=tuple(orjson.loads(item["fields"] or "[]")),
        reason=None if item["reason"] is None else orjson.loads(item["reason"]),
    )


def note_decision(
    tx: Transaction, item: Row, decision: Decision, actor: Actor, **detail: Any
) -> None:
    """Keep who let what be made public, or kept it closed."""
    append(
        tx,
        LOCAL,
        Fact.NOT_PUBLISHED if decision.action is Action.NOT_PUBLISHED else Fact.PUBLISHED,
        at=decision.at,
        subject=item["id"],
        peer=item["peer"],
        register=item["register"],
        action=decision.action,
        fields=list(decision.fields),
        **detail,
        **who_acts(actor),
    )


def note_withheld(tx: Transaction, item: Row, error: NotPublicError, at: str) -> None:
    """Keep that a publication was refused by the rules, and by which."""
    append(
        tx,
        LOCAL,
        Fact.RELEASE_REFUSED,
        at=at,
        subject=item["id"],
        action="publish",
        audience="public",
        reason=None if error.withheld is None else error.withheld.reason,
    )


def item_view(row: Row, now: float) -> dict[str, Any]:
    """Return what is shown of a publication."""
    is_late = row["due"] is not None and row["due"] < times.text(int(now))
    named = (
        *("seq", "id", "thread", "reference", "direction", "peer", "register", "action", "rule"),
        *("state", "noted", "due", "decided", "place", "remark", "confirmation"),
    )
    return {name: row[name] for name in named} | {
        "type": row["first_type"],
        "title": type_of(row["first_type"]).title,
        "overdue": is_late and row["state"] == Progress.WAITING,
        "decided_by": row["uid"],
        "reason": None if row["reason"] is None else orjson.loads(row["reason"]),
    }
