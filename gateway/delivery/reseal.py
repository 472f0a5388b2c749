"""The same signed text in a new envelope, when the peer no longer holds the old key."""

from gateway.delivery.ports import Ports
from gateway.envelope import EncryptionKey, Sealed, reopen_signed, seal, times
from gateway.store import Store, Transaction, messages, outbox


async def reseal(store: Store, seq: int, key: EncryptionKey, ports: Ports) -> Sealed:
    """Seal a queued message to another key; every envelope's digest stays known.

    Raises:
        CorruptError: The stored text is not the one that was signed; nothing leaves.
    """

    def load(tx: Transaction) -> tuple[str, str]:
        row = messages.get(tx, seq)
        return row["jws"], messages.content_of(tx, row)

    jws, content = await store.read(load)
    sealed = await ports.compute(lambda: seal(reopen_signed(jws, content), key))
    at = times.text(ports.clock())

    def keep(tx: Transaction) -> None:
        # What became final meanwhile needs no bytes any more, and nobody would forget them again.
        if outbox.waiting(tx, seq) is not None:
            outbox.add_envelope(tx, seq, sealed, at)

    await store.write(keep)
    return sealed
