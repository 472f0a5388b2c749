"""How fast lists, look-ups, matters, counts and searches are in a store of many messages.

    python benchmarks/queries.py [--messages N] [--folder PATH] [--json]

Each question is asked of the desk as the local API asks it, with the answer written as JSON. What
the figures mean stands in README.md beside this file.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, cast

import filled
import machine
import orjson

from gateway import resources
from gateway.delivery.changes import Changes
from gateway.delivery.ports import LocalNode
from gateway.desk.draft import Actor
from gateway.desk.overview import Overview
from gateway.desk.searching import Search
from gateway.node.setup import catalogue
from gateway.store import Store
from gateway.store.sealing import Sealer

_CORES: Final = 2
_MESSAGES: Final = 100_000
_ROUNDS: Final = 100
# What the design asks of every question over a hundred thousand messages.
_BOUND_MS: Final = 50.0
_BODY: Final = 2_048

Question = Callable[[], Awaitable[Any]]


def main() -> int:
    """Measure, print, and return 0 if every question was answered within its bound."""
    arguments = _arguments()
    cores = machine.share(_CORES)
    found = {"machine": machine.facts(cores), **asyncio.run(_measured(arguments))}
    print(json.dumps(found, indent=2) if arguments.json else _text(found))
    return 0 if all(row["p95_ms"] < _BOUND_MS for row in found["questions"]) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--messages", type=int, default=_MESSAGES, help="how many there are")
    parser.add_argument("--folder", type=Path, help="where the store lies meanwhile")
    return parser.parse_args()


async def _measured(arguments: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        path = Path(folder) / "gateway.db"
        store = await Store(path, Sealer(bytes(32), os.urandom)).open()
        try:
            print(f"filling {arguments.messages:,} messages ...", file=sys.stderr)
            facts = await filled.fill(store, arguments.messages, _body())
            questions = [await _asked(*each) for each in _questions(_desk(store), facts)]
            return {
                "messages": facts.messages,
                "threads": facts.threads,
                "bytes": path.stat().st_size,
                "questions": questions,
                "search": await _searched(store),
            }
        finally:
            await store.close()


def _body() -> dict[str, Any]:
    """Return the example of an inquiry, filled up to the size that most messages have."""
    schema = json.loads(resources.schema_file("types/inquiry.request.schema.json"))
    body: dict[str, Any] = schema["examples"][0]
    body["reason"]["en"] += " Words that say more." * ((_BODY - len(orjson.dumps(body))) // 21)
    return body


def _desk(store: Store) -> Overview:
    us = SimpleNamespace(node=filled.US, environment="test", epoch="1.0", card_serial=1)
    return Overview(us=cast(LocalNode, us), store=store, changes=Changes())


def _questions(desk: Overview, facts: filled.Filled) -> list[tuple[str, Question]]:
    """Return what is asked, by the words an officer would use."""

    def listed(box: str | None, **filters: Any) -> Question:
        return lambda: desk.messages(box, **filters)

    def matters(**filters: Any) -> Question:
        return lambda: desk.threads(**filters)

    rare, kind, middle = filled.RARE_PEER, filled.RARE_TYPE, facts.middle
    far = str(facts.messages // 2)
    return [
        ("inbox", listed("inbox", type="*")),
        ("inbox, in the middle", listed("inbox", type="*", after=far)),
        ("outbox", listed("outbox", type="*")),
        ("both", listed(None)),
        ("500 a page", listed("inbox", limit=500)),
        ("--unread", listed("inbox", unread=True)),
        ("--overdue", listed("inbox", overdue=True)),
        ("--mine (few)", listed("inbox", assignee=filled.ME)),
        ("--mine (half of all)", listed("inbox", assignee="colleague")),
        ("--mine (none)", listed("inbox", assignee="nobody")),
        ("--mine --overdue", listed("inbox", assignee="colleague", overdue=True)),
        ("--from a large peer", listed("inbox", peer="kh/molvt")),
        ("--from a rare peer", listed("inbox", peer=rare)),
        ("--from a peer without any", listed("outbox", peer=rare)),
        ("--type that is common", listed("inbox", type="inquiry.answer")),
        ("--type that is rare", listed("inbox", type=kind)),
        ("--type without any", listed("outbox", type=kind)),
        ("rare type of a rare peer", listed("inbox", type=kind, peer=rare)),
        ("--state delivered", listed("outbox", state="delivered")),
        ("--state held (none)", listed("outbox", state="held")),
        ("--state delivered, rare type", listed("outbox", state="delivered", type=kind)),
        ("--state received, rare peer", listed("inbox", state="received", peer=rare)),
        ("--since the middle", listed("inbox", since=middle)),
        ("--until the middle", listed("inbox", until=middle)),
        ("--since the future", listed("inbox", since="2100-01-01T00:00:00Z")),
        ("--since, --until, rare type", listed("inbox", since="2020-01-01T00:00:00Z", type=kind)),
        ("both, rare type", listed(None, type=kind)),
        ("--thread", listed("inbox", thread=facts.an_id)),
        ("find by id", lambda: desk.message(facts.an_id)),
        ("find by 13 characters", lambda: desk.message(facts.an_id[:13])),
        ("find by reference", lambda: desk.message(facts.a_reference)),
        ("one matter", lambda: desk.thread(facts.a_reference)),
        ("matters", matters()),
        ("matters, --peer rare", matters(peer=rare)),
        ("matters, --state requested", matters(state="requested")),
        ("matters, --state declined (none)", matters(state="declined")),
        ("matters, --mine", matters(assignee=filled.ME)),
        ("matters, --overdue", matters(overdue=True)),
        ("matters, --attention", matters(attention=True)),
        ("status with its counts", desk.status),
    ]


async def _asked(name: str, question: Question) -> dict[str, Any]:
    taken = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        size = len(orjson.dumps(await question()))
        taken.append((time.perf_counter() - began) * 1000)
    ordered = sorted(taken)
    return {
        "question": name,
        "p50_ms": ordered[len(ordered) // 2],
        "p95_ms": ordered[len(ordered) * 95 // 100],
        "bytes": size,
    }


async def _searched(store: Store) -> dict[str, Any]:
    """Search everything for what nobody wrote, and meanwhile ask for the inbox."""
    search = Search(node=filled.US, store=store, parties=catalogue().parties, clock=time.time)
    desk, actor = _desk(store), Actor(uid=1000, name=filled.ME)
    after, looked_at, requests, beside = None, 0, 0, []
    began = time.perf_counter()
    while True:
        request = asyncio.ensure_future(search.find(["nobody", "wrote"], actor, after=after))
        while not request.done():
            asked = time.perf_counter()
            await desk.messages("inbox", type="*")
            beside.append((time.perf_counter() - asked) * 1000)
            await asyncio.sleep(0.05)
        page = await request
        looked_at, requests, after = looked_at + page["looked_at"], requests + 1, page["next"]
        if after is None:
            break
    seconds = time.perf_counter() - began
    return {
        "messages": looked_at,
        "seconds": seconds,
        "requests": requests,
        "messages_per_second": looked_at / seconds,
        "inbox_p95_ms": sorted(beside)[len(beside) * 95 // 100],
    }


def _text(found: dict[str, Any]) -> str:
    facts, search = found["machine"], found["search"]
    rows = (
        f"  {row['question']:<34}{row['p50_ms']:>9.2f}{row['p95_ms']:>9.2f}"
        f"{'' if row['p95_ms'] < _BOUND_MS else '  OVER THE BOUND'}"
        for row in found["questions"]
    )
    where = f"{facts['processor']}, {facts['cores']} cores, {facts['python']}"
    size = f"{found['messages']:,} messages, {found['threads']:,} matters"
    speed = f"{search['seconds']:.1f} s in {search['requests']} requests"
    meanwhile = f"the inbox meanwhile: p95 {search['inbox_p95_ms']:.1f} ms"
    lines = (
        f"{where}, SQLite {facts['sqlite']}",
        f"{size}, {found['bytes'] / 1e6:,.0f} MB; bound: p95 below {_BOUND_MS:g} ms",
        "",
        f"  {'':<34}{'p50 ms':>9}{'p95 ms':>9}",
        *rows,
        "",
        f"  search through all of it: {speed}, {search['messages_per_second']:,.0f}/s; {meanwhile}",
    )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
