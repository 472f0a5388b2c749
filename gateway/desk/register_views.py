"""Entries of registers as the plain values that the local API and the CLI show."""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

from gateway.catalogue.registers import Register
from gateway.desk.register_columns import people_in
from gateway.errors import NotFoundError
from gateway.store import Row, Transaction, messages, registers

# As many as are counted of what waits.
_MOST: Final = 500

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
        "waiting": len(registers.deferred(tx, peer=node, register=register, limit=_MOST)),
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


def views_of(tx: Transaction, found: Iterable[registers.Entry]) -> list[View]:
    """Return entries as the local API shows them, each with the id of the message behind it."""
    ids: dict[int, str] = {}
    views = []
    for each in found:
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


def opened_views(tx: Transaction, found: Iterable[registers.Entry]) -> list[View]:
    """Return entries with what is sealed of them, for whoever was permitted to have it.

    Raises:
        CorruptError: It was changed on the disk.
    """
    entries = list(found)
    views = views_of(tx, entries)
    for view, each in zip(views, entries, strict=True):
        view["private"] = people_in(registers.opened(tx, each))
    return views


def stood(tx: Transaction, node: str, register: Register, entry: str, as_of: str) -> View | None:
    """Return what was open of an entry at a time, None where it did not stand there yet."""
    try:
        found = registers.get(tx, node, register, entry, as_of=as_of)
    except NotFoundError:
        return None
    return {"status": found.status, "removed": found.removed, "public": dict(found.public)}


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
) -> list[registers.Entry]:
    """Return what bears or bore a number, removed or not, as it was at a time."""
    found = []
    for each in registers.by_number(tx, node, register, number):
        with suppress(NotFoundError):
            found.append(registers.get(tx, node, register, each.entry, as_of=as_of))
    return [each for each in found if status in {None, each.status}]
