"""How long it takes to look through what leaves for what was received in confidence.

    python benchmarks/fingerprints.py [--marks N] [--folder PATH] [--json]

The index is filled as received messages fill it; what is timed is one look through a text, on a
connection that reads, as it is done before a message is kept. README.md says what the figures mean.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import machine

from gateway.catalogue.identifying import Kind
from gateway.delivery.scanning import Hit, scan
from gateway.envelope import Environment, Header, digest, times
from gateway.policy import parse_marking
from gateway.policy.fingerprints import Trace, trace
from gateway.store import Store, Transaction, fingerprints, messages
from gateway.store.messages import Direction, State
from gateway.store.sealing import Sealer

_CORES: Final = 2
_MARKS: Final = 1_000_000
_CHUNK: Final = 20_000
_ROUNDS: Final = 50
_SMALL: Final = 2 * 1024
_LARGE: Final = 200 * 1024
_BOUND_MS: Final = {_SMALL: 3.0, _LARGE: 200.0}
_PEER: Final = "kh/molvt"
_OTHER: Final = "np/moless"
_START: Final = 1_790_000_000

_WORDS: Final = """
    the of and to in is was for worker workers employer company visa residence status card passport
    number please confirm whether this person holds a valid certificate issued by training centre
    contract wages overtime report dated province Phnom Penh Osaka Tokyo field agriculture care
    construction sending organisation fee deposit complaint investigation measure under clause
""".split()  # noqa: SIM905  A list of words reads better as words.
_FAMILY: Final = (
    "SOK",
    "CHAN",
    "KIM",
    "PICH",
    "LONG",
    "HENG",
    "SENG",
    "MEAS",
    "NOUN",
    "OUK",
    "YIM",
)
_SYLLABLES: Final = (
    "da",
    "ra",
    "so",
    "phea",
    "van",
    "na",
    "ri",
    "ka",
    "li",
    "ma",
    "no",
    "pi",
    "se",
)
_KHMER: Final = ("ករណី", "អ្នកធ្វើការ", "លេខ", "លិខិតឆ្លងដែន", "ក្រុមហ៊ុន", "ខេត្ត", "កិច្ចសន្យា")
_JAPANESE: Final = (
    "在留資格の確認をお願いします。技能実習から特定技能への変更について、会社名と住所を回答します。"
)

Text = tuple[str, str]


def main() -> int:
    """Measure, print, and return 0 if every figure is within its bound."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--marks", type=int, default=_MARKS, help="how many there are")
    parser.add_argument("--folder", type=Path, help="where the store lies meanwhile")
    arguments = parser.parse_args()
    cores = machine.share(_CORES)
    found = {"machine": machine.facts(cores), **asyncio.run(_measured(arguments))}
    print(json.dumps(found, indent=2) if arguments.json else _text(found))
    return 0 if all(row["is_within"] for row in found["looks"]) else 1


async def _measured(arguments: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        path = Path(folder) / "gateway.db"
        store = await Store(path, Sealer(bytes(32), os.urandom)).open()
        try:
            before = path.stat().st_size
            began = time.perf_counter()
            await _fill(store, arguments.marks)
            seconds = time.perf_counter() - began
            looks = [
                await _looked(store, name, size, texts)
                for size in (_SMALL, _LARGE)
                for name, texts in _bodies(size, arguments.marks)
            ]
            return {
                "marks": arguments.marks,
                "filled_seconds": seconds,
                "bytes": path.stat().st_size - before,
                "memory_mb": _memory() / 2**20,
                "looks": looks,
            }
        finally:
            await store.close()


async def _fill(store: Store, marks: int) -> None:
    seq = await store.write(_message)
    for first in range(0, marks, _CHUNK):
        traces = [(_known(number), False) for number in range(first, min(first + _CHUNK, marks))]

        def write(tx: Transaction, traces: list[tuple[Trace, bool]] = traces) -> None:
            fingerprints.add(tx, traces, by=_PEER, seq=seq, most=len(traces))

        await store.write(write)


def _message(tx: Transaction) -> int:
    id = f"{os.urandom(4).hex()}-0000-7000-8000-{os.urandom(6).hex()}"
    at = times.text(_START)
    marking = {"scheme": "moc-ssw/1", "level": "confidential", "originator": _PEER}
    content = '{"body":{}}'
    header = Header(
        profile="moc-ssw/kh-jp/2019",
        environment=Environment.TEST,
        id=id,
        type="info.share",
        from_=_PEER,
        to="jp/isa",
        created=at,
        expires=times.text(_START + 90 * 86_400),
        thread=id,
        marking=marking,
        content_digest=digest(content.encode()),
        body_schema={"id": "", "digest": digest(b"")},
    )
    return messages.add(
        tx,
        _PEER,
        Direction.IN,
        header,
        header_digest=digest(b""),
        jws="{}",
        content=content,
        marking=parse_marking(marking, originator_country="kh"),
        state=State.RECEIVED,
        received=at,
    )


def _known(number: int) -> Trace:
    """Return one of many names and numbers: by turns a passport, a certificate and a person."""
    match number % 3:
        case 0:
            found = trace(Kind.DOCUMENT, f"N{number:08}")
        case 1:
            found = trace(Kind.CERTIFICATE, f"RC-TEST-{number:07}")
        case _:
            found = trace(Kind.NAME, _person(number))
    if found is None:
        raise SystemExit("that identifies nothing")
    return found


def _person(number: int) -> str:
    chance = random.Random(number)
    return f"{chance.choice(_FAMILY)} {''.join(chance.choices(_SYLLABLES, k=5)).upper()}"


def _bodies(size: int, marks: int) -> Iterator[tuple[str, list[Text]]]:
    yield "English, nothing known", [("/text/en", _english(size))]
    yield (
        "Khmer, nothing known",
        [("/text/km", _filled(size, lambda chance: chance.choice(_KHMER)))],
    )
    yield "Japanese, nothing known", [("/text/ja", (_JAPANESE * size)[: size // 3])]
    yield "numbers with known first signs", [("/text/en", _filled(size, _like_a_number))]
    half = len(_english(size)) // 2
    known = f"{_english(size)[:half]} rc test {1:07} {_english(size)[half:]}"
    yield "English, one known number", [("/text/en", known)]
    leaves = [(f"/persons/p{at}/name_latin", _person(marks + at)) for at in range(size // 40)]
    yield "a list of other persons", leaves


def _english(size: int) -> str:
    return _filled(size, lambda chance: chance.choice(_WORDS))


def _like_a_number(chance: random.Random) -> str:
    return f"RC-TEST-{9_000_000 + chance.randrange(900_000)}"


def _filled(size: int, word: Callable[[random.Random], str]) -> str:
    """Return so many bytes of words."""
    chance, parts, so_far = random.Random(1), [], 0
    while so_far < size:
        parts.append(word(chance))
        so_far += len(parts[-1].encode()) + 1
    return " ".join(parts)


async def _looked(store: Store, name: str, size: int, texts: list[Text]) -> dict[str, Any]:
    taken: list[float] = []
    hits: tuple[Hit, ...] = ()

    def look(tx: Transaction) -> tuple[Hit, ...]:
        began = time.perf_counter()
        hits = scan(tx, texts, audience_peer=_OTHER)
        taken.append((time.perf_counter() - began) * 1000)
        return hits

    for _ in range(_ROUNDS):
        hits = await store.read(look)
    ordered = sorted(taken)
    p95 = ordered[len(ordered) * 95 // 100]
    return {
        "text": name,
        "bytes": size,
        "finds": len(hits),
        "p50_ms": ordered[len(ordered) // 2],
        "p95_ms": p95,
        "is_within": p95 < _BOUND_MS[size],
    }


def _memory() -> int:
    for text in Path("/proc/self/status").read_text().splitlines():
        if text.startswith("VmHWM:"):
            return int(text.split()[1]) * 1024
    raise SystemExit("/proc/self/status has no VmHWM:")


def _text(found: dict[str, Any]) -> str:
    facts = found["machine"]
    looks = (
        f"  {row['text']:<34}{row['bytes'] // 1024:>5}{row['finds']:>7}"
        f"{row['p50_ms']:>9.2f}{row['p95_ms']:>9.2f}"
        f"{'' if row['is_within'] else '  OVER THE BOUND'}"
        for row in found["looks"]
    )
    return "\n".join(
        (
            f"{found['marks']:,} known, {found['bytes'] / 2**20:.0f} MiB on the disk",
            f"filled in {found['filled_seconds']:.0f} s, {found['memory_mb']:.0f} MB of memory",
            f"{facts['processor']}, {facts['cores']} cores, {facts['python']}",
            "",
            f"  {'text':<34}{'KiB':>5}{'finds':>7}{'p50 ms':>9}{'p95 ms':>9}",
            *looks,
        )
    )


if __name__ == "__main__":
    sys.exit(main())
