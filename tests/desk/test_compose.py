"""What the rules add to a draft by the memorandum it is sent under."""

import copy

import orjson
import pytest

from gateway.desk import Draft
from gateway.envelope import base64url
from tests.nodes import CATALOGUE, OFFICER, facts, three_nodes


@pytest.fixture
async def jp(tmp_path):
    """Japan's node with both its peers, none of which sends anything."""
    async with three_nodes(tmp_path, start=False) as trio:
        yield trio.jp


def measure(to, kind="improvement-order", target="accepting-org", **changes):
    body = copy.deepcopy(CATALOGUE.bodies.example("measure.notice"))
    body["type"], body["target"]["kind"] = kind, target
    return Draft.from_json({"type": "measure.notice", "to": to, "body": body} | changes)


async def sent(node, draft):
    """Return `due` and the marking of a message that was signed."""
    view = await node.desk.send(draft, OFFICER)
    (row,) = await facts(node, "SELECT jws FROM messages WHERE id = ?", view["id"])
    header = orjson.loads(base64url.decode(orjson.loads(row["jws"])["payload"]))
    return header.get("due"), header["marking"]


async def test_an_order_that_has_to_be_published_has_a_day_by_which_it_is_confirmed(jp):
    due, marking = await sent(jp, measure("kh/molvt"))
    # Five working days of Cambodia from Monday 21 September; the 24th is Constitution Day.
    assert due == "2026-09-29T14:13:20Z"
    assert marking["publish"]["rule"] == "required"


@pytest.mark.parametrize(
    ("to", "kind", "target"),
    [
        ("kh/molvt", "registration-cancellation", "support-org"),
        ("kh/molvt", "improvement-order", "support-org"),
        # The other memorandum has nobody publish what Japan tells.
        ("np/moless", "improvement-order", "accepting-org"),
    ],
)
async def test_what_only_may_be_published_awaits_nothing(jp, to, kind, target):
    due, marking = await sent(jp, measure(to, kind, target))
    assert due is None
    assert marking["publish"]["rule"] == "permitted"


async def test_a_day_that_an_officer_names_stays(jp):
    draft = measure("np/moless", due="2026-10-01T00:00:00Z")
    assert (await sent(jp, draft))[0] == "2026-10-01T00:00:00Z"


async def test_a_request_for_return_assistance_may_be_shown_to_the_embassy(jp):
    body = CATALOGUE.bodies.example("return.assistance.request")
    draft = {"type": "return.assistance.request", "to": "kh/molvt", "body": body}
    _, marking = await sent(jp, Draft.from_json(draft))
    assert marking["permitted_recipients"] == ["kh/embassy-tokyo"]
    assert "return-assistance" in marking["purposes"]
