"""Workers: one that fails is started again, and the others do not notice."""

import asyncio

import pytest

from gateway.node import workers
from gateway.node.workers import Named, Workers


class Failing:
    """Fail a number of times, then work."""

    def __init__(self, times):
        self.left = times
        self.works = asyncio.Event()

    async def run(self):
        if self.left:
            self.left -= 1
            raise ZeroDivisionError
        self.works.set()
        await asyncio.Event().wait()


@pytest.fixture
def soon(monkeypatch):
    monkeypatch.setattr(workers, "RESTART_SECONDS", 0.01)


async def test_a_worker_that_fails_is_started_again_and_named(soon):
    bad, good = Failing(2), Failing(0)
    both = Workers([Named("bad", bad), Named("good", good)])
    running = asyncio.create_task(both.run())
    async with asyncio.timeout(5):
        await asyncio.gather(bad.works.wait(), good.works.wait())
    assert both.degraded == {"bad"}
    assert both.names == ("bad", "good")
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_ending_the_workers_ends_each_of_them():
    ended = []

    class Working:
        async def run(self):
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(self)

    both = Workers([Named("one", Working()), Named("two", Working())])
    running = asyncio.create_task(both.run())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert len(ended) == 2
