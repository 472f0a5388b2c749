"""Publications over the local API: a real desk on a real socket, held to its description."""

import pytest

from gateway.client import AnsweredError
from tests.local_api import blocking, served
from tests.publishing import example, say, states

PLACE = "https://www.ministry.example/list.html"


@pytest.fixture
async def api(tmp_path):
    async with served(tmp_path) as api:
        yield api


async def approved(api, **changes):
    return await say(
        api.pair.kh, "sending-org.approval", example("sending-org.approval", **changes)
    )


async def test_what_waits_is_looked_at_and_published(api):
    sent = await approved(api)
    page = await blocking(api.client.publications, waiting=True, peer="kh/molvt", limit=5)
    assert [item["id"] for item in page["items"]] == [sent["id"]]
    ahead = await blocking(api.client.publication, sent["reference"])
    assert set(ahead["shows"]["so-0045"]) == {"organisation", "licence", "approved_on", "scope"}
    assert (ahead["entries"], ahead["closes"]) == (1, 0)
    done = await blocking(api.client.publish, sent["reference"], place=PLACE)
    assert (done["state"], done["place"]) == ("done", PLACE)
    told = await blocking(api.client.message, done["confirmation"])
    assert (told["type"], told["in_reply_to"]) == ("publication.confirm", sent["id"])
    assert (await blocking(api.client.publications, overdue=True))["items"] == []
    assert (await blocking(api.client.publications))["items"][0]["confirmation"] == told["id"]
    after = await blocking(api.client.publication, sent["reference"])
    assert (after["state"], after["decided_uid"]) == ("done", done["decided_uid"])
    assert (after["shows"], after["hindrance"], after["is_gone"]) == (None, None, False)


async def test_an_unknown_peer_is_told_so(api):
    with pytest.raises(AnsweredError) as caught:
        await blocking(api.client.publications, peer="kh/unknown")
    assert caught.value.document["status"] == 404


async def test_a_refusal_needs_its_reason(api):
    sent = await approved(api)
    with pytest.raises(AnsweredError) as caught:
        await blocking(api.client.keep_closed, sent["id"], code="because", text="No.")
    assert caught.value.document["status"] == 422
    done = await blocking(api.client.keep_closed, sent["id"], code="law", text="A court forbids.")
    assert done["reason"] == {"code": "law"}


async def test_a_request_that_is_made_twice_decides_once(api):
    sent = await approved(api)
    client = api.client
    for _ in range(2):
        view = await blocking(client.publish, sent["id"], place=PLACE, key="k1")
        assert view["state"] == "done"
    await api.node.settled()
    other = await approved(api, entry="so-0046", licence={"number": "TEST-46"})
    why = {"code": "law", "text": "A court forbids."}
    for _ in range(2):
        view = await blocking(client.keep_closed, other["id"], **why, key="k2")
        assert view["state"] == "refused"
    with pytest.raises(AnsweredError) as caught:
        await blocking(client.publish, sent["id"], place=PLACE, key="k3")
    assert caught.value.document["status"] == 409
    assert await states(api.node) == [("published", "done"), ("not-published", "refused")]


@pytest.mark.parametrize("body", [{}, {"place": ""}, {"place": "x" * 501}, {"where": PLACE}])
async def test_without_a_place_or_with_none_that_could_be_one_nothing_happens(api, body):
    sent = await approved(api)
    with pytest.raises(AnsweredError) as caught:
        await blocking(api.client.post, "publications", sent["id"], "publish", body=body)
    document = caught.value.document
    assert (document["status"], document["exit_code"]) == (422, 3)
    assert document["problems"]
    assert await states(api.node) == [("published", "waiting")]


async def test_what_is_not_to_be_made_public_is_told_so(api):
    with pytest.raises(AnsweredError) as caught:
        await blocking(api.client.publication, "01920000-0000-7000-8000-000000000000")
    assert caught.value.document["status"] == 404
