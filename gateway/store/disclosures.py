"""The ledger: each decision on content that would leave the contact point, and what became of it.

    decided --first fetched, or first attempted--> transmitted --recall notice--> recalled
    decided --denied when decided again----------> stopped                  refused

A row is written in the transaction that uses the consents, and with it its evidence. Nothing of it
changes afterwards; what became of it stands beside it. It holds ids, pointers, codes and digests,
and never content: words of our own that leave in its place are kept apart, sealed. Numbers and uses
are counted in the evidence as well: a row that was taken away gives neither back.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import Any, Final

import orjson

from gateway.envelope import digest
from gateway.errors import NotFoundError
from gateway.policy.codes import Action, Denied
from gateway.policy.release import POLICY_VERSION
from gateway.store.decisions import PUBLIC as PUBLIC
from gateway.store.decisions import Bound as Bound
from gateway.store.decisions import Decided as Decided
from gateway.store.decisions import Origin as Origin
from gateway.store.decisions import Part as Part
from gateway.store.decisions import Use as Use
from gateway.store.evidence import LOCAL, Fact, append
from gateway.store.sealing import CorruptError
from gateway.store.transaction import Row, Transaction

_LAST: Final = 2**62
# More disclosures of one originator than this do not fit one report; it says that it is not whole.
MOST_REPORTED: Final = 500


class Step(StrEnum):
    """What becomes of an allowed decision."""

    TRANSMITTED = "transmitted"
    STOPPED = "stopped"
    RECALLED = "recalled"


class State(StrEnum):
    """Where a row of the ledger stands."""

    REFUSED = "refused"
    DECIDED = "decided"
    TRANSMITTED = "transmitted"
    STOPPED = "stopped"
    RECALLED = "recalled"


_FACTS: Final = {
    Step.TRANSMITTED: Fact.RELEASE_TRANSMITTED,
    Step.STOPPED: Fact.RELEASE_STOPPED,
    Step.RECALLED: Fact.RELEASE_RECALLED,
}


def note(tx: Transaction, decided: Decided) -> int:
    """Keep a decision with its evidence, use the consents it names, and return its number."""
    seq = _next(tx)
    columns = _columns(decided, seq)
    origins = sorted(map(_origin, decided.origins))
    uses = sorted([each.peer, each.consent_id, each.digest] for each in decided.uses)
    name = _digest(columns, origins, uses)
    tx.run("disclosures.insert", **columns, digest=name)
    for originator, message_id, header_digest, pointers in origins:
        tx.run(
            "disclosures.source",
            ledger=seq,
            originator=originator,
            message_id=message_id,
            header_digest=header_digest,
            pointers=pointers,
        )
    for peer, consent_id, instrument in uses:
        use = {"ledger": seq, "peer": peer, "digest": instrument}
        tx.run("disclosures.use", consent_id=consent_id, **use)
        append(tx, LOCAL, Fact.CONSENT_USED, at=decided.at, subject=consent_id, **use)
    if decided.text is not None:
        key, wrapped = tx.sealer.new_key(_place(seq))
        sealed = tx.sealer.seal(key, decided.text, _place(seq))
        tx.run("disclosures.text", ledger=seq, text_key=wrapped, text=sealed)
    _witness(tx, decided, seq, name)
    return seq


def refuse(
    tx: Transaction,
    row: Row,
    reason: Denied,
    *,
    action: Action,
    audience: str,
    at: str,
    uid: int,
    **more: Any,
) -> int:
    """Keep that content of a stored message was refused; `more` are members of `Decided`."""
    given: dict[str, Any] = {"purpose": "", "mode": "verbatim", **more}
    return note(
        tx,
        Decided(
            at=at,
            action=action,
            reason=reason,
            message=row["seq"],
            message_id=row["id"],
            header_digest=row["header_digest"],
            peer=row["peer"],
            audience=audience,
            uid=uid,
            **given,
        ),
    )


def uses(tx: Transaction, peer: str, consent_id: str) -> int:
    """Return how often a consent of a peer was used; what was stopped counts too.

    Ledger and evidence are counted apart, and the larger number stands.
    """
    of = {"peer": peer, "consent_id": consent_id}
    counted = (tx.only(f"disclosures.{each}", **of)["count"] for each in ("uses", "uses_witnessed"))
    return max(map(int, counted))


def reported(
    tx: Transaction,
    *,
    peer: str,
    message_id: str | None = None,
    consent_id: str | None = None,
    since: str | None = None,
    until: str | None = None,
) -> list[Row]:
    """Return what left of a peer's content to others than the two sides, the oldest first.

    Each row is one decision and one message of the peer (`source_id`, `source_digest`,
    `source_pointers`). What was stopped for good is not among them. There is one more than
    `MOST_REPORTED` where not all of it is returned.

    Args:
        message_id: Only of this message.
        consent_id: Only what left under this consent.
        since, until: Only what left in this time; what did not leave yet, by its decision.
    """
    span = {"since": since, "until": until, "limit": MOST_REPORTED + 1}
    wanted: dict[str, Any] = {"peer": peer, **span}
    if consent_id is not None:
        wanted |= {"consent_id": consent_id, "message_id": message_id}
        return tx.all("disclosures.reported_under", **wanted)
    if message_id is not None:
        return tx.all("disclosures.reported_of", **wanted, message_id=message_id)
    return tx.all("disclosures.reported", **wanted)


def get(tx: Transaction, seq: int) -> Row:
    """Return one decision with where it stands.

    Raises:
        NotFoundError: The ledger has no such number.
    """
    row = tx.one("disclosures.get", seq=seq)
    if row is None:
        raise NotFoundError(f"the ledger has no number {seq}", hint="gateway disclose list")
    return row


def page(
    tx: Transaction,
    *,
    audience: str | None = None,
    message_id: str | None = None,
    is_allowed: bool | None = None,
    since: str | None = None,
    before: int | None = None,
    limit: int,
) -> list[Row]:
    """Return decisions, the newest first.

    Args:
        is_allowed: Only those that were allowed, or only those that were refused.
    """
    return tx.all(
        "disclosures.page",
        audience=audience,
        message_id=message_id,
        is_allowed=is_allowed,
        since=since,
        before=_LAST if before is None else before,
        limit=limit,
    )


def sources_of(tx: Transaction, seq: int) -> list[tuple[str, str]]:
    """Return whose content a decision was about: each originator with the id of its message."""
    rows = tx.all("disclosures.sources_of", seq=seq)
    return [(row["originator"], row["message_id"]) for row in rows]


def parts_of(tx: Transaction, seq: int, message_id: str) -> list[str]:
    """Return which parts of a message a decision was about, none where it was about another."""
    for row in tx.all("disclosures.sources_of", seq=seq):
        if row["message_id"] == message_id:
            return [str(each) for each in orjson.loads(row["pointers"])]
    return []


def uses_of(tx: Transaction, seq: int) -> list[Use]:
    """Return the consents that a decision used."""
    return [
        Use(peer=row["peer"], consent_id=row["consent_id"], digest=row["digest"])
        for row in tx.all("disclosures.uses_of", seq=seq)
    ]


def text_of(tx: Transaction, seq: int) -> bytes | None:
    """Return the words of ours that belong to a decision, None where it has none.

    Raises:
        CorruptError: They do not open.
        NotFoundError: They were erased.
    """
    row = tx.one("disclosures.text_of", seq=seq)
    if row is None:
        return None
    if row["text"] is None:
        raise NotFoundError(f"the text of number {seq} of the ledger was erased")
    return tx.sealer.open(row["text_key"], row["text"], _place(seq))


def sent(tx: Transaction, message: int) -> Row | None:
    """Return the decision by which a message of ours may leave, None if it carries nothing."""
    seq = tx.only("disclosures.sent", message=message)["seq"]
    return None if seq is None else get(tx, seq)


def published(tx: Transaction, message: int) -> Row | None:
    """Return the decision by which a message is public, None if it tells nothing of others."""
    seq = tx.only("disclosures.published", message=message)["seq"]
    return None if seq is None else get(tx, seq)


def public_by_consent(tx: Transaction) -> list[Row]:
    """Return the decisions by which something is public that rest on consents, not over yet."""
    return [get(tx, row["seq"]) for row in tx.all("disclosures.public_by_consent")]


def advance(
    tx: Transaction,
    row: Row,
    step: Step,
    *,
    at: str,
    uid: int | None = None,
    reason: str | None = None,
) -> bool:
    """Note what became of an allowed decision, with its evidence; False if it was noted before."""
    seq = row["seq"]
    if tx.run("disclosures.step", seq=seq, step=step, at=at, uid=uid, reason=reason) == 0:
        return False
    detail = {"ledger": seq, "audience": row["audience"]}
    detail |= {} if uid is None else {"uid": uid}
    detail |= {} if reason is None else {"reason": reason}
    append(tx, LOCAL, _FACTS[step], at=at, subject=row["message_id"], **detail)
    return True


def check(tx: Transaction, row: Row) -> None:
    """Let pass a row that is what was decided, as the evidence of the decision has it.

    Raises:
        CorruptError: It is not, or the evidence of it is gone; nothing may leave because of it.
    """
    seq = row["seq"]
    origins = [list(each) for each in tx.all("disclosures.sources_of", seq=seq)]
    used = [list(each) for each in tx.all("disclosures.uses_of", seq=seq)]
    name = row_digest(row, origins, used)
    if name != row["digest"] or not any(
        _says(each, seq, name)
        for each in tx.all("disclosures.witnessed", message_id=row["message_id"])
    ):
        raise CorruptError(
            f"number {seq} of the ledger was changed on the disk",
            hint="keep the files as they are; gateway db check",
        )


def row_digest(row: Row, origins: Sequence[Sequence[str]], used: Sequence[Sequence[str]]) -> str:
    """Return the digest of a row with its sources and uses, in any order of them."""
    columns = {name: row[name] for name in _COLUMNS}
    return _digest(columns, sorted(map(list, origins)), sorted(map(list, used)))


def _next(tx: Transaction) -> int:
    """Return the next number: none that a row or the evidence has is given again."""
    witnessed = tx.one("disclosures.last_witnessed")
    last = int(tx.only("disclosures.last")["seq"])
    return max(last, 0 if witnessed is None else int(witnessed["seq"])) + 1


def _says(record: sqlite3.Row, seq: int, name: str) -> bool:
    """Tell whether a record of evidence is whole and names this row and its digest."""
    if digest(record["record"].encode()) != record["hash"]:
        return False
    detail = orjson.loads(record["record"])["detail"]
    return bool(detail.get("ledger") == seq and detail.get("digest") == name)


_COLUMNS: Final = (
    *("seq", "at", "action", "is_allowed", "reason", "message", "message_id", "header_digest"),
    *("peer", "audience", "audience_name", "audience_country", "register", "purpose"),
    *("mode", "pointers", "redactions", "pseudonymised", "refused", "obligations", "country"),
    *("nearest", "uid", "vouched_uid", "is_outside"),
    *("label_digest", "content_digest", "policy_version"),
)
_LISTS: Final = ("pointers", "redactions", "pseudonymised")
_OBJECTS: Final = ("refused", "obligations")


def _columns(decided: Decided, seq: int) -> dict[str, Any]:
    computed = {"seq": seq, "policy_version": POLICY_VERSION}
    columns: dict[str, Any] = {
        name: computed[name] if name in computed else getattr(decided, name) for name in _COLUMNS
    }
    columns |= {name: _list(columns[name]) for name in _LISTS}
    columns |= {name: _list([asdict(each) for each in columns[name]]) for name in _OBJECTS}
    return columns | {name: int(columns[name]) for name in ("is_allowed", "is_outside")}


def _origin(origin: Origin) -> list[str]:
    pointers = _list(origin.pointers)
    return [origin.originator, origin.message_id, origin.header_digest, pointers]


def _list(values: Sequence[str | Mapping[str, Any]]) -> str:
    return orjson.dumps(list(values)).decode()


def _digest(
    columns: dict[str, Any], origins: Sequence[Sequence[str]], used: Sequence[Sequence[str]]
) -> str:
    return digest(orjson.dumps([[columns[name] for name in _COLUMNS], origins, used]))


def _witness(tx: Transaction, decided: Decided, seq: int, name: str) -> None:
    fact = Fact.RELEASE_DECIDED if decided.is_allowed else Fact.RELEASE_REFUSED
    detail: dict[str, Any] = {
        "ledger": seq,
        "digest": name,
        "action": decided.action,
        "audience": decided.audience,
        "reason": decided.reason,
        "uid": decided.uid,
    }
    if decided.on_behalf_of is not None:
        detail["claims_for"] = decided.on_behalf_of
    append(tx, LOCAL, fact, at=decided.at, subject=decided.message_id, **detail)


def _place(seq: int) -> str:
    return f"disclosures/{seq}/text"
