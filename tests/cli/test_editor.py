"""A text in the officer's editor: private while it is open, gone afterwards, whatever happens."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gateway.cli import editor
from gateway.errors import InvalidError, LocalError, NotFoundError

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The folder in which private folders are made."""
    place = tmp_path / "run"
    place.mkdir(mode=0o755)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(place))
    return place


@pytest.fixture
def editing(tmp_path, monkeypatch):
    """Make an editor that runs some Python with `path` set."""

    def make(code):
        program = tmp_path / "editor.py"
        program.write_text(f"import os, sys\npath = sys.argv[-1]\n{code}\n")
        monkeypatch.delenv("VISUAL", raising=False)
        monkeypatch.setenv("EDITOR", f"{sys.executable} {program}")

    return make


def test_the_text_comes_back_as_the_officer_left_it(place, editing):
    editing("text = open(path).read()\nopen(path, 'w').write(text + 'ចាន់')")
    assert editor.edit("a\n") == "a\nចាន់"
    assert list(place.iterdir()) == []


def test_nobody_else_can_read_the_file_or_enter_its_folder(place, editing, tmp_path):
    seen = tmp_path / "seen"
    editing(
        "modes = [os.stat(each).st_mode for each in (path, os.path.dirname(path))]\n"
        f"open({str(seen)!r}, 'w').write(' '.join(map(str, [*modes, path])))"
    )
    before = os.umask(0)
    try:
        editor.edit("a")
    finally:
        os.umask(before)
    file, folder, path = seen.read_text().split()
    assert stat.S_IMODE(int(file)) == 0o600
    assert stat.S_IMODE(int(folder)) == 0o700
    assert Path(path).parent.parent == place


def test_what_an_editor_puts_beside_the_file_goes_too(place, editing):
    editing("open(path + '~', 'w').write('a copy')\nos.mkdir(os.path.dirname(path) + '/.swap')")
    editor.edit("a")
    assert list(place.iterdir()) == []


def test_an_editor_that_replaces_the_file_is_understood(place, editing):
    editing("os.remove(path)\nopen(path, 'w').write('new')")
    assert editor.edit("old") == "new"


FAILURES = {
    "it ends with an error": ("sys.exit(3)", LocalError, "error (3)"),
    "it leaves no file": ("os.remove(path)", LocalError, "no file"),
    "it leaves what is no text": ("open(path, 'wb').write(b'\\xff')", InvalidError, "UTF-8"),
    "it leaves far too much": (
        "open(path, 'w').write('x' * (5 * 2**20))",
        InvalidError,
        "far larger",
    ),
}


@pytest.mark.parametrize(("code", "error", "words"), FAILURES.values(), ids=FAILURES)
def test_nothing_stays_when_the_editing_fails(place, editing, code, error, words):
    editing(code)
    with pytest.raises(error) as caught:
        editor.edit("CHAN DARA")
    assert words in str(caught.value)
    assert list(place.iterdir()) == []


def test_visual_comes_before_editor_and_may_have_options(place, editing, monkeypatch, tmp_path):
    editing("sys.exit(9)")
    program = tmp_path / "visual.py"
    program.write_text(
        "import sys\nassert sys.argv[1] == '--wait'\nopen(sys.argv[2], 'a').write('v')"
    )
    monkeypatch.setenv("VISUAL", f"{sys.executable} {program} --wait")
    assert editor.edit("a") == "av"


def test_an_editor_that_is_not_there_is_told_with_the_variable(place, monkeypatch):
    monkeypatch.setenv("VISUAL", "no-such-editor --x")
    with pytest.raises(NotFoundError, match="no-such-editor, which VISUAL names"):
        editor.edit("a")
    assert list(place.iterdir()) == []


def test_without_any_editor_the_error_says_how_to_name_one(place, monkeypatch):
    for name in ("VISUAL", "EDITOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(NotFoundError) as caught:
        editor.edit("a")
    assert "export EDITOR" in caught.value.hint


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT])
def test_the_file_goes_when_the_command_is_ended_meanwhile(place, editing, number):
    editing("import time\nopen(os.path.dirname(path) + '/../../up', 'w').close()\ntime.sleep(60)")
    program = "from gateway.cli import editor\neditor.edit('CHAN DARA')"
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 30
    while not (place.parent / "up").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert len(list(place.iterdir())) == 1
    os.killpg(process.pid, number)
    assert process.wait(30) != 0
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT])
def test_a_key_that_is_meant_for_the_editor_neither_ends_us_nor_loses_the_text(
    place, editing, number
):
    editing(
        "import signal\n"
        "first = signal.getsignal(signal.SIGQUIT) is signal.SIG_DFL\n"
        "first &= signal.getsignal(signal.SIGINT) is signal.default_int_handler\n"
        f"signal.signal({int(number)}, lambda *_: None)\n"
        f"os.killpg(0, {int(number)})\n"
        "open(path, 'w').write(f'typed, begun with the defaults: {first}')"
    )
    done = subprocess.run(
        [sys.executable, "-c", "from gateway.cli import editor\nprint(editor.edit('CHAN DARA'))"],
        env=os.environ | {"PYTHONPATH": str(CHECKOUT)},
        start_new_session=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (0, "typed, begun with the defaults: True\n"), done
    assert list(place.iterdir()) == []
