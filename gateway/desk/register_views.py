"""Entries of registers as the plain values that the local API and the CLI show."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from gateway.catalogue import Superseding, type_of
from gateway.catalogue.registers import Register
from gateway.delivery.told import opening_of
from gateway.desk.register_columns import people_in
from gateway.envelope import times
from gateway.errors import NotFoundError
from gateway.store import Row, Transaction, messages, registers
from gateway.store.sealing import CorruptError

_NEVER: Final = "9999-12-31"

View = dict[str, Any]


def summary_of(tx: Transaction, node: str, register: Register) -> View:
    """Return how many entries a register has, its last list, and what waits for a person."""
    counts = registers.counts(tx, node, register)
    return {
        "register": register,
        "peer": node,
        "entries": sum(counts.values()),
        "by_status": counts,
        "list": list_of(registers.version(tx, node, register)),
        "waiting": registers.waiting(tx, node, register),
    }


def list_of(version: registers.Version | None) -> View | None:
    """Return the facts of the list that a register was last brought up to."""
    if version is None:
        return None
    return {
        "list_version": version.list_version,
        "set_digest": version.set_digest,
        "as_of": version.as_of,
        "count": version.count,
        "at": version.at,
    }


def views_of(tx: Transaction, found: Iterable[registers.Entry], *, now: int) -> list[View]:
    """Return entries as the local API shows them, each with the id of the message behind it.

    Args:
        now: Unix seconds: what was under an embargo until then lies open.
    """
    ids: dict[int, str] = {}
    views = []
    for each in (unveiled(tx, one, now=now) for one in found):
        if each.message not in ids:
            ids[each.message] = messages.shown(tx, each.message)["id"]
        views.append(
            {
                "entry": each.entry,
                "status": each.status,
                "removed": each.removed,
                "public": dict(each.public),
                "has_private": each.has_private,
                "valid_from": each.valid_from,
                "valid_to": each.valid_to,
                "message": ids[each.message],
            }
        )
    return views


def opened_views(tx: Transaction, found: Iterable[registers.Entry], *, now: int) -> list[View]:
    """Return entries with what is sealed of them, for whoever was permitted to have it.

    Raises:
        CorruptError: It was changed on the disk.
    """
    entries = list(found)
    views = views_of(tx, entries, now=now)
    for view, each in zip(views, entries, strict=True):
        view["private"] = people_in(registers.opened(tx, each))
    return views


def stood(
    tx: Transaction, node: str, register: Register, entry: str, as_of: str, *, now: int
) -> View | None:
    """Return what an entry was at a time, None where it did not stand there yet.

    Args:
        now: As with `views_of`.
    """
    try:
        found = registers.get(tx, node, register, entry, as_of=as_of)
    except NotFoundError:
        return None
    found = unveiled(tx, found, now=now)
    return {"status": found.status, "removed": found.removed, "public": dict(found.public)}


def unveiled(tx: Transaction, entry: registers.Entry, *, now: int) -> registers.Entry:
    """Return an entry as it is read at a time: a suspension is sealed until it is public.

    It is sealed on its arrival, and no message comes when the embargo ends. What is sealed of it
    is newer than what is open under the same name. One that cannot be opened stays as it is.
    """
    if entry.register is not Register.SUSPENSIONS or not entry.has_private:
        return entry
    try:
        private = registers.opened(tx, entry)
    except CorruptError:
        return entry
    said = [row for row in sources_of(tx, [entry]) if not _takes_back(row)]
    is_open = all(opening_of(tx, row["seq"]).is_open("", now) for row in said)
    if not is_open or private.get("public_from", _NEVER) > times.text(now)[:10]:
        return entry
    return replace(entry, public={**entry.public, **private}, has_private=False)


def _takes_back(row: Row) -> bool:
    return type_of(row["type"]).supersedes is Superseding.WITHDRAW


def sources_of(tx: Transaction, found: Iterable[registers.Entry]) -> list[Row]:
    """Return the messages that went into what is sealed of entries: all up to their versions."""
    seqs: dict[int, None] = {}
    for entry in found:
        for each in registers.history(tx, entry.peer, entry.register, entry.entry):
            if (each.valid_from, each.seq) <= (entry.valid_from, entry.seq):
                seqs[each.message] = None
    return [messages.get(tx, seq) for seq in seqs]


def numbered(
    tx: Transaction,
    node: str,
    register: Register,
    number: str,
    *,
    as_of: str | None,
    status: str | None,
    after: str | None,
) -> list[registers.Entry]:
    """Return what bears or bore a number, removed or not, as it was at a time, by id."""
    found = []
    for each in registers.by_number(tx, node, register, number):
        if each.entry <= (after or ""):
            continue
        with suppress(NotFoundError):
            found.append(registers.get(tx, node, register, each.entry, as_of=as_of))
    return [each for each in found if status in {None, each.status}]
