"""Types: the table is sound in itself, whichever rows it has."""

import pytest

from gateway.catalogue import (
    ANSWERING,
    TRANSITIONS,
    TYPES,
    WEEKDAYS,
    WHO,
    Channel,
    Event,
    Priority,
    Role,
    Side,
    Superseding,
    clauses_for,
    sided,
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
    ends = [row.response[priority].end(0, WEEKDAYS) for priority in Priority if row.response]
    assert ends == sorted(ends, reverse=True)


@ROWS
def test_a_reply_names_types_that_exist_and_stand_in_a_thread(row):
    for name in row.replies_to:
        assert TYPES[name].channel is Channel.THREAD


@ROWS
def test_every_event_of_a_type_has_a_place_in_some_table(row):
    for event in row.events:
        said = {sided(event, side) for side in Side} - {None}
        assert any(each in who for each in said for who in WHO.values())


@ROWS
def test_what_the_body_decides_is_a_member_that_the_schema_knows(row, bodies):
    if row.choice is None:
        return
    member = bodies.schema(row.name)["properties"][row.choice.member]
    codes = member.get("enum", [True, False])
    # Where it may be left out, that says the same as false, which is the row's own event.
    is_flag = False in codes and False not in row.choice.events
    assert is_flag or row.choice.member in bodies.schema(row.name)["required"]
    assert set(row.choice.events) < set(codes)


@ROWS
def test_what_speaks_of_its_own_senders_message_may_be_sent_by_that_sender(row):
    if row.of_own:
        assert row.replies_to
        assert all(row.senders & TYPES[name].senders for name in row.replies_to)
    if row.opens is not None:
        assert not row.of_own
    if row.only_own:
        assert not row.replies_to
        assert row.joins


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
def test_what_opens_a_kind_of_matter_is_never_sent_in_the_middle_of_one(row):
    if row.opens is not None:
        assert not row.replies_to
        assert row.event in WHO[row.opens]


@ROWS
def test_what_stands_in_a_matter_should_be_opened_and_what_opens_one_be_taken_up(row):
    # What a node says by itself nobody has to open.
    is_for_people = row.channel is Channel.THREAD and row.name != "consent.status"
    assert (row.handed_over is not None) == is_for_people
    assert (row.accepted is not None) == (row.opens is not None)


@ROWS
def test_an_answer_is_owed_to_what_some_type_of_the_other_side_answers_and_to_nothing_else(row):
    answers = [each for each in TYPES.values() if row.name in each.replies_to and _answers(each)]
    assert bool(row.response) == bool(answers)


def _answers(row):
    """Whether a type gives an answer: in a matter by its step, beside one by being a reply."""
    events = {sided(event, Side.OTHER) for event in row.events}
    return row.joins or bool(events & ANSWERING)


@ROWS
def test_only_what_carries_something_of_its_own_is_corrected_or_withdrawn(row):
    empty = {"withdrawal", "reminder", "status.request"}
    # The next version of a list follows it, consent is for one wording alone, and a day that both
    # sides have agreed to is changed by asking again.
    fixed = {"sending-org.list", "support-org.list", "list.part"}
    fixed |= {"amendment.consent", "extension.answer"}
    # What officers have signed, what ends or denies it, and what a later one of its kind replaces.
    fixed |= {"consent.grant", "consent.offer", "consent.deny", "consent.revoke", "consent.status"}
    fixed |= {"marking.change"}
    assert row.updatable == (row.channel is Channel.THREAD and row.name not in empty | fixed)


@ROWS
def test_the_parts_of_a_type_are_members_of_its_body(row, bodies):
    properties = bodies.schema(row.name)["properties"]
    dates = () if row.public_from is None else (row.public_from,)
    for pointer in (*row.parts, *row.publish, *dates, *(f"/{name}" for name in row.flags)):
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


# Who may say what, by clause: written down a second time.
DIRECTIONS = {
    Role.ACCEPTING: {
        "irregularity.report",
        "dispatch.anomaly",
        "measure.notice",
        "support-org.list",
        "exam.cooperation.request",
        "exam.cooperation.report",
        "suspension.notice",
        "suspension.amend",
        "suspension.lift",
        "return.assistance.request",
    },
    Role.SENDING: {
        "investigation.status",
        "investigation.result",
        "dispatch.explanation",
        "dispatch.statistics",
        "sending-org.approval",
        "sending-org.change",
        "sending-org.list",
        "sending-org.guidance",
        "sending-org.suspension",
        "sending-org.revocation",
        "sending-org.reinstatement",
        "certification.notice",
        "exam.cooperation.response",
        "return.assistance.progress",
        "return.assistance.result",
    },
}


@ROWS
def test_a_type_that_the_memorandum_gives_to_one_side_is_that_sides(row):
    one_sided = {role for role, names in DIRECTIONS.items() if row.name in names}
    assert row.senders == (one_sided or set(Role))


# Which clauses a matter serves, whoever opens it.
SERVED = {
    "consent.request": {"3"},
    "consent.grant": {"3"},
    "consent.offer": {"3"},
    "consent.deny": {"3"},
    "consent.revoke": {"3"},
    "consent.status": {"3"},
    "disclosure.request": {"3"},
    "disclosure.report": {"3"},
    "marking.change": {"3"},
    "contact.update": {"2"},
    "info.share": {"4(1)"},
    "intermediary.report": {"4(1)"},
    "intermediary.update": {"4(1)"},
    "intermediary.result": {"4(1)"},
    "consultation.propose": {"4(2)"},
    "consultation.reply": {"4(2)"},
    "consultation.minutes": {"4(2)"},
    "consultation.action": {"4(2)"},
    "exam.cooperation.request": {"7"},
    "exam.cooperation.response": {"7"},
    "exam.cooperation.report": {"7"},
    "exam.fraud.report": {"7"},
    "exam.fraud.result": {"7"},
    "suspension.notice": {"8"},
    "suspension.amend": {"8"},
    "suspension.lift": {"8"},
    "return.assistance.request": {"8"},
    "return.assistance.progress": {"8"},
    "return.assistance.result": {"8"},
    "review.propose": {"9"},
    "review.findings": {"9"},
    "amendment.propose": {"9"},
    "amendment.consent": {"9"},
    "amendment.effective": {"9"},
}


@pytest.mark.parametrize(("name", "served"), SERVED.items(), ids=SERVED)
def test_a_type_serves_its_clause_from_every_side_that_may_send_it(name, served):
    for role in TYPES[name].senders:
        assert set(clauses_for(TYPES[name], role)) == served


@pytest.mark.parametrize("name", ["", "inquiry", "Inquiry.request", "inquiry.request\n", "іnquiry"])
def test_a_type_by_another_spelling_is_unknown(name):
    with pytest.raises(UnknownTypeError) as caught:
        type_of(name)
    assert caught.value.code is RefusalCode.UNKNOWN_TYPE
    assert not name or name not in str(caught.value)


def test_the_table_cannot_be_changed_at_run_time():
    with pytest.raises(TypeError):
        TYPES["ping"] = TYPES["card.update"]
