"""Files that nobody but the account of this node may read or change.

Directories are 0700 and files 0600 or stricter, both owned by the account that runs the node, and
no name on the way is a symbolic link. Everything is judged on the open descriptor, never on the
path: between a look at a path and its use, somebody may have swapped what stands there. Modes are
set explicitly and do not depend on the umask.
"""

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from gateway.errors import ExitCode, LocalError

# A card is at most 256 KiB and every other file far smaller: what is larger is not ours.
MAX_BYTES: Final = 1024 * 1024

DIRECTORY_MODE: Final = 0o700
FILE_MODE: Final = 0o600

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


class PrivateFileError(LocalError):
    """A private file cannot be used as it stands; `hint` is the command that mends it."""

    exit_code = ExitCode.INVALID


class FilesExistError(PrivateFileError):
    """Something already stands where new private files should go; it was not touched."""

    exit_code = ExitCode.CONFLICT


@contextmanager
def open_directory(path: Path) -> Iterator[int]:
    """Yield a descriptor of the directory once its owner and mode are right.

    Raises:
        PrivateFileError: It is missing, a link, no directory, or open to others. Nothing in it
            has been read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise _unusable(path, error, kind="directory") from None
    try:
        _judge(path, os.fstat(descriptor), kind="directory")
        yield descriptor
    finally:
        os.close(descriptor)


def read(path: Path, *, directory: int | None = None) -> bytes:
    """Return the bytes of a private file; with `directory`, `path.name` is looked up inside it.

    Raises:
        PrivateFileError: It is missing, a link, no regular file, larger than 1 MiB, owned by
            somebody else or open to others. Its bytes have not been used.
    """
    name: Path | str = path if directory is None else path.name
    # O_NONBLOCK: opening a named pipe would otherwise wait for ever for somebody to write.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(name, flags, dir_fd=directory)
    except OSError as error:
        raise _unusable(path, error, kind="file") from None
    try:
        _judge(path, os.fstat(descriptor), kind="file")
        return read_limited(descriptor, path)
    finally:
        os.close(descriptor)


def read_limited(descriptor: int, source: Path | str) -> bytes:
    """Read to the end, but never more than `MAX_BYTES`.

    Raises:
        PrivateFileError: There is more than that, so this is not the file it should be.
    """
    parts: list[bytes] = []
    left = MAX_BYTES + 1
    while left and (part := os.read(descriptor, left)):
        parts.append(part)
        left -= len(part)
    if not left:
        raise PrivateFileError(f"{source} is larger than {MAX_BYTES} bytes")
    return b"".join(parts)


def check_tree(path: Path) -> None:
    """Judge everything below `path`, known to us or not: a stray copy of a key leaks as well.

    Raises:
        PrivateFileError: The first entry that others could read or change, or that is a link.
    """
    with open_directory(path) as descriptor:
        names = sorted(os.listdir(descriptor))
        entries = [(path / name, _status(name, descriptor, path)) for name in names]
    for entry, status in entries:
        if entry.name == "README.md":
            continue  # public, and a version control system sets its mode
        if stat.S_ISDIR(status.st_mode):
            check_tree(entry)
        else:
            _judge(entry, status, kind="file")


def write_new(path: Path, content: bytes) -> None:
    """Write a file of mode 0600 that appears complete or not at all, and survives a power cut.

    Raises:
        FilesExistError: Something already has that name; it stays as it was.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        _write(temporary, content)
        # A hard link, unlike a rename, never replaces what is there.
        os.link(temporary, path, follow_symlinks=False)
    except FileExistsError:
        raise FilesExistError(f"{path} already exists") from None
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()
    sync_directory(path.parent)


def write_directory(path: Path, files: dict[str, bytes]) -> None:
    """Make the directory `path` with `files` in one step: after a crash it has all or none.

    An empty directory, or one that holds nothing but a README.md, may already be there.

    Raises:
        FilesExistError: The directory holds something else. Nothing has changed.
    """
    readme = _readme_of_vacant(path)
    path.parent.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    temporary.mkdir(mode=DIRECTORY_MODE)
    try:
        temporary.chmod(DIRECTORY_MODE)
        for name, content in (readme | files).items():
            _write(temporary / name, content)
        sync_directory(temporary)
        if readme:
            (path / "README.md").unlink()
        # POSIX: a rename onto an empty directory replaces it, onto any other it fails.
        temporary.rename(path)
    except OSError as error:
        _remove(temporary)
        if readme and path.is_dir() and not (path / "README.md").exists():
            (path / "README.md").write_bytes(readme["README.md"])
        if error.errno in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}:
            raise FilesExistError(f"{path} was made by somebody else meanwhile") from None
        raise
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable, not only the files they point to."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(path: Path, content: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, FILE_MODE)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, FILE_MODE)
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _readme_of_vacant(path: Path) -> dict[str, bytes]:
    if not os.path.lexists(path):
        return {}
    if path.is_symlink() or not path.is_dir():
        raise FilesExistError(f"{path} exists and is not a directory")
    names = sorted(entry.name for entry in path.iterdir())
    if names not in ([], ["README.md"]):
        first = next(name for name in names if name != "README.md")
        raise FilesExistError(
            f"{path} already holds {first}: nothing was written",
            hint="existing keys are never replaced; move the directory away or choose another one",
        )
    return {name: (path / name).read_bytes() for name in names}


def _remove(folder: Path) -> None:
    for entry in folder.iterdir():
        entry.unlink()
    folder.rmdir()


def _status(name: str, directory: int, path: Path) -> os.stat_result:
    try:
        return os.stat(name, dir_fd=directory, follow_symlinks=False)
    except OSError as error:
        raise _unusable(path / name, error, kind="file") from None


def _judge(path: Path, status: os.stat_result, *, kind: str) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise _link(path, kind)
    is_expected = stat.S_ISDIR if kind == "directory" else stat.S_ISREG
    if not is_expected(status.st_mode):
        raise PrivateFileError(f"{path} is not a regular {kind}")
    if status.st_uid != os.geteuid():
        raise PrivateFileError(
            f"{path} belongs to uid {status.st_uid}, but this program runs as uid {os.geteuid()}",
            hint=f"chown {os.geteuid()} '{path}'",
        )
    if status.st_mode & _OTHERS:
        wanted = DIRECTORY_MODE if kind == "directory" else FILE_MODE
        raise PrivateFileError(
            f"{path} has mode {stat.S_IMODE(status.st_mode):04o}: others could get at it; "
            f"a private {kind} has {wanted:04o}",
            hint=f"chmod {wanted:04o} '{path}'",
        )


def _unusable(path: Path, error: OSError, *, kind: str) -> PrivateFileError:
    if error.errno in {errno.ELOOP, errno.EMLINK} or path.is_symlink():
        return _link(path, kind)
    if error.errno == errno.ENOENT:
        return PrivateFileError(f"{path} does not exist")
    if error.errno == errno.ENOTDIR:
        return PrivateFileError(f"{path} is not a directory")
    return PrivateFileError(f"{path} cannot be opened: {os.strerror(error.errno or 0)}")


def _link(path: Path, kind: str) -> PrivateFileError:
    return PrivateFileError(
        f"{path} is a symbolic link; private files are never reached through one",
        hint=f"put the {kind} itself there",
    )
