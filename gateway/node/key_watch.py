"""Warn before a key of ours, the certificate that is shown or the card comes to its end.

Once at 30 days, once at 7 and once at 1 day before: each is an alarm of its own (`encryption:7`). A
key that has been replaced raises none any more, as the newest one of its kind counts.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Final

from gateway.delivery.own_keys import KeySet
from gateway.delivery.ports import LocalNode, Ports
from gateway.desk.draft import Actor
from gateway.envelope import KeyValidity, times
from gateway.node.rekeying import Rekeying
from gateway.store import Store, Transaction, alarms
from gateway.store.alarms import Alarm

WARN_DAYS: Final = (30, 7, 1)

_DAY: Final = 86_400
# Our clock may be set meanwhile, and a certificate may have ended: look at least this often.
_LONGEST_SLEEP: Final = 3_600.0


def ends(keys: KeySet, *, shown: bytes) -> Mapping[str, str]:
    """Return for each kind when the last key of it ends.

    Args:
        shown: The certificate that peers see now; a newer one helps only once it is shown.
    """
    return {
        "card": keys.card.not_after,
        "message": _last([held for _, held in keys.card.message_pairs]),
        "encryption": _last([held for _, held in keys.card.encryption_keys]),
        "tls": next(each.not_after for each in keys.certificates if each.der == shown),
    }


def _last(held: list[KeyValidity]) -> str:
    """Return the last end of the keys that were not revoked, or of all if all were."""
    alive = [each.not_after for each in held if each.revoked_at is None]
    return max(alive or [each.revoked_at or each.not_after for each in held])


class KeyWatch:
    """Raise the warnings, and finish what a revocation has begun."""

    def __init__(
        self, *, us: LocalNode, store: Store, ports: Ports, rekeying: Rekeying, actor: Actor
    ) -> None:
        self._us = us
        self._store = store
        self._ports = ports
        self._rekeying = rekeying
        self._actor = actor
        self._bell = asyncio.Event()
        self._shown: bytes | None = None
        us.keys.on_change(self._bell.set)

    async def run(self) -> None:
        """Look at each change of the keys and whenever a warning is due, until cancelled."""
        while True:
            self._bell.clear()
            # What was composed while the keys were exchanged may be signed by a revoked pair.
            await self._rekeying.issue_anew(self._actor)
            now = self._ports.clock()
            shown = self._us.keys.certificate(now)
            if self._shown not in (None, shown):
                self._us.keys.tell()
            self._shown = shown
            found = ends(self._us.keys.current, shown=shown)
            await self._store.write(partial(warn, found=found, now=now))
            with suppress(TimeoutError):
                async with asyncio.timeout(_until_next(found, now)):
                    await self._bell.wait()


def warn(tx: Transaction, found: Mapping[str, str], *, now: float) -> None:
    """Raise the warnings that are due, each once for each end; the last one stands for all."""
    for kind, end in found.items():
        due = [days for days in WARN_DAYS if times.parse(end) - days * _DAY <= now]
        if not due:
            continue
        subject, since = f"{kind}:{min(due)}", times.parse(end) - min(due) * _DAY
        if not alarms.was_raised(tx, Alarm.KEY_EXPIRING, subject=subject, since=times.text(since)):
            alarms.raise_alarm(tx, Alarm.KEY_EXPIRING, at=times.text(now), subject=subject)


def _until_next(found: Mapping[str, str], now: float) -> float:
    ahead = [times.parse(end) - days * _DAY - now for end in found.values() for days in WARN_DAYS]
    return min([_LONGEST_SLEEP, *(seconds for seconds in ahead if seconds > 0)])
