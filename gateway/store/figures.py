"""Numbers for whoever watches a node: how the links do, what waits, what was missed or refused.

Counts, ages and codes only; no id, no reference, no type of message.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.store import evidence, messages, publications, registers
from gateway.store.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One peer: how its link does and what waits for it, by state; `oldest` waits longest."""

    node: str
    enabled: bool
    failures: int
    last_contact: str | None
    version: str | None
    clock_offset: float | None
    card_waiting: bool
    waiting: Mapping[str, int]
    oldest: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vital:
    """What health looks at: cheap enough to be asked for each second."""

    links: tuple[Link, ...]
    alarms: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What metrics tell besides; counting all messages takes milliseconds for each 100,000.

    Args:
        messages: By direction and state.
        missed: By peer, direction and level.
        duties: By peer, holder and act: how many are owed, and how many of these are late.
        refused: By peer, direction of the message and code.
        publications: By peer: how many wait, and when the first of them is due.
        registers: By peer: how many messages wait for a person to decide about a register.
        unreadable: By peer, the newest 1,000 at most.
        evidence: Records by chain.
    """

    vital: Vital
    messages: Mapping[tuple[str, str], int]
    missed: Mapping[tuple[str, str, str], int]
    duties: Mapping[tuple[str, str, str], tuple[int, int]]
    refused: Mapping[tuple[str, str, str], int]
    publications: Mapping[str, tuple[int, str | None]]
    registers: Mapping[str, int]
    unreadable: Mapping[str, int]
    evidence: Mapping[str, int]


def vital(tx: Transaction) -> Vital:
    """Return the links to all peers and the alarms that nobody has looked at."""
    waiting: dict[str, dict[str, int]] = defaultdict(dict)
    first: dict[str, int] = {}
    for row in tx.all("figures.queued"):
        waiting[row["peer"]][row["state"]] = row["count"]
        first[row["peer"]] = min(row["first"], first.get(row["peer"], row["first"]))
    links = (
        Link(
            node=row["node"],
            enabled=bool(row["enabled"]),
            failures=row["failures"],
            last_contact=row["last_contact"],
            version=row["version"],
            clock_offset=row["clock_offset"],
            card_waiting=bool(row["is_waiting"]),
            waiting=waiting[row["node"]],
            oldest=_created(tx, first.get(row["node"])),
        )
        for row in tx.all("figures.links")
    )
    alarms = {row["kind"]: row["count"] for row in tx.all("figures.alarms")}
    return Vital(links=tuple(links), alarms=alarms)


def load(tx: Transaction) -> Figures:
    """Return everything that can be counted."""
    refused = [("in", row) for row in tx.all("figures.refused_here")]
    refused += [("out", row) for row in tx.all("figures.refused_there")]
    return Figures(
        vital=vital(tx),
        messages={
            (direction, state): count
            for direction, states in messages.counts(tx).items()
            for state, count in states.items()
        },
        missed={
            (row["peer"], row["direction"], row["act"]): row["count"]
            for row in tx.all("figures.missed")
        },
        duties={
            (row["peer"], row["holder"], row["act"]): (row["count"], row["late"])
            for row in tx.all("figures.duties")
        },
        refused={(row["peer"], way, row["code"]): row["count"] for way, row in refused},
        publications={row["peer"]: (row["waiting"], row["due"]) for row in publications.counts(tx)},
        registers=registers.all_waiting(tx),
        unreadable={row["peer"]: row["count"] for row in tx.all("figures.unreadable")},
        evidence={row["chain"]: row["size"] for row in evidence.chains(tx)},
    )


def _created(tx: Transaction, seq: int | None) -> str | None:
    if seq is None:
        return None
    row = tx.one("figures.created", seq=seq)
    return None if row is None else str(row["created"])
