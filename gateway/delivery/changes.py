"""Tell whoever waits that something was committed; nobody polls."""

import asyncio
import contextlib
from typing import Final

_PAUSE: Final = 1.0


class Changes:
    """A bell that rings at each commit that others may wait for."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake everybody who waits."""
        self._event.set()
        self._event = asyncio.Event()

    def next(self) -> asyncio.Event:
        """Return the event of the next ring; take it before looking, so that none is missed."""
        return self._event


async def wait_for(bell: asyncio.Event, seconds: float) -> None:
    """Wait for a ring, or so long; what rings again and again is looked at once in a second."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await bell.wait()
            # Each commit may have changed what is due; a busy node need not look each time.
            await asyncio.sleep(_PAUSE)
