"""The exchange folder, for systems that know only files: drop a file, get a result; get what comes.

    out/NAME.json -> .taken/ -> sent    -> done/NAME.json, its result, status/NAME.status.json
                             -> refused -> failed/NAME.json and its result
    received -> in/PEER-ID.json, then acknowledged

Each step can be done twice: a file is sent under an idempotency key made of its name and its bytes,
and a received message is acknowledged only after its file is on the disk. Three workers share the
folder, so that trouble with one direction does not stop the other.
"""

import asyncio
import hashlib
import itertools
import os
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import orjson

from gateway import log
from gateway.delivery.ports import Ports
from gateway.desk import Actor, Desk, Draft
from gateway.desk.consumers import FOLDER
from gateway.desk.events import GAP
from gateway.envelope import strict, times
from gateway.errors import (
    ConflictError,
    GatewayError,
    InvalidError,
    MalformedError,
    NotFoundError,
    Problem,
    TransientError,
)
from gateway.http.problems import document
from gateway.node.folder_files import (
    MOST_BYTES,
    RESULT,
    STATUS,
    FolderFiles,
    GoneError,
    Look,
    Part,
    RefusedFileError,
    stem,
)
from gateway.private_files import PrivateFileError
from gateway.store import Store, alarms
from gateway.store.alarms import Alarm
from gateway.store.messages import Direction

T = TypeVar("T")

# A file that is not whole JSON may still be in the writing, over a slow line with pauses.
_PATIENCE: Final = 30.0
_AT_ONCE: Final = 20
_LONG: Final = 3600.0
_PAUSES: Final = (1.0, 5.0, 15.0, 60.0)
_UNUSABLE: Final = (OSError, PrivateFileError)


class Folder:
    """What the three workers share: the files, who acts, and one writer of a status at a time."""

    def __init__(self, *, path: Path, desk: Desk, store: Store, ports: Ports) -> None:
        self.files = FolderFiles(path)
        self.desk = desk
        self.ports = ports
        # Evidence shows the node's account, and that it acted for the folder.
        self.actor = Actor(uid=os.geteuid(), name=FOLDER, on_behalf_of=FOLDER)
        self.status_lock = asyncio.Lock()
        self._store = store

    def do(self, function: Callable[[], T]) -> Awaitable[T]:
        """Run something that touches the disk where it holds nothing up."""
        return self.ports.compute(function)

    async def write_status(self, name: str, id: str) -> None:
        """Write how a message stands now; the caller has the lock, so the newest view stays."""
        view = await self.desk.message(id)
        await self.do(partial(self.files.put, Part.STATUS, name, _text(view)))

    async def note(self, error: Exception) -> None:
        """Tell the operator that the folder cannot be used as it is."""
        log.warning(log.Event.FOLDER_FAILED, error=type(error).__name__)
        at = times.text(int(self.ports.clock()))
        await self._store.write(partial(alarms.raise_alarm, kind=Alarm.FOLDER_FAILED, at=at))


class _Worker(ABC):
    """One of the three: it begins when the folder is fit for use."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._files = folder.files
        self._desk = folder.desk
        self._do = folder.do

    async def run(self) -> None:
        """Work until cancelled.

        Raises:
            OSError, PrivateFileError: The folder cannot be used; there is an alarm.
        """
        try:
            await self._do(self._files.prepare)
            await self._work()
        except _UNUSABLE as error:
            await self._folder.note(error)
            raise

    @abstractmethod
    async def _work(self) -> None: ...


class Outgoing(_Worker):
    """Sends what is dropped into `out`."""

    def __init__(self, folder: Folder, *, scan_seconds: float) -> None:
        super().__init__(folder)
        self._scan_seconds = scan_seconds
        self._clock = folder.ports.clock
        self._seen: dict[str, Look] = {}

    async def _work(self) -> None:
        while True:
            await self.scan()
            await asyncio.sleep(self._scan_seconds)

    async def scan(self) -> None:
        """Take what is whole, and send what was taken; in the order in which it was written."""
        found = await self._do(partial(self._files.listed, Part.OUT))
        waiting = await self._do(partial(self._files.listed, Part.TAKEN))
        for name, look in found.items():
            if name not in waiting and self._is_whole(look, self._seen.get(name)):
                # Whoever dropped it may take it back, or rename it, until then.
                with suppress(GoneError):
                    await self._do(partial(self._files.move, name, Part.OUT, Part.TAKEN))
        self._seen = found
        try:
            for name in await self._do(partial(self._files.listed, Part.TAKEN)):
                await self._send(name)
        except TransientError as error:
            # The store is busy or ending: the file stays where it is until the next scan.
            log.warning(log.Event.FOLDER_FAILED, error=type(error).__name__)

    def _is_whole(self, look: Look, before: Look | None) -> bool:
        """Tell whether nobody has written to a file for a while."""
        return look == before or look.changed <= self._clock() - self._scan_seconds

    async def _send(self, name: str) -> None:
        try:
            raw, look = await self._do(partial(self._files.read, Part.TAKEN, name))
            try:
                asked = strict.parse(raw, limit=MOST_BYTES)
            except MalformedError as error:
                if look.changed > self._clock() - _PATIENCE:
                    return
                found = tuple(Problem(where, str(error)) for where in error.pointers)
                raise InvalidError(f"is not strict JSON: {error}", problems=found) from None
            view = await self._act(asked, _key(name, raw))
        except TransientError:
            raise
        except GoneError:
            return
        except GatewayError as error:
            log.warning(log.Event.FOLDER_REFUSED, error=type(error).__name__)
            await self._settle(name, Part.FAILED, document(error))
            return
        if view["direction"] == Direction.OUT:
            async with self._folder.status_lock:
                await self._folder.write_status(f"{stem(name)}{STATUS}", view["id"])
        await self._settle(name, Part.DONE, view)

    async def _act(self, asked: Mapping[str, Any], key: str) -> dict[str, Any]:
        """Do what a file asks for: it accepts or declines a message, or it is a draft."""
        desk, actor = self._desk, self._folder.actor
        if "accept" in asked:
            (selector,) = _words(asked, "accept")
            return await desk.accept(selector, actor, idempotency_key=key)
        if "decline" in asked:
            selector, code, text = _words(asked, "decline", "code", "text")
            return await desk.decline(selector, code, text, actor, idempotency_key=key)
        return await desk.send(Draft.from_json(asked), actor, idempotency_key=key)

    async def _settle(self, name: str, part: Part, result: Mapping[str, Any]) -> None:
        await self._do(partial(self._files.put, part, f"{stem(name)}{RESULT}", _text(result)))
        self._folder.ports.fail_at("folder.result-written")
        with suppress(GoneError):
            await self._do(partial(self._files.move, name, Part.TAKEN, part))


class Incoming(_Worker):
    """Writes what comes in into `in`."""

    async def _work(self) -> None:
        while True:
            answer = await self._desk.consumers.next(
                FOLDER, self._folder.actor, limit=_AT_ONCE, wait_seconds=_LONG
            )
            for item in answer["items"]:
                await self._write(item["message"])

    async def _write(self, message: dict[str, Any]) -> None:
        header = {name: value for name, value in message.items() if name != "content"}
        name = f"{message['peer'].replace('/', '-')}-{message['id']}.json"
        raw = _text({"message": header, "content": message["content"]})
        await self._put(name, raw)
        self._folder.ports.fail_at("folder.message-written")
        ids = [message["id"]]
        await self._desk.consumers.acknowledge(FOLDER, ids, self._folder.actor)

    async def _put(self, name: str, raw: bytes) -> None:
        """Write a file; a full disk is waited for here, where it costs the message no try."""
        for attempt in itertools.count():
            try:
                await self._do(partial(self._files.put, Part.IN, name, raw))
            except _UNUSABLE as error:
                await self._folder.note(error)
                await asyncio.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
            else:
                return


class Statuses(_Worker):
    """Rewrites the status of what was sent from here whenever it changes.

    Which messages these are stands in the status files alone: whoever deletes one hears no more.
    """

    def __init__(self, folder: Folder) -> None:
        super().__init__(folder)
        self._ids: dict[str, str] = {}

    async def _work(self) -> None:
        async with aclosing(self._desk.events.follow(None)) as looks:
            await anext(looks)
            await self._rewrite(None)
            async for look in looks:
                if look.found:
                    is_gap = any(each.data["kind"] == GAP for each in look.found)
                    await self._rewrite(
                        None if is_gap else {each.data["id"] for each in look.found}
                    )

    async def _rewrite(self, changed: set[Any] | None) -> None:
        """Rewrite the status of these messages, of all if None."""
        async with self._folder.status_lock:
            await self._do(self._learn)
            for name, id in self._ids.items():
                if changed is None or id in changed:
                    with suppress(NotFoundError, ConflictError):
                        await self._folder.write_status(name, id)

    def _learn(self) -> None:
        """Read of which messages the status files are, those alone that are new."""
        listed = self._files.listed(Part.STATUS)
        self._ids = {name: id for name, id in self._ids.items() if name in listed}
        for name in listed.keys() - self._ids.keys():
            # What was deleted meanwhile, or was never written by us, is about nothing.
            with suppress(GoneError, RefusedFileError, ValueError, KeyError, TypeError):
                raw, _ = self._files.read(Part.STATUS, name)
                self._ids[name] = str(orjson.loads(raw)["id"])


def _key(name: str, raw: bytes) -> str:
    """Return the idempotency key of a file: the same for the same bytes under the same name."""
    named = name.encode() + bytes(1) + raw
    return f"folder:{hashlib.sha256(named).hexdigest()}"


def _words(asked: Mapping[str, Any], *names: str) -> list[str]:
    """Return the texts of a file that is an act.

    Raises:
        InvalidError: One is missing, no text, or something else stands there.
    """
    problems = [Problem(f"/{name}", "is not expected here") for name in asked.keys() - set(names)]
    problems += [
        Problem(f"/{name}", "is missing or not a text")
        for name in names
        if not isinstance(asked.get(name), str) or not asked[name]
    ]
    if problems:
        raise InvalidError("the file is not valid", problems=tuple(problems))
    return [str(asked[name]) for name in names]


def _text(value: Mapping[str, Any]) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
