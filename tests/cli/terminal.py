"""A command at a real terminal (a pty): its words are awaited, what an officer types is sent."""

import os
import pty
import re
import select
import signal
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
PATIENCE = 30.0

# Colours, cursor movements and what a line editor writes beside the letters.
_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|[=>])|\x07")


class Terminal:
    """One command on a terminal so wide that nothing is folded."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        clean = {name: value for name, value in os.environ.items() if name != "GATEWAY_CONFIG"}
        clean |= {"PYTHONPATH": str(CHECKOUT), "TERM": "xterm", "COLUMNS": "400"} | environment
        self._pid, self._end = pty.fork()
        if self._pid == 0:
            command = [sys.executable, "-P", "-m", "gateway", *arguments]
            os.execve(sys.executable, command, clean)
        self._seen = 0
        self._raw = b""
        self._code: int | None = None

    @property
    def text(self) -> str:
        """Everything that was written until now, as a person reads it."""
        text = self._raw.decode(errors="replace").replace("\r\n", "\n")
        return _ESCAPES.sub("", text).replace("\r", "")

    def expect(self, words: str) -> "Terminal":
        """Wait until the words are written, after those that were awaited before."""
        deadline = time.monotonic() + PATIENCE
        while (found := self.text.find(words, self._seen)) < 0:
            if time.monotonic() > deadline or not self._read(deadline):
                raise AssertionError(f"never written: {words!r}\n{self.text}")
        self._seen = found + len(words)
        return self

    def type(self, text: str, *, end: str = "\r") -> "Terminal":
        """Type a text and Enter, or whatever `end` is."""
        os.write(self._end, (text + end).encode())
        return self

    def answer(self, words: str, text: str = "") -> "Terminal":
        """Wait for a question and type the answer."""
        return self.expect(words).type(text)

    def interrupt(self, words: str) -> "Terminal":
        """Press Ctrl-C until the words follow: pressed just as a line is awaited, it is lost."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self.type("\x03", end="")
            patience = time.monotonic() + 1.0
            while time.monotonic() < patience and self._read(patience):
                if words in self.text[self._seen :]:
                    return self.expect(words)
        raise AssertionError(f"Ctrl-C does nothing\n{self.text}")

    def finish(self) -> int:
        """Wait for the end and return the exit code."""
        deadline = time.monotonic() + PATIENCE
        while self._read(deadline):
            if time.monotonic() > deadline:
                raise AssertionError(f"it does not end\n{self.text}")
        if self._code is None:
            _, status = os.waitpid(self._pid, 0)
            self._code = os.waitstatus_to_exitcode(status)
            os.close(self._end)
        return self._code

    def end(self) -> None:
        """End it now, if it has not ended by itself."""
        if self._code is None:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            os.close(self._end)
            self._code = -signal.SIGKILL

    def _read(self, deadline: float) -> bool:
        """Read what is there; False once the command has closed its end."""
        while time.monotonic() < deadline:
            if not select.select([self._end], [], [], 0.1)[0]:
                continue
            try:
                part = os.read(self._end, 65_536)
            except OSError:
                return False
            self._raw += part
            return bool(part)
        return True
