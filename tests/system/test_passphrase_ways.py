"""Every way in which a node gets its passphrase, with real processes; and keys taken up later."""

import os
import pty
import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.system.nodes import PASSPHRASE, Node, Pair, environment, until
from tests.system.shell import rotate, secret

pytestmark = pytest.mark.timeout(90)

_TERMINALS: list[int] = []
LINE = 'file = "passphrase"'


def say(node: Node, line: str) -> None:
    """Let [passphrase] of the configuration say where the passphrase comes from."""
    text = node.config.read_text()
    assert text.count(LINE) == 1
    node.config.write_text(text.replace(LINE, line))
    (node.folder / "passphrase").unlink()


def serve(node: Node, **options) -> None:
    with node.log.open("ab") as log:
        given = {"stdin": subprocess.DEVNULL, "env": environment()} | options
        node.process = subprocess.Popen(node.command("serve"), stdout=log, stderr=log, **given)


def by_file(node: Node) -> None:
    node.launch()


def by_descriptor(node: Node) -> None:
    ours, theirs = os.pipe()
    say(node, f"descriptor = {ours}")
    os.write(theirs, PASSPHRASE)
    os.close(theirs)
    serve(node, pass_fds=(ours,))
    os.close(ours)


def by_credential(node: Node) -> None:
    say(node, 'credential = "gateway-passphrase"')
    folder = node.folder / "credentials"
    folder.mkdir(mode=0o500)
    folder.chmod(0o700)
    (folder / "gateway-passphrase").write_bytes(PASSPHRASE)
    serve(node, env=environment(CREDENTIALS_DIRECTORY=str(folder)))


def by_prompt(node: Node) -> None:
    say(node, "prompt = true")
    ours, theirs = pty.openpty()
    _TERMINALS.append(ours)
    # A session of its own has no other terminal than this one.
    serve(node, stdin=theirs, start_new_session=True)
    os.close(theirs)
    # What is typed before the question is thrown away.
    until(lambda: b"Passphrase" in node.log.read_bytes(), "nobody asked")
    os.write(ours, PASSPHRASE + b"\n")


@pytest.fixture(autouse=True)
def terminals() -> Iterator[None]:
    """Close the terminals that a test has opened, once their processes have ended."""
    yield
    while _TERMINALS:
        os.close(_TERMINALS.pop())


WAYS = [by_file, by_descriptor, by_credential, by_prompt]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_node_starts_and_takes_up_new_keys(pair: Pair, way: Callable[[Node], None]):
    way(pair.jp)
    pair.jp.until_ready()
    pair.kh.start()
    sent = pair.jp.send({"type": "ping", "to": "kh/molvt", "body": {}})
    pair.jp.wait(sent["id"], "received")
    again = secret(pair.jp, "again", PASSPHRASE)
    ran = rotate(pair.jp, "all", "--passphrase-file", again)
    assert "the running node uses card 2" in ran.err
    assert pair.jp.get("keys")["serial"] == 2
    assert PASSPHRASE.decode() not in pair.jp.log.read_text()
    assert pair.jp.stop() == 0


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("descriptor = 99", "descriptor 99 cannot be read"),
        ('credential = "gateway-passphrase"', "CREDENTIALS_DIRECTORY is not set"),
        ("prompt = true", "no terminal to ask"),
        ('file = "elsewhere"', "elsewhere does not exist"),
    ],
)
def test_a_way_that_leads_nowhere_says_what_is_missing(pair: Pair, line, says):
    say(pair.jp, line)
    ran = pair.jp.run("serve")
    assert ran.code == 3
    assert says in ran.err
    assert "Traceback" not in ran.err
