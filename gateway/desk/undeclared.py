"""What leaves is looked through for what others told us in confidence, before it is kept.

A find that nobody declared refuses the whole. It is kept with the decision, without its value, so
that somebody can say where else it is known from.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.catalogue import short
from gateway.catalogue.parties import Parties
from gateway.delivery.scanning import Declared, Hit, Texts, declared_in, scan, texts
from gateway.delivery.subjects import subject_of
from gateway.desk.draft import Actor
from gateway.envelope import Header, digest
from gateway.errors import PolicyError, Problem
from gateway.policy import Action, Denied, Mode, Permitted, Request, decide
from gateway.store import Row, Transaction, disclosures, messages, origin_hits
from gateway.store.disclosures import Decided, Origin
from gateway.store.fingerprints import US

_NO_MORE: Final = 16
# Everybody, where something is made public.
PUBLIC: Final = "public"
# What each kind of leaf is to a reader.
NOUNS: Final[Mapping[str, str]] = {
    "document": "the number of a document",
    "licence": "the number of a licence or register",
    "certificate": "the number of a certificate",
    "name": "the name of a person",
    "contact": "a contact",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The message that a find stands in; `seq` is None where it was not kept."""

    action: Action
    type: str
    id: str
    header_digest: str
    peer: str
    seq: int | None = None


class UndeclaredOriginError(PolicyError):
    """What was to leave holds something told in confidence; nothing left and nothing was kept.

    Args:
        audience: Who would have learnt it.
        about: The message that was to be sent, or made public.
    """

    def __init__(
        self,
        hits: tuple[Hit, ...],
        *,
        audience: str,
        about: About,
        problems: tuple[Problem, ...] = (),
        hint: str = "",
    ) -> None:
        super().__init__(
            f"{Denied.UNDECLARED_ORIGIN}: it holds what was received in confidence, and does not "
            "say so",
            problems=problems,
            hint=hint,
        )
        self.hits = hits
        self.audience = audience
        self.about = about


def check_sent(tx: Transaction, header: Header, body: Mapping[str, Any], note: str | None) -> None:
    """Let pass only a message whose foreign content is its recipient's own, or is declared.

    Raises:
        UndeclaredOriginError: It holds what somebody else told us in confidence.
    """
    hits = scan(
        tx,
        texts(body, note),
        audience_peer=header.to,
        declared=declared_in(tx, header),
    )
    if hits:
        about = About(
            action=Action.SEND,
            type=header.type,
            id=header.id,
            header_digest=digest(header.payload()),
            peer=header.to,
        )
        raise UndeclaredOriginError(hits, audience=header.to, about=about)


def check_public(tx: Transaction, values: Texts, declared: Iterable[Declared], *, row: Row) -> None:
    """Let pass only what nobody told in confidence, we ourselves included.

    Args:
        declared: What a consent allows to be made public all the same.
        row: The message by which it would be made public.

    Raises:
        UndeclaredOriginError: Something in it was; nothing is public.
    """
    if hits := scan(tx, values, audience_peer=None, declared=declared, own=True):
        raise UndeclaredOriginError(hits, audience=PUBLIC, about=_about(row, Action.PUBLISH))


def note_refused(
    tx: Transaction, error: UndeclaredOriginError, actor: Actor, parties: Parties, *, node: str,
    now: int, at: str,
) -> UndeclaredOriginError:  # fmt: skip
    """Keep the refusal and its finds; return the error with their numbers and sources in it.

    Where something comes from is said to those alone who may read it there.
    """
    about = error.about
    numbers = note_finds(
        tx, error.hits, audience=error.audience, type=about.type, uid=actor.uid, at=at
    )
    problems = []
    for hit, number in zip(error.hits, numbers, strict=True):
        source = source_of(tx, hit.seq, parties, node=node, now=now)
        where = "" if source is None else f", in {source['reference'] or source['short']}"
        whom = "we ourselves" if hit.by == US else hit.by
        problems.append(
            Problem(
                hit.pointer or "/",
                f"holds {NOUNS[hit.kind]} that {whom} gave in confidence{where} (find {number})",
            )
        )
    _note_decision(tx, error, actor, at=at)
    return UndeclaredOriginError(
        error.hits,
        audience=error.audience,
        about=about,
        problems=tuple(problems[:_NO_MORE]),
        hint="name its source: --derived SOURCE; or, if it is known from elsewhere: "
        f"gateway disclose claim {numbers[0]} --reason TEXT",
    )


def note_finds(
    tx: Transaction, hits: Iterable[Hit], *, audience: str, type: str, uid: int, at: str
) -> tuple[int, ...]:
    """Keep each find, so that somebody can say where else it is known from; return its number.

    Args:
        audience: Who would have learnt it.
        type: Of the message that it stands in.
        uid: The account that wrote the message, or asked for its content.
    """
    return tuple(
        origin_hits.note(
            tx,
            origin_hits.Noted(
                mark=hit.mark,
                by=hit.by,
                seq=hit.seq,
                kind=hit.kind,
                audience=audience,
                type=type,
                pointer=hit.pointer,
            ),
            uid=uid,
            at=at,
        )
        for hit in hits
    )


def source_of(
    tx: Transaction, seq: int, parties: Parties, *, node: str, now: int
) -> dict[str, Any] | None:
    """Return the id and reference of a source for those who may read it, None for others."""
    row = messages.get(tx, seq)
    request = Request(
        action=Action.SHOW, subject=subject_of(tx, row), holder=node, audience=node, now=now
    )
    if not isinstance(decide(request, parties), Permitted):
        return None
    return {
        "id": row["id"],
        "short": short(row["id"]),
        "reference": row["reference"],
        "peer": row["peer"],
    }


def _about(row: Row, action: Action) -> About:
    return About(
        action=action,
        type=row["type"],
        id=row["id"],
        header_digest=row["header_digest"],
        peer=row["peer"],
        seq=row["seq"],
    )


def _note_decision(tx: Transaction, error: UndeclaredOriginError, actor: Actor, *, at: str) -> None:
    """Keep the refusal in the ledger, with the messages that its content would have come from."""
    about = error.about
    sources = (messages.get(tx, seq) for seq in sorted({hit.seq for hit in error.hits}))
    disclosures.note(
        tx,
        Decided(
            at=at,
            action=about.action,
            reason=Denied.UNDECLARED_ORIGIN,
            message=about.seq,
            message_id=about.id,
            header_digest=about.header_digest,
            peer=about.peer,
            audience=error.audience,
            purpose="",
            mode=Mode.VERBATIM,
            pointers=tuple(sorted({hit.pointer for hit in error.hits}))[:_NO_MORE],
            origins=tuple(
                Origin(
                    originator=row["peer"],
                    message_id=row["id"],
                    header_digest=row["header_digest"],
                )
                for row in sources
            ),
            uid=actor.uid,
            on_behalf_of=actor.on_behalf_of,
        ),
    )
