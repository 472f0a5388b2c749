"""Bring the file to the form this version knows: numbered scripts, each one transaction."""

import sqlite3
from importlib import resources
from typing import Final

from gateway.errors import LocalError

_HINT: Final = "check [paths] data"
APPLICATION_ID: Final = 0x6D6F6331  # "moc1": `file` and a careless operator can tell it apart


def _scripts() -> list[str]:
    folder = resources.files("gateway.store").joinpath("migrations")
    files = sorted(
        (item for item in folder.iterdir() if item.name.endswith(".sql")), key=lambda f: f.name
    )
    return [file.read_text("utf-8") for file in files]


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
        raise LocalError(f"the database file cannot be read: {error}", hint=_HINT) from error
    if tables and application != APPLICATION_ID:
        raise LocalError("the database file belongs to another program", hint=_HINT)
    if version > (known := len(_scripts())):
        raise LocalError(
            f"the database has format {version}, this version knows {known}",
            hint="start the version that wrote it, or a newer one",
        )
    return version


def migrate(database: sqlite3.Connection) -> None:
    """Apply the scripts that are missing; each one is done or absent, never half.

    Raises:
        LocalError: The file is not ours or is newer, or a script failed; nothing was changed.
    """
    version = check(database)
    for number, script in enumerate(_scripts()[version:], start=version + 1):
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
                f"the database cannot be brought to format {number}: {error}", hint=_HINT
            ) from error
