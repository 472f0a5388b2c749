"""No number is quoted for two matters, however many are sent at once or after a restart."""

import asyncio

from gateway.desk import Draft
from tests.nodes import OFFICER, inquiry, two_nodes


async def references(node, count):
    views = await asyncio.gather(
        *(node.desk.send(Draft.from_json(inquiry()), OFFICER) for _ in range(count))
    )
    return [view["reference"] for view in views]


async def test_matters_opened_at_once_get_numbers_of_their_own(tmp_path):
    async with two_nodes(tmp_path, start=False) as pair:
        found = await references(pair.jp, 20)
    assert sorted(found) == [f"JP-2026-{number:06d}" for number in range(1, 21)]


async def test_after_a_restart_the_numbers_go_on(tmp_path):
    async with two_nodes(tmp_path, start=False) as pair:
        assert await references(pair.jp, 1) == ["JP-2026-000001"]
        await pair.restart(pair.jp)
        assert await references(pair.jp, 1) == ["JP-2026-000002"]


async def test_a_dry_run_takes_no_number(tmp_path):
    async with two_nodes(tmp_path, start=False) as pair:
        await pair.jp.desk.send(Draft.from_json(inquiry()), OFFICER, dry_run=True)
        assert await references(pair.jp, 1) == ["JP-2026-000001"]
