"""Which ways out of the node are open is the configuration's to say."""

from functools import partial

import pytest

from gateway import config, resources
from gateway.node.outward import outward
from gateway.store import meta
from tests.nodes import two_nodes

NOTIFY = 'command = ["/bin/true"]\n'
FOLDER = 'path = "exchange"\n'


@pytest.fixture
async def node(tmp_path):
    async with two_nodes(tmp_path, start=False) as pair:
        yield pair.jp


async def opened(node, tmp_path, notify="", folder=""):
    """Return the names of the workers of a node whose configuration says this more."""
    text = resources.example_config().replace("[notify]\n", f"[notify]\n{notify}")
    path = tmp_path / "config.toml"
    path.write_text(text.replace("[folder]\n", f"[folder]\n{folder}"))
    ports = node.desk._ports
    workers = await outward(config.load(path), desk=node.desk, store=node.store, ports=ports)
    return [named.name for named in workers]


async def test_nothing_leads_out_unless_it_was_named(node, tmp_path):
    assert await opened(node, tmp_path) == []


async def test_what_was_named_has_its_workers(node, tmp_path):
    assert await opened(node, tmp_path, notify=NOTIFY) == ["notify"]
    folders = ["folder-out", "folder-in", "folder-status"]
    assert await opened(node, tmp_path, folder=FOLDER) == folders
    assert await opened(node, tmp_path, notify=NOTIFY, folder=FOLDER) == ["notify", *folders]


async def test_a_node_that_stops_to_notify_forgets_how_far_it_had_come(node, tmp_path):
    place = partial(meta.position, name="notify")
    await node.store.write(partial(meta.set_position, name="notify", seq=7))
    await opened(node, tmp_path, notify=NOTIFY)
    assert await node.store.read(place) == 7
    await opened(node, tmp_path)
    assert await node.store.read(place) is None
