"""What the first start of a newer version does for messages that an older one has kept.

The format's own scripts know neither calendars nor the memorandum, so they leave a mark, and the
rest is done here: reports on investigations that are under way, and when each holder is to be
reminded. All of it and the mark's end are one transaction, so that a start which is cut short
leaves it to the next.
"""

from typing import Final

from gateway.catalogue import OVER, ThreadKind, ThreadState, is_taken_up
from gateway.delivery.awaiting import Terms, remind_at
from gateway.delivery.owing import REPORTED, await_next, end_turn
from gateway.envelope import times
from gateway.store import Row, Transaction, messages, meta, older_duties, threads
from gateway.store.duties import Act, Holder

# Written by 0004_duties.sql into a file that holds messages already.
_MARK: Final = "duties"


def catch_up(tx: Transaction, terms: Terms) -> None:
    """Bring duties that an older version left up to what this one would have noted; once."""
    if not meta.is_to_do(tx, _MARK):
        return
    for row in older_duties.never_to_be_reminded(tx):
        calendar = terms.calendar(row["peer"], Holder(row["holder"]))
        at = remind_at(Act(row["act"]), row["due"], times.parse(row["opened"]), calendar)
        older_duties.set_reminder(tx, row, at)
    for about in REPORTED:
        for seq in older_duties.not_reported_on(tx, about):
            _await_reports(tx, messages.shown(tx, seq), terms)
    meta.done(tx, _MARK)


def _await_reports(tx: Transaction, opening: Row, terms: Terms) -> None:
    """Await the next report on what is under way, as if each one before had been followed."""
    thread = threads.get(tx, opening["peer"], opening["thread"])
    if thread is None or opening["answered"] is not None:
        return
    kind, state = ThreadKind(thread["kind"]), ThreadState(thread["state"])
    if (kind, state) in OVER or not is_taken_up(kind, state):
        return
    row = REPORTED[opening["type"]]
    # Which message accepted it stands sealed in that message's body; the matter's own is named.
    begun = opening["accepted"] or thread["opened"]
    await_next(tx, opening, row, terms, at=begun, by=opening["seq"])
    for each in older_duties.reports_on(tx, opening, row.name):
        end_turn(tx, opening["seq"], at=each["at"], by=each["seq"])
        await_next(tx, opening, row, terms, at=each["at"], by=each["seq"])
