"""Types: the table is sound in itself, whichever rows it has."""

import pytest

from gateway.catalogue import (
    TRANSITIONS,
    TYPES,
    WHO,
    Channel,
    Priority,
    Role,
    clauses_for,
    type_of,
)
from gateway.errors import RefusalCode, UnknownTypeError

ROWS = pytest.mark.parametrize("row", TYPES.values(), ids=TYPES)


@ROWS
def test_a_row_stands_under_its_own_name(row):
    assert TYPES[row.name] is row
    assert type_of(row.name) is row


@ROWS
def test_every_side_that_may_send_a_type_does_so_under_a_clause(row):
    assert row.senders
    for role in row.senders:
        assert clauses_for(row, role)
    for role in set(Role) - row.senders:
        assert clauses_for(row, role) == ()


@ROWS
def test_a_message_lives_no_longer_than_a_signed_header_may_say(row):
    assert 1 <= row.life <= 400


@ROWS
def test_an_answer_is_owed_for_every_priority_or_for_none(row):
    assert set(row.response) in (set(), set(Priority))


@ROWS
def test_who_is_more_urgent_never_waits_longer(row):
    ends = [row.response[priority].end(0) for priority in Priority if row.response]
    assert ends == sorted(ends, reverse=True)


@ROWS
def test_a_reply_names_types_that_exist_and_stand_in_a_thread(row):
    for name in row.replies_to:
        assert TYPES[name].channel is Channel.THREAD


@ROWS
def test_every_event_of_a_type_has_a_place_in_some_table(row):
    events = {row.event, row.part} - {None}
    for event in events:
        assert any(event in who for who in WHO.values())


@ROWS
def test_what_stands_in_the_control_thread_opens_nothing(row):
    if row.channel is Channel.CONTROL:
        assert row.opens is None
        assert not row.response
    if row.opens is not None:
        assert row.opens in TRANSITIONS
        assert row.event is not None


def test_an_inquiry_serves_the_clause_of_whoever_answers_it():
    request, answer = TYPES["inquiry.request"], TYPES["inquiry.answer"]
    assert clauses_for(request, Role.ACCEPTING) == clauses_for(answer, Role.SENDING) == ("5(7)",)
    assert clauses_for(request, Role.SENDING) == clauses_for(answer, Role.ACCEPTING) == ("6(5)",)


@pytest.mark.parametrize("name", ["", "inquiry", "Inquiry.request", "inquiry.request\n", "іnquiry"])
def test_a_type_by_another_spelling_is_unknown(name):
    with pytest.raises(UnknownTypeError) as caught:
        type_of(name)
    assert caught.value.code is RefusalCode.UNKNOWN_TYPE
    assert not name or name not in str(caught.value)


def test_the_table_cannot_be_changed_at_run_time():
    with pytest.raises(TypeError):
        TYPES["ping"] = TYPES["card.update"]
