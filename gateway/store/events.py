"""The feed of what happened: in order, without content, written by the triggers of the schema.

Nothing here writes to it. A change of a state and its event are one transaction, whoever made the
change; the newest 100,000 are kept.
"""

from gateway.store.transaction import Row, Transaction


def page(tx: Transaction, *, after: int, limit: int) -> list[Row]:
    """Return events in their order, those behind number `after`."""
    return tx.all("events.page", after=after, limit=limit)


def bounds(tx: Transaction) -> tuple[int, int]:
    """Return the numbers of the oldest event that is kept and of the newest.

    Where nothing has happened yet the oldest is 1, which is still to come, and the newest 0.
    """
    row = tx.only("events.bounds")
    return int(row["oldest"]), int(row["newest"])
