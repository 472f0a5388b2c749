"""A line that cuts, stalls or crawls between two nodes: everything arrives, and once."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product

import pytest

from tests.nodes import inquiry
from tests.system.between import Fault, Harm, Proxy, Way
from tests.system.ledger import assert_whole, messages
from tests.system.nodes import QUICK, Pair, Wish, free_port, make_pair

pytestmark = pytest.mark.timeout(60)

# A connection with one inquiry carries some 14,400 bytes there and 6,500 back, of which the first
# two and a half thousand and one and a half thousand are the handshake.
SPOTS = {
    Way.THERE: (0, 1, 400, 1_500, 2_600, 8_000, 14_000),
    Way.BACK: (0, 1, 900, 1_500, 3_000, 6_400),
}
CUTS = [
    Fault(harm, way, after)
    for harm, way in product((Harm.RESET, Harm.END, Harm.HALF), Way)
    for after in SPOTS[way]
]
FAULTS = [
    *CUTS,
    Fault(Harm.STALL, Way.THERE, 8_000),
    Fault(Harm.STALL, Way.BACK, 3_000),
    Fault(Harm.SLOW, Way.THERE),
    Fault(Harm.SLOW, Way.BACK),
]


@dataclass(frozen=True, slots=True)
class Line:
    """Two nodes at work, with a proxy on the way from Japan to Cambodia."""

    pair: Pair
    proxy: Proxy


@pytest.fixture(scope="module")
def line(tmp_path_factory) -> Iterator[Line]:
    """One line for all faults, because each leaves the nodes as if it had not been."""
    port = free_port()
    wish = Wish(settings=QUICK | {"request_timeout_seconds": 1}, via=port)
    pair = make_pair(tmp_path_factory.mktemp("n"), wish)
    with ExitStack() as stack:
        stack.callback(pair.clear)
        pair.start()
        proxy = stack.enter_context(Proxy(port, pair.kh.port))
        yield Line(pair, proxy)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f"{f.harm}-{f.way}-{f.after}")
def test_a_message_survives_the_line_and_arrives_once(line, fault):
    pair, proxy = line.pair, line.proxy
    before = len(messages(pair.kh, "in"))
    proxy.cut()
    proxy.planned.append(fault)
    sent = pair.jp.send(inquiry())
    assert pair.jp.wait(sent["id"], "received")["state"] == "delivered"
    pair.until_settled()
    assert any(fault is done for done in proxy.done), f"the fault did not strike: {proxy.passed}"
    assert len(messages(pair.kh, "in")) == before + 1
    assert_whole(pair)


def test_a_batch_survives_a_line_that_fails_again_and_again(line):
    """Many connections in a row are cut, each a little later than the one before."""
    pair, proxy = line.pair, line.proxy
    faults = [Fault(Harm.RESET, way, after) for way in Way for after in range(500, 6_000, 1_000)]
    proxy.cut()
    proxy.planned.extend(faults)
    sent = [pair.jp.send(inquiry())["id"] for _ in range(8)]
    for id in sent:
        pair.jp.wait(id, "received")
    pair.until_settled()
    proxy.planned.clear()
    assert [row["id"] for row in messages(pair.kh, "in")][-8:] == sent
    assert_whole(pair)
