"""One process per store: a lock beside the database, held as long as the store is open."""

import fcntl
import os
from pathlib import Path

from gateway.errors import ExitCode, LocalError


class StoreLockedError(LocalError):
    """Another process has the store open; nothing was touched."""

    exit_code = ExitCode.UNAVAILABLE


def take(database: Path) -> int:
    """Take the lock of a database file and return the descriptor that holds it.

    Raises:
        StoreLockedError: Another process holds it.
    """
    descriptor = os.open(
        database.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
    )
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise StoreLockedError(
            f"another process has {database} open (is the node running?)",
            hint="stop the node first, or ask it through its control socket (gateway status)",
        ) from None
    return descriptor
