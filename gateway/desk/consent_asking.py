"""What is asked for, by whoever holds the other side's content, or would be, by whoever offers.

A request and an offer are built alike: a message or a class of messages, organisations out of the
registry of parties, a purpose, a form and a time. Organisations are named by id alone; where a
name was typed instead, those that may be meant are shown and none is chosen.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.catalogue import Caveat, Parties, Party, is_node
from gateway.delivery.subjects import effective
from gateway.delivery.superseding import first_version, newest_version
from gateway.envelope import Header, read_content, reopen_signed, times
from gateway.errors import (
    ConflictError,
    InvalidError,
    MalformedError,
    NotFoundError,
    PolicyError,
    Problem,
)
from gateway.policy import Mode, Purpose
from gateway.policy.pointers import fault_of, is_within
from gateway.policy.terms import LONGEST_DAYS
from gateway.store import Row, Transaction, messages
from gateway.store.messages import Direction

# A season: as long as an inspection takes, and short enough to be asked for anew.
USUAL_DAYS: Final = 90
_DAY: Final = 86_400
_NEAREST: Final = 3

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody here wants to pass on, or to let the other side pass on.

    Args:
        to: Ids of organisations; empty for a publication.
        publication: Register and medium.
        fields: Pointers to parts of the body; empty for all of it.
        standing: Types, matters and days of a class, empty for the message alone; then the message
            is an example of it, and its type and all that comes from now on are meant where the
            class says nothing else.
        reason: Why it is needed, in English; also the words of the purpose where there are none.
    """

    purpose: str
    to: tuple[str, ...] = ()
    publication: Json | None = None
    purpose_text: str | None = None
    fields: tuple[str, ...] = ()
    mode: str = Mode.VERBATIM.value
    min_cell: int | None = None
    uses: int | None = None
    not_before: str | None = None
    until: str | None = None
    basis: str | None = None
    reason: str | None = None
    personal_data: Json | None = None
    standing: Json | None = field(default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The message that is meant, in its newest version, and the body of a request about it."""

    row: Row
    header: Header
    body: dict[str, Any]


def asked(
    tx: Transaction,
    selector: str,
    wish: Wish,
    *,
    direction: Direction,
    parties: Parties,
    epoch: str,
    now: float,
) -> Asked:
    """Return what is asked for.

    Args:
        direction: `in` where we hold what the other side sent, `out` where we sent it.
        epoch: The life of the database of whoever would use the consent.

    Raises:
        NotFoundError: No such message.
        PolicyError: The message is of the other direction, or wants a consent for each time.
        ConflictError: It was withdrawn.
        InvalidError: A recipient, a part, a word or a time does not fit; `problems` says where.
    """
    row = _newest(tx, selector, direction)
    header = reopen_signed(row["jws"], "").header
    problems = [*_faults(wish, now), *_lost(tx, row, wish)]
    recipients, unknown = _recipients(wish, parties, now)
    if problems := [*problems, *unknown]:
        raise InvalidError(
            "that cannot be asked for",
            problems=tuple(problems[:16]),
            hint="gateway parties list --find TEXT finds organisations; gateway codes purposes",
        )
    if wish.standing is not None and Caveat.EACH_TIME in effective(tx, row, header).whole().caveats:
        raise PolicyError(
            "its marking says each-time: no standing consent covers it",
            hint="ask for this message alone, without --class",
        )
    subject = _subject(row, header, wish, now)
    body = _body(wish, subject, recipients, epoch=epoch, now=now)
    return Asked(row=row, header=header, body=body)


def _body(wish: Wish, subject: Json, recipients: Json, *, epoch: str, now: float) -> dict[str, Any]:
    """Return the body of a request."""
    members: dict[str, Any] = {
        "subject": dict(subject),
        "recipients": dict(recipients) or None,
        "publication": None if wish.publication is None else dict(wish.publication),
        "purpose": {
            "code": wish.purpose,
            "text": {"en": wish.purpose_text or wish.reason or wish.purpose},
        },
        "mode": wish.mode,
        "min_cell": wish.min_cell,
        "uses": wish.uses,
        "from": wish.not_before,
        "until": wish.until or times.text(now + USUAL_DAYS * _DAY),
        "basis": wish.basis or _basis(wish),
        "epoch": epoch,
        "personal_data": None if wish.personal_data is None else dict(wish.personal_data),
        "reason": None if wish.reason is None else {"en": wish.reason},
    }
    return {name: value for name, value in members.items() if value is not None}


def check_recipients(named: Mapping[str, Json], parties: Parties, now: float) -> Iterator[Problem]:
    """Yield where a request names an organisation otherwise than our registry does.

    A name that only looks like that of an authority is how content gets to somebody else.

    Args:
        named: Recipients as the body of a request has them.
    """
    for key, one in named.items():
        where = f"/recipients/{key}"
        party = party_of(str(one["org_id"]), parties, now)
        if party is None:
            yield Problem(where, f"{one['org_id']} is not in our registry of parties")
        elif _said(party) != dict(one):
            yield Problem(where, f"{one['org_id']} is described otherwise than in our registry")


def _newest(tx: Transaction, selector: str, direction: Direction) -> Row:
    named = messages.shown(tx, messages.find_exact(tx, selector))
    newest = newest_version(tx, first_version(tx, named))
    if newest["direction"] != direction:
        if direction is Direction.IN:
            raise PolicyError(
                "that is your own information: clause 3 asks for no consent of yourself",
                hint="where it takes over what the other side sent, ask about that message",
            )
        raise PolicyError("only the side that sent a message consents to its being passed on")
    if newest["superseded_by"] is not None:
        raise ConflictError(
            f"message {newest['id']} was withdrawn: nothing of it goes further",
            hint=f"gateway show {newest['superseded_by']}",
        )
    return messages.get(tx, newest["seq"])


def _lost(tx: Transaction, row: Row, wish: Wish) -> Iterator[Problem]:
    body = read_content(messages.content_of(tx, row)).body if wish.fields else {}
    for pointer in wish.fields:
        if (fault := fault_of(pointer, body)) is not None:
            yield Problem("/fields", fault)
        if any(one != pointer and is_within(pointer, one) for one in wish.fields):
            yield Problem("/fields", f"{pointer} lies in another part that is named")


def _faults(wish: Wish, now: float) -> Iterator[Problem]:
    if bool(wish.to) == (wish.publication is not None):
        yield Problem("/to", "name organisations or a publication, and one of the two")
    if wish.purpose not in list(Purpose):
        yield Problem("/purpose", f"is not one of: {', '.join(Purpose)}")
    if wish.mode not in list(Mode):
        yield Problem("/mode", f"is not one of: {', '.join(Mode)}")
    start = _moment(wish.not_before, now)
    end = _moment(wish.until, now + USUAL_DAYS * _DAY)
    if start is None or end is None:
        yield Problem("/until", "is not a time such as 2026-12-01T09:00:00Z")
    elif end <= max(now, start):
        yield Problem("/until", "lies in the past, or before the beginning")
    elif end - max(now, start) > LONGEST_DAYS * _DAY:
        yield Problem("/until", f"is more than {LONGEST_DAYS} days ahead: ask anew each year")


def _moment(text: str | None, otherwise: float) -> float | None:
    try:
        return otherwise if text is None else times.parse(text)
    except MalformedError:
        return None


def _recipients(
    wish: Wish, parties: Parties, now: float
) -> tuple[dict[str, dict[str, str]], list[Problem]]:
    found, problems = {}, []
    for number, id in enumerate(dict.fromkeys(wish.to), start=1):
        party = party_of(id, parties, now)
        if party is None:
            problems.append(Problem("/to", f"{id!r} {unknown_as(id, parties)}"))
        else:
            found[f"r{number}"] = _said(party)
    return found, problems


def party_of(id: str, parties: Parties, now: float) -> Party | None:
    """Return the organisation of exactly that id, if there is one now."""
    try:
        return parties.of(id, int(now)) if is_node(id) else None
    except NotFoundError:
        return None


def unknown_as(text: str, parties: Parties) -> str:
    """Return what to say of an organisation that nobody knows; it never chooses one."""
    near = [f"{each.id} ({each.names['en']})" for each in parties.alike(text)[:_NEAREST]]
    if near:
        return f"is not the id of an organisation there is now; it may be {' or '.join(near)}"
    return "is not the id of an organisation in the registry of parties"


def _said(party: Party) -> dict[str, str]:
    return {
        "org_id": party.id,
        "name": party.names["en"],
        "country": party.country,
        "kind": party.kind.value,
    }


def _subject(row: Row, header: Header, wish: Wish, now: float) -> dict[str, Any]:
    if wish.standing is None:
        named = {
            "id": row["id"],
            "header_digest": row["header_digest"],
            "pointers": list(wish.fields) or [""],
        }
        return {"messages": {"m1": named}}
    given = wish.standing
    standing = {
        "types": list(given.get("types") or [header.type]),
        "threads": list(given.get("threads") or ()) or None,
        "received_from": given.get("received_from") or times.text(now),
        "received_until": given.get("received_until")
        or wish.until
        or times.text(now + USUAL_DAYS * _DAY),
    }
    return {"class": {name: value for name, value in standing.items() if value is not None}}


def _basis(wish: Wish) -> str:
    if wish.publication is not None:
        return "publication"
    return "disclosure"
