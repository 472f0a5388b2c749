"""Facts about this database: whose it is, and which life of it this is (the epoch)."""

from dataclasses import dataclass
from typing import Final

from gateway.errors import ConflictError, LocalError
from gateway.store.transaction import Transaction

_FORGOTTEN: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Meta:
    """Whose store this is. `epoch` is `<counter>.<32 hex digits>`, new in each database life."""

    node: str
    environment: str
    epoch: str


def initialise(tx: Transaction, meta: Meta) -> None:
    """Write the facts of a new store, once.

    Raises:
        ConflictError: The store has an owner already; nothing was changed.
    """
    if tx.one("meta.get", name="node") is not None:
        raise ConflictError("the database is already initialised")
    for name in Meta.__slots__:
        tx.run("meta.put", name=name, value=getattr(meta, name))


def load(tx: Transaction) -> Meta:
    """Return the facts.

    Raises:
        LocalError: The store was never initialised.
    """
    values = {}
    for name in Meta.__slots__:
        row = tx.one("meta.get", name=name)
        if row is None:
            raise LocalError("the database is not initialised", hint="gateway init")
        values[name] = row["value"]
    return Meta(**values)


def highest_number(tx: Transaction, name: str) -> int:
    """Return the highest number of `name` that something kept bears, 0 if there is none."""
    row = tx.one("meta.number", name=name)
    return 0 if row is None else int(row["value"])


def note_number(tx: Transaction, name: str, value: int) -> None:
    """Note that something kept in this transaction bears a number."""
    tx.run("meta.note_number", name=name, value=value)


def earlier_request(tx: Transaction, uid: int, key: str, request: str, *, since: str) -> str | None:
    """Return the id of what an equal request with this key made at `since` or later, if any.

    Raises:
        ConflictError: The key was used for another request; nothing was changed.
    """
    row = tx.one("meta.idempotency_get", uid=uid, key=key, since=since)
    if row is None:
        return None
    if row["request"] != request:
        raise ConflictError("this idempotency key was used for another request")
    return str(row["id"])


def remember_request(
    tx: Transaction, *, uid: int, key: str, request: str, id: str, at: str, since: str
) -> None:
    """Keep what a request made, so that its repetition makes nothing more; forget older keys.

    Each call forgets some of those from before `since`: more than it adds, so that they cannot pile
    up, and few enough that no caller pays for a week of others.
    """
    tx.run("meta.idempotency_put", uid=uid, key=key, request=request, id=id, at=at)
    for row in tx.all("meta.idempotency_old", since=since, limit=_FORGOTTEN):
        tx.run("meta.idempotency_remove", uid=row["uid"], key=row["key"])


def is_to_do(tx: Transaction, what: str) -> bool:
    """Tell whether a script of a newer format has left work to the first start after it."""
    return tx.one("meta.get", name=f"to-do.{what}") is not None


def done(tx: Transaction, what: str) -> None:
    """Note, in the transaction of that work, that it is done."""
    tx.run("meta.remove", name=f"to-do.{what}")


def position(tx: Transaction, name: str) -> int | None:
    """Return how far a follower of the events has come, None if it has never begun."""
    row = tx.one("meta.get", name=f"position.{name}")
    return None if row is None else int(row["value"])


def set_position(tx: Transaction, name: str, seq: int) -> None:
    """Note how far a follower of the events has come."""
    tx.run("meta.set", name=f"position.{name}", value=str(seq))


def forget_position(tx: Transaction, name: str) -> None:
    """Let a follower begin anew, for one that stopped following."""
    tx.run("meta.remove", name=f"position.{name}")
