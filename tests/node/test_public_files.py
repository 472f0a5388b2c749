"""Public pages on the disk: whole, readable for everybody, mended when they break."""

import asyncio
import json
import os
import re
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.catalogue import Register
from gateway.config import PublicationConfig, load
from gateway.desk.public_site import PublicRegister
from gateway.node.public_files import PublicFiles, Publisher, outlet, publisher
from gateway.resources import example_config
from gateway.store.publications import Shown
from tests.nodes import CATALOGUE, Pair, alarms, two_nodes, until
from tests.publishing import (
    ADDRESS,
    OPERATOR,
    PAGE,
    example,
    open_site,
    publish_at_once,
    say,
    shown,
    states,
)

NASTY = {
    "organisation": {"name": {"en": "=HYPERLINK(1)", "ja": "<script>見本</script>", "km": "គំរូ"}},
    "licence": {"number": "@SUM(A1)"},
}

SINCE = "2026-09-21T14:13:20Z"


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    async with two_nodes(tmp_path) as pair:
        yield pair


def register(*entries, peer="kh/molvt"):
    return PublicRegister(
        peer=peer,
        register=Register.SENDING_ORGS,
        source="kh/molvt",
        at="2026-10-01T09:00:00Z",
        version="2026-09",
        entries=entries,
    )


def entry(number=1, **fields):
    return Shown(entry=f"so-{number}", status="approved", fields=fields, seq=number, since=SINCE)


def files(node, folder, address=ADDRESS):
    config = PublicationConfig(folder=folder, address=address)
    return PublicFiles(config, parties=CATALOGUE.parties, ports=node.desk._ports)


async def test_a_register_is_a_page_a_table_and_a_file_for_programs(pair, tmp_path):
    site = files(pair.jp, tmp_path / "public")
    await site.write([register(entry(**NASTY))])
    folder = tmp_path / "public" / "kh-molvt"
    names = {path.name for path in folder.iterdir()}
    assert names == {f"sending-orgs.{ending}" for ending in ("html", "csv", "json")}
    page = (folder / "sending-orgs.html").read_text("utf-8")
    assert "<script>" not in page
    assert 'lang="km">គំរូ' in page
    assert "Ministry of Labour" in page
    assert re.findall('href="([^"]*)"', page) == ["sending-orgs.csv", "sending-orgs.json"]
    table = (folder / "sending-orgs.csv").read_text("utf-8")
    assert "'=HYPERLINK(1)" in table
    assert "'@SUM(A1)" in table
    document = json.loads((folder / "sending-orgs.json").read_text("utf-8"))
    assert document["entries"]["so-1"]["licence"] == NASTY["licence"]
    assert site.place("kh/molvt", Register.SENDING_ORGS) == PAGE


async def test_a_page_tells_codes_in_words(pair, tmp_path):
    shown = entry(scope={"fields": ["food-service"]})
    await files(pair.jp, tmp_path / "public").write([register(shown)])
    page = (tmp_path / "public" / "kh-molvt" / "sending-orgs.html").read_text("utf-8")
    assert "Food service" in page
    assert "food-service" not in page


async def test_everybody_may_read_the_pages_whatever_the_mask_of_the_account(pair, tmp_path):
    before = os.umask(0o077)
    try:
        await files(pair.jp, tmp_path / "public").write([register(entry())])
    finally:
        os.umask(before)
    for path in (tmp_path / "public", *(tmp_path / "public").rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o755 if path.is_dir() else 0o644), path


async def test_a_page_is_replaced_whole_and_nothing_is_left_behind(pair, tmp_path):
    site = files(pair.jp, tmp_path / "public")
    for number in (1, 2):
        await site.write([register(entry(number, licence={"number": f"TEST-{number}"}))])
    folder = tmp_path / "public" / "kh-molvt"
    assert len(list(folder.iterdir())) == 3
    text = (folder / "sending-orgs.html").read_text("utf-8")
    assert "TEST-2" in text
    assert "TEST-1" not in text


async def test_a_link_in_the_folder_leads_nowhere(pair, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "kh-molvt").symlink_to(elsewhere)
    with pytest.raises(OSError, match="kh-molvt"):
        await files(pair.jp, tmp_path / "public").write([register(entry())])
    assert list(elsewhere.iterdir()) == []


async def test_registers_of_two_peers_have_folders_of_their_own(pair, tmp_path):
    site = files(pair.jp, tmp_path / "public")
    await site.write([register(entry(1)), register(entry(2), peer="np/moless")])
    assert {path.name for path in (tmp_path / "public").iterdir()} == {"kh-molvt", "np-moless"}


async def test_without_a_folder_nothing_is_written_and_no_page_has_an_address(pair, tmp_path):
    site = files(pair.jp, None)
    await site.write([register(entry())])
    assert (site.is_open, site.place("kh/molvt", Register.SENDING_ORGS)) == (False, None)
    assert files(pair.jp, tmp_path / "x", None).place("kh/molvt", Register.SENDING_ORGS) is None


def working(pair):
    node = pair.jp
    return asyncio.create_task(
        Publisher(
            desk=node.desk, store=node.store, changes=node.changes, ports=node.desk._ports
        ).run()
    )


async def test_the_worker_publishes_what_the_configuration_names(pair, tmp_path):
    path = tmp_path / "config.toml"
    text = example_config().replace(
        "automatic = []",
        f'folder = "public"\naddress = "{ADDRESS}"\nautomatic = ["sending-org.approval"]',
    )
    path.write_text(text)
    node = pair.jp
    shared = {
        "catalogue": CATALOGUE,
        "ports": node.desk._ports,
        "store": node.store,
        "changes": node.changes,
    }
    node.desk.publications._outlet = outlet(load(path, {}), shared)
    named = publisher(node.desk, shared)
    task = asyncio.create_task(named.worker.run())
    try:
        await say(pair.kh, "sending-org.approval", example("sending-org.approval"))
        page = tmp_path / "public" / "kh-molvt" / "sending-orgs.html"

        async def is_there():
            return page.exists() and await states(node) == [("published", "done")]

        await until(node, is_there)
    finally:
        task.cancel()
    assert "Mekong Example" in page.read_text("utf-8")


async def test_the_worker_makes_pages_anew_that_somebody_has_broken(pair, tmp_path):
    folder = open_site(pair.jp, tmp_path / "public")
    sent = await say(pair.kh, "sending-org.approval", example("sending-org.approval"))
    await pair.jp.desk.publications.publish(sent["id"], OPERATOR)
    page = folder / "kh-molvt" / "sending-orgs.html"
    page.write_text("broken")
    task = working(pair)
    try:

        async def is_mended():
            return "Mekong Example" in page.read_text("utf-8")

        await until(pair.jp, is_mended)
    finally:
        task.cancel()


async def test_a_folder_that_cannot_be_written_raises_an_alarm_and_is_tried_again(
    pair, tmp_path, monkeypatch
):
    monkeypatch.setattr("gateway.node.public_files._PAUSES", (0.01,))
    folder = open_site(pair.jp, tmp_path / "public")
    folder.mkdir()
    (folder / "kh-molvt").write_text("in the way")
    publish_at_once(pair.jp, "sending-org.approval")
    task = working(pair)
    try:
        await say(pair.kh, "sending-org.approval", example("sending-org.approval"))

        async def is_told():
            return "publication-failed" in await alarms(pair.jp)

        await until(pair.jp, is_told)
        assert await states(pair.jp) == [("published", "decided")]
        (folder / "kh-molvt").unlink()

        async def is_done():
            return await states(pair.jp) == [("published", "done")]

        await until(pair.jp, is_done)
    finally:
        task.cancel()
    assert "so-0045" in await shown(pair.jp)
