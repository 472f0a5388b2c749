"""By when each level of a message should be reached, for whoever watches and for whoever must act.

The receipt (level 1) has no deadline of its own: until it comes the message is queued, and ends at
`expires`.
"""

from collections.abc import Mapping

from gateway.catalogue.calendars import Calendar
from gateway.catalogue.types import MessageType
from gateway.envelope import times


def level_deadlines(
    row: MessageType, start: int, due: str | None, calendar: Calendar
) -> Mapping[str, str]:
    """Return the time by which each level that is owed should be reached.

    Args:
        row: The type as the memorandum has it (`Profile.type_of`).
        start: When its recipient took the message, in unix seconds.
        due: `due` of the signed header; counts only where the type is one that is answered.
        calendar: The recipient's, who must act.

    >>> from gateway.catalogue.calendars import WEEKDAYS
    >>> from gateway.catalogue.types import TYPES
    >>> level_deadlines(TYPES["sending-org.revocation"], 1_774_569_600, None, WEEKDAYS)
    {'handed-over': '2026-03-31T00:00:00Z', 'accepted': '2026-04-01T00:00:00Z'}
    """
    deadlines = {}
    if row.handed_over is not None:
        deadlines["handed-over"] = times.text(row.handed_over.end(start, calendar))
    if row.accepted is not None:
        deadlines["accepted"] = times.text(row.accepted.end(start, calendar))
    if due is not None and row.response:
        deadlines["answered"] = due
    return deadlines
