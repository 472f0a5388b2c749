"""Keeping a message of ours: queue, thread, levels and evidence in one transaction.

What is returned as submitted is in the outbox after any crash; what is not returned left nothing.
"""

from collections.abc import Mapping
from typing import Any, Final

from gateway.catalogue import Event, MessageType, country_of, short
from gateway.delivery import consenting, fingerprinting, listing, remarking
from gateway.delivery.awaiting import Terms, await_levels
from gateway.delivery.consent_judging import Judged, check_given, judge
from gateway.delivery.effects import LEVELS, move_threads, note_levels, note_steps
from gateway.delivery.owing import note_duties
from gateway.delivery.placement import Placement, misfit, place
from gateway.delivery.publishing import note_confirmed
from gateway.delivery.superseding import newest_version
from gateway.desk import onward
from gateway.desk.compose import Composed
from gateway.desk.draft import Actor
from gateway.desk.list_check import check_list
from gateway.desk.too_late import too_late
from gateway.desk.undeclared import check_sent
from gateway.envelope import Header, times
from gateway.errors import (
    ConflictError,
    InvalidError,
    InvalidMarkingError,
    NotPermittedError,
    PolicyError,
    Problem,
    UnknownReferenceError,
    WrongThreadError,
)
from gateway.policy import parse_marking
from gateway.store import Row, Transaction, messages, outbox, steps, threads
from gateway.store.evidence import LOCAL, Fact, append
from gateway.store.messages import Direction, Reached, State
from gateway.store.threads import Opener

# What a node says by itself of what has just come in, before anybody here can have read it.
_SAID_BY_ITSELF: Final = frozenset({"consent.status", "disclosure.report"})
# Steps that answer the last word of the other side, whatever message they speak of.
_TURNS: Final = frozenset({Event.AGREE, Event.COUNTER, Event.PROPOSE, Event.SETTLE})
_FACTS: Final = {
    Reached.HANDED_OVER: Fact.HANDED_OVER,
    Reached.ACCEPTED: Fact.ACCEPTED,
    Reached.DECLINED: Fact.DECLINED,
}


def check_place(
    tx: Transaction, peer: str, header: Header, row: MessageType, body: Mapping[str, Any]
) -> Placement:
    """Decide where a message of ours stands, by the same rules the peer will judge it by.

    Raises:
        ConflictError: The thread's state, or a message not read yet, does not allow the step.
        PolicyError: The step is the other side's to take.
        InvalidError: The answer does not fit the question.
    """
    try:
        placed = place(tx, header, row, body, peer=peer, sender=Opener.US)
        remarking.check(tx, header, body, placed)
    except NotPermittedError as error:
        raise PolicyError(
            f"that step is the other side's: {error}", hint=_instead(header, row)
        ) from None
    except (UnknownReferenceError, WrongThreadError) as error:
        raise ConflictError(f"the message has no place there: {error}") from None
    except InvalidMarkingError as error:
        problems = tuple(Problem(pointer, "is no marking for it") for pointer in error.pointers)
        raise InvalidError(f"the marking cannot be given: {error}", problems=problems) from None
    if placed.taken is not None and placed.taken.is_late:
        target = placed.taken.target
        raise ConflictError(
            f"another message has taken the place of {target['id']}",
            hint=f"gateway show {target['superseded_by']}",
        )
    for step in placed.steps:
        if step.state is None and step.event is not None:
            raise too_late(threads.get(tx, peer, step.thread), step.event)
    _check_read(row, placed, tx)
    return placed


def _instead(header: Header, row: MessageType) -> str:
    """Return the line for what this side may say of a message that the other side answers."""
    if not row.replies_to or header.in_reply_to is None:
        return ""
    return f"gateway reply {short(header.in_reply_to)} --type reminder|correction|withdrawal"


def _check_read(row: MessageType, placed: Placement, tx: Transaction) -> None:
    """Nobody may accept, decline or answer what nobody has read, nor an outdated version of it."""
    replied = None if row.name in _SAID_BY_ITSELF else placed.replied
    spoken_of = [] if replied is None else [replied]
    if LEVELS.get(row.name) in (Reached.ACCEPTED, Reached.DECLINED):
        listed = (messages.shown(tx, message["seq"]) for message in placed.listed)
        spoken_of += [newest_version(tx, message) for message in listed]
    for step in placed.steps:
        word = _last_word(tx, placed, step.thread) if step.event in _TURNS else None
        spoken_of += [] if word is None else [word]
    for earlier in spoken_of:
        if earlier["state"] == State.RECEIVED:
            raise ConflictError(
                f"nobody here has read {short(earlier['id'])} yet",
                hint=f"gateway show {short(earlier['id'])}",
            )
    if placed.remark is not None and placed.replied is not None:
        raise ConflictError(
            f"{placed.replied['id']} was corrected: answer what it says now",
            hint=f"gateway show {placed.replied['superseded_by']}",
        )


def _last_word(tx: Transaction, placed: Placement, thread: str) -> Row | None:
    return None if placed.replied is None else steps.last_word(tx, placed.replied["peer"], thread)


def check_whole(
    tx: Transaction,
    peer: str,
    header: Header,
    row: MessageType,
    body: Mapping[str, Any],
    terms: Terms,
) -> None:
    """Let pass only what could be kept now, and fits what it answers or goes on with.

    Raises:
        ConflictError, PolicyError: As with `check_place` and `check_list`.
        InvalidError: Something in a reply, a list or a consent does not fit; `problems` says where.
    """
    placed = check_place(tx, peer, header, row, body)
    _check_given(tx, header, body, placed, terms)
    _check_fit(tx, row, placed, body)
    check_list(tx, header, row, body, placed, terms.catalogue.bodies)


def _check_given(
    tx: Transaction, header: Header, body: Mapping[str, Any], placed: Placement, terms: Terms
) -> Judged | None:
    """Return what a message of ours does to consents; one that nobody could use stays here."""
    judged = judge(
        tx,
        header,
        body,
        placed,
        terms,
        peer=header.to,
        direction=Direction.OUT,
        now=times.parse(header.created),
    )
    check_given(judged)
    return judged


def _check_fit(
    tx: Transaction, row: MessageType, placed: Placement, body: Mapping[str, Any]
) -> None:
    if problems := misfit(tx, row, placed, body, sender=Opener.US):
        raise InvalidError(
            "the body does not fit the message it speaks of",
            problems=problems[:16],
            hint="gateway show prints what that message says",
        )


def keep(tx: Transaction, composed: Composed, *, actor: Actor) -> int:
    """Keep and queue a composed message; return its row number.

    Raises:
        ConflictError, PolicyError: The thread moved on meanwhile; nothing was kept.
    """
    header, row, peer = composed.header, composed.row, composed.peer
    at = header.created
    placed = check_place(tx, peer, header, row, composed.body)
    listed = check_list(tx, header, row, composed.body, placed, composed.terms.catalogue.bodies)
    given = _check_given(tx, header, composed.body, placed, composed.terms)
    check_sent(tx, header, composed.body, composed.note)
    leaving = onward.Leaving.of(composed)
    released = onward.decided(tx, leaving)
    move_threads(tx, header, placed, peer=peer, sender=Opener.US, at=at)
    seq = _add(tx, composed)
    note_steps(tx, placed, seq=seq, id=header.id)
    if listed is not None:
        listing.keep(tx, listed, seq=seq)
    _queue(tx, composed, seq=seq)
    _note_effects(tx, composed, placed, seq=seq)
    note_confirmed(tx, composed.terms, header, composed.body, peer=peer, uid=actor.uid)
    if released is not None:
        onward.note(tx, released, leaving, seq=seq, actor=actor)
    _note_said(tx, composed, placed, given, seq=seq)
    _witness(tx, composed, placed, actor, at)
    return seq


def _add(tx: Transaction, composed: Composed) -> int:
    header = composed.header
    return messages.add(
        tx,
        composed.peer,
        Direction.OUT,
        header,
        header_digest=composed.signed.header_digest,
        jws=composed.signed.jws,
        content=composed.signed.content,
        marking=parse_marking(header.marking, originator_country=country_of(header.from_)).whole(),
        state=State.QUEUED,
    )


def _queue(tx: Transaction, composed: Composed, *, seq: int) -> None:
    header = composed.header
    outbox.add(
        tx,
        seq,
        composed.sealed,
        peer=composed.peer,
        thread=header.thread,
        priority=header.priority,
        immediate=composed.row.immediate,
        expires=header.expires,
        at=header.created,
    )


def _note_effects(tx: Transaction, composed: Composed, placed: Placement, *, seq: int) -> None:
    """Note the levels that others reach by a message of ours, and what it ends and begins."""
    header, row, peer, terms = composed.header, composed.row, composed.peer, composed.terms
    at = header.created
    note_levels(tx, row, placed, seq=seq, ours=True, at=at)
    await_levels(tx, seq, header, terms, peer=peer, direction=Direction.OUT, received=None)
    note_duties(tx, placed, row, composed.body, terms, peer=peer, sender=Opener.US, seq=seq, at=at)


def _note_said(
    tx: Transaction, composed: Composed, placed: Placement, given: Judged | None, *, seq: int
) -> None:
    """Note what a message says of consents and markings, and what it identifies."""
    header, terms, at = composed.header, composed.terms, composed.header.created
    consenting.apply(tx, given, terms, seq=seq, now=times.parse(at))
    remarking.apply(tx, terms, header, placed, seq=seq, at=at)
    fingerprinting.note(tx, terms, header, composed.body, seq=seq, peer=composed.peer, at=at)


def _witness(tx: Transaction, composed: Composed, placed: Placement, actor: Actor, at: str) -> None:
    who = who_acts(actor)
    if (level := LEVELS.get(composed.row.name)) is not None:
        for message in placed.listed:
            append(tx, LOCAL, _FACTS[level], at=at, subject=_id(tx, message), **who)
    append(
        tx,
        LOCAL,
        Fact.SUBMITTED,
        at=at,
        subject=composed.header.id,
        peer=composed.peer,
        type=composed.row.name,
        header_digest=composed.signed.header_digest,
        **who,
    )


def _id(tx: Transaction, message: Row) -> str:
    return str(messages.get(tx, message["seq"])["id"])


def who_acts(actor: Actor) -> dict[str, Any]:
    """Return what the evidence keeps of an actor: the uid, and whom it claims to act for."""
    who: dict[str, Any] = {"uid": actor.uid}
    if actor.on_behalf_of is not None:
        who["claims_for"] = actor.on_behalf_of
    return who
