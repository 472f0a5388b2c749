"""What stands in two nodes' databases, compared: the same messages, levels, entries and proofs."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

from gateway.catalogue import type_of
from gateway.store import evidence
from gateway.store.peek import peek
from tests.system.nodes import Node, Pair

Row = dict[str, Any]
_LEVELS = ("received", "handed_over", "accepted", "declined", "answered")


def query(path: Path, sql: str, *values: object) -> list[Row]:
    """Return what a query finds in a node's database, whether or not the node runs."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute(sql, values)]


def messages(node: Node, direction: str) -> list[Row]:
    """Return the messages that a node sent (`out`) or received (`in`), in the order it did."""
    sql = "SELECT * FROM messages WHERE direction = ? ORDER BY seq"
    return query(node.database, sql, direction)


def states(node: Node, type_name: str) -> list[str]:
    """Return the states of all messages of a type."""
    sql = "SELECT state FROM messages WHERE type = ? ORDER BY seq"
    return [row["state"] for row in query(node.database, sql, type_name)]


def assert_whole(pair: Pair, *, alarms: frozenset[str] = frozenset()) -> None:
    """Everything has settled: nothing is lost, doubled, out of order or told differently."""
    for node in pair.nodes:
        assert query(node.database, "PRAGMA integrity_check") == [{"integrity_check": "ok"}]
        assert query(node.database, "SELECT * FROM outbox") == []
        raised = {row["kind"] for row in query(node.database, "SELECT kind FROM alarms")}
        assert raised <= alarms, raised
        _assert_evidence(node)
    _assert_same_messages(pair.jp, pair.kh)
    _assert_same_messages(pair.kh, pair.jp)
    sql = "SELECT thread, kind, state, reference, attention FROM threads ORDER BY thread"
    japan, cambodia = (query(node.database, sql) for node in pair.nodes)
    assert japan == cambodia
    assert {row["attention"] for row in japan} <= {None}


def _assert_same_messages(sender: Node, receiver: Node) -> None:
    sent, received = messages(sender, "out"), messages(receiver, "in")
    assert {row["state"] for row in sent} <= {"delivered"}
    theirs = {row["id"]: row for row in received}
    assert len(theirs) == len(received) == len(sent)
    for ours in sent:
        twin = theirs[ours["id"]]
        for name in ("type", "thread", "header_digest", "jws", "content_digest", "entry"):
            assert ours[name] == twin[name], name
        assert [bool(ours[level]) for level in _LEVELS] == [bool(twin[level]) for level in _LEVELS]
        assert ours["attention"] is None
        assert twin["attention"] is None
    for thread in {row["thread"] for row in sent}:
        assert _ids_in_turn(received, thread) == _ids_in_turn(sent, thread)
    _assert_entries(receiver, received)
    _assert_receipts(sender, sent)


def _ids_in_turn(rows: list[Row], thread: str) -> list[str]:
    """Return what leaves one after another in a thread; what is immediate overtakes it."""
    return [
        row["id"] for row in rows if row["thread"] == thread and not type_of(row["type"]).immediate
    ]


def _assert_entries(receiver: Node, received: list[Row]) -> None:
    """Each message has one entry, the one that stands beside it."""
    entries = query(receiver.database, "SELECT id, text FROM entries")
    assert Counter(row["id"] for row in entries) == Counter(row["id"] for row in received)
    assert {row["id"]: row["text"] for row in entries} == {r["id"]: r["entry"] for r in received}


def _assert_receipts(sender: Node, sent: list[Row]) -> None:
    receipts = {row["digest"] for row in query(sender.database, "SELECT digest FROM receipts")}
    assert {row["receipt"] for row in sent} <= receipts


def _assert_evidence(node: Node) -> None:
    """Every chain holds, and each fact that happens once was recorded once."""
    sizes = peek(
        node.database,
        lambda tx: {row["chain"]: evidence.verify(tx, row["chain"]) for row in evidence.chains(tx)},
    )
    assert sizes.pop("local") > 0
    # Reading and a peer's cards come again and again.
    often = "SELECT fact, subject FROM evidence WHERE fact NOT IN ('read', 'peer-changed')"
    rows = query(node.database, often)
    assert max(Counter((row["fact"], row["subject"]) for row in rows).values()) == 1
    recorded = Counter(row["fact"] for row in rows)
    assert recorded["received"] == len(messages(node, "in"))
    assert recorded["delivered"] == recorded["submitted"] == len(messages(node, "out"))
