"""What is owed by whom and by when, and how well each side has kept to it.

Every duty names the message that obliges, the one that opened it and the one that closed it. A
report speaks of what fell due in a period: what was done in time, how long it took, what is late.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from gateway.catalogue import NEXT, ThreadState, short, type_of
from gateway.desk.paging import check_period, no_such_page
from gateway.envelope import times
from gateway.errors import InvalidError, Problem
from gateway.store import Row, Store, Transaction, duties, peers, publications
from gateway.store.duties import Act, Holder, Wanted

_PAGE: Final = 500
# At least nine of ten in time and nothing late is a side that keeps its word; with fewer than seven
# of ten the two contact points should talk.
GREEN: Final = 0.9
RED: Final = 0.7
# What somebody does; that a message is only to be read makes nobody's light red.
_JUDGED: Final = (Act.ACCEPTED, Act.ANSWERED, Act.REPEATED)


class Light(StrEnum):
    """How a side has kept to its duties; `NONE` where none has fallen due."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How the duties of one side to do one thing were kept; a share is None where none is."""

    done: int = 0
    in_time: int = 0
    open: int = 0
    overdue: int = 0
    mean_days: float | None = None

    def view(self) -> dict[str, Any]:
        """Return it as it is shown."""
        days = None if self.mean_days is None else round(self.mean_days, 1)
        return {
            "done": self.done,
            "in_time": self.in_time,
            "open": self.open,
            "overdue": self.overdue,
            "mean_days": days,
        }


def light_of(kept: Mapping[Act, Kept]) -> Light:
    """Return the light that a side's duties of all kinds give together.

    >>> light_of({Act.ACCEPTED: Kept(done=10, in_time=9)})
    <Light.GREEN: 'green'>
    >>> light_of({Act.ACCEPTED: Kept(done=10, in_time=10, open=1, overdue=1)})
    <Light.AMBER: 'amber'>
    """
    judged = [kept[act] for act in _JUDGED if act in kept]
    overdue = sum(each.overdue for each in judged)
    total = sum(each.done for each in judged) + overdue
    if total == 0:
        return Light.NONE
    share = sum(each.in_time for each in judged) / total
    if share < RED:
        return Light.RED
    return Light.GREEN if share >= GREEN and overdue == 0 else Light.AMBER


class Duties:
    """The part of the desk that tells of duties; it changes nothing."""

    def __init__(self, *, node: str, store: Store, clock: Callable[[], float]) -> None:
        self._node = node
        self._store = store
        self._clock = clock

    async def page(
        self,
        *,
        peer: str | None = None,
        holder: str | None = None,
        overdue: bool = False,
        everything: bool = False,
        reading: bool = True,
        after: str | None = None,
        limit: int = 50,
    ) -> dict[str, Any]:
        """Return duties, the most pressing first; `next` is the `after` of the following page.

        `to_publish` counts what waits to be made public by us, which is listed elsewhere.

        Args:
            holder: `us` or `them`: only what this side owes.
            overdue: Only what is late.
            everything: Also what is done; the latest due date then comes first.
            reading: Also what is only to be read.

        Raises:
            InvalidError: A filter that nothing fits, or two that exclude each other.
            NotFoundError: There is no such peer; the text names those there are.
        """
        if overdue and everything:
            problem = Problem("overdue", "is of what is not done, so it has no place beside all")
            raise InvalidError("two filters exclude each other", problems=(problem,))
        now = times.text(self._clock())
        wanted = Wanted(
            peer=peer,
            holder=_holder(holder),
            before=now if overdue else None,
            everything=everything,
            reading=reading,
        )
        start, limit = _key(after), max(1, min(limit, _PAGE))

        def load(tx: Transaction) -> tuple[list[Row], int]:
            if peer is not None:
                peers.get(tx, peer)
            return duties.page(tx, wanted, after=start, limit=limit + 1), _to_publish(tx, wanted)

        rows, to_publish = await self._store.read(load)
        following = _text(rows[limit - 1]) if len(rows) > limit else None
        items = [_view(row, self._node, now) for row in rows[:limit]]
        return {"items": items, "next": following, "to_publish": to_publish}

    async def report(
        self, *, peer: str | None = None, since: str | None = None, until: str | None = None
    ) -> dict[str, Any]:
        """Return per peer and side how what fell due in a period was done, with its light.

        Args:
            since: Of what was due then or later.
            until: Of what was due before then.

        Raises:
            InvalidError: A time that is none, or a period that ends before it begins.
            NotFoundError: There is no such peer; the text names those there are.
        """
        check_period(since, until)
        now = times.text(self._clock())

        def load(tx: Transaction) -> list[Row]:
            if peer is not None:
                peers.get(tx, peer)
            return duties.report(tx, now=now, peer=peer, since=since, until=until)

        found: dict[tuple[str, Holder], dict[Act, Kept]] = {}
        for row in await self._store.read(load):
            side = found.setdefault((row["peer"], Holder(row["holder"])), {})
            side[Act(row["act"])] = Kept(
                **{name: row[name] for name in ("done", "in_time", "open", "overdue", "mean_days")}
            )
        items = [
            _side_view(node, holder, kept, self._node)
            for (node, holder), kept in sorted(found.items())
        ]
        return {"at": now, "since": since, "until": until, "items": items}


def _to_publish(tx: Transaction, wanted: Wanted) -> int:
    if wanted.holder is Holder.THEM:
        return 0
    counts = publications.counts(tx)
    return sum(each["waiting"] for each in counts if wanted.peer in (None, each["peer"]))


def _side_view(peer: str, holder: Holder, kept: Mapping[Act, Kept], node: str) -> dict[str, Any]:
    return {
        "peer": peer,
        "holder": holder,
        "node": node if holder is Holder.US else peer,
        **{act.value: kept.get(act, Kept()).view() for act in _JUDGED},
        "light": light_of(kept),
    }


def _view(row: Row, us: str, now: str) -> dict[str, Any]:
    """Return one duty with the messages that it comes from, that began it and that ended it."""
    node = us if row["holder"] == Holder.US else row["peer"]
    is_open = row["closed"] is None
    return {
        "peer": row["peer"],
        "holder": row["holder"],
        "node": node,
        "act": row["act"],
        "words": act_in_words(row["type"], Act(row["act"])),
        "message": row["id"],
        "short": short(row["id"]),
        "type": row["type"],
        "title": type_of(row["type"]).title,
        "thread": row["thread"],
        "reference": row["reference"],
        "priority": row["priority"],
        "opened": row["opened"],
        "opened_by": row["opened_id"] or row["id"],
        "due": row["due"],
        "source": row["source"],
        "overdue": is_open and row["due"] < now,
        "missed": row["missed"],
        "reminded": row["reminded"],
        "reminded_late": row["recalled"],
        "closed": row["closed"],
        "closed_by": row["closed_id"],
        "outcome": row["outcome"],
    }


def act_in_words(type_name: str, act: Act) -> str:
    """Return what the holder of a duty is to do.

    >>> act_in_words("irregularity.report", Act.ANSWERED)
    'investigate'
    >>> act_in_words("dispatch.anomaly", Act.ANSWERED)
    'explain it'
    """
    row = type_of(type_name)
    match act:
        case Act.HANDED_OVER:
            return "read it"
        case Act.ACCEPTED:
            return "accept or decline"
        case Act.REPEATED:
            return "report on it again" if row.repeats is None else "send the next one"
    if row.task is not None:
        return row.task
    opened = None if row.opens is None else NEXT[row.opens, ThreadState.ACCEPTED]
    return opened.act if opened is not None and opened.level is not None else "answer"


def _holder(text: str | None) -> Holder | None:
    if text is None:
        return None
    if text not in list(Holder):
        problem = Problem("holder", f"is not one of: {', '.join(Holder)}")
        raise InvalidError("no such holder", problems=(problem,))
    return Holder(text)


def _key(after: str | None) -> tuple[str, int, str, int] | None:
    if after is None:
        return None
    due, seq, act, turn = (*after.split("~"), "", "", "", "")[:4]
    if not (_is_number(seq) and _is_number(turn) and act in list(Act)):
        raise no_such_page()
    return due, int(seq), act, int(turn)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18


def _text(row: Row) -> str:
    return "~".join(str(row[name]) for name in ("due", "seq", "act", "turn"))
