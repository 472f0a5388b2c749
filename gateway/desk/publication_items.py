"""One publication: which of a message waits, how it is shown, and what the other side is told."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import orjson

from gateway import policy
from gateway.catalogue import Superseding, short, type_of
from gateway.delivery import releasing
from gateway.delivery.awaiting import Terms
from gateway.delivery.releasing import uses_in
from gateway.delivery.superseding import first_version, newest_version
from gateway.desk.disclosure_wishes import origins_of
from gateway.desk.draft import Actor
from gateway.desk.published import Plan
from gateway.desk.submission import who_acts
from gateway.envelope import digest, times
from gateway.errors import ConflictError
from gateway.policy.publishing import NotPublicError
from gateway.policy.release import strongest
from gateway.store import Row, Transaction, disclosures, messages, peers, publications
from gateway.store.disclosures import Decided, Origin, Step
from gateway.store.evidence import LOCAL, Fact, append
from gateway.store.publications import Action, Decision, Progress

# What is shown of a publication that nobody can let go, or nobody has to any more.
NO_PREVIEW: Final[Mapping[str, None]] = MappingProxyType(
    dict.fromkeys(("shows", "statuses", "fields", "entries", "closes", "hindrance"))
)

_TOLD: Final = (Progress.DONE, Progress.REFUSED)
# As much of a place, and as many fields, as a report of disclosures has room for.
_LONGEST_MEDIUM: Final = 300
_MOST_FIELDS: Final = 64


def newest(tx: Transaction, selector: str) -> Row:
    """Return the publication of the newest version of a message that has one.

    Raises:
        NotFoundError: No such message.
        ConflictError: It has nothing to make public.
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
    return item


def waiting(tx: Transaction, selector: str) -> Row:
    """Return the publication that waits of any version of a message.

    Raises:
        NotFoundError: No such message.
        ConflictError: Nothing of it waits.
    """
    item = newest(tx, selector)
    if item["state"] != Progress.WAITING:
        raise decided(tx, item)
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


def of_peer(tx: Transaction, *, peer: str | None, **wanted: Any) -> list[Row]:
    """Return publications as `publications.page` does, those with one peer where it is named.

    Raises:
        NotFoundError: There is no such peer; the text names those there are.
    """
    if peer is not None:
        peers.get(tx, peer)
    return publications.page(tx, peer=peer, **wanted)


def of_id(tx: Transaction, id: str) -> Row:
    """Return the publication of the message with an id.

    Raises:
        NotFoundError, ConflictError: There is no such message, or nothing of it to publish.
    """
    return known(tx, messages.find(tx, id))


def decided(tx: Transaction, item: Row) -> ConflictError:
    """Return the error for a publication that somebody has decided about, or need not any more."""
    name = item["reference"] or item["id"]
    later = publications.replacing(tx, item["seq"])
    if item["state"] == Progress.REPLACED and later is not None:
        newer = messages.shown(tx, later)
        return ConflictError(
            f"{name} was replaced by {newer['reference'] or newer['id']}, the list that holds now",
            hint=_publish_instead(tx, newer),
        )
    words = {
        Progress.DECIDED: "is being made public",
        Progress.DONE: "was made public or taken down",
        Progress.REFUSED: "was refused publication",
    }
    what = words.get(Progress(item["state"]), "has been decided about")
    when = f" on {item['decided'][:10]}" if item["decided"] else ""
    return ConflictError(f"{name} {what}{when}", hint="gateway publications")


def _publish_instead(tx: Transaction, newer: Row) -> str:
    item = publications.get(tx, newer["seq"])
    if item is None or item["state"] != Progress.WAITING:
        return "gateway publications"
    return f"publish that one: gateway publish {short(newer['id'])}"


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


def decision_of(tx: Transaction, item: Row) -> Decision:
    """Return what was decided about a publication.

    Raises:
        CorruptError: Why, in words, cannot be opened.
    """
    return Decision(
        action=Action(item["action"]),
        at=item["decided"],
        uid=item["uid"],
        place=item["place"],
        fields=tuple(orjson.loads(item["fields"] or "[]")),
        reason=publications.reason_of(tx, item),
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


def note_disclosed(
    tx: Transaction, terms: Terms, item: Row, found: Plan, decision: Decision, actor: Actor
) -> None:
    """Keep in the ledger that content of others is made public, which uses the consents to it.

    It is public from now on, so that the decision is its transmission too.
    """
    permits = [each for part in found.parts for each in part.may.permits]
    origins = _origins(found, terms.node)
    if not permits or all(each.originator == terms.node for each in origins):
        return
    labels = sorted({each.label_digest for each in permits})
    uses = (use for part in found.parts for use in uses_in(part.consents, part.may.used))
    row = _decided(item, decision.place, actor, decision.at) | {
        "reason": strongest(each.reason for each in permits),
        "pointers": _few(found.fields),
        "origins": origins,
        "uses": tuple(dict.fromkeys(uses)),
        "label_digest": labels[0] if len(labels) == 1 else digest(" ".join(labels).encode()),
        "content_digest": found.digest,
    }
    number = releasing.keep(tx, Decided(**row), terms, now=times.parse(decision.at))
    kept = disclosures.get(tx, number)
    disclosures.advance(tx, kept, Step.TRANSMITTED, at=decision.at, uid=actor.uid)


def _decided(item: Row, place: str | None, actor: Actor, at: str) -> dict[str, Any]:
    """Return what every decision on a publication says in the ledger."""
    return {
        "at": at,
        "action": policy.Action.PUBLISH,
        "message": item["seq"],
        "message_id": item["id"],
        "header_digest": item["header_digest"],
        "peer": item["peer"],
        "audience": disclosures.PUBLIC,
        "audience_name": None if place is None else place[:_LONGEST_MEDIUM],
        "register": item["register"],
        "purpose": policy.Purpose.PUBLICATION,
        "mode": policy.Mode.VERBATIM,
        "uid": actor.uid,
        "on_behalf_of": actor.on_behalf_of,
    }


def _origins(found: Plan, node: str) -> tuple[Origin, ...]:
    every = [
        origin
        for part in found.parts
        for origin in origins_of(part.subject, _few(part.may.fields), node)
    ]
    # Two parts of a list may have taken over the same message.
    return tuple({(each.originator, each.message_id): each for each in every}.values())


def _few(fields: tuple[str, ...]) -> tuple[str, ...]:
    """Return as many fields as a report of disclosures has room for; of more, the whole."""
    return fields if len(fields) <= _MOST_FIELDS else ("",)


def note_withheld(
    tx: Transaction,
    item: Row,
    error: NotPublicError,
    actor: Actor,
    place: str | None,
    at: str,
) -> None:
    """Keep in the ledger that a publication was refused by the rules, and by which."""
    withheld = error.withheld
    row = _decided(item, place, actor, at) | {
        # What is marked for nobody to publish needs its originator's consent.
        "reason": policy.Denied.NO_CONSENT if withheld is None else withheld.reason,
        "country": None if withheld is None else withheld.country,
        "nearest": None if withheld is None else withheld.nearest,
    }
    disclosures.note(tx, Decided(**row))


def item_view(tx: Transaction, row: Row, now: float) -> dict[str, Any]:
    """Return what is shown of a publication."""
    is_late = row["due"] is not None and row["due"] < times.text(int(now))
    named = (
        *("seq", "id", "thread", "reference", "direction", "peer", "register", "action", "rule"),
        *("state", "noted", "due", "decided", "place", "remark"),
    )
    return {name: row[name] for name in named} | {
        "short": short(row["id"]),
        "type": row["first_type"],
        "title": type_of(row["first_type"]).title,
        "overdue": is_late and row["state"] == Progress.WAITING,
        "decided_uid": row["uid"],
        "is_gone": bool(row["gone"]),
        # Of what waits again the message that told of it does not count.
        "confirmation": row["confirmation"] if row["state"] in _TOLD else None,
        "reason": publications.reason_of(tx, row),
    }
