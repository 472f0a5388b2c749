"""The parts of a node that health and metrics look at, over a real store with something in it."""

import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from gateway import config
from gateway.envelope import read_card, times
from gateway.node.health import Doctor
from gateway.node.metrics import Metrics, Sources
from gateway.node.verifying import Verifying
from gateway.node.workers import Named, Workers
from gateway.store import Store
from tests.nodes import START, Keys
from tests.store.conftest import new_sealer
from tests.store.filled import make

NOW = times.parse("2026-09-21T15:13:20Z")
DAY = 86_400


class Idle:
    """A worker that has nothing to do."""

    async def run(self) -> None:
        raise NotImplementedError


@dataclass
class Watched:
    """The parts, each of which a test may change."""

    store: Store
    keys: Keys
    workers: Workers
    verifying: Verifying
    delivery: Any
    refused: dict[str, Counter[str]]
    settings: config.Config
    now: float = NOW

    @property
    def doctor(self) -> Doctor:
        return Doctor(
            config=self.settings,
            card=lambda: read_card(self.keys.card()),
            certificate=lambda: self.keys.certificate,
            store=self.store,
            delivery=self.delivery,
            workers=self.workers,
            verifying=self.verifying,
            clock=lambda: self.now,
        )

    @property
    def metrics(self) -> Metrics:
        return Metrics(
            Sources(
                config=self.settings,
                version="1.2.3",
                card=lambda: read_card(self.keys.card()),
                certificate=lambda: self.keys.certificate,
                store=self.store,
                workers=self.workers,
                verifying=self.verifying,
                refused=lambda: self.refused,
                clock=lambda: self.now,
            )
        )

    async def run(self, text: str, *values: Any) -> None:
        """Change the store behind the back of everything."""
        await self.store.write(lambda tx: tx._database.execute(text, values).rowcount)


@contextlib.asynccontextmanager
async def watched(folder: Path) -> AsyncIterator[Watched]:
    """Open the parts of a node and close them again."""
    (folder / "data").mkdir()
    (folder / "config.toml").write_text(
        '[node]\nname = "jp/isa"\nenvironment = "test"\n[passphrase]\nfile = "passphrase"\n'
    )
    store = await Store(make(folder / "data" / "gateway.db"), new_sealer()).open()
    try:
        yield Watched(
            store=store,
            keys=Keys("jp/isa"),
            workers=Workers([Named("delivery", Idle()), Named("verifying", Idle())]),
            verifying=Verifying(store=store, clock=lambda: START),
            delivery=SimpleNamespace(degraded=frozenset()),
            refused={"peer": Counter(), "control": Counter(), "admin": Counter()},
            settings=config.load(folder / "config.toml"),
        )
    finally:
        await store.close()
