"""Whole lists: applied as one, or refused with nothing changed."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.catalogue import TYPES, Register
from gateway.catalogue.register_rules import LISTS
from gateway.delivery import listing, registering
from gateway.desk import Draft
from gateway.envelope import Outcome, times
from gateway.errors import ConflictError, InvalidError, PolicyError, RefusalCode
from gateway.store import register_lists, registers
from tests.delivery.conftest import FINAL
from tests.nodes import CATALOGUE, OFFICER, Pair, facts, two_nodes
from tests.peer import SimulatedPeer, marking
from tests.registering import entries, entry, histories, list_parts, standing

ORGS = Register.SUPPORT_ORGS
LIST = "support-org.list"
THREE = entries(LIST, "rso-1", "rso-2", "rso-3")
SOMEBODY = {"representative": {"name_latin": "HANAKO TEST", "nationality": "JP"}}
ALL = dict.fromkeys(THREE, "active")


async def take(arena, *bodies, opening=None, **changes):
    """Let Cambodia take a list of Japan's; return the letters and the entry of the last."""
    letters = [] if opening is None else [opening]
    for body in bodies:
        members = {"marking": marking(arena.jp.keys.node, level="public")}
        members |= {} if not letters else {"thread": letters[0].id, "in_reply_to": letters[0].id}
        name = "list.part" if letters else LIST
        letters.append(arena.jp.letter(name, body | (changes if not letters else {}), **members))
        (last,) = await arena.entries(arena.jp.seal(letters[-1]))
    return letters[0], last


async def harm(node, text):
    """Change rows as somebody with access to the disk can."""
    await node.store.write(lambda tx: tx._database.execute(text).rowcount)


async def refused(arena, entry, code, pointer):
    assert (entry.outcome, entry.code) == (Outcome.REFUSED, code)
    assert not entry.retryable
    assert entry.pointers == (pointer,)
    assert await arena.changed() == FINAL


# --- received ------------------------------------------------------------------------------------


async def test_nothing_of_a_list_counts_before_all_its_parts_are_there(arena):
    first, *rest = list_parts(LIST, [{id: value} for id, value in THREE.items()])
    opening, _ = await take(arena, first)
    assert await standing(arena.kh, ORGS) == {}
    await take(arena, rest[1], opening=opening)
    assert await standing(arena.kh, ORGS) == {}
    assert await arena.kh.store.read(lambda tx: registers.version(tx, "jp/isa", ORGS)) is None
    await take(arena, rest[0], opening=opening)
    assert await standing(arena.kh, ORGS) == ALL
    version = await arena.kh.store.read(lambda tx: registers.version(tx, "jp/isa", ORGS))
    assert (version.list_version, version.count) == ("2026-03", 3)


async def test_a_snapshot_takes_the_place_of_all_and_makes_versions_of_what_differs(arena):
    await take(arena, *list_parts(LIST, [THREE]))
    changed = entries(LIST, "rso-2", status="cancelled") | entries(LIST, "rso-3", "rso-4")
    await take(arena, *list_parts(LIST, [changed], version="2026-04"))
    expected = {"rso-2": "cancelled", "rso-3": "active", "rso-4": "active"}
    assert await standing(arena.kh, ORGS) == expected
    (gone, _) = await entry(arena.kh, ORGS, "rso-1")
    assert gone.removed
    rows = await facts(arena.kh, "SELECT entry FROM register_versions WHERE entry = 'rso-3'")
    assert len(rows) == 1, "what a list says again is no new version"


async def test_a_delta_changes_what_it_names(arena):
    await take(arena, *list_parts(LIST, [THREE]))
    delta = {"rso-1": None} | entries(LIST, "rso-2", status="suspended")
    (body,) = list_parts(LIST, [delta], version="2026-04", base="2026-03", before=THREE)
    _, last = await take(arena, body)
    assert last.outcome is Outcome.RECEIVED
    assert await standing(arena.kh, ORGS) == {"rso-2": "suspended", "rso-3": "active"}


async def test_a_delta_starts_from_the_set_of_the_last_list_and_no_older_one(arena):
    await take(arena, *list_parts(LIST, [THREE]))
    two = entries(LIST, "rso-1", "rso-2")
    await take(arena, *list_parts(LIST, [two], version="2026-04"))
    more = entries(LIST, "rso-4")
    (delta,) = list_parts(LIST, [more], version="x", base="2026-04", before=two)
    _, last = await take(arena, delta)
    assert last.outcome is Outcome.RECEIVED
    assert await standing(arena.kh, ORGS) == dict.fromkeys((*two, *more), "active")


async def test_contacts_are_sealed_beside_their_entries(arena):
    (body,) = list_parts(LIST, [THREE])
    await take(arena, body | {"contacts": {"rso-2": SOMEBODY}})
    found, private = await entry(arena.kh, ORGS, "rso-2")
    assert private == SOMEBODY
    assert "representative" not in found.public


async def test_the_same_list_again_changes_nothing(arena):
    bodies = list_parts(LIST, [THREE])
    await take(arena, *bodies)
    before = await histories(arena.kh)
    _, last = await take(arena, *bodies)
    assert last.outcome is Outcome.RECEIVED
    assert await histories(arena.kh) == before


# --- refused -------------------------------------------------------------------------------------

CLASHES = [
    pytest.param({"count": 4}, RefusalCode.LIST_FAULT, "/body/count", id="count"),
    pytest.param(
        {"set_digest": "sha-256:" + "A" * 43},
        RefusalCode.LIST_FAULT,
        "/body/set_digest",
        id="digest",
    ),
    pytest.param(
        {"mode": "delta", "base_version": "2026-02"},
        RefusalCode.WRONG_BASE,
        "/body/base_version",
        id="base",
    ),
]


@pytest.mark.parametrize(("changes", "code", "pointer"), CLASHES)
async def test_a_set_that_is_not_what_the_list_announces_is_refused(arena, changes, code, pointer):
    _, last = await take(arena, *list_parts(LIST, [THREE]), **changes)
    await refused(arena, last, code, pointer)


async def test_the_part_that_completes_a_faulty_list_is_the_one_refused(arena):
    bodies = list_parts(LIST, [entries(LIST, "rso-1"), entries(LIST, "rso-2")], count=3)
    _, last = await take(arena, *bodies)
    await refused(arena, last, RefusalCode.LIST_FAULT, "/in_reply_to")
    assert await standing(arena.kh, ORGS) == {}


async def test_an_entry_in_two_parts_is_refused(arena):
    bodies = list_parts(LIST, [entries(LIST, "rso-1"), entries(LIST, "rso-1")])
    _, last = await take(arena, *bodies)
    await refused(arena, last, RefusalCode.LIST_FAULT, "/body/entries/rso-1")


@pytest.mark.parametrize("part", [2, 4])
async def test_a_part_that_is_there_already_or_beyond_the_last_is_refused(arena, part):
    first, second, _ = list_parts(LIST, [{id: value} for id, value in THREE.items()])
    opening, _ = await take(arena, first, second)
    _, last = await take(arena, {"part": part, "entries": entries(LIST, "rso-9")}, opening=opening)
    await refused(arena, last, RefusalCode.LIST_FAULT, "/body/part")


async def test_no_part_is_read_beyond_what_the_list_announces(arena):
    two = entries(LIST, "rso-1", "rso-2")
    # The second part would be at fault as well, had anybody looked at it.
    _, last = await take(arena, *list_parts(LIST, [two, two], count=1))
    await refused(arena, last, RefusalCode.LIST_FAULT, "/in_reply_to")


async def test_the_oldest_of_too_many_lists_that_are_half_there_comes_to_nothing(arena):
    half = [{id: value} for id, value in THREE.items()]
    openings = []
    for number in range(register_lists.MOST_OPEN + 1):
        first, second, third = list_parts(LIST, half, version=f"v{number}")
        openings.append((await take(arena, first))[0])
    _, last = await take(arena, second, opening=openings[0])
    await refused(arena, last, RefusalCode.LIST_FAULT, "/in_reply_to")
    for opening in (openings[1], openings[-1]):
        _, last = await take(arena, second, opening=opening)
        assert last.outcome is Outcome.RECEIVED
    _, last = await take(arena, third, opening=openings[-1])
    assert last.outcome is Outcome.RECEIVED
    assert await standing(arena.kh, ORGS) == ALL


@pytest.mark.parametrize("name", [*LISTS, "list.part"])
def test_no_list_is_longer_than_the_store_takes_in_one_go(name):
    members = CATALOGUE.bodies.schema(name)["properties"]
    if name in LISTS:
        assert members["count"]["maximum"] == listing.MOST_ENTRIES
        assert members["parts"]["maximum"] == listing.MOST_PARTS
    else:
        assert members["part"]["maximum"] == listing.MOST_PARTS


async def test_contacts_of_no_entry_of_the_set_are_refused(arena):
    (body,) = list_parts(LIST, [THREE])
    _, last = await take(arena, body | {"contacts": {"rso-9": SOMEBODY}})
    await refused(arena, last, RefusalCode.LIST_FAULT, "/body/contacts")


async def test_contacts_of_one_entry_in_two_parts_are_refused(arena):
    bodies = list_parts(LIST, [entries(LIST, "rso-1"), entries(LIST, "rso-2")])
    _, last = await take(arena, *(body | {"contacts": {"rso-1": SOMEBODY}} for body in bodies))
    await refused(arena, last, RefusalCode.LIST_FAULT, "/body/contacts")


async def test_a_part_of_a_list_that_a_newer_one_overtook_is_refused(arena):
    first, second = list_parts(LIST, [entries(LIST, "rso-1"), entries(LIST, "rso-2")])
    opening, _ = await take(arena, first)
    await take(arena, *list_parts(LIST, [THREE], version="2026-04"))
    _, last = await take(arena, second, opening=opening)
    await refused(arena, last, RefusalCode.LIST_FAULT, "/in_reply_to")
    assert await standing(arena.kh, ORGS) == ALL


async def test_an_entry_of_another_kind_in_a_further_part_is_refused(arena):
    first, second = list_parts(LIST, [entries(LIST, "rso-1"), entries(LIST, "rso-2")])
    foreign = {"part": 2, "entries": entries("sending-org.list", "so-1")}
    opening, _ = await take(arena, first)
    _, last = await take(arena, foreign, opening=opening)
    assert last.code is RefusalCode.INVALID_BODY
    assert last.pointers[0].startswith("/body/entries/so-1")
    _, last = await take(arena, second, opening=opening)
    assert last.outcome is Outcome.RECEIVED


async def test_two_lists_of_one_version_cannot_differ(arena):
    await take(arena, *list_parts(LIST, [THREE]))
    _, last = await take(arena, *list_parts(LIST, [entries(LIST, "rso-1")]))
    await refused(arena, last, RefusalCode.LIST_FAULT, "/body/list_version")


async def test_a_version_is_never_the_name_of_another_set_later_on(arena):
    await take(arena, *list_parts(LIST, [THREE]))
    await take(arena, *list_parts(LIST, [entries(LIST, "rso-1")], version="2026-04"))
    _, last = await take(arena, *list_parts(LIST, [entries(LIST, "rso-2")]))
    await refused(arena, last, RefusalCode.LIST_FAULT, "/body/list_version")
    assert await standing(arena.kh, ORGS) == {"rso-1": "active"}


@pytest.mark.parametrize("base", [None, "2026-03"])
async def test_an_older_list_takes_the_place_of_no_newer_one(arena, base):
    await take(arena, *list_parts(LIST, [THREE]))
    said = [entries(LIST, "rso-1", status="cancelled")]
    older = list_parts(LIST, said, version="x", base=base, before=THREE, as_of="2026-03-30")
    _, last = await take(arena, *older)
    await refused(arena, last, RefusalCode.LIST_FAULT, "/body/as_of")
    assert await standing(arena.kh, ORGS) == ALL


async def test_no_part_follows_a_list_that_is_older_than_what_holds(arena):
    await take(arena, *list_parts(LIST, [THREE]))
    first, _ = list_parts(
        LIST,
        [entries(LIST, "rso-1"), entries(LIST, "rso-2")],
        version="x",
        as_of="2026-03-30",
    )
    _, last = await take(arena, first)
    await refused(arena, last, RefusalCode.LIST_FAULT, "/body/as_of")


@pytest.mark.parametrize(("days", "outcome"), [(1, Outcome.RECEIVED), (2, Outcome.REFUSED)])
async def test_a_list_is_of_no_day_to_come_but_the_one_that_began_elsewhere(arena, days, outcome):
    day = times.text(arena.pair.clock.now + days * 86_400)[:10]
    _, last = await take(arena, *list_parts(LIST, [THREE], as_of=day))
    assert last.outcome is outcome
    if outcome is Outcome.REFUSED:
        await refused(arena, last, RefusalCode.LIST_FAULT, "/body/as_of")


async def test_a_delta_over_another_list_than_the_last_is_refused(arena):
    await take(arena, *list_parts(LIST, [THREE]))
    await take(arena, *list_parts(LIST, [THREE], version="2026-04"))
    (delta,) = list_parts(LIST, [{"rso-1": None}], version="x", base="2026-03", before=THREE)
    _, last = await take(arena, delta)
    await refused(arena, last, RefusalCode.WRONG_BASE, "/body/base_version")
    assert await standing(arena.kh, ORGS) == ALL


@pytest.mark.parametrize("said", [[THREE | {"rso-4": None}], [THREE, {"rso-4": None}]])
async def test_a_whole_list_takes_nothing_out(arena, said):
    _, last = await take(arena, *list_parts(LIST, said))
    await refused(arena, last, RefusalCode.INVALID_BODY, "/body/entries/rso-4")


async def test_a_part_that_was_changed_on_the_disk_makes_the_list_come_to_nothing(arena):
    first, second = list_parts(LIST, [entries(LIST, "rso-1"), entries(LIST, "rso-2")])
    opening, _ = await take(arena, first)
    await harm(arena.kh, "UPDATE messages SET content = x'00'")
    _, last = await take(arena, second, opening=opening)
    await refused(arena, last, RefusalCode.LIST_FAULT, "/in_reply_to")


async def test_one_bad_row_does_not_keep_a_list_from_counting(arena):
    await take(arena, *list_parts(LIST, [THREE]))
    await harm(arena.kh, "UPDATE register_versions SET public = '{}' WHERE entry <> 'rso-2'")
    two = entries(LIST, "rso-1", "rso-2")
    opening, last = await take(arena, *list_parts(LIST, [two], version="2026-04"))
    assert last.outcome is Outcome.RECEIVED
    assert await standing(arena.kh, ORGS) == {"rso-1": "active", "rso-2": "active"}
    found, _ = await entry(arena.kh, ORGS, "rso-1")
    assert found.public["name"] == two["rso-1"]["name"]
    (alarm,) = await facts(arena.kh, "SELECT kind, subject FROM alarms")
    assert alarm == {"kind": "stored-bytes-changed", "subject": opening.id}


async def test_a_list_of_which_a_part_needs_a_person_waits_as_a_whole(arena):
    first, second = list_parts(LIST, [entries(LIST, "rso-1"), entries(LIST, "rso-2")])
    odd = {"id": TYPES[LIST].schema_id, "digest": "sha-256:" + "A" * 43}
    opening = arena.jp.letter(LIST, first, body_schema=odd)
    await arena.entries(arena.jp.seal(opening))
    await take(arena, second, opening=opening)
    assert await standing(arena.kh, ORGS) == {}
    (waiting,) = await arena.kh.store.read(registers.deferred)
    assert (waiting["reason"], waiting["type"]) == ("schema-differs", "list.part")
    at = "2026-10-01T00:00:00Z"
    await arena.kh.store.write(
        lambda tx: registering.decide(tx, waiting["seq"], is_applied=True, uid=1000, at=at)
    )
    assert await standing(arena.kh, ORGS) == {"rso-1": "active", "rso-2": "active"}
    version = await arena.kh.store.read(lambda tx: registers.version(tx, "jp/isa", ORGS))
    assert version.at == at


async def test_lists_that_are_half_there_take_nothing_from_a_person_to_decide(arena):
    (body,) = list_parts(LIST, [THREE])
    odd = {"id": TYPES[LIST].schema_id, "digest": "sha-256:" + "A" * 43}
    await arena.entries(arena.jp.seal(arena.jp.letter(LIST, body, body_schema=odd)))
    half = [{id: value} for id, value in THREE.items()]
    for number in range(register_lists.MOST_OPEN + 1):
        await take(arena, list_parts(LIST, half, version=f"v{number}")[0])
    (waiting,) = await arena.kh.store.read(registers.deferred)
    at = "2026-10-01T00:00:00Z"
    await arena.kh.store.write(
        lambda tx: registering.decide(tx, waiting["seq"], is_applied=True, uid=1, at=at)
    )
    assert await standing(arena.kh, ORGS) == ALL


async def test_a_list_that_was_dropped_takes_no_further_part(arena):
    first, second, third = list_parts(LIST, [{id: value} for id, value in THREE.items()])
    odd = {"id": TYPES[LIST].schema_id, "digest": "sha-256:" + "A" * 43}
    opening = arena.jp.letter(LIST, first, body_schema=odd)
    await arena.entries(arena.jp.seal(opening))
    await take(arena, second, third, opening=opening)
    (waiting,) = await arena.kh.store.read(registers.deferred)
    await arena.kh.store.write(
        lambda tx: registering.decide(tx, waiting["seq"], is_applied=False, uid=1000, at="x")
    )
    _, last = await take(arena, third | {"part": 4}, opening=opening)
    await refused(arena, last, RefusalCode.LIST_FAULT, "/in_reply_to")
    assert await standing(arena.kh, ORGS) == {}


# --- sent ----------------------------------------------------------------------------------------


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    async with two_nodes(tmp_path) as pair:
        yield pair


async def send(pair, *bodies):
    """Send a list from Japan's desk, part by part."""
    opening = None
    for body in bodies:
        members = {"to": "kh/molvt"} if opening is None else {"in_reply_to": opening["id"]}
        name = LIST if opening is None else "list.part"
        view = await pair.jp.desk.send(
            Draft.from_json({"type": name, "body": body} | members), OFFICER
        )
        opening = opening or view
    return opening


async def same(pair, expected):
    await pair.jp.settled()
    assert await standing(pair.jp, ORGS) == await standing(pair.kh, ORGS) == expected
    assert await histories(pair.jp) == await histories(pair.kh)


async def test_both_sides_hold_a_list_in_parts_and_what_follows(pair):
    await send(pair, *list_parts(LIST, [{id: value} for id, value in THREE.items()]))
    await same(pair, ALL)
    pair.clock.now += 60
    await send(
        pair, *list_parts(LIST, [{"rso-1": None}], version="x", base="2026-03", before=THREE)
    )
    await same(pair, {"rso-2": "active", "rso-3": "active"})


OURS = [
    pytest.param({"count": 4}, InvalidError, "/count", id="count"),
    pytest.param({"set_digest": "sha-256:" + "A" * 43}, InvalidError, "/set_digest", id="digest"),
    pytest.param({"mode": "delta", "base_version": "x"}, ConflictError, None, id="base"),
]


@pytest.mark.parametrize(("changes", "error", "where"), OURS)
async def test_a_list_of_ours_that_would_be_refused_never_leaves(pair, changes, error, where):
    (body,) = list_parts(LIST, [THREE])
    with pytest.raises(error) as caught:
        await send(pair, body | changes)
    assert [each.where for each in caught.value.problems] == ([] if where is None else [where])
    assert await facts(pair.jp, "SELECT id FROM messages") == []


async def test_an_older_list_of_ours_and_a_name_that_was_used_never_leave(pair):
    await send(pair, *list_parts(LIST, [THREE]))
    await same(pair, ALL)
    one = entries(LIST, "rso-1")
    for version, changes, where in (
        ("x", {"as_of": "2026-03-30"}, "/as_of"),
        ("x", {"as_of": "2030-01-01"}, "/as_of"),
        ("2026-03", {}, "/list_version"),
    ):
        with pytest.raises(InvalidError) as caught:
            await send(pair, *list_parts(LIST, [one], version=version, **changes))
        assert [each.where for each in caught.value.problems] == [where]
    assert len(await facts(pair.jp, "SELECT id FROM messages")) == 1
    await same(pair, ALL)


async def test_one_list_at_a_time_is_on_its_way(pair):
    pair.wire.down.add("kh/molvt")
    await send(pair, *list_parts(LIST, [THREE]))
    with pytest.raises(ConflictError, match="on its way"):
        await send(pair, *list_parts(LIST, [THREE], version="2026-04"))


async def test_a_part_that_never_left_can_be_sent_again(pair):
    first, second = list_parts(LIST, [entries(LIST, "rso-1"), entries(LIST, "rso-2")])
    opening = await send(pair, first)
    await pair.jp.settled()
    await pair.jp.stop()
    draft = {"type": "list.part", "body": second, "in_reply_to": opening["id"]}
    for _ in range(2):
        part = await pair.jp.desk.send(Draft.from_json(draft), OFFICER)
        await pair.jp.desk.queue.cancel(part["id"], OFFICER)
    await pair.jp.start()
    await pair.jp.desk.queue.retry(part["id"], OFFICER)
    await same(pair, {"rso-1": "active", "rso-2": "active"})


async def test_nobody_goes_on_with_a_list_of_the_other_side(pair):
    first, second = list_parts(LIST, [entries(LIST, "rso-1"), entries(LIST, "rso-2")])
    opening = await send(pair, first)
    await pair.jp.settled()
    await pair.kh.desk.fetch(opening["id"], OFFICER)
    draft = {"type": "list.part", "body": second, "in_reply_to": opening["id"]}
    with pytest.raises(PolicyError):
        await pair.kh.desk.send(Draft.from_json(draft), OFFICER)
    peer = SimulatedPeer(pair.kh.keys, pair.jp.keys)
    named = {"thread": opening["id"], "in_reply_to": opening["id"]}
    await pair.jp.receiver.receive("kh/molvt", peer.seal(peer.letter("list.part", second, **named)))
    (refusal,) = await facts(pair.jp, "SELECT code FROM refusals")
    assert refusal["code"] == RefusalCode.NOT_PERMITTED


async def test_a_list_that_the_peer_refuses_leaves_both_as_they_were_and_makes_way(pair):
    await send(pair, *list_parts(LIST, [THREE]))
    await pair.jp.settled()
    # Their database lost the list, as after a restored backup.
    await harm(pair.kh, "UPDATE register_lists SET state = 'dropped'")
    before = await histories(pair.jp)
    delta = {"rso-1": None}
    opening = await send(
        pair, *list_parts(LIST, [delta], version="x", base="2026-03", before=THREE)
    )
    await pair.jp.settled()
    assert (await pair.jp.desk.message(opening["id"]))["refusal"] == "wrong-base"
    assert await histories(pair.jp) == before
    assert await standing(pair.kh, ORGS) == ALL
    await send(pair, *list_parts(LIST, [entries(LIST, "rso-1")], version="2026-04"))
    await same(pair, {"rso-1": "active"})


async def test_a_cancelled_list_makes_way_for_the_next(pair):
    await pair.jp.stop()
    opening = await send(pair, *list_parts(LIST, [THREE]))
    await pair.jp.desk.queue.cancel(opening["id"], OFFICER)
    await pair.jp.start()
    await send(pair, *list_parts(LIST, [entries(LIST, "rso-1")], version="2026-04"))
    await same(pair, {"rso-1": "active"})
