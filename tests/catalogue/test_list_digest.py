"""The digest over a list: one text for one set, whoever puts it together."""

import hashlib
import json

from hypothesis import given
from hypothesis import strategies as st

from gateway.catalogue.list_digest import line, said_in, set_digest
from gateway.envelope import base64url
from tests.nodes import CATALOGUE

ENTRY = st.dictionaries(
    st.text(min_size=1, max_size=5),
    st.recursive(
        st.text(max_size=8) | st.booleans() | st.integers(-(2**53), 2**53),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
        ),
        max_leaves=6,
    ),
    max_size=4,
)
ID = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)


@given(st.dictionaries(ID, ENTRY, max_size=5), st.randoms())
def test_the_digest_is_that_of_the_published_text(entries, chance):
    """The text as the protocol tells it, written down once more with the standard library."""
    text = "".join(
        f"{id} {json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(',', ':'))}\n"
        for id, said in sorted(entries.items())
    )
    expected = base64url.encode(hashlib.sha256(text.encode()).digest())
    shuffled = list(entries.items())
    chance.shuffle(shuffled)
    lines = {id: line(id, said) for id, said in shuffled}
    assert set_digest(lines) == f"sha-256:{expected}"


@given(ID, ENTRY)
def test_a_line_says_what_it_was_made_of(id, said):
    assert said_in(line(id, said)) == (id, said)


def test_ids_are_sorted_by_code_points_not_by_the_order_of_a_language():
    entries = {"b-1": {}, "b1": {}, "a": {}}
    text = b"a {}\nb-1 {}\nb1 {}\n"
    expected = base64url.encode(hashlib.sha256(text).digest())
    assert set_digest({id: line(id, said) for id, said in entries.items()}) == f"sha-256:{expected}"


def test_the_examples_of_the_lists_announce_their_own_sets():
    for name in ("sending-org.list", "support-org.list"):
        body = CATALOGUE.bodies.example(name)
        lines = {id: line(id, said) for id, said in body["entries"].items()}
        assert (body["count"], body["set_digest"]) == (len(lines), set_digest(lines))
