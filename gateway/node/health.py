"""How the node is: what readiness and monitoring are told, with reasons and numbers."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from gateway.config import Config
from gateway.delivery.acquaintance import MOST_SECONDS
from gateway.delivery.service import Delivery
from gateway.envelope import Card, times
from gateway.http.health import Check, Health, Status
from gateway.node.days import days_left
from gateway.node.verifying import Verifying
from gateway.node.workers import Workers
from gateway.store import CHECKPOINTS_ARE_SAFE, SQLITE_VERSION, Store, figures
from gateway.store.figures import Link

# Below this share the disk takes nothing new soon; at nothing it takes nothing at all.
_LEAST_FREE: Final = 0.10
_WARN_DAYS: Final = 30
# Link failures in a row after which a peer counts as down.
_DOWN_AFTER: Final = 3
# A queue this old says that something is wrong even if the link looks well.
_OLD_SECONDS: Final = 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class Doctor:
    """Look at the parts of a running node; cheap, and without a lock on the writer.

    Args:
        card: Our card of this moment.
        certificate: The certificate that we show now, DER.
    """

    config: Config
    card: Callable[[], Card]
    certificate: Callable[[], bytes]
    store: Store
    delivery: Delivery
    workers: Workers
    verifying: Verifying
    clock: Callable[[], float]

    async def look(self) -> Health:
        """Return the checks of this moment."""
        now = self.clock()
        checks = [self._store(), self._disk(), _sqlite(), *self._keys(now), self._evidence()]
        checks += self._workers()
        if self.store.failure is None:
            found = await self.store.read(figures.vital)
            for link in found.links:
                checks += self._peer(link, now)
            checks.append(_alarms(sum(found.alarms.values())))
        return Health(tuple(checks))

    def _store(self) -> Check:
        failure = self.store.failure
        return Check(
            name="store:writes",
            status=Status.PASS if failure is None else Status.FAIL,
            reason="" if failure is None else "the disk failed: mend it, then restart the node",
        )

    def _disk(self) -> Check:
        share = disk_free(self.config)
        status = Status.PASS if share >= _LEAST_FREE else Status.WARN
        return Check(
            name="store:disk-free",
            status=status if share > 0 else Status.FAIL,
            value=round(100 * share, 1),
            unit="percent",
            reason="" if status is Status.PASS else "make room in the data folder",
        )

    def _keys(self, now: float) -> Iterator[Check]:
        for name, days in days_left(self.card(), self.certificate(), now).items():
            status = Status.PASS if days > _WARN_DAYS else Status.WARN if days >= 0 else Status.FAIL
            yield Check(
                name=f"keys:{name}-days-left",
                status=status,
                value=days,
                unit="days",
                reason="" if status is Status.PASS else "ends soon: gateway keys list shows which",
            )

    def _evidence(self) -> Check:
        broken = sorted(self.verifying.broken)
        return Check(
            name="evidence:chains",
            status=Status.FAIL if broken else Status.PASS,
            value=sum(self.verifying.verified.values()),
            unit="records",
            reason=f"broken: {', '.join(broken)}; gateway db check names the place"
            if broken
            else "",
        )

    def _workers(self) -> Iterator[Check]:
        for name in self.workers.names:
            ill = name in self.workers.degraded
            yield Check(
                name=f"worker:{name}",
                status=Status.WARN if ill else Status.PASS,
                reason="it failed and was started again: the log says why" if ill else "",
            )

    def _peer(self, link: Link, now: float) -> Iterator[Check]:
        name = link.node
        if not link.enabled:
            return
        down = link.failures >= _DOWN_AFTER or name in self.delivery.degraded
        yield Check(
            name=f"peer:{name}:link",
            status=Status.WARN if down else Status.PASS,
            value=link.failures,
            unit="failures",
            reason="the peer does not answer; the node goes on trying" if down else "",
            is_vital=False,
        )
        age = 0 if link.oldest is None else max(0, int(now - times.parse(link.oldest)))
        troubled = age > _OLD_SECONDS or link.waiting.keys() & {"overdue", "held"}
        yield Check(
            name=f"peer:{name}:oldest-queued",
            status=Status.WARN if troubled else Status.PASS,
            value=age,
            unit="seconds",
            reason="messages wait, are overdue or held: gateway outbox" if troubled else "",
            is_vital=False,
        )
        if link.clock_offset is not None:
            yield _clock(name, link.clock_offset)


def disk_free(config: Config) -> float:
    """Return the share of the disk under the data folder that is free, 0 to 1."""
    found = os.statvfs(config.paths.data)
    return found.f_bavail / max(1, found.f_blocks)


def _clock(name: str, offset: float) -> Check:
    apart = abs(offset) > MOST_SECONDS
    return Check(
        name=f"peer:{name}:clock",
        status=Status.WARN if apart else Status.PASS,
        value=offset,
        unit="seconds",
        reason="the clocks are too far apart: check the time service of both" if apart else "",
        is_vital=False,
    )


def _sqlite() -> Check:
    note = "" if CHECKPOINTS_ARE_SAFE else "only this process may open the database for writing"
    return Check(name="store:sqlite", status=Status.PASS, value=SQLITE_VERSION, reason=note)


def _alarms(count: int) -> Check:
    return Check(
        name="node:alarms",
        status=Status.WARN if count else Status.PASS,
        value=count,
        unit="alarms",
        reason="a person should look: gateway alarms" if count else "",
        is_vital=False,
    )
