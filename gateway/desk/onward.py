"""Content of others inside a message of ours: decided, and written into the ledger with its use.

A message that declares what it took over leaves only if every originator's marking, or its consent,
lets its recipient have it: clause 3 of the memorandum. Decision, ledger row and use of a consent
are one transaction, the one that keeps the message; before its first attempt it is decided again.
"""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol, TypeVar

from gateway.catalogue import Parties, country_of, short
from gateway.catalogue.kinds import Purpose
from gateway.delivery.awaiting import Terms
from gateway.delivery.changes import Changes
from gateway.delivery.consents_for import consents_for
from gateway.delivery.releasing import keep, uses_in
from gateway.delivery.subjects import note_derivations, sources_of
from gateway.desk.compose import Composed
from gateway.desk.draft import Actor, Draft
from gateway.desk.provenance import Wish
from gateway.envelope import Header, digest, times
from gateway.errors import NotFoundError, PolicyError, Problem
from gateway.policy import Action, Consent, Request, Subject, Withheld
from gateway.policy.disclosing import Disclosure, judge
from gateway.policy.subject import Derivation, Source
from gateway.policy.terms import Mode
from gateway.store import Store, Transaction, disclosures
from gateway.store.disclosures import Decided, Origin

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """A message of ours as it would leave."""

    header: Header
    header_digest: str
    body: Mapping[str, Any] = field(repr=False)
    terms: Terms
    wish: Wish

    @classmethod
    def of(cls, composed: Composed) -> "Leaving":
        """Return a composed message."""
        return cls(
            header=composed.header,
            header_digest=composed.signed.header_digest,
            body=composed.body,
            terms=composed.terms,
            wish=composed.wish,
        )

    @classmethod
    def unsigned(cls, header: Header, draft: Draft, terms: Terms) -> "Leaving":
        """Return a draft as it would be signed."""
        name = digest(header.payload())
        return cls(header=header, header_digest=name, body=draft.body, terms=terms, wish=draft.wish)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was decided about a message that declares content of others."""

    disclosure: Disclosure
    sources: tuple[Source, ...]
    consents: tuple[Consent, ...]

    @property
    def is_noted(self) -> bool:
        """Whether it belongs in the ledger: the name alone of a message carries nothing of it."""
        return bool(self.disclosure.consents) or any(
            source.mode is not Derivation.REFERENCE for source in self.sources
        )


class OnwardRefusedError(PolicyError):
    """Content of others may not leave in a message of ours; nothing was sent.

    `outcome` says why.
    """

    def __init__(self, outcome: Outcome, leaving: Leaving) -> None:
        refused = [atom for atom in outcome.disclosure.atoms if isinstance(atom.decision, Withheld)]
        super().__init__(
            f"the message may not leave: {outcome.disclosure.reason}",
            problems=tuple(Problem(each.pointer, _why(each.decision)) for each in refused[:16]),
            hint=_hint(outcome, leaving.header),
        )
        self.outcome = outcome
        self.leaving = leaving


def _why(decision: object) -> str:
    if not isinstance(decision, Withheld):
        return "may leave"
    country = "" if decision.country is None else f" ({decision.country})"
    return f"may not leave: {decision.reason}{country}"


def _hint(outcome: Outcome, header: Header) -> str:
    """Return the line that asks the originator for its consent, where consent could help."""
    withheld = outcome.disclosure.withheld
    if withheld is None or withheld.country is None:
        return "gateway show ID says how each source is marked"
    source = next(
        (each for each in outcome.sources if country_of(each.originator) == withheld.country), None
    )
    if source is None:
        return "gateway show ID says how each source is marked"
    field = f" --field {source.source_pointer}" if source.source_pointer else ""
    return f"gateway consent request {short(source.message_id)} --to {header.to}{field}"


def decided(tx: Transaction, leaving: Leaving) -> Outcome | None:
    """Decide whether a message of ours may carry what it took over; None where it took nothing.

    Raises:
        OnwardRefusedError: It may not, or not to this recipient; nothing was changed.
    """
    header, terms = leaving.header, leaving.terms
    if not header.derived_from:
        return None
    sources = sources_of(tx, header.derived_from, to=header.to)
    subject = replace(Subject.of(header, leaving.header_digest), sources=sources)
    now = times.parse(header.created)
    consents = consents_for(tx, subject, terms, now=now)
    request = Request(
        action=Action.SEND,
        subject=subject,
        holder=terms.node,
        audience=header.to,
        purpose=leaving.wish.purpose,
        confirmed=leaving.wish.is_met,
        now=now,
    )
    found = judge(leaving.body, request, terms.catalogue.parties, consents)
    outcome = Outcome(disclosure=found, sources=sources, consents=consents)
    if not found.allowed:
        raise OnwardRefusedError(outcome, leaving)
    return outcome


def note(
    tx: Transaction, outcome: Outcome, leaving: Leaving, *, seq: int | None, actor: Actor
) -> None:
    """Write a decision into the ledger, which uses the consents it rests on.

    Args:
        seq: The row of the message; None for one that was refused, which is not kept.
    """
    if seq is not None:
        note_derivations(tx, seq, leaving.header.derived_from)
    if outcome.is_noted:
        decided = _decided(outcome, leaving, seq=seq, actor=actor)
        keep(tx, decided, leaving.terms, now=times.parse(decided.at))


def _decided(outcome: Outcome, leaving: Leaving, *, seq: int | None, actor: Actor) -> Decided:
    found, withheld = outcome.disclosure, outcome.disclosure.withheld
    header, wish = leaving.header, leaving.wish
    name, country = _party(header.to, leaving.terms.catalogue.parties)
    return Decided(
        at=header.created,
        action=Action.SEND,
        reason=found.reason,
        message=seq,
        message_id=header.id,
        header_digest=leaving.header_digest,
        peer=header.to,
        audience=header.to,
        audience_name=name,
        audience_country=country,
        purpose=wish.purpose,
        mode=Mode.VERBATIM,
        pointers=_pointers(outcome),
        origins=_origins(outcome.sources),
        uses=uses_in(outcome.consents, found.used),
        country=None if withheld is None else withheld.country,
        nearest=None if withheld is None else withheld.nearest,
        uid=actor.uid,
        on_behalf_of=actor.on_behalf_of,
        vouched_uid=actor.uid if wish.is_met else None,
        label_digest=found.label_digest or None,
        content_digest=header.content_digest,
    )


def wish_of(tx: Transaction, seq: int) -> Wish:
    """Return for what a message of ours passes on content of others, as the ledger has it."""
    row = disclosures.sent(tx, seq)
    if row is None:
        return Wish()
    return Wish(purpose=Purpose(row["purpose"]), is_met=row["vouched_uid"] is not None)


class Guard(Protocol):
    """Keep, of some work, that it was refused because of content of others."""

    async def __call__(self, work: Awaitable[T], actor: Actor, /) -> T:
        """Return what the work returns."""
        ...


async def recorded(work: Awaitable[T], actor: Actor, *, store: Store, changes: Changes) -> T:
    """Return what some work returns; where it may not pass on content of others, keep that.

    The work's own transaction leaves nothing, so the refusal is kept in one of its own.

    Raises:
        OnwardRefusedError: It may not.
    """
    try:
        return await work
    except OnwardRefusedError as error:
        await store.write(
            partial(note, outcome=error.outcome, leaving=error.leaving, seq=None, actor=actor)
        )
        changes.ring()
        raise


def _pointers(outcome: Outcome) -> tuple[str, ...]:
    if outcome.disclosure.allowed:
        return tuple(dict.fromkeys(source.target_pointer for source in outcome.sources))
    atoms = outcome.disclosure.atoms
    return tuple(each.pointer for each in atoms if isinstance(each.decision, Withheld))


def _origins(sources: Sequence[Source]) -> tuple[Origin, ...]:
    found: dict[tuple[str, str, str], list[str]] = {}
    for source in sources:
        key = (source.originator, source.message_id, source.header_digest)
        found.setdefault(key, []).append(source.source_pointer)
    return tuple(
        Origin(
            originator=originator,
            message_id=message_id,
            header_digest=header_digest,
            pointers=tuple(dict.fromkeys(pointers)),
        )
        for (originator, message_id, header_digest), pointers in found.items()
    )


def _party(node: str, parties: Parties) -> tuple[str, str]:
    try:
        party = parties.of(node)
    except NotFoundError:
        return node, country_of(node)
    return party.names["en"], party.country
