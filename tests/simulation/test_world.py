"""The world of the simulation itself: its time jumps, and it notices when nothing can happen."""

import asyncio
import time

import pytest

from tests.simulation.world import StandstillError, play


def test_a_year_of_waiting_takes_no_time():
    async def story():
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.gather(*(asyncio.sleep(days * 86_400) for days in (365, 1, 30)))
        return loop.time() - began

    began = time.monotonic()
    assert play(story) == pytest.approx(365 * 86_400)
    assert time.monotonic() - began < 5


def test_what_is_due_earlier_happens_earlier():
    async def story():
        seen = []

        async def at(seconds):
            await asyncio.sleep(seconds)
            seen.append(seconds)

        await asyncio.gather(*(at(seconds) for seconds in (3.0, 1.0, 2.0)))
        return seen

    assert play(story) == [1.0, 2.0, 3.0]


def test_a_world_in_which_nothing_can_happen_any_more_is_noticed():
    async def story():
        await asyncio.Event().wait()

    with pytest.raises(StandstillError):
        play(story)
