"""A database file with a row of everything that carries a digest, and ways to harm it."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from gateway.catalogue import Register
from gateway.catalogue.register_changes import Change
from gateway.envelope import Entry, Outcome, Sealed, digest, fingerprint, read_card
from gateway.errors import RefusalCode
from gateway.store import (
    evidence,
    inbox,
    meta,
    outbox,
    peers,
    publications,
    register_versions,
    statements,
)
from gateway.store.alarms import Alarm, raise_alarm
from gateway.store.connection import writer
from gateway.store.evidence import LOCAL, Fact
from gateway.store.messages import Direction
from gateway.store.migrate import migrate
from gateway.store.publications import Shown
from gateway.store.register_versions import Cause
from gateway.store.transaction import Transaction
from tests.nodes import Keys
from tests.store.conftest import new_sealer
from tests.store.tables import PEER, message

NODE = "jp/isa"
AT = "2026-09-21T14:13:20Z"
EPOCH = f"3.{'0' * 32}"
_CARD = Keys(PEER).card()
# Without them a record cannot be changed; whoever has the file drops them.
DROP = """DROP TRIGGER IF EXISTS evidence_is_append_only;
DROP TRIGGER IF EXISTS evidence_is_never_deleted;"""


def make(path: Path, fill: Callable[[Transaction], None] | None = None) -> Path:
    """Make a database of this node, as the program does, and close it."""
    with closing(writer(path)()) as database:
        migrate(database)
        database.execute("BEGIN")
        tx = Transaction(database, new_sealer())
        meta.initialise(tx, meta.Meta(node=NODE, environment="test", epoch=EPOCH))
        (fill or everything)(tx)
        database.execute("COMMIT")
    path.chmod(0o600)
    return path


def everything(tx: Transaction) -> None:
    """Put a row into each table that is compared with a digest."""
    card = read_card(_CARD)
    peers.add(
        tx,
        PEER,
        fingerprint=fingerprint(card.identity),
        card=_CARD.decode(),
        serial=card.serial,
        at=AT,
    )
    seq, header = message(tx)
    public, _ = message(tx, '{"salt":"x","body":{"open":1}}', level="public")
    _, received = message(tx, direction=Direction.IN)
    outbox.add(
        tx,
        seq,
        Sealed(envelope=b"sealed", digest=digest(b"sealed"), kid="k"),
        peer=PEER,
        thread=header.thread,
        priority="routine",
        immediate=False,
        expires=header.expires,
        at=header.created,
    )
    row = tx._database.execute("SELECT * FROM messages WHERE direction = 'in'").fetchone()
    entry = Entry(
        id=received.id,
        header_digest=row["header_digest"],
        envelope_digest=digest(b"their envelope"),
        outcome=Outcome.REFUSED,
        code=RefusalCode.UNKNOWN_TYPE,
        retryable=False,
        at=AT,
    )
    inbox.keep_entry(tx, PEER, entry, entry.text())
    inbox.keep_refusal(tx, PEER, entry, row["jws"])
    statements.keep(tx, PEER, "a statement", AT)
    put(tx, "INSERT INTO receipts VALUES (?, ?, ?, ?)", digest(b"a receipt"), PEER, AT, "a receipt")
    put(
        tx,
        "INSERT INTO own_cards (serial, digest, at, card) VALUES (7, ?, ?, ?)",
        *(digest(b"a card"), AT, "a card"),
    )
    put(tx, "INSERT INTO counters VALUES ('reference-2025', 12), ('reference-2026', 123)")
    put(tx, "UPDATE messages SET state = 'refused', refusal = 'unknown-type' WHERE seq = ?", public)
    for number in range(9):
        evidence.append(tx, PEER, Fact.DELIVERED, at=AT, subject=f"message {number}")
    evidence.append(tx, LOCAL, Fact.INITIALISED, at=AT, epoch=EPOCH)
    raise_alarm(tx, Alarm.HELD, at=AT, peer=PEER, subject=header.id)
    fields = {"approved_on": "2026-01-05"}
    shown = Shown(entry="so-1", status="approved", fields=fields, seq=1, since=AT)
    _register(tx, 1)
    publications.show(tx, 1, peer=PEER, register=Register.SENDING_ORGS, shown=shown, at=AT)


def _register(tx: Transaction, message: int) -> None:
    for seq, said in enumerate(({"licence": {"number": "TEST-1"}}, {"scope": {"ssw": True}}), 1):
        change = Change(register=Register.SENDING_ORGS, entry="so-1", public=said)
        cause = Cause(message=message + seq - 1, slot=message + seq - 1, at=AT)
        register_versions.put(tx, PEER, change, cause)


def put(tx: Transaction, text: str, *values: Any) -> None:
    tx._database.execute(text, values)


def harm(path: Path, text: str, *values: Any) -> None:
    """Change one row as somebody can who has the file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.executescript(DROP)
        assert database.execute(text, values).rowcount == 1


def value(path: Path, text: str, *values: Any) -> Any:
    """Return the first column of the first row that a query finds."""
    with closing(sqlite3.connect(path)) as database:
        row = database.execute(text, values).fetchone()
        return None if row is None else row[0]
