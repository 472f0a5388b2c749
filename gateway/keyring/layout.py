"""The names of the files under `keys/`; `keys/README.md` says the same to operators."""

import os
import re
from pathlib import Path
from typing import Final

IDENTITY: Final = "identity.key"
STORE: Final = "store.key"
CARD: Final = "card.json"

_NUMBERED: Final = re.compile(r"(message|encryption|tls)-([1-9][0-9]{0,5})\.(key|secret|pem)")


def numbered(kind: str, number: int, suffix: str = "key") -> str:
    """Return a file name such as `message-1.key`.

    >>> numbered("tls", 2, "pem")
    'tls-2.pem'
    """
    return f"{kind}-{number}.{suffix}"


def number_of(path: Path) -> int:
    """Return the number in a file name that `newest_first` has found."""
    return int(path.stem.rpartition("-")[2])


def files_of(certificate: Path) -> tuple[str, ...]:
    """Return the names of a certificate's three files.

    >>> files_of(Path("keys/tls-2.pem"))
    ('tls-2.pem', 'tls-2.key', 'tls-2.secret')
    """
    return tuple(certificate.with_suffix(suffix).name for suffix in (".pem", ".key", ".secret"))


def newest_first(folder: Path, directory: int, kind: str, suffix: str = "key") -> list[Path]:
    """List the files of a kind by falling number; 10 comes before 9, as by name it would not."""
    found: list[tuple[int, Path]] = []
    for name in os.listdir(directory):
        match = _NUMBERED.fullmatch(name)
        if match and (match[1], match[3]) == (kind, suffix):
            found.append((int(match[2]), folder / name))
    return [path for _, path in sorted(found, reverse=True)]
