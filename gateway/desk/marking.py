"""Marking a message of ours anew, and what is known of the marking and provenance of any.

The originator alone marks, and whatever it says holds at once on both sides: clause 3.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from gateway.catalogue import Caveat, Level, country_of, short
from gateway.catalogue.parties import Parties
from gateway.delivery.remarking import CHANGE, is_no_stricter
from gateway.delivery.subjects import marking_of
from gateway.desk.consent_asking import party_of, unknown_as
from gateway.desk.draft import Actor, Draft
from gateway.envelope import Header, read_content, reopen_signed, times
from gateway.errors import (
    ConflictError,
    GatewayError,
    InvalidError,
    InvalidMarkingError,
    NotFoundError,
    PolicyError,
    Problem,
)
from gateway.policy import parse_marking
from gateway.store import Row, Store, Transaction, markings, messages
from gateway.store.messages import Direction, State

# Reasons that say in which way a marking changes.
_TIGHTENED: Final = "tightened"
_LOOSENED: Final = "loosened"
# What the other side never took has nobody there who would keep it more closely.
_NEVER_THERE: Final = frozenset({State.REFUSED, State.CANCELLED, State.EXPIRED})
_MARKED_BY: Final = "contact-point"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How a message is to be marked from now on; what is not named stays.

    Args:
        caveats, no_caveats: Words to add and to take away.
        permit, no_permit: Organisations to add to and to take from the permitted recipients.
        is_unpublished: Nothing of it is to be made public any more.
        reason: A code of the list `marking-reasons`.
        text: The reason in words, in English.
    """

    level: Level | None = None
    caveats: tuple[str, ...] = ()
    no_caveats: tuple[str, ...] = ()
    permit: tuple[str, ...] = ()
    no_permit: tuple[str, ...] = ()
    is_unpublished: bool = False
    reason: str
    text: str | None = None

    @classmethod
    def from_json(cls, value: object) -> "Wanted":
        """Read what somebody asks for.

        Raises:
            InvalidError: `problems` names each member that is wrong; nothing was looked up.
        """
        if not isinstance(value, dict):
            raise InvalidError("a marking is a JSON object")
        problems = [Problem(f"/{name}", "is not expected here") for name in value.keys() - _MEMBERS]
        problems += [
            Problem(f"/{name}", "is not a list of texts")
            for name in _LISTS
            if not _is_texts(value.get(name, []))
        ]
        if value.get("level") is not None and value["level"] not in list(Level):
            problems.append(Problem("/level", f"is not one of: {', '.join(Level)}"))
        for name in ("reason", "text"):
            if not isinstance(value.get(name, ""), str):
                problems.append(Problem(f"/{name}", "is not a text"))
        if not value.get("reason"):
            problems.append(Problem("/reason", "is missing: gateway codes marking-reasons"))
        if not isinstance(value.get("unpublished", False), bool):
            problems.append(Problem("/unpublished", "is not true or false"))
        if not problems:
            problems = [
                Problem("/caveats", f"{each!r} is not one of: {', '.join(Caveat)}")
                for each in value.get("caveats", [])
                if each not in list(Caveat)
            ]
        if problems:
            raise InvalidError("that is no marking", problems=tuple(problems[:16]))
        level = value.get("level")
        return cls(
            level=None if level is None else Level(level),
            **{name: tuple(value.get(name, ())) for name in _LISTS},
            is_unpublished=value.get("unpublished", False),
            reason=value["reason"],
            text=value.get("text"),
        )


_LISTS: Final = ("caveats", "no_caveats", "permit", "no_permit")
_MEMBERS: Final = frozenset({*_LISTS, "level", "unpublished", "reason", "text"})


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


class Marking:
    """Marking messages of this node anew."""

    def __init__(
        self,
        *,
        store: Store,
        clock: Callable[[], float],
        send: Callable[..., Awaitable[dict[str, Any]]],
        parties: Parties,
    ) -> None:
        self._store = store
        self._clock = clock
        self._send = send
        self._parties = parties

    async def mark(
        self,
        selector: str,
        wanted: Wanted,
        actor: Actor,
        *,
        dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """Tell the other side how a message of ours is marked from now on; it holds at once.

        A dry run also tells how the message is marked now, how it would be, and whether that opens
        anything.

        Raises:
            NotFoundError: No such message.
            PolicyError: It is the other side's, which alone marks it.
            ConflictError: The other side never took it.
            InvalidError: Nothing would change, the reason says another thing, or no organisation
                there is now has an id that is to be permitted.
        """
        moment = int(self._clock())
        _check_permitted(wanted, self._parties, moment)
        change = partial(_change, selector=selector, wanted=wanted, now=times.text(moment))
        body, compared = await self._store.read(change)
        draft = Draft(type=CHANGE, body=body, in_reply_to=body["of"]["id"])
        view = await self._send(draft, actor, dry_run=dry_run, idempotency_key=idempotency_key)
        return view | compared if dry_run else view

    async def history(self, selector: str) -> dict[str, Any]:
        """Return how a message is marked, how it was, and what it took over and gave on.

        Raises:
            NotFoundError: No such message.
            CorruptError: The signed text is not the one that was stored.
        """
        return await self._store.read(
            lambda tx: history_of(tx, messages.get(tx, messages.find(tx, selector)))
        )


def _check_permitted(wanted: Wanted, parties: Parties, now: int) -> None:
    """Let pass only ids: who is permitted by another word may be somebody else."""
    problems = tuple(
        Problem("/permit", f"{id!r} {unknown_as(id, parties)}")
        for id in wanted.permit
        if party_of(id, parties, now) is None
    )
    if problems:
        raise InvalidError(
            "that is no marking",
            problems=problems[:16],
            hint="gateway parties list --find TEXT finds organisations",
        )


def _change(
    tx: Transaction, selector: str, wanted: Wanted, now: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the body of the message that marks another anew, and the two markings compared."""
    row = messages.get(tx, messages.find_exact(tx, selector))
    header = reopen_signed(row["jws"], "").header
    if row["direction"] != Direction.OUT:
        raise PolicyError(
            f"{header.from_} has marked it, and nobody else marks it anew",
            hint=f"gateway send info.share --to {header.from_} asks for a change of the marking",
        )
    if row["state"] in _NEVER_THERE:
        raise ConflictError(f"the other side never took {header.id}")
    before = marking_of(tx, row, header)
    if not isinstance(before, Mapping):
        raise ConflictError(f"message {header.id} bears no marking")
    after = _marked(before, wanted, now)
    is_opening = _check(before, after, header, wanted)
    compared = {"before": dict(before), "after": after, "opens": is_opening}
    text = {} if wanted.text is None else {"text": {"en": wanted.text}}
    of = {"id": header.id, "header_digest": row["header_digest"]}
    return {"of": of, "marking": after, "reason": wanted.reason, **text}, compared


def _marked(before: Mapping[str, Any], wanted: Wanted, now: str) -> dict[str, Any]:
    after = {**before, "marked_by": _MARKED_BY, "marked_at": now}
    if wanted.level is not None:
        after["level"] = wanted.level.value
    after["caveats"] = _altered(before, "caveats", wanted.caveats, wanted.no_caveats)
    if wanted.permit or wanted.no_permit:
        after["permitted_recipients"] = _altered(
            before, "permitted_recipients", wanted.permit, wanted.no_permit
        )
    if wanted.is_unpublished:
        after.pop("publish", None)
    return after


def _altered(
    before: Mapping[str, Any], name: str, more: Sequence[str], less: Sequence[str]
) -> list[str]:
    return sorted({*before.get(name, ()), *more} - set(less))


def _check(before: object, after: object, header: Header, wanted: Wanted) -> bool:
    """Let pass only a change that does what its reason says; tell whether it opens anything."""
    country = country_of(header.from_)
    try:
        new = parse_marking(after, originator_country=country)
    except InvalidMarkingError as error:
        problems = tuple(Problem(each, "has another form") for each in error.pointers)
        raise InvalidError("that is no marking", problems=problems) from None
    old = parse_marking(before, originator_country=country)
    is_looser, is_stricter = is_no_stricter(new, old), is_no_stricter(old, new)
    if is_looser and is_stricter:
        raise InvalidError("it is marked so already", hint=f"gateway show {short(header.id)}")
    if (wanted.reason == _TIGHTENED and not is_stricter) or (
        wanted.reason == _LOOSENED and not is_looser
    ):
        problem = Problem("/reason", "says another thing than the marking")
        raise InvalidError("the marking does not do that", problems=(problem,))
    return not is_stricter


def history_of(tx: Transaction, row: Row) -> dict[str, Any]:
    """Return how a message is marked, how it was, and what it took over and gave on.

    Args:
        row: The whole row of the message.
    """
    header = reopen_signed(row["jws"], "").header
    given = [_given(header.id, header.created, header.marking, None)]
    given += [_changed(tx, each) for each in reversed(markings.changes_of(tx, row["seq"]))]
    return {
        "markings": given,
        "derived_from": [_taken(tx, each) for each in header.derived_from],
        "derived": [
            {name: each[name] for name in ("id", "peer", "direction", "created", "state")}
            for each in markings.derived(tx, row["seq"])
        ],
    }


def _given(id: str, at: str, marking: object, reason: str | None) -> dict[str, Any]:
    known = marking if isinstance(marking, Mapping) else {}
    return {
        "by": id,
        "at": at,
        "level": known.get("level"),
        "caveats": list(known.get("caveats", ())),
        "reason": reason,
    }


def _changed(tx: Transaction, change: Row) -> dict[str, Any]:
    try:
        kept = messages.get(tx, change["seq"])
        body = read_content(messages.content_of(tx, kept)).body
    except (GatewayError, NotFoundError):
        return _given(change["id"], change["created"], None, "unreadable")
    return _given(change["id"], change["created"], body["marking"], body["reason"])


def _taken(tx: Transaction, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return an entry of the provenance, with the reference of the source where it is kept here."""
    id, digest = str(entry.get("message_id")), str(entry.get("header_digest"))
    row = markings.source(tx, id, digest)
    return {
        "id": id,
        "originator": entry.get("originator"),
        "reference": None if row is None else row["reference"],
        "is_here": row is not None,
        "mode": entry.get("mode"),
        "source_pointer": entry.get("source_pointer"),
        "target_pointer": entry.get("target_pointer"),
    }
