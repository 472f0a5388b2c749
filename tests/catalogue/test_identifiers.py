"""Identifiers: one spelling each, and the same control thread from both ends."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.catalogue import (
    control_thread,
    country_of,
    is_node,
    is_reference,
    is_uuid7,
    reference_text,
    short,
)
from gateway.errors import InvalidError

NODES = st.from_regex(r"[a-z]{2}/[a-z0-9-]{2,32}", fullmatch=True)
ID = "0195c2a4-7b1e-7c3a-9f00-6a5d4c3b2a10"


@pytest.mark.parametrize("text", ["jp/isa", "kh/molvt", "kh/embassy-tokyo", "xx/" + "a" * 32])
def test_a_name_of_the_right_form_is_a_node(text):
    assert is_node(text)
    assert country_of(text) == text[:2]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "jp",
        "jp/",
        "jp/i",
        "JP/ISA",
        "jp/isa ",
        "jp/isa\n",
        "jpn/isa",
        "jp/іsa",
        "jp/" + "a" * 33,
    ],
)
def test_a_name_of_another_form_is_none(text):
    assert not is_node(text)
    with pytest.raises(InvalidError):
        country_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ID.upper(),
        ID + "\n",
        ID.replace("-", ""),
        "{" + ID + "}",
        ID.replace("-7c3a", "-4c3a"),
        ID.replace("-9f00", "-cf00"),
    ],
)
def test_an_id_of_another_version_or_spelling_is_refused(text):
    assert is_uuid7(ID)
    assert not is_uuid7(text)


@given(NODES, NODES)
def test_both_ends_know_the_same_control_thread(a, b):
    thread = control_thread(a, b)
    assert thread == control_thread(b, a)
    assert uuid.UUID(thread).version == 8
    assert uuid.UUID(thread).variant == uuid.RFC_4122
    assert not is_uuid7(thread)


def test_the_control_thread_of_two_nodes_never_changes():
    assert control_thread("jp/isa", "kh/molvt") == "e320b573-3796-8238-8a6e-eac7c19e2795"


def test_three_nodes_have_three_control_threads():
    pairs = [("jp/isa", "kh/molvt"), ("jp/isa", "vn/dolab"), ("kh/molvt", "vn/dolab")]
    assert len({control_thread(*pair) for pair in pairs}) == 3


@given(st.integers(1, 999_999_999), st.integers(2019, 9999))
def test_a_reference_has_one_spelling(number, year):
    text = reference_text("kh", year, number)
    assert is_reference(text)
    country, year_text, number_text = text.split("-")
    assert (country, int(year_text), int(number_text)) == ("KH", year, number)


@pytest.mark.parametrize(
    "parts", [("jp", 2026, 0), ("jp", 2026, 10**9), ("jpn", 2026, 1), ("jp", 99999, 1)]
)
def test_what_the_peer_would_not_take_becomes_no_reference(parts):
    with pytest.raises(InvalidError):
        reference_text(*parts)


@pytest.mark.parametrize(
    "text", ["jp-2026-000123", "JP-2026-123", "JP-2026-0000123", "JP-2026-000123\n", "JP-26-000123"]
)
def test_a_reference_by_another_spelling_is_none(text):
    assert not is_reference(text)


def test_the_short_form_begins_the_id():
    assert ID.startswith(short(ID))
    assert len(short(ID)) == 13
