"""One sender per peer: batches out, receipts in, the same bytes each time.

    ready -> attempt noted (committed) -> post -> receipt verified -> settled (committed)

No transaction is open while on the network. A crash anywhere leaves the message queued; the peer
answers its repetition with the same entry. One probe goes out while the peer is down; the rest
wait. The sender wakes on events and on the next due time, and never polls.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Final

from gateway import log
from gateway.catalogue import Catalogue
from gateway.delivery import acquaintance
from gateway.delivery.acquaintance import Exchange
from gateway.delivery.awaiting import Terms
from gateway.delivery.cards import take_card
from gateway.delivery.changes import Changes
from gateway.delivery.directory import Directory, Peer
from gateway.delivery.ports import LocalNode, Ports
from gateway.delivery.releasing import leave
from gateway.delivery.reseal import reseal
from gateway.delivery.retry import Backoff
from gateway.delivery.settle import Settlement, expire, settle
from gateway.delivery.stating import not_receipted, sign_all
from gateway.delivery.transport import Answer, PinError, Transport
from gateway.envelope import NotProofError, Receipt, limits, read_receipt, times
from gateway.errors import PeerError, TransientError
from gateway.store import Store, Transaction, alarms, outbox, peers
from gateway.store.alarms import Alarm
from gateway.store.evidence import LOCAL, Fact, append
from gateway.store.messages import State
from gateway.store.outbox import CorruptEnvelopeError, Ready
from gateway.store.sealing import CorruptError

# So many refusals of a lone envelope by answers that prove nothing, and a person must look.
_HOLD_AFTER: Final = 8
# Answers about the bytes of a request, not about the link or the peer's load.
_NOT_TAKEN: Final = {
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
}
_LONGEST_SLEEP: Final = 3600.0
# As long as a peer may need to settle the receipt that we gave for its card.
_RENEWING_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How a node sends: sizes of a batch, patience after failures, grace after expiry."""

    backoff: Backoff = field(default_factory=Backoff)
    lines: int = limits.LINES
    octets: int = limits.BATCH
    grace: float = 30 * 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """What a sender saw: something to judge, a batch to send, or the time to look again."""

    is_due: bool = False
    batch: list[Ready] = field(default_factory=list)
    wake_at: float = 0.0


class Sender:
    """Send what is queued for one peer until cancelled."""

    def __init__(
        self,
        node: str,
        *,
        us: LocalNode,
        store: Store,
        directory: Directory,
        catalogue: Catalogue,
        transport: Transport,
        ports: Ports,
        changes: Changes,
        policy: Policy,
        on_card: Callable[[], Awaitable[None]],
    ) -> None:
        self._node = node
        self._us = us
        self._store = store
        self._directory = directory
        self._terms = Terms(us.node, catalogue)
        self._transport = transport
        self._ports = ports
        self._changes = changes
        self._policy = policy
        self._on_card = on_card
        self._wake = asyncio.Event()
        self._failures = 0
        self._not_before = 0.0
        self._is_called = False
        self._exchanges = 0
        self._card_serial: int | None = None
        self._renewed = float("-inf")
        # Rows whose batch was refused as a whole; each goes alone until it is settled.
        self._alone: set[int] = set()

    def wake(self) -> None:
        """Look again: something was queued."""
        self._wake.set()

    def alive(self) -> None:
        """The peer showed life: what waits for it may go at once."""
        self._not_before, self._is_called = 0.0, True
        self._wake.set()

    @property
    def exchanges(self) -> int:
        """How many receipts of the peer have verified since the start."""
        return self._exchanges

    async def run(self) -> None:
        """Send for ever; what ends it is cancellation, which loses nothing."""
        row = await self._store.read(partial(peers.get, node=self._node))
        self._failures = row["failures"]
        # Whoever called before this first look need not wait as long as was noted before.
        self._not_before = 0.0 if self._is_called else row["next_attempt"]
        self._is_called = False
        while True:
            self._wake.clear()
            peer = self._directory.find(self._node)
            try:
                look = await self._store.read(
                    partial(self._look, now=self._ports.clock(), is_enabled=peer is not None)
                )
            except CorruptEnvelopeError as error:
                await self._hold(error.seq, error.id, Alarm.CORRUPT)
                continue
            if look.is_due:
                await self._expire()
            elif look.batch and peer is not None:
                await self._exchange(peer, look.batch)
            else:
                await self._sleep(look.wake_at)

    def _look(self, tx: Transaction, now: float, *, is_enabled: bool) -> "_Look":
        """Return what is to be done now, and when next, as one snapshot shows it.

        To a peer that is not enabled nothing leaves, but what is queued for it still expires.
        """
        policy = self._policy
        attempt, judge_at = outbox.next_time(tx, self._node)
        if judge_at is not None and judge_at <= times.text(now):
            return _Look(is_due=True)
        # A wait that is longer than any of ours was noted by a clock that ran ahead.
        latest = now + policy.backoff.longest
        not_before = self._not_before if self._not_before <= latest else now
        batch: list[Ready] = []
        if is_enabled and now >= not_before:
            batch = outbox.ready(
                tx,
                self._node,
                now,
                latest=latest,
                limit=1 if self._failures else policy.lines,
                octets=policy.octets,
                alone=self._alone,
            )
        due = [max(attempt, not_before)] if is_enabled and attempt is not None else []
        if judge_at is not None:
            due.append(float(times.parse(judge_at)))
        return _Look(batch=batch, wake_at=min(due, default=float("inf")))

    async def _sleep(self, until: float) -> None:
        with contextlib.suppress(TimeoutError):
            delay = min(max(0.0, until - self._ports.clock()), _LONGEST_SLEEP)
            async with asyncio.timeout(delay):
                await self._wake.wait()

    async def _exchange(self, peer: Peer, batch: list[Ready]) -> None:
        peer = self._as_it_is_now(peer)
        now = self._ports.clock()
        leaving = await self._store.write(partial(leave, batch=batch, terms=self._terms, now=now))
        self._ports.fail_at("send.attempted")
        # Since we looked, somebody may have cancelled or held a part of it.
        batch = [item for item in batch if item.seq in leaving]
        if not batch:
            return
        body = b"\n".join(item.envelope for item in batch) + b"\n"
        asked = self._ports.clock()
        try:
            answer = await self._transport.post_envelopes(peer, body)
        except PinError as error:
            log.error(log.Event.PIN_MISMATCH, peer=self._node, error=error)
            await self._alarm(Alarm.PIN)
            await self._link_failed(None)
            return
        except TransientError as error:
            log.warning(log.Event.LINK_DOWN, peer=self._node, error=error, failures=self._failures)
            await self._link_failed(None)
            return
        self._ports.fail_at("send.answered")
        if answer.status == HTTPStatus.OK:
            await self._receipted(peer, batch, answer, asked)
        elif answer.status in _NOT_TAKEN:
            await self._not_taken(peer, batch)
        else:
            log.warning(log.Event.LINK_DOWN, peer=self._node, status=answer.status)
            await self._link_failed(answer.retry_after)
            if answer.status == HTTPStatus.INTERNAL_SERVER_ERROR and len(batch) == 1:
                # The peer may break on this very message: let another one be the next probe.
                await self._postpone(batch[0], refused=False)

    async def _receipted(
        self, peer: Peer, batch: list[Ready], answer: Answer, asked: float
    ) -> None:
        answered = self._ports.clock()
        at = times.text(answered)
        peer = self._as_it_is_now(peer)
        try:
            receipt = await self._read(peer, answer, at)
        except NotProofError as error:
            await self._not_proof(peer, error)
            return
        if self._failures:
            log.info(log.Event.LINK_UP, peer=self._node, failures=self._failures)
        self._failures, self._not_before = 0, 0.0
        self._exchanges += 1
        exchange = Exchange(
            asked=asked, answered=answered, signed=receipt.at, version=answer.version
        )

        def record(tx: Transaction) -> Settlement:
            peers.set_contact(tx, self._node, at)
            acquaintance.note(tx, self._node, exchange, at=at)
            result = settle(tx, self._node, receipt, batch, terms=self._terms, at=at)
            self._ports.fail_at("send.before-commit")
            return result

        result = await self._store.write(record)
        self._ports.fail_at("send.settled")
        self._changes.ring()
        log.info(log.Event.SENT, peer=self._node, messages=len(result.settled))
        if result.cards:
            await self._on_card()
        await self._follow_up(peer, batch, result)

    def _as_it_is_now(self, peer: Peer) -> Peer:
        """Return the peer with what it may have told us of its keys since we last looked."""
        peer = self._directory.find(self._node) or peer
        if self._card_serial not in (None, peer.keys.serial):
            self._renewed = self._ports.clock()
        self._card_serial = peer.keys.serial
        return peer

    async def _not_proof(self, peer: Peer, error: NotProofError) -> None:
        log.error(log.Event.NOT_PROOF, peer=self._node, error=error)
        # Just after its new card came, the peer may not know yet that we have it, and go on signing
        # by a pair that the card revokes.
        if not 0 <= self._ports.clock() - self._renewed < _RENEWING_SECONDS:
            await self._alarm(Alarm.NOT_PROOF)
            # It may also sign by a pair of a card that has not reached us.
            await self._refresh_card(peer)
        await self._link_failed(None)

    async def _read(self, peer: Peer, answer: Answer, at: str) -> Receipt:
        us = self._us
        return await self._ports.compute(
            lambda: read_receipt(
                answer.body,
                from_=peer.node,
                to=us.node,
                environment=us.environment,
                pairs=partial(peer.valid_pair, at=at),
            )
        )

    async def _follow_up(self, peer: Peer, batch: list[Ready], result: Settlement) -> None:
        """Deal with what the receipt did not settle."""
        self._alone -= result.settled
        if result.reseal:
            await self._refresh_card(peer)
            await self._reseal([item for item in batch if item.seq in result.reseal])
        if unread := [item for item in batch if item.seq in result.unread]:
            await self._not_taken(peer, unread)
        known = result.settled | result.reseal | result.unread
        for item in batch:
            if item.seq not in known:
                await self._postpone(item, refused=False)

    async def _not_taken(self, peer: Peer, batch: list[Ready]) -> None:
        """Answer without proof: a batch goes one by one, a lone envelope waits, then is held."""
        if len(batch) > 1:
            self._alone |= {item.seq for item in batch}
            return
        item = batch[0]
        self._alone.add(item.seq)
        await self._refresh_card(peer)
        await self._postpone(item, refused=True)
        # What is overdue has raised its alarm and is offered to the end, as a proof either way.
        if item.refused + 1 >= _HOLD_AFTER and not item.is_overdue:
            await self._hold(item.seq, item.id, Alarm.HELD)

    async def _hold(self, seq: int, id: str, kind: Alarm) -> None:
        """Keep a message back until a person has looked at it; other threads go on."""
        log.error(log.Event.HELD, peer=self._node, id=id)
        at = times.text(self._ports.clock())

        def record(tx: Transaction) -> None:
            if outbox.set_state(tx, seq, State.HELD):
                alarms.raise_alarm(tx, kind, at=at, peer=self._node, subject=id)
                append(tx, LOCAL, Fact.HELD, at=at, subject=id, reason=kind)

        await self._store.write(record)
        self._alone.discard(seq)
        self._changes.ring()

    async def _postpone(self, item: Ready, *, refused: bool) -> None:
        delay = self._policy.backoff.delay(item.attempts + 1, self._ports.uniform)
        when = self._ports.clock() + delay
        await self._store.write(
            partial(outbox.postpone, seq=item.seq, next_attempt=when, refused=refused)
        )

    async def _reseal(self, batch: list[Ready]) -> None:
        """Seal the same signed text to the peer's newer key; without one, wait and say so."""
        peer = self._directory.find(self._node)
        key = peer.encryption_key(self._ports.clock()) if peer else None
        for item in batch:
            if key is None or key.kid == item.kid:
                await self._postpone(item, refused=True)
                await self._alarm(Alarm.KEY_MISSING, item.id)
                continue
            try:
                await reseal(self._store, item.seq, key, self._ports)
            except CorruptError:
                await self._hold(item.seq, item.id, Alarm.CORRUPT)
                continue
            log.info(log.Event.RESEALED, peer=self._node, id=item.id)

    async def _refresh_card(self, peer: Peer) -> None:
        """Read the peer's card again; a card that does not fit changes nothing."""
        try:
            raw = await self._transport.get_card(peer)
            at = times.text(self._ports.clock())
            changed = await self._store.write(lambda tx: take_card(tx, self._node, raw, at))
        except (TransientError, PeerError) as error:
            log.warning(log.Event.CARD_REFUSED, peer=self._node, error=error)
            return
        if changed:
            log.info(log.Event.CARD_TAKEN, peer=self._node)
        # Even if the card came by itself just now: whoever took it may not have told it yet.
        await self._on_card()

    async def _link_failed(self, asked: float | None) -> None:
        self._failures += 1
        delay = self._policy.backoff.delay(self._failures, self._ports.uniform, asked=asked)
        self._not_before = self._ports.clock() + delay
        failures, when = self._failures, self._not_before
        await self._store.write(
            partial(peers.set_link, node=self._node, failures=failures, next_attempt=when)
        )

    async def _alarm(self, kind: Alarm, subject: str | None = None) -> None:
        at = times.text(self._ports.clock())
        await self._store.write(
            partial(alarms.raise_alarm, kind=kind, at=at, peer=self._node, subject=subject)
        )

    async def _expire(self) -> None:
        """Judge what is past its time, each with what we sign about it."""
        now = self._ports.clock()
        at = times.text(now)
        unreceipted = await self._store.read(
            partial(not_receipted, us=self._us, peer=self._node, at=at)
        )
        texts = await sign_all(list(unreceipted.values()), self._us, self._ports)
        self._ports.fail_at("expire.signed")
        count = await self._store.write(
            partial(
                expire,
                peer=self._node,
                now=at,
                grace=self._policy.grace,
                stated=dict(zip(unreceipted, texts, strict=True)),
                terms=self._terms,
            )
        )
        log.warning(log.Event.EXPIRED, peer=self._node, count=count)
        self._changes.ring()
