"""Where the control socket of a node really is, for the node that binds it and those who call it.

A Unix socket's path has at most 107 bytes (`sun_path` in unix(7), with its final NUL). A node whose
folder lies deeper binds in a short folder instead and leaves a file `control.path` at the wished
place that names the real one.
"""

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Final

MAX_BYTES: Final = 107
NOTE: Final = "control.path"


def control_path(wished: Path) -> Path:
    """Return the path to connect to for a socket that the configuration puts at `wished`.

    The note comes before a guess: node and caller may have different `XDG_RUNTIME_DIR`s.
    """
    if fits(wished):
        return wished
    try:
        noted = wished.with_name(NOTE).read_text(encoding="utf-8").strip()
    except OSError:
        return short_path(wished)
    return Path(noted) if noted else short_path(wished)


def fits(path: Path) -> bool:
    """Tell whether the kernel takes the path as it is.

    >>> fits(Path("/run/gateway/control.sock")), fits(Path("/" + 107 * "a"))
    (True, False)
    """
    return len(os.fsencode(path)) <= MAX_BYTES


def short_path(wished: Path) -> Path:
    """Return the path in the short folder that belongs to `wished`, and to no other."""
    name = hashlib.sha256(os.fsencode(wished.absolute())).hexdigest()[:16]
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    candidate = Path(runtime or tempfile.gettempdir(), f"gateway-{name}", "control.sock")
    # A deep runtime folder would only repeat the trouble.
    return candidate if fits(candidate) else Path("/tmp", *candidate.parts[-2:])  # noqa: S108
