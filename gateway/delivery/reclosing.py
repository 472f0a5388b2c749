"""The registers once a message is marked anew: what it said is sealed, or lies open, as it is now.

Nothing else of an entry's history changes: neither when each version began nor what others said.
"""

from collections.abc import Callable
from dataclasses import replace

from gateway.catalogue import Register
from gateway.catalogue.register_changes import Change
from gateway.delivery.registering import said_now
from gateway.delivery.superseding import body_of
from gateway.delivery.told import Told, opening_of, told_again
from gateway.envelope import times
from gateway.policy import close
from gateway.store import Row, Transaction, messages, register_lists, register_versions


def reclose(tx: Transaction, seq: int) -> None:
    """Keep what a stored message said in the registers as its marking closes it now.

    Raises:
        CorruptError: What is kept of an entry cannot be read; nothing was changed.
    """
    row = messages.shown(tx, seq)
    if (list_ := register_lists.list_of(tx, seq)) is not None:
        _reclose_list(tx, row, list_)
        return
    message = told_again(tx, row)
    if message is None or message.is_taken_back or message.is_of_list:
        return
    for each in register_versions.said_in(tx, seq):
        _say_anew(tx, each, message)


def _say_anew(tx: Transaction, version: Row, message: Told) -> None:
    at = version["valid_from"]
    changes, _ = said_now(tx, message, message.body or {}, at)
    said = {change.entry: change for change in changes}.get(version["entry"])

    def closed(before: Change) -> Change:
        if said is not None:
            # A person may have decided that the entry begins with it.
            return replace(said, unknown=before.unknown)
        # Which entry it means is not told any more: then nothing of it lies open.
        everything = {**before.initial, **before.public, **before.private}
        return replace(before, initial={}, public={}, private=everything)

    _keep(tx, version, closed, message=version["message"])


def _reclose_list(tx: Transaction, row: Row, list_: Row) -> None:
    """Close what a part of a list names; what a list had sealed before stays sealed."""
    opening = opening_of(tx, row["seq"])
    body = body_of(tx, row) or {}
    named = set(body.get("entries", ()))
    for version in register_versions.said_in(tx, list_["seq"]):
        if version["entry"] not in named:
            continue
        at = times.parse(version["valid_from"])

        def closed(before: Change, at: int = at) -> Change:
            return close(replace(before, place=f"/entries/{before.entry}"), opening, at)

        _keep(tx, version, closed, message=list_["seq"])
    if not opening.is_open("", times.parse(row["created"])):
        register_lists.seal_lines(tx, list_["peer"], Register(list_["register"]), named)


def _keep(
    tx: Transaction, version: Row, closed: Callable[[Change], Change], *, message: int
) -> None:
    register_versions.say_anew(
        tx,
        version["peer"],
        Register(version["register"]),
        version["entry"],
        message=message,
        closed=closed,
    )
