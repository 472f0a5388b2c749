"""Drafts: what an officer has begun to write, kept in the node until it is sent or given up.

A draft need not be valid yet, so nothing of it is judged but its form; it is judged like any other
message when it is sent. Each belongs to the uid that wrote it and is nobody else's to see.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Final

import orjson

from gateway.catalogue import TYPES, is_node
from gateway.desk.draft import Actor
from gateway.envelope import strict, times
from gateway.errors import InvalidError, NotFoundError, Problem
from gateway.store import Row, Store, Transaction, drafts

# Names stand in the clear and in addresses: ASCII, and nothing that means something to a shell.
NAME: Final = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
# As much as the content of a message.
LARGEST: Final = 2**20

_NAME: Final = re.compile(NAME.removesuffix("$"))


class Drafts:
    """The drafts of everybody who works at this node, each for their own."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock

    async def put(
        self, name: str, draft: Mapping[str, Any], actor: Actor, *, is_new: bool = False
    ) -> dict[str, Any]:
        """Keep a draft under a name and return its view, without what it says.

        Raises:
            InvalidError: The name has another form, or the draft is larger than a message.
            ConflictError: `is_new`, and there is one of that name; or there are 200 already.
        """
        _check_name(name)
        content = orjson.dumps(draft)
        if len(content) > LARGEST:
            raise InvalidError(
                f"the draft has {len(content)} bytes; a message may have {LARGEST}",
                hint="send it in parts",
            )
        type_name, to = draft.get("type"), draft.get("to")
        keep = partial(
            drafts.put,
            uid=actor.uid,
            name=name,
            content=content,
            at=times.text(int(self._clock())),
            # Only what a list can show; anything else stays in the sealed part.
            type=type_name if isinstance(type_name, str) and type_name in TYPES else None,
            peer=to if isinstance(to, str) and is_node(to) else None,
            is_new=is_new,
        )

        def record(tx: Transaction) -> dict[str, Any]:
            keep(tx)
            row, _ = drafts.get(tx, uid=actor.uid, name=name)
            return _view(row)

        return await self._store.write(record)

    async def get(self, name: str, actor: Actor) -> dict[str, Any]:
        """Return a draft as it was kept.

        Raises:
            NotFoundError: This officer has none of that name.
            CorruptError: The stored text is not the one that was kept.
        """
        get = partial(drafts.get, uid=actor.uid, name=name)
        row, content = await self._store.read(get)
        return _view(row) | {"draft": strict.parse(content, limit=LARGEST)}

    async def all(self, actor: Actor) -> dict[str, Any]:
        """Return the officer's drafts by name, without what they say."""
        rows = await self._store.read(partial(drafts.all_of, uid=actor.uid))
        return {"items": [_view(row) for row in rows], "next": None}

    async def delete(self, name: str, actor: Actor) -> dict[str, Any]:
        """Delete a draft; its key goes with it, so it never opens again.

        Raises:
            NotFoundError: This officer has none of that name.
        """
        await self._store.write(partial(drafts.delete, uid=actor.uid, name=name))
        return {"name": name, "deleted": True}


def forget_draft(tx: Transaction, name: str, actor: Actor) -> None:
    """Delete the draft of a message that is kept now; that there is none any more is no fault."""
    with suppress(NotFoundError):
        drafts.delete(tx, uid=actor.uid, name=name)


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        problem = Problem("name", "is not 1 to 64 letters, digits, dots, dashes and underscores")
        raise InvalidError("a draft cannot bear that name", problems=(problem,))


def _view(row: Row) -> dict[str, Any]:
    known = TYPES.get(row["type"] or "")
    return {
        "name": row["name"],
        "type": row["type"],
        "title": None if known is None else known.title,
        "to": row["peer"],
        "updated": row["updated"],
    }
