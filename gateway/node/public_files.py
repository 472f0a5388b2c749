"""The public pages: a folder with a page, a table and a file for programs for each register.

What stands there was let go by `desk.publications`, and is all that this module gets to see. Each
file appears whole or not at all, under names made of our own words alone. They are for everybody,
so they are readable by everybody; nothing that lies in the folder is ever read.
"""

import asyncio
import itertools
import os
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

from gateway import log, resources
from gateway.catalogue import Parties, Register
from gateway.catalogue.codes import read_code_lists
from gateway.config import Config, PublicationConfig
from gateway.delivery.changes import Changes
from gateway.delivery.ports import Ports
from gateway.desk import Actor, Desk
from gateway.desk.public_site import Outlet, PublicRegister
from gateway.desk.register_files import (
    Heading,
    Line,
    csv_text,
    html_page,
    json_text,
    labels_of,
)
from gateway.envelope import times
from gateway.errors import LocalError, NotFoundError, TransientError
from gateway.node.workers import Named
from gateway.store import Store, alarms
from gateway.store.alarms import Alarm

_DIRECTORY: Final = 0o755
_FILE: Final = 0o644
_PAUSES: Final = (1.0, 5.0, 15.0, 60.0)
# Whom the evidence shows where nobody was asked.
_NAME: Final = "publication"

Files = Mapping[str, bytes]


class PublicFiles:
    """The folder of the public pages."""

    def __init__(self, config: PublicationConfig, *, parties: Parties, ports: Ports) -> None:
        self._folder = config.folder
        self._address = config.address
        self._labels = labels_of(read_code_lists(resources.schema_files()))
        self._parties = parties
        self._ports = ports

    @property
    def is_open(self) -> bool:
        """Tell whether pages are written at all."""
        return self._folder is not None

    def place(self, peer: str, register: Register) -> str | None:
        """Return the address of a register's page, None where no address is known."""
        if self._folder is None or self._address is None:
            return None
        return f"{self._address}/{_directory(peer)}/{register}.html"

    async def write(self, registers: Sequence[PublicRegister]) -> None:
        """Write the pages of these registers.

        Raises:
            OSError, LocalError: They cannot be written; those that were there may be there still.
        """
        if self._folder is None:
            return
        for each in registers:
            await self._ports.compute(partial(self._write, self._folder, each))

    def _write(self, root: Path, of: PublicRegister) -> None:
        with suppress(FileExistsError):
            root.mkdir(mode=_DIRECTORY, parents=True)
            root.chmod(_DIRECTORY)
        name = _directory(of.peer)
        parent = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            with suppress(FileExistsError):
                os.mkdir(name, dir_fd=parent)
                os.chmod(name, _DIRECTORY, dir_fd=parent)
            flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
            folder = os.open(name, flags, dir_fd=parent)
            try:
                for file, content in self._files(of).items():
                    _put(file, content, folder)
                os.fsync(folder)
            finally:
                os.close(folder)
        finally:
            os.close(parent)

    def _files(self, of: PublicRegister) -> Files:
        heading = Heading(
            register=of.register,
            source=self._name(of.source),
            day=of.day or of.at[:10],
            made=of.at,
            version=of.version,
        )
        lines = [
            Line(entry=each.entry, status=each.status, values=each.fields or {})
            for each in of.entries
        ]
        beside = (f"{of.register}.csv", f"{of.register}.json")
        texts = {
            "html": html_page(heading, lines, self._labels, beside=beside),
            "csv": csv_text(of.register, lines, with_mark=True),
            "json": json_text(heading, lines),
        }
        return {f"{of.register}.{ending}": text.encode() for ending, text in texts.items()}

    def _name(self, node: str) -> str:
        try:
            return self._parties.of(node).names["en"]
        except NotFoundError:
            return node


def outlet(config: Config, shared: Mapping[str, Any]) -> Outlet:
    """Return where pages go and what waits for nobody, as the configuration says."""
    settings, parties = config.publication, shared["catalogue"].parties
    site = PublicFiles(settings, parties=parties, ports=shared["ports"])
    return Outlet(site, frozenset(settings.automatic))


def publisher(desk: Desk, shared: Mapping[str, Any]) -> Named:
    """Return the worker of the public pages."""
    given = {name: shared[name] for name in ("store", "changes", "ports")}
    return Named("publications", Publisher(desk=desk, **given))


class Publisher:
    """Goes on with what was decided, publishes what waits for nobody, and keeps the pages whole."""

    def __init__(self, *, desk: Desk, store: Store, changes: Changes, ports: Ports) -> None:
        self._desk = desk
        self._store = store
        self._changes = changes
        self._ports = ports
        self._actor = Actor(uid=os.geteuid(), name=_NAME, on_behalf_of=_NAME)

    async def run(self) -> None:
        """Work until cancelled, at each change of the store."""
        await self._until_done(self._desk.publications.write_all)
        while True:
            bell = self._changes.next()
            await self._until_done(partial(self._desk.publications.go_on, self._actor))
            await bell.wait()

    async def _until_done(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do a piece of work; a folder that cannot be written is waited for, with an alarm."""
        for attempt in itertools.count():
            try:
                await work()
            except (OSError, LocalError, TransientError) as error:
                log.warning(log.Event.PUBLICATION_FAILED, error=type(error).__name__)
                at = times.text(int(self._ports.clock()))
                await self._store.write(
                    partial(alarms.raise_alarm, kind=Alarm.PUBLICATION_FAILED, at=at)
                )
                await asyncio.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
            else:
                return


def _directory(peer: str) -> str:
    return peer.replace("/", "-")


def _put(name: str, content: bytes, folder: int) -> None:
    """Write a file that appears whole or not at all, over one of that name."""
    temporary = f".{name}.{secrets.token_hex(8)}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        descriptor = os.open(temporary, flags, _FILE, dir_fd=folder)
        with os.fdopen(descriptor, "wb") as file:
            # The account's mask keeps everything private; these are for everybody.
            os.fchmod(descriptor, _FILE)
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise
