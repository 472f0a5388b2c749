"""Arrivals: verify a batch, record each message in one transaction, answer with a signed receipt.

    lines -> known entry? -> judge (pure) -> record: message, threads, levels, evidence, entry
          -> commit -> receipt over exact entry texts, with a checkpoint of committed rows

A final entry is kept in the transaction of its message: a peer that asks twice hears the same,
and nothing happens twice.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from gateway import log
from gateway.catalogue import Catalogue
from gateway.delivery.arrival import Arrival, Unverified, Verified, judge
from gateway.delivery.awaiting import Terms
from gateway.delivery.changes import Changes
from gateway.delivery.directory import Directory, Peer
from gateway.delivery.effects import ARRIVALS
from gateway.delivery.ports import LocalNode, Ports
from gateway.delivery.record import Recorder
from gateway.envelope import (
    Checkpoint,
    Entry,
    Outcome,
    SigningPair,
    digest,
    limits,
    sign_receipt,
    times,
)
from gateway.errors import (
    RETRYABLE,
    LocalError,
    MalformedError,
    RefusalCode,
    TransientError,
)
from gateway.store import Store, Transaction, alarms, evidence, inbox

RECEIPT_TYPE: Final = "application/vnd.moc.receipt+json"
PROBLEM_TYPE: Final = "application/problem+json"
# The same bytes for every cause of a class: a sender who could tell causes apart could probe keys.
_MALFORMED: Final = b'{"type":"urn:moc:problem:malformed","title":"malformed","status":400}'
_UNREADABLE: Final = b'{"type":"urn:moc:problem:unreadable","title":"unreadable","status":422}'
_UNAVAILABLE: Final = b'{"type":"urn:moc:problem:busy","title":"busy","status":503}'
# What is never told apart by an entry of its own when nothing in the request verified.
_UNTOLD: Final = {RefusalCode.MALFORMED, RefusalCode.UNREADABLE}
# What is `unreadable` is answered at a multiple of this after its arrival (seconds): how long the
# work took, and so which check failed, cannot be read off the clock.
_UNREADABLE_STEP: Final = 0.025


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back over HTTP."""

    status: int
    body: bytes
    media_type: str


class Receiver:
    """Take batches from peers that TLS has already named."""

    def __init__(
        self,
        *,
        us: LocalNode,
        store: Store,
        directory: Directory,
        catalogue: Catalogue,
        ports: Ports,
        changes: Changes,
        on_life: Callable[[str], None],
        on_card: Callable[[], Awaitable[None]],
    ) -> None:
        self._us = us
        self._store = store
        self._directory = directory
        self._catalogue = catalogue
        self._terms = Terms(us.node, catalogue)
        self._ports = ports
        self._changes = changes
        self._on_life = on_life
        self._on_card = on_card

    async def receive(self, node: str, body: bytes) -> Reply:
        """Take one request from a peer and return the answer to it.

        Nothing is answered before it is on the disk. A request that is repeated gets the same
        entries in a newly signed receipt.
        """
        arrived, now = asyncio.get_running_loop().time(), self._ports.clock()
        peer = self._directory.find(node)
        lines = _split(body)
        self._ports.fail_at("receive.read")
        if peer is None or lines is None:
            await self._note(node, [_frame_fault(body)], now)
            return Reply(400, _MALFORMED, PROBLEM_TYPE)
        try:
            # Asked before anything is kept: what cannot be receipted is not taken.
            pair = self._us.keys.verifiable_pair_for(node, now)
            taken, checkpoint = await self._take(peer, lines, now)
        except (LocalError, TransientError) as error:
            log.error(log.Event.NOT_TAKEN, peer=node, error=type(error).__name__)
            return Reply(503, _UNAVAILABLE, PROBLEM_TYPE)
        self._ports.fail_at("receive.committed")
        unread = [item for item in taken if isinstance(item, Unverified)]
        if unread:
            await self._note(node, unread, now)
        if any(item.error.code is RefusalCode.UNREADABLE for item in unread):
            await _next_step(arrived)
        if all(isinstance(item, Unverified) and item.error.code in _UNTOLD for item in taken):
            return _fixed_reply(unread)
        self._on_life(node)
        texts = [item if isinstance(item, str) else self._unread_entry(item, now) for item in taken]
        return await self._receipt(peer, texts, checkpoint, pair)

    async def _take(
        self, peer: Peer, lines: list[bytes], now: float
    ) -> tuple[list[str | Unverified], Checkpoint]:
        digests = [digest(line) for line in lines]
        known = await self._store.read(partial(_known, peer=peer.node, digests=digests))
        arrivals = await self._ports.compute(
            lambda: [
                judge(line, peer=peer, us=self._us, catalogue=self._catalogue, now=now)
                for line, entry in zip(lines, known, strict=True)
                if entry is None
            ]
        )
        self._ports.fail_at("receive.verified")
        recorded = iter(await self._record(peer, arrivals, now))
        checkpoint = await self._store.read(partial(evidence.checkpoint, chain=peer.node))
        return [next(recorded) if entry is None else entry for entry in known], checkpoint

    async def _record(
        self, peer: Peer, arrivals: list[Arrival], now: float
    ) -> list[str | Unverified]:
        """Record each arrival under its own savepoint; what claims nothing stays as it is."""
        recorder = Recorder(
            us=self._us,
            peer=peer,
            bodies=self._catalogue.bodies,
            terms=self._terms,
            fail_at=self._ports.fail_at,
            now=now,
        )
        outcomes = await asyncio.gather(
            *(self._store.write(recorder.of(a)) for a in arrivals if not isinstance(a, Unverified)),
            return_exceptions=True,
        )
        if outcomes:
            self._changes.ring()
        if any(isinstance(a, Verified) and a.header.type in ARRIVALS for a in arrivals):
            await self._on_card()
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        log.info(log.Event.RECEIVED, peer=peer.node, messages=len(arrivals))
        texts = iter(outcome for outcome in outcomes if isinstance(outcome, str))
        return [a if isinstance(a, Unverified) else next(texts) for a in arrivals]

    def _unread_entry(self, item: Unverified, now: float) -> str:
        """Return the entry of an envelope that claims nothing: no id, no header digest."""
        code = item.error.code
        return Entry(
            id=None,
            header_digest=None,
            envelope_digest=item.digest,
            outcome=Outcome.REFUSED,
            code=code,
            retryable=code in RETRYABLE,
            at=times.text(now),
            card_serial=self._us.card_serial if code is RefusalCode.UNKNOWN_KEY else None,
        ).text()

    async def _receipt(
        self, peer: Peer, texts: list[str], checkpoint: Checkpoint, pair: SigningPair
    ) -> Reply:
        us, now = self._us, self._ports.clock()
        body = await self._ports.compute(
            lambda: sign_receipt(
                texts,
                from_=us.node,
                to=peer.node,
                environment=us.environment,
                at=times.text(now),
                epoch=us.epoch,
                checkpoint=checkpoint,
                pair=pair,
            )
        )
        self._ports.fail_at("receive.signed")
        return Reply(200, body, RECEIPT_TYPE)

    async def _note(self, node: str, refused: list[Unverified], now: float) -> None:
        """Keep who sent what nobody could read: size and digest, within a bound per peer."""

        def record(tx: Transaction) -> None:
            for item in refused:
                alarms.note_event(
                    tx,
                    at=times.text(now),
                    peer=node,
                    code=item.error.code,
                    size=item.size,
                    digest=item.digest,
                )

        log.warning(log.Event.NOT_READ, peer=node, count=len(refused))
        await self._store.write(record)


async def _next_step(arrived: float) -> None:
    """Wait until a whole number of steps has passed since the arrival."""
    await asyncio.sleep(_rest_of_step(asyncio.get_running_loop().time() - arrived))


def _rest_of_step(spent: float) -> float:
    return _UNREADABLE_STEP - spent % _UNREADABLE_STEP


def _split(body: bytes) -> list[bytes] | None:
    """Return the lines of a batch, or None if the frame breaks a rule."""
    lines = body.removesuffix(b"\n").split(b"\n")
    # Strict JSON takes a carriage return for space: then one envelope would have two digests.
    if len(lines) > limits.LINES or not all(lines) or b"\r" in body:
        return None
    if len(lines) > 1 and len(body) > limits.BATCH:
        return None
    return lines


def _known(tx: Transaction, peer: str, digests: list[str]) -> list[str | None]:
    return [inbox.entry_for_envelope(tx, peer, name) for name in digests]


def _frame_fault(body: bytes) -> Unverified:
    error = MalformedError("the frame of the batch breaks a rule")
    return Unverified(error=error, size=len(body), digest=digest(body))


def _fixed_reply(unread: list[Unverified]) -> Reply:
    """Return the unsigned answer to a request in which nothing verified."""
    if any(item.error.code is RefusalCode.UNREADABLE for item in unread):
        return Reply(422, _UNREADABLE, PROBLEM_TYPE)
    return Reply(400, _MALFORMED, PROBLEM_TYPE)
