"""Issuing anew: what was said and never counted at the peer, said once more under a new id."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from gateway.catalogue import Calendar, Catalogue, MessageType
from gateway.delivery.directory import Directory
from gateway.delivery.ports import LocalNode, Ports
from gateway.delivery.reissue import Renamed, known_names, new_due, new_expiry, renamed
from gateway.desk.compose import Composed, Composer, Context
from gateway.desk.draft import Actor, Draft
from gateway.desk.onward import wish_of
from gateway.desk.references import Numbers
from gateway.desk.submission import keep, who_acts
from gateway.envelope import (
    Content,
    Header,
    content_text,
    digest,
    read_content,
    reopen_signed,
    times,
)
from gateway.envelope.message import SALT_LENGTH
from gateway.errors import ConflictError
from gateway.store import Store, Transaction, messages, outbox
from gateway.store.evidence import LOCAL, Fact, append

# A card says itself how new it is: an older one that came late would only be refused.
_CARD: Final = "card.update"


class StaleCardError(ConflictError):
    """The message carries a card that this node does not hand out any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anew:
    """A message of ours, and the one that says the same in its place, not kept yet."""

    seq: int
    old: Header
    composed: Composed


class Reissue:
    """Issue messages of this node anew."""

    def __init__(
        self,
        *,
        us: LocalNode,
        store: Store,
        directory: Directory,
        catalogue: Catalogue,
        ports: Ports,
        composer: Composer,
        numbers: Numbers,
    ) -> None:
        self._us = us
        self._store = store
        self._directory = directory
        self._catalogue = catalogue
        self._ports = ports
        self._composer = composer
        self._numbers = numbers

    async def compose(self, seq: int, names: Renamed | None = None) -> Anew:
        """Sign and seal what a message said, under a new id; nothing is kept yet.

        Args:
            names: What else is issued anew and may be spoken of.

        Raises:
            NotFoundError: Its content was erased, or the peer is not enabled.
            InvalidError: Its body does not fit its type any more.
            PolicyError: It may not leave any more.
            ConflictError: The peer's card has no key that is valid now, or what was said is a card
                of ours that is not in force any more.
        """

        def load(tx: Transaction) -> tuple[Header, Content, Renamed]:
            row = messages.get(tx, seq)
            text = messages.content_of(tx, row)
            header = reopen_signed(row["jws"], text).header
            return header, read_content(text), known_names(tx, header)

        old, content, known = await self._store.read(load)
        if old.type == _CARD and content.body.get("card") != self._us.card.decode():
            raise StaleCardError("that card is not in force any more: send the new one")
        known.take(names or Renamed())
        profile = self._catalogue.profile_for(self._us.node, old.to)
        row_type = profile.check_sender(self._us.node, old.type)
        context = Context(peer=self._directory.get(old.to), row=row_type, profile=profile)
        header, text = self._anew(old, content, row_type, profile.calendar_of(old.to))
        day = times.day(header.created)
        self._catalogue.bodies.check_draft(row_type.name, content.body, day=day)
        header = renamed(header, old, known)
        if row_type.opens is not None:
            header = await self._numbers.give(header)
        wish = await self._store.read(partial(wish_of, seq=seq))
        draft = Draft(
            type=old.type,
            to=old.to,
            body=content.body,
            purpose=wish.purpose,
            conditions_met=wish.is_met,
        )
        composed = await self._composer.sign_and_seal(draft, header, text, context)
        return Anew(seq=seq, old=old, composed=composed)

    def _anew(
        self, old: Header, content: Content, row_type: MessageType, calendar: Calendar
    ) -> tuple[Header, str]:
        """Return a fresh header and the exact text it binds; the place is still the old one."""
        now = int(self._ports.clock())
        salt = self._ports.randomness(SALT_LENGTH)
        text = content_text(content.body, salt=salt, note=content.note)
        header = replace(
            old,
            id=self._ports.new_id(),
            created=times.text(now),
            expires=new_expiry(old, row_type, now),
            due=new_due(old, row_type, now, calendar),
            content_digest=digest(text.encode()),
            body_schema=self._catalogue.bodies.reference(row_type.name),
        )
        return header, text

    def keep(self, tx: Transaction, anew: Anew, actor: Actor) -> int:
        """Keep and queue a composed message in the place of the old one; return its row.

        Raises:
            ConflictError, PolicyError: Its matter does not allow it any more; nothing was kept.
        """
        header = anew.composed.header
        if anew.composed.row.opens is not None:
            self._numbers.note(tx, header)
        seq = keep(tx, anew.composed, actor=actor)
        outbox.note_reissue(tx, old=anew.seq, old_id=anew.old.id, new=seq, new_id=header.id)
        append(
            tx,
            LOCAL,
            Fact.ISSUED_ANEW,
            at=header.created,
            subject=header.id,
            peer=anew.composed.peer,
            earlier=anew.old.id,
            **who_acts(actor),
        )
        return seq
