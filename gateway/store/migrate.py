"""Bring the file to the form this version knows: numbered scripts, each one transaction."""

import sqlite3
from importlib import resources
from typing import Final

from gateway.errors import LocalError

APPLICATION_ID: Final = 0x6D6F6331  # "moc1": `file` and a careless operator can tell it apart


def _scripts() -> list[str]:
    folder = resources.files("gateway.store").joinpath("migrations")
    files = sorted(
        (item for item in folder.iterdir() if item.name.endswith(".sql")), key=lambda f: f.name
    )
    return [file.read_text("utf-8") for file in files]


def migrate(database: sqlite3.Connection) -> None:
    """Apply the scripts that are missing; a crash leaves each one done or absent, never half.

    Raises:
        LocalError: The file is another program's, or was made by a newer version. Untouched.
    """
    version = database.execute("PRAGMA user_version").fetchone()[0]
    application = database.execute("PRAGMA application_id").fetchone()[0]
    tables = database.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if tables and application != APPLICATION_ID:
        raise LocalError("the database file belongs to another program", hint="check [paths] data")
    scripts = _scripts()
    if version > len(scripts):
        raise LocalError(
            f"the database has format {version}, this version knows {len(scripts)}",
            hint="start the version that wrote it, or a newer one",
        )
    for number in range(version, len(scripts)):
        database.executescript(
            f"BEGIN IMMEDIATE;\n{scripts[number]}\n"
            f"PRAGMA application_id = {APPLICATION_ID};\n"
            f"PRAGMA user_version = {number + 1};\nCOMMIT;"
        )
