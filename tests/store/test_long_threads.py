"""A matter with more messages than one page shows the newest ones and says that there are more."""

import pytest

from gateway.desk import Draft
from tests.nodes import OFFICER, inquiry, two_nodes
from tests.store.tables import sql

PAGE = 500


def lengthen(thread, number):
    """Return a function that gives a thread `number` further messages, like its first one."""

    def write(tx):
        columns = [row["name"] for row in sql(tx, "PRAGMA table_info(messages)")]
        same = ", ".join(name for name in columns if name not in ("seq", "id"))
        sql(
            tx,
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            f" INSERT INTO messages (id, {same}) SELECT printf('later-%06d', i), {same}"
            " FROM n, messages WHERE thread = ? AND id = thread ORDER BY i",
            number,
            thread,
        )

    return write


@pytest.mark.parametrize(("number", "more"), [(0, False), (PAGE - 1, False), (PAGE, True)])
async def test_a_thread_longer_than_a_page_shows_its_newest_messages_and_says_so(
    tmp_path, number, more
):
    async with two_nodes(tmp_path, start=False) as pair:
        jp = pair.jp
        sent = await jp.desk.send(Draft.from_json(inquiry()), OFFICER)
        if number:
            await jp.store.write(lengthen(sent["thread"], number))
        view = await jp.desk.thread(sent["id"])
        shown = [message["id"] for message in view["messages"]]
        whole = [sent["id"], *(f"later-{i + 1:06}" for i in range(number))]
        assert (shown, view["more"]) == (whole[-PAGE:], more)
        # The rest is in the list of messages.
        ids, after = [], None
        while True:
            page = await jp.desk.messages(thread=sent["thread"], after=after, limit=PAGE)
            ids += [message["id"] for message in page["items"]]
            if (after := page["next"]) is None:
                break
        assert ids == whole[::-1]
