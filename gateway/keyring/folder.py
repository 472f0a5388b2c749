"""The folder `keys/` as one thing: one at a time changes it, and several files change together.

A rotation adds files and replaces the card; another passphrase replaces most files. A crash in
between must leave all of the old or all of the new, so the new files first stand complete in a
folder of their own:

    .next.<digits>.tmp/ --rename--> next/ --file by file--> keys/        (the rename decides)

Whoever opens the keys first finishes what a crash left in `next/`. See decision 14.
"""

import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from gateway import private_files
from gateway.errors import TransientError

_NEXT: Final = "next"
_GONE: Final = "gone"
# Unsealing a folder of keys takes less than a second; a prompt is never waited for under the lock.
_PATIENCE: Final = 10.0
_LOOK: Final = 0.05


@contextmanager
def opened(folder: Path, *, patience: float = _PATIENCE) -> Iterator[int]:
    """Yield a descriptor of the folder, which is judged, whole, and ours alone until the end.

    Raises:
        PrivateFileError: Others can get at a file in it, or it is a link or missing.
        TransientError: Another command or node has it open for longer than `patience` seconds.
    """
    with private_files.open_directory(folder) as directory:
        _lock(folder, directory, patience)
        private_files.check_tree(folder)
        _finish(folder, directory)
        yield directory


def replace(
    folder: Path,
    files: Mapping[str, bytes],
    *,
    gone: Collection[str] = (),
    reached: Callable[[str], None] = lambda _: None,
) -> None:
    """Write all files or none, over those that are there; the caller holds the folder `opened`.

    Args:
        gone: Files that are to be deleted in the same step.
        reached: Called at each place where a crash could find the files.
    """
    temporary = folder / f".{_NEXT}.{secrets.token_hex(8)}.tmp"
    temporary.mkdir(mode=private_files.DIRECTORY_MODE)
    temporary.chmod(private_files.DIRECTORY_MODE)
    for name, content in {**files, _GONE: "\n".join(sorted(gone)).encode()}.items():
        private_files.write_new(temporary / name, content)
        reached(f"written {name}")
    private_files.sync_directory(temporary)
    temporary.rename(folder / _NEXT)
    private_files.sync_directory(folder)
    reached("decided")
    _move(folder, reached)


def destroy(folder: Path, names: Iterable[str]) -> None:
    """Delete files of the folder; what is gone already is no fault."""
    for name in names:
        with suppress(FileNotFoundError):
            (folder / name).unlink()
    private_files.sync_directory(folder)


def _lock(folder: Path, directory: int, patience: float) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(directory, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise TransientError(
                    f"another command is changing {folder}; nothing was changed here"
                ) from None
            time.sleep(_LOOK)
        else:
            return


def _finish(folder: Path, directory: int) -> None:
    """Finish what was decided before a crash, and clear away what was not."""
    names = os.listdir(directory)
    if _NEXT in names:
        _move(folder)
    for name in names:
        if name.startswith(f".{_NEXT}.") and name.endswith(".tmp"):
            shutil.rmtree(folder / name)


def _move(folder: Path, reached: Callable[[str], None] = lambda _: None) -> None:
    source = folder / _NEXT
    list_of_gone = source / _GONE
    for path in sorted(source.iterdir()):
        if path != list_of_gone:
            path.rename(folder / path.name)
            reached(f"moved {path.name}")
    # The list goes last: without it the folder is empty, and nothing is left to do but to say so.
    if list_of_gone.exists():
        destroy(folder, list_of_gone.read_text().split())
        reached("deleted")
        list_of_gone.unlink()
    source.rmdir()
    private_files.sync_directory(folder)
