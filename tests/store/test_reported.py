"""What a peer tells of itself is kept, and written only when it says something new."""

import pytest

from gateway.errors import NotFoundError
from gateway.store import reported
from gateway.store.reported import Reported
from tests.store.filled import everything
from tests.store.tables import PEER, sql


@pytest.fixture
def filled(tx):
    everything(tx)
    return tx


def kept(tx):
    return reported.get(tx, PEER)


def test_nothing_is_known_of_a_peer_that_never_answered(filled):
    assert kept(filled) == Reported(version=None, clock_offset=None)


def test_what_is_told_is_kept_and_what_was_before_is_returned(filled):
    first = Reported(version="0.3.0", clock_offset=-4.0)
    assert reported.note(filled, PEER, first) == Reported()
    assert kept(filled) == first
    assert reported.note(filled, PEER, Reported(version="0.4.0", clock_offset=9.0)) == first
    assert kept(filled) == Reported(version="0.4.0", clock_offset=9.0)


def test_what_is_left_out_stays(filled):
    reported.note(filled, PEER, Reported(version="0.3.0", clock_offset=-4.0))
    reported.note(filled, PEER, Reported(version=None, clock_offset=8.0))
    assert kept(filled) == Reported(version="0.3.0", clock_offset=8.0)
    reported.note(filled, PEER, Reported(version="0.4.0", clock_offset=None))
    assert kept(filled) == Reported(version="0.4.0", clock_offset=8.0)


def test_the_row_is_not_written_for_less_than_a_second(filled):
    reported.note(filled, PEER, Reported(version="0.3.0", clock_offset=4.0))
    before = filled._database.total_changes
    reported.note(filled, PEER, Reported(version="0.3.0", clock_offset=4.9))
    assert filled._database.total_changes == before
    assert kept(filled).clock_offset == 4.0
    reported.note(filled, PEER, Reported(version="0.3.0", clock_offset=5.0))
    assert kept(filled).clock_offset == 5.0


def test_other_peers_are_not_touched_and_an_unknown_one_is_told(filled):
    reported.note(filled, PEER, Reported(version="0.3.0"))
    assert len(sql(filled, "SELECT 1 FROM peers WHERE version IS NOT NULL")) == 1
    with pytest.raises(NotFoundError):
        reported.note(filled, "vn/dolab", Reported(version="0.3.0"))
