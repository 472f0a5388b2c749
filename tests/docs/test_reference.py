"""The reference is what the program says; a page that is not is written anew by one command."""

import shutil
import subprocess

import pytest

from docs.reference import generate
from gateway.cli import failure
from gateway.errors import ExitCode
from tests.docs.pages import DOCS, tables

HOW = "write it anew: .venv/bin/python -m docs.reference.generate"


@pytest.mark.parametrize("name", generate.PAGES)
def test_a_page_is_what_the_program_says(name):
    page = DOCS / "reference" / name
    assert page.is_file(), HOW
    assert page.read_text("utf-8") == generate.page(name), HOW


def test_every_page_of_the_folder_is_made():
    found = {
        path.name
        for path in (DOCS / "reference").iterdir()
        if path.suffix in {".md", ".1", ".json"}
    }
    # The conformance page stands one folder up, where whoever asks for it looks.
    assert found == set(generate.PAGES) - {"../conformance.md"}


def test_a_stale_page_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(generate, "FOLDER", tmp_path)
    monkeypatch.setattr(generate, "PAGES", {"a.md": "", "b.md": ""})
    monkeypatch.setattr(generate, "page", {"a.md": "new\n", "b.md": "same\n"}.get)
    (tmp_path / "a.md").write_text("old\n")
    (tmp_path / "b.md").write_text("same\n")
    monkeypatch.setattr("sys.argv", ["generate", "--check"])
    assert generate.main() == 1
    assert capsys.readouterr().err == "docs/reference/a.md is stale\n"
    assert (tmp_path / "a.md").read_text() == "old\n"
    monkeypatch.setattr("sys.argv", ["generate"])
    assert generate.main() == 0
    assert generate.stale() == []


def test_the_table_of_exit_codes_is_whole_and_the_readme_has_the_same():
    assert set(failure.MEANINGS) == set(ExitCode)
    _, rows = tables("../README.md", "First steps at a shell")
    cells = [cell for row in rows for cell in row if cell]
    found = dict(zip(map(int, cells[::2]), cells[1::2], strict=True))
    assert found == {int(code): text for code, text in failure.MEANINGS.items()}


LINTERS = {
    "man": ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z"],
    "groff": ["groff", "-man", "-ww", "-z", "-Kutf8"],
    "mandoc": ["mandoc", "-T", "lint", "-W", "warning"],
}


@pytest.mark.parametrize(
    "tool",
    [
        pytest.param(name, marks=pytest.mark.skipif(not shutil.which(name), reason=f"no {name}"))
        for name in LINTERS
    ],
)
def test_the_manual_page_has_no_fault(tool):
    done = subprocess.run(
        [*LINTERS[tool], DOCS / "reference" / "gateway.1"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    # A date would go stale: the page is for the program of the same checkout or wheel.
    faults = [line for line in done.stderr.splitlines() if "missing date" not in line]
    assert faults == [], done.stdout
