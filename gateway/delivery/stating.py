"""Making statements of what did not come; the signing happens outside every transaction."""

from collections.abc import Sequence

from gateway.delivery.ports import LocalNode, Ports
from gateway.envelope import Awaited, SigningPair, Statement, sign_statement
from gateway.envelope.statement import ENVELOPES
from gateway.errors import LocalError
from gateway.store import Row, Transaction, outbox


def statement_of(
    us: LocalNode,
    row: Row,
    *,
    peer: str,
    level: Awaited,
    due: str,
    at: str,
    envelopes: tuple[str, ...] | None = None,
) -> Statement:
    """Return what we can state of a message of ours; `row` has its id and header digest."""
    return Statement(
        environment=us.environment,
        from_=us.node,
        about=peer,
        id=row["id"],
        header_digest=row["header_digest"],
        level=level,
        due=due,
        at=at,
        epoch=us.epoch,
        envelope_digests=envelopes,
    )


def not_receipted(tx: Transaction, *, us: LocalNode, peer: str, at: str) -> dict[int, Statement]:
    """Return, by row, what we can state of each queued message that is past its time."""
    return {
        row["seq"]: statement_of(
            us,
            row,
            peer=peer,
            level=Awaited.RECEIVED,
            due=row["expires"],
            at=at,
            envelopes=_offered(tx, row),
        )
        for row in outbox.due(tx, peer, at)
    }


def _offered(tx: Transaction, row: Row) -> tuple[str, ...]:
    if row["attempted_at"] is None:
        return ()
    return tuple(outbox.envelopes_of(tx, row["seq"])[-ENVELOPES:])


async def sign_all(
    statements: Sequence[Statement], us: LocalNode, ports: Ports
) -> list[str | None]:
    """Return the signed texts, in order; None where no pair of ours holds any more.

    A node without a pair still notes what passed: only the signature is missing.
    """
    pairs = [_pair(us, statement.about, ports.clock()) for statement in statements]

    def work() -> list[str | None]:
        return [
            None if pair is None else sign_statement(statement, pair)
            for statement, pair in zip(statements, pairs, strict=True)
        ]

    return await ports.compute(work)


def _pair(us: LocalNode, peer: str, now: float) -> SigningPair | None:
    try:
        return us.pair_for(peer, now)
    except LocalError:
        return None
