"""How fast two nodes exchange messages, every guarantee on, beside the floor of bare cryptography.

    python benchmarks/exchange.py [--quick] [--body BYTES]... [--messages N] [--json]

Two processes of this gateway on loopback, with TLS and with SQLite syncing every commit, and a
third that submits. What each figure means stands in README.md beside this file.
"""

import argparse
import json
import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import floor
import load
import machine
import orjson
import report
from pair import Pair

from gateway import resources
from gateway.envelope import limits, read_envelope
from gateway.errors import LocalError
from gateway.store import outbox
from gateway.store.outbox import Ready
from gateway.store.peek import peek

# The figures of the design are for two cores that both nodes and the load share.
_CORES: Final = 2
_BODIES: Final = (2_048, 204_800)
_CONNECTIONS: Final = 8
_MOST_QUESTIONS: Final = 45
# A node settles within this long after its start; then its memory is that of an idle node.
_SETTLE: Final = 1.0
_WARM_UP: Final = 20
_TYPE: Final = "inquiry.request"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is measured for one size of body."""

    body: int
    messages: int
    singles: int
    rounds: int


def main() -> int:
    """Measure, print, and return 0."""
    arguments = _arguments()
    # Whoever ends the measurement early ends the nodes with it.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    cores = machine.share(_CORES)
    found: dict[str, Any] = {"machine": machine.facts(cores), "bodies": []}
    # `spawn`: the load begins as a fresh interpreter and inherits nothing of what made the nodes.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=spawn) as process:
        for body in arguments.body or _BODIES:
            found["bodies"].append(_measure(_plan(body, arguments), process, cores))
    print(json.dumps(found, indent=2) if arguments.json else report.text(found))
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--quick", action="store_true", help="few messages: a look, not a figure")
    parser.add_argument("--messages", type=_count, help="messages in a batch and in the backlog")
    parser.add_argument(
        "--body", type=_size, action="append", metavar="BYTES", help="may be repeated"
    )
    return parser.parse_args()


def _count(text: str) -> int:
    if not 1 <= int(text) <= 100_000:
        raise argparse.ArgumentTypeError("is not 1 to 100000")
    return int(text)


def _size(text: str) -> int:
    if not 2_048 <= int(text) <= 262_144:
        raise argparse.ArgumentTypeError("is not 2048 to 262144")
    return int(text)


def _plan(body: int, arguments: argparse.Namespace) -> Plan:
    small = body <= 16_384
    messages = arguments.messages or (2_000 if small else 300)
    singles = 500 if small else 200
    if arguments.quick:
        messages = arguments.messages or (200 if small else 40)
        singles = 50 if small else 20
    return Plan(
        body=body, messages=messages, singles=singles, rounds=200 if arguments.quick else 1_000
    )


def _measure(plan: Plan, process: ProcessPoolExecutor, cores: int) -> dict[str, Any]:
    """Measure one size of body on two new nodes."""
    with tempfile.TemporaryDirectory(prefix="gateway-benchmark-") as folder:
        _say(f"body {plan.body}: making two nodes")
        pair = Pair.make(Path(folder) / "nodes")
        try:
            return _stages(plan, pair, partial(_in_process, process), cores)
        finally:
            pair.stop()


def _in_process(
    process: ProcessPoolExecutor, function: Callable[..., load.Loaded], *args: Any, **kwargs: Any
) -> load.Loaded:
    return process.submit(function, *args, **kwargs).result()


def _stages(plan: Plan, pair: Pair, run: Callable[..., load.Loaded], cores: int) -> dict[str, Any]:
    draft, socket = _draft(plan.body), pair.sender.socket
    pair.start()
    time.sleep(_SETTLE)
    idle = _memory(pair)
    run(load.singles, socket, draft, messages=_WARM_UP)
    _say(f"body {plan.body}: {plan.singles} one by one")
    singles = _metered(pair, lambda: run(load.singles, socket, draft, messages=plan.singles))
    _say(f"body {plan.body}: {plan.messages} in batches")
    sizes = {"messages": plan.messages, "connections": _CONNECTIONS}
    batch = _metered(pair, lambda: run(load.batch, socket, draft, **sizes, wait=True))
    _say(f"body {plan.body}: {plan.messages} as a backlog")
    pair.receiver.stop()
    filled = run(load.batch, socket, draft, **sizes, wait=False)
    waiting = _first_batch(pair)
    before = _floor(plan, waiting)
    pair.receiver.start()
    backlog, drained = _drain(pair, plan.messages)
    _check(pair, _WARM_UP + plan.singles + 2 * plan.messages)
    _say(f"body {plan.body}: the floor again")
    after = _floor(plan, waiting)
    peak = {"sender": pair.sender.peak(), "receiver": pair.receiver.peak()}
    return {
        "body": plan.body,
        "envelope": len(waiting[0].envelope),
        "lines": len(waiting),
        "floor": _floor_view([before, after], cores),
        "batch": report.rate(batch, plan.messages, _bare(before, after, "message"), cores),
        "submit": {"messages_per_second": plan.messages / (filled.submitted - filled.began)},
        "backlog": report.rate(backlog, drained, _bare(before, after, "delivery"), cores),
        "single": report.single(singles, _bare(before, after, "message"), cores),
        "memory": {"idle": idle, "after": _memory(pair), "peak": peak},
    }


def _metered(pair: Pair, act: Callable[[], load.Loaded]) -> report.Metered:
    before, busy = pair.cpu(), machine.busy()
    loaded = act()
    after, busy = pair.cpu(), machine.busy() - busy
    return report.Metered(
        seconds=loaded.receipted - loaded.began,
        submitting=loaded.submitted - loaded.began,
        sender=after[0] - before[0],
        receiver=after[1] - before[1],
        load=loaded.cpu,
        busy=busy,
        samples=loaded.samples,
    )


def _drain(pair: Pair, messages: int) -> tuple[report.Metered, int]:
    """Let the receiver show life and wait until the backlog is gone; return also how much it was.

    The sender may have tried by itself while the receiver started; what left then is not counted.
    """
    desk = load.Desk(pair.sender.socket)
    before, cpu, busy = pair.cpu(), time.process_time(), machine.busy()
    waiting = desk.get("status")["peers"][0]["waiting"]
    began = time.monotonic()
    pair.receiver.client.post("ping", body={"to": pair.sender.name})
    desk.all_received()
    seconds = time.monotonic() - began
    after, busy = pair.cpu(), machine.busy() - busy
    desk.close()
    metered = report.Metered(
        seconds=seconds,
        submitting=0.0,
        sender=after[0] - before[0],
        receiver=after[1] - before[1],
        load=time.process_time() - cpu,
        busy=busy,
    )
    return metered, min(waiting, messages)


def _check(pair: Pair, messages: int) -> None:
    """Compare both nodes' own counts with what was submitted.

    Raises:
        LocalError: They differ; then no figure of this run is worth anything.
    """
    sent = pair.sender.client.get("status")["messages"]["out"].get("delivered", 0)
    received = pair.receiver.client.get("status")["messages"]["in"].get("received", 0)
    if (sent, received) != (messages, messages):
        raise LocalError(f"{messages} submitted, {sent} delivered, {received} received")


def _first_batch(pair: Pair) -> list[Ready]:
    """Return what one request of the sender carries, from its queue on the disk."""
    return peek(
        pair.sender.database,
        lambda tx: outbox.ready(
            tx,
            pair.receiver.name,
            # Whatever the back-off says: the question is what fits, not when it leaves.
            now=time.time() + 86_400,
            limit=limits.LINES,
            octets=limits.BATCH,
        ),
    )


def _floor(plan: Plan, batch: list[Ready]) -> floor.Floor:
    outer = read_envelope(batch[0].envelope)
    return floor.measure(octets=len(outer.sealed) - 16, lines=len(batch), rounds=plan.rounds)


def _bare(before: floor.Floor, after: floor.Floor, part: str) -> float:
    return (float(getattr(before, part)) + float(getattr(after, part))) / 2


def _floor_view(measured: list[floor.Floor], cores: int) -> dict[str, Any]:
    seconds = _bare(measured[0], measured[1], "message")
    calls = [each.send | each.arrive | each.receipt for each in measured]
    return {
        "seconds": seconds,
        "delivery_seconds": _bare(measured[0], measured[1], "delivery"),
        "messages_per_second": cores / seconds,
        "runs": [each.message for each in measured],
        "calls": {name: sum(each[name] for each in calls) / len(calls) for name in calls[0]},
    }


def _memory(pair: Pair) -> dict[str, int]:
    return {"sender": pair.sender.resident(), "receiver": pair.receiver.resident()}


def _draft(octets: int) -> bytes:
    """Return a draft whose body has exactly `octets` bytes of JSON: the example, filled up."""
    schema = orjson.loads(resources.schema_files()[f"types/{_TYPE}.schema.json"])
    body = schema["examples"][0]
    body["reason"] = {"en": ""}
    rest = octets - len(orjson.dumps(body))
    # One share a question and the last for the reason; a question costs about 50 bytes beside it.
    questions = min(rest // 4_096, _MOST_QUESTIONS)
    share = rest // (questions + 1)
    for number in range(100, 100 + questions):
        body["questions"][f"q{number}"] = {"text": _words(share - 60), "expected": "text"}
    rest = octets - len(orjson.dumps(body)) + len('{"en":""}')
    body["reason"] = _words(rest)
    assert len(orjson.dumps(body)) == octets
    return orjson.dumps({"type": _TYPE, "to": "kh/molvt", "body": body})


def _words(octets: int) -> dict[str, str]:
    """Return a text of exactly so many bytes of JSON, three eighths of them Japanese."""
    japanese = "この登録証明書は貴省が発行したものですか。" * 300
    english = "Was this registration certificate issued by your ministry? " * 300
    text = {"en": "", "ja": japanese[: max(1, octets // 8)]}
    return text | {"en": english[: octets - len(orjson.dumps(text))]}


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    os.environ.pop("GATEWAY_CONFIG", None)
    sys.exit(main())
