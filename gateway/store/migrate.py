"""Bring the file to the form this version knows: numbered scripts, each one transaction.

Before the first script touches a file that holds something, the file is kept beside itself as it
was: the version that wrote it can open that copy, not the new form.
"""

import shutil
import sqlite3
from importlib import resources
from pathlib import Path
from typing import Final

from gateway.errors import LocalError
from gateway.store.copying import copy, sync

HINT: Final = "check [paths] data"
APPLICATION_ID: Final = 0x6D6F6331  # "moc1": `file` and a careless operator can tell it apart
# Nobody migrates this often; a loop for ever would hang a start.
_MOST_COPIES: Final = 100


def _scripts() -> list[str]:
    folder = resources.files("gateway.store").joinpath("migrations")
    files = sorted(
        (item for item in folder.iterdir() if item.name.endswith(".sql")), key=lambda f: f.name
    )
    return [file.read_text("utf-8") for file in files]


def newest_format() -> int:
    """Return the format that this version writes."""
    return len(_scripts())


def check(database: sqlite3.Connection) -> int:
    """Return the format of a file that this version may open; only reads.

    Raises:
        LocalError: The file is another program's, or was made by a newer version. Untouched.
    """
    try:
        version = int(database.execute("PRAGMA user_version").fetchone()[0])
        application = database.execute("PRAGMA application_id").fetchone()[0]
        tables = database.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise LocalError(f"the database file cannot be read: {error}", hint=HINT) from error
    if tables and application != APPLICATION_ID:
        raise LocalError("the database file belongs to another program", hint=HINT)
    if version > (known := newest_format()):
        raise LocalError(
            f"the database has format {version}, this version knows {known}",
            hint="start the version that wrote it, or a newer one",
        )
    return version


def is_current(database: sqlite3.Connection) -> bool:
    """Tell whether the file has the form of this version."""
    return check(database) == newest_format()


def demand_current(database: sqlite3.Connection) -> None:
    """Let nobody look into a form that this version's queries do not know.

    Raises:
        LocalError: It has an older one. Untouched.
    """
    if (version := check(database)) != (known := newest_format()):
        raise LocalError(
            f"the database has format {version}, this version reads format {known}",
            hint="gateway serve brings it up, and keeps the old file beside it",
        )


def has_table(database: sqlite3.Connection, name: str) -> bool:
    """Tell whether the file has a table; one that an older version wrote may lack it."""
    query = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?"
    return database.execute(query, (name,)).fetchone() is not None


def migrate(database: sqlite3.Connection) -> None:
    """Apply the scripts that are missing; each one is done or absent, never half.

    Raises:
        LocalError: The file is not ours or is newer, there is no room to keep it, or a script
            failed; nothing was changed.
    """
    if 0 < (version := check(database)) < newest_format():
        _keep(database, version)
    apply(database)


def apply(database: sqlite3.Connection) -> None:
    """Apply them without keeping the file: for one that is itself a copy.

    Raises:
        LocalError: The file is not ours or is newer, or a script failed; nothing was changed.
    """
    version, scripts = check(database), _scripts()
    for number, script in enumerate(scripts[version:], start=version + 1):
        try:
            database.executescript(
                f"BEGIN IMMEDIATE;\n{script}\n"
                f"PRAGMA application_id = {APPLICATION_ID};\n"
                f"PRAGMA user_version = {number};\nCOMMIT;"
            )
        except sqlite3.Error as error:
            if database.in_transaction:
                database.execute("ROLLBACK")
            raise LocalError(
                f"the database cannot be brought to format {number}: {error}", hint=HINT
            ) from error


def _keep(database: sqlite3.Connection, version: int) -> None:
    """Copy the file beside itself as `NAME.format-N`; a database in memory has no place for it."""
    (name,) = (row[2] for row in database.execute("PRAGMA database_list") if row[1] == "main")
    if not name:
        return
    kept = _free_name(Path(name), version)
    part = Path(f"{name}.keeping")
    _demand_room(database, kept.parent)
    try:
        # A start that was cut short left it.
        part.unlink(missing_ok=True)
        copy(database, part)
        part.rename(kept)
        sync(kept.parent)
    except (sqlite3.Error, OSError) as error:
        raise LocalError(
            f"the database cannot be kept as {kept} before it is changed: {error}", hint=HINT
        ) from error


def _demand_room(database: sqlite3.Connection, folder: Path) -> None:
    """Let nothing begin that would fill the disk half-way: the copy, and the change after it."""
    pages = int(database.execute("PRAGMA page_count").fetchone()[0])
    need = 2 * pages * int(database.execute("PRAGMA page_size").fetchone()[0])
    if shutil.disk_usage(folder).free < need:
        raise LocalError(
            f"the database is kept before it is changed; that needs {need} bytes free in {folder}",
            hint="make room in the data folder, then start again",
        )


def _free_name(path: Path, version: int) -> Path:
    for number in range(1, _MOST_COPIES):
        name = path.with_name(
            f"{path.name}.format-{version}" + (f".{number}" if number > 1 else "")
        )
        if not name.exists():
            return name
    raise LocalError(
        f"there are {_MOST_COPIES - 1} kept databases of format {version} beside {path}",
        hint="move those away that are not needed, then start again",
    )
