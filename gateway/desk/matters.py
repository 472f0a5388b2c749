"""What our own people keep about a matter: who handles it, notes, what was dealt with.

None of it is ever sent. The evidence says who did it and when, never what was written.
"""

from collections.abc import Callable
from typing import Any, Final

from gateway.delivery.changes import Changes
from gateway.desk.draft import Actor
from gateway.desk.repeat import Repeat
from gateway.desk.submission import who_acts
from gateway.desk.views import thread_view
from gateway.envelope import times
from gateway.errors import ConflictError, InvalidError, NotFoundError, Problem
from gateway.store import Row, Store, Transaction, messages, notes, threads
from gateway.store.evidence import LOCAL, Fact, append

# An account name of any system, or "Section 3, Ms Sok"; what is longer is a text for a note.
LONGEST_ASSIGNEE: Final = 64
LONGEST_NOTE: Final = 4_000
_NOTES: Final = 500


def matter_of(tx: Transaction, selector: str) -> Row:
    """Return the matter of the message that a selector names.

    Raises:
        NotFoundError: Nothing fits, or the message stands in no matter.
        ConflictError: More than one message fits.
    """
    message = messages.shown(tx, messages.find(tx, selector))
    row = threads.shown(tx, message["peer"], message["thread"])
    if row is None:
        raise NotFoundError("that message stands in the control thread, not in a matter")
    return row


class Matters:
    """The part of the desk for what stays here."""

    def __init__(
        self, *, node: str, store: Store, clock: Callable[[], float], changes: Changes
    ) -> None:
        self._node = node
        self._store = store
        self._clock = clock
        self._changes = changes

    async def assign(self, selector: str, assignee: str | None, actor: Actor) -> dict[str, Any]:
        """Note who handles a matter here, None for nobody; return its view.

        Raises:
            NotFoundError: No such matter.
            InvalidError: Not a name that a list could show.
        """
        if assignee is not None:
            _check_name(assignee)

        def record(tx: Transaction) -> dict[str, Any]:
            row = matter_of(tx, selector)
            if row["assignee"] != assignee:
                threads.assign(tx, row["peer"], row["thread"], assignee)
                self._witness(tx, Fact.ASSIGNED, row, actor, to_nobody=assignee is None)
            return self._view(tx, row)

        return await self._write(record)

    async def note(
        self, selector: str, text: str, actor: Actor, *, idempotency_key: str | None = None
    ) -> dict[str, Any]:
        """Keep a note about a matter; return the matter's view.

        Raises:
            NotFoundError: No such matter.
            InvalidError: There is nothing in it, or too much.
            ConflictError: The idempotency key was used for something else.
        """
        check_note(text)
        repeat = Repeat.of(["note", selector, text], actor, idempotency_key, self._clock())

        def record(tx: Transaction) -> dict[str, Any]:
            row, at = matter_of(tx, selector), self._now()
            if repeat.find(tx) is None:
                repeat.remember(tx, row["thread"], at)
                notes.add(
                    *(tx, row["peer"], row["thread"]),
                    at=at,
                    uid=actor.uid,
                    author=actor.name,
                    text=text,
                )
                self._witness(tx, Fact.NOTED, row, actor)
            return self._view(tx, row)

        return await self._write(record)

    async def notes(self, selector: str) -> dict[str, Any]:
        """Return the newest 500 notes of a matter, oldest first; `text` is None where it is lost.

        Raises:
            NotFoundError: No such matter.
        """

        def load(tx: Transaction) -> dict[str, Any]:
            row = matter_of(tx, selector)
            found = notes.of_thread(tx, row["peer"], row["thread"], limit=_NOTES)
            return {"items": [{"at": n.at, "author": n.author, "text": n.text} for n in found]}

        return await self._store.read(load)

    async def attended(self, selector: str, actor: Actor) -> dict[str, Any]:
        """Take the flag off a matter and its messages: a person has dealt with it.

        Raises:
            NotFoundError: No such matter.
            ConflictError: Nothing of it was flagged.
        """

        def record(tx: Transaction) -> dict[str, Any]:
            row = matter_of(tx, selector)
            if not threads.attended(tx, row["peer"], row["thread"]):
                raise ConflictError(
                    "nothing in that matter asks for attention",
                    hint="gateway thread --attention lists what does",
                )
            self._witness(tx, Fact.ATTENDED, row, actor, reason=row["attention"])
            return self._view(tx, row)

        return await self._write(record)

    async def _write(self, record: Callable[[Transaction], dict[str, Any]]) -> dict[str, Any]:
        view = await self._store.write(record)
        self._changes.ring()
        return view

    def _view(self, tx: Transaction, row: Row) -> dict[str, Any]:
        now = threads.shown(tx, row["peer"], row["thread"])
        return thread_view(row if now is None else now, self._node)

    def _witness(self, tx: Transaction, fact: Fact, row: Row, actor: Actor, **detail: Any) -> None:
        append(
            tx,
            LOCAL,
            fact,
            at=self._now(),
            subject=row["thread"],
            peer=row["peer"],
            **who_acts(actor),
            **detail,
        )

    def _now(self) -> str:
        return times.text(self._clock())


def _check_name(name: str) -> None:
    if not name.isprintable() or name != name.strip() or not 0 < len(name) <= LONGEST_ASSIGNEE:
        text = f"is not a name of 1 to {LONGEST_ASSIGNEE} letters on one line"
        raise InvalidError("nobody can be called that", problems=(Problem("/assignee", text),))


def check_note(text: str) -> None:
    """Let pass only a text that can be a note.

    Raises:
        InvalidError: There is nothing in it, or too much.
    """
    if not text.strip() or len(text) > LONGEST_NOTE:
        problem = Problem("/text", f"is empty or longer than {LONGEST_NOTE} characters")
        raise InvalidError("that is no note", problems=(problem,))
