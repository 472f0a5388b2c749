"""More time for an answer: which answer a request means, when it is of use, and when it lapses.

Both ends judge a request alike by what they have: the desk refuses one of its own officers, and one
that arrives all the same calls a person.
"""

from collections.abc import Mapping
from typing import Any, Final

from gateway.catalogue import short
from gateway.delivery.superseding import first_version
from gateway.errors import Problem
from gateway.store import Row, Transaction, duties, messages, threads
from gateway.store.duties import Act, Holder, Outcome
from gateway.store.messages import Direction
from gateway.store.threads import Opener

REQUEST: Final = "extension.request"


def opening_of(tx: Transaction, thread: Row) -> Row | None:
    """Return the message that opened a thread, None if it is not here."""
    direction = Direction.OUT if thread["opener"] == Opener.US else Direction.IN
    found = messages.by_id(tx, thread["peer"], direction, thread["thread"])
    return None if found is None else messages.shown(tx, found["seq"])


def answer_owed(tx: Transaction, named: Row, holder: Holder) -> Row | None:
    """Return the answer for which its holder asks for more time, if that is still owed.

    It is owed to the message that the request names, or to the one that opened the matter.
    """
    about = first_version(tx, named)
    if (owed := duties.open_answer(tx, about["seq"], holder)) is not None:
        return owed
    thread = threads.get(tx, named["peer"], named["thread"])
    opening = None if thread is None else opening_of(tx, thread)
    return None if opening is None else duties.open_answer(tx, opening["seq"], holder)


def unfit(
    tx: Transaction, named: Row, body: Mapping[str, Any], *, holder: Holder, first: int | None
) -> tuple[Problem, ...]:
    """Return why a request for more time is of no use, none where it is.

    Args:
        named: The message that it names.
        holder: Who asks.
        first: The first version of the request, where this is a corrected one.
    """
    owed = answer_owed(tx, named, holder)
    if owed is None:
        return ()
    if body["due"] <= owed["due"]:
        return (Problem("/due", f"is not later than {owed['due']}, the day that stands"),)
    for request in duties.open_requests(tx, named["peer"], named["thread"], REQUEST):
        if request["seq"] != first and request["holder"] != holder:
            other = messages.in_thread(tx, named["peer"], request["in_reply_to"])
            meant = other and answer_owed(tx, messages.shown(tx, other["seq"]), holder)
            if meant is not None and meant["seq"] == owed["seq"]:
                return (
                    Problem("/due", f"was asked for already: {short(request['id'])} has no answer"),
                )
    return ()


def lapse(
    tx: Transaction, peer: str, thread: str, *, about: tuple[str, ...] | None, at: str, by: int
) -> None:
    """End what is owed on account of requests for more time: there is no answer left to wait for.

    Args:
        about: The ids of what was answered; None where the whole matter is over.
        by: The message that answered, or ended the matter.
    """
    for request in duties.open_requests(tx, peer, thread, REQUEST):
        if about is None or request["in_reply_to"] in about:
            duties.close(tx, request["seq"], (Act.ANSWERED,), Outcome.LAPSED, at=at, by=by)
