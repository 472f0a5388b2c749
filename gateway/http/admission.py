"""How much of our memory the requests of peers may hold at once.

Judged before a body is read, so that a hundred peers with the largest allowed batch cost no more
than the budget; whoever finds no room is told to come back (503 with Retry-After).
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from gateway.http.answers import RefusedError


class Admission:
    """Counts the bodies that are being read or worked on, per peer and in bytes."""

    def __init__(self, *, per_peer: int, budget: int) -> None:
        self._per_peer = per_peer
        self._left = budget
        self._running: Counter[str] = Counter()

    @contextmanager
    def hold(self, node: str, size: int) -> Iterator[None]:
        """Reserve room for one body of at most `size` bytes from this peer.

        Raises:
            RefusedError: There is no room now; nothing has been read.
        """
        if self._running[node] >= self._per_peer or size > self._left:
            raise RefusedError(HTTPStatus.SERVICE_UNAVAILABLE)
        self._running[node] += 1
        self._left -= size
        try:
            yield
        finally:
            self._left += size
            self._running[node] -= 1
            if not self._running[node]:
                del self._running[node]
