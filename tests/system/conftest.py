"""Real nodes for each test: made afresh, with ports of their own, and ended whatever happens."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.system.nodes import Pair, Wish, make_pair

Make = Callable[..., Pair]


@pytest.fixture
def make(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Make]:
    """Make pairs of nodes that are not started yet."""
    with ExitStack() as stack:

        def made(**wishes: object) -> Pair:
            # A short name: a socket's path has at most 107 bytes.
            pair = make_pair(tmp_path_factory.mktemp("n"), Wish(**wishes))
            stack.callback(pair.clear)
            return pair

        yield made


@pytest.fixture
def pair(make: Make) -> Pair:
    """Two nodes, not started."""
    return make()


@pytest.fixture
def running(pair: Pair) -> Pair:
    """Two nodes at work."""
    pair.start()
    return pair
