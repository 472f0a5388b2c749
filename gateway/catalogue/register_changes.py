"""How an entry of a register changes: from one state to the next, and what about that is odd.

A change says what becomes public of an entry, what stays sealed, and its status. Where it does not
fit what the register knows (the end of an approval that never was), it is odd: valid, but a person
decides. What each type of message changes is in `register_rules`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from gateway.catalogue.registers import Register
from gateway.catalogue.text import compact, folded

Body = Mapping[str, Any]
_NOTHING: Final[Mapping[Any, Any]] = MappingProxyType({})
# What stands beside an entry from single messages alone: no list has a place for it.
GATHERED: Final = frozenset({"guidance", "updates", "result"})
# Of these, what gathers from message to message, each under its message's id.
_BY_MESSAGE: Final = GATHERED - {"result"}
# The number of a licence names an organisation, that of a certificate the certificate.
_NAMED_BY: Final = (("licence", "number"), ("certificate_no",))
# Stands between the texts of an entry, so that no word is found across two of them.
_BETWEEN: Final = "\u241e"
# Members that hold a number under which people look for an entry.
_NUMBERS: Final = frozenset(
    {"number", "registration_no", "measure_no", "certificate_no", "replaces", "prometric_id"}
)


class Status(StrEnum):
    """What an entry is where the message itself has no code for it."""

    APPROVED = "approved"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    EXPIRED = "expired"
    SURRENDERED = "surrendered"
    ANNOUNCED = "announced"
    AMENDED = "amended"
    LIFTED = "lifted"
    ISSUED = "issued"
    CANCELLED = "cancelled"
    REPLACED = "replaced"
    REPORTED = "reported"
    CONCLUDED = "concluded"
    WITHDRAWN = "withdrawn"


# What a list says of an entry that gives no status of its own.
LISTED: Final[Mapping[Register, Status]] = MappingProxyType(
    {Register.SENDING_ORGS: Status.APPROVED, Register.SUPPORT_ORGS: Status.ACTIVE}
)
_ENDED: Final = frozenset({Status.REVOKED, Status.EXPIRED, Status.SURRENDERED})
_HALTED: Final = _ENDED | {Status.SUSPENDED}


class Odd(StrEnum):
    """Why a person should look before a register changes."""

    NEVER_APPROVED = "never-approved"
    NEVER_ISSUED = "never-issued"
    NOT_IN_REGISTER = "not-in-register"
    NOT_HALTED = "not-halted"
    ENDED_ALREADY = "ended-already"
    REVIVES_ENDED = "revives-ended"
    APPROVED_ALREADY = "approved-already"
    ALREADY_SUSPENDED = "already-suspended"
    NUMBER_TWICE = "number-twice"
    ANOTHER_LICENCE = "another-licence"
    ANOTHER_FIELD = "another-field"
    MORE_THAN_ONE = "more-than-one-entry"
    ENTRY_TWICE = "entry-twice"


# An approval takes back no end or halt; a reinstatement does.
APPROVES: Final[Mapping[str, Odd]] = MappingProxyType(dict.fromkeys(_HALTED, Odd.REVIVES_ENDED))
# A field that is suspended is suspended once: a change of that has its own type.
SUSPENDS: Final[Mapping[str, Odd]] = MappingProxyType(
    dict.fromkeys((Status.ANNOUNCED, Status.AMENDED), Odd.ALREADY_SUSPENDED)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What an entry is between two versions."""

    status: str
    public: Body = field(default_factory=lambda: _NOTHING)
    private: Body = field(default_factory=lambda: _NOTHING)
    removed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a message does to one entry.

    Args:
        entry: Its id, unless the register has an entry that bears `number`.
        status: None where it stays as it is.
        initial: Members that become public unless the entry has them already.
        public: Members that become public and take the place of those of the same name; None
            removes one.
        private: Members that are sealed.
        whole: What is public is said in full; members that are not named go.
        is_anew: So is what is sealed.
        number: The number that tells which entry is meant.
        unknown: Why a person should look if the register has no such entry; None where it may
            begin with this message.
        halts: It ends or halts an approval, so one that has ended already is odd.
        revives: It takes back an end or a halt, so one that holds is odd.
        begins: It begins an entry: by the status in which it is odd for one that is there, why.
        repeated: Why it is odd if it says nothing that the entry does not say already.
        bears: The number that no other entry may bear.
        same: Members that have to be what the register has, if it has them, and else the reason.
        place: Where in the body the public members stand, a pointer.
    """

    register: Register
    entry: str
    status: str | None = None
    initial: Body = field(default_factory=lambda: _NOTHING)
    public: Body = field(default_factory=lambda: _NOTHING)
    private: Body = field(default_factory=lambda: _NOTHING)
    whole: bool = False
    is_anew: bool = False
    removed: bool = False
    number: str | None = None
    unknown: Odd | None = None
    halts: bool = False
    revives: bool = False
    begins: Mapping[str, Odd] = field(default_factory=lambda: _NOTHING)
    repeated: Odd | None = None
    bears: str | None = None
    same: Mapping[tuple[str, ...], Odd] = field(default_factory=lambda: _NOTHING)
    place: str = ""


def odd(change: Change, before: State | None) -> Odd | None:
    """Return why a person should look before an entry is changed, None where all is well.

    >>> change = Change(register=Register.SENDING_ORGS, entry="so-7", unknown=Odd.NEVER_APPROVED)
    >>> odd(change, None)
    <Odd.NEVER_APPROVED: 'never-approved'>
    """
    if before is None:
        return change.unknown
    if (reason := change.begins.get(before.status)) is not None:
        return reason
    # What had ended may be left out by a list, and still be taken back.
    if before.removed and not (change.revives and before.status in _HALTED):
        return change.unknown
    if change.halts and before.status in _ENDED:
        return Odd.ENDED_ALREADY
    if change.revives and before.status not in _HALTED:
        return Odd.NOT_HALTED
    for path, reason in change.same.items():
        there = _first((before.public, before.private), path)
        here = _first((change.public, change.initial, change.private), path)
        if there is not None and here is not None and there != here:
            return reason
    return change.repeated if after(before, change) == before else None


def revives(before: str, said: Body) -> bool:
    """Tell whether a list lets an approval hold again that had ended, or was halted.

    What takes back an end is a message of its own; a list that was made from an old file is not.

    >>> revives("revoked", {"status": "approved"}), revives("suspended", {"status": "revoked"})
    (True, False)
    """
    now = said.get("status", Status.APPROVED)
    return any(before in ended and now not in ended for ended in (_ENDED, _HALTED))


def after(before: State | None, change: Change) -> State:
    """Return what an entry is after a change."""
    if before is None:
        before = State(status=LISTED.get(change.register, Status.ANNOUNCED))
    if change.is_anew:
        private: Body = dict(change.private)
    else:
        # What is said openly takes the place of what was sealed under the same name.
        sealed = {key: each for key, each in before.private.items() if key not in change.public}
        private = _gathered(sealed, change.private)
    return State(
        status=change.status or before.status,
        public=_taken(before.public, change),
        private=private,
        removed=change.removed,
    )


def listed(register: Register, entry: str, said: Body, contact: Body | None) -> Change:
    """Return what a list does to an entry that it names."""
    return Change(
        register=register,
        entry=entry,
        status=said.get("status", LISTED[register]),
        public={name: value for name, value in said.items() if name != "status"},
        private=_NOTHING if contact is None else contact,
        whole=True,
        place=f"/entries/{entry}",
    )


def dropped(register: Register, entry: str, before: State) -> Change:
    """Return what a list does to an entry that it leaves out."""
    return Change(
        register=register,
        entry=entry,
        status=before.status,
        public=before.public,
        whole=True,
        removed=True,
    )


def withdrawn(current: State) -> State:
    """Return what an entry is once every message that made it what it was is taken back."""
    return replace(current, status=Status.WITHDRAWN, removed=True)


def numbers_in(*parts: Body) -> Iterator[str]:
    """Yield the numbers of licences, documents and organisations in parts of an entry.

    >>> list(numbers_in({"licence": {"number": "TEST-1"}, "phone": "+855 23 000 000"}))
    ['TEST-1']
    """
    for part in parts:
        for name, value in part.items():
            if isinstance(value, str):
                if name in _NUMBERS:
                    yield value
            elif isinstance(value, dict):
                if name == "identifiers":
                    yield from (number for number in value.values() if isinstance(number, str))
                else:
                    yield from numbers_in(value)
            elif isinstance(value, list):
                yield from numbers_in(*(item for item in value if isinstance(item, dict)))


def named_by(state: State) -> Iterator[str]:
    """Yield the numbers that tell which entry is meant, as others of a person or paper do not."""
    for path in _NAMED_BY:
        number = _first((state.private, state.public), path)
        if isinstance(number, str):
            yield number


def number_key(number: str) -> str:
    """Return a number as it is compared: without what separates its parts, in one kind of letters.

    >>> number_key("19\\u767b-000002") == number_key("\\uff11\\uff19\\u767b 000002")
    True
    """
    return compact(folded(number))


def number_of(*parts: Body) -> str | None:
    """Return the number of the licence that parts of an entry tell, None where none does."""
    number = _first(parts, ("licence", "number"))
    return number if isinstance(number, str) else None


def searched(public: Body) -> str:
    """Return what is public as a search compares it: all texts, and the numbers once more bare."""
    texts = [*_texts(public.values()), *map(compact, numbers_in(public))]
    return folded(_BETWEEN.join(texts))


def _taken(before: Body, change: Change) -> dict[str, Any]:
    earlier = {} if change.whole else {**change.initial, **before}
    together = {**earlier, **change.public}
    return {name: value for name, value in together.items() if value is not None}


def _gathered(before: Body, more: Body) -> dict[str, Any]:
    together = {**before, **more}
    for name in _BY_MESSAGE & before.keys() & more.keys():
        together[name] = {**before[name], **more[name]}
    return together


def _first(parts: Iterable[Body], path: tuple[str, ...]) -> Any:
    """Return what lies at a path in the first part that has it: one may be sealed in half."""
    return next((found for each in parts if (found := _at(each, path)) is not None), None)


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def _texts(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from _texts(value.values())
        elif isinstance(value, list):
            yield from _texts(value)
