"""Rows as the plain values that the local API and the CLI show; the member names are stable."""

from typing import Any, Final

import orjson

from gateway.catalogue import NEXT, Side, ThreadKind, ThreadState, short, type_of
from gateway.errors import InvalidError, Problem
from gateway.store import Row
from gateway.store.messages import Direction, Reached

_LEVELS: Final = {
    Reached.RECEIVED: "received",
    Reached.HANDED_OVER: "handed_over",
    Reached.ACCEPTED: "accepted",
    Reached.DECLINED: "declined",
    Reached.ANSWERED: "answered",
}
_READ: Final = "read it"


def message_view(row: Row) -> dict[str, Any]:
    """Return what may be shown of a message without its content."""
    levels = {level.value: row[column] for level, column in _LEVELS.items()}
    reached = [level for level, at in levels.items() if at is not None]
    return {
        "id": row["id"],
        "short": short(row["id"]),
        "direction": row["direction"],
        "peer": row["peer"],
        "type": row["type"],
        "title": type_of(row["type"]).title,
        "thread": row["thread"],
        "reference": row["reference"],
        "in_reply_to": row["in_reply_to"],
        "clauses": orjson.loads(row["clauses"]),
        "priority": row["priority"],
        "marking": row["marking"],
        "caveats": orjson.loads(row["caveats"]),
        "created": row["created"],
        "expires": row["expires"],
        "due": row["due"],
        "state": row["state"],
        "reached": reached[-1] if reached else None,
        "levels": levels,
        "attention": row["attention"],
        "refusal": row["refusal"],
        "supersedes": row["supersedes"],
        "superseded_by": row["superseded_by"],
        "superseded_mode": row["superseded_mode"],
        "reissue_of": row["reissue_of"],
        "reissued_as": row["reissued_as"],
        "missed": row["missed"].split(",") if row["missed"] else [],
        "size": row["size"],
        "header_digest": row["header_digest"],
        "attempts": row["attempts"],
        "next_attempt": row["next_attempt"] or None,
    }


def thread_view(row: Row, us: str) -> dict[str, Any]:
    """Return what may be shown of a thread, with who must act next in words."""
    opener = us if row["opener"] == "us" else row["peer"]
    return {
        "thread": row["thread"],
        "short": short(row["thread"]),
        "node": us,
        "peer": row["peer"],
        "kind": row["kind"],
        "state": row["state"],
        "reference": row["reference"],
        "opened_by": opener,
        "opened": row["opened"],
        "updated": row["updated"],
        "attention": row["attention"],
        "assignee": row["assignee"],
        "overdue": bool(row["overdue"]),
        **_next(row, us, opener),
    }


def _next(row: Row, us: str, opener: str) -> dict[str, Any]:
    """Return who must act, in what, and by when the level is due that the act reaches."""
    following = NEXT[ThreadKind(row["kind"]), ThreadState(row["state"])]
    if following.side is None:
        return {"next": f"nobody: {following.act}", "next_node": None, "due": None}
    node = _side_node(row, us, opener, following.side)
    act, awaited = following.act, _awaited(row)
    due = None if following.level is None else awaited.get(following.level)
    if due is None and (due := awaited.get(Reached.HANDED_OVER)) is not None:
        # Reading is all that is due at a time: another act beside that time would be a wrong one.
        act = _READ
    return {"next": f"{node} is to {act}", "next_node": node, "due": due}


def _awaited(row: Row) -> dict[str, str]:
    """Return the levels of what opened a matter that are due, each with its time."""
    pairs = (pair.partition("=") for pair in (row["awaited"] or "").split(",") if pair)
    return {level: due for level, _, due in pairs}


def _side_node(row: Row, us: str, opener: str, side: Side) -> str:
    other: str = row["peer"] if opener == us else us
    return opener if side is Side.OPENER else other


def direction_of(box: str | None) -> Direction | None:
    """Return the direction that a box holds.

    Raises:
        InvalidError: There is no such box.
    """
    boxes = {"inbox": Direction.IN, "outbox": Direction.OUT}
    if box is None:
        return None
    if box not in boxes:
        problem = Problem("box", f"is not one of: {', '.join(boxes)}")
        raise InvalidError("no such box", problems=(problem,))
    return boxes[box]
