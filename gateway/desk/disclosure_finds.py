"""What a disclosure would have let out unsaid: finds of what others told us in confidence.

The value itself is never shown. Where it comes from is said to those alone who may read it there.
"""

from itertools import zip_longest
from typing import Any

import orjson

from gateway.delivery.awaiting import Terms
from gateway.desk import undeclared
from gateway.desk.disclosure_wishes import Judged
from gateway.desk.draft import Actor
from gateway.desk.submission import who_acts
from gateway.desk.undeclared import NOUNS, source_of
from gateway.store import Row, Transaction, origin_hits
from gateway.store.evidence import LOCAL, Fact, append


def note_finds(tx: Transaction, found: Judged, actor: Actor, *, at: str) -> tuple[int, ...]:
    """Keep the finds of a decision and return their numbers."""
    return undeclared.note_finds(
        tx,
        found.hits,
        audience=found.wish.audience,
        type=found.row["type"],
        uid=actor.uid,
        at=at,
    )


def note_check(tx: Transaction, found: Judged, actor: Actor, *, at: str) -> None:
    """Record that a rehearsal told somebody of finds; without any it tells nothing that is kept.

    Whoever tries values in words of their own would otherwise leave no trace of what they learn.
    """
    if found.hits:
        append(
            tx,
            LOCAL,
            Fact.RELEASE_CHECKED,
            at=at,
            peer=found.row["peer"],
            subject=found.row["id"],
            audience=found.wish.audience,
            **who_acts(actor),
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
        named = {"find": number, "pointer": hit.pointer, "what": NOUNS[hit.kind], "by": hit.by}
        views.append(named | {"source": _source(tx, hit.seq, terms, now=now)})
    return views


def undeclared_again(tx: Transaction, row: Row, terms: Terms, *, now: int) -> list[dict[str, Any]]:
    """Return the finds of a decision by its row of the ledger."""
    views = []
    for part in orjson.loads(row["refused"]):
        if part["find"] is None:
            continue
        kept = origin_hits.get(tx, part["find"])
        named = {"find": part["find"], "pointer": part["pointer"]}
        named |= {"what": NOUNS[kept["kind"]], "by": kept["by"]}
        views.append(named | {"source": _source(tx, kept["seq"], terms, now=now)})
    return views


def _source(tx: Transaction, seq: int, terms: Terms, *, now: int) -> str | None:
    source = source_of(tx, seq, terms.catalogue.parties, node=terms.node, now=now)
    return None if source is None else source["reference"] or source["short"]
