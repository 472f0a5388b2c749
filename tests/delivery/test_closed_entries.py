"""What its originator has marked as closed lies in clear in no register, on neither side."""

from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from gateway.catalogue import Catalogue, Register
from gateway.desk import Draft
from gateway.envelope import times
from gateway.resources import schema_files
from gateway.store import register_lists
from tests.nodes import OFFICER, START, Pair, facts, two_nodes
from tests.peer import marking
from tests.registering import entries, entry, example, histories, list_parts, standing

SECRET = "CANARY"
PROFILE = "profiles/kh-jp-2019.json"
LIST = "support-org.list"
PART = {"granular": [{"pointer": "/summary", "level": "restricted"}]}
TEXT = {"granular": [{"pointer": "/residents_treatment", "caveats": ["no-publication"]}]}
DAY = 86_400


def measure(**changes):
    return example("measure.notice", summary={"en": SECRET}, **changes)


async def take(arena, type_name, body, **members):
    """Let Cambodia take a message of Japan's as it was marked."""
    members["marking"] = marking(arena.jp.keys.node, **members["marking"])
    letter = arena.jp.letter(type_name, body, **members)
    (found,) = await arena.entries(arena.jp.seal(letter))
    assert found.code is None
    return letter


async def lies_open(node):
    """Tell whether the secret stands in anything of the registers that is not sealed."""
    tables = ("register_versions", "register_listed")
    rows = [await facts(node, f"SELECT * FROM {table}") for table in tables]
    return SECRET.lower() in str([dict(row) for each in rows for row in each]).lower()


@pytest.mark.parametrize("members", [{"level": "restricted"}, {"level": "public"} | PART])
async def test_what_its_originator_closed_is_sealed(arena, members):
    body = measure()
    await take(arena, "measure.notice", body, marking=members)
    found, private = await entry(arena.kh, Register.MEASURES, body["entry"])
    assert private["summary"] == body["summary"]
    assert "summary" not in found.public
    assert not await lies_open(arena.kh)
    page = await arena.kh.desk.registers.page("measures", peer="jp/isa", words=[SECRET])
    assert page["items"] == []


async def test_a_correction_is_closed_by_its_own_marking(arena):
    body = measure()
    first = await take(
        arena, "measure.notice", example("measure.notice"), marking={"level": "public"}
    )
    supersedes = {"mode": "correct", "id": first.id, "header_digest": first.header_digest}
    members = {"thread": first.id, "in_reply_to": first.id, "supersedes": supersedes}
    part = {"level": "public", "granular": [{"pointer": "/body/summary", "level": "restricted"}]}
    corrected = {"reason": {"en": "A slip."}, "body": body}
    await take(arena, "correction", corrected, marking=part, **members)
    found, private = await entry(arena.kh, Register.MEASURES, body["entry"])
    assert private["summary"] == body["summary"]
    assert "summary" not in found.public
    assert not await lies_open(arena.kh)


async def test_what_is_said_openly_later_is_open_again(arena):
    body = measure()
    await take(arena, "measure.notice", body, marking={"level": "restricted"})
    await take(arena, "measure.notice", body, marking={"level": "public"})
    found, private = await entry(arena.kh, Register.MEASURES, body["entry"])
    assert found.public["summary"] == body["summary"]
    assert "summary" not in private


UNTIL = {"level": "restricted", "handling_until": times.text(START + DAY), "then": "public"}


@pytest.mark.parametrize(
    ("members", "is_open"), [(UNTIL, True), ({"level": "restricted"}, False), (UNTIL | TEXT, False)]
)
async def test_an_embargo_opens_what_its_marking_opens_and_no_more(arena, members, is_open):
    day = times.text(START + DAY)[:10]
    body = example("suspension.notice", public_from=day)
    await take(arena, "suspension.notice", body, marking=members)
    arena.pair.clock.now += 2 * DAY
    (view,) = (await arena.kh.desk.registers.page("suspensions"))["items"]
    assert (view["public"].get("field") == body["field"]) is is_open
    assert view["has_private"] is not is_open


@pytest.mark.parametrize(
    ("members", "is_open"),
    [
        ({"level": "restricted"}, False),
        ({"level": "confidential"}, False),
        (
            {
                "level": "public",
                "granular": [{"pointer": "/entries/rso-1/name", "level": "restricted"}],
            },
            False,
        ),
        ({"level": "public"}, True),
        (
            {"level": "confidential", "publish": {"rule": "required", "fields": ["/entries"]}},
            True,
        ),
    ],
)
async def test_a_list_lies_open_as_far_as_its_marking_says(arena, members, is_open):
    said = entries(LIST, "rso-1", name={"en": SECRET})
    (body,) = list_parts(LIST, [said])
    await take(arena, LIST, body, marking=members)
    found, private = await entry(arena.kh, Register.SUPPORT_ORGS, "rso-1")
    assert (found.public | private)["name"] == {"en": SECRET}
    assert await lies_open(arena.kh) is is_open
    lines = await arena.kh.store.read(
        lambda tx: register_lists.lines(tx, "jp/isa", Register.SUPPORT_ORGS)
    )
    assert SECRET.encode() in lines["rso-1"]
    # The next list starts from the same set, sealed or not.
    (delta,) = list_parts(LIST, [entries(LIST, "rso-2")], version="2", base="2026-03", before=said)
    await take(arena, LIST, delta, marking={"level": "public"})
    both = {"rso-1": "active", "rso-2": "active"}
    assert await standing(arena.kh, Register.SUPPORT_ORGS) == both


async def test_each_part_of_a_list_is_closed_by_its_own_marking(arena):
    secret = entries(LIST, "rso-1", name={"en": SECRET})
    first, second = list_parts(LIST, [entries(LIST, "rso-2"), secret])
    opening = await take(arena, LIST, first, marking={"level": "public"})
    members = {"thread": opening.id, "in_reply_to": opening.id}
    await take(arena, "list.part", second, marking={"level": "restricted"}, **members)
    assert not await lies_open(arena.kh)
    found, private = await entry(arena.kh, Register.SUPPORT_ORGS, "rso-2")
    assert "name" in found.public
    assert private == {}


async def test_a_list_whose_sealed_lines_are_spoilt_takes_a_whole_one_again(arena):
    said = entries(LIST, "rso-1")
    (body,) = list_parts(LIST, [said])
    await take(arena, LIST, body, marking={"level": "restricted"})
    spoil = "UPDATE register_listed SET sealed = zeroblob(64)"
    await arena.kh.store.write(lambda tx: tx._database.execute(spoil).rowcount)
    (delta,) = list_parts(LIST, [said], version="2", base="2026-03", before=said)
    letter = arena.jp.letter(LIST, delta)
    (found,) = await arena.entries(arena.jp.seal(letter))
    assert (found.code, found.pointers) == ("list-fault", ("/body/base_version",))
    (again,) = list_parts(LIST, [said], version="3")
    await take(arena, LIST, again, marking={"level": "restricted"})


@pytest.fixture
async def tightened(tmp_path: Path) -> AsyncIterator[Pair]:
    """Two nodes under a memorandum that makes measures known to the other side alone."""
    files = schema_files()
    profile = orjson.loads(files[PROFILE])
    sides = profile["types"]["measure.notice"].get("publication", {})
    profile["types"]["measure.notice"] |= {
        "level": "restricted",
        "publication": {side: {"rule": "none"} for side in sides},
    }
    files = {**files, PROFILE: orjson.dumps(profile)}
    async with two_nodes(tmp_path, catalogue=Catalogue.from_files(files)) as pair:
        yield pair


async def test_a_memorandum_that_tightens_a_type_tightens_the_register_of_both_sides(tightened):
    body = measure()
    draft = Draft.from_json({"type": "measure.notice", "body": body, "to": "kh/molvt"})
    await tightened.jp.desk.send(draft, OFFICER)
    await tightened.jp.settled()
    for node in (tightened.jp, tightened.kh):
        found, private = await entry(node, Register.MEASURES, body["entry"])
        assert (found.status, found.public) == (body["status"], {})
        assert private["summary"] == body["summary"]
        assert not await lies_open(node)
    assert await histories(tightened.jp) == await histories(tightened.kh)
