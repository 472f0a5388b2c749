"""The two nodes under measurement: real processes of this gateway, started and ended by their ids.

Nothing is switched off and no setting differs from what `gateway init` writes.
"""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import gateway
from gateway.cli import demo_folder
from gateway.cli.demo_nodes import DemoNode
from gateway.cli.socket_client import NodeClient
from gateway.errors import LocalError

_ROOT: Final = Path(gateway.__file__).parents[1]
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_START: Final = 20.0
_END: Final = 15.0


class Node:
    """One node: its process, what that process cost, and the way to its desk."""

    def __init__(self, place: DemoNode) -> None:
        self.name = place.name
        self._place = place
        self._process: subprocess.Popen[bytes] | None = None
        self._peak = 0

    @property
    def client(self) -> NodeClient:
        """The way to its desk."""
        return self._place.client

    @property
    def socket(self) -> Path:
        """Its control socket."""
        from gateway import config
        from gateway.control_path import control_path

        return control_path(config.load(self._place.config).control.socket)

    @property
    def database(self) -> Path:
        """Its SQLite file."""
        from gateway import config
        from gateway.node.setup import DATABASE

        return config.load(self._place.config).paths.data / DATABASE

    def start(self) -> None:
        """Start the process and return once it answers.

        Raises:
            LocalError: It ended, or did not answer in time; its log says why.
        """
        with self._place.log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    "-m",
                    "gateway",
                    "--config",
                    str(self._place.config),
                    "serve",
                ],
                cwd=_ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + _START
        while not self._place.is_up():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise LocalError(f"{self.name} did not start; see {self._place.log}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End the process; what it needed at most is remembered."""
        if self._process is None:
            return
        self._peak = self.peak()
        self._process.terminate()
        try:
            self._process.wait(_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def cpu(self) -> float:
        """Return the processor seconds of all its threads so far."""
        text = Path(f"/proc/{self._pid}/stat").read_text()
        # The name in parentheses may hold spaces; user and system time are fields 14 and 15.
        fields = text.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def resident(self) -> int:
        """Return how many bytes of memory it holds now."""
        return self._memory("VmRSS")

    def peak(self) -> int:
        """Return the most bytes of memory that it ever held, over restarts."""
        is_running = self._process is not None and self._process.poll() is None
        return max(self._peak, self._memory("VmHWM") if is_running else 0)

    @property
    def _pid(self) -> int:
        if self._process is None or self._process.poll() is not None:
            raise LocalError(f"{self.name} is not running; see {self._place.log}")
        return self._process.pid

    def _memory(self, name: str) -> int:
        for line in Path(f"/proc/{self._pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
        return 0


@dataclass(frozen=True, slots=True)
class Pair:
    """Japan's node, which sends, and Cambodia's, which receives."""

    sender: Node
    receiver: Node

    @classmethod
    def make(cls, folder: Path) -> "Pair":
        """Make both nodes with new keys and empty databases."""
        demo = demo_folder.open_or_make(folder, lambda _: None)
        return cls(Node(demo.japan), Node(demo.cambodia))

    def start(self) -> None:
        """Start both."""
        self.sender.start()
        self.receiver.start()

    def stop(self) -> None:
        """End both."""
        self.sender.stop()
        self.receiver.stop()

    def cpu(self) -> tuple[float, float]:
        """Return what sender and receiver cost so far."""
        return self.sender.cpu(), self.receiver.cpu()
