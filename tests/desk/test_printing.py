"""Paper: decided as printing, handed over like any reading, recorded on its own."""

import pytest

from gateway.desk import reading
from gateway.errors import NotFoundError, PolicyError
from gateway.policy import Action, Denied, Withheld
from tests.desk.conftest import ask, read
from tests.nodes import OFFICER, facts


async def kinds(node, id):
    """Return what the evidence says of a message, in its order."""
    found = await facts(
        node, "SELECT fact FROM evidence WHERE subject = ? ORDER BY chain, position", id
    )
    return [each["fact"] for each in found]


async def test_a_print_gives_content_evidence_and_who_printed(pair):
    sent = await read(pair)
    page = await pair.kh.desk.printing.page(sent["reference"], OFFICER)
    assert page["content"]["body"]["inquiry_type"] == "certification"
    assert page["printed"]["by"] == "officer"
    assert page["content_digest"].startswith("sha-256:")
    facts_named = [(each["chain"], each["fact"]) for each in page["evidence"]]
    assert ("jp/isa", "received") in facts_named
    assert facts_named[-1] == ("local", "printed")
    assert page["evidence"][-1]["at"] == page["printed"]["at"]


async def test_the_first_print_of_a_received_message_hands_it_over(pair):
    sent = await ask(pair)
    page = await pair.kh.desk.printing.page(sent["id"], OFFICER)
    assert page["state"] == "handed-over"
    await pair.jp.desk.wait(sent["id"], "handed-over", 5)
    assert [name for name in await kinds(pair.kh, sent["id"]) if name == "printed"] == ["printed"]


async def test_every_print_is_recorded(pair):
    sent = await read(pair)
    for _ in range(2):
        await pair.kh.desk.printing.page(sent["id"], OFFICER)
    assert (await kinds(pair.kh, sent["id"])).count("printed") == 2


async def test_what_may_be_read_but_not_printed_is_not_handed_over(pair, monkeypatch):
    sent = await ask(pair)
    decide = reading.decide

    def no_paper(request, parties):
        if request.action is not Action.PRINT:
            return decide(request, parties)
        return Withheld(
            action=request.action,
            audience=request.audience,
            message_id=request.subject.message_id,
            header_digest=request.subject.header_digest,
            reason=Denied.CAVEAT_FORBIDS,
        )

    monkeypatch.setattr(reading, "decide", no_paper)
    with pytest.raises(PolicyError, match="caveat-forbids"):
        await pair.kh.desk.printing.page(sent["id"], OFFICER)
    assert (await pair.kh.desk.message(sent["id"]))["state"] == "received"
    assert sorted(await kinds(pair.kh, sent["id"])) == ["received", "release-refused"]


async def test_erased_content_is_not_printed(pair):
    sent = await read(pair)
    await pair.kh.store.write(
        lambda tx: tx._database.execute("UPDATE messages SET content = NULL, content_key = NULL")
    )
    with pytest.raises(NotFoundError, match="erased"):
        await pair.kh.desk.printing.page(sent["id"], OFFICER)
    assert "printed" not in await kinds(pair.kh, sent["id"])
