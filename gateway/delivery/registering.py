"""What messages do to the registers: judged with a message, applied in its transaction.

What we receive counts on its arrival; what we send, once the peer's signed receipt proves that it
has it, and then from the time of that entry. What is flagged or odd changes nothing until a person
has decided (`decide`). A correction or withdrawal speaks for the message whose place it takes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from gateway.catalogue import Register, type_of
from gateway.catalogue.register_changes import Change, Odd, State, number_key
from gateway.catalogue.register_rules import LISTS, Said, changes_of, not_theirs
from gateway.delivery import listing, oddities
from gateway.delivery.attention import Attention
from gateway.delivery.told import Told, told_again
from gateway.envelope import times
from gateway.errors import ConflictError, NotFoundError, NotPermittedError, PeerError
from gateway.policy import close
from gateway.store import (
    Row,
    Transaction,
    messages,
    register_lists,
    register_versions,
    registers,
    threads,
)
from gateway.store.alarms import Alarm, raise_alarm
from gateway.store.register_versions import Cause
from gateway.store.registers import Decision
from gateway.store.sealing import CorruptError

# What nobody can apply: it does not say which entry is meant.
_UNDECIDABLE: Final = frozenset({Odd.MORE_THAN_ONE, Odd.ENTRY_TWICE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a message will do to a register.

    Args:
        slot: The row of the first version, None while the message is its own and has none.
        attention: Why a person decides first.
    """

    register: Register
    peer: str
    changes: tuple[Change, ...] = ()
    slot: int | None = None
    attention: str | None = None
    listed: listing.Judged | None = None


def judge(
    tx: Transaction, message: Told | None, check: listing.Check, *, attention: str | None, at: str
) -> Effect | None:
    """Decide what a message does to a register; changes nothing.

    Args:
        attention: Why a person should look at the message anyway.
        at: When it arrived.

    Raises:
        ListFaultError, WrongBaseError, InvalidBodyError: It belongs to a list that does not hold.
        NotPermittedError: It goes on with a list of the other side, or says what is that side's to
            say.
    """
    if message is None:
        return None
    _check_whose(message)
    if message.is_of_list:
        return _of_list(tx, message, check, attention)
    return _of_one(tx, message, attention=attention, at=at)


def _check_whose(message: Told) -> None:
    pointer = not_theirs(message.type, message.body or {}, message.country)
    if pointer is not None:
        where = ("/body" if message.first is None else "/body/body") + pointer
        raise NotPermittedError(f"{where} names an organisation of another side", pointers=(where,))


def _of_one(tx: Transaction, message: Told, *, attention: str | None, at: str) -> Effect | None:
    """Decide what a message that is none of a list does to a register."""
    register = type_of(message.type).register
    if register is None:
        return None
    effect = Effect(
        register=register,
        peer=message.peer,
        slot=None if message.first is None else message.first[0],
        attention=attention,
    )
    try:
        _check_slot(tx, effect.slot)
        if message.is_taken_back:
            return effect
        if message.body is None:
            return replace(effect, attention=attention or Attention.REGISTER_UNREADABLE)
        changes, found = said_now(tx, message, message.body, at)
    except CorruptError:
        return replace(effect, attention=attention or Attention.REGISTER_UNREADABLE)
    return replace(effect, changes=changes, attention=attention or found)


def _check_slot(tx: Transaction, slot: int | None) -> None:
    """Read what is to be worked out anew: nothing may fail half-way."""
    for peer, register, entry in () if slot is None else register_versions.entries_of(tx, slot):
        register_versions.state_without(tx, peer, register, entry, slot=slot or 0)


def apply(tx: Transaction, effect: Effect | None, *, seq: int, at: str) -> None:
    """Do what was decided, or note that a person decides; `seq` is the stored message."""
    if effect is None:
        return
    if effect.listed is not None:
        _apply_list(tx, effect, seq, at)
        return
    if effect.slot is not None:
        # What a message would have done is nobody's to decide once another has taken its place.
        registers.supersede(tx, effect.slot, at=at)
    if effect.attention is not None:
        _defer(tx, effect, seq, at)
        return
    _write(tx, effect, Cause(message=seq, slot=effect.slot or seq, at=at))


def check_ours(
    tx: Transaction, message: Told | None, check: listing.Check
) -> listing.Judged | None:
    """Judge a message of ours before it is kept, by the rules the peer will judge it by.

    Raises:
        ConflictError: It starts from another list than the peer has, or one is on its way.
        InvalidError: The set is not what its first part announces.
        PeerError: As the peer would refuse it.
    """
    if message is None:
        return None
    _check_whose(message)
    if not message.is_of_list or message.body is None:
        return None
    effect = _of_list(tx, message, check, None)
    other = register_lists.on_its_way(tx, message.peer, effect.register, but=_opening(message) or 0)
    if other is not None:
        id = messages.shown(tx, other)["id"]
        raise ConflictError(
            f"the list {id} is still on its way to {message.peer}", hint=f"gateway show {id}"
        )
    return effect.listed


def settled(tx: Transaction, seq: int, *, at: str, now: str) -> None:
    """Let a message of ours count in the register: the peer has it since `at`.

    Args:
        now: The time here, which no part of a list is believed to have arrived after.
    """
    row = messages.shown(tx, seq)
    try:
        _settle(tx, row, at, now)
    except CorruptError:
        # That the message was delivered stands all the same.
        threads.flag(tx, row["peer"], row["thread"], Attention.REGISTER_UNREADABLE, at)


def _settle(tx: Transaction, row: Row, at: str, now: str) -> None:
    seq = row["seq"]
    if (list_ := register_lists.list_of(tx, seq)) is not None:
        _settle_list(tx, list_, row, at, now)
        return
    message = told_again(tx, row)
    if message is None or message.is_of_list:
        return
    effect = _of_one(tx, message, attention=None, at=at)
    apply(tx, effect, seq=seq, at=at)
    if effect is not None and effect.attention is not None:
        threads.flag(tx, row["peer"], row["thread"], effect.attention, at)


def undone(tx: Transaction, seq: int) -> None:
    """Forget a message of ours that never counted; its part of a list can be sent again."""
    if register_lists.list_of(tx, seq) is not None:
        register_lists.lose_part(tx, seq)


def decide(tx: Transaction, seq: int, *, is_applied: bool, uid: int, at: str) -> None:
    """Apply or drop what a message would do to a register, once and for all.

    Raises:
        NotFoundError: Nothing of this message waits for a decision.
        ConflictError: It was decided before, or cannot be applied as it is.
    """
    waiting = registers.deferral(tx, seq)
    if waiting is None:
        raise NotFoundError("nothing of this message waits", hint="gateway register list --waiting")
    if waiting["decided"] is not None:
        raise ConflictError(f"it was {waiting['decision']} on {waiting['decided'][:10]}")
    if is_applied:
        _apply_deferred(tx, seq, waiting["reason"], at)
    elif (list_ := register_lists.list_of(tx, seq)) is not None:
        register_lists.drop(tx, list_["seq"])
    decision = Decision.APPLIED if is_applied else Decision.DROPPED
    registers.decide(tx, seq, decision, at=at, uid=uid)


def said_now(
    tx: Transaction, message: Told, body: Mapping[str, Any], at: str
) -> tuple[tuple[Change, ...], str | None]:
    """Return what a message changes, and the first reason for a person to look."""
    first = message.first
    said = Said(
        body=body,
        id=message.id if first is None else first[1],
        country=message.country,
        opened=_opened(tx, message),
        day=at[:10],
    )
    found: str | None = None
    changes: list[Change] = []
    named: set[str] = set()
    for change in changes_of(message.type, said):
        resolved, reason = _resolved(tx, message, change)
        # Two new entries of one number would be one thing under two ids.
        name = resolved.entry if change.number is None else f"={number_key(change.number)}"
        if reason is None and {name, resolved.entry} & named:
            reason = Odd.ENTRY_TWICE
        named |= {name, resolved.entry}
        before, slot = _before(tx, message, resolved), None if first is None else first[0]
        found = found or reason or oddities.found(tx, message.peer, resolved, before, slot=slot)
        changes.append(close(resolved, message.opening, times.parse(at)))
    return tuple(changes), found


def _opened(tx: Transaction, message: Told) -> tuple[str, ...]:
    """Return the entries that the message which opened the matter has changed."""
    if type_of(message.type).opens is not None:
        return ()
    opener = messages.in_thread(tx, message.peer, message.thread)
    if opener is None:
        return ()
    return tuple(register_versions.said_by(tx, opener["seq"]))


def _resolved(tx: Transaction, message: Told, change: Change) -> tuple[Change, Odd | None]:
    """Return a change with the entry that its number tells, where one does."""
    if change.number is None:
        return change, None
    found = register_versions.numbered(tx, message.peer, change.register, change.number)
    if len(found) > 1:
        return change, Odd.MORE_THAN_ONE
    return (replace(change, entry=found[0]) if found else change), None


def _before(tx: Transaction, message: Told, change: Change) -> State | None:
    if message.first is None:
        return register_versions.state(tx, message.peer, change.register, change.entry)
    return register_versions.state_without(
        tx, message.peer, change.register, change.entry, slot=message.first[0]
    )


def _write(tx: Transaction, effect: Effect, cause: Cause) -> None:
    named = {change.entry for change in effect.changes}
    crossed = [register_versions.put(tx, effect.peer, change, cause) for change in effect.changes]
    if effect.slot is not None:
        crossed += [
            register_versions.take_back(tx, peer, register, entry, cause)
            for peer, register, entry in register_versions.entries_of(tx, effect.slot)
            if entry not in named
        ]
    if any(crossed):
        # Both sides have spoken of one entry at once, and the clocks may tell each another order.
        thread = messages.shown(tx, cause.message)["thread"]
        threads.flag(tx, effect.peer, thread, Attention.CROSSED, cause.at)


def _defer(tx: Transaction, effect: Effect, seq: int, at: str) -> None:
    reason = str(effect.attention)
    slot = effect.slot or seq
    peer, register = effect.peer, effect.register
    registers.defer(tx, seq, slot=slot, peer=peer, register=register, reason=reason, at=at)
    # The other side keeps the same register and may decide otherwise: somebody has to look.
    id = messages.shown(tx, seq)["id"]
    raise_alarm(tx, Alarm.REGISTER_WAITING, at=at, peer=peer, subject=id)


def _apply_deferred(tx: Transaction, seq: int, reason: str, at: str) -> None:
    if (list_ := register_lists.list_of(tx, seq)) is not None:
        try:
            whole = listing.judge_again(tx, list_["seq"])
        except PeerError as error:
            raise ConflictError(f"the list cannot be applied any more: {error}") from None
        if whole is None:
            raise ConflictError("the list is not open any more")
        _bring_up(tx, list_, whole, at)
        return
    row = messages.shown(tx, seq)
    message = told_again(tx, row)
    if message is None or row["superseded_by"] is not None:
        raise ConflictError("another message has taken its place")
    effect = _of_one(tx, message, attention=None, at=at)
    if effect is None or effect.attention in {*_UNDECIDABLE, Attention.REGISTER_UNREADABLE}:
        raise ConflictError(f"it cannot be applied as it is: {reason}")
    # A person has decided that an entry may begin with it.
    begun = tuple(
        replace(change, unknown=None) if _is_missing(tx, message, change) else change
        for change in effect.changes
    )
    cause = Cause(message=seq, slot=effect.slot or seq, at=at)
    _write(tx, replace(effect, changes=begun), cause)


def _is_missing(tx: Transaction, message: Told, change: Change) -> bool:
    before = _before(tx, message, change)
    return before is None or before.removed


def _of_list(tx: Transaction, message: Told, check: listing.Check, attention: str | None) -> Effect:
    opening = _opening(message)
    kind = message.type
    if opening is not None and message.replied is not None:
        kind = message.replied["type"]
        if message.replied["direction"] != message.direction:
            raise NotPermittedError("a list of the other side", pointers=("/in_reply_to",))
    arriving = listing.Arriving(
        peer=message.peer,
        type=kind,
        body=message.body or {},
        marked=message.opening,
        day=message.day,
        opening=opening,
    )
    judged = listing.judge(tx, arriving, check)
    if attention is None and judged.whole is not None:
        attention = _odd_list(tx, message.peer, arriving.register, judged.whole)
    return Effect(register=arriving.register, peer=message.peer, attention=attention, listed=judged)


def _odd_list(
    tx: Transaction, peer: str, register: Register, whole: register_lists.Whole
) -> str | None:
    """Return why a person should look before a list that holds is applied."""
    return Odd.REVIVES_ENDED if register_lists.revived(tx, peer, register, whole) else None


def _opening(message: Told) -> int | None:
    """Return the row of the message that opened the list, None if it is this one."""
    return None if message.type in LISTS or message.replied is None else message.replied["seq"]


def _apply_list(tx: Transaction, effect: Effect, seq: int, at: str) -> None:
    if effect.listed is None:
        return
    opening = listing.keep(tx, effect.listed, seq=seq)
    if effect.listed.whole is None:
        return
    flagged = [row["attention"] for row in register_lists.parts(tx, opening) if row["attention"]]
    if effect.attention is not None or flagged:
        _defer(tx, replace(effect, attention=effect.attention or flagged[0]), seq, at)
        return
    list_ = register_lists.get(tx, opening)
    if list_ is not None:
        _bring_up(tx, list_, effect.listed.whole, at)


def _settle_list(tx: Transaction, list_: Row, row: Row, at: str, now: str) -> None:
    """Apply a list of ours once the peer has every part of it, from when it had the last."""
    rows = register_lists.parts(tx, list_["seq"])
    if len(rows) < list_["parts"] or any(each["received"] is None for each in rows):
        return
    try:
        whole = listing.judge_again(tx, list_["seq"])
    except PeerError:
        # They took it, so the two registers had parted before.
        threads.flag(tx, row["peer"], row["thread"], "register-differs", at)
        register_lists.drop(tx, list_["seq"])
        return
    if whole is None:
        return
    at = max(at, *(min(each["received"], now) for each in rows))
    register = Register(list_["register"])
    if (found := _odd_list(tx, row["peer"], register, whole)) is None:
        _bring_up(tx, list_, whole, at)
        return
    # The message that completed the list where it arrived is the one that waits, here as there.
    last = max(rows, key=lambda each: (each["received"], each["seq"]))["seq"]
    _defer(tx, Effect(register=register, peer=row["peer"], attention=found), last, at)
    threads.flag(tx, row["peer"], row["thread"], found, at)


def _bring_up(tx: Transaction, list_: Row, whole: register_lists.Whole, at: str) -> None:
    if not register_lists.apply(tx, list_, whole, at=at):
        id = messages.shown(tx, list_["seq"])["id"]
        raise_alarm(tx, Alarm.CORRUPT, at=at, peer=list_["peer"], subject=id)
