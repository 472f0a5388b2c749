"""What an officer types is signed in one spelling; what a peer sent stays as it was sent."""

import orjson
import pytest

from gateway.desk import Draft
from gateway.errors import InvalidError
from gateway.store import messages
from tests.desk.conftest import read
from tests.nodes import CATALOGUE, OFFICER, facts, inquiry

TYPED = "か\u3099いこく Cafe\u0301 神田, in a name \ufa19田"
SIGNED = "がいこく Café 神田, in a name 神\ufe00田"


def asking(text):
    draft = inquiry(note=text)
    draft["body"]["reason"] = {"en": text}
    draft["body"]["organisations"]["o1"]["identifiers"] = {"jp-rso": "19登2"}
    return draft


async def content_of(node, id):
    """Return the exact text of the content of a message as the node keeps it."""
    (row,) = await facts(node, f"SELECT seq FROM messages WHERE id = '{id}'")
    return await node.store.read(lambda tx: messages.content_of(tx, messages.get(tx, row["seq"])))


async def test_the_texts_and_numbers_of_an_officer_are_signed_in_one_spelling(pair):
    sent = await pair.jp.desk.send(Draft.from_json(asking(TYPED)), OFFICER)
    await pair.jp.desk.wait(sent["id"], "received", 5)
    for node in (pair.jp, pair.kh):
        content = orjson.loads(await content_of(node, sent["id"]))
        assert content["body"]["reason"]["en"] == content["note"] == SIGNED
        identifiers = content["body"]["organisations"]["o1"]["identifiers"]
        assert identifiers == {"jp-rso": "19登-000002"}


async def test_a_draft_is_looked_at_in_the_spelling_in_which_it_would_be_signed(pair):
    draft = Draft.from_json(asking(TYPED))
    assert draft.note == SIGNED
    assert Draft.from_json(asking(SIGNED)) == draft


async def test_the_reason_of_a_refusal_is_signed_in_one_spelling_too(pair):
    sent = await read(pair)
    await pair.kh.desk.decline(sent["id"], "other", TYPED, OFFICER)
    (reply,) = await facts(
        pair.kh, "SELECT id FROM messages WHERE type = 'acknowledgement.declined'"
    )
    content = orjson.loads(await content_of(pair.kh, reply["id"]))
    assert content["body"]["reason"]["text"]["en"] == SIGNED


async def test_the_text_of_a_peer_is_kept_byte_for_byte_in_whatever_form(pair):
    body = CATALOGUE.bodies.example("inquiry.request") | {"reason": {"en": TYPED}}
    # Another system signs what it likes: the draft does not come from JSON here.
    sent = await pair.jp.desk.send(Draft(type="inquiry.request", to="kh/molvt", body=body), OFFICER)
    received = await pair.jp.desk.wait(sent["id"], "received", 5)
    assert received["attention"] is None
    assert await content_of(pair.kh, sent["id"]) == await content_of(pair.jp, sent["id"])
    assert TYPED in await content_of(pair.kh, sent["id"])
    page = await pair.kh.desk.searching.find(["がいこく", "神田"], OFFICER)
    assert [each["matches"] for each in page["items"]] == [["/body/reason/en"]]


@pytest.mark.clause("10")
async def test_english_stands_in_every_text_and_the_other_languages_beside_it_arrive_unchanged(
    pair,
):
    text = {
        "en": "Was this certificate issued by your ministry?",
        "ja": "この登録証明書は貴省が発行したものですか。",
        "km": "តើវិញ្ញាបនបត្រនេះចេញដោយក្រសួងរបស់អ្នកឬ?",
    }
    draft = inquiry()
    draft["body"]["reason"] = text
    sent = await pair.jp.desk.send(Draft.from_json(draft), OFFICER)
    await pair.jp.desk.wait(sent["id"], "received", 5)
    kept = [await content_of(node, sent["id"]) for node in (pair.jp, pair.kh)]
    assert kept[0] == kept[1]
    assert orjson.loads(kept[1])["body"]["reason"] == text
    for words in ("証明", "ក្រសួង", "ministry"):
        page = await pair.kh.desk.searching.find([words], OFFICER)
        assert [each["id"] for each in page["items"]] == [sent["id"]]
    del draft["body"]["reason"]["en"]
    with pytest.raises(InvalidError) as caught:
        await pair.jp.desk.send(Draft.from_json(draft), OFFICER)
    assert [problem.where for problem in caught.value.problems] == ["/reason/en"]
