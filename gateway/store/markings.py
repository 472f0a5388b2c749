"""Where the newest marking of a message stands, and which message took over content of which.

Both tables only say where to look: what a marking is, and what was taken over, is read from signed
text by those who decide.
"""

import sqlite3

import orjson

from gateway.catalogue import Level
from gateway.envelope import digest
from gateway.policy import Marking
from gateway.store import messages
from gateway.store.evidence import LOCAL, Fact, append
from gateway.store.transaction import Transaction


def note(tx: Transaction, seq: int, *, by: int, at: str) -> None:
    """Note that the message in row `by` changes the marking of another."""
    if tx.run("markings.note", seq=seq, by=by) == 1:
        _witness(tx, Fact.MARKED, seq, by, at)


def changes_of(tx: Transaction, seq: int) -> list[sqlite3.Row]:
    """Return what changed the marking of a message, the newest first."""
    rows = tx.all("markings.of", seq=seq)
    return sorted(rows, key=lambda row: (row["created"], row["id"]), reverse=True)


def forget(tx: Transaction, seq: int, *, by: int, at: str) -> None:
    """Note that a message of ours does not change the marking of another: it never counted."""
    if tx.run("markings.forget", seq=seq, by=by) == 1:
        _witness(tx, Fact.NOT_MARKED, seq, by, at)


def _witness(tx: Transaction, fact: Fact, seq: int, by: int, at: str) -> None:
    row, change = messages.shown(tx, seq), messages.shown(tx, by)
    place = {"peer": row["peer"], "direction": row["direction"]}
    append(tx, LOCAL, fact, at=at, subject=row["id"], **place, by=change["id"])


def show(tx: Transaction, row: sqlite3.Row, marking: Marking) -> None:
    """Let lists show the marking that a message has now; seal what lay open and may not any more.

    Args:
        row: The whole row of the message.
        marking: What the newest marking means as a whole.

    Raises:
        CorruptError: The content is not what was signed.
    """
    content, key = row["content"], row["content_key"]
    if content is not None and key is None and marking.level is not Level.PUBLIC:
        content, key = messages.sealed(tx, row)
    tx.run(
        "markings.set",
        seq=row["seq"],
        marking=marking.level,
        caveats=orjson.dumps(sorted(marking.caveats)).decode(),
        content=content,
        content_key=key,
    )


def source(tx: Transaction, id: str, header_digest: str) -> sqlite3.Row | None:
    """Return the whole row of a message by its id and header, None where it is not kept here.

    Raises:
        CorruptError: Its signed text is not the one that was stored.
    """
    found = tx.one("markings.source", id=id, header_digest=header_digest)
    return None if found is None else messages.get(tx, found["seq"])


def is_witnessed(tx: Transaction, row: sqlite3.Row) -> bool:
    """Tell whether the evidence has the signed header of a message as it is kept.

    Whoever can write to the file can put another signed text with its own digests into a row, but
    not into the chain of the evidence, which the other side has too. Nor can they take away that
    another message changed its marking.
    """
    return _is_known(tx, row) and _changes_witnessed(tx, row) == sorted(
        change["id"] for change in tx.all("markings.of", seq=row["seq"])
    )


def _changes_witnessed(tx: Transaction, row: sqlite3.Row) -> list[str]:
    """Return what changed the marking of a message, as the evidence has it."""
    ids: set[str] = set()
    found = tx.all("markings.witnessed_changes", id=row["id"])
    for each in sorted(found, key=lambda one: int(one["position"])):
        detail = orjson.loads(each["record"])["detail"]
        if (detail["peer"], detail["direction"]) != (row["peer"], row["direction"]):
            # Another side has chosen the same id.
            continue
        if each["fact"] == Fact.MARKED:
            ids.add(detail["by"])
        else:
            ids.discard(detail["by"])
    return sorted(ids)


def _is_known(tx: Transaction, row: sqlite3.Row) -> bool:
    return any(
        digest(each["record"].encode()) == each["hash"]
        and orjson.loads(each["record"])["detail"].get("header_digest") == row["header_digest"]
        for each in tx.all("markings.witnessed", id=row["id"])
    )


def derive(tx: Transaction, seq: int, number: int, *, source: int) -> None:
    """Note that an entry of a message's provenance names a message that is kept here."""
    tx.run("markings.derive", seq=seq, number=number, source=source)


def derived(tx: Transaction, source: int) -> list[sqlite3.Row]:
    """Return the messages that took over content of one, as far as they are kept here."""
    return tx.all("markings.derived", source=source)
