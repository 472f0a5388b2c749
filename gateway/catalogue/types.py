"""The message types: one table, a row each.

A row says all that is particular to a type: the clause it serves, who may send it, where it
stands, what it does to a thread, how it is marked and how long it lives. No code anywhere knows
a type by name; what differs between types is a column here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from gateway.catalogue.kinds import (
    Caveat,
    Channel,
    Event,
    Level,
    Priority,
    Role,
    Superseding,
    ThreadKind,
)
from gateway.catalogue.terms import Term
from gateway.errors import UnknownTypeError

_BOTH: Final = frozenset(Role)
# Directive (EU) 2023/977 and Directive 2014/67 article 6 are the benchmarks: 3 days, 7 days,
# 25 working days.
_INQUIRY: Final = MappingProxyType(
    {
        Priority.ROUTINE: Term(25, working=True),
        Priority.URGENT: Term(7),
        Priority.EMERGENCY: Term(3),
    }
)
# An investigation takes longer, unless people are harmed meanwhile.
_INVESTIGATION: Final = MappingProxyType(
    {Priority.ROUTINE: Term(60), Priority.URGENT: Term(7), Priority.EMERGENCY: Term(3)}
)
# What is only asked about a message or the state of the work is at hand.
_AT_HAND: Final = MappingProxyType(
    {Priority.ROUTINE: Term(7), Priority.URGENT: Term(3), Priority.EMERGENCY: Term(1)}
)
_NONE: Final[Mapping[Priority, Term]] = MappingProxyType({})
# Somebody opens what has arrived within two working days, and takes a matter up within three.
_OPENED: Final = Term(2, working=True)
_TAKEN_UP: Final = Term(3, working=True)
_NO_PARTS: Final[Mapping[str, Level]] = MappingProxyType({})
_NO_FLAGS: Final[Mapping[str, Caveat]] = MappingProxyType({})
# What keeps the two contact points of clause 2 working serves no other clause.
_CONTACT: Final = MappingProxyType(dict.fromkeys(Role, ("2",)))


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageType:
    """One row of the catalogue.

    Args:
        clauses: By the role of the sender: an inquiry from Japan serves 5(7), one from Cambodia
            6(5).
        opens: The kind of thread this type begins; None for a type that joins one.
        replies_to: The types its `in_reply_to` may name; empty when it needs none.
        immediate: Overtakes the queue and takes effect on arrival.
        life: Days from `created` to `expires`.
        response: How long the recipient has to answer; empty when no answer is owed.
        event: What it does to a thread, None when nothing.
        part: The event instead, when the body says `final: false`.
        lists: Its body lists the ids of the messages it speaks of, and the event befalls their
            threads instead of its own.
        joins: It stands in a matter of any kind; `in_reply_to` names the message it speaks of.
        updatable: A message of this type may be corrected and withdrawn.
        supersedes: It takes the place of the message it speaks of; the event befalls the thread
            only if that message opened it.
        handed_over: How long until somebody should have opened it; None where nobody has to.
        accepted: How long until it should have been accepted or declined; None where it need not.
        parts: Pointers to parts of the body that are marked more closely than the whole.
        publish: Pointers to parts of the body that the other side has to make public.
        flags: Members of the body that add a caveat to the marking when they are true.
    """

    name: str
    title: str
    clauses: Mapping[Role, tuple[str, ...]]
    senders: frozenset[Role] = _BOTH
    channel: Channel = Channel.CONTROL
    opens: ThreadKind | None = None
    replies_to: tuple[str, ...] = ()
    immediate: bool = False
    life: int = 30
    level: Level = Level.CONFIDENTIAL
    caveats: frozenset[Caveat] = frozenset()
    response: Mapping[Priority, Term] = field(default_factory=lambda: _NONE)
    event: Event | None = None
    part: Event | None = None
    lists: bool = False
    joins: bool = False
    updatable: bool = False
    supersedes: Superseding | None = None
    handed_over: Term | None = None
    accepted: Term | None = None
    parts: Mapping[str, Level] = field(default_factory=lambda: _NO_PARTS)
    publish: tuple[str, ...] = ()
    flags: Mapping[str, Caveat] = field(default_factory=lambda: _NO_FLAGS)

    @property
    def schema_id(self) -> str:
        """Return the `$id` of the schema its bodies fit."""
        return f"urn:moc-ssw:{self.name}:1"


_ROWS: Final = (
    MessageType(
        name="inquiry.request",
        title="Inquiry",
        clauses={Role.ACCEPTING: ("5(7)",), Role.SENDING: ("6(5)",)},
        channel=Channel.THREAD,
        opens=ThreadKind.INQUIRY,
        life=90,
        caveats=frozenset({Caveat.PERSONAL_DATA}),
        response=_INQUIRY,
        event=Event.REQUEST,
        updatable=True,
        handed_over=_OPENED,
        accepted=_TAKEN_UP,
    ),
    MessageType(
        name="inquiry.answer",
        title="Answer to an inquiry",
        # Who answers keeps the commitment, so the clauses stand the other way round.
        clauses={Role.SENDING: ("5(7)",), Role.ACCEPTING: ("6(5)",)},
        channel=Channel.THREAD,
        replies_to=("inquiry.request",),
        life=90,
        caveats=frozenset({Caveat.PERSONAL_DATA}),
        event=Event.ANSWER,
        part=Event.PART,
        updatable=True,
        handed_over=_OPENED,
    ),
    MessageType(
        name="irregularity.report",
        title="Report of an irregularity",
        clauses={Role.ACCEPTING: ("5(5)",)},
        senders=frozenset({Role.ACCEPTING}),
        channel=Channel.THREAD,
        opens=ThreadKind.IRREGULARITY,
        life=180,
        caveats=frozenset({Caveat.PERSONAL_DATA}),
        response=_INVESTIGATION,
        event=Event.REPORT,
        updatable=True,
        handed_over=_OPENED,
        accepted=_TAKEN_UP,
        parts=MappingProxyType({"/victims": Level.RESTRICTED}),
        flags=MappingProxyType({"no_tip_off": Caveat.NO_TIP_OFF}),
    ),
    MessageType(
        name="investigation.status",
        title="State of an investigation",
        clauses={Role.SENDING: ("5(5)",)},
        senders=frozenset({Role.SENDING}),
        channel=Channel.THREAD,
        replies_to=("irregularity.report",),
        life=90,
        event=Event.STATUS,
        updatable=True,
        handed_over=_OPENED,
    ),
    MessageType(
        name="investigation.result",
        title="Result of an investigation",
        clauses={Role.SENDING: ("5(5)",)},
        senders=frozenset({Role.SENDING}),
        channel=Channel.THREAD,
        replies_to=("irregularity.report",),
        life=180,
        event=Event.CONCLUDE,
        updatable=True,
        handed_over=_OPENED,
    ),
    MessageType(
        name="sending-org.revocation",
        title="Revocation of an approval",
        clauses={Role.SENDING: ("5(4)",)},
        senders=frozenset({Role.SENDING}),
        channel=Channel.THREAD,
        opens=ThreadKind.REVOCATION,
        life=90,
        # The fact is for the public (clause 6(3)); the grounds are not.
        level=Level.PUBLIC,
        event=Event.NOTIFY,
        updatable=True,
        handed_over=_OPENED,
        accepted=_TAKEN_UP,
        parts=MappingProxyType({"/grounds": Level.CONFIDENTIAL}),
        publish=("/organisation/name", "/licence", "/kind", "/decided_on", "/effective_on"),
    ),
    MessageType(
        name="correction",
        title="Correction",
        clauses=_CONTACT,
        channel=Channel.THREAD,
        life=90,
        joins=True,
        updatable=True,
        supersedes=Superseding.CORRECT,
        handed_over=_OPENED,
    ),
    MessageType(
        name="withdrawal",
        title="Withdrawal",
        clauses=_CONTACT,
        channel=Channel.THREAD,
        immediate=True,
        life=90,
        event=Event.WITHDRAW,
        joins=True,
        supersedes=Superseding.WITHDRAW,
        handed_over=_OPENED,
    ),
    MessageType(
        name="reminder",
        title="Reminder",
        clauses=_CONTACT,
        channel=Channel.THREAD,
        joins=True,
        handed_over=_OPENED,
    ),
    MessageType(
        name="status.request",
        title="Question about the state of a matter",
        clauses=_CONTACT,
        channel=Channel.THREAD,
        response=_AT_HAND,
        joins=True,
        handed_over=_OPENED,
    ),
    MessageType(
        name="status.report",
        title="State of a matter",
        clauses=_CONTACT,
        channel=Channel.THREAD,
        replies_to=("status.request",),
        joins=True,
        updatable=True,
        handed_over=_OPENED,
    ),
    MessageType(
        name="clarification.request",
        title="Request for clarification",
        clauses=_CONTACT,
        channel=Channel.THREAD,
        life=90,
        response=_AT_HAND,
        joins=True,
        updatable=True,
        handed_over=_OPENED,
    ),
    MessageType(
        name="clarification.answer",
        title="Clarification",
        clauses=_CONTACT,
        channel=Channel.THREAD,
        replies_to=("clarification.request",),
        life=90,
        joins=True,
        updatable=True,
        handed_over=_OPENED,
    ),
    MessageType(
        name="acknowledgement.handed-over",
        title="Handed over to an officer or system",
        clauses=_CONTACT,
        lists=True,
    ),
    MessageType(
        name="acknowledgement.accepted",
        title="Accepted for handling",
        clauses=_CONTACT,
        event=Event.ACCEPT,
        lists=True,
    ),
    MessageType(
        name="acknowledgement.declined",
        title="Declined with a reason",
        clauses=_CONTACT,
        event=Event.DECLINE,
        lists=True,
    ),
    MessageType(
        name="card.update",
        title="New card of the sending node",
        clauses=_CONTACT,
        immediate=True,
    ),
    MessageType(name="problem.report", title="Report of a technical problem", clauses=_CONTACT),
    MessageType(name="ping", title="Sign of life", clauses=_CONTACT, life=1),
)

TYPES: Final[Mapping[str, MessageType]] = MappingProxyType({row.name: row for row in _ROWS})


def type_of(name: str) -> MessageType:
    """Return the row of a type.

    Raises:
        UnknownTypeError: The catalogue has no such type; the message is refused for good.
    """
    try:
        return TYPES[name]
    except KeyError:
        # The name came from the peer and could hold anything, so it is not repeated.
        raise UnknownTypeError("the catalogue has no such type", pointers=("/type",)) from None


def clauses_for(message_type: MessageType, sender: Role) -> tuple[str, ...]:
    """Return the clauses of the memorandum that a message of this type serves.

    >>> clauses_for(TYPES["inquiry.request"], Role.ACCEPTING)
    ('5(7)',)
    >>> clauses_for(TYPES["inquiry.answer"], Role.ACCEPTING)
    ('6(5)',)
    """
    return message_type.clauses.get(sender, ())
