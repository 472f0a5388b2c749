"""How the node is: what readiness and monitoring are told, with reasons and numbers."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from gateway.config import Config
from gateway.delivery.service import Delivery
from gateway.desk import reading
from gateway.envelope import Card, times
from gateway.http.health import Check, Health, Status
from gateway.store import CHECKPOINTS_ARE_SAFE, SQLITE_VERSION, Store

_DAY: Final = 86_400
# Below this share the disk takes nothing new soon; at nothing it takes nothing at all.
_LEAST_FREE: Final = 0.10
_WARN_DAYS: Final = 30
# Link failures in a row after which a peer counts as down.
_DOWN_AFTER: Final = 3
# A queue this old says that something is wrong even if the link looks well.
_OLD_SECONDS: Final = 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class Doctor:
    """Look at the parts of a running node; cheap, and without a lock on the writer."""

    config: Config
    card: Card
    store: Store
    delivery: Delivery
    clock: Callable[[], float]

    async def look(self) -> Health:
        """Return the checks of this moment."""
        now = self.clock()
        checks = [self._store(), self._disk(), _sqlite(), *self._keys(now)]
        if self.store.failure is None:
            facts = await self.store.read(reading.status)
            for peer in facts["peers"]:
                checks += self._peer(peer, now)
            checks.append(_alarms(len(facts["alarms"])))
        return Health(tuple(checks))

    def _store(self) -> Check:
        failure = self.store.failure
        return Check(
            name="store:writes",
            status=Status.PASS if failure is None else Status.FAIL,
            reason="" if failure is None else "the disk failed: mend it, then restart the node",
        )

    def _disk(self) -> Check:
        found = os.statvfs(self.config.paths.data)
        share = found.f_bavail / max(1, found.f_blocks)
        status = Status.PASS if share >= _LEAST_FREE else Status.WARN
        return Check(
            name="store:disk-free",
            status=status if share > 0 else Status.FAIL,
            value=round(100 * share, 1),
            unit="percent",
            reason="" if status is Status.PASS else "make room in the data folder",
        )

    def _keys(self, now: float) -> Iterator[Check]:
        ends = {
            "card": [self.card.not_after],
            "message": [validity.not_after for _, validity in self.card.message_pairs],
            "encryption": [validity.not_after for _, validity in self.card.encryption_keys],
        }
        for name, moments in ends.items():
            days = int((times.parse(max(moments)) - now) // _DAY)
            status = Status.PASS if days > _WARN_DAYS else Status.WARN if days >= 0 else Status.FAIL
            yield Check(
                name=f"keys:{name}-days-left",
                status=status,
                value=days,
                unit="days",
                reason="" if status is Status.PASS else "ends soon: gateway keys list shows which",
            )

    def _peer(self, peer: dict[str, Any], now: float) -> Iterator[Check]:
        name = peer["node"]
        if not peer["enabled"]:
            return
        down = peer["failures"] >= _DOWN_AFTER or name in self.delivery.degraded
        yield Check(
            name=f"peer:{name}:link",
            status=Status.WARN if down else Status.PASS,
            value=peer["failures"],
            unit="failures",
            reason="the peer does not answer; the node goes on trying" if down else "",
            is_vital=False,
        )
        age = 0 if peer["oldest"] is None else max(0, int(now - times.parse(peer["oldest"])))
        troubled = age > _OLD_SECONDS or peer["overdue"] or peer["held"]
        yield Check(
            name=f"peer:{name}:oldest-queued",
            status=Status.WARN if troubled else Status.PASS,
            value=age,
            unit="seconds",
            reason="messages wait, are overdue or held: gateway outbox" if troubled else "",
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
        reason="a person should look: gateway status" if count else "",
        is_vital=False,
    )
