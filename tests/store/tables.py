"""Small things that the tests of the store say again and again."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from gateway.catalogue import Level
from gateway.envelope import Header, SigningPair, digest, sign_message
from gateway.policy import Marking
from gateway.store import Transaction, duties, messages
from gateway.store.messages import Direction, State
from tests.nodes import Keys
from tests.peer import SimulatedPeer, marking

PEER = "kh/molvt"
_US = SimulatedPeer(Keys("jp/isa"), Keys(PEER))
_PAIR = SigningPair.generate()


def count(name: str, value: int) -> Callable[[Transaction], int]:
    """Return a function that puts a row into `counters`, the plainest table."""
    return lambda tx: (
        tx._database.execute(
            "INSERT INTO counters (name, value) VALUES (?, ?)", (name, value)
        ).rowcount
    )


def counters(tx: Transaction) -> dict[str, int]:
    """Return the rows of `counters` in the order of their writing."""
    found = tx._database.execute("SELECT name, value FROM counters").fetchall()
    return {row["name"]: row["value"] for row in found}


def sql(tx: Transaction, text: str, *parameters: Any) -> list[sqlite3.Row]:
    return tx._database.execute(text, parameters).fetchall()


def behind_the_back(path: Path, text: str, *parameters: Any) -> int:
    """Change a closed database as somebody with access to the disk can."""
    database = sqlite3.connect(path, isolation_level=None)
    try:
        return database.execute(text, parameters).rowcount
    finally:
        database.close()


def duty(
    tx: Transaction, seq: int, act: str, *, peer: str, direction: str, due: str, **more: Any
) -> None:
    """Put a duty into the store as it would stand there; `more` are columns."""
    columns = {
        "seq": seq,
        "act": act,
        "turn": 0,
        "peer": peer,
        "direction": direction,
        "holder": duties.holder_of(direction),
        "opened": due,
        "opened_by": seq,
        "due": due,
        "source": "profile",
        **more,
    }
    names, places = ", ".join(columns), ", ".join("?" * len(columns))
    sql(tx, f"INSERT INTO duties ({names}) VALUES ({places})", *columns.values())


def message(
    tx: Transaction,
    content: str = '{"salt":"x","body":{}}',
    *,
    level: str = "confidential",
    peer: str = PEER,
    direction: Direction = Direction.OUT,
    id: str | None = None,
    reference: str | None = "JP-2026-000001",
) -> tuple[int, Header]:
    """Keep a signed message and return its row number and header."""
    header = replace(
        _US.header("inquiry.request", content, id=id),
        marking=marking("jp/isa", level=level),
        reference=reference,
    )
    signed = sign_message(header, content, _PAIR)
    seq = messages.add(
        tx,
        peer,
        direction,
        header,
        header_digest=digest(header.payload()),
        jws=signed.jws,
        content=content,
        marking=Marking(level=Level(header.marking["level"]), originator=header.from_),
        state=State.QUEUED if direction is Direction.OUT else State.RECEIVED,
    )
    return seq, header
