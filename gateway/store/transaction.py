"""What a transaction function may do: run named queries, seal and unseal what is kept.

Queries live in `queries/NAME.sql` as blocks that start with `-- name: QUERY`; they are called as
`NAME.QUERY` with named parameters. Nothing else in the package holds SQL.
"""

import sqlite3
from collections.abc import Mapping
from importlib import resources
from typing import Any, Final

from gateway.errors import LocalError
from gateway.store.sealing import Sealer

# What a query returns, for those above who must not know the database.
Row = sqlite3.Row
_MARK: Final = "-- name:"


def _load() -> Mapping[str, str]:
    queries: dict[str, str] = {}
    for file in resources.files("gateway.store").joinpath("queries").iterdir():
        area, _, suffix = file.name.partition(".")
        if suffix != "sql":
            continue
        for block in file.read_text("utf-8").split(_MARK)[1:]:
            name, _, text = block.partition("\n")
            queries[f"{area}.{name.strip()}"] = text.strip()
    return queries


QUERIES: Final = _load()


class Transaction:
    """One transaction, alive only while its function runs."""

    __slots__ = ("_database", "sealer")

    def __init__(self, database: sqlite3.Connection, sealer: Sealer) -> None:
        self._database = database
        self.sealer = sealer

    def one(self, query: str, **parameters: Any) -> Row | None:
        """Return the first row, or None."""
        row: Row | None = self._database.execute(QUERIES[query], parameters).fetchone()
        return row

    def only(self, query: str, **parameters: Any) -> Row:
        """Return the one row of a query that always has one.

        Raises:
            LocalError: It has none, which is a fault in the query.
        """
        row = self.one(query, **parameters)
        if row is None:
            raise LocalError(f"the query {query} returned nothing")
        return row

    def all(self, query: str, **parameters: Any) -> list[Row]:
        """Return every row; queries that can grow carry a LIMIT."""
        return self._database.execute(QUERIES[query], parameters).fetchall()

    def run(self, query: str, **parameters: Any) -> int:
        """Change rows and return how many were changed."""
        return self._database.execute(QUERIES[query], parameters).rowcount

    def insert(self, query: str, **parameters: Any) -> int:
        """Insert one row and return its row id."""
        return int(self._database.execute(QUERIES[query], parameters).lastrowid or 0)
