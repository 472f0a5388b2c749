"""What follows when an originator marks a message of its own anew."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.catalogue import Level, Register
from gateway.delivery.subjects import subject_of
from gateway.desk import Draft
from gateway.desk.marking import Wanted
from gateway.envelope import base64url, digest, times
from gateway.errors import ConflictError, InvalidError, PolicyError
from gateway.policy import Denied
from gateway.store import Transaction, markings, messages, registers
from tests.nodes import (
    OFFICER,
    START,
    Node,
    Pair,
    alarms,
    changed,
    facts,
    inquiry,
    rows,
    two_nodes,
)
from tests.publishing import OPERATOR, example, say, shown, states
from tests.registering import standing

PLACE = "https://www.ministry.example/list.html"
CLOSER = Wanted(level=Level.RESTRICTED, caveats=("no-judicial",), reason="tightened")
OPEN = Wanted(level=Level.PUBLIC, no_caveats=("personal-data",), reason="mistake")


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    async with two_nodes(tmp_path) as pair:
        yield pair


def asked() -> dict[str, Any]:
    return inquiry("jp/isa")["body"]


async def mark(node: Node, view: dict[str, Any], wanted: Wanted) -> dict[str, Any]:
    """Mark a message anew, and see that the other side has heard of it."""
    sent = await node.desk.marking.mark(view["id"], wanted, OFFICER)
    done = await node.desk.wait(sent["id"], "received", 20)
    node.clock.now += 60
    return done


async def levels(node: Node, id: str) -> tuple[str, list[str]]:
    view = await node.desk.message(id)
    return view["marking"], view["caveats"]


async def subject(node: Node, id: str) -> Any:
    return await node.store.read(lambda tx: subject_of(tx, messages.get(tx, messages.find(tx, id))))


async def test_a_marking_holds_on_both_sides_from_the_moment_it_arrives(pair):
    view = await say(pair.kh, "inquiry.request", asked())
    change = await mark(pair.kh, view, CLOSER)
    for node in (pair.kh, pair.jp):
        level, caveats = await levels(node, view["id"])
        assert level == "restricted"
        assert "no-judicial" in caveats
        found = await subject(node, view["id"])
        assert (found.marking["level"], found.standing) == ("restricted", None)
        history = await node.desk.marking.history(view["id"])
        assert [each["level"] for each in history["markings"]] == ["confidential", "restricted"]
        assert history["markings"][1]["by"] == change["id"]
        assert history["markings"][1]["reason"] == "tightened"
    assert await alarms(pair.jp) == ["marking-tightened"]
    assert await alarms(pair.kh) == []


async def test_nobody_marks_a_message_of_the_other_side(pair):
    view = await say(pair.kh, "inquiry.request", asked())
    before = await rows(pair.jp)
    with pytest.raises(PolicyError, match="kh/molvt has marked it"):
        await pair.jp.desk.marking.mark(view["id"], OPEN, OFFICER)
    found = await pair.jp.desk.marking.history(view["id"])
    body = {
        "of": {"id": view["id"], "header_digest": view["header_digest"]},
        "marking": (await subject(pair.jp, view["id"])).marking | {"level": "public"},
        "reason": "mistake",
    }
    draft = {"type": "marking.change", "in_reply_to": view["id"], "body": body}
    with pytest.raises(PolicyError):
        await pair.jp.desk.send(Draft.from_json(draft), OFFICER)
    assert not changed(before, await rows(pair.jp))
    assert [each["level"] for each in found["markings"]] == ["confidential"]


WRONG = {
    "nothing that changes": (
        Wanted(level=Level.CONFIDENTIAL, reason="mistake"),
        "marked so already",
    ),
    "a reason that says otherwise": (Wanted(level=Level.PUBLIC, reason="tightened"), "does not do"),
    "a loosening that is none": (Wanted(level=Level.RESTRICTED, reason="loosened"), "does not do"),
    "a recipient that is none": (Wanted(permit=("Osaka",), reason="mistake"), "no marking"),
}


@pytest.mark.parametrize(("wanted", "words"), WRONG.values(), ids=WRONG.keys())
async def test_a_marking_that_says_nothing_or_another_thing_is_not_sent(pair, wanted, words):
    view = await say(pair.kh, "inquiry.request", asked())
    before = await rows(pair.kh)
    with pytest.raises(InvalidError, match=words):
        await pair.kh.desk.marking.mark(view["id"], wanted, OFFICER)
    assert not changed(before, await rows(pair.kh))


UNKNOWN = {
    "a name": ("Osaka Labour Bureau", "it may be jp/labour-bureau-osaka"),
    "an id of nobody": ("jp/nobody-there", "is not the id of an organisation"),
}


@pytest.mark.parametrize(("permitted", "words"), UNKNOWN.values(), ids=UNKNOWN.keys())
async def test_only_an_organisation_of_the_registry_is_permitted(pair, permitted, words):
    view = await say(pair.kh, "inquiry.request", asked())
    before = await rows(pair.kh)
    wanted = Wanted(permit=("jp/npa", permitted), reason="loosened")
    with pytest.raises(InvalidError) as raised:
        await pair.kh.desk.marking.mark(view["id"], wanted, OFFICER, dry_run=True)
    (problem,) = raised.value.problems
    assert problem.where == "/permit"
    assert words in problem.text
    assert not changed(before, await rows(pair.kh))


async def test_a_dry_run_compares_the_markings_and_says_whether_anything_opens(pair):
    view = await say(pair.kh, "inquiry.request", asked())
    before = await rows(pair.kh)
    for wanted, level, opens in ((CLOSER, "restricted", False), (OPEN, "public", True)):
        dry = await pair.kh.desk.marking.mark(view["id"], wanted, OFFICER, dry_run=True)
        assert (dry["before"]["level"], dry["after"]["level"]) == ("confidential", level)
        assert dry["opens"] is opens
    assert not changed(before, await rows(pair.kh))


async def test_a_matter_of_several_messages_is_not_marked_by_its_reference(pair):
    view = await say(pair.kh, "inquiry.request", asked())
    await mark(pair.kh, view, CLOSER)
    with pytest.raises(ConflictError, match="a matter of several messages") as raised:
        await pair.kh.desk.marking.mark(view["reference"], OPEN, OFFICER)
    assert view["id"][:13] in raised.value.hint


async def forge(pair: Pair, view: dict[str, Any], **changes: Any) -> Any:
    """Return the draft of a marking that the desk would not have written."""
    found = await subject(pair.kh, view["id"])
    of = {"id": view["id"], "header_digest": view["header_digest"]} | changes.pop("of", {})
    marking = found.marking | {"level": "restricted"} | changes
    body = {"of": of, "marking": marking, "reason": "tightened"}
    return Draft.from_json({"type": "marking.change", "in_reply_to": view["id"], "body": body})


FORGED = {
    "another header": {"of": {"header_digest": f"sha-256:{'A' * 43}"}},
    "another message": {"of": {"id": "0195c2a4-7b1e-7c3a-9f00-6a5d4c3b2a10"}},
    "the other side as originator": {"originator": "jp/isa"},
    "a part that names nothing": {"granular": [{"pointer": "/nowhere", "level": "restricted"}]},
}


@pytest.mark.parametrize("changes", FORGED.values(), ids=FORGED.keys())
async def test_a_marking_of_what_is_not_there_stays_here(pair, changes):
    view = await say(pair.kh, "inquiry.request", asked())
    before = await rows(pair.kh)
    with pytest.raises((InvalidError, PolicyError)):
        await pair.kh.desk.send(await forge(pair, view, **changes), OFFICER)
    assert not changed(before, await rows(pair.kh))


async def test_the_newest_marking_counts_whichever_way_two_of_them_arrive(pair):
    view = await say(pair.kh, "inquiry.request", asked())
    first = await mark(pair.kh, view, CLOSER)
    second = await mark(pair.kh, view, Wanted(level=Level.CONFIDENTIAL, reason="loosened"))
    assert (await levels(pair.jp, view["id"]))[0] == "confidential"

    def the_other_way(tx: Transaction) -> None:
        target, *by = (messages.find(tx, each["id"]) for each in (view, second, first))
        for seq in by:
            markings.forget(tx, target, by=seq, at=times.text(START))
        for seq in by:
            markings.note(tx, target, by=seq, at=times.text(START))

    await pair.jp.store.write(the_other_way)
    assert (await subject(pair.jp, view["id"])).marking["level"] == "confidential"


async def test_a_marking_that_never_arrived_counts_no_more(pair):
    view = await say(pair.kh, "inquiry.request", asked())
    before = await levels(pair.kh, view["id"])
    await pair.kh.stop()
    change = await pair.kh.desk.marking.mark(view["id"], CLOSER, OFFICER)
    # It is ours to keep: here it holds at once, on its way or not.
    assert (await levels(pair.kh, view["id"]))[0] == "restricted"
    await pair.kh.desk.queue.cancel(change["id"], OFFICER)
    assert await levels(pair.kh, view["id"]) == before
    assert (await subject(pair.kh, view["id"])).standing is None


async def test_a_message_that_never_was_there_is_not_marked_anew(pair):
    await pair.kh.stop()
    view = await pair.kh.desk.send(Draft.from_json(inquiry("jp/isa")), OFFICER)
    await pair.kh.desk.queue.cancel(view["id"], OFFICER)
    with pytest.raises(ConflictError, match="never took"):
        await pair.kh.desk.marking.mark(view["id"], CLOSER, OFFICER)


async def test_what_lay_open_is_sealed_once_it_is_marked_more_closely(pair):
    view = await say(pair.kh, "inquiry.request", asked())
    await mark(pair.kh, view, OPEN)
    assert (await levels(pair.jp, view["id"]))[0] == "public"

    def lay_open(tx: Transaction) -> None:
        # As it is kept where the first marking was public already.
        row = messages.get(tx, messages.find(tx, view["id"]))
        clear = messages.content_of(tx, row).encode()
        tx._database.execute(
            "UPDATE messages SET content = ?, content_key = NULL WHERE seq = ?", (clear, row["seq"])
        )

    await pair.jp.store.write(lay_open)
    await mark(pair.kh, view, Wanted(level=Level.CONFIDENTIAL, reason="tightened"))
    (row,) = await facts(
        pair.jp, "SELECT content, content_key FROM messages WHERE id = ?", view["id"]
    )
    assert row["content_key"] is not None
    assert b"questions" not in row["content"]
    assert (await pair.jp.desk.fetch(view["id"], OFFICER))["content"]["body"] == asked()


TAMPERED = {
    "the level": "UPDATE messages SET marking = 'public' WHERE id = ?",
    "the caveats": "UPDATE messages SET caveats = '[]' WHERE id = ?",
    "the change": "DELETE FROM markings WHERE seq = (SELECT seq FROM messages WHERE id = ?)",
    "the header": "UPDATE messages SET header_digest = 'sha-256:x' WHERE id = ?",
}


@pytest.mark.parametrize("query", TAMPERED.values(), ids=TAMPERED.keys())
async def test_a_marking_changed_in_the_database_lets_nothing_leave(pair, query):
    view = await say(pair.kh, "inquiry.request", asked())
    await mark(pair.kh, view, CLOSER)
    await pair.jp.store.write(lambda tx: tx._database.execute(query, (view["id"],)).rowcount)
    assert (await subject(pair.jp, view["id"])).standing is Denied.SOURCE_CHANGED


async def test_another_signed_text_in_the_place_of_a_message_lets_nothing_leave(pair):
    view = await say(pair.kh, "inquiry.request", asked())
    other = await say(pair.kh, "inquiry.request", asked())
    assert (await subject(pair.jp, view["id"])).standing is None

    def swap(tx: Transaction) -> None:
        # As somebody does who can write to the file and knows its digests.
        row = messages.get(tx, messages.find(tx, other["id"]))
        header = orjson.loads(base64url.decode(orjson.loads(row["jws"])["payload"]))
        marking = header["marking"] | {"level": "public", "caveats": []}
        payload = orjson.dumps(header | {"id": view["id"], "marking": marking})
        jws = orjson.loads(row["jws"]) | {"payload": base64url.encode(payload)}
        text = orjson.dumps(jws).decode()
        tx._database.execute(
            "UPDATE messages SET jws = ?, jws_digest = ?, header_digest = ?, marking = 'public', "
            "caveats = '[]' WHERE id = ?",
            (text, digest(text.encode()), digest(payload), view["id"]),
        )

    await pair.jp.store.write(swap)
    assert (await subject(pair.jp, view["id"])).standing is Denied.SOURCE_CHANGED


async def approval(pair: Pair) -> dict[str, Any]:
    """Have Japan show an approval of Cambodia's on its page."""
    view = await say(pair.kh, "sending-org.approval", example("sending-org.approval"))
    await pair.jp.desk.publications.publish(view["id"], OPERATOR, place=PLACE)
    await pair.jp.settled()
    assert await shown(pair.jp)
    return view


async def opened(node: Node) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what lies open and what is sealed of the one entry of a register."""

    def load(tx: Transaction) -> tuple[dict[str, Any], dict[str, Any]]:
        peer = "jp/isa" if node.keys.node == "kh/molvt" else "kh/molvt"
        (entry,) = registers.page(tx, peer, Register.SENDING_ORGS, limit=5)
        return dict(entry.public), dict(registers.opened(tx, entry))

    return await node.store.read(load)


async def test_registers_and_pages_follow_a_message_that_is_marked_anew(pair):
    view = await approval(pair)
    before = {node.keys.node: await opened(node) for node in (pair.jp, pair.kh)}
    assert before["jp/isa"][0]["organisation"]
    await mark(
        pair.kh, view, Wanted(level=Level.RESTRICTED, is_unpublished=True, reason="tightened")
    )
    for node in (pair.jp, pair.kh):
        public, private = await opened(node)
        was_public, was_private = before[node.keys.node]
        assert "organisation" not in public
        assert private["organisation"] == was_public["organisation"]
        assert was_private.items() <= {**private, **was_private}.items()
        assert await standing(node, Register.SENDING_ORGS)
    assert await opened(pair.jp) == await opened(pair.kh)
    assert await shown(pair.jp) == {}
    assert await states(pair.jp) == [("withdrawn", "waiting")]


async def test_what_is_marked_openly_again_lies_open_again(pair):
    view = await approval(pair)
    before = await opened(pair.jp)
    marking = (await subject(pair.jp, view["id"])).marking
    await mark(pair.kh, view, Wanted(level=Level.RESTRICTED, reason="tightened"))
    assert await opened(pair.jp) != before
    await mark(pair.kh, view, Wanted(level=Level(marking["level"]), reason="loosened"))
    assert await opened(pair.jp) == before


async def test_a_change_of_a_marking_taken_out_of_the_file_is_noticed(pair):
    view = await say(pair.kh, "inquiry.request", asked())
    (before,) = await facts(
        pair.jp, "SELECT marking, caveats FROM messages WHERE id = ?", view["id"]
    )
    await mark(pair.kh, view, CLOSER)
    assert (await subject(pair.jp, view["id"])).standing is None

    def take_out(tx: Transaction) -> None:
        tx._database.execute("DELETE FROM markings")
        tx._database.execute(
            "UPDATE messages SET marking = ?, caveats = ? WHERE id = ?",
            (before["marking"], before["caveats"], view["id"]),
        )

    await pair.jp.store.write(take_out)
    assert (await subject(pair.jp, view["id"])).standing == Denied.SOURCE_CHANGED
