"""How tests read registers and write whole lists."""

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.catalogue import Register
from gateway.catalogue.list_digest import line, set_digest
from gateway.store import Transaction, registers
from tests.nodes import CATALOGUE, Node

Body = dict[str, Any]
OTHER = {"jp/isa": "kh/molvt", "kh/molvt": "jp/isa"}


def example(type_name: str, **changes: Any) -> Body:
    """Return the catalogue's own example of a type, changed as a test wants it."""
    return CATALOGUE.bodies.example(type_name) | changes


def entries(type_name: str, *ids: str, **changes: Any) -> dict[str, Body]:
    """Return entries of a list that differ in nothing but their ids and what a test changes."""
    (first, *_) = example(type_name)["entries"].values()
    return dict.fromkeys(ids, first | changes)


def list_parts(
    type_name: str,
    said: Sequence[Mapping[str, Body | None]],
    *,
    version: str = "2026-03",
    base: str | None = None,
    before: Mapping[str, Body] | None = None,
    **changes: Any,
) -> list[Body]:
    """Return the bodies of a list, one for each mapping, with what the first one announces.

    Args:
        base: The version that the list changes; a snapshot without one.
        before: The set of that version.
    """
    whole: dict[str, Body | None] = dict(before or {})
    for each in said:
        whole |= each
    kept = {id: line(id, entry) for id, entry in whole.items() if entry is not None}
    head: Body = {
        "list_version": version,
        "as_of": "2026-03-31",
        "mode": "snapshot" if base is None else "delta",
        "count": len(kept),
        "set_digest": set_digest(kept),
        "parts": len(said),
        "entries": dict(said[0]),
    }
    head |= ({} if base is None else {"base_version": base}) | changes
    rest = [{"part": part, "entries": dict(each)} for part, each in enumerate(said[1:], start=2)]
    return [head, *rest]


async def standing(node: Node, register: Register, **asked: Any) -> dict[str, str]:
    """Return the status of every entry that stands in a register of a node."""
    peer = OTHER[node.keys.node]
    asked.setdefault("limit", 1000)
    found = await node.store.read(lambda tx: registers.page(tx, peer, register, **asked))
    return {each.entry: each.status for each in found}


async def entry(node: Node, register: Register, id: str) -> tuple[registers.Entry, Body]:
    """Return an entry with what is sealed of it."""
    peer = OTHER[node.keys.node]

    def read(tx: Transaction) -> tuple[registers.Entry, Body]:
        found = registers.get(tx, peer, register, id)
        return found, dict(registers.opened(tx, found))

    return await node.store.read(read)


async def histories(node: Node) -> list[tuple[Any, ...]]:
    """Return every version of every entry of every register as both ends should have it."""
    peer = OTHER[node.keys.node]

    def read(tx: Transaction) -> list[tuple[Any, ...]]:
        rows = tx._database.execute(
            "SELECT DISTINCT register, entry FROM register_versions WHERE peer = ?"
            " ORDER BY register, entry",
            (peer,),
        ).fetchall()
        return [
            (
                *(register, entry, each.status, each.removed, each.valid_from, each.valid_to),
                *(each.public, registers.opened(tx, each)),
            )
            for register, entry in rows
            for each in registers.history(tx, peer, Register(register), entry)
        ]

    return await node.store.read(read)
