"""A decision about a wish as the ledger is given it: who asked, what leaves, what was refused."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from gateway.delivery.releasing import uses_in
from gateway.desk.disclosure_views import obligations_of, parts_of
from gateway.desk.disclosure_wishes import Judged, digest_of, origins_in, written
from gateway.desk.draft import Actor
from gateway.policy import Action, Denied
from gateway.policy.disclosing import Disclosure
from gateway.store.disclosures import Decided, Part

_MOST_POINTERS: Final = 64


def decided(
    found: Judged, actor: Actor, *, node: str, at: str, finds: tuple[int, ...] = ()
) -> Decided:
    """Return what is kept of a decision.

    Args:
        finds: The numbers of what was found in it undeclared.
    """
    row, wish, party = found.row, found.wish, found.party
    known = Decided(
        at=at,
        action=Action.DISCLOSE,
        reason=found.reason,
        message=row["seq"],
        message_id=row["id"],
        header_digest=row["header_digest"],
        peer=row["peer"],
        audience=wish.audience,
        audience_name=None if party is None else party.names["en"],
        audience_country="" if party is None else party.country,
        purpose=wish.purpose,
        mode=wish.mode,
        pointers=_pointers_of(found),
        refused=_refused(found, finds),
        origins=origins_in(found, node),
        uid=actor.uid,
        on_behalf_of=actor.on_behalf_of,
        vouched_uid=actor.uid if wish.is_confirmed else None,
    )
    if found.found is None:
        return known
    return _allowed(known, found, found.found) if found.is_allowed else _denied(known, found.found)


def _allowed(known: Decided, found: Judged, outcome: Disclosure) -> Decided:
    in_place = found.wish.in_place()
    return replace(
        known,
        pointers=found.wish.fields or ("",),
        redactions=outcome.redactions,
        pseudonymised=outcome.pseudonymised,
        obligations=tuple(obligations_of(outcome)),
        uses=uses_in(found.consents, outcome.used),
        label_digest=outcome.label_digest,
        content_digest=digest_of(found.leaving),
        text=None if in_place is None else written(in_place),
    )


def _denied(known: Decided, outcome: Disclosure) -> Decided:
    withheld = outcome.withheld
    if withheld is None:
        return known
    return replace(known, country=withheld.country, nearest=withheld.nearest)


def _refused(found: Judged, finds: tuple[int, ...]) -> tuple[Part, ...]:
    """Return what was refused; of too many parts the first of each reason, for the whole."""
    undeclared = [
        Part(pointer=hit.pointer, reason=Denied.UNDECLARED_ORIGIN, find=number)
        for hit, number in zip(found.hits, finds, strict=False)
    ]
    return (*_few(parts_of(found)), *undeclared[:_MOST_POINTERS])


def _few(parts: Iterable[Part]) -> tuple[Part, ...]:
    every = tuple(parts)
    if len(every) <= _MOST_POINTERS:
        return every
    first = {each.reason: replace(each, pointer="") for each in reversed(every)}
    return tuple(first.values())


def _pointers_of(found: Judged) -> tuple[str, ...]:
    """Return the parts that were refused; where they are too many to name, all of it."""
    every = (*(pointer for pointer, _ in found.refused), *(hit.pointer for hit in found.hits))
    pointers = tuple(dict.fromkeys(every))
    return pointers if len(pointers) <= _MOST_POINTERS else ("",)
