"""A peer of the version before: what both know flows, what one does not know is refused."""

import contextlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway import resources
from gateway.catalogue import Catalogue
from gateway.desk import Draft
from gateway.errors import RefusedByPeerError
from gateway.store import checking, migrate
from tests.nodes import (
    CATALOGUE,
    OFFICER,
    Clock,
    Keys,
    Pair,
    Wire,
    alarms,
    answer_to,
    close,
    facts,
    inquiry,
    introduce,
    rows,
)
from tests.store.test_migrate import MIGRATIONS

PROFILE = "profiles/kh-jp-2019.json"
# What version 0.2.0 exchanged under the memorandum.
FIRST_TYPES = {
    *("inquiry.request", "inquiry.answer", "ping", "problem.report", "card.update"),
    *("acknowledgement.handed-over", "acknowledgement.accepted", "acknowledgement.declined"),
}


def older_catalogue() -> Catalogue:
    files = resources.schema_files()
    profile = json.loads(files[PROFILE])
    profile["types"] = {name: row for name, row in profile["types"].items() if name in FIRST_TYPES}
    return Catalogue.from_files(files | {PROFILE: json.dumps(profile).encode()})


@contextlib.asynccontextmanager
async def old_and_new(folder: Path, older: str):
    """Open a node of this version and, as `older`, one that knows only the first types."""
    pair = Pair(folder, Wire(), Clock(), {})
    try:
        for name in ("jp/isa", "kh/molvt"):
            known = older_catalogue() if name == older else CATALOGUE
            await pair.open(Keys(name), catalogue=known)
        await introduce(pair.jp, pair.kh.keys.card())
        await introduce(pair.kh, pair.jp.keys.card())
        await pair.jp.start()
        await pair.kh.start()
        yield pair
    finally:
        for node in pair.opened:
            await close(node)


@pytest.fixture(params=["jp/isa", "kh/molvt"])
async def pair(request, tmp_path):
    async with old_and_new(tmp_path, request.param) as made:
        yield made


async def send(node, draft):
    return await node.desk.send(Draft.from_json(draft), OFFICER)


async def settled(pair):
    # What is handed over or answered makes the other side write as well.
    for _ in range(2):
        await pair.jp.settled()
        await pair.kh.settled()


async def answered(asking, answering, pair):
    """Play an inquiry to its answer; return the view of the question."""
    asked = await send(asking, inquiry(answering.keys.node))
    await settled(pair)
    await answering.desk.fetch(asked["id"], OFFICER)
    await answering.desk.accept(asked["id"], OFFICER)
    await send(answering, answer_to(asked))
    await settled(pair)
    return await asking.desk.message(asked["id"])


async def test_F59_what_both_versions_know_flows_both_ways_to_its_answer(pair):
    for asking, answering in ((pair.jp, pair.kh), (pair.kh, pair.jp)):
        view = await answered(asking, answering, pair)
        for level in ("received", "handed-over", "accepted", "answered"):
            assert view["levels"][level] is not None, level
        await asking.desk.ping(answering.keys.node, OFFICER)
    await settled(pair)
    for node in (pair.jp, pair.kh):
        states = await facts(node, "SELECT DISTINCT state FROM messages WHERE direction = 'out'")
        assert [row["state"] for row in states] == ["delivered"]
        assert await alarms(node) == []


async def test_F58_a_new_type_is_refused_with_its_reason_and_the_channel_lives(tmp_path):
    async with old_and_new(tmp_path, "kh/molvt") as pair:
        jp, kh = pair.jp, pair.kh
        before = await rows(kh)
        body = CATALOGUE.bodies.example("irregularity.report")
        sent = await send(jp, {"type": "irregularity.report", "to": "kh/molvt", "body": body})
        await settled(pair)
        view = await jp.desk.message(sent["id"])
        assert (view["state"], view["refusal"]) == ("refused", "unknown-type")
        matter = await jp.desk.thread(sent["id"])
        assert matter["attention"] == "refused-unknown-type"
        with pytest.raises(RefusedByPeerError, match="unknown-type") as caught:
            await jp.desk.wait(sent["id"], "received", 5)
        assert caught.value.hint == f"gateway show {view['short']}"
        after = await rows(kh)
        assert after["messages"] == before["messages"]
        assert after["threads"] == before["threads"]
        assert len(after["refusals"]) == 1
        assert (await answered(jp, kh, pair))["levels"]["answered"] is not None
        assert (await answered(kh, jp, pair))["levels"]["answered"] is not None


async def test_F58_a_new_type_in_a_matter_that_both_know_leaves_the_matter_to_both(tmp_path):
    async with old_and_new(tmp_path, "kh/molvt") as pair:
        jp, kh = pair.jp, pair.kh
        asked = await send(jp, inquiry())
        await settled(pair)
        state = (await jp.desk.thread(asked["id"]))["state"]
        reminder = await send(
            jp,
            {
                "type": "reminder",
                "in_reply_to": asked["id"],
                "body": CATALOGUE.bodies.example("reminder"),
            },
        )
        await settled(pair)
        assert (await jp.desk.message(reminder["id"]))["refusal"] == "unknown-type"
        assert (await jp.desk.thread(asked["id"]))["state"] == state
        await kh.desk.fetch(asked["id"], OFFICER)
        await kh.desk.accept(asked["id"], OFFICER)
        await send(kh, answer_to(asked))
        await settled(pair)
        assert (await jp.desk.message(asked["id"]))["levels"]["answered"] is not None


async def test_F58_a_withdrawal_that_the_peer_does_not_know_withdraws_nothing(tmp_path):
    async with old_and_new(tmp_path, "kh/molvt") as pair:
        jp, kh = pair.jp, pair.kh
        asked = await send(jp, inquiry())
        await settled(pair)
        withdrawal = await send(
            jp,
            {
                "type": "withdrawal",
                "in_reply_to": asked["id"],
                "body": CATALOGUE.bodies.example("withdrawal"),
            },
        )
        await settled(pair)
        assert (await jp.desk.message(withdrawal["id"]))["refusal"] == "unknown-type"
        view = await jp.desk.message(asked["id"])
        assert (view["superseded_by"], view["state"]) == (None, "delivered")
        theirs = await kh.desk.message(asked["id"])
        assert (theirs["superseded_by"], theirs["state"]) == (None, "received")


def downgrade(path: Path) -> None:
    """Write the database anew in the form of the first version, with the same rows."""
    old = path.with_name("old.db")
    with closing(sqlite3.connect(old, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.executescript(MIGRATIONS.joinpath("0001_start.sql").read_text("utf-8"))
        database.execute("ATTACH ? AS newer", (str(path),))
        tables = database.execute(
            "SELECT name FROM main.sqlite_schema WHERE type = 'table'"
        ).fetchall()
        database.execute("BEGIN")
        for (table,) in tables:
            columns = ", ".join(
                row[1] for row in database.execute(f"PRAGMA main.table_info({table})")
            )
            database.execute(
                f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM newer.{table}"
            )
        database.execute("COMMIT")
        database.execute(f"PRAGMA application_id = {migrate.APPLICATION_ID}")
        database.execute("PRAGMA user_version = 1")
    path.unlink()
    old.rename(path)


async def test_F25_nodes_of_the_version_before_are_brought_up_in_the_middle_of_an_exchange(
    tmp_path,
):
    """What was queued, received and open in the old database goes on under the new version."""
    pair = Pair(tmp_path, Wire(), Clock(), {"catalogue": older_catalogue()})
    keys = [Keys("jp/isa"), Keys("kh/molvt")]
    try:
        jp, kh = [await pair.open(each) for each in keys]
        await introduce(jp, kh.keys.card())
        await introduce(kh, jp.keys.card())
        await jp.start()
        await kh.start()
        asked = await send(jp, inquiry())
        await settled(pair)
        await kh.desk.fetch(asked["id"], OFFICER)
        await settled(pair)
        pair.wire.down.add("kh/molvt")
        waiting = await send(jp, inquiry())
        await close(jp)
        await close(kh)
        for name in ("jp", "kh"):
            downgrade(tmp_path / name / "gateway.db")

        pair.wire.down.clear()
        jp, kh = [await pair.open(each, catalogue=CATALOGUE) for each in keys]
        await jp.start()
        await kh.start()
        await settled(pair)
        assert (await jp.desk.message(waiting["id"]))["state"] == "delivered"
        await kh.desk.accept(asked["id"], OFFICER)
        await send(kh, answer_to(asked))
        await settled(pair)
        view = await jp.desk.message(asked["id"])
        assert all(view["levels"][name] for name in ("handed-over", "accepted", "answered"))
        body = CATALOGUE.bodies.example("irregularity.report")
        new = await send(jp, {"type": "irregularity.report", "to": "kh/molvt", "body": body})
        await settled(pair)
        assert (await jp.desk.message(new["id"]))["state"] == "delivered"
    finally:
        for node in pair.opened:
            await close(node)
    for name in ("jp", "kh"):
        assert checking.check(tmp_path / name / "gateway.db").faults == []
        assert (tmp_path / name / "gateway.db.format-1").exists()
