"""The senders of a node, as a worker that may be ended and started again."""

from gateway.desk import Draft
from tests.nodes import OFFICER, inquiry, two_nodes


async def test_after_delivery_was_started_again_its_senders_send(tmp_path):
    async with two_nodes(tmp_path) as pair:
        for _ in range(2):
            sent = await pair.jp.desk.send(Draft.from_json(inquiry()), OFFICER)
            await pair.jp.desk.wait(sent["id"], "received", 5)
            await pair.jp.stop()
            await pair.jp.start()
