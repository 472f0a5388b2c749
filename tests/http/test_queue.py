"""Queue and alarms over the local API: a real desk on a real socket, held to its description."""

import pytest

from gateway.client import AnsweredError
from gateway.desk import Draft
from gateway.store import alarms
from gateway.store.alarms import Alarm
from tests.local_api import blocking, served
from tests.nodes import OFFICER, inquiry


@pytest.fixture
async def api(tmp_path):
    """Japan's desk, whose sender does not run."""
    async with served(tmp_path, start=False) as api:
        yield api


async def send(api):
    return await api.node.desk.send(Draft.from_json(inquiry()), OFFICER)


def post(api, *parts):
    return blocking(api.client.post, *parts)


async def test_a_message_is_held_released_cancelled_and_issued_anew(api):
    sent = await send(api)
    for act, state in (("hold", "held"), ("release", "queued"), ("cancel", "cancelled")):
        view = await post(api, "messages", sent["id"], act)
        assert (view["id"], view["state"]) == (sent["id"], state)
    anew = await post(api, "messages", sent["id"], "retry")
    assert (anew["reissue_of"], anew["state"]) == (sent["id"], "queued")


async def test_a_retry_that_makes_a_message_is_told_by_its_status(api):
    sent = await send(api)
    (status, _) = await blocking(raw_post, api, f"messages/{sent['id']}/retry")
    assert status == 200
    await post(api, "messages", sent["id"], "cancel")
    (status, _) = await blocking(raw_post, api, f"messages/{sent['id']}/retry")
    assert status == 201


def raw_post(api, path):
    from tests.http.unix_session import unix_session

    with unix_session(api.socket) as session:
        answer = session.post(f"http://localhost/v1/{path}", json={})
        return answer.status_code, answer.json()


async def test_everything_to_a_peer_is_tried_by_its_name(api):
    await send(api)
    assert await post(api, "peers", "kh/molvt", "retry") == {"peer": "kh/molvt", "messages": 1}
    with pytest.raises(AnsweredError) as caught:
        await post(api, "peers", "vn/dolab", "retry")
    assert caught.value.document["status"] == 404


async def test_too_late_is_a_conflict_with_the_command_that_helps(api):
    await api.node.start()
    sent = await send(api)
    await api.node.settled()
    with pytest.raises(AnsweredError) as caught:
        await post(api, "messages", sent["id"], "cancel")
    document = caught.value.document
    assert (document["status"], document["exit_code"]) == (409, 6)
    assert document["hint"] == f"gateway reply {sent['id']} --type withdrawal"


async def raise_alarms(api, number):
    for count in range(number):
        await api.node.store.write(
            lambda tx, count=count: alarms.raise_alarm(
                tx, Alarm.HELD, at="2026-09-21T14:13:20Z", peer="kh/molvt", subject=f"{count}"
            )
        )


async def test_alarms_are_listed_by_pages_and_dismissed_by_their_number(api):
    await raise_alarms(api, 5)
    first = await blocking(api.client.get, "alarms", limit=3)
    rest = await blocking(api.client.get, "alarms", limit=3, after=first["next"])
    found = [*first["items"], *rest["items"]]
    assert [each["subject"] for each in found] == ["4", "3", "2", "1", "0"]
    assert rest["next"] is None
    gone = await post(api, "alarms", str(found[1]["seq"]), "dismiss")
    assert gone["seen"]
    left = await blocking(api.client.get, "alarms")
    assert [each["subject"] for each in left["items"]] == ["4", "2", "1", "0"]
    known = await blocking(api.client.get, "alarms", all="1")
    assert [each["seen"] is not None for each in known["items"]] == [
        False,
        True,
        False,
        False,
        False,
    ]
    status = await blocking(api.client.get, "status")
    assert [each["subject"] for each in status["alarms"]] == ["4", "2", "1", "0"]


@pytest.mark.parametrize(
    ("number", "status"), [("999", 404), ("x", 400), ("0x1", 400), ("9" * 30, 400)]
)
async def test_what_is_no_alarm_is_told_so(api, number, status):
    with pytest.raises(AnsweredError) as caught:
        await post(api, "alarms", number, "dismiss")
    assert caught.value.document["status"] == status
