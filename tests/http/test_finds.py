"""Finds over the local API: a real desk on a real socket, held to its description."""

import pytest

from gateway.catalogue.identifying import Kind
from gateway.client import AnsweredError
from gateway.policy.fingerprints import trace
from gateway.store import fingerprints, origin_hits
from gateway.store.origin_hits import Noted
from tests.local_api import blocking, served
from tests.store.tables import message

AT = "2026-03-31T09:00:00Z"


@pytest.fixture
async def api(tmp_path):
    async with served(tmp_path, start=False) as api:
        yield api


@pytest.fixture
async def find(api):
    """A find in the store, as a refused message leaves it."""

    def keep(tx):
        seq, _ = message(tx)
        known = trace(Kind.DOCUMENT, "N01234567")
        fingerprints.add(tx, [(known, False)], by="kh/molvt", seq=seq, most=1)
        found = Noted(
            mark=fingerprints.mark_of(tx, known.text),
            by="kh/molvt",
            seq=seq,
            kind="document",
            audience="np/moless",
            type="inquiry.request",
            pointer="/a",
        )
        return origin_hits.note(tx, found, uid=1000, at=AT)

    return await api.node.store.write(keep)


async def test_a_find_is_listed_claimed_and_never_approved_by_the_same_account(api, find):
    page = await blocking(api.client.finds)
    assert [item["find"] for item in page["items"]] == [find]
    view = await blocking(api.client.claim_find, find, "In our own register.")
    assert (view["state"], view["reason"]) == ("claimed", "In our own register.")
    with pytest.raises(AnsweredError) as caught:
        await blocking(api.client.approve_find, find)
    assert caught.value.exit_code == 6
    with pytest.raises(AnsweredError) as caught:
        await blocking(api.client.reject_find, find)
    assert caught.value.exit_code == 6


async def test_a_find_that_is_not_there_is_not_found(api):
    with pytest.raises(AnsweredError) as caught:
        await blocking(api.client.claim_find, 999, "In our own register.")
    assert caught.value.exit_code == 4
