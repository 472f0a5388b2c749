"""What a disclosure would have let out unsaid: finds of what others told us in confidence.

The value itself is never shown. Where it comes from is said to those alone who may read it there.
"""

from itertools import zip_longest
from typing import Any

from gateway.delivery.awaiting import Terms
from gateway.desk.disclosure_wishes import Judged
from gateway.desk.draft import Actor
from gateway.desk.undeclared import NOUNS, source_of
from gateway.store import Transaction, origin_hits


def note_finds(tx: Transaction, found: Judged, actor: Actor, *, at: str) -> tuple[int, ...]:
    """Keep each find, so that somebody can say where else it is known from; return its number."""
    return tuple(
        origin_hits.note(
            tx,
            origin_hits.Noted(
                mark=hit.mark,
                by=hit.by,
                seq=hit.seq,
                kind=hit.kind,
                audience=found.wish.audience,
                type=found.row["type"],
                pointer=hit.pointer,
            ),
            uid=actor.uid,
            at=at,
        )
        for hit in found.hits
    )


def undeclared_view(
    tx: Transaction, found: Judged, terms: Terms, *, finds: tuple[int, ...], now: int
) -> list[dict[str, Any]]:
    """Return the finds of a decision.

    Args:
        finds: Their numbers where they are kept.
    """
    views = []
    for hit, number in zip_longest(found.hits, finds[: len(found.hits)]):
        source = source_of(tx, hit.seq, terms.catalogue.parties, node=terms.node, now=now)
        name = None if source is None else source["reference"] or source["short"]
        views.append(
            {
                "find": number,
                "pointer": hit.pointer,
                "what": NOUNS[hit.kind],
                "by": hit.by,
                "source": name,
            }
        )
    return views
