"""An inquiry travels to the other country and its answer comes back."""

from gateway.desk import Draft
from tests.nodes import OFFICER, answer_to, inquiry, two_nodes


async def test_an_inquiry_is_received_handed_over_accepted_and_answered(tmp_path):
    async with two_nodes(tmp_path) as pair:
        sent = await pair.jp.desk.send(Draft.from_json(inquiry()), OFFICER)
        assert sent["state"] == "queued"
        assert sent["reference"] == "JP-2026-000001"
        await pair.jp.desk.wait(sent["id"], "received", 5)
        arrived = (await pair.kh.desk.messages("inbox"))["items"][0]
        assert (arrived["id"], arrived["state"]) == (sent["id"], "received")
        shown = await pair.kh.desk.fetch(arrived["id"], OFFICER)
        assert shown["content"]["body"] == inquiry()["body"]
        await pair.jp.desk.wait(sent["id"], "handed-over", 5)
        await pair.kh.desk.accept(arrived["id"], OFFICER)
        await pair.jp.desk.wait(sent["id"], "accepted", 5)
        await pair.kh.desk.send(Draft.from_json(answer_to(arrived)), OFFICER)
        done = await pair.jp.desk.wait(sent["id"], "answered", 5)
        assert done["state"] == "delivered"
        thread = await pair.jp.desk.thread("JP-2026-000001")
        assert [m["type"] for m in thread["messages"]] == ["inquiry.request", "inquiry.answer"]
        assert thread["state"] == "answered"
