"""What follows when a person decides on a message that waits to change its register.

The decision, why it was taken, and what it makes public or takes down are one transaction.
"""

from gateway.delivery import publishing, registering
from gateway.delivery.awaiting import Terms
from gateway.desk.draft import Actor
from gateway.desk.submission import who_acts
from gateway.store import Row, Transaction, notes, threads
from gateway.store.evidence import LOCAL, Fact, append


def decide_on(
    tx: Transaction, row: Row, terms: Terms, actor: Actor, *, apply: bool, reason: str, at: str
) -> None:
    """Apply the message in `row` or drop it; its matter asks for nobody's attention any more.

    Args:
        reason: In words; kept as an internal note about the matter, and never sent.

    Raises:
        NotFoundError: It does not wait.
        ConflictError: It was decided on before, or cannot be applied as it is.
    """
    registering.decide(tx, row["seq"], is_applied=apply, uid=actor.uid, at=at)
    place = (row["peer"], row["thread"])
    notes.add(tx, *place, at=at, uid=actor.uid, author=actor.name, text=reason)
    threads.attended(tx, *place)
    append(
        tx,
        LOCAL,
        Fact.REGISTER_DECIDED,
        at=at,
        subject=row["id"],
        peer=row["peer"],
        applied=apply,
        **who_acts(actor),
    )
    publishing.note(tx, terms, row["seq"], at=at)
