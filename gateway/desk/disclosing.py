"""Passing content on to others than the two sides: decide, keep, hand over the package, take back.

    wish --decided, consents used, ledger row, all in one transaction--> decided
    decided --fetched: decided once more--> transmitted | stopped

A decision is never an error: allowed or refused, it is an answer and a row of the ledger. The
package is made when it is fetched and kept nowhere.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import orjson

from gateway.catalogue import Catalogue
from gateway.delivery import releasing
from gateway.delivery.awaiting import Terms
from gateway.delivery.changes import Changes
from gateway.delivery.consents_for import consents_of
from gateway.delivery.ports import Ports
from gateway.desk.disclosure_finds import (
    note_check,
    note_finds,
    undeclared_again,
    undeclared_view,
)
from gateway.desk.disclosure_rows import decided
from gateway.desk.disclosure_telling import Telling
from gateway.desk.disclosure_views import (
    decision_view,
    is_final,
    kept_view,
    package_of,
    recall_of,
    row_view,
)
from gateway.desk.disclosure_wishes import Judged, Wish, digest_of, judged
from gateway.desk.draft import Actor
from gateway.desk.paging import row_key
from gateway.desk.repeat import Repeat
from gateway.envelope import times
from gateway.errors import ConflictError, PolicyError
from gateway.policy import Action, Denied, Mode, Purpose
from gateway.policy.terms import Attribution
from gateway.store import Row, Store, Transaction, disclosures, messages
from gateway.store.alarms import Alarm, raise_alarm
from gateway.store.disclosures import State, Step
from gateway.store.messages import Direction
from gateway.store.messages import State as MessageState

View = dict[str, Any]

_MOST: Final = 500


@dataclass(frozen=True, slots=True)
class _Fetched:
    """What a fetch came to: a package, or why there is none."""

    package: View | None = None
    denied: Denied | None = None


class Disclosing:
    """The part of the desk that passes content on."""

    def __init__(
        self,
        *,
        node: str,
        store: Store,
        catalogue: Catalogue,
        ports: Ports,
        changes: Changes,
        give: Callable[[int, Actor], Awaitable[View]],
        send: Callable[..., Awaitable[View]],
    ) -> None:
        self._node = node
        self._store = store
        self._terms = Terms(node, catalogue)
        self._ports = ports
        self._changes = changes
        self._give = give
        self.telling = Telling(store=store, terms=self._terms, ports=ports, send=send)

    async def disclose(
        self,
        selector: str,
        wish: Wish,
        actor: Actor,
        *,
        is_check: bool = False,
        idempotency_key: str | None = None,
    ) -> View:
        """Decide whether content may be passed on; keep the decision and use up the consents.

        Args:
            is_check: Only say what the decision would be: no consent is used, and nothing kept
                but that somebody was told of finds.

        Raises:
            NotFoundError: No such message, or its content was erased.
            InvalidError: The wish does not say what would leave; nothing was decided.
            ConflictError: The idempotency key was used for another wish.
        """
        wish.check()
        what = [wish.fields, wish.mode, wish.text, wish.table, wish.is_confirmed]
        asked = ["disclose", selector, wish.to, wish.purpose, what]
        repeat = Repeat.of(asked, actor, idempotency_key, self._ports.clock())
        if is_check:
            check = partial(self._check, selector=selector, wish=wish, actor=actor)
            return await self._store.write(check)

        def record(tx: Transaction) -> View:
            if (earlier := repeat.find(tx)) is not None:
                return self._decided_before(tx, int(earlier), wish)
            found = self._judge(tx, selector, wish)
            finds = note_finds(tx, found, actor, at=self._at())
            seq = self._keep(tx, found, actor, finds)
            repeat.remember(tx, str(seq), self._at())
            return self._view(tx, found, ledger=seq, finds=finds)

        view = await self._store.write(record)
        self._changes.ring()
        return view

    async def package(self, number: int, actor: Actor) -> View:
        """Hand over the package of an allowed decision, if it is allowed still.

        The first fetch is its transmission. It counts as reading the message.

        Raises:
            NotFoundError: The ledger has no such number, or the content was erased.
            ConflictError: The decision was a refusal, or is over.
            PolicyError: It is not allowed any more; what was not transmitted yet is stopped.
            CorruptError: The row of the ledger was changed on the disk.
        """
        # Read first: between the two a crash leaves a message that was read and went nowhere, and
        # never one that left and that nobody had read.
        unread = await self._store.read(partial(self._unread, number=number))
        if unread is not None:
            await self._give(unread, actor)
        fetched = await self._store.write(partial(self._fetch, number=number, actor=actor))
        if fetched.package is None:
            self._changes.ring()
            raise PolicyError(
                f"it may not leave any more: {fetched.denied}",
                hint=f"gateway disclose show {number}",
            )
        return fetched.package

    async def look(self, number: int) -> View:
        """Return one row of the ledger.

        Raises:
            NotFoundError: The ledger has no such number.
        """
        return await self._store.read(lambda tx: row_view(tx, disclosures.get(tx, number)))

    async def page(
        self,
        *,
        to: str | None = None,
        message: str | None = None,
        is_allowed: bool | None = None,
        since: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> View:
        """Return the ledger, the newest first; `next` is the `after` of the rest.

        Args:
            message: Only decisions on this message, and on what took something over from it.
            is_allowed: Only those that were allowed, or only those that were refused.

        Raises:
            NotFoundError: No such message.
        """
        limit = max(1, min(limit, _MOST))

        def load(tx: Transaction) -> View:
            id = None if message is None else messages.shown(tx, messages.find(tx, message))["id"]
            rows = disclosures.page(
                tx,
                audience=to,
                message_id=id,
                is_allowed=is_allowed,
                since=since,
                before=row_key(after),
                limit=limit + 1,
            )
            if to is not None and not rows:
                # Of one that the ledger has rows of, the registry may know no more.
                self._terms.catalogue.parties.of(to)
            following = str(rows[limit - 1]["seq"]) if len(rows) > limit else None
            return {"items": [row_view(tx, row) for row in rows[:limit]], "next": following}

        return await self._store.read(load)

    async def recall(self, number: int, actor: Actor) -> View:
        """Note that a disclosure is taken back, and return the notice for its recipient.

        A second time it returns the same notice.

        Raises:
            NotFoundError: The ledger has no such number.
            ConflictError: Nothing was handed over, so there is nothing to take back.
        """

        def record(tx: Transaction) -> View:
            row = disclosures.get(tx, number)
            if row["state"] not in {State.TRANSMITTED, State.RECALLED}:
                raise ConflictError(
                    f"number {number} of the ledger was not handed over: it is {row['state']}",
                    hint=f"gateway disclose show {number}",
                )
            disclosures.check(tx, row)
            disclosures.advance(tx, row, Step.RECALLED, at=self._at(), uid=actor.uid)
            row = disclosures.get(tx, number)
            is_named = all(
                each["value"] != Attribution.MUST_NOT for each in orjson.loads(row["obligations"])
            )
            notice = recall_of(tx, row, self._terms, is_named=is_named)
            return row_view(tx, row) | {"notice": notice}

        view = await self._store.write(record)
        self._changes.ring()
        return view

    def _check(self, tx: Transaction, selector: str, wish: Wish, actor: Actor) -> View:
        found = self._judge(tx, selector, wish)
        note_check(tx, found, actor, at=self._at())
        return self._view(tx, found, ledger=None)

    def _view(
        self, tx: Transaction, found: Judged, *, ledger: int | None, finds: tuple[int, ...] = ()
    ) -> View:
        undeclared = undeclared_view(
            tx, found, self._terms, finds=finds, now=int(self._ports.clock())
        )
        return decision_view(found, self._terms, ledger=ledger) | {"undeclared": undeclared}

    def _judge(self, tx: Transaction, selector: str, wish: Wish) -> Judged:
        seq = messages.find_exact(tx, selector)
        return judged(tx, seq, wish, self._terms, now=self._ports.clock())

    def _decided_before(self, tx: Transaction, number: int, wish: Wish) -> View:
        """Return what the same request was told: the ledger's word on it, not a new decision."""
        row = disclosures.get(tx, number)
        finds = undeclared_again(tx, row, self._terms, now=int(self._ports.clock()))
        return kept_view(tx, row, wish, self._terms) | {"undeclared": finds}

    def _keep(self, tx: Transaction, found: Judged, actor: Actor, finds: tuple[int, ...]) -> int:
        """Keep a decision, and note what follows from the consents it used."""
        kept = decided(found, actor, node=self._node, at=self._at(), finds=finds)
        return releasing.keep(tx, kept, self._terms, now=self._ports.clock())

    def _fetch(self, tx: Transaction, number: int, actor: Actor) -> _Fetched:
        row = disclosures.get(tx, number)
        _check_fetchable(row, number)
        disclosures.check(tx, row)
        again = self._judge_again(tx, row)
        if (denied := _denied(again, row)) is not None:
            self._stop(tx, row, denied, actor)
            return _Fetched(denied=denied)
        disclosures.advance(tx, row, Step.TRANSMITTED, at=self._at(), uid=actor.uid)
        return _Fetched(package=package_of(again, row, self._terms))

    def _unread(self, tx: Transaction, *, number: int) -> int | None:
        """Return the message of a package that may leave, if nobody has read it yet."""
        row = disclosures.get(tx, number)
        _check_fetchable(row, number)
        disclosures.check(tx, row)
        known = messages.shown(tx, row["message"])
        if (known["direction"], known["state"]) != (Direction.IN, MessageState.RECEIVED):
            return None
        return None if _denied(self._judge_again(tx, row), row) is not None else known["seq"]

    def _judge_again(self, tx: Transaction, row: Row) -> Judged:
        """Decide as before, under the consents that were used and no others."""
        now = self._ports.clock()
        text = disclosures.text_of(tx, row["seq"])
        pointers = orjson.loads(row["pointers"])
        wish = Wish(
            to=row["audience"],
            purpose=Purpose(row["purpose"]),
            fields=() if pointers == [""] else tuple(pointers),
            mode=Mode(row["mode"]),
            is_confirmed=row["vouched_uid"] is not None,
            **({} if text is None else orjson.loads(text)),
        )
        used = partial(consents_of, tx, row, terms=self._terms, now=now)
        return judged(tx, row["message"], wish, self._terms, now=now, usable=used)

    def _stop(self, tx: Transaction, row: Row, denied: Denied, actor: Actor) -> None:
        """Note that a package may not be fetched; what was fetched before stays as it was."""
        at = self._at()
        if row["state"] == State.DECIDED:
            disclosures.advance(tx, row, Step.STOPPED, at=at, uid=actor.uid, reason=denied)
            about = {"peer": row["peer"], "subject": row["message_id"]}
            raise_alarm(tx, Alarm.RELEASE_STOPPED, at=at, **about)
            return
        known = messages.shown(tx, row["message"])
        disclosures.refuse(
            tx,
            known,
            denied,
            action=Action.DISCLOSE,
            audience=row["audience"],
            audience_name=row["audience_name"],
            audience_country=row["audience_country"],
            purpose=row["purpose"],
            mode=row["mode"],
            at=at,
            uid=actor.uid,
        )

    def _at(self) -> str:
        return times.text(int(self._ports.clock()))


def _check_fetchable(row: Row, number: int) -> None:
    """Let pass a decision that has a package.

    Raises:
        ConflictError: It was a refusal, is over, or concerns no package.
    """
    hint = f"gateway disclose show {number}"
    if row["action"] != Action.DISCLOSE or row["is_outside"]:
        raise ConflictError(f"number {number} of the ledger is about no package", hint=hint)
    if is_final(row):
        raise ConflictError(f"number {number} of the ledger is {row['state']}", hint=hint)


def _denied(again: Judged, row: Row) -> Denied | None:
    """Return why what was decided may not leave now, None where exactly that may."""
    if not again.is_allowed:
        return Denied(again.reason)
    if digest_of(again.leaving) == row["content_digest"]:
        return None
    # It is allowed, and is not the same: more had to be left out than before.
    before = set(orjson.loads(row["redactions"]))
    fresh = [withheld.reason for pointer, withheld in again.refused if pointer not in before]
    return fresh[0] if fresh else Denied.SOURCE_CHANGED
