"""Reminding the other side by a signed message, our own people by an alarm: once before, once late.

    two working days before the due date   theirs: `reminder` · ours: alarm `duty-due`
    after it has passed                    theirs: `reminder` · ours: alarm `duty-overdue`

That something is late is noted by `delivery.deadlines`; here follows what the other side is told of
it. A message that is only to be read reminds nobody. What a duty's holder was told is kept beside
the duty, in the transaction that queues the reminder: after any crash nobody is told twice.
"""

from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby
from typing import Any, Final

from gateway import log
from gateway.catalogue import Catalogue, type_of
from gateway.delivery.changes import Changes, wait_for
from gateway.delivery.deadlines import AFTER_START, is_moot
from gateway.delivery.directory import Directory
from gateway.delivery.ports import LocalNode, Ports
from gateway.desk.compose import Composed, Composer, Context
from gateway.desk.draft import Actor, Draft
from gateway.desk.duties import act_in_words
from gateway.desk.submission import keep
from gateway.envelope import times
from gateway.errors import LocalError, PeerError
from gateway.store import Row, Store, Transaction, duties, messages
from gateway.store.alarms import Alarm, raise_alarm
from gateway.store.duties import Act, Holder

_TYPE: Final = "reminder"
_LONGEST_SLEEP: Final = 3_600.0
# What the other side reads; English is the language of the memorandum (clause 10).
_BEFORE: Final = "{node} is to {words}: {title} {reference}. It is due at {due}."
_LATE: Final = "{node} was to {words}: {title} {reference}. It was due at {due} and is awaited."


class Reminders:
    """Remind each holder of a duty once before it is due and once after, until cancelled.

    Args:
        is_sending: Whether the other side is reminded; our own people always are.
    """

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
        actor: Actor,
        is_sending: bool,
        after_start: float = AFTER_START,
    ) -> None:
        self._us = us
        self._store = store
        self._directory = directory
        self._catalogue = catalogue
        self._ports = ports
        self._changes = changes
        self._wake_sender = wake
        self._actor = actor
        self._is_sending = is_sending
        self._after_start = after_start
        self._composer = Composer(us, catalogue, ports)

    async def run(self) -> None:
        """Look at each change and at each time that comes; cancelling loses nothing."""
        heard_by = self._ports.clock() + self._after_start
        while True:
            bell, now = self._changes.next(), self._ports.clock()
            at = times.text(now)
            # What the others did while this node was down has first to come in.
            await self._look(at, is_sending=self._is_sending and now >= heard_by)
            following = await self._store.read(partial(duties.next_reminder, now=at))
            look_at = [now + _LONGEST_SLEEP]
            look_at += [] if following is None else [float(times.parse(following))]
            look_at += [heard_by] if now < heard_by else []
            await wait_for(bell, max(0.0, min(look_at) - now))

    async def _look(self, at: str, *, is_sending: bool) -> None:
        ours = await self._store.read(partial(_to_remind, at=at, holder=Holder.US, peer=None))
        if ours:
            await self._store.write(partial(_alarm, rows=ours, at=at))
            self._changes.ring()
        # One peer after another: whom we cannot write to now must not stand in another's way.
        for peer in self._directory.all() if is_sending else ():
            late = await self._store.read(partial(_to_recall, peer=peer.node))
            await self._remind_of(late, is_late=True)
            early = partial(_to_remind, at=at, holder=Holder.THEM, peer=peer.node)
            await self._remind_of(await self._store.read(early), is_late=False)

    async def _remind_of(self, rows: Sequence[Row], *, is_late: bool) -> None:
        for _, group in groupby(sorted(rows, key=_message), key=_message):
            await self._remind(list(group), is_late=is_late)

    async def _remind(self, rows: Sequence[Row], *, is_late: bool) -> None:
        """Send one reminder about a message, whatever of it is owed."""
        peer = rows[0]["peer"]
        try:
            composed = await self._compose(rows, is_late=is_late)
            await self._store.write(partial(self._keep, composed=composed, rows=rows, late=is_late))
        except (LocalError, PeerError) as error:
            # No key of theirs holds, or nobody here has read what it is about: later, then.
            log.warning(log.Event.REMINDED, peer=peer, error=type(error).__name__)
            return
        self._ports.fail_at("reminder.kept")
        log.info(log.Event.REMINDED, peer=peer, count=len(rows))
        self._wake_sender(peer)
        self._changes.ring()

    def _keep(
        self, tx: Transaction, *, composed: Composed, rows: Sequence[Row], late: bool
    ) -> None:
        seq, at = keep(tx, composed, actor=self._actor), composed.header.created
        noted = [duties.note_reminded(tx, row, at=at, by=seq, is_late=late) for row in rows]
        if not any(noted):
            raise _DoneMeanwhileError("nothing is owed any more")

    async def _compose(self, rows: Sequence[Row], *, is_late: bool) -> Composed:
        peer = rows[0]["peer"]
        about = await self._store.read(partial(messages.shown, seq=rows[0]["seq"]))
        profile = self._catalogue.profile_for(self._us.node, peer)
        context = Context(
            peer=self._directory.get(peer),
            row=profile.check_sender(self._us.node, _TYPE),
            profile=profile,
            thread=about["thread"],
            reference=about["reference"],
            in_reply_to=about["id"],
            about=about,
        )
        draft = Draft(type=_TYPE, to=peer, body=_body(rows, about, is_late=is_late))
        header, content = self._composer.header(draft, context)
        return await self._composer.sign_and_seal(draft, header, content, context)


class _DoneMeanwhileError(LocalError):
    """What was to be reminded of is done; the reminder goes with its transaction."""


def _to_remind(tx: Transaction, *, at: str, holder: Holder, peer: str | None) -> list[Row]:
    found = duties.to_remind(tx, at, holder=holder, peer=peer)
    return [row for row in found if not is_moot(tx, row)]


def _to_recall(tx: Transaction, *, peer: str) -> list[Row]:
    return [row for row in duties.to_recall(tx, peer) if not is_moot(tx, row)]


def _alarm(tx: Transaction, *, rows: Sequence[Row], at: str) -> None:
    for row in rows:
        if duties.note_reminded(tx, row, at=at, by=None, is_late=False):
            raise_alarm(tx, Alarm.DUTY_DUE, at=at, peer=row["peer"], subject=row["id"])


def _body(rows: Sequence[Row], about: Row, *, is_late: bool) -> dict[str, Any]:
    words = _LATE if is_late else _BEFORE
    lines = [
        words.format(
            node=row["peer"],
            words=act_in_words(row["type"], Act(row["act"])),
            title=type_of(row["type"]).title,
            reference=about["reference"],
            due=row["due"],
        )
        for row in rows
    ]
    return {"text": {"en": "\n".join(lines)}}


def _message(row: Row) -> int:
    return int(row["seq"])
