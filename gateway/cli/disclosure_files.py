"""The folder that a disclosure is written into: made for it alone, never over what is there."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from gateway.cli import disclosure_page, labelled, new_file, options
from gateway.errors import ConflictError, GatewayError, LocalError

# For the caller alone.
_PRIVATE: Final = 0o700
# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "exists": "{path} is there already and was left as it is",
    "another": "choose another folder with --out",
    "unwritable": "{path} cannot be made: {reason}",
    "again": "it was allowed and is kept in the ledger; fetch it again: {line}",
}

View = Mapping[str, Any]


def folder_for(view: View) -> Path:
    """Return where a package goes if the caller names no folder."""
    org = str((view.get("to") or {}).get("org_id")).replace("/", "-")
    return Path(f"{view.get('short')}-{org}")


def numbered(folder: Path, number: object) -> Path:
    """Give a folder the number of the ledger in its name, so that the next one has room.

    Where that name is taken, it keeps its own: what is allowed is written all the same.
    """
    name = folder.with_name(f"{folder.name}-{number}")
    if name.exists():
        return folder
    try:
        return folder.rename(name)
    except OSError:
        return folder


def recall_folder_for(view: View) -> Path:
    """Return where the notice goes that takes a disclosure back, if the caller names no folder."""
    org = str((view.get("to") or {}).get("org_id")).replace("/", "-")
    return Path(f"recall-{view.get('ledger')}-{org}")


@contextmanager
def made(path: Path) -> Iterator[Path]:
    """Make a folder, and take it away again if nothing came of what it was made for.

    It is made before the node is asked: what cannot be written shall use up no consent.

    Raises:
        ConflictError: Something has that name.
        LocalError: It cannot be made.
    """
    try:
        path.mkdir(mode=_PRIVATE)
    except FileExistsError:
        words = _WORDS["exists"].format(path=path)
        raise ConflictError(words, hint=_WORDS["another"]) from None
    except OSError as error:
        words = _WORDS["unwritable"].format(path=path, reason=error.strerror)
        raise LocalError(words, hint=_WORDS["another"]) from None
    try:
        yield path
    finally:
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()


def write(folder: Path, package: View) -> list[Path]:
    """Write a package for programs and for people; return both files.

    Raises:
        GatewayError: A file cannot be written; the hint says how to fetch it again.
    """
    number = package.get("ledger")
    page = disclosure_page.disclosure(package, labelled.schema_of(str(package["source"]["type"])))
    text = json.dumps(package, ensure_ascii=False, indent=2)
    found = {f"disclosure-{number}.json": text + "\n", f"disclosure-{number}.html": page}
    try:
        return list(_written(folder, found))
    except GatewayError as error:
        line = options.line("disclose", "show", str(number), "--out", "FOLDER")
        raise LocalError(str(error), hint=_WORDS["again"].format(line=line)) from None


def write_recall(folder: Path, notice: View) -> list[Path]:
    """Write a notice of recall for programs and for people; return both files.

    Raises:
        GatewayError: A file cannot be written.
    """
    number = notice.get("ledger")
    text = json.dumps(notice, ensure_ascii=False, indent=2)
    found = {f"recall-{number}.json": text + "\n"}
    found[f"recall-{number}.html"] = disclosure_page.recall(notice)
    return list(_written(folder, found))


def _written(folder: Path, found: Mapping[str, str]) -> Iterator[Path]:
    for name, text in found.items():
        path = folder / name
        with new_file.place(path, force=False) as file:
            file.write(text.encode())
        yield path
