"""What the composition root itself does: putting the cards of the store in force."""

import asyncio

from gateway.delivery.cards import take_card
from gateway.envelope import times
from gateway.node.core import reloading
from tests.nodes import START, two_nodes


class SlowStore:
    """A store whose first answer is seen late, as by a loop that is busy."""

    def __init__(self, store):
        self._store = store
        self.read_once, self.go_on = asyncio.Event(), asyncio.Event()

    async def read(self, function):
        value = await self._store.read(function)
        if not self.read_once.is_set():
            self.read_once.set()
            await self.go_on.wait()
        return value


async def test_a_card_that_was_read_first_is_never_put_in_force_last(tmp_path):
    async with two_nodes(tmp_path, start=False) as pair:
        node = pair.jp
        store = SlowStore(node.store)
        reload = reloading(node.directory, store)
        first = asyncio.create_task(reload())
        await store.read_once.wait()
        raw = pair.kh.keys.renew()
        await node.store.write(lambda tx: take_card(tx, "kh/molvt", raw, times.text(START)))
        second = asyncio.create_task(reload())
        # The second one gets as far as it can while the first has not ended.
        await asyncio.wait({second}, timeout=0.2)
        store.go_on.set()
        await asyncio.gather(first, second)
        assert node.directory.get("kh/molvt").keys.serial == 2
