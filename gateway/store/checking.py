"""Is a database what was written? Its structure, every digest that needs no key, every chain.

SQLite notices a damaged tree but not a changed byte inside a row, and a row moved or edited by hand
looks sound to it. So each signed text, entry, receipt and envelope is compared with its digest, and
each record of evidence with the one before. A running node is not held up: every page is read in a
snapshot of its own, and only the structure is looked at in one go.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Final

import orjson

from gateway.envelope import base64url, digest, fingerprint, parse_entry, read_card, strict
from gateway.envelope.limits import ENVELOPE
from gateway.errors import PeerError, VerificationError
from gateway.store import disclosures, evidence, migrate, publications, registers
from gateway.store.evidence import BrokenChainError, Verified
from gateway.store.peek import opened, snapshot
from gateway.store.transaction import Row, Transaction

_PAGE: Final = 256
# Whoever reads the list needs the first faults, not a million consequences of one bad disk.
_MOST_FAULTS: Final = 100
# Steps of SQLite's machine between two signs of life; about ten a second.
_SIGN_OF_LIFE: Final = 2_000_000

OnProgress = Callable[[str, int, int], None]


class Part(StrEnum):
    """What is looked at, in this order."""

    STRUCTURE = "structure"
    DIGESTS = "digests"
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is not as it was written: where it stands and what is wrong with it."""

    table: str
    row: str
    text: str

    def __str__(self) -> str:
        return f"{self.table} {self.row}: {self.text}" if self.row else f"{self.table}: {self.text}"


@dataclass(slots=True)
class Report:
    """What was found, and how many rows of each table were compared with their digests."""

    faults: list[Fault] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    chains: dict[str, int] = field(default_factory=dict)

    @property
    def is_cut(self) -> bool:
        """True where more faults may be there than are listed."""
        return len(self.faults) >= _MOST_FAULTS

    def add(self, table: str, row: str, text: str) -> None:
        """Note a fault, unless there are too many already."""
        if not self.is_cut:
            self.faults.append(Fault(table=table, row=row, text=text))


def quietly(step: str, done: int, total: int) -> None:
    """Tell nobody how far a step has come."""


def check(
    path: Path, *, on_progress: OnProgress = quietly, parts: frozenset[Part] = frozenset(Part)
) -> Report:
    """Look at a database file, whether or not a node has it open.

    Args:
        on_progress: Told the step, what is done and what there is to do, 0 where nobody knows.

    Raises:
        LocalError: The file is not ours, was made by a newer version, or cannot be read at all.
    """
    report = Report()
    with opened(path) as database:
        if Part.STRUCTURE in parts:
            _structure(database, report, on_progress)
        if Part.DIGESTS in parts:
            for kept in _KEPT:
                _digests(database, kept, report, on_progress)
        if Part.EVIDENCE in parts:
            _evidence(database, report, on_progress)
    return report


def quick(path: Path, on_progress: OnProgress = quietly) -> str | None:
    """Return the first fault of the structure that a quick look finds, None if it finds none.

    It passes over what costs most, the comparison of each index with its table.
    """
    with opened(path) as database, _signs_of_life(database, on_progress):
        try:
            (text,) = database.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.DatabaseError as error:
            return str(error)
    return None if text == "ok" else str(text)


def demand_whole(report: Report, path: Path) -> None:
    """Let nothing go on with a database that has a fault.

    Raises:
        VerificationError: It has; the text names the first.
    """
    if report.faults:
        raise VerificationError(f"{path} is damaged: {report.faults[0]}")


def _structure(database: sqlite3.Connection, report: Report, on_progress: OnProgress) -> None:
    with _signs_of_life(database, on_progress):
        try:
            for (text,) in database.execute(f"PRAGMA integrity_check({_MOST_FAULTS})"):
                if text != "ok":
                    report.add("file", "", text)
            for row in database.execute("PRAGMA foreign_key_check"):
                text = f"refers to a row of {row[2]} that is not there"
                report.add(row[0], f"row {row[1]}", text)
        except sqlite3.DatabaseError as error:
            report.add("file", "", str(error))


@contextmanager
def _signs_of_life(database: sqlite3.Connection, on_progress: OnProgress) -> Iterator[None]:
    """Tell now and then that a long statement is at work; how long it takes nobody knows."""
    turns = count(1)

    def alive() -> int:
        on_progress(Part.STRUCTURE, next(turns), 0)
        return 0

    database.set_progress_handler(alive, _SIGN_OF_LIFE)
    try:
        yield
    finally:
        database.set_progress_handler(None, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A table whose rows carry digests.

    Args:
        start: The key columns with values below every key.
        query: Where its rows are not read by the query of its name.
        beside: The table it is compared with; older formats do not have it.
        judge: Yields what is wrong with a row.
        name: Names a row for people.
    """

    table: str
    start: Mapping[str, Any]
    judge: Callable[[Row], Iterator[str]]
    name: tuple[str, ...]
    is_counted: bool = False
    query: str = ""
    beside: str = ""


def _digests(
    database: sqlite3.Connection, kept: _Kept, report: Report, on_progress: OnProgress
) -> None:
    after, done = dict(kept.start), 0
    needed = kept.beside or kept.table
    if not migrate.has_table(database, needed):
        if migrate.is_current(database):
            report.add(needed, "", "the table is not there")
        return
    try:
        total = _total(database, kept)
        while True:
            page = snapshot(database, partial(_page, kept.query or kept.table, after))
            for row in page:
                for text in kept.judge(row):
                    report.add(kept.table, " ".join(str(row[name]) for name in kept.name), text)
            done += len(page)
            on_progress(kept.table, done, total)
            if len(page) < _PAGE:
                break
            after = {name: page[-1][name] for name in kept.start}
    except (sqlite3.Error, UnicodeError) as error:
        report.add(kept.table, f"after {' '.join(map(str, after.values()))}", str(error))
    report.rows[kept.table] = done


def _page(query: str, after: Mapping[str, Any], tx: Transaction) -> list[Row]:
    return tx.all(f"checking.{query}", **after, limit=_PAGE)


def _total(database: sqlite3.Connection, kept: _Kept) -> int:
    if not kept.is_counted:
        return 0
    query = f"checking.count_{kept.table}"
    return int(snapshot(database, lambda tx: tx.only(query)["count"]))


def _evidence(database: sqlite3.Connection, report: Report, on_progress: OnProgress) -> None:
    try:
        chains = {row["chain"]: row["size"] for row in snapshot(database, evidence.chains)}
    except sqlite3.Error as error:
        report.add("chains", "", str(error))
        return
    done, total = 0, sum(chains.values())
    for chain in chains:
        so_far = Verified(chain)
        try:
            while not so_far.is_whole:
                before = so_far.size
                so_far = snapshot(database, partial(evidence.verify_on, so_far=so_far))
                done += so_far.size - before
                on_progress(Part.EVIDENCE, done, total)
        except BrokenChainError as error:
            report.add("evidence", f"{chain} {error.position}", str(error))
        except (sqlite3.Error, VerificationError) as error:
            report.add("evidence", f"{chain} after {so_far.size}", str(error))
        report.chains[chain] = so_far.size


def _message(row: Row) -> Iterator[str]:
    if digest(row["jws"].encode()) != row["jws_digest"]:
        yield "the signed text is not the one that was stored"
    elif _header_digest(row["jws"]) != row["header_digest"]:
        yield "the signed header is not the one that its digest names"
    if row["clear"] is not None and digest(row["clear"]) != row["content_digest"]:
        yield "the content is not the one that was signed"


def _entry(row: Row) -> Iterator[str]:
    try:
        entry = parse_entry(row["text"])
    except PeerError:
        yield "the entry cannot be read"
        return
    said = (entry.envelope_digest, entry.id, entry.header_digest, entry.code)
    if said != (row["envelope_digest"], row["id"], row["header_digest"], row["code"]):
        yield "the entry is not the one that was given"


def _refusal(row: Row) -> Iterator[str]:
    if _header_digest(row["jws"]) != row["header_digest"]:
        yield "the refused header is not the one that its digest names"


def _published(row: Row) -> Iterator[str]:
    if publications.row_digest(row) != row["digest"]:
        yield "what everybody may read is not what was let be read"


def _register_version(row: Row) -> Iterator[str]:
    if registers.row_digest(row) != row["digest"]:
        yield "the entry of the register is not what it was made"


def _disclosure(row: Row) -> Iterator[str]:
    origins, used = orjson.loads(row["origins"]), orjson.loads(row["used"])
    if disclosures.row_digest(row, origins, used) != row["digest"]:
        yield "the decision is not the one that was kept"
    elif not row["is_witnessed"]:
        yield "the evidence has no such decision"


def _decision(row: Row) -> Iterator[str]:
    # Older versions recorded refusals that have no number.
    if row["number"] is not None and not row["is_kept"]:
        yield f"the ledger has no number {row['number']} any more"


def _text(row: Row) -> Iterator[str]:
    if digest(row["text"].encode()) != row["digest"]:
        yield "the text is not the one that its digest names"


def _envelope(row: Row) -> Iterator[str]:
    if row["envelope"] is not None and digest(row["envelope"]) != row["envelope_digest"]:
        yield "the envelope is not the one that its digest names"


def _own_card(row: Row) -> Iterator[str]:
    if digest(row["card"].encode()) != row["digest"]:
        yield "the card is not the one that was handed out"


def _peer(row: Row) -> Iterator[str]:
    try:
        holds = fingerprint(read_card(row["card"].encode()).identity) == row["fingerprint"]
    except (PeerError, VerificationError):
        holds = False
    if not holds:
        yield "the card is not one of the confirmed fingerprint"


def _header_digest(jws: str) -> str | None:
    try:
        payload = strict.parse(jws.encode(), limit=ENVELOPE)["payload"]
        return digest(base64url.decode(payload))
    except (PeerError, LookupError, TypeError, AttributeError, UnicodeError):
        return None


_KEPT: Final = (
    _Kept(
        table="messages",
        start={"seq": 0},
        judge=_message,
        name=("peer", "direction", "id"),
        is_counted=True,
    ),
    _Kept(
        table="entries",
        start={"peer": "", "envelope_digest": ""},
        judge=_entry,
        name=("peer", "envelope_digest"),
        is_counted=True,
    ),
    _Kept(
        table="refusals",
        start={"peer": "", "id": "", "header_digest": ""},
        judge=_refusal,
        name=("peer", "id"),
    ),
    _Kept(table="receipts", start={"digest": ""}, judge=_text, name=("digest",)),
    _Kept(
        table="published",
        start={"peer": "", "register": "", "entry": "", "seq": 0},
        judge=_published,
        name=("register", "entry", "seq"),
    ),
    _Kept(
        table="register_versions",
        start={"seq": 0},
        judge=_register_version,
        name=("register", "entry", "seq"),
    ),
    _Kept(table="disclosures", start={"seq": 0}, judge=_disclosure, name=("seq",)),
    _Kept(
        table="evidence",
        query="decisions",
        beside="disclosures",
        start={"position": -1},
        judge=_decision,
        name=("chain", "position"),
    ),
    _Kept(table="statements", start={"digest": ""}, judge=_text, name=("digest",)),
    _Kept(
        table="sealings",
        start={"envelope_digest": ""},
        judge=_envelope,
        name=("envelope_digest",),
        is_counted=True,
    ),
    _Kept(table="own_cards", start={"serial": -1}, judge=_own_card, name=("serial",)),
    _Kept(table="peers", start={"node": ""}, judge=_peer, name=("node",)),
)
