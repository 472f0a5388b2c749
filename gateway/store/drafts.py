"""Messages that somebody has begun to write: sealed like messages, one owner each.

Each draft has a key of its own, new with every change, so what was overwritten or deleted does not
open again. Owner, name, type and recipient stand in the clear, for lists.
"""

from typing import Final

from gateway.errors import ConflictError, NotFoundError
from gateway.store.transaction import Row, Transaction

# More than an officer works on at a time; without a bound a script could fill the disk.
MOST: Final = 200

_HINT: Final = "gateway draft list"


def put(
    tx: Transaction,
    *,
    uid: int,
    name: str,
    content: bytes,
    at: str,
    type: str | None,
    peer: str | None,
    is_new: bool,
) -> None:
    """Keep a draft under its name.

    Args:
        is_new: There must be none of that name yet.

    Raises:
        ConflictError: There is one, or the owner has as many as one may have. Nothing was kept.
    """
    if tx.one("drafts.get", uid=uid, name=name) is None:
        if tx.only("drafts.count", uid=uid)["count"] >= MOST:
            raise ConflictError(
                f"there are {MOST} drafts already, and no more are kept",
                hint="gateway draft delete NAME; gateway draft list shows them",
            )
    elif is_new:
        raise ConflictError(
            f"there is a draft {name} already",
            hint=f"choose another name, or: gateway draft delete {name}",
        )
    place = _place(uid, name)
    key, wrapped = tx.sealer.new_key(place)
    tx.run(
        "drafts.put",
        uid=uid,
        name=name,
        updated=at,
        type=type,
        peer=peer,
        content_key=wrapped,
        content=tx.sealer.seal(key, content, place),
    )


def get(tx: Transaction, *, uid: int, name: str) -> tuple[Row, bytes]:
    """Return a draft's row and its content.

    Raises:
        NotFoundError: Its owner has none of that name; others' drafts do not exist for one.
        CorruptError: What is stored is not what was kept.
    """
    row = tx.one("drafts.get", uid=uid, name=name)
    if row is None:
        raise NotFoundError(f"there is no draft {name}", hint=_HINT)
    return row, tx.sealer.open(row["content_key"], row["content"], _place(uid, name))


def all_of(tx: Transaction, uid: int) -> list[Row]:
    """Return what lists show of an owner's drafts, by name."""
    return tx.all("drafts.all", uid=uid, limit=MOST)


def delete(tx: Transaction, *, uid: int, name: str) -> None:
    """Delete a draft.

    Raises:
        NotFoundError: Its owner has none of that name.
    """
    if tx.run("drafts.delete", uid=uid, name=name) == 0:
        raise NotFoundError(f"there is no draft {name}", hint=_HINT)


def _place(uid: int, name: str) -> str:
    return f"drafts/{uid}/{name}/content"
