"""How long a whole list takes to apply, how much memory it needs, and how fast registers answer.

    python benchmarks/registers.py [--entries N] [--folder PATH] [--json]

The messages of the list are kept first, as the receiver keeps them; what is timed is judging the
last one and applying the list, in one transaction. What the figures mean stands in README.md.
"""

import argparse
import asyncio
import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import machine

from gateway.catalogue import Register, type_of
from gateway.catalogue.list_digest import line, set_digest
from gateway.delivery import registering
from gateway.delivery.told import Told, opening_by
from gateway.envelope import (
    Environment,
    Header,
    SigningPair,
    content_text,
    digest,
    sign_message,
    times,
)
from gateway.node.setup import catalogue
from gateway.policy import default_marking, parse_marking
from gateway.store import Store, Transaction, messages, registers
from gateway.store.messages import Direction, State
from gateway.store.sealing import Sealer

_CORES: Final = 2
_PAIR: Final = SigningPair.generate()
_ENTRIES: Final = 20_000
_A_PART: Final = 1_000
_ROUNDS: Final = 100
_BOUND_SECONDS: Final = 5.0
_BOUND_MB: Final = 150.0
_BOUND_MS: Final = 50.0
_US: Final = "kh/molvt"
_PEER: Final = "jp/isa"
_ORGS: Final = Register.SUPPORT_ORGS
_LIST: Final = "support-org.list"
_START: Final = 1_790_000_000

Body = dict[str, Any]


def main() -> int:
    """Measure, print, and return 0 if every figure is within its bound."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--entries", type=int, default=_ENTRIES, help="how many there are")
    parser.add_argument("--folder", type=Path, help="where the store lies meanwhile")
    arguments = parser.parse_args()
    cores = machine.share(_CORES)
    found = {"machine": machine.facts(cores), **asyncio.run(_measured(arguments))}
    print(json.dumps(found, indent=2) if arguments.json else _text(found))
    return 0 if _is_within(found) else 1


async def _measured(arguments: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        path = Path(folder) / "gateway.db"
        store = await Store(path, Sealer(bytes(32), os.urandom)).open()
        try:
            size = arguments.entries
            lists = [
                await _applied(store, size, "1", range(size), "a whole list into nothing"),
                await _applied(store, size, "2", range(size), "the same entries again"),
                await _applied(store, size, "3", range(100, size + 100), "0.5 % others"),
                await _applied(store, size, "4", range(size, 2 * size), "every entry another"),
            ]
            return {
                "entries": size,
                "lists": lists,
                "bytes": path.stat().st_size,
                "questions": [await _asked(store, *each) for each in _questions(size)],
            }
        finally:
            await store.close()


async def _applied(
    store: Store, size: int, version: str, numbers: range, name: str
) -> dict[str, Any]:
    """Keep the parts of a list but the last, then judge and apply it."""
    opening: tuple[int, Header] | None = None
    parts = list(_parts(version, numbers))
    for body in parts[:-1]:
        opening = await store.write(_keeping(body, opening))
        body.clear()
    last = parts[-1]
    parts.clear()
    gc.collect()
    before, peak = _memory(), _reset_peak()
    began, worked = time.perf_counter(), time.process_time()
    await store.write(_keeping(last, opening))
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - worked
    peak = _peak()
    current = await store.read(lambda tx: registers.version(tx, _PEER, _ORGS))
    if current is None or current.list_version != version or current.count != size:
        raise SystemExit("the list was not applied")
    return {
        "list": name,
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "extra_mb": (peak - before) / 2**20,
        "peak_mb": peak / 2**20,
    }


def _parts(version: str, numbers: range) -> Iterator[Body]:
    """Yield the bodies of a list whose entries are as large as real ones."""
    document = catalogue().bodies.example(_LIST)
    (example, *_), contact = document["entries"].values(), _contact()
    ids = {number: f"rso-{number:06}" for number in numbers}
    whole = {id: line(id, _entry(example, number)) for number, id in ids.items()}
    head = {
        "list_version": version,
        "as_of": "2026-03-31",
        "mode": "snapshot",
        "count": len(whole),
        "set_digest": set_digest(whole),
        "parts": -(-len(numbers) // _A_PART),
    }
    whole.clear()
    for part, first in enumerate(range(0, len(numbers), _A_PART), start=1):
        named = {ids[number]: number for number in numbers[first : first + _A_PART]}
        said: Body = {"entries": {id: _entry(example, number) for id, number in named.items()}}
        said["contacts"] = dict.fromkeys(named, contact)
        yield (head if part == 1 else {"part": part}) | said


def _entry(example: Mapping[str, Any], number: int) -> Body:
    name = {"en": f"Example Support {number} K.K.", "ja": f"株式会社見本支援{number}"}
    return {**example, "name": name, "registration_no": f"19登-{number:06}"}


def _contact() -> Body:
    return {
        "representative": {"name_latin": "HANAKO TEST", "nationality": "JP"},
        "contact": {"name": "Taro Test", "phone": "+81 3 0000 0000", "email": "x@example.test"},
    }


def _keeping(
    body: Body, opening: tuple[int, Header] | None
) -> Callable[[Transaction], tuple[int, Header]]:
    """Return what keeps one message of a list, as the receiver does it."""
    first = None if opening is None else opening[1]
    name = _LIST if first is None else "list.part"
    content = content_text(body, salt=os.urandom(32))
    header = _header(name, body, content, first)
    signed = sign_message(header, content, _PAIR)
    bodies = catalogue().bodies

    def write(tx: Transaction) -> tuple[int, Header]:
        message = Told(
            peer=_PEER,
            direction=Direction.IN,
            type=name,
            body=body,
            id=header.id,
            country="jp",
            thread=header.thread,
            opening=opening_by(header, type_of(name)),
            day=times.day(header.created),
            replied=None if opening is None else messages.shown(tx, opening[0]),
        )
        at = header.created
        effect = registering.judge(
            tx, message, lambda *said: bodies.check(*said, day=at[:10]), attention=None, at=at
        )
        seq = messages.add(
            tx,
            _PEER,
            Direction.IN,
            header,
            header_digest=signed.header_digest,
            jws=signed.jws,
            content=content,
            marking=parse_marking(header.marking, originator_country="jp").whole(),
            state=State.RECEIVED,
            received=at,
        )
        registering.apply(tx, effect, seq=seq, at=at)
        return (seq, header) if opening is None else opening

    return write


def _header(name: str, body: Body, content: str, first: Header | None) -> Header:
    id = f"{os.urandom(4).hex()}-0000-7000-8000-{os.urandom(6).hex()}"
    at = times.text(_START)
    header = Header(
        profile="moc-ssw/kh-jp/2019",
        environment=Environment.TEST,
        id=id,
        type=name,
        from_=_PEER,
        to=_US,
        created=at,
        expires=times.text(_START + 90 * 86_400),
        thread=id,
        marking=default_marking(type_of(name), _PEER, at, body),
        content_digest=digest(content.encode()),
        body_schema={"id": type_of(name).schema_id, "digest": digest(b"")},
    )
    return header if first is None else replace(header, thread=first.id, in_reply_to=first.id)


def _questions(size: int) -> list[tuple[str, Callable[[Transaction], Any]]]:
    """Return what is asked of a register, as pages of a hundred."""
    at = times.text(_START + 1)
    middle = f"rso-{size + size // 2:06}"

    def page(**asked: Any) -> Callable[[Transaction], Any]:
        return lambda tx: registers.page(tx, _PEER, _ORGS, limit=100, **asked)

    return [
        ("the first page", page()),
        ("in the middle", page(after=middle)),
        ("as of a time", page(as_of=at)),
        ("as of a time, in the middle", page(as_of=at, after=middle)),
        ("as of before the first", page(as_of="2020-01-01T00:00:00Z")),
        ("by status", page(status="active")),
        ("by a status without any", page(status="cancelled")),
        ("by words that many have", page(words=["example"])),
        ("by a word that one has", page(words=[f"見本支援{size + 7}"])),
        ("by a word that none has", page(words=["nobody"])),
        ("by number", lambda tx: registers.by_number(tx, _PEER, _ORGS, f"19登-{size + 7:06}")),
        ("one entry", lambda tx: registers.get(tx, _PEER, _ORGS, middle)),
        ("its history", lambda tx: registers.history(tx, _PEER, _ORGS, middle)),
        ("its contacts", lambda tx: registers.opened(tx, registers.get(tx, _PEER, _ORGS, middle))),
        ("how many by status", lambda tx: registers.counts(tx, _PEER, _ORGS)),
        ("its version", lambda tx: registers.version(tx, _PEER, _ORGS)),
    ]


async def _asked(store: Store, name: str, question: Callable[[Transaction], Any]) -> dict[str, Any]:
    taken = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        found = await store.read(question)
        taken.append((time.perf_counter() - began) * 1000)
    ordered = sorted(taken)
    return {
        "question": name,
        "found": len(found) if isinstance(found, list | dict) else 1,
        "p50_ms": ordered[len(ordered) // 2],
        "p95_ms": ordered[len(ordered) * 95 // 100],
    }


def _memory() -> int:
    return _status("VmRSS:")


def _peak() -> int:
    return _status("VmHWM:")


def _reset_peak() -> int:
    """Begin to count the peak anew (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")
    return _peak()


def _status(name: str) -> int:
    for text in Path("/proc/self/status").read_text().splitlines():
        if text.startswith(name):
            return int(text.split()[1]) * 1024
    raise SystemExit(f"/proc/self/status has no {name}")


def _is_within(found: dict[str, Any]) -> bool:
    lists = all(
        row["seconds"] < _BOUND_SECONDS and row["extra_mb"] < _BOUND_MB for row in found["lists"]
    )
    return lists and all(row["p95_ms"] < _BOUND_MS for row in found["questions"])


def _text(found: dict[str, Any]) -> str:
    facts = found["machine"]
    lists = (
        f"  {row['list']:<34}{row['seconds']:>9.2f}{row['cpu_seconds']:>9.2f}"
        f"{row['extra_mb']:>10.0f}{row['peak_mb']:>10.0f}"
        for row in found["lists"]
    )
    questions = (
        f"  {row['question']:<34}{row['p50_ms']:>9.2f}{row['p95_ms']:>9.2f}"
        f"{'' if row['p95_ms'] < _BOUND_MS else '  OVER THE BOUND'}"
        for row in found["questions"]
    )
    return "\n".join(
        (
            f"{found['entries']:,} entries, {found['bytes'] / 2**20:.0f} MiB on the disk",
            f"{facts['processor']}, {facts['cores']} cores, {facts['python']}",
            "",
            f"  {'list':<34}{'s':>9}{'CPU s':>9}{'extra MB':>10}{'peak MB':>10}",
            *lists,
            "",
            f"  {'question':<34}{'p50 ms':>9}{'p95 ms':>9}",
            *questions,
        )
    )


if __name__ == "__main__":
    sys.exit(main())
