"""Verifies the evidence while the node works: all of it at the start and daily, hourly what is new.

A page at a time, and as long a pause as the page took: half of one reader's time at most, and
nobody waits for it.
"""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from gateway import log
from gateway.envelope import times
from gateway.store import Store, Transaction, alarms, evidence
from gateway.store.alarms import Alarm
from gateway.store.evidence import LOCAL, BrokenChainError, Verified

_HOUR: Final = 3600.0
# What was verified once can still be changed on the disk; each 24th time everything is read again.
_WHOLE_EVERY: Final = 24


class Verifying:
    """A worker that knows how far each chain of evidence holds."""

    def __init__(self, *, store: Store, clock: Callable[[], float], every: float = _HOUR) -> None:
        self._store = store
        self._clock = clock
        self._every = every
        self._so_far: dict[str, Verified] = {}
        self._verified: dict[str, int] = {}
        self._broken: dict[str, int] = {}

    @property
    def verified(self) -> Mapping[str, int]:
        """How many records of each chain were found to hold since the start."""
        return dict(self._verified)

    @property
    def broken(self) -> Mapping[str, int]:
        """The first position of each chain that does not hold."""
        return dict(self._broken)

    async def run(self) -> None:
        """Verify until cancelled."""
        while True:
            for turn in range(_WHOLE_EVERY):
                await self.verify(whole=turn == 0)
                await asyncio.sleep(self._every)

    async def verify(self, *, whole: bool) -> None:
        """Look at every chain once, from its start or from where the last look ended."""
        for row in await self._store.read(evidence.chains):
            chain = row["chain"]
            try:
                await self._on(chain, whole=whole)
            except BrokenChainError as error:
                await self._note(error)
            else:
                self._broken.pop(chain, None)
        if whole:
            log.info(log.Event.EVIDENCE_VERIFIED, count=sum(self.verified.values()))

    async def _on(self, chain: str, *, whole: bool) -> None:
        if whole or chain in self._broken:
            self._so_far[chain] = Verified(chain)
        so_far = self._so_far.get(chain, Verified(chain))
        clock, is_whole = asyncio.get_running_loop().time, False
        while not is_whole:
            begun = clock()
            so_far = await self._store.read(partial(evidence.verify_on, so_far=so_far))
            self._so_far[chain], is_whole = so_far, so_far.is_whole
            # While all is read again, what the look before has found still counts.
            self._verified[chain] = max(so_far.size, self._verified.get(chain, 0))
            await asyncio.sleep(clock() - begun)

    async def _note(self, error: BrokenChainError) -> None:
        """Tell of a fault once for each place; health goes on telling."""
        chain, position = error.chain, error.position
        if self._broken.get(chain) == position:
            return
        self._broken[chain] = self._verified[chain] = position
        log.error(log.Event.EVIDENCE_BROKEN, chain=chain, position=position)
        at = times.text(self._clock())

        def record(tx: Transaction) -> None:
            alarms.raise_alarm(
                tx,
                Alarm.EVIDENCE,
                at=at,
                peer=None if chain == LOCAL else chain,
                subject=f"{chain}:{position}",
            )

        await self._store.write(record)
