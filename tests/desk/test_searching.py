"""Searching: what an officer may read, in short looks, without handing anything over."""

import asyncio

import pytest

from gateway.desk import Draft, searching
from gateway.desk.searching import MOST_WORDS
from gateway.envelope import times
from gateway.errors import InvalidError, NotFoundError
from tests.desk.conftest import ask, read
from tests.nodes import OFFICER, START, answer_to, changed, facts, inquiry, rows, two_nodes


def about(text, **changes):
    draft = inquiry(**changes)
    draft["body"]["reason"] = {"en": text}
    return Draft.from_json(draft)


@pytest.fixture
async def jp(tmp_path):
    """Japan's node, alone, with three inquiries in its outbox."""
    async with two_nodes(tmp_path, start=False) as pair:
        for text in ("The red folder.", "The blue folder.", "A red lantern."):
            await pair.jp.desk.send(about(text), OFFICER)
            pair.clock.now += 3600
        await pair.jp.desk.ping("kh/molvt", OFFICER)
        yield pair.jp


async def found(node, *words, **filters):
    page = await node.desk.searching.find(list(words), OFFICER, **filters)
    return [each["matches"] for each in page["items"]]


async def test_a_message_is_found_by_every_word_with_the_places_and_without_the_content(jp):
    page = await jp.desk.searching.find(["RED", "folder"], OFFICER)
    (view,) = page["items"]
    assert view["matches"] == ["/body/reason/en"]
    assert "content" not in view
    assert "folder" not in str(page).lower().replace("/body/reason/en", "")
    assert (page["next"], page["looked_at"], page["withheld"], page["unreadable"]) == (
        None,
        3,
        0,
        0,
    )


async def test_names_numbers_references_and_notes_are_found(jp):
    await jp.desk.send(about("x", note="Tel. 03-1234-5678"), OFFICER)
    assert ["/body/persons/p1/name_latin"] in await found(jp, "chan dara")
    assert len(await found(jp, "rctest00417")) == 4
    assert await found(jp, "0312345678") == [["/note"]]
    reference = (await jp.desk.messages("outbox", type="inquiry.request"))["items"][0]["reference"]
    assert await found(jp, reference.lower()) == [["/reference"]]


async def test_the_newest_comes_first_and_pages_go_on_where_the_last_one_ended(jp):
    whole = await jp.desk.searching.find(["folder"], OFFICER)
    ids, after = [], None
    while True:
        page = await jp.desk.searching.find(["folder"], OFFICER, after=after, limit=1)
        ids += [each["id"] for each in page["items"]]
        if (after := page["next"]) is None:
            break
    assert ids == [each["id"] for each in whole["items"]]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("filters", "number"),
    [
        ({}, 2),
        ({"type": "inquiry.request"}, 2),
        ({"type": "inquiry.answer"}, 0),
        ({"peer": "kh/molvt"}, 2),
        ({"since": times.text(START + 3600)}, 1),
        ({"until": times.text(START + 3600)}, 1),
    ],
)
async def test_a_search_can_be_narrowed(jp, filters, number):
    assert len(await found(jp, "folder", **filters)) == number


async def test_a_search_about_an_unknown_peer_is_no_empty_answer(jp):
    before = await rows(jp)
    with pytest.raises(NotFoundError, match="known: kh/molvt"):
        await jp.desk.searching.find(["folder"], OFFICER, peer="vn/dolab")
    assert changed(before, await rows(jp)) == set()


async def test_what_stands_in_no_matter_is_searched_only_when_its_type_is_named(jp):
    (ping,) = (await jp.desk.messages("outbox", type="ping"))["items"]
    assert await found(jp, ping["id"]) == []
    assert await found(jp, ping["id"], type="ping") == [["/id"]]


async def test_a_search_hands_nothing_over_and_leaves_one_record_without_the_words(pair):
    sent = await ask(pair)
    await pair.jp.settled()
    before = await rows(pair.kh)
    page = await pair.kh.desk.searching.find(["chan", "dara"], OFFICER)
    assert [each["id"] for each in page["items"]] == [sent["id"]]
    assert changed(before, await rows(pair.kh)) == {"evidence", "chains"}
    assert (await pair.kh.desk.message(sent["id"]))["state"] == "received"
    (row,) = await facts(pair.kh, "SELECT record FROM evidence WHERE fact = 'searched'")
    assert '"uid":1000' in row["record"]
    assert '"found":1' in row["record"]
    assert "dara" not in row["record"]


async def test_answers_are_found_on_both_sides(pair):
    sent = await read(pair)
    await pair.kh.desk.send(Draft.from_json(answer_to(sent)), OFFICER)
    await pair.jp.desk.wait(sent["id"], "answered", 5)
    for node in (pair.jp, pair.kh):
        (places,) = await found(node, "No record was found")
        assert all(each.startswith("/body/answers/q") for each in places)


async def test_what_the_marking_withholds_is_not_found_but_counted(jp, monkeypatch):
    from gateway.desk import reading

    real = reading.decide

    def withholding(request, parties):
        from dataclasses import replace

        return real(replace(request, subject=replace(request.subject, marking=None)), parties)

    monkeypatch.setattr(reading, "decide", withholding)
    page = await jp.desk.searching.find(["folder"], OFFICER)
    assert (page["items"], page["withheld"], page["next"]) == ([], 3, None)


async def test_one_row_that_was_changed_on_the_disk_ends_no_search(jp):
    await jp.store.write(
        lambda tx: tx._database.execute(
            "UPDATE messages SET content = x'00' WHERE seq = (SELECT max(seq) - 2 FROM messages)"
        )
    )
    page = await jp.desk.searching.find(["chan"], OFFICER)
    assert (len(page["items"]), page["unreadable"], page["looked_at"]) == (2, 1, 3)


async def test_erased_content_is_not_found(jp):
    await jp.store.write(
        lambda tx: tx._database.execute("UPDATE messages SET content = NULL, content_key = NULL")
    )
    page = await jp.desk.searching.find(["folder"], OFFICER)
    assert (page["items"], page["unreadable"]) == ([], 0)


async def test_a_request_ends_in_time_and_says_where_to_go_on(jp, monkeypatch):
    monkeypatch.setattr(searching, "_ROWS", 1)
    seen, after = [], None
    for _ in range(10):
        page = await jp.desk.searching.find(["folder"], OFFICER, after=after, seconds=0)
        seen += page["items"]
        assert page["looked_at"] <= 1
        if (after := page["next"]) is None:
            break
    assert len(seen) == 2


async def test_large_contents_are_opened_a_few_at_a_time(jp, monkeypatch):
    monkeypatch.setattr(searching, "_OCTETS", 1)
    reads = []
    read = jp.store.read

    async def counted(function):
        reads.append(function)
        return await read(function)

    monkeypatch.setattr(jp.store, "read", counted)
    assert len(await found(jp, "folder")) == 2
    assert len(reads) == 3


async def test_however_many_search_one_reader_of_the_store_stays_free(jp, monkeypatch):
    read, running, most = jp.store.read, 0, 0

    async def counted(function):
        nonlocal running, most
        running += 1
        most = max(most, running)
        try:
            return await read(function)
        finally:
            running -= 1

    monkeypatch.setattr(jp.store, "read", counted)
    searches = [asyncio.create_task(found(jp, "folder")) for _ in range(8)]
    assert [len(await each) for each in searches] == [2] * 8
    assert most == 1


@pytest.mark.parametrize(
    "words", [[], [""], [" "], ["\u200b"], ["x" * 201], ["x"] * (MOST_WORDS + 1)]
)
async def test_nothing_to_look_for_is_refused_and_leaves_no_record(jp, words):
    before = await rows(jp)
    with pytest.raises(InvalidError) as caught:
        await jp.desk.searching.find(words, OFFICER)
    assert caught.value.problems[0].where == "/words"
    assert changed(before, await rows(jp)) == set()
