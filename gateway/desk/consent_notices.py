"""Telling a grantor by itself how its consent stands, and what was disclosed under it.

What is to be told was noted with its cause. The message that says it and the end of the notice are
one transaction: after any crash it is said, and said once.
"""

import os
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from gateway import log
from gateway.catalogue import Catalogue
from gateway.delivery.awaiting import Terms
from gateway.delivery.changes import Changes, wait_for
from gateway.delivery.consenting import end_by_time
from gateway.delivery.directory import Directory
from gateway.delivery.ports import LocalNode, Ports
from gateway.desk.compose import Composed, Composer, Context
from gateway.desk.disclosure_reports import report_body
from gateway.desk.draft import Actor, Draft
from gateway.desk.submission import keep
from gateway.envelope import times
from gateway.errors import (
    InvalidError,
    LocalError,
    NotPermittedError,
    PeerError,
    UnknownTypeError,
)
from gateway.store import Row, Store, Transaction, consent_notices, consents, messages
from gateway.store.consent_notices import NoticeKind, Why

_TYPES: Final = {
    NoticeKind.STATUS: "consent.status",
    NoticeKind.REPORT: "disclosure.report",
}
_LONGEST_SLEEP: Final = 3_600.0


class ConsentNotices:
    """Say what waits to be said about consents, until cancelled."""

    def __init__(
        self,
        *,
        us: LocalNode,
        store: Store,
        directory: Directory,
        catalogue: Catalogue,
        ports: Ports,
        changes: Changes,
        wake: Callable[[str], None],
        actor: Actor | None = None,
    ) -> None:
        self._us = us
        self._store = store
        self._directory = directory
        self._catalogue = catalogue
        self._ports = ports
        self._changes = changes
        self._wake_sender = wake
        self._actor = actor or Actor(uid=os.getuid(), name="node")
        self._composer = Composer(us, catalogue, ports)
        self._terms = Terms(us.node, catalogue)
        # What could not be said, and when to try again: each change rings, not each one helps.
        self._again: dict[int, float] = {}

    async def run(self) -> None:
        """Look at each change and when the next consent ends; cancelling loses nothing."""
        while True:
            bell, now = self._changes.next(), self._ports.clock()
            await self.say_all()
            at = times.text(int(now))
            following = await self._store.read(partial(consents.next_end, now=at))
            look_at = [now + _LONGEST_SLEEP]
            look_at += [] if following is None else [float(times.parse(following))]
            await wait_for(bell, max(0.0, min(look_at) - now))

    async def say_all(self) -> None:
        """Say everything that waits and can be said now."""
        now = self._ports.clock()
        if await self._store.read(partial(_is_over, now=now)):
            await self._store.write(partial(end_by_time, terms=self._terms, now=now))
        after = 0
        while rows := await self._store.read(partial(consent_notices.waiting, after=after)):
            for notice in rows:
                if self._again.get(notice["number"], 0.0) <= now:
                    await self._say(notice, now)
            after = rows[-1]["number"]

    async def _say(self, notice: Row, now: float) -> None:
        peer, number = notice["peer"], notice["number"]
        try:
            composed = await self._compose(notice)
            await self._store.write(partial(self._keep, composed=composed, number=number))
        except (InvalidError, NotPermittedError, UnknownTypeError):
            # None that this peer would take, or a type that the memorandum with it does not have.
            await self._store.write(partial(consent_notices.drop, number=number))
            return
        except (LocalError, PeerError) as error:
            log.warning(log.Event.CONSENT_TOLD, peer=peer, error=type(error).__name__)
            self._again[number] = now + _LONGEST_SLEEP
            return
        self._again.pop(number, None)
        log.info(log.Event.CONSENT_TOLD, peer=peer)
        self._wake_sender(peer)
        self._changes.ring()

    def _keep(self, tx: Transaction, *, composed: Composed, number: int) -> None:
        keep(tx, composed, actor=self._actor)
        if not consent_notices.done(tx, number, composed.header.id):
            raise _SaidMeanwhileError("another message says it")

    async def _compose(self, notice: Row) -> Composed:
        peer = notice["peer"]
        about, body = await self._store.read(partial(self._load, notice=notice))
        profile = self._catalogue.profile_for(self._us.node, peer)
        type_name = _TYPES[NoticeKind(notice["kind"])]
        context = Context(
            peer=self._directory.get(peer),
            row=profile.check_sender(self._us.node, type_name),
            profile=profile,
            thread=about["thread"],
            reference=about["reference"],
            in_reply_to=about["id"],
            about=about,
        )
        draft = Draft(type=type_name, to=peer, body=body)
        header, content = self._composer.header(draft, context)
        return await self._composer.sign_and_seal(draft, header, content, context)

    def _load(self, tx: Transaction, *, notice: Row) -> tuple[Row, dict[str, Any]]:
        about = messages.shown(tx, notice["seq"])
        if notice["kind"] == NoticeKind.REPORT:
            named = {"message_id": notice["message_id"], "consent_id": notice["consent_id"]}
            return about, report_body(tx, notice["peer"], Why(notice["what"]), **named)
        body = {
            "consent_id": notice["consent_id"],
            "state": notice["what"],
            "code": notice["code"],
            "uses_left": notice["uses_left"],
            "at": notice["noted"],
        }
        return about, {name: value for name, value in body.items() if value is not None}


class _SaidMeanwhileError(LocalError):
    """The notice is said already; this message goes with its transaction."""


def _is_over(tx: Transaction, *, now: float) -> bool:
    return bool(list(consents.to_end(tx, times.text(int(now)))))
