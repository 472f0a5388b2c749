"""Reading server-sent events: the lines of a stream as events with their numbers."""

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

GAP: Final = "gap"
_LONGEST_LINE: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened at the node: no content, only what it is about.

    `kind` is `message.` with the state that a message got, `level.` with what the other side did
    with one of ours, `thread.opened`, `thread.moved`, `thread.attention`, `alarm` (its kind stands
    in `state`, what it is about in `id`), or `gap`: what came before is not kept any more.
    """

    seq: int
    kind: str
    peer: str | None = None
    id: str | None = None
    type: str | None = None
    thread: str | None = None
    reference: str | None = None
    state: str | None = None


def blocks(response: http.client.HTTPResponse) -> Iterator[tuple[int, Event | None]]:
    """Yield the place in the feed after each block, with its event unless it was a heartbeat.

    Raises:
        OSError, HTTPException, ValueError: The stream broke, or is none.
    """
    seq, data = 0, ""
    while line := response.readline(_LONGEST_LINE):
        name, _, value = line.decode().rstrip("\r\n").partition(": ")
        if name == "id":
            seq = int(value)
        elif name == "data":
            data = value
        elif not name and not value:
            yield seq, _event(seq, data) if data else None
            data = ""


def _event(seq: int, data: str) -> Event:
    """Return an event; members that this version does not know are left out."""
    found = json.loads(data)
    known = {name: found.get(name) for name in Event.__slots__ if name != "seq"}
    return Event(seq=seq, **known)
