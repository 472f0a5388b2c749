"""What needs a person, and who has looked at it."""

from functools import partial
from typing import Any, Final

from gateway.delivery.changes import Changes
from gateway.delivery.ports import Ports
from gateway.desk.draft import Actor
from gateway.desk.paging import row_key
from gateway.desk.submission import who_acts
from gateway.envelope import times
from gateway.errors import NotFoundError
from gateway.store import Row, Store, Transaction, alarms
from gateway.store.evidence import LOCAL, Fact, append

_PAGE: Final = 500
_LONGEST_NUMBER: Final = 18


class Alarms:
    """The alarms of this node, for whoever dismisses them."""

    def __init__(self, *, store: Store, ports: Ports, changes: Changes) -> None:
        self._store = store
        self._ports = ports
        self._changes = changes

    async def page(
        self, *, everything: bool = False, after: str | None = None, limit: int = 50
    ) -> dict[str, Any]:
        """Return alarms, newest first; `next` is the `after` of the following page.

        Args:
            everything: Also those that somebody has dismissed.
        """
        before = row_key(after)
        limit = max(1, min(limit, _PAGE))
        rows = await self._store.read(
            partial(alarms.page, before=before, limit=limit + 1, everything=everything)
        )
        following = str(rows[limit - 1]["seq"]) if len(rows) > limit else None
        return {"items": [dict(row) for row in rows[:limit]], "next": following}

    async def dismiss(self, number: str, actor: Actor) -> dict[str, Any]:
        """Note that the actor has looked at an alarm; raised again it needs a person again.

        Raises:
            NotFoundError: No alarm has this number.
        """
        seq = _number(number)
        at = times.text(self._ports.clock())

        def record(tx: Transaction) -> Row:
            row = alarms.get(tx, seq)
            if alarms.dismiss(tx, seq, uid=actor.uid, at=at):
                append(
                    tx,
                    LOCAL,
                    Fact.ALARM_DISMISSED,
                    at=at,
                    subject=row["subject"],
                    peer=row["peer"],
                    kind=row["kind"],
                    **who_acts(actor),
                )
            return alarms.get(tx, seq)

        row = await self._store.write(record)
        self._changes.ring()
        return dict(row)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > _LONGEST_NUMBER:
        raise NotFoundError("an alarm has a number", hint="gateway alarms")
    return int(text)
