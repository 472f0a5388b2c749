"""How long to wait: never longer than the cap, never in step with the other node."""

import random

from hypothesis import given
from hypothesis import strategies as st

from gateway.delivery.retry import Backoff

failures = st.integers(min_value=1, max_value=10**9)
asked = st.none() | st.floats(min_value=0, max_value=1e15)


def least(low, high):
    return low


def most(low, high):
    return high


@given(failures)
def test_the_ceiling_doubles_up_to_the_cap(number):
    expected = min(900.0, 2.0 * 2.0 ** min(number - 1, 40))
    assert Backoff().delay(number, most) == expected
    assert Backoff().delay(number, least) == 0.0


@given(failures, asked, st.integers())
def test_no_wait_is_longer_than_the_cap_and_its_jitter(number, wanted, seed):
    delay = Backoff().delay(number, random.Random(seed).uniform, asked=wanted)
    assert 0.0 <= delay <= 902.0


@given(failures, st.floats(min_value=0, max_value=900))
def test_what_the_peer_asks_for_is_the_least(number, wanted):
    assert Backoff().delay(number, least, asked=wanted) >= wanted


def test_two_nodes_that_lost_each_other_do_not_march_in_step():
    one, two = (random.Random(seed).uniform for seed in (1, 2))
    assert [Backoff().delay(n, one) for n in range(1, 9)] != [
        Backoff().delay(n, two) for n in range(1, 9)
    ]
