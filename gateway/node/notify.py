"""Telling people: a command of the operator's is run for each event that somebody should know of.

The command gets one JSON line on its standard input and the same in its environment: what happened
and what it is about, never content and never a person's name. One run ends before the next begins.
How far the telling has come is kept in the database, so a restart loses nothing; the event that was
being told then is told again.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import aclosing, suppress
from functools import partial
from typing import Any, Final

import orjson

from gateway import log
from gateway.catalogue import TYPES, Channel
from gateway.desk.events import GAP, Events, Happened
from gateway.envelope import times
from gateway.store import Store, alarms, meta
from gateway.store.alarms import Alarm

# What somebody should know of. The levels `handed-over` and `answered` are left out: an answer is a
# message that comes in.
TOLD: Final = frozenset(
    {
        "message.received",
        "message.refused",
        "message.expired",
        "message.overdue",
        "message.held",
        "level.accepted",
        "level.declined",
        "thread.attention",
        "alarm",
        GAP,
    }
)
# Alarms that one of the above tells with more; and the one about the telling itself.
_UNTOLD_ALARMS: Final = frozenset({Alarm.EXPIRED, Alarm.OVERDUE, Alarm.HELD, Alarm.NOTIFY_FAILED})

# More than this at once, at a burst or after an outage, and one run tells of all that are alike.
MOST_SINGLY: Final = 8
# A mail server that restarts is back by then; what is down for longer is an alarm.
_PAUSES: Final = (5.0, 30.0)
# A quiet node has passed so many events that it is worth a write to note how far it has come.
_PLACE_EVERY: Final = 1_000

_POSITION: Final = "notify"
_MEMBERS: Final = ("kind", "peer", "id", "type", "thread", "reference", "state", "count", "node")
# What a command needs to find its programs, and nothing that only the node should have.
_KEPT: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TZ")


class Notifier:
    """Runs the command, one event after the other, until cancelled."""

    def __init__(
        self,
        *,
        command: Sequence[str],
        timeout: float,
        node: str,
        store: Store,
        events: Events,
        clock: Callable[[], float],
        pauses: Sequence[float] = _PAUSES,
    ) -> None:
        self._command = tuple(command)
        self._timeout = timeout
        self._node = node
        self._store = store
        self._events = events
        self._clock = clock
        self._pauses = tuple(pauses)
        self._place = 0

    async def run(self) -> None:
        """Tell what happens, beginning where the last run of this node ended."""
        begin = await self._store.read(partial(meta.position, name=_POSITION))
        if begin is None:
            begin = await self._events.newest()
            await self._come_to(begin)
        self._place = begin
        async with aclosing(self._events.follow(begin)) as looks:
            async for look in looks:
                found = [each for each in look.found if is_told(each)]
                if len(found) <= MOST_SINGLY:
                    for each in found:
                        await self._tell(each.data | {"count": 1})
                        await self._come_to(each.seq)
                else:
                    for data in together(found):
                        await self._tell(data)
                    await self._come_to(look.seq)
                if look.seq - self._place >= _PLACE_EVERY:
                    await self._come_to(look.seq)

    async def _come_to(self, seq: int) -> None:
        await self._store.write(partial(meta.set_position, name=_POSITION, seq=seq))
        self._place = seq

    async def _tell(self, data: dict[str, Any]) -> None:
        """Run the command for one event, again if it failed; then go on, with an alarm."""
        data = data | {"node": self._node}
        for attempt, pause in enumerate((*self._pauses, None), 1):
            failure = await self._failure_of(data)
            if failure is None:
                return
            log.warning(log.Event.NOTIFY_FAILED, error=failure, attempts=attempt)
            if pause is not None:
                await asyncio.sleep(pause)
        at = times.text(int(self._clock()))
        await self._store.write(partial(alarms.raise_alarm, kind=Alarm.NOTIFY_FAILED, at=at))

    async def _failure_of(self, data: dict[str, Any]) -> str | None:
        """Run the command once; return in a word why it failed, None if it did not."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                cwd="/",
                env=environment(data),
                # A group of its own, so that what the command has started ends with it.
                start_new_session=True,
            )
        except OSError as error:
            return f"cannot start: {error.strerror}"
        try:
            async with asyncio.timeout(self._timeout):
                await process.communicate(orjson.dumps(data) + b"\n")
        except TimeoutError:
            return "timeout"
        finally:
            # Also after it ended: what it has left running would pile up, one for each event.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            if process.returncode is None:
                await asyncio.shield(process.wait())
        return None if process.returncode == 0 else f"exit {process.returncode}"


def is_told(event: Happened) -> bool:
    """Tell whether a person should know of an event."""
    if event.kind not in TOLD:
        return False
    if event.kind == "alarm":
        return event.data["state"] not in _UNTOLD_ALARMS
    row = TYPES.get(event.data["type"] or "")
    is_of_a_matter = row is None or row.channel is Channel.THREAD
    return is_of_a_matter or event.kind != "message.received"


def together(events: Sequence[Happened]) -> list[dict[str, Any]]:
    """Return one event for each kind of many, with their count; what differs among them is null."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for each in events:
        alike = tuple(each.data[name] for name in ("kind", "peer", "type", "state"))
        groups.setdefault(alike, []).append(each.data)
    told = []
    for group in groups.values():
        first = group[0]
        common = {
            name: value if all(each[name] == value for each in group) else None
            for name, value in first.items()
        }
        told.append(common | {"count": len(group)})
    return told


def environment(data: dict[str, Any]) -> dict[str, str]:
    """Return what the command finds in its environment: the event, and where programs are."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    said = {
        f"GATEWAY_EVENT_{name.upper()}": "" if data[name] is None else str(data[name])
        for name in _MEMBERS
    }
    return kept | said


async def forget(store: Store) -> None:
    """Let a node that is told to notify again begin with what happens then."""
    await store.write(partial(meta.forget_position, name=_POSITION))
