"""Duties over the local API: every answer is of the kind that is stated."""

import pytest

from gateway.desk import Draft
from tests.http.described import validator
from tests.nodes import OFFICER, inquiry, two_nodes

SCHEMAS = "#/components/schemas"


@pytest.fixture
async def pair(tmp_path):
    async with two_nodes(tmp_path) as pair:
        asked = await pair.jp.desk.send(Draft.from_json(inquiry()), OFFICER)
        await pair.jp.settled()
        await pair.kh.desk.fetch(asked["id"], OFFICER)
        await pair.kh.settled()
        yield pair


@pytest.mark.parametrize("everything", [False, True])
async def test_open_and_ended_duties_are_as_they_are_stated(pair, everything):
    for node in (pair.jp, pair.kh):
        page = await node.desk.duties.page(everything=everything)
        assert {each["closed"] is None for each in page["items"]} == (
            {True, False} if everything else {True}
        )
        assert validator(f"{SCHEMAS}/DutyPage").is_valid(page)


async def test_a_report_is_as_it_is_stated(pair):
    report = await pair.jp.desk.duties.report()
    assert report["items"]
    assert validator(f"{SCHEMAS}/DutyReport").is_valid(report)
