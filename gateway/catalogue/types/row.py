"""What a row of the table of types says: how a type differs from others is a column here.

Code names a type only for what no column can say: what it changes in a register
(`register_rules`), what a reply must be to the message it answers (`placement`), what this program
writes itself (acknowledgements, confirmations, reminders, cards), and words and steps for people.
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
from gateway.catalogue.registers import Register
from gateway.catalogue.terms import Term

BOTH: Final = frozenset(Role)
SENDING: Final = frozenset({Role.SENDING})
ACCEPTING: Final = frozenset({Role.ACCEPTING})

_NONE: Final[Mapping[Priority, Term]] = MappingProxyType({})
_NO_PARTS: Final[Mapping[str, Level]] = MappingProxyType({})
_NO_FLAGS: Final[Mapping[str, Caveat]] = MappingProxyType({})
_NO_HASTE: Final[Mapping[str, Priority]] = MappingProxyType({})


def clauses(*texts: str) -> Mapping[Role, tuple[str, ...]]:
    """Return clauses that a type serves whoever sends it."""
    return MappingProxyType(dict.fromkeys(Role, texts))


def terms(routine: Term, urgent: Term, emergency: Term) -> Mapping[Priority, Term]:
    """Return how long an answer may take, by the priority of the question."""
    return MappingProxyType(
        {Priority.ROUTINE: routine, Priority.URGENT: urgent, Priority.EMERGENCY: emergency}
    )


# Directive (EU) 2023/977 and Directive 2014/67 article 6 are the benchmarks: 3 days, 7 days,
# 25 working days.
ORDINARY: Final = terms(Term(25, working=True), Term(7), Term(3))
# An investigation takes longer, unless people are harmed meanwhile; so does what both countries
# have to think over.
LONG: Final = terms(Term(60), Term(7), Term(3))
WEEK: Final = terms(Term(7), Term(3), Term(1))
# What is to be made public: within five working days, the end or halt of an approval within two.
PUBLIC: Final = terms(Term(5, working=True), Term(2, working=True), Term(1, working=True))
PUBLIC_SOON: Final = terms(Term(2, working=True), Term(2, working=True), Term(1, working=True))
# Somebody opens what has arrived within two working days, and takes a matter up within three.
OPENED: Final = Term(2, working=True)
TAKEN_UP: Final = Term(3, working=True)
# What keeps the two contact points of clause 2 working serves no other clause.
CONTACT: Final = clauses("2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which event a message is, by a member of its body; a value without one is the row's own."""

    member: str
    events: Mapping[object, Event | None]


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
        choice: Which event instead, where the body decides.
        lists: Its body lists the ids of the messages it speaks of, and the event befalls their
            threads instead of its own.
        joins: It stands in a matter of any kind; `in_reply_to` names the message it speaks of.
        of_any: It may speak of any message of the matter; it answers only those of `replies_to`.
        updatable: A message of this type may be corrected and withdrawn.
        supersedes: It takes the place of the message it speaks of; the event befalls the thread
            only if that message opened it.
        handed_over: How long until somebody should have opened it; None where nobody has to.
        accepted: How long until it should have been accepted or declined; None where it need not.
        parts: Pointers to parts of the body that are marked more closely than the whole.
        publish: Pointers to parts of the body that the other side has to make public.
        flags: Members of the body that add a caveat to the marking when they are true.
        of_own: It may also speak of a message of its own sender; that one is not answered by it.
        only_own: It speaks of a message of its own sender and of no other.
        made_by: The command that writes it, where a hand cannot; a system may send it over the API.
        repeats: How soon the same sender owes the next of its kind, until the matter is over.
        haste: Codes in the body that make a matter more urgent than its writer says.
        register: The register that it changes.
        public_from: The member of the body with the day from which the whole is public.
        task: What its recipient is to do, in words, where its kind of thread says it wrong.
    """

    name: str
    title: str
    clauses: Mapping[Role, tuple[str, ...]]
    senders: frozenset[Role] = BOTH
    channel: Channel = Channel.CONTROL
    opens: ThreadKind | None = None
    replies_to: tuple[str, ...] = ()
    immediate: bool = False
    life: int = 30
    level: Level = Level.CONFIDENTIAL
    caveats: frozenset[Caveat] = frozenset()
    response: Mapping[Priority, Term] = field(default_factory=lambda: _NONE)
    event: Event | None = None
    choice: Choice | None = None
    lists: bool = False
    joins: bool = False
    of_any: bool = False
    updatable: bool = False
    supersedes: Superseding | None = None
    handed_over: Term | None = None
    accepted: Term | None = None
    parts: Mapping[str, Level] = field(default_factory=lambda: _NO_PARTS)
    publish: tuple[str, ...] = ()
    flags: Mapping[str, Caveat] = field(default_factory=lambda: _NO_FLAGS)
    of_own: bool = False
    only_own: bool = False
    made_by: str | None = None
    repeats: Term | None = None
    haste: Mapping[str, Priority] = field(default_factory=lambda: _NO_HASTE)
    register: Register | None = None
    public_from: str | None = None
    task: str | None = None

    @property
    def events(self) -> frozenset[Event]:
        """Return every event that a message of this type may be, whatever its body says."""
        chosen = () if self.choice is None else self.choice.events.values()
        return frozenset(event for event in (self.event, *chosen) if event is not None)

    @property
    def schema_id(self) -> str:
        """Return the `$id` of the schema its bodies fit."""
        return f"urn:moc-ssw:{self.name}:1"
