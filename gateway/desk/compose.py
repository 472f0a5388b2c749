"""From a draft to a signed, sealed message: what the officer said, and all that the rules add."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.catalogue import (
    Catalogue,
    Channel,
    MessageType,
    Profile,
    clauses_for,
    control_thread,
)
from gateway.delivery.directory import Peer
from gateway.delivery.ports import LocalNode, Ports
from gateway.desk.draft import Draft
from gateway.envelope import (
    Header,
    Priority,
    Sealed,
    SignedMessage,
    content_text,
    digest,
    limits,
    seal,
    sign_message,
    times,
)
from gateway.errors import ConflictError, InvalidError, PolicyError, Problem
from gateway.policy import Action, Permitted, Request, Subject, decide, default_marking

_SALT = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What the store knew when the message was composed."""

    peer: Peer
    row: MessageType
    profile: Profile
    thread: str | None = None
    reference: str | None = None
    in_reply_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A message ready to be kept: the type's row, the header, signed text and envelope."""

    peer: str
    row: MessageType
    body: Mapping[str, Any]
    header: Header
    signed: SignedMessage
    sealed: Sealed


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
        self._catalogue.bodies.check_draft(row.name, draft.body)
        now = int(self._ports.clock())
        id = self._ports.new_id()
        content = content_text(draft.body, salt=self._ports.randomness(_SALT), note=draft.note)
        control = control_thread(us.node, context.peer.node)
        expires = draft.expires or times.text(now + row.life * 86_400)
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
            in_reply_to=context.in_reply_to,
            reference=context.reference,
            clauses=clauses_for(row, context.profile.role_of(us.node)),
            priority=Priority(draft.priority),
            due=draft.due or self._due(row, draft, now),
            marking=default_marking(row, us.node, times.text(now)),
            content_digest=digest(content.encode()),
            body_schema=self._catalogue.bodies.reference(row.name),
        )
        _check_times(header, now)
        return header, content

    def _due(self, row: MessageType, draft: Draft, now: int) -> str | None:
        term = row.response.get(draft.priority)
        return None if term is None else times.text(term.end(now))

    async def sign_and_seal(
        self, draft: Draft, header: Header, content: str, context: Context
    ) -> Composed:
        """Decide that it may leave, sign it and seal it to the recipient's newest key.

        Raises:
            PolicyError: The content may not leave for this recipient.
            ConflictError: The recipient's card holds no key that is valid now.
        """
        self.check_release(header)
        key = context.peer.encryption_key(self._ports.clock())
        if key is None:
            raise ConflictError(
                f"the card of {context.peer.node} has no encryption key that is valid now",
                hint=f"ask the peer for its new card: gateway peers show {context.peer.node}",
            )

        pair = self._us.pair_for(context.peer.node, self._ports.clock())

        def work() -> tuple[SignedMessage, Sealed]:
            signed = sign_message(header, content, pair)
            return signed, seal(signed, key)

        signed, sealed = await self._ports.compute(work)
        return Composed(
            peer=context.peer.node,
            row=context.row,
            body=draft.body,
            header=header,
            signed=signed,
            sealed=sealed,
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
