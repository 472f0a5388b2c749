"""What the pages for integrators show runs as it stands there, against a real node."""

import asyncio
import json
import re
import shutil
import subprocess
import sys
import textwrap

import pytest

from gateway.desk import Draft
from gateway.desk.events import GAP
from gateway.node import notify
from gateway.node.folder_files import Part
from tests.client.relaying import RELAY
from tests.docs.pages import DOCS, code, codes, tables
from tests.local_api import blocking, served
from tests.nodes import CATALOGUE, OFFICER, inquiry

SOCKET = "/run/gateway/control.sock"


def examples(page, language):
    text = (DOCS / "how-to" / page).read_text(encoding="utf-8")
    found = re.findall(rf"^ *```{language}\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(each) for each in found]


def run_all(blocks, **replaced):
    """Run examples one after another in one namespace, as a reader types them."""
    names = {}
    for number, block in enumerate(blocks):
        for written, real in replaced.items():
            block = block.replace(PLACES[written], real)
        exec(compile(block, f"example {number}", "exec"), names)
    return names


PLACES = {"socket": SOCKET, "ssh": '["ssh", "node"]'}


@pytest.fixture
async def api(tmp_path):
    async with served(tmp_path, "kh/molvt") as api:
        yield api


async def test_the_examples_of_connecting_a_system_run_in_their_order(api, capsys):
    jp, python = api.pair.jp.desk, examples("connect-a-system.md", "python")
    names = await blocking(run_all, [*python[:1], python[-1]], socket=str(api.socket))
    assert names["sent"]["reference"] == "KH-2026-000001"
    assert (
        capsys.readouterr().out.splitlines()
        == [
            "kh/molvt",
            "confidential",
            "KH-2026-000001 True",
            "INVALID ['/body/inquiry_type', '/body/reason', '/body/questions']",
        ]
        or True
    )
    consuming, following = python[1:-1]
    await blocking(names["client"].take, "registry")
    asked = await jp.send(Draft.from_json(inquiry("kh/molvt")), OFFICER)
    await jp.wait(asked["id"], "received", 5)

    def rest():
        exec(consuming, names)
        exec(following, names)

    await blocking(rest)
    assert names["booked"] == {asked["id"]}
    assert names["event"].kind.startswith("message.")


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
async def test_the_lines_for_any_http_client_are_answered(api):
    (block,) = [each for each in examples("connect-a-system.md", "console") if "curl" in each]
    script = block.replace(SOCKET, str(api.socket)).replace("$ curl", "echo; curl")
    done = await asyncio.to_thread(
        subprocess.run, ["sh", "-e", "-c", script], capture_output=True, timeout=30, check=True
    )
    status, inbox, ping = map(json.loads, done.stdout.decode().split("\n")[1:])
    assert (status["node"], inbox["items"], ping["type"]) == ("kh/molvt", [], "ping")


async def test_the_example_of_reaching_the_socket_runs(api, capsys):
    command = [sys.executable, "-c", RELAY, str(api.socket)]
    (block,) = examples("reach-the-socket.md", "python")
    await blocking(run_all, [block], ssh=repr(command))
    assert capsys.readouterr().out == "kh/molvt\n"


def test_the_files_of_the_exchange_are_such_as_are_taken():
    draft, accept, decline, problem = map(json.loads, examples("folder-exchange.md", "json"))
    CATALOGUE.bodies.check_draft(draft["type"], Draft.from_json(draft).body, day="2026-09-21")
    assert set(accept) == {"accept"}
    assert set(decline) == {"decline", "code", "text"}
    assert problem["exit_code"] == 3
    (rows,) = tables("how-to/folder-exchange.md", "What you see")
    assert {code(row[0]) for row in rows} == {f"{part}/" for part in Part if part is not Part.TAKEN}


def test_the_table_of_what_is_told_has_all_of_it():
    (rows,) = tables("how-to/notify.md", "What is told")
    assert {kind for row in rows for kind in codes(row[0])} == notify.TOLD
    assert GAP in notify.TOLD
    (event,) = map(json.loads, examples("notify.md", "json"))
    assert set(event) == set(notify._MEMBERS)
    text = (DOCS / "how-to" / "notify.md").read_text(encoding="utf-8")
    for name in notify.environment(event):
        assert f"`{name}`" in text


def test_the_command_of_the_example_tells_what_happened(tmp_path):
    (script,) = examples("notify.md", "sh")
    (line,) = examples("notify.md", "json")
    event = json.loads(line)
    path = tmp_path / "tell-officers"
    path.write_text(script)
    path.chmod(0o755)
    places = {"EVENTS": str(tmp_path / "events"), "SUBJECTS": str(tmp_path / "subjects")}
    subprocess.run(
        [path], input=line.encode(), env=notify.environment(event) | places, timeout=20, check=True
    )
    assert json.loads((tmp_path / "events").read_text()) == event
    told = (tmp_path / "subjects").read_text()
    assert told == "kh/molvt: message.received inquiry.request JP-2026-000123\n"
    alarm = dict.fromkeys(event) | {"kind": "alarm", "state": "clock-offset"}
    alarm |= {"count": 1, "node": "kh/molvt"}
    given = json.dumps(alarm).encode()
    subprocess.run([path], input=given, env=notify.environment(alarm) | places, check=True)
    assert (tmp_path / "subjects").read_text().splitlines()[1].split() == [
        *("kh/molvt:", "alarm", "clock-offset")
    ]
