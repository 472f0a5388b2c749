"""Who handles a matter and what is noted about it: kept here, sealed, never sent."""

import pytest

from gateway.errors import ConflictError, InvalidError, NotFoundError
from gateway.store import notes, threads
from gateway.store.notes import Note
from tests.desk.conftest import ask, read
from tests.nodes import OFFICER, changed, facts, rows

SECRET = "The agency in question is Example Manpower; call Ms Sok first."


async def evidence(node, fact):
    """Return the records of a fact as texts."""
    found = await facts(node, "SELECT record FROM evidence WHERE fact = ?", fact)
    return [each["record"] for each in found]


async def test_a_matter_is_assigned_and_the_list_finds_it(pair):
    first, second = await ask(pair), await ask(pair)
    kh = pair.kh.desk
    assert (await kh.thread(first["id"]))["assignee"] is None
    assert (await kh.matters.assign(first["reference"], "dara", OFFICER))["assignee"] == "dara"
    assert [each["thread"] for each in (await kh.threads(assignee="dara"))["items"]] == [
        first["thread"]
    ]
    (message,) = (await kh.messages("inbox", assignee="dara"))["items"]
    assert message["id"] == first["id"]
    assert (await kh.messages("inbox", assignee="sok"))["items"] == []
    assert (await kh.matters.assign(first["id"], None, OFFICER))["assignee"] is None
    assert (await kh.threads(assignee="dara"))["items"] == []
    assert (await kh.thread(second["id"]))["assignee"] is None


async def test_nothing_of_it_reaches_the_other_side_and_the_evidence_names_nobody(pair):
    sent = await ask(pair)
    await pair.kh.settled()
    before, asked = await rows(pair.jp), len(pair.wire.requests)
    await pair.kh.desk.matters.assign(sent["id"], "dara", OFFICER)
    await pair.kh.desk.matters.note(sent["id"], SECRET, OFFICER)
    assert len(pair.wire.requests) == asked
    assert changed(before, await rows(pair.jp)) == set()
    (assigned,) = await evidence(pair.kh, "assigned")
    (noted,) = await evidence(pair.kh, "noted")
    for record in (assigned, noted):
        assert '"uid":1000' in record
        assert sent["thread"] in record
        assert "dara" not in record
        assert "Sok" not in record


async def test_to_assign_what_is_assigned_leaves_no_second_record(pair):
    sent = await ask(pair)
    for _ in range(2):
        await pair.kh.desk.matters.assign(sent["id"], "dara", OFFICER)
    assert len(await evidence(pair.kh, "assigned")) == 1


@pytest.mark.parametrize("name", ["", " dara", "x" * 65, "a\nb", "a\x1b[31m"])
async def test_a_name_that_no_list_could_show_assigns_nothing(pair, name):
    sent = await ask(pair)
    before = await rows(pair.kh)
    with pytest.raises(InvalidError) as caught:
        await pair.kh.desk.matters.assign(sent["id"], name, OFFICER)
    assert caught.value.problems[0].where == "/assignee"
    assert changed(before, await rows(pair.kh)) == set()


async def test_notes_are_read_in_the_order_they_were_written(pair):
    sent = await ask(pair)
    for text in ("first", "second"):
        await pair.kh.desk.matters.note(sent["reference"], text, OFFICER)
        pair.clock.now += 60
    page = await pair.kh.desk.matters.notes(sent["id"])
    assert [(each["text"], each["author"]) for each in page["items"]] == [
        ("first", "officer"),
        ("second", "officer"),
    ]
    assert page["items"][0]["at"] < page["items"][1]["at"]


async def test_a_note_lies_sealed_on_the_disk(pair):
    sent = await ask(pair)
    await pair.kh.desk.matters.note(sent["id"], SECRET, OFFICER)
    for file in pair.kh.store.path.parent.iterdir():
        assert b"Ms Sok" not in file.read_bytes()


async def test_a_note_that_was_moved_to_another_matter_does_not_open_and_the_others_do(pair):
    first, second = await ask(pair), await ask(pair)
    await pair.kh.desk.matters.note(second["id"], "its own", OFFICER)
    await pair.kh.desk.matters.note(first["id"], SECRET, OFFICER)
    await pair.kh.store.write(
        lambda tx: tx._database.execute("UPDATE notes SET thread = ?", (second["thread"],))
    )
    page = await pair.kh.desk.matters.notes(second["id"])
    assert [each["text"] for each in page["items"]] == ["its own", None]


def test_the_text_of_a_note_is_in_no_error_and_no_log():
    note = Note(at="2026-01-01T00:00:00Z", uid=1, author="sok", text=SECRET)
    assert SECRET not in repr(note)


async def test_a_note_that_is_sent_twice_under_one_key_is_kept_once(pair):
    sent = await ask(pair)
    for _ in range(2):
        await pair.kh.desk.matters.note(sent["id"], "once", OFFICER, idempotency_key="k")
    assert len((await pair.kh.desk.matters.notes(sent["id"]))["items"]) == 1
    with pytest.raises(ConflictError):
        await pair.kh.desk.matters.note(sent["id"], "other", OFFICER, idempotency_key="k")
    assert len((await pair.kh.desk.matters.notes(sent["id"]))["items"]) == 1


@pytest.mark.parametrize("text", ["", " \n ", "x" * 4_001])
async def test_a_note_of_nothing_or_too_much_is_refused(pair, text):
    sent = await ask(pair)
    before = await rows(pair.kh)
    with pytest.raises(InvalidError):
        await pair.kh.desk.matters.note(sent["id"], text, OFFICER)
    assert changed(before, await rows(pair.kh)) == set()


async def test_only_the_newest_notes_are_read_of_very_many(pair):
    sent = await ask(pair)

    def fill(tx):
        for number in range(501):
            notes.add(
                *(tx, "jp/isa", sent["thread"]),
                at="2026-01-01T00:00:00Z",
                uid=1,
                author="sok",
                text=str(number),
            )

    await pair.kh.store.write(fill)
    page = await pair.kh.desk.matters.notes(sent["id"])
    assert [each["text"] for each in page["items"]] == [str(number) for number in range(1, 501)]


async def test_what_was_flagged_is_dealt_with_once(pair):
    sent = await read(pair)

    def flag(tx):
        threads.flag(tx, "jp/isa", sent["thread"], "out-of-order", "2026-01-01T00:00:00Z")
        tx._database.execute("UPDATE messages SET attention = 'body-schema'")

    await pair.kh.store.write(flag)
    kh = pair.kh.desk
    assert [each["attention"] for each in (await kh.threads(attention=True))["items"]] == [
        "out-of-order"
    ]
    assert (await kh.matters.attended(sent["id"], OFFICER))["attention"] is None
    assert (await kh.threads(attention=True))["items"] == []
    assert (await kh.message(sent["id"]))["attention"] is None
    (record,) = await evidence(pair.kh, "attended")
    assert '"reason":"out-of-order"' in record
    with pytest.raises(ConflictError, match="nothing"):
        await kh.matters.attended(sent["id"], OFFICER)
    assert len(await evidence(pair.kh, "attended")) == 1


@pytest.mark.parametrize("act", ["assign", "note", "attended"])
async def test_a_control_thread_is_no_matter_that_anybody_handles(pair, act):
    ping = await pair.jp.desk.ping("kh/molvt", OFFICER)
    matters = pair.jp.desk.matters
    before = await rows(pair.jp)
    with pytest.raises(NotFoundError):
        await {
            "assign": lambda: matters.assign(ping["id"], "dara", OFFICER),
            "note": lambda: matters.note(ping["id"], "x", OFFICER),
            "attended": lambda: matters.attended(ping["id"], OFFICER),
        }[act]()
    assert (
        changed(before, await rows(pair.jp)) - {"messages", "outbox", "chains", "evidence"} == set()
    )
