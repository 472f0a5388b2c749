"""From a draft to a signed, sealed message: what the officer said, and all that the rules add."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from gateway.catalogue import (
    Catalogue,
    Caveat,
    Channel,
    Level,
    MessageType,
    Profile,
    PublishRule,
    clauses_for,
    control_thread,
    haste_of,
)
from gateway.delivery.awaiting import Terms
from gateway.delivery.directory import Peer
from gateway.delivery.ports import LocalNode, Ports
from gateway.desk.draft import Draft
from gateway.desk.provenance import NO_WISH, NOTHING_TAKEN, Provenance, Wish, marked
from gateway.envelope import (
    Header,
    Priority,
    Sealed,
    SignedMessage,
    SigningPair,
    content_text,
    digest,
    limits,
    seal,
    sign_message,
    times,
)
from gateway.errors import ConflictError, InvalidError, PolicyError, Problem
from gateway.policy import Action, Permitted, Request, Subject, decide, default_marking
from gateway.store import Row

_SALT = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the store knew when the message was composed.

    Args:
        about: The message that `in_reply_to` names, or whose place is taken, as lists show it.
        supersedes: The header's member of that name.
        corrects: The type that a corrected body has to fit.
        taken: What it takes over from other messages.
    """

    peer: Peer
    row: MessageType
    profile: Profile
    thread: str | None = None
    parent_thread: str | None = None
    reference: str | None = None
    in_reply_to: str | None = None
    about: Row | None = None
    supersedes: Mapping[str, str] | None = None
    corrects: MessageType | None = None
    taken: Provenance = NOTHING_TAKEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A message ready to be kept: the type's row, the header, signed text and envelope.

    Args:
        wish: For what it passes on content of others, and what its author vouches for.
    """

    peer: str
    row: MessageType
    terms: Terms
    body: Mapping[str, Any]
    header: Header
    signed: SignedMessage
    sealed: Sealed
    note: str | None = field(default=None, repr=False)
    wish: Wish = NO_WISH


class Composer:
    """Compose messages of this node; knows no store and keeps nothing."""

    def __init__(self, us: LocalNode, catalogue: Catalogue, ports: Ports) -> None:
        self._us = us
        self._catalogue = catalogue
        self._ports = ports

    def header(self, draft: Draft, context: Context) -> tuple[Header, str]:
        """Return the unsigned header and the exact content text of a draft.

        Raises:
            InvalidError: The body does not fit its type, or a time lies in the past.
        """
        us, row = self._us, context.row
        now = int(self._ports.clock())
        self._check_body(draft, context, day=times.day(times.text(now)))
        id = self._ports.new_id()
        content = content_text(draft.body, salt=self._ports.randomness(_SALT), note=draft.note)
        control = control_thread(us.node, context.peer.node)
        expires = draft.expires or times.text(now + row.life * 86_400)
        marking = _marking(draft, context, us.node, times.text(now))
        priority = draft.priority or haste_of(row, draft.body) or Priority.ROUTINE
        header = Header(
            profile=context.profile.name,
            environment=us.environment,
            id=id,
            type=row.name,
            from_=us.node,
            to=context.peer.node,
            created=times.text(now),
            expires=expires,
            thread=control if row.channel is Channel.CONTROL else context.thread or id,
            parent_thread=context.parent_thread,
            in_reply_to=context.in_reply_to,
            reference=context.reference,
            supersedes=context.supersedes,
            clauses=clauses_for(row, context.profile.role_of(us.node)),
            priority=priority,
            due=draft.due or _due(priority, context, marking, now),
            marking=marking,
            derived_from=context.taken.entries,
            content_digest=digest(content.encode()),
            body_schema=self._catalogue.bodies.reference(row.name),
        )
        _check_times(header, now)
        return header, content

    def _check_body(self, draft: Draft, context: Context, *, day: str) -> None:
        bodies = self._catalogue.bodies
        bodies.check_draft(context.row.name, draft.body, day=day)
        if context.corrects is None:
            return
        try:
            bodies.check_draft(context.corrects.name, draft.body["body"], day=day)
        except InvalidError as error:
            problems = tuple(Problem(f"/body{each.where}", each.text) for each in error.problems)
            raise InvalidError(str(error), problems=problems, hint=error.hint) from None

    async def sign_and_seal(
        self,
        draft: Draft,
        header: Header,
        content: str,
        context: Context,
        *,
        pair: SigningPair | None = None,
    ) -> Composed:
        """Decide that it may leave, sign it and seal it to the recipient's newest key.

        Whether content of others in it may leave is decided where it is kept (`onward`).

        Args:
            pair: Signs instead of the one that signs messages for this recipient.

        Raises:
            PolicyError: The content may not leave for this recipient.
            ConflictError: The recipient's card holds no key that is valid now.
        """
        if not header.derived_from:
            self.check_release(header)
        key = context.peer.encryption_key(self._ports.clock())
        if key is None:
            raise ConflictError(
                f"the card of {context.peer.node} has no encryption key that is valid now",
                hint=f"ask the peer for its new card: gateway peers show {context.peer.node}",
            )

        signer = pair or self._us.pair_for(context.peer.node, self._ports.clock())

        def work() -> tuple[SignedMessage, Sealed]:
            signed = sign_message(header, content, signer)
            return signed, seal(signed, key)

        signed, sealed = await self._ports.compute(work)
        return Composed(
            peer=context.peer.node,
            row=context.row,
            terms=Terms(self._us.node, self._catalogue),
            body=draft.body,
            header=header,
            signed=signed,
            sealed=sealed,
            note=draft.note,
            wish=draft.wish,
        )

    def check_release(self, header: Header) -> Permitted:
        """Decide whether our own content may leave for its recipient.

        Raises:
            PolicyError: It may not; the text carries the reason code.
        """
        decision = decide(
            Request(
                action=Action.SEND,
                subject=Subject.of(header, digest(header.payload())),
                holder=self._us.node,
                audience=header.to,
                now=int(self._ports.clock()),
            ),
            self._catalogue.parties,
        )
        if not isinstance(decision, Permitted):
            raise PolicyError(f"the message may not leave: {decision.reason}")
        return decision


def _due(priority: Priority, context: Context, marking: Mapping[str, Any], now: int) -> str | None:
    """Return by when the recipient owes an answer, counted in its working days.

    Where it only may make something public, and owes nothing else, there is nothing to wait for.
    """
    row = context.row
    if row.publish and marking.get("publish", {}).get("rule") != PublishRule.REQUIRED:
        return None
    term = row.response.get(priority)
    if term is None:
        return None
    return times.text(term.end(now, context.profile.calendar_of(context.peer.node)))


def _marking(draft: Draft, context: Context, node: str, at: str) -> dict[str, Any]:
    """Return the marking of a draft: what its type asks for, and what it speaks of.

    A reply carries the caveats of the message it answers; what joins a matter (a correction above
    all) is marked no more openly than the message it speaks of. A caveat that we do not know is
    not passed on: it would forbid us our own reply. Content of others is never marked more openly
    than they have marked it.
    """
    made = _marking_alone(draft, context, node, at)
    return marked(made, context.taken.sources)


def _marking_alone(draft: Draft, context: Context, node: str, at: str) -> dict[str, Any]:
    row, about = context.row, context.about
    kind, under = (row, "") if context.corrects is None else (context.corrects, "/body")
    defaults = context.profile.defaults_of(kind.name, context.peer.node)
    marking = default_marking(kind, node, at, draft.body, under=under, defaults=defaults)
    if about is None or row.opens is not None or row.channel is Channel.CONTROL:
        return marking
    caveats = set(Caveat).intersection(orjson.loads(about["caveats"]))
    marking["caveats"] = sorted({*marking["caveats"], *caveats})
    if row.joins:
        marking["level"] = max(Level(marking["level"]), Level(about["marking"])).value
    return marking


def _check_times(header: Header, now: int) -> None:
    problems = []
    if times.parse(header.expires) <= now:
        problems.append(Problem("/expires", "lies in the past"))
    if times.parse(header.expires) > now + limits.LIFE_SECONDS:
        problems.append(Problem("/expires", "lies more than 400 days ahead"))
    if header.due is not None and times.parse(header.due) <= now:
        problems.append(Problem("/due", "lies in the past"))
    if problems:
        raise InvalidError("a time of the message does not fit", problems=tuple(problems))
