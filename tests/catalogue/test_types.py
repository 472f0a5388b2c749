"""Types: the table is sound in itself, whichever rows it has."""

import pytest

from gateway.catalogue import (
    TRANSITIONS,
    TYPES,
    WHO,
    Channel,
    Event,
    Priority,
    Role,
    Superseding,
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


@ROWS
def test_what_joins_a_matter_neither_opens_nor_steps_but_may_withdraw(row):
    if row.joins:
        assert (row.channel, row.opens) == (Channel.THREAD, None)
        assert row.event is (Event.WITHDRAW if row.supersedes is Superseding.WITHDRAW else None)
    else:
        assert row.supersedes is None


@ROWS
def test_what_stands_in_a_matter_should_be_opened_and_what_opens_one_be_taken_up(row):
    assert (row.handed_over is not None) == (row.channel is Channel.THREAD)
    assert (row.accepted is not None) == (row.opens is not None)


@ROWS
def test_an_answer_is_owed_to_what_some_type_answers_and_to_nothing_else(row):
    assert bool(row.response) == any(row.name in each.replies_to for each in TYPES.values())


@ROWS
def test_only_what_carries_something_of_its_own_is_corrected_or_withdrawn(row):
    empty = {"withdrawal", "reminder", "status.request"}
    assert row.updatable == (row.channel is Channel.THREAD and row.name not in empty)


@ROWS
def test_the_parts_of_a_type_are_members_of_its_body(row, bodies):
    properties = bodies.schema(row.name)["properties"]
    for pointer in (*row.parts, *row.publish, *(f"/{name}" for name in row.flags)):
        assert pointer.split("/")[1] in properties
    for level in row.parts.values():
        assert level > row.level
    assert not set(row.parts) & set(row.publish)


def test_an_irregularity_serves_5_5_on_both_ways_and_a_revocation_5_4():
    for name, role in (
        ("irregularity.report", Role.ACCEPTING),
        ("investigation.status", Role.SENDING),
        ("investigation.result", Role.SENDING),
    ):
        assert TYPES[name].senders == {role}
        assert clauses_for(TYPES[name], role) == ("5(5)",)
    revocation = TYPES["sending-org.revocation"]
    assert revocation.senders == {Role.SENDING}
    assert clauses_for(revocation, Role.SENDING) == ("5(4)",)


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
