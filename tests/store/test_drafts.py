"""Drafts on the disk: sealed, each its owner's, bounded."""

import pytest

from gateway.errors import ConflictError, NotFoundError
from gateway.store import drafts
from gateway.store.sealing import CorruptError
from tests.store.tables import sql

AT = "2026-11-24T09:00:00Z"


def put(tx, name="one", content=b'{"body":{}}', *, uid=1000, is_new=False):
    drafts.put(
        tx,
        uid=uid,
        name=name,
        content=content,
        at=AT,
        type="ping",
        peer="kh/molvt",
        is_new=is_new,
    )


def test_a_draft_comes_back_as_it_was_kept(tx):
    put(tx, content='{"note": "ចាន់"}'.encode())
    row, content = drafts.get(tx, uid=1000, name="one")
    assert content == '{"note": "ចាន់"}'.encode()
    assert (row["type"], row["peer"], row["updated"]) == ("ping", "kh/molvt", AT)


def test_what_a_draft_says_stands_nowhere_in_the_clear(tx):
    put(tx, content=b'{"note":"CHAN DARA"}')
    (row,) = sql(tx, "SELECT * FROM drafts")
    assert not any(b"CHAN" in bytes(str(value), "utf-8") for value in tuple(row))
    assert b"CHAN" not in row["content"]


def test_a_draft_moved_to_another_owner_does_not_open(tx):
    put(tx)
    sql(tx, "UPDATE drafts SET uid = 1001")
    with pytest.raises(CorruptError):
        drafts.get(tx, uid=1001, name="one")


def test_a_draft_is_nobody_elses(tx):
    put(tx)
    with pytest.raises(NotFoundError):
        drafts.get(tx, uid=1001, name="one")
    with pytest.raises(NotFoundError):
        drafts.delete(tx, uid=1001, name="one")
    assert drafts.all_of(tx, 1001) == []


def test_a_draft_kept_again_takes_the_place_of_the_first_under_a_new_key(tx):
    put(tx)
    (before,) = sql(tx, "SELECT content_key FROM drafts")
    put(tx, content=b'{"body":{"a":"b"}}')
    ((after,), (count,)) = (
        sql(tx, "SELECT content_key FROM drafts"),
        sql(tx, "SELECT count(*) FROM drafts"),
    )
    assert drafts.get(tx, uid=1000, name="one")[1] == b'{"body":{"a":"b"}}'
    assert before["content_key"] != after["content_key"]
    assert count[0] == 1


def test_a_new_draft_never_takes_the_place_of_another(tx):
    put(tx)
    with pytest.raises(ConflictError, match="a draft one already"):
        put(tx, content=b"{}", is_new=True)
    assert drafts.get(tx, uid=1000, name="one")[1] == b'{"body":{}}'


def test_one_person_keeps_200_drafts_and_no_more(tx):
    for number in range(drafts.MOST):
        put(tx, f"n{number}")
    with pytest.raises(ConflictError, match="200 drafts already"):
        put(tx, "one-more")
    put(tx, "n7", b'{"body":{"a":"b"}}')
    put(tx, "another-person", uid=1001)
    assert len(drafts.all_of(tx, 1000)) == drafts.MOST


def test_drafts_are_listed_by_name(tx):
    for name in ("b", "c", "a"):
        put(tx, name)
    assert [row["name"] for row in drafts.all_of(tx, 1000)] == ["a", "b", "c"]


def test_a_deleted_draft_is_gone(tx):
    put(tx)
    drafts.delete(tx, uid=1000, name="one")
    assert drafts.all_of(tx, 1000) == []
    with pytest.raises(NotFoundError, match="no draft one"):
        drafts.delete(tx, uid=1000, name="one")
