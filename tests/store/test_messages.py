"""Messages at rest: what was stored is what is read, and confidential content is not readable."""

import sqlite3

import pytest

from gateway.desk.views import message_view
from gateway.errors import ConflictError, NotFoundError
from gateway.store import Store, lists, messages
from gateway.store.messages import Direction, Reached
from gateway.store.sealing import CorruptError, Sealer
from tests.peer import new_id
from tests.store.conftest import new_sealer
from tests.store.tables import behind_the_back, message, sql

CANARY = "CHAN DARA N0012345"
CONTENT = f'{{"salt":"AAAA","body":{{"name":"{CANARY}"}}}}'


async def keep(path, **members):
    """Keep one message, close the store and return the row number."""
    store = await Store(path, new_sealer()).open()
    try:
        return await store.write(lambda tx: message(tx, CONTENT, **members)[0])
    finally:
        await store.close()


async def read(path, function, sealer=None):
    store = await Store(path, sealer or new_sealer()).open()
    try:
        return await store.read(function)
    finally:
        await store.close()


def content_of(seq):
    return lambda tx: messages.content_of(tx, messages.get(tx, seq))


@pytest.mark.parametrize("level", ["public", "confidential", "restricted"])
async def test_content_is_read_back_exactly(path, level):
    seq = await keep(path, level=level)
    assert await read(path, content_of(seq)) == CONTENT


async def test_confidential_content_is_in_no_file_of_the_store(store, path):
    await store.write(lambda tx: message(tx, CONTENT))
    beside = {file.name: CANARY.encode() in file.read_bytes() for file in path.parent.iterdir()}
    assert beside.keys() >= {"gateway.db", "gateway.db-wal"}
    assert not any(beside.values())
    await store.close()
    assert CANARY.encode() not in path.read_bytes()


async def test_public_content_stands_in_clear(path):
    await keep(path, level="public")
    assert CANARY.encode() in path.read_bytes()


async def test_another_store_key_opens_nothing(path):
    seq = await keep(path)
    with pytest.raises(CorruptError, match="does not open"):
        await read(path, content_of(seq), Sealer(b"\1" * 32, bytes))


FLIP = "CAST(substr({0}, 1, 40) || 'X' || substr({0}, 42) AS {1})"


@pytest.mark.parametrize("level", ["public", "confidential"])
async def test_F20_changed_content_is_never_given_out(path, level):
    seq = await keep(path, level=level)
    assert behind_the_back(path, f"UPDATE messages SET content = {FLIP.format('content', 'BLOB')}")
    with pytest.raises(CorruptError):
        await read(path, content_of(seq))


async def test_F20_a_changed_signed_text_is_never_given_out(path):
    seq = await keep(path)
    assert behind_the_back(path, f"UPDATE messages SET jws = {FLIP.format('jws', 'TEXT')}")
    with pytest.raises(CorruptError, match="signed text"):
        await read(path, lambda tx: messages.get(tx, seq))


def test_a_changed_wrapped_key_opens_nothing(tx):
    seq, _ = message(tx, CONTENT)
    sql(tx, "UPDATE messages SET content_key = zeroblob(length(content_key))")
    with pytest.raises(CorruptError):
        content_of(seq)(tx)


def test_content_whose_seal_was_taken_off_is_compared_with_what_was_signed(tx):
    seq, _ = message(tx, CONTENT)
    sql(tx, "UPDATE messages SET content = CAST('another text' AS BLOB), content_key = NULL")
    with pytest.raises(CorruptError, match="changed on the disk"):
        content_of(seq)(tx)


def test_a_sealed_value_moved_to_another_row_does_not_open(tx):
    first, _ = message(tx, CONTENT)
    second, _ = message(tx, CONTENT)
    sql(
        tx,
        "UPDATE messages SET (content, content_key) ="
        " (SELECT content, content_key FROM messages WHERE seq = ?) WHERE seq = ?",
        first,
        second,
    )
    assert content_of(first)(tx) == CONTENT
    with pytest.raises(CorruptError, match="does not open"):
        content_of(second)(tx)


def test_erased_content_is_gone_and_its_header_is_still_there(tx):
    seq, header = message(tx, CONTENT)
    sql(tx, "UPDATE messages SET content = NULL, content_key = NULL")
    with pytest.raises(NotFoundError, match="erased"):
        content_of(seq)(tx)
    assert messages.get(tx, seq)["id"] == header.id


def test_two_messages_of_one_id_cannot_be_kept(tx):
    id = new_id()
    message(tx, id=id)
    with pytest.raises(sqlite3.IntegrityError):
        message(tx, id=id)


def test_a_message_is_found_by_id_by_prefix_and_by_reference(tx):
    seq, header = message(tx)
    for selector in (header.id, header.id[:13], header.id[:8], "JP-2026-000001"):
        assert messages.find(tx, selector) == seq


@pytest.mark.parametrize(
    "selector",
    [
        "",
        "0195c2a",
        "ffffffff",
        "JP-2026-000009",
        "%%%%%%%%",
        "'; DROP TABLE messages; --",
        "~" * 40,
    ],
)
def test_a_selector_that_fits_nothing_is_not_found(tx, selector):
    message(tx)
    with pytest.raises(NotFoundError):
        messages.find(tx, selector)


def test_a_prefix_that_fits_two_messages_is_a_conflict(tx):
    ids = [f"0195c2a4-7b1e-7c3a-9f00-00000000000{n}" for n in (1, 2)]
    for id in ids:
        message(tx, id=id)
    with pytest.raises(ConflictError, match="more than one") as caught:
        messages.find(tx, ids[0][:13])
    assert caught.value.hint == "give more characters"
    assert messages.find(tx, ids[1])


def test_one_reference_used_by_two_peers_is_a_conflict(tx):
    message(tx, peer="kh/molvt")
    message(tx, peer="vn/dolab")
    with pytest.raises(ConflictError, match="more than one") as caught:
        messages.find(tx, "JP-2026-000001")
    assert "give the id" in caught.value.hint


@pytest.mark.parametrize("length", [13, 36])
def test_one_id_used_by_two_peers_is_told_apart_by_reference_not_by_more_characters(tx, length):
    id = new_id()
    message(tx, id=id, peer="kh/molvt", reference="JP-2026-000001")
    seq, _ = message(tx, id=id, peer="vn/dolab", reference="JP-2026-000002")
    with pytest.raises(ConflictError, match="more than one") as caught:
        messages.find(tx, id[:length])
    assert "more characters" not in caught.value.hint
    assert "reference" in caught.value.hint
    assert "--from NODE" in caught.value.hint
    assert messages.find(tx, "JP-2026-000002") == seq


def test_a_reference_leads_to_the_first_message_of_its_thread(tx):
    first, _ = message(tx)
    message(tx, direction=Direction.IN)
    assert messages.find(tx, "JP-2026-000001") == first


def test_a_reference_means_no_very_message_once_its_matter_has_more_than_one(tx):
    first, _ = message(tx)
    assert messages.find_exact(tx, "JP-2026-000001") == first
    answer, _ = message(tx, direction=Direction.IN)
    with pytest.raises(ConflictError, match="a matter of several messages") as caught:
        messages.find_exact(tx, "JP-2026-000001")
    id = messages.get(tx, answer)["id"]
    assert f"{id[:13]} inquiry.request from kh/molvt" in caught.value.hint
    assert messages.find_exact(tx, id) == answer


def test_what_is_shown_of_a_message_is_the_same_from_a_list_and_from_its_row(tx):
    seq, _ = message(tx, CONTENT)
    (listed,) = lists.page(tx, before=None, limit=2)
    assert message_view(messages.shown(tx, seq)) == message_view(listed)
    with pytest.raises(NotFoundError):
        messages.shown(tx, seq + 1)


def test_a_list_does_not_walk_through_large_contents(tx):
    """SQLite reaches a column by following all that stands before it in the row."""
    columns = [row["name"] for row in sql(tx, "PRAGMA table_info(messages)")]
    shown = [row["name"] for row in sql(tx, "PRAGMA table_info(shown_messages)")]
    assert columns[-2:] == ["jws", "content"]
    assert not {"jws", "content"} & set(shown)


def test_the_first_time_of_a_level_stands(tx):
    seq, _ = message(tx)
    for at in ("2026-01-01T00:00:00Z", "2026-02-02T00:00:00Z"):
        messages.reach(tx, seq, Reached.ACCEPTED, at)
    assert messages.get(tx, seq)["accepted"] == "2026-01-01T00:00:00Z"
