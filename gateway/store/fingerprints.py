"""What received and own messages identify, kept as keyed numbers: the net under undeclared copying.

Nothing of a text is kept, only a number that the store key makes of it. Whoever has the file and
not the key cannot try names and numbers against it.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import orjson

from gateway.catalogue.identifying import Kind
from gateway.policy.fingerprints import Trace
from gateway.store.transaction import Transaction

# Who gave what this node itself has said or published.
US: Final = "us"


class Standing(StrEnum):
    """How somebody said something."""

    CLOSED = "closed"
    OPEN = "open"
    INDEPENDENT = "independent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """That somebody has said something: who, in which message and how."""

    mark: int
    by: str
    seq: int
    kind: Kind
    alone: bool
    standing: Standing


def mark_of(tx: Transaction, text: str) -> int:
    """Return the number that stands for a whole text."""
    return tx.sealer.fingerprint(f"m{text}")


def anchor_of(tx: Transaction, text: str) -> int:
    """Return the number that stands for the first signs of a text."""
    return tx.sealer.fingerprint(f"a{text}")


def add(
    tx: Transaction, traces: Iterable[tuple[Trace, bool]], *, by: str, seq: int, most: int
) -> int:
    """Keep what a message identifies, and return how much of it was new.

    Args:
        traces: Each with whether it was said to everybody.
        by: The node that said it, `US` for ourselves.
        most: How many new ones may be kept; what comes after these is left out.
    """
    new = 0
    for trace, is_open in traces:
        if new >= most:
            break
        key = {"mark": mark_of(tx, trace.text), "seq": seq}
        told = {
            "anchor": anchor_of(tx, trace.anchor),
            "size": len(trace.text),
            "kind": trace.kind,
            "alone": trace.alone,
        }
        if by == US:
            new += tx.run(f"fingerprints.{'own_open' if is_open else 'own'}", **key, **told)
        elif is_open:
            new += tx.run("fingerprints.open", by=by, **key, **told)
        else:
            new += tx.run("fingerprints.close", by=by, **key, **told)
    if new:
        tx.run("fingerprints.add", by=by, count=new)
    return new


def close_again(tx: Transaction, traces: Iterable[Trace], *, by: str, seq: int) -> None:
    """Note that what a message had said to everybody is in confidence from now on."""
    for trace in traces:
        tx.run("fingerprints.close_again", mark=mark_of(tx, trace.text), by=by, seq=seq)


def make_independent(tx: Transaction, *, mark: int, by: str) -> None:
    """Note that something a node told us in confidence is known here from elsewhere."""
    tx.run("fingerprints.independent", mark=mark, by=by)


def sizes(tx: Transaction, anchors: Iterable[int]) -> dict[int, set[int]]:
    """Return, of many anchors, those with which anything known begins, and how long that is."""
    found: dict[int, set[int]] = {}
    # In order, neighbouring look-ups find the same page of the index.
    listed = orjson.dumps(sorted(anchors)).decode()
    for row in tx.all("fingerprints.sizes", anchors=listed):
        found.setdefault(row["anchor"], set()).add(row["size"])
    return found


def known(tx: Transaction, marks: Collection[int]) -> list[Known]:
    """Return all that is known of many marks."""
    if not marks:
        return []
    rows = tx.all("fingerprints.of", marks=orjson.dumps(sorted(marks)).decode())
    return [
        Known(
            mark=row["mark"],
            by=row["by"],
            seq=row["seq"],
            kind=Kind(row["kind"]),
            alone=bool(row["alone"]),
            standing=Standing(row["standing"]),
        )
        for row in rows
    ]


def count(tx: Transaction, by: str) -> int:
    """Return how many a node has given."""
    row = tx.one("fingerprints.count", by=by)
    return 0 if row is None else int(row["count"])


def givers(tx: Transaction) -> set[str]:
    """Return who has given any: `US` and nodes."""
    return {str(row["by"]) for row in tx.all("fingerprints.counts")}


def versions(tx: Transaction, *, id: str, header_digest: str) -> list[int]:
    """Return the rows of one very version of a message, whoever it was exchanged with."""
    rows = tx.all("fingerprints.version", id=id, header_digest=header_digest)
    return [int(row["seq"]) for row in rows]


def messages_after(tx: Transaction, after: int, *, limit: int) -> list[int]:
    """Return the rows of the next messages after one, in the order in which they came."""
    return [int(row["seq"]) for row in tx.all("fingerprints.after", after=after, limit=limit)]
