"""Tell whoever waits that something was committed; nobody polls."""

import asyncio


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
