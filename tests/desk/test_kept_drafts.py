"""Drafts at the desk: anything may be kept, within bounds, and only its owner sees it."""

import pytest

from gateway.desk import Actor
from gateway.desk.drafts import LARGEST
from gateway.errors import ConflictError, InvalidError, NotFoundError
from tests.nodes import OFFICER, inquiry

OTHER = Actor(uid=1001, name="another")


@pytest.fixture
def drafts(pair):
    return pair.jp.desk.drafts


async def test_a_draft_is_kept_listed_and_deleted(drafts):
    kept = await drafts.put("chan", inquiry(), OFFICER)
    assert kept == {
        "name": "chan",
        "type": "inquiry.request",
        "title": "Inquiry",
        "to": "kh/molvt",
        "updated": kept["updated"],
    }
    assert await drafts.all(OFFICER) == {"items": [kept], "next": None}
    assert await drafts.get("chan", OFFICER) == kept | {"draft": inquiry()}
    assert await drafts.delete("chan", OFFICER) == {"name": "chan", "deleted": True}
    assert (await drafts.all(OFFICER))["items"] == []


UNFINISHED = {
    "nothing yet": {},
    "no type that we know": {"type": "nonsense", "to": 5, "body": []},
    "a body that does not fit": {"type": "inquiry.request", "body": {"questions": {}}},
    "names in Khmer": {"note": "ចាន់ ដារ៉ា", "body": {"ja": "出入国"}},
}


@pytest.mark.parametrize("draft", UNFINISHED.values(), ids=UNFINISHED)
async def test_a_draft_need_not_be_valid_yet(drafts, draft):
    await drafts.put("d", draft, OFFICER)
    assert (await drafts.get("d", OFFICER))["draft"] == draft


async def test_drafts_are_seen_by_nobody_else(drafts):
    await drafts.put("d", inquiry(), OFFICER)
    assert (await drafts.all(OTHER))["items"] == []
    for act in (drafts.get, drafts.delete):
        with pytest.raises(NotFoundError):
            await act("d", OTHER)
    await drafts.put("d", {"note": "mine"}, OTHER)
    assert (await drafts.get("d", OFFICER))["draft"] == inquiry()


@pytest.mark.parametrize(
    "name", ["", ".", "..", "-x", "a/b", "a b", "x" * 65, "チャン", "a\n", "a\x00", "a%2f"]
)
async def test_a_name_that_could_mean_something_else_is_refused(drafts, name):
    with pytest.raises(InvalidError, match="cannot bear that name"):
        await drafts.put(name, {}, OFFICER)
    assert (await drafts.all(OFFICER))["items"] == []


async def test_a_draft_may_be_as_large_as_a_message_and_no_larger(drafts):
    room = LARGEST - len('{"note":""}')
    await drafts.put("d", {"note": "x" * room}, OFFICER)
    with pytest.raises(InvalidError, match="a message may have"):
        await drafts.put("e", {"note": "x" * (room + 1)}, OFFICER)
    assert [each["name"] for each in (await drafts.all(OFFICER))["items"]] == ["d"]


async def test_a_new_draft_does_not_replace_one_of_its_name(drafts):
    await drafts.put("d", {"note": "first"}, OFFICER, is_new=True)
    with pytest.raises(ConflictError):
        await drafts.put("d", {"note": "second"}, OFFICER, is_new=True)
    await drafts.put("d", {"note": "third"}, OFFICER)
    assert (await drafts.get("d", OFFICER))["draft"] == {"note": "third"}
