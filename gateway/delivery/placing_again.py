"""What came in while a withdrawal of ours stood in its way, placed again once that is undone.

We withdraw a matter, the withdrawal waits, and the other side, which knows nothing of it, answers.
Here the answer is kept and moves nothing. If the withdrawal then never leaves, the answer counts:
the two sides must not go on with different states of one matter, and nobody may be called late who
has done what it owed. The flag stays, for a person to see what crossed.
"""

from dataclasses import replace

from gateway.catalogue import control_thread
from gateway.delivery.awaiting import Terms
from gateway.delivery.effects import move_threads, note_levels, note_steps
from gateway.delivery.owing import note_duties
from gateway.delivery.placement import misfit, place
from gateway.envelope import read_content, reopen_signed
from gateway.errors import GatewayError
from gateway.store import Row, Transaction, messages, steps
from gateway.store.threads import Opener


def place_again(
    tx: Transaction, peer: str, thread: str, terms: Terms, *, after: int, at: str
) -> None:
    """Let received messages take the step that the thread, put back to its state, allows now.

    Args:
        after: The row of the message of ours that was undone: only what came later met it.
    """
    control = control_thread(terms.node, peer)
    for seq in steps.without(tx, peer, after=after, thread=thread, control=control):
        try:
            _place(tx, messages.get(tx, seq), thread, terms, at)
        except GatewayError:
            # Erased, changed on the disk, or nothing that this thread allows: it stays as it is.
            continue


def _place(tx: Transaction, row: Row, thread: str, terms: Terms, at: str) -> None:
    text = messages.content_of(tx, row)
    header, body = reopen_signed(row["jws"], text).header, read_content(text).body
    row_type = terms.of(row["peer"], row["type"])
    placed = place(tx, header, row_type, body, peer=row["peer"], sender=Opener.THEM)
    taken = tuple(step for step in placed.steps if step.thread == thread and step.state is not None)
    if not taken or misfit(tx, row_type, placed, body, sender=Opener.THEM):
        return
    # An acknowledgement may list messages of other matters, where it counted when it came.
    listed = tuple(each for each in placed.listed if each["thread"] == thread)
    placed = replace(placed, steps=taken, listed=listed, remark=None)
    move_threads(tx, header, placed, peer=row["peer"], sender=Opener.THEM, at=at)
    seq, said = row["seq"], min(header.created, row["received"])
    note_levels(tx, row_type, placed, seq=seq, ours=False, at=said)
    note_duties(
        tx, placed, row_type, body, terms, peer=row["peer"], sender=Opener.THEM, seq=seq, at=said
    )
    note_steps(tx, placed, seq=seq, id=header.id)
