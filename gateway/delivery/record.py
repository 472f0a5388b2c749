"""One verified arrival, recorded: the function that runs inside the store's transaction.

Read, decide, write: an earlier entry is repeated; a fault gives a signed refusal; a sound message
is kept with its thread, levels, evidence and entry, or nothing of it is.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from gateway.catalogue import Bodies
from gateway.delivery import consenting, fingerprinting, publishing, registering, remarking
from gateway.delivery.arrival import Refused, Verified
from gateway.delivery.attention import Attention
from gateway.delivery.awaiting import Terms, await_levels
from gateway.delivery.consent_judging import Judged, judge, placed_by
from gateway.delivery.directory import Peer
from gateway.delivery.effects import ARRIVALS, move_threads, note_levels, note_steps
from gateway.delivery.owing import note_duties
from gateway.delivery.placement import Placement, misfit, place
from gateway.delivery.ports import LocalNode
from gateway.delivery.registering import Effect
from gateway.delivery.subjects import note_derivations
from gateway.delivery.told import told
from gateway.envelope import Entry, Outcome, times
from gateway.errors import (
    RETRYABLE,
    IdConflictError,
    InvalidBodyError,
    PeerError,
    Problem,
    RefusalCode,
)
from gateway.store import Transaction, duties, inbox, messages, peers
from gateway.store.alarms import Alarm, raise_alarm
from gateway.store.evidence import Fact, append
from gateway.store.messages import Direction, State
from gateway.store.sealing import CorruptError
from gateway.store.threads import Opener

# Refusals that a person should know of: somebody forges, forwards or reuses.
_ALARMS: Final = {
    RefusalCode.ID_CONFLICT: Alarm.ID_CONFLICT,
    RefusalCode.WRONG_RECIPIENT: Alarm.WRONG_RECIPIENT,
}
# When a peer was last heard is told to the minute: a burst of messages writes it once.
_CONTACT_SECONDS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorder:
    """Record what one peer sent at one moment."""

    us: LocalNode
    peer: Peer
    bodies: Bodies
    terms: Terms
    fail_at: Callable[[str], None]
    now: float

    def of(self, arrival: Verified | Refused) -> Callable[[Transaction], str]:
        """Return the transaction function for an arrival; it returns the entry's exact text."""
        return partial(self._record, arrival)

    def _record(self, arrival: Verified | Refused, tx: Transaction) -> str:
        header_digest = arrival.opened.header_digest
        earlier = inbox.entry_for_message(tx, self.peer.node, arrival.id, header_digest)
        if earlier is not None:
            return earlier
        try:
            text = self._keep(tx, *self._decide(tx, arrival))
        except PeerError as error:
            text = self._refuse(tx, arrival, error)
        self.fail_at("receive.before-commit")
        return text

    def _note_arrival(self, tx: Transaction) -> None:
        at, since = times.text(self.now), times.text(self.now - _CONTACT_SECONDS)
        peers.note_arrival(tx, self.peer.node, at, since=since)

    def _decide(
        self, tx: Transaction, arrival: Verified | Refused
    ) -> tuple[Verified, Placement, Effect | None, Judged | None]:
        """Decide whether and where the message stands; changes nothing."""
        if inbox.id_is_taken(tx, self.peer.node, arrival.id, arrival.opened.header_digest):
            raise IdConflictError("the id belongs to another header", pointers=("/id",))
        if isinstance(arrival, Refused):
            raise arrival.error
        placed = place(
            tx,
            arrival.header,
            arrival.row,
            arrival.body,
            peer=self.peer.node,
            sender=Opener.THEM,
        )
        self._check_corrected(placed, arrival)
        remarking.check(tx, arrival.header, arrival.body, placed)
        if (attention := self._misfit(tx, arrival, placed)) is not None:
            # Valid by its own schema, so it is kept; nothing moves until a person has decided.
            arrival = replace(arrival, attention=attention)
            placed = placed.without_effect(attention)
        given = self._given(tx, arrival, placed)
        if given is not None and given.attention is not None:
            arrival = replace(arrival, attention=given.attention)
            placed = placed_by(placed, given)
        effect = self._registered(tx, arrival, placed)
        if effect is not None and placed.attention is None:
            placed = replace(placed, remark=effect.attention)
        return arrival, placed, effect, given

    def _registered(self, tx: Transaction, arrival: Verified, placed: Placement) -> Effect | None:
        """Decide what the message does to a register."""
        header = arrival.header
        message = told(
            header,
            arrival.row,
            arrival.body,
            placed,
            peer=self.peer.node,
            direction=Direction.IN,
        )
        return registering.judge(
            tx,
            message,
            partial(self.bodies.check, day=times.day(header.created)),
            attention=placed.attention or arrival.attention,
            at=times.text(self.now),
        )

    def _given(self, tx: Transaction, arrival: Verified, placed: Placement) -> Judged | None:
        """Decide what the message does to consents."""
        return judge(
            tx,
            arrival.header,
            arrival.body,
            placed,
            self.terms,
            peer=self.peer.node,
            direction=Direction.IN,
            now=self.now,
        )

    def _check_corrected(self, placed: Placement, arrival: Verified) -> None:
        """Let pass only a corrected body that fits the type of what it corrects."""
        if placed.taken is None or placed.taken.body_type is None:
            return
        day = times.day(arrival.header.created)
        try:
            self.bodies.check(placed.taken.body_type, arrival.body["body"], day=day)
        except InvalidBodyError as error:
            problems = tuple(
                Problem(f"/body/body{each.where}", each.text) for each in error.problems
            )
            raise InvalidBodyError(str(error), problems=problems) from None

    def _misfit(self, tx: Transaction, arrival: Verified, placed: Placement) -> str | None:
        try:
            problems = misfit(tx, arrival.row, placed, arrival.body, sender=Opener.THEM)
        except CorruptError:
            raise_alarm(
                tx, Alarm.CORRUPT, at=times.text(self.now), peer=self.peer.node, subject=arrival.id
            )
            return Attention.QUESTION_UNREADABLE
        return Attention.DOES_NOT_FIT if problems else None

    def _keep(
        self,
        tx: Transaction,
        arrival: Verified,
        placed: Placement,
        registered: Effect | None,
        given: Judged | None,
    ) -> str:
        node, header, at = self.peer.node, arrival.header, times.text(self.now)
        if (effect := ARRIVALS.get(header.type)) is not None:
            effect(tx, header, arrival.body, at)
        entry, text = self._entry(arrival, None)
        move_threads(tx, header, placed, peer=node, sender=Opener.THEM, at=at)
        seq = messages.add(
            tx,
            node,
            Direction.IN,
            header,
            header_digest=arrival.opened.header_digest,
            jws=arrival.opened.jws,
            content=arrival.opened.content,
            marking=arrival.marking,
            state=State.RECEIVED,
            received=at,
            attention=placed.attention or arrival.attention,
            entry=text,
        )
        self._note_effects(tx, arrival, placed, seq=seq, at=at)
        note_steps(tx, placed, seq=seq, id=header.id)
        registering.apply(tx, registered, seq=seq, at=at)
        consenting.apply(tx, given, self.terms, seq=seq, now=self.now)
        remarking.apply(tx, self.terms, header, placed, seq=seq, at=at)
        note_derivations(tx, seq, header.derived_from)
        fingerprinting.note(tx, self.terms, header, arrival.body, seq=seq, peer=node, at=at)
        duties.withdrawn(tx, seq, at=at)
        inbox.keep_entry(tx, node, entry, text)
        self._witness(tx, Fact.RECEIVED, entry)
        publishing.note(tx, self.terms, seq, at=at)
        self._note_arrival(tx)
        return text

    def _note_effects(
        self, tx: Transaction, arrival: Verified, placed: Placement, *, seq: int, at: str
    ) -> None:
        """Note the levels that others reach by a message, and what it ends and begins."""
        node, header = self.peer.node, arrival.header
        # The recipient's own word on when it was: both ends then show the same time.
        said = min(header.created, at)
        note_levels(tx, arrival.row, placed, seq=seq, ours=False, at=said)
        await_levels(tx, seq, header, self.terms, peer=node, direction=Direction.IN, received=at)
        note_duties(
            tx,
            placed,
            arrival.row,
            arrival.body,
            self.terms,
            peer=node,
            sender=Opener.THEM,
            seq=seq,
            at=said,
        )

    def _refuse(self, tx: Transaction, arrival: Verified | Refused, error: PeerError) -> str:
        entry, text = self._entry(arrival, error)
        if entry.is_final:
            inbox.keep_entry(tx, self.peer.node, entry, text)
            inbox.keep_refusal(tx, self.peer.node, entry, arrival.opened.jws)
            self._witness(tx, Fact.REFUSED, entry)
        if (alarm := _ALARMS.get(error.code)) is not None:
            raise_alarm(tx, alarm, at=entry.at, peer=self.peer.node, subject=entry.id)
        return text

    def _entry(self, arrival: Verified | Refused, error: PeerError | None) -> tuple[Entry, str]:
        entry = Entry(
            id=arrival.id,
            header_digest=arrival.opened.header_digest,
            envelope_digest=arrival.outer.digest,
            outcome=Outcome.RECEIVED if error is None else Outcome.REFUSED,
            code=None if error is None else error.code,
            retryable=error is not None and error.code in RETRYABLE,
            at=times.text(self.now),
            pointers=() if error is None else error.pointers,
        )
        return entry, entry.text()

    def _witness(self, tx: Transaction, fact: Fact, entry: Entry) -> None:
        append(
            tx,
            self.peer.node,
            fact,
            at=entry.at,
            subject=entry.id,
            header_digest=entry.header_digest,
            envelope_digest=entry.envelope_digest,
            code=entry.code,
        )
