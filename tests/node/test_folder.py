"""A system that knows only files sends, is told and receives; nothing is lost or doubled."""

import asyncio
import json
import os
import stat
from contextlib import asynccontextmanager

import pytest

from gateway.desk import Draft
from gateway.desk.events import GAP, Happened, Look
from gateway.node.folder import Folder, Incoming, Outgoing, Statuses
from gateway.node.folder_files import FolderFiles, Part
from gateway.private_files import PrivateFileError
from tests.nodes import OFFICER, Bomb, alarms, answer_to, facts, inquiry, two_nodes

LONG_AGO = 1_780_000_000


@pytest.fixture
async def pair(tmp_path):
    async with two_nodes(tmp_path) as pair:
        yield pair


def folder_of(node, path):
    ports = node.desk._ports
    return Folder(path=path / "exchange", desk=node.desk, store=node.store, ports=ports)


def outgoing(node, path, scan_seconds=0.02):
    worker = Outgoing(folder_of(node, path), scan_seconds=scan_seconds)
    worker._files.prepare()
    return worker


def drop(path, name, content, *, part="out", old=True):
    """Put a file there, as a system that writes it in one go; long ago unless told otherwise."""
    file = path / "exchange" / part / name
    raw = json.dumps(content).encode() if isinstance(content, dict) else content
    file.write_bytes(raw)
    if old:
        os.utime(file, (LONG_AGO, LONG_AGO))
    return file


def names(path, part):
    return sorted(each.name for each in (path / "exchange" / part).iterdir())


def read(path, part, name):
    return json.loads((path / "exchange" / part / name).read_text())


@asynccontextmanager
async def running(*workers):
    tasks = [asyncio.create_task(worker.run()) for worker in workers]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def wait_for(condition, seconds=10.0):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def sent_by(node):
    return await facts(node, "SELECT id, type FROM messages WHERE direction = 'out' ORDER BY seq")


# --- out -----------------------------------------------------------------------------------


async def test_a_file_becomes_a_message_with_its_result_and_its_status(pair, tmp_path):
    worker = outgoing(pair.jp, tmp_path)
    drop(tmp_path, "inquiry-17.json", inquiry())
    await worker.scan()
    ((message,),) = [await sent_by(pair.jp)]
    assert message["type"] == "inquiry.request"
    assert names(tmp_path, "out") == names(tmp_path, ".taken") == []
    assert names(tmp_path, "done") == ["inquiry-17.json", "inquiry-17.result.json"]
    assert read(tmp_path, "done", "inquiry-17.json") == inquiry()
    assert read(tmp_path, "done", "inquiry-17.result.json")["id"] == message["id"]
    assert read(tmp_path, "status", "inquiry-17.status.json")["id"] == message["id"]


async def test_what_is_refused_comes_back_with_the_reason(pair, tmp_path):
    worker = outgoing(pair.jp, tmp_path)
    drop(tmp_path, "wrong.json", inquiry() | {"colour": "blue", "priority": "high"})
    await worker.scan()
    assert await sent_by(pair.jp) == []
    assert names(tmp_path, "failed") == ["wrong.json", "wrong.result.json"]
    problem = read(tmp_path, "failed", "wrong.result.json")
    assert problem["exit_code"] == 3
    assert {each["where"] for each in problem["problems"]} == {"/colour"}
    assert names(tmp_path, "status") == names(tmp_path, "done") == []


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'{"a":1,"a":2}', b'{"a":1.5}', b"\xff\xfe"])
async def test_what_is_no_strict_json_comes_back(pair, tmp_path, raw):
    worker = outgoing(pair.jp, tmp_path)
    drop(tmp_path, "broken.json", raw)
    await worker.scan()
    assert read(tmp_path, "failed", "broken.result.json")["code"] == "invalid"
    assert names(tmp_path, "failed") == ["broken.json", "broken.result.json"]


async def test_files_are_sent_in_the_order_in_which_they_were_written(pair, tmp_path):
    worker = outgoing(pair.jp, tmp_path)
    for number in (3, 1, 2):
        file = drop(tmp_path, f"ping-{number}.json", {"type": "ping", "to": "kh/molvt", "body": {}})
        os.utime(file, (LONG_AGO + 10 - number, LONG_AGO + 10 - number))
    await worker.scan()
    order = [read(tmp_path, "done", f"ping-{number}.result.json")["id"] for number in (3, 2, 1)]
    assert [each["id"] for each in await sent_by(pair.jp)] == order


async def test_a_file_in_the_writing_is_left_alone_until_nobody_writes_any_more(pair, tmp_path):
    worker = outgoing(pair.jp, tmp_path)
    raw = json.dumps(inquiry()).encode()
    file = drop(tmp_path, "slow.json", raw[:40], old=False)
    await worker.scan()
    file.write_bytes(raw[:80])
    await worker.scan()
    assert names(tmp_path, "out") == ["slow.json"]
    file.write_bytes(raw)
    await worker.scan()
    assert await sent_by(pair.jp) == []
    await worker.scan()
    assert len(await sent_by(pair.jp)) == 1


async def test_a_pause_in_the_writing_is_not_taken_for_the_end(pair, tmp_path):
    worker = outgoing(pair.jp, tmp_path)
    raw = json.dumps(inquiry()).encode()
    with (tmp_path / "exchange" / "out" / "slow.json").open("wb", buffering=0) as file:
        file.write(raw[:40])
        for _ in range(3):
            await worker.scan()
        # It looked whole and was taken, but it is not, and not long ago somebody wrote to it.
        assert names(tmp_path, ".taken") == ["slow.json"]
        assert names(tmp_path, "failed") == []
        file.write(raw[40:])
    await worker.scan()
    assert len(await sent_by(pair.jp)) == 1
    assert names(tmp_path, "done") == ["slow.json", "slow.result.json"]


async def test_a_file_that_was_renamed_into_place_is_taken_at_once(pair, tmp_path):
    worker = outgoing(pair.jp, tmp_path)
    drop(tmp_path, ".hidden.json", inquiry())
    drop(tmp_path, "part.json.tmp", inquiry())
    await worker.scan()
    assert await sent_by(pair.jp) == []
    out = tmp_path / "exchange" / "out"
    (out / ".hidden.json").rename(out / "ready.json")
    await worker.scan()
    assert len(await sent_by(pair.jp)) == 1
    assert names(tmp_path, "out") == ["part.json.tmp"]


async def test_the_same_file_again_makes_no_second_message_but_another_name_does(pair, tmp_path):
    worker = outgoing(pair.jp, tmp_path)
    for name in ("a.json", "a.json", "b.json"):
        drop(tmp_path, name, inquiry())
        await worker.scan()
    assert len(await sent_by(pair.jp)) == 2
    drop(tmp_path, "a.json", inquiry(priority="urgent"))
    await worker.scan()
    assert len(await sent_by(pair.jp)) == 3


@pytest.mark.parametrize(
    "point", ["submit.before-commit", "submit.committed", "folder.result-written"]
)
async def test_a_node_that_dies_over_a_file_sends_it_once(tmp_path, point):
    async with two_nodes(tmp_path) as pair:
        bomb = Bomb(point, tmp_path / "jp")
        jp = await pair.restart(pair.jp, fail_at=bomb)
        worker = outgoing(jp, tmp_path)
        drop(tmp_path, "inquiry.json", inquiry())
        scanning = asyncio.ensure_future(worker.scan())
        dying = asyncio.ensure_future(jp.dead.wait())
        await asyncio.wait({scanning, dying}, return_when=asyncio.FIRST_COMPLETED, timeout=10)
        assert bomb.went_off
        for task in (scanning, dying):
            task.cancel()
        await asyncio.gather(scanning, dying, return_exceptions=True)
        await jp.kill()
        again = await pair.open(jp.keys, bomb.image, fail_at=lambda _: None)
        await outgoing(again, tmp_path).scan()
        ((message,),) = [await sent_by(again)]
        assert read(tmp_path, "done", "inquiry.result.json")["id"] == message["id"]
        assert names(tmp_path, "done") == ["inquiry.json", "inquiry.result.json"]
        assert names(tmp_path, ".taken") == []


async def test_a_store_that_is_busy_leaves_the_file_for_the_next_scan(pair, tmp_path):
    worker = outgoing(pair.jp, tmp_path)
    pair.jp.store._failure = "the disk is full"
    drop(tmp_path, "inquiry.json", inquiry())
    await worker.scan()
    assert names(tmp_path, ".taken") == ["inquiry.json"]
    assert names(tmp_path, "failed") == []
    pair.jp.store._failure = None
    await worker.scan()
    assert len(await sent_by(pair.jp)) == 1


@pytest.mark.parametrize("part", [Part.OUT, Part.TAKEN])
async def test_a_file_that_goes_after_it_was_seen_is_passed_over(pair, tmp_path, monkeypatch, part):
    worker = outgoing(pair.jp, tmp_path)
    drop(tmp_path, "gone.json", inquiry(), part=part)
    drop(tmp_path, "inquiry.json", inquiry())
    listed = worker._files.listed

    def and_then_renamed(which):
        found = listed(which)
        if which is part and "gone.json" in found and "inquiry.json" in found:
            folder = tmp_path / "exchange" / part
            (folder / "gone.json").rename(folder / "gone.tmp")
        return found

    monkeypatch.setattr(worker._files, "listed", and_then_renamed)
    await worker.scan()
    assert names(tmp_path, part) == ["gone.tmp"]
    assert names(tmp_path, "done") == ["inquiry.json", "inquiry.result.json"]
    assert names(tmp_path, "failed") == []
    assert len(await sent_by(pair.jp)) == 1


async def test_a_matter_is_accepted_or_declined_by_a_file(pair, tmp_path):
    asked = [await pair.jp.desk.send(Draft.from_json(inquiry()), OFFICER) for _ in range(2)]
    for each in asked:
        await pair.jp.desk.wait(each["id"], "received", 5)
        await pair.kh.desk.fetch(each["id"], OFFICER)
    worker = outgoing(pair.kh, tmp_path)
    reason = {"code": "not-competent", "text": "Another office."}
    drop(tmp_path, "yes.json", {"accept": asked[0]["reference"]})
    drop(tmp_path, "no.json", {"decline": asked[1]["id"], **reason})
    drop(tmp_path, "odd.json", {"decline": asked[1]["id"], "code": "", "why": "x"})
    await worker.scan()
    assert read(tmp_path, "done", "yes.result.json")["state"] == "accepted"
    problem = read(tmp_path, "failed", "odd.result.json")
    assert {each["where"] for each in problem["problems"]} == {"/code", "/text", "/why"}
    assert "no.result.json" in names(tmp_path, "done"), read(tmp_path, "failed", "no.result.json")
    assert read(tmp_path, "done", "no.result.json")["state"] == "declined"
    assert names(tmp_path, "status") == []


async def test_links_pipes_and_folders_are_refused_and_not_looked_into(pair, tmp_path):
    worker = outgoing(pair.jp, tmp_path)
    secret = tmp_path / "secret.json"
    secret.write_text(json.dumps(inquiry()))
    out = tmp_path / "exchange" / "out"
    (out / "link.json").symlink_to(secret)
    os.mkfifo(out / "pipe.json")
    (out / "folder.json").mkdir()
    (tmp_path / "exchange" / "failed" / "folder.json").write_text("in the way")
    for _ in range(2):
        await worker.scan()
    assert await sent_by(pair.jp) == []
    assert names(tmp_path, "out") == names(tmp_path, ".taken") == []
    texts = {
        name: read(tmp_path, "failed", f"{name}.result.json")["detail"]
        for name in ("link", "pipe", "folder")
    }
    assert texts["link"].startswith("cannot be read")
    assert texts["pipe"] == texts["folder"] == "is not a file"
    assert secret.exists()


async def test_a_file_that_is_too_large_is_refused_unread(pair, tmp_path):
    worker = outgoing(pair.jp, tmp_path)
    drop(tmp_path, "large.json", b" " * (4 * 2**20 + 1))
    await worker.scan()
    assert "larger than" in read(tmp_path, "failed", "large.result.json")["detail"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
async def test_a_file_of_another_account_is_refused(pair, tmp_path):
    worker = outgoing(pair.jp, tmp_path)
    os.chown(drop(tmp_path, "foreign.json", inquiry()), 4242, 4242)
    await worker.scan()
    assert read(tmp_path, "failed", "foreign.result.json")["detail"] == "belongs to another account"
    assert await sent_by(pair.jp) == []


async def test_names_that_are_ours_are_not_taken(pair, tmp_path):
    worker = outgoing(pair.jp, tmp_path)
    for name in ("a.result.json", "a.status.json", "a.txt", "a" * 300 + ".json"):
        try:
            drop(tmp_path, name, inquiry())
        except OSError:
            continue
    await worker.scan()
    assert await sent_by(pair.jp) == []


# --- the folder itself ---------------------------------------------------------------------


async def test_everything_is_private_whatever_the_umask(pair, tmp_path):
    before = os.umask(0)
    try:
        worker = outgoing(pair.jp, tmp_path)
        drop(tmp_path, "inquiry.json", inquiry())
        await worker.scan()
    finally:
        os.umask(before)
    root = tmp_path / "exchange"
    for folder in (root, *(root / part for part in Part)):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for part in ("done", "status"):
        for file in (root / part).glob("*.*.json"):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("part", ["", "out", "in", ".taken"])
async def test_a_folder_that_others_can_reach_is_not_used(pair, tmp_path, part):
    folder = folder_of(pair.jp, tmp_path)
    folder.files.prepare()
    drop(tmp_path, "inquiry.json", inquiry())
    (tmp_path / "exchange" / part).chmod(0o750)
    for worker in (Outgoing(folder, scan_seconds=0.01), Incoming(folder), Statuses(folder)):
        with pytest.raises(PrivateFileError):
            await asyncio.wait_for(worker.run(), 5)
    assert await sent_by(pair.jp) == []
    assert await alarms(pair.jp) == ["folder-failed"]


async def test_a_folder_behind_a_link_is_not_used(pair, tmp_path):
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "exchange").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PrivateFileError):
        await Incoming(folder_of(pair.jp, tmp_path)).run()
    assert list((tmp_path / "elsewhere").iterdir()) == []


# --- status --------------------------------------------------------------------------------


async def test_the_status_follows_each_level(pair, tmp_path):
    folder = folder_of(pair.jp, tmp_path)
    async with running(Outgoing(folder, scan_seconds=0.02), Statuses(folder)):
        await wait_for((tmp_path / "exchange" / "status").exists)
        drop(tmp_path, "inquiry.json", inquiry())
        path = tmp_path / "exchange" / "status" / "inquiry.status.json"
        await wait_for(path.exists)

        def reached(level):
            return json.loads(path.read_text())["levels"][level] is not None

        id = json.loads(path.read_text())["id"]
        await wait_for(lambda: reached("received"))
        await pair.kh.desk.fetch(id, OFFICER)
        await wait_for(lambda: reached("handed-over"))
        await pair.kh.desk.accept(id, OFFICER)
        await wait_for(lambda: reached("accepted"))
        await pair.kh.desk.send(Draft.from_json(answer_to({"id": id})), OFFICER)
        await wait_for(lambda: reached("answered"))


async def test_after_a_gap_in_the_feed_every_status_is_brought_up_to_date(pair, tmp_path):
    """The events between were discarded, so nobody says which messages they were about."""
    worker = outgoing(pair.jp, tmp_path)
    drop(tmp_path, "inquiry.json", inquiry())
    await worker.scan()
    path = tmp_path / "exchange" / "status" / "inquiry.status.json"
    id = json.loads(path.read_text())["id"]
    await pair.jp.desk.wait(id, "received", 5)

    async def follow(after):
        yield Look(0)
        await pair.kh.desk.fetch(id, OFFICER)
        await pair.jp.desk.wait(id, "handed-over", 5)
        yield Look(5, (Happened(5, {"kind": GAP, "id": None}),))

    pair.jp.desk.events.follow = follow
    await Statuses(folder_of(pair.jp, tmp_path))._work()
    assert json.loads(path.read_text())["levels"]["handed-over"] is not None


async def test_after_a_restart_every_status_is_brought_up_to_date(pair, tmp_path):
    worker = outgoing(pair.jp, tmp_path)
    drop(tmp_path, "inquiry.json", inquiry())
    await worker.scan()
    id = read(tmp_path, "status", "inquiry.status.json")["id"]
    await pair.jp.desk.wait(id, "received", 5)
    assert read(tmp_path, "status", "inquiry.status.json")["levels"]["received"] is None
    (tmp_path / "exchange" / "status" / "odd.status.json").write_text("[1]")
    async with running(Statuses(worker._folder)):
        await wait_for(
            lambda: read(tmp_path, "status", "inquiry.status.json")["levels"]["received"]
        )


async def test_a_status_that_was_deleted_is_not_written_again(pair, tmp_path):
    worker = outgoing(pair.jp, tmp_path)
    for name in ("one.json", "two.json"):
        drop(tmp_path, name, inquiry())
    await worker.scan()
    ids = {name: read(tmp_path, "status", f"{name}.status.json")["id"] for name in ("one", "two")}
    async with running(Statuses(worker._folder)):
        await wait_for(lambda: read(tmp_path, "status", "two.status.json")["levels"]["received"])
        (tmp_path / "exchange" / "status" / "one.status.json").unlink()
        for id in ids.values():
            await pair.jp.desk.wait(id, "received", 5)
            await pair.kh.desk.fetch(id, OFFICER)
        await wait_for(lambda: read(tmp_path, "status", "two.status.json")["levels"]["handed-over"])
    assert names(tmp_path, "status") == ["two.status.json"]


# --- in ------------------------------------------------------------------------------------


async def test_what_comes_in_is_one_file_and_handed_over(pair, tmp_path):
    async with running(Incoming(folder_of(pair.kh, tmp_path))):
        await wait_for((tmp_path / "exchange" / "in").exists)

        async def is_consumer():
            return await facts(pair.kh, "SELECT * FROM consumers")

        while not await is_consumer():
            await asyncio.sleep(0.01)
        asked = await pair.jp.desk.send(Draft.from_json(inquiry()), OFFICER)
        name = f"jp-isa-{asked['id']}.json"
        await wait_for(lambda: names(tmp_path, "in") == [name])
        found = read(tmp_path, "in", name)
        assert found["message"]["reference"] == asked["reference"]
        assert found["content"] == {"body": inquiry()["body"], "note": None}
        assert "content" not in found["message"]
        await pair.jp.desk.wait(asked["id"], "handed-over", 5)

        async def is_acknowledged():
            return not await facts(pair.kh, "SELECT * FROM consumptions")

        while not await is_acknowledged():
            await asyncio.sleep(0.01)
    mode = (tmp_path / "exchange" / "in" / name).stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


async def test_a_node_that_dies_before_it_acknowledges_writes_the_same_file_again(tmp_path):
    async with two_nodes(tmp_path) as pair:
        bomb = Bomb("folder.message-written", tmp_path / "kh")
        kh = await pair.restart(pair.kh, fail_at=bomb)
        await kh.desk.consumers.next("folder", folder_of(kh, tmp_path).actor)
        asked = await pair.jp.desk.send(Draft.from_json(inquiry()), OFFICER)
        async with running(Incoming(folder_of(kh, tmp_path))) as tasks:
            await asyncio.wait_for(kh.dead.wait(), 10)
            tasks[0].cancel()
        await kh.kill()
        name = f"jp-isa-{asked['id']}.json"
        first = read(tmp_path, "in", name)
        (tmp_path / "exchange" / "in" / name).unlink()
        again = await pair.open(kh.keys, bomb.image, fail_at=lambda _: None)
        async with running(Incoming(folder_of(again, tmp_path))):
            await wait_for(lambda: names(tmp_path, "in") == [name])
        assert read(tmp_path, "in", name)["content"] == first["content"]


async def test_a_full_disk_is_waited_for_and_costs_no_try(pair, tmp_path, monkeypatch):
    monkeypatch.setattr("gateway.node.folder._PAUSES", (0.01,))
    folder = folder_of(pair.kh, tmp_path)
    put, failures = FolderFiles.put, []

    def full(self, part, name, content):
        if part is Part.IN and len(failures) < 7:
            failures.append(name)
            raise OSError(28, "No space left on device")
        put(self, part, name, content)

    monkeypatch.setattr(FolderFiles, "put", full)
    await pair.kh.desk.consumers.next("folder", folder.actor)
    asked = await pair.jp.desk.send(Draft.from_json(inquiry()), OFFICER)
    async with running(Incoming(folder)):
        await wait_for(lambda: names_or_none(tmp_path) == [f"jp-isa-{asked['id']}.json"])
    assert len(failures) == 7
    assert await alarms(pair.kh) == ["folder-failed"]


def names_or_none(path):
    folder = path / "exchange" / "in"
    return names(path, "in") if folder.exists() else None


def test_a_write_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    files = FolderFiles(tmp_path / "exchange")
    files.prepare()
    files.put(Part.IN, "a.json", b"1")

    def fail(_descriptor):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="Input/output"):
        files.put(Part.IN, "a.json", b"2")
    assert os.listdir(tmp_path / "exchange" / "in") == ["a.json"]
    assert (tmp_path / "exchange" / "in" / "a.json").read_bytes() == b"1"
