"""Which levels of a message are awaited, from when on, and when their holder is to be reminded.

Handing over and acceptance are due so many days after the receipt: before it nobody could act,
and both sides date it by the same entry. The answer is due at the signed header's `due`, receipt
or not.
"""

from dataclasses import dataclass
from typing import Final

from gateway.catalogue import (
    WEEKDAYS,
    Calendar,
    Catalogue,
    MessageType,
    Profile,
    Term,
    level_deadlines,
    type_of,
)
from gateway.envelope import Header, Priority, times
from gateway.errors import UnknownProfileError
from gateway.store import Row, Transaction, duties
from gateway.store.duties import Act, Holder, Owed, Source
from gateway.store.messages import Reached

_DAY: Final = 86_400
# Who owes something hears of it two working days before; where less was given, not before.
_NOTICE: Final = Term(2, working=True)
# No run of days off is longer; a year's beginning and the Khmer New Year stay well below.
_LONGEST_NOTICE: Final = 15


@dataclass(frozen=True, slots=True)
class Terms:
    """How long each type leaves, under the memorandum with each peer, and in whose days."""

    node: str
    catalogue: Catalogue

    def of(self, peer: str, type_name: str) -> MessageType:
        """Return the type as the memorandum with the peer has it, or as the catalogue does."""
        profile = self._profile(peer)
        if profile is not None and type_name in profile.types:
            return profile.types[type_name]
        return type_of(type_name)

    def calendar(self, peer: str, holder: Holder) -> Calendar:
        """Return the working days of the side that must act."""
        profile = self._profile(peer)
        node = self.node if holder is Holder.US else peer
        return WEEKDAYS if profile is None else profile.calendar_of(node)

    def _profile(self, peer: str) -> Profile | None:
        try:
            return self.catalogue.profile_for(self.node, peer)
        except UnknownProfileError:
            return None


@dataclass(frozen=True, slots=True)
class Dated:
    """What of a signed header says by when an answer is due."""

    created: str
    due: str | None
    priority: str


def awaited(
    row: MessageType, header: Header | Dated, calendar: Calendar, *, received: str | None
) -> dict[Act, Owed]:
    """Return the levels that are owed, with the time by which each is.

    Args:
        calendar: The recipient's, who must act.
        received: When its recipient took the message, None while that is not known.
    """
    start = times.parse(received or header.created)
    levels = level_deadlines(row, start, header.due, calendar)
    return {
        act: Owed(
            due=levels[act],
            source=_source(row, header, act, calendar),
            remind=remind_at(act, levels[act], start, calendar),
        )
        for act in duties.LEVELS
        if act in levels and (received is not None or act is Act.ANSWERED)
    }


def _source(row: MessageType, header: Header | Dated, act: Act, calendar: Calendar) -> Source:
    """Return who said by when: a date that the profile gives is the profile's, whoever wrote it."""
    term = row.response.get(Priority(header.priority))
    if act is not Act.ANSWERED:
        return Source.PROFILE
    start = times.parse(header.created)
    given = None if term is None else times.text(term.end(start, calendar))
    return Source.PROFILE if header.due == given else Source.SENDER


def remind_at(act: Act, due: str, opened: int, calendar: Calendar) -> str | None:
    """Return when the holder of a duty is to be reminded of it, None if never.

    Nobody is reminded of what is only to be read, nor in the moment when it is told.

    Args:
        opened: From when on it is owed, in unix seconds.
        calendar: The holder's.
    """
    if act is Act.HANDED_OVER:
        return None
    end = times.parse(due)
    for days in range(_NOTICE.days, _LONGEST_NOTICE):
        start = end - days * _DAY
        if _NOTICE.end(start, calendar) <= end:
            return times.text(start) if start > opened else None
    return None


def await_levels(
    tx: Transaction,
    seq: int,
    header: Header,
    terms: Terms,
    *,
    peer: str,
    direction: str,
    received: str | None,
) -> None:
    """Await what a message that is kept just now asks for."""
    holder = duties.holder_of(direction)
    owed = awaited(
        terms.of(peer, header.type), header, terms.calendar(peer, holder), received=received
    )
    opened = received or header.created
    duties.add(tx, seq, owed, peer=peer, direction=direction, opened=opened)


def await_rest(tx: Transaction, row: Row, terms: Terms, *, received: str) -> None:
    """Await what a message has not reached yet.

    Args:
        row: The message, with its levels: an acknowledgement may have overtaken the receipt.
    """
    peer, direction = row["peer"], row["direction"]
    calendar = terms.calendar(peer, duties.holder_of(direction))
    kept = Dated(row["created"], row["due"], row["priority"])
    owed = awaited(terms.of(peer, row["type"]), kept, calendar, received=received)
    for level in Reached:
        if row[level.replace("-", "_")] is not None:
            for ended in duties.ENDS[level]:
                owed.pop(ended, None)
    duties.add(tx, row["seq"], owed, peer=peer, direction=direction, opened=received)
