"""Waiting, listing and the words that say whose turn it is."""

import asyncio

import pytest

from gateway.desk import Draft
from gateway.envelope import times
from gateway.errors import (
    ExitCode,
    InvalidError,
    NotFoundError,
    RefusedByPeerError,
    WaitTimedOutError,
)
from gateway.store import duties, messages, peers
from gateway.store.duties import Act, Outcome
from tests.desk.conftest import ask, read
from tests.nodes import OFFICER, START, answer_to, inquiry, two_nodes

LEVELS = ["received", "handed-over", "accepted", "answered"]


async def test_waiting_ends_when_the_level_is_reached(pair):
    sent = await pair.jp.desk.send(Draft.from_json(inquiry()), OFFICER)
    waiting = [asyncio.create_task(pair.jp.desk.wait(sent["id"], name, 8)) for name in LEVELS]
    await waiting[0]
    await pair.kh.desk.fetch(sent["id"], OFFICER)
    await waiting[1]
    await pair.kh.desk.accept(sent["id"], OFFICER)
    await waiting[2]
    await pair.kh.desk.send(Draft.from_json(answer_to(sent)), OFFICER)
    view = await waiting[3]
    assert all(view["levels"][name] for name in LEVELS)


async def test_an_answer_without_acceptance_ends_all_waiting(pair):
    sent = await read(pair)
    await pair.kh.desk.send(Draft.from_json(answer_to(sent)), OFFICER)
    for name in reversed(LEVELS):
        await pair.jp.desk.wait(sent["id"], name, 5)


@pytest.mark.parametrize("level", ["handed-over", "accepted", "answered"])
async def test_what_is_not_reached_in_time_is_no_failure_yet(pair, level):
    sent = await ask(pair)
    with pytest.raises(WaitTimedOutError) as caught:
        await pair.jp.desk.wait(sent["id"], level, 0.05)
    assert caught.value.exit_code is ExitCode.WAIT_TIMED_OUT
    assert (await pair.jp.desk.message(sent["id"]))["state"] == "delivered"


@pytest.mark.parametrize("level", ["declined", "queued", "", "Received"])
async def test_a_level_that_cannot_be_waited_for_is_invalid(pair, level):
    sent = await ask(pair)
    with pytest.raises(InvalidError):
        await pair.jp.desk.wait(sent["id"], level, 1)


async def test_a_declined_message_ends_the_waiting_for_its_answer(pair):
    sent = await read(pair)
    waiting = asyncio.create_task(pair.jp.desk.wait(sent["id"], "answered", 8))
    await pair.kh.desk.decline(sent["id"], "not-competent", "Please ask elsewhere.", OFFICER)
    with pytest.raises(RefusedByPeerError, match="declined"):
        await waiting
    await pair.jp.desk.wait(sent["id"], "handed-over", 1)


async def test_an_expired_message_ends_the_waiting(tmp_path):
    async with two_nodes(tmp_path, start=False) as pair:
        expires = times.text(START + 60)
        sent = await pair.jp.desk.send(Draft.from_json(inquiry(expires=expires)), OFFICER)
        waiting = asyncio.create_task(pair.jp.desk.wait(sent["id"], "received", 8))
        pair.clock.now += 61
        await pair.jp.start()
        with pytest.raises(RefusedByPeerError, match="expired"):
            await waiting


STATES = {
    "requested": ("kh/molvt is to accept or decline", []),
    "accepted": ("kh/molvt is to answer", ["accept"]),
    "in-progress": ("kh/molvt is to answer the rest", ["accept", "part"]),
    "answered": ("nobody: the matter is closed", ["accept", "answer"]),
    "declined": ("nobody: the matter is closed", ["decline"]),
}


async def act(pair, sent, name):
    kh, draft = pair.kh.desk, answer_to(sent)
    if name == "accept":
        await kh.accept(sent["id"], OFFICER)
    elif name == "decline":
        await kh.decline(sent["id"], "not-competent", "Please ask elsewhere.", OFFICER)
    else:
        draft["body"]["final"] = name == "answer"
        await kh.send(Draft.from_json(draft), OFFICER)


@pytest.mark.parametrize("state", STATES)
async def test_both_sides_see_the_same_state_and_whose_turn_it_is(pair, state):
    words, acts = STATES[state]
    sent = await read(pair)
    for name in acts:
        await act(pair, sent, name)
    await pair.kh.settled()
    await pair.jp.settled()
    for node in (pair.jp, pair.kh):
        view = await node.desk.thread(sent["id"])
        assert (view["state"], view["next"], view["opened_by"]) == (state, words, "jp/isa")
        assert view["reference"] == sent["reference"]


async def test_a_thread_shows_its_messages_oldest_first_without_acknowledgements(pair):
    sent = await read(pair)
    await act(pair, sent, "accept")
    await act(pair, sent, "answer")
    view = await pair.kh.desk.thread(sent["reference"])
    assert [m["type"] for m in view["messages"]] == ["inquiry.request", "inquiry.answer"]
    assert all("content" not in m for m in view["messages"])


async def test_a_control_message_stands_in_no_matter(pair):
    view = await pair.jp.desk.ping("kh/molvt", OFFICER)
    with pytest.raises(NotFoundError, match="control thread"):
        await pair.jp.desk.thread(view["id"])


async def pages(fetch):
    """Return every item of a paged list, and how many pages there were."""
    items, after, number = [], None, 0
    while True:
        page = await fetch(after)
        items += page["items"]
        number += 1
        if (after := page["next"]) is None:
            return items, number


async def test_pages_of_messages_show_each_once_newest_first(tmp_path):
    async with two_nodes(tmp_path, start=False) as pair:
        jp = pair.jp.desk
        sent = [(await jp.send(Draft.from_json(inquiry()), OFFICER))["id"] for _ in range(7)]
        items, number = await pages(lambda after: jp.messages("outbox", after=after, limit=3))
        assert ([item["id"] for item in items], number) == (sent[::-1], 3)
        items, number = await pages(lambda after: jp.messages(after=after, limit=7))
        assert (len(items), number) == (7, 1)


async def test_pages_of_matters_show_each_once_although_all_changed_in_one_second(tmp_path):
    async with two_nodes(tmp_path, start=False) as pair:
        jp = pair.jp.desk
        sent = {(await jp.send(Draft.from_json(inquiry()), OFFICER))["id"] for _ in range(7)}
        await jp.ping("kh/molvt", OFFICER)
        items, number = await pages(lambda after: jp.threads(after=after, limit=3))
        assert ({item["thread"] for item in items}, len(items), number) == (sent, 7, 3)


@pytest.mark.parametrize("after", ["x", "-1", "1e3", "١", "9" * 40, ""])
async def test_a_page_that_no_earlier_page_named_is_invalid(pair, after):
    with pytest.raises(InvalidError):
        await pair.jp.desk.messages("inbox", after=after)


@pytest.mark.parametrize(
    ("filters", "number"),
    [
        ({}, 3),
        ({"type": "inquiry.request"}, 1),
        ({"type": "*"}, 2),
        ({"peer": "kh/molvt"}, 3),
        ({"state": "delivered"}, 2),
        ({"box": "inbox"}, 1),
        ({"box": "outbox"}, 2),
    ],
)
async def test_lists_are_filtered(pair, filters, number):
    await read(pair)
    view = await pair.jp.desk.ping("kh/molvt", OFFICER)
    await pair.jp.desk.wait(view["id"], "received", 5)
    assert len((await pair.jp.desk.messages(**filters))["items"]) == number


async def test_the_status_counts_what_waits_and_names_what_needs_a_person(tmp_path):
    async with two_nodes(tmp_path, start=False) as pair:
        for _ in range(3):
            await pair.jp.desk.send(Draft.from_json(inquiry()), OFFICER)
        status = await pair.jp.desk.status()
        (peer,) = status["peers"]
        assert (peer["node"], peer["waiting"], peer["oldest"]) == (
            "kh/molvt",
            3,
            times.text(START),
        )
        assert status["messages"]["out"] == {"queued": 3}
        assert status["threads"] == {"requested": 3}
        assert (status["node"], status["store"], status["alarms"]) == ("jp/isa", "ok", [])
        assert status["evidence"]["local"] == 3


async def test_what_came_in_and_nobody_has_read_is_listed(pair):
    first, second = await ask(pair), await ask(pair)
    await pair.jp.desk.ping("kh/molvt", OFFICER)
    await pair.kh.desk.fetch(first["id"], OFFICER)
    await pair.jp.settled()
    (unread,) = (await pair.kh.desk.messages("inbox", unread=True))["items"]
    assert unread["id"] == second["id"]
    assert (await pair.kh.desk.messages("inbox", unread=True, type="ping"))["items"] == []
    both = await pair.kh.desk.messages(unread=True, state="received")
    assert [each["id"] for each in both["items"]] == [second["id"]]


async def test_an_inbox_is_listed_by_when_things_arrived_and_an_outbox_by_when_they_were_written(
    tmp_path,
):
    async with two_nodes(tmp_path, start=False) as pair:
        await pair.jp.desk.send(Draft.from_json(inquiry()), OFFICER)
        pair.clock.now += 7200
        await pair.jp.start()
        await pair.jp.settled()
        later = times.text(START + 3600)
        assert len((await pair.kh.desk.messages("inbox", since=later))["items"]) == 1
        assert (await pair.kh.desk.messages("inbox", until=later))["items"] == []
        assert (await pair.jp.desk.messages("outbox", since=later))["items"] == []
        assert len((await pair.jp.desk.messages("outbox", until=later))["items"]) == 1


async def test_a_ping_is_in_the_inbox_of_those_alone_who_ask_for_all(pair):
    await pair.jp.desk.ping("kh/molvt", OFFICER)
    await pair.jp.settled()
    kh = pair.kh.desk
    assert (await kh.messages("inbox", type="*"))["items"] == []
    assert [each["type"] for each in (await kh.messages("inbox"))["items"]] == ["ping"]


NONSENSE = [
    ({"since": "yesterday"}, "since"),
    ({"until": "2026-02-30T00:00:00Z"}, "until"),
    ({"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, "until"),
    ({"since": "2026-01-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, "until"),
    ({"box": "outbox", "unread": True}, "unread"),
    ({"state": "answered", "unread": True}, "unread"),
    ({"state": "nonsense"}, "state"),
    ({"type": "nonsense"}, "type"),
]


@pytest.mark.parametrize(("filters", "where"), NONSENSE)
async def test_a_filter_that_nothing_can_fit_is_an_error_and_no_empty_list(pair, filters, where):
    with pytest.raises(InvalidError) as caught:
        await pair.jp.desk.messages(**filters)
    assert caught.value.problems[0].where == where


async def test_a_message_and_its_matter_say_by_when_the_next_level_is_due(pair):
    sent = await ask(pair)
    due = times.text(START + 86_400)

    def await_it(tx):
        seq = messages.find(tx, sent["id"])
        duties.close(tx, seq, (Act.HANDED_OVER,), Outcome.LAPSED, at=due)
        tx._database.execute("UPDATE duties SET due = ? WHERE act = 'accepted'", (due,))

    await pair.kh.store.write(await_it)
    awaited = {"accepted": due, "answered": sent["due"]}
    assert (await pair.kh.desk.message(sent["id"]))["deadlines"] == awaited
    matter = await pair.kh.desk.thread(sent["id"])
    assert (matter["due"], matter["overdue"]) == (due, False)
    assert matter["next_node"] == "kh/molvt"
    assert matter["messages"][0]["deadlines"] == awaited
    assert (await pair.kh.desk.fetch(sent["id"], OFFICER))["deadlines"] == awaited


@pytest.mark.parametrize("side", ["jp", "kh"])
async def test_the_time_beside_the_next_act_is_that_of_the_act(pair, side):
    sent = await ask(pair)
    node = getattr(pair, side)

    async def told():
        await pair.kh.settled()
        await pair.jp.settled()
        view = await node.desk.thread(sent["id"])
        (listed,) = (await node.desk.threads())["items"]
        assert (listed["next"], listed["due"]) == (view["next"], view["due"])
        return view["next"], view["due"]

    awaited = (await node.desk.message(sent["id"]))["deadlines"]
    assert awaited["handed-over"] < awaited["accepted"] < awaited["answered"]
    assert await told() == ("kh/molvt is to accept or decline", awaited["accepted"])
    await pair.kh.desk.fetch(sent["id"], OFFICER)
    await pair.kh.desk.accept(sent["id"], OFFICER)
    assert await told() == ("kh/molvt is to answer", awaited["answered"])
    await pair.jp.desk.send(
        Draft.from_json(
            {"type": "reminder", "in_reply_to": sent["id"], "body": {"text": {"en": "Please."}}}
        ),
        OFFICER,
    )
    assert await told() == ("kh/molvt is to answer", awaited["answered"])


async def test_where_only_the_reading_is_due_the_matter_says_so(pair):
    sent = await ask(pair)
    await pair.kh.settled()
    read_by = (await pair.kh.desk.message(sent["id"]))["deadlines"]["handed-over"]
    await pair.kh.store.write(
        lambda tx: duties.close(
            tx, messages.find(tx, sent["id"]), (Act.ACCEPTED,), Outcome.LAPSED, at=read_by
        )
    )
    view = await pair.kh.desk.thread(sent["id"])
    assert (view["next"], view["due"]) == ("kh/molvt is to read it", read_by)


@pytest.mark.parametrize("look", ["messages", "threads"])
async def test_an_unknown_peer_is_an_error_that_names_the_known_ones(pair, look):
    with pytest.raises(NotFoundError, match="no peer 'jp/is'; known: kh/molvt"):
        await getattr(pair.jp.desk, look)(peer="jp/is")


async def test_what_comes_in_is_contact_and_is_written_once_a_minute(pair):
    async def last_contact():
        ((peer,)) = (await pair.kh.desk.status())["peers"]
        return peer["last_contact"]

    await ask(pair)
    await pair.kh.store.write(
        lambda tx: tx._database.execute("UPDATE peers SET last_contact = NULL")
    )
    await pair.jp.desk.ping("kh/molvt", OFFICER)
    await pair.jp.settled()
    assert await last_contact() == times.text(START)
    for seconds, at in ((59, START), (2, START + 61)):
        pair.clock.now += seconds
        await pair.jp.desk.ping("kh/molvt", OFFICER)
        await pair.jp.settled()
        assert await last_contact() == times.text(at)


async def test_what_waits_for_a_peer_that_is_down_shows_the_time_of_the_next_try(tmp_path):
    async with two_nodes(tmp_path, start=False) as pair:
        sent = await pair.jp.desk.send(Draft.from_json(inquiry()), OFFICER)
        assert (await pair.jp.desk.message(sent["id"]))["next_attempt"] is None
        await pair.jp.store.write(lambda tx: peers.set_link(tx, "kh/molvt", 3, START + 300))
        assert (await pair.jp.desk.message(sent["id"]))["next_attempt"] == START + 300
