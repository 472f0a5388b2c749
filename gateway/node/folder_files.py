"""The files of the exchange folder: read only when whole, written only whole.

Everything that is read was dropped by somebody, so nothing is believed: links, pipes, folders and
files of other accounts are refused, and what is looked at is the open descriptor. Everything that
is written gets its bytes under a name that nobody reads and its real name in one step.
"""

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from gateway.errors import InvalidError, NotFoundError
from gateway.private_files import DIRECTORY_MODE, FILE_MODE, open_directory, sync_directory

SUFFIX: Final = ".json"
RESULT: Final = ".result.json"
STATUS: Final = ".status.json"

# As much as the local API takes as the body of a request.
MOST_BYTES: Final = 4 * 2**20
# A name has 255 bytes; ours are longer by the ending and what makes a temporary name.
_LONGEST_NAME: Final = 200
# What a folder under the name of a file is in the way by, and the other way round.
_IN_THE_WAY: Final = {errno.EEXIST, errno.EISDIR, errno.ENOTDIR, errno.ENOTEMPTY}


class Part(StrEnum):
    """A folder in the exchange folder."""

    OUT = "out"
    TAKEN = ".taken"
    DONE = "done"
    FAILED = "failed"
    IN = "in"
    STATUS = "status"


class RefusedFileError(InvalidError):
    """What lies there is not a file that may be read; its bytes have not been used."""


class GoneError(NotFoundError):
    """Somebody took or renamed the file after it was seen; there is nothing left to do."""


@dataclass(frozen=True, slots=True)
class Look:
    """What tells whether somebody still writes to a file."""

    inode: int
    size: int
    changed: float


class FolderFiles:
    """The exchange folder at a path."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def prepare(self) -> None:
        """Make what is missing and judge what is there.

        Raises:
            PrivateFileError: A folder is open to others, of somebody else, or a link.
        """
        for folder in (self.path, *(self.path / part for part in Part)):
            with suppress(FileExistsError):
                folder.mkdir(mode=DIRECTORY_MODE)
            with open_directory(folder):
                pass

    def listed(self, part: Part) -> dict[str, Look]:
        """Return what lies in a part under a name that counts, the longest unchanged first.

        Raises:
            PrivateFileError: The folder is not private any more; nothing in it was looked at.
        """
        found = {}
        with open_directory(self.path / part) as descriptor:
            for name in os.listdir(descriptor):
                if not _counts(name, part):
                    continue
                with suppress(FileNotFoundError):
                    status = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
                    found[name] = Look(status.st_ino, status.st_size, status.st_mtime)
        return dict(sorted(found.items(), key=lambda item: (item[1].changed, item[0])))

    def read(self, part: Part, name: str) -> tuple[bytes, Look]:
        """Return the bytes of a file and how it looked when they were read.

        Raises:
            GoneError: It is not there any more.
            RefusedFileError: It is a link, no file, too large, or of another account.
            PrivateFileError: The folder is not private any more.
        """
        with open_directory(self.path / part) as directory, _opened(name, directory) as file:
            status = os.fstat(file)
            _judge(status)
            parts, left = [], MOST_BYTES + 1
            while left and (part_read := os.read(file, min(left, 2**20))):
                parts.append(part_read)
                left -= len(part_read)
        if not left:
            raise RefusedFileError(f"is larger than {MOST_BYTES} bytes")
        return b"".join(parts), Look(status.st_ino, status.st_size, status.st_mtime)

    def move(self, name: str, source: Part, target: Part) -> None:
        """Move a file between parts, over one of that name; after a crash it lies in one of them.

        Raises:
            GoneError: It is not there any more.
            PrivateFileError: One of the folders is not private any more.
        """
        with (
            open_directory(self.path / source) as from_,
            open_directory(self.path / target) as to,
        ):
            try:
                os.rename(name, name, src_dir_fd=from_, dst_dir_fd=to)
            except FileNotFoundError:
                raise GoneError("the file is not there any more") from None
            except OSError as error:
                if error.errno not in _IN_THE_WAY:
                    raise
                aside = f"{stem(name)}.{secrets.token_hex(4)}{SUFFIX}"
                os.rename(name, aside, src_dir_fd=from_, dst_dir_fd=to)
        sync_directory(self.path / target)
        sync_directory(self.path / source)

    def put(self, part: Part, name: str, content: bytes) -> None:
        """Write a file that appears whole or not at all, over one of that name.

        Raises:
            PrivateFileError: The folder is not private any more.
        """
        temporary = f".{name}.{secrets.token_hex(4)}.tmp"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with open_directory(self.path / part) as directory:
            try:
                descriptor = os.open(temporary, flags, FILE_MODE, dir_fd=directory)
                with os.fdopen(descriptor, "wb") as file:
                    os.fchmod(descriptor, FILE_MODE)
                    file.write(content)
                    file.flush()
                    os.fsync(descriptor)
                os.rename(temporary, name, src_dir_fd=directory, dst_dir_fd=directory)
            except BaseException:
                with suppress(OSError):
                    os.unlink(temporary, dir_fd=directory)
                raise
            os.fsync(directory)


def stem(name: str) -> str:
    """Return the name that a file was dropped under, without its ending.

    >>> stem("inquiry-17.json")
    'inquiry-17'
    """
    return name.removesuffix(SUFFIX)


def _counts(name: str, part: Part) -> bool:
    """Tell whether a name is one of ours; hidden ones are somebody's who has not finished."""
    try:
        length = len(name.encode())
    except UnicodeEncodeError:
        return False
    if name.startswith(".") or not name.endswith(SUFFIX) or length > _LONGEST_NAME:
        return False
    if part is Part.STATUS:
        return name.endswith(STATUS)
    return name.isprintable() and not name.endswith((RESULT, STATUS))


@contextmanager
def _opened(name: str, directory: int) -> Iterator[int]:
    # O_NONBLOCK: opening a named pipe would otherwise wait for ever for somebody to write.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(name, flags, dir_fd=directory)
    except FileNotFoundError:
        raise GoneError("the file is not there any more") from None
    except OSError as error:
        raise RefusedFileError(f"cannot be read: {error.strerror}") from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _judge(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise RefusedFileError("is not a file")
    if status.st_uid not in {0, os.geteuid()}:
        raise RefusedFileError("belongs to another account")
