"""What the figures were measured on, and how much of it the measurement may use."""

import os
import platform
import sqlite3
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import aiohttp
import cryptography
from cryptography.hazmat.backends.openssl import backend

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_SYNCS: Final = 200
_PAGE: Final = 4_096


def share(cores: int) -> int:
    """Keep this process and all that it starts to so many cores; return how many there are."""
    allowed = sorted(os.sched_getaffinity(0))[:cores]
    os.sched_setaffinity(0, allowed)
    return len(allowed)


def facts(cores: int) -> dict[str, Any]:
    """Return what a reader needs to compare two runs."""
    return {
        "processor": _processor(),
        "cores": cores,
        "cores_present": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "sqlite": sqlite3.sqlite_version,
        "openssl": backend.openssl_version_text(),
        "cryptography": cryptography.__version__,
        "aiohttp": aiohttp.__version__,
        "fsync_seconds": _fsync(),
    }


def busy() -> float:
    """Return the seconds that our cores were not idle so far, whoever used them."""
    cores = {f"cpu{number}" for number in os.sched_getaffinity(0)}
    ticks = 0
    for line in Path("/proc/stat").read_text().splitlines():
        name, *times = line.split()
        if name in cores:
            # user nice system idle iowait irq softirq steal; a guest's time is in user already.
            ticks += sum(int(times[at]) for at in (0, 1, 2, 5, 6, 7))
    return ticks / _TICKS


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _fsync() -> float:
    """Return the mean seconds in which one appended page reaches the disk."""
    with tempfile.TemporaryFile(buffering=0) as file:
        began = time.perf_counter()
        for _ in range(_SYNCS):
            file.write(bytes(_PAGE))
            os.fdatasync(file.fileno())
        return (time.perf_counter() - began) / _SYNCS
