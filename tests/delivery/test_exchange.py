"""An inquiry travels to the other country and its answer comes back, whoever asks."""

import pytest

from gateway.desk import Draft
from tests.nodes import OFFICER, answer_to, inquiry, two_nodes


@pytest.mark.parametrize(
    ("asks", "reference"),
    [
        pytest.param("jp", "JP-2026-000001", marks=pytest.mark.clause("5(7)"), id="Japan asks"),
        pytest.param("kh", "KH-2026-000001", marks=pytest.mark.clause("6(5)"), id="Cambodia asks"),
    ],
)
async def test_an_inquiry_is_received_handed_over_accepted_and_answered(tmp_path, asks, reference):
    async with two_nodes(tmp_path) as pair:
        asking, asked = (pair.jp, pair.kh) if asks == "jp" else (pair.kh, pair.jp)
        draft = inquiry() | {"to": asked.desk.node}
        sent = await asking.desk.send(Draft.from_json(draft), OFFICER)
        assert sent["state"] == "queued"
        assert sent["reference"] == reference
        await asking.desk.wait(sent["id"], "received", 5)
        arrived = (await asked.desk.messages("inbox"))["items"][0]
        assert (arrived["id"], arrived["state"]) == (sent["id"], "received")
        shown = await asked.desk.fetch(arrived["id"], OFFICER)
        assert shown["content"]["body"] == inquiry()["body"]
        await asking.desk.wait(sent["id"], "handed-over", 5)
        await asked.desk.accept(arrived["id"], OFFICER)
        await asking.desk.wait(sent["id"], "accepted", 5)
        await asked.desk.send(Draft.from_json(answer_to(arrived)), OFFICER)
        done = await asking.desk.wait(sent["id"], "answered", 5)
        assert done["state"] == "delivered"
        thread = await asking.desk.thread(reference)
        assert [m["type"] for m in thread["messages"]] == ["inquiry.request", "inquiry.answer"]
        assert thread["state"] == "answered"
