"""Registers over the local API: every answer as it is described, every fault named."""

import pytest

from gateway.client import AnsweredError
from gateway.desk import Draft
from gateway.errors import ExitCode
from tests.local_api import blocking, served
from tests.nodes import CATALOGUE, OFFICER, changed, rows

ORGS = "sending-orgs"
SINCE, UNTIL = "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"


@pytest.fixture
async def api(tmp_path):
    """Japan's desk after Cambodia's list and the end of an approval that never was."""
    async with served(tmp_path) as api:
        for name in ("sending-org.list", "sending-org.revocation"):
            body = CATALOGUE.bodies.example(name)
            if "entry" in CATALOGUE.bodies.schema(name)["properties"]:
                body["entry"] = "so-0099"
            draft = Draft.from_json({"type": name, "to": "jp/isa", "body": body})
            sent = await api.pair.kh.desk.send(draft, OFFICER)
            await api.pair.kh.desk.wait(sent["id"], "received", 5)
        yield api


async def test_every_question_is_answered_as_it_is_described(api):
    client = api.client
    (summary,) = (await blocking(client.registers))["items"]
    assert (summary["entries"], summary["waiting"]) == (2, 1)
    page = await blocking(client.register, ORGS, find="mekong example", limit=1)
    assert [each["entry"] for each in page["items"]] == ["so-0045"]
    entry = await blocking(client.register_entry, ORGS, "so-0045")
    assert len(entry["history"]) == 1
    opened = await blocking(client.open_entries, ORGS, ["so-0045"], action="export")
    assert opened["items"][0]["private"]["representative"]["name_latin"] == "SOKHA CHANN"
    changes = await blocking(client.register_changes, ORGS, since=SINCE, until=UNTIL)
    assert [each["before"] for each in changes["items"]] == [None, None]
    listed = await blocking(client.listed, ORGS)
    assert list(listed["entries"]) == ["so-0045", "so-0046"]
    (waits,) = (await blocking(client.deferred))["items"]
    decided = await blocking(client.decide, waits["id"], apply=True, reason="Telephoned.")
    assert [each["entry"] for each in decided["entries"]] == ["so-0099"]


@pytest.mark.parametrize(
    ("ask", "code"),
    [
        (lambda client: client.register("nonsense"), ExitCode.USAGE),
        (lambda client: client.register(ORGS, as_of="yesterday"), ExitCode.USAGE),
        (lambda client: client.register(ORGS, limit=501), ExitCode.USAGE),
        (lambda client: client.register(ORGS, peer="vn/dolab"), ExitCode.NOT_FOUND),
        (lambda client: client.register_entry(ORGS, "so-9"), ExitCode.NOT_FOUND),
        (lambda client: client.open_entries(ORGS, []), ExitCode.INVALID),
        (lambda client: client.open_entries(ORGS, ["so-0045"], action="x"), ExitCode.INVALID),
        (lambda client: client.open_entries(ORGS, ["a"] * 501), ExitCode.INVALID),
        (lambda client: client.decide("x" * 8, apply=True, reason=""), ExitCode.INVALID),
        (lambda client: client.decide("x" * 8, apply=True, reason="a"), ExitCode.NOT_FOUND),
    ],
)
async def test_what_cannot_be_asked_is_refused_and_changes_nothing(api, ask, code):
    before = await rows(api.node)
    with pytest.raises(AnsweredError) as caught:
        await blocking(ask, api.client)
    assert caught.value.exit_code is code
    assert changed(before, await rows(api.node)) == set()
