"""The tutorials, played as they stand: real nodes, and what the page says each command prints."""

import os
import re
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.docs.console import Shell, difference, steps, with_answers
from tests.docs.pages import DOCS

TUTORIALS = DOCS / "tutorials"
BIN = Path(sys.executable).parent
# The slowest step starts a node, or stretches a passphrase, on a machine that is busy with tests.
PATIENCE = 100
# The page has fixed ports; what else runs on this machine may have them open.
PORT = re.compile(r"\b184[0-9]{2}\b")


@pytest.fixture
def shell(tmp_path):
    opened = Shell(tmp_path, PATH=f"{BIN}:{os.environ['PATH']}", COLUMNS="120", LC_ALL="C.UTF-8")
    yield opened
    opened.close()


@pytest.fixture
def demo(tmp_path):
    """Both nodes of `./run`, up and with the exchange that it plays."""
    log = (tmp_path / "demo.log").open("wb")
    process = subprocess.Popen(
        [BIN / "gateway", "demo", "--folder", tmp_path / "data" / "demo"],
        stdout=log,
        stderr=log,
        env={name: text for name, text in os.environ.items() if not name.startswith("GATEWAY_")},
    )
    deadline = time.monotonic() + PATIENCE
    while "Ctrl-C ends" not in (said := (tmp_path / "demo.log").read_text()):
        assert process.poll() is None, said
        assert time.monotonic() < deadline, said
        time.sleep(0.1)
    yield
    process.terminate()
    process.wait(60)
    log.close()


def elsewhere(step, ports):
    """Return the step with free ports in place of those of the page."""
    command = step.command
    for port in sorted(set(PORT.findall(command))):
        command = command.replace(port, ports.setdefault(port, str(_free_port())))
    return replace(step, command=command)


def _free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def play(shell, name):
    page = TUTORIALS / name
    ports = {}
    found = [elsewhere(step, ports) for step in steps(page)]
    assert found
    for step in found:
        code, printed = shell.run(with_answers(step), PATIENCE)
        where = f"{page.name}:{step.line}: $ {step.command}"
        said = "\n".join(printed)
        is_refused = any(line.startswith(("error:", "Error:")) for line in step.expected)
        # 10 is a warning: a machine of the tests may be short of disk or run as root.
        assert (code not in {0, 10}) == is_refused, f"{where} ended with {code}\n{said}"
        missing = difference(step.expected, printed)
        assert missing is None, f"{where}\nprinted no {missing!r}\n{said}"


@pytest.mark.timeout(600)
def test_an_operators_first_day_goes_as_the_page_says(shell):
    play(shell, "operator-first-day.md")


@pytest.mark.timeout(600)
@pytest.mark.usefixtures("demo")
def test_an_officers_first_day_goes_as_the_page_says(shell):
    play(shell, "officer-first-day.md")


def test_every_tutorial_is_played():
    names = {path.name for path in TUTORIALS.glob("*.md")}
    assert names == {"operator-first-day.md", "officer-first-day.md"}
