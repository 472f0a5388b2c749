"""Playing the console blocks of a page: one shell for the whole page, and its output compared.

The comparison is loose where two runs may differ: times, ids, digests, ports, durations and the
width of columns. `…` on a line of its own stands for any number of lines, elsewhere for any text.
What ends with `⏎` was typed: everything behind the question, which ends with the choices in
brackets or with a colon.
"""

import os
import queue
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_TYPED = re.compile(r"^(?:.*?\[[^\]]*\]:?|[^:\[]*:)(.*)⏎$")
_TYPING = Path(__file__).with_name("typing.py")
_BLOCK = re.compile(r"^([ ]*)```console\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_END = "--- the command has ended:"

# What may differ between two runs, each written the same way on both sides.
_VARIES = [
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?Z?"), "TIME"),
    (re.compile(r"\b\d\d:\d\d:\d\d\b"), "TIME"),
    (re.compile(r"\b\d\d:\d\d\b"), "TIME"),
    (re.compile(r"\b\d{4}-\d\d-\d\d\b"), "DAY"),
    (re.compile(r"\b\d\d? [A-Z][a-z]+ \d{4}\b"), "DAY"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}(-[0-9a-f]{4}){0,2}(-[0-9a-f]{12})?\b"), "ID"),
    (re.compile(r"\b(\d{5} ){11}\d{5}\b"), "DIGITS"),
    (re.compile(r"\b\d{5}( \d{5}){2,}\b"), "DIGITS"),
    (re.compile(r"sha-256:[\w-]{43}"), "DIGEST"),
    (re.compile(r"(?<![\w-])[\w-]{12}, [\w-]{12}(?![\w-])"), "KEYS"),
    (
        re.compile(r"\b\d+(\.\d+)? ?(ms|s|B|KB|MB|GB|KiB|MiB|GiB|bytes|days?|hours?|minutes?)\b"),
        "N",
    ),
    (re.compile(r"(127\.0\.0\.1|localhost):\d+"), "PORT"),
    (re.compile(r"(JP|KH)-\d{4}-"), r"\1-YEAR-"),
    (re.compile(r"\s+"), " "),
]


@dataclass(frozen=True, slots=True)
class Step:
    """One command of a page, its line, and what the page says that it prints."""

    line: int
    command: str
    expected: tuple[str, ...]


def steps(path: Path) -> Iterator[Step]:
    """Yield the commands of a page in their order."""
    text = path.read_text(encoding="utf-8")
    for block in _BLOCK.finditer(text):
        line = text.count("\n", 0, block.start(2)) + 1
        lines = [each.removeprefix(block[1]) for each in block[2].splitlines()]
        yield from _steps(lines, line)


def _steps(lines: list[str], first: int) -> Iterator[Step]:
    at = 0
    while at < len(lines):
        assert lines[at].startswith("$ "), f"line {first + at}: no command before this output"
        start, command = at, lines[at][2:]
        while command.endswith("\\") or (at + 1 < len(lines) and lines[at + 1].startswith("> ")):
            at += 1
            command += "\n" + lines[at].removeprefix("> ")
        at += 1
        expected = []
        while at < len(lines) and not lines[at].startswith("$ "):
            expected.append(lines[at])
            at += 1
        yield Step(first + start, command, tuple(expected))


def answers_of(step: Step) -> list[str]:
    """Return what is typed while a command asks."""
    found = (_TYPED.match(line) for line in step.expected)
    return [match[1].strip() for match in found if match]


def with_answers(step: Step) -> str:
    """Return the command as the shell is to run it: on a terminal where it asks."""
    answers = answers_of(step)
    if not any(line.endswith("⏎") for line in step.expected):
        return step.command
    words = [sys.executable, str(_TYPING), step.command, *answers]
    return " ".join(shlex.quote(word) for word in words)


class Shell:
    """A shell that runs one command after another and says what each printed."""

    def __init__(self, folder: Path, **environment: str) -> None:
        clean = {name: text for name, text in os.environ.items() if not name.startswith("GATEWAY_")}
        self._process = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            # What a terminal shows line by line must not be held back for a pipe.
            env=clean | {"PYTHONUNBUFFERED": "1"} | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=1,
            start_new_session=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)

    def run(self, command: str, patience: float = 60) -> tuple[int, list[str]]:
        """Return the exit code of a command and the lines it printed."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\nprintf '\\n%s %s\\n' '{_END}' $?\n")
        self._process.stdin.flush()
        printed: list[str] = []
        deadline = time.monotonic() + patience
        while True:
            left = deadline - time.monotonic()
            assert left > 0, f"{command} has not ended; it said {printed}"
            try:
                line = self._lines.get(timeout=left)
            except queue.Empty:
                continue
            if line.startswith(_END):
                break
            printed.append(line.rstrip("\n"))
        return int(line.removeprefix(_END)), printed

    def close(self) -> None:
        """End the shell and what still runs in it: they are one group of processes."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(60)
        self._reader.join(60)
        if self._process.stdout is not None:
            self._process.stdout.close()


def difference(expected: tuple[str, ...], printed: list[str]) -> str | None:
    """Return the first expected line that was not printed in its place, None if all were."""
    found = [_alike(line) for line in printed if line.strip()]
    at, may_skip = 0, False
    for line in expected:
        if not line.strip():
            continue
        if line.strip() == "…":
            may_skip = True
            continue
        pattern = ".*".join(re.escape(part) for part in _alike(line).split("…"))
        while at < len(found) and not re.fullmatch(pattern, found[at]) and may_skip:
            at += 1
        if at >= len(found) or not re.fullmatch(pattern, found[at]):
            return line
        at, may_skip = at + 1, False
    return None if at >= len(found) or may_skip or not expected else f"and then: {found[at]}"


def _alike(line: str) -> str:
    for pattern, word in _VARIES:
        line = pattern.sub(word, line)
    return line.removesuffix("⏎").strip()
