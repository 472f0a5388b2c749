"""Telling the originator: what was disclosed of its content, and what happened outside the gateway.

What a court or an office that answers to the public makes of content is refused here as everything
else is. What then happened without us is kept in the ledger, and the originator is told.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import orjson

from gateway.catalogue import short
from gateway.catalogue.text import composed
from gateway.delivery.awaiting import Terms
from gateway.delivery.consenting import owe_report
from gateway.delivery.ports import Ports
from gateway.desk.disclosure_reports import report_body
from gateway.desk.disclosure_views import row_view
from gateway.desk.disclosure_wishes import Judged, Wish, judged, origins_in
from gateway.desk.draft import Actor, Draft
from gateway.desk.repeat import Repeat
from gateway.envelope import read_content, times
from gateway.errors import ConflictError, InvalidError, NotFoundError, Problem
from gateway.policy import Action
from gateway.store import Row, Store, Transaction, consents, disclosures, messages
from gateway.store.consent_notices import Why
from gateway.store.disclosures import Decided, Step
from gateway.store.messages import Direction

View = dict[str, Any]

_REPORT: Final = "disclosure.report"
_REQUEST: Final = "disclosure.request"
_LONGEST: Final = 4_000


class Telling:
    """The part of the desk that tells originators of disclosures."""

    def __init__(
        self,
        *,
        store: Store,
        terms: Terms,
        ports: Ports,
        send: Callable[..., Awaitable[View]],
    ) -> None:
        self._store = store
        self._terms = terms
        self._ports = ports
        self._send = send

    async def report(
        self, selector: str, actor: Actor, *, idempotency_key: str | None = None
    ) -> View:
        """Send the originator a report of what was disclosed; return the view of that message.

        Args:
            selector: A message of the other side, its question about disclosures, or a consent.

        Raises:
            NotFoundError: No such message or consent.
            ConflictError: It is one of our own: nobody is told of those; or the same was reported.
        """

        def composed_report(tx: Transaction) -> Draft:
            about, body = _asked(tx, selector=selector)
            draft = Draft(type=_REPORT, to=about["peer"], body=body, in_reply_to=about["id"])
            repeat = Repeat.of(draft, actor, idempotency_key, self._ports.clock())
            if repeat.find(tx) is None:
                _check_new(tx, about, body)
            return draft

        draft = await self._store.read(composed_report)
        return await self._send(draft, actor, idempotency_key=idempotency_key)

    async def outside(
        self, selector: str, wish: Wish, text: str, actor: Actor, *, idempotency_key: str | None
    ) -> View:
        """Keep what happened to content outside the gateway; the node reports it by itself.

        Args:
            text: What happened and on what ground, in English; the originator reads it.

        Raises:
            NotFoundError: No such message, or its content was erased.
            InvalidError: There are no words, or the recipient is none of the registry.
            ConflictError: The message is one of our own.
        """
        words = composed(text).strip()
        if not 0 < len(words) <= _LONGEST:
            problem = Problem("/text", f"is empty or longer than {_LONGEST:,} characters")
            raise InvalidError("it does not say what happened", problems=(problem,))
        asked = ["outside", selector, wish.to, wish.purpose, wish.fields, words]
        repeat = Repeat.of(asked, actor, idempotency_key, self._ports.clock())

        def record(tx: Transaction) -> View:
            if (earlier := repeat.find(tx)) is not None:
                return row_view(tx, disclosures.get(tx, int(earlier)))
            seq = messages.find_exact(tx, selector)
            found = judged(tx, seq, wish, self._terms, now=self._ports.clock())
            _check_theirs(found.row)
            if found.party is None:
                problem = Problem("/to", "is no organisation of the registry")
                raise InvalidError(
                    "nobody is named who got it", problems=(problem,), hint="gateway parties"
                )
            number = self._keep(tx, found, words, actor)
            repeat.remember(tx, str(number), self._at())
            return row_view(tx, disclosures.get(tx, number))

        return await self._store.write(record)

    def _keep(self, tx: Transaction, found: Judged, words: str, actor: Actor) -> int:
        row, wish, party, at = found.row, found.wish, found.party, self._at()
        number = disclosures.note(
            tx,
            Decided(
                at=at,
                action=Action.DISCLOSE,
                # What we would have said to it, and have not been asked.
                reason=found.reason,
                message=row["seq"],
                message_id=row["id"],
                header_digest=row["header_digest"],
                peer=row["peer"],
                audience=wish.to,
                audience_name=None if party is None else party.names["en"],
                audience_country="" if party is None else party.country,
                purpose=wish.purpose,
                mode=wish.mode,
                pointers=wish.fields or ("",),
                origins=origins_in(found, self._terms.node),
                uid=actor.uid,
                on_behalf_of=actor.on_behalf_of,
                is_outside=True,
                text=orjson.dumps({"en": words}),
            ),
        )
        disclosures.advance(tx, disclosures.get(tx, number), Step.TRANSMITTED, at=at, uid=actor.uid)
        owe_report(tx, row, Why.OUTSIDE, at=at, message_id=row["id"])
        return number

    def _at(self) -> str:
        return times.text(int(self._ports.clock()))


def _asked(tx: Transaction, *, selector: str) -> tuple[Row, View]:
    """Return what a report answers, and its body."""
    try:
        row = messages.shown(tx, messages.find_exact(tx, selector))
    except NotFoundError:
        kept = consents.find(tx, selector)
        row = messages.shown(tx, kept["seq"])
    _check_theirs(row)
    peer = row["peer"]
    consent = consents.get(tx, row["seq"])
    if consent is not None:
        return row, report_body(tx, peer, Why.VOLUNTARY, consent_id=consent["consent_id"])
    if row["type"] == _REQUEST:
        return row, report_body(tx, peer, Why.ASKED, **_wanted(tx, row))
    return row, report_body(tx, peer, Why.VOLUNTARY, message_id=row["id"])


def _check_new(tx: Transaction, about: Row, body: View) -> None:
    """Let pass a report that says something else than the newest one about the same.

    Raises:
        ConflictError: It says the same.
    """
    last = messages.last_reply(tx, about, _REPORT)
    if last is None:
        return
    try:
        told = read_content(messages.content_of(tx, messages.get(tx, last["seq"]))).body
    except NotFoundError:
        # It was erased: nobody can say what it said.
        return
    if told.get("disclosures") == body["disclosures"]:
        name = short(last["id"])
        raise ConflictError(f"nothing new since the report {name}", hint=f"gateway show {name}")


def _wanted(tx: Transaction, row: Row) -> dict[str, str | None]:
    """Return what a question about disclosures asks for; without anything, it is all of them."""
    asked = read_content(messages.content_of(tx, messages.get(tx, row["seq"]))).body
    wanted = {name: asked.get(name) for name in ("consent_id", "since", "until")}
    return wanted | {"message_id": (asked.get("message") or {}).get("id")}


def _check_theirs(row: Row) -> None:
    if row["direction"] != Direction.IN:
        raise ConflictError(
            f"{row['reference'] or row['id']} is a message of your own: nobody is told of it",
            hint=f"gateway disclose list --message {row['id']}",
        )
