"""Drafts that are sound in form and still no message of an officer's."""

import pytest

from gateway.desk import Draft
from gateway.errors import InvalidError
from tests.nodes import CATALOGUE, OFFICER, facts, inquiry, two_nodes


@pytest.fixture
async def desk(tmp_path):
    async with two_nodes(tmp_path, start=False) as pair:
        yield pair.jp.desk
        assert await facts(pair.jp, "SELECT 1 FROM messages") == []


async def test_a_card_that_is_not_ours_is_not_sent(desk):
    body = CATALOGUE.bodies.example("card.update")
    with pytest.raises(InvalidError, match="not ours") as caught:
        await desk.send(Draft(type="card.update", to="kh/molvt", body=body), OFFICER)
    assert [problem.where for problem in caught.value.problems] == ["/card"]


def test_attachments_may_be_empty_and_nothing_else():
    assert Draft.from_json(inquiry(attachments=[])).type == "inquiry.request"
    with pytest.raises(InvalidError) as caught:
        Draft.from_json(inquiry(attachments=[{"id": "a1"}]))
    (problem,) = caught.value.problems
    assert (problem.where, "not carried yet" in problem.text) == ("/attachments", True)


@pytest.mark.parametrize(
    ("ask", "where"),
    [
        (lambda desk: desk.messages(type="nonsense"), "type"),
        (lambda desk: desk.messages(state="nonsense"), "state"),
        (lambda desk: desk.messages("nonsense"), "box"),
        (lambda desk: desk.messages("inbox", state="queued"), "state"),
        (lambda desk: desk.messages("outbox", state="accepted"), "state"),
        (lambda desk: desk.messages(after="nonsense"), "after"),
        (lambda desk: desk.threads(state="nonsense"), "state"),
        (lambda desk: desk.threads(after="nonsense"), "after"),
    ],
)
async def test_a_list_asked_with_what_nothing_fits_is_refused_not_empty(desk, ask, where):
    with pytest.raises(InvalidError) as caught:
        await ask(desk)
    assert [problem.where for problem in caught.value.problems] == [where]
