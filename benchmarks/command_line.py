"""How long a command takes by the clock, beside an interpreter that does nothing.

    python benchmarks/command_line.py [--quick] [--json]

Two nodes of this gateway run meanwhile, and the inbox that is listed holds fifty messages. What
each figure means stands in README.md beside this file.
"""

import argparse
import json
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import machine
import orjson
from pair import Pair

from gateway import resources

_MESSAGES: Final = 50
_ROUNDS: Final = 30
_TYPE: Final = "inquiry.request"
_TO: Final = "kh/molvt"
# Bounds of the design, in milliseconds.
_BOUNDS: Final = {"gateway --help": 100.0, "gateway inbox": 200.0}
_BARE: Final = "python -c pass"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """One command: the middle of its times and the slowest, in milliseconds."""

    command: str
    median: float
    slowest: float
    times_bare: float
    bound: float | None


def main() -> int:
    """Measure, print, and return 0."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--quick", action="store_true", help="few rounds: a look, not a figure")
    arguments = parser.parse_args()
    # Whoever ends the measurement early ends the nodes with it.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    facts = machine.facts(machine.share(2))
    with tempfile.TemporaryDirectory(prefix="gateway-benchmark-") as folder:
        pair = Pair.make(Path(folder) / "nodes")
        try:
            pair.start()
            _fill(pair)
            found = _measure(_commands(folder), 5 if arguments.quick else _ROUNDS)
        finally:
            pair.stop()
    if arguments.json:
        print(json.dumps({"machine": facts, "commands": [asdict(each) for each in found]}))
    else:
        print(_text(found))
    return 0


def _fill(pair: Pair) -> None:
    """Send messages until the inbox that is listed is full."""
    schema = orjson.loads(resources.schema_file(f"types/{_TYPE}.schema.json"))
    draft = {"type": _TYPE, "to": _TO, "body": schema["examples"][0]}
    for _ in range(_MESSAGES):
        sent = pair.sender.client.post("messages", body=draft)
    pair.sender.client.get("messages", sent["id"], "wait", level="received", timeout=60)


def _commands(folder: str) -> dict[str, list[str]]:
    program = [sys.executable, "-P", "-m", "gateway"]
    node = [*program, "--config", f"{folder}/nodes/kh/config.toml"]
    return {
        _BARE: [sys.executable, "-c", "pass"],
        "gateway --help": [*program, "--help"],
        "gateway send --help": [*program, "send", "--help"],
        "gateway inbox": [*node, "inbox"],
        "gateway inbox --json": [*node, "inbox", "--json"],
        "gateway status": [*node, "status"],
    }


def _measure(commands: dict[str, list[str]], rounds: int) -> list[Timed]:
    """Run the commands by turns, so that a busy moment of the machine befalls them all."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds + 1):
        for name, words in commands.items():
            times[name].append(_clock(words))
    # The first round reads files that the others find in memory.
    middle = {name: statistics.median(found[1:]) for name, found in times.items()}
    return [
        Timed(
            command=name,
            median=middle[name],
            slowest=max(found[1:]),
            times_bare=middle[name] / middle[_BARE],
            bound=_BOUNDS.get(name),
        )
        for name, found in times.items()
    ]


def _clock(words: Sequence[str]) -> float:
    began = time.perf_counter()
    subprocess.run(words, check=True, capture_output=True)
    return (time.perf_counter() - began) * 1000


def _text(found: Sequence[Timed]) -> str:
    lines = [f"{'':<22} {'median':>9} {'slowest':>9} {'bare':>8}  bound"]
    for each in found:
        bound = f"{each.bound:.0f} ms" if each.bound else ""
        lines.append(
            f"{each.command:<22} {each.median:>6.0f} ms {each.slowest:>6.0f} ms "
            f"{each.times_bare:>7.1f}x  {bound}".rstrip()
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
