"""A statement is kept as its exact text, or it is none."""

import pytest

from gateway.errors import NotFoundError
from gateway.store import statements
from gateway.store.sealing import CorruptError
from tests.store.tables import PEER, sql

AT = "2026-01-02T00:00:00Z"


def test_a_statement_comes_back_by_its_digest(tx):
    name = statements.keep(tx, PEER, "a text", AT)
    assert name == statements.digest_of("a text")
    assert statements.get(tx, name) == "a text"


def test_the_same_statement_is_kept_once(tx):
    for _ in range(2):
        statements.keep(tx, PEER, "a text", AT)
    assert len(sql(tx, "SELECT * FROM statements")) == 1


def test_what_was_never_stated_is_not_found(tx):
    with pytest.raises(NotFoundError):
        statements.get(tx, "sha-256:x")


def test_a_statement_that_was_changed_on_the_disk_is_none(tx):
    name = statements.keep(tx, PEER, "a text", AT)
    sql(tx, "UPDATE statements SET text = 'another'")
    with pytest.raises(CorruptError):
        statements.get(tx, name)
