"""A reader finds each page in two clicks from the README, and every how-to has the same form."""

import re

import pytest

from gateway.cli.root import SECTIONS
from tests.docs.pages import DOCS, codes, tables

ROOT = DOCS.parent
LINK = re.compile(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)")
FENCED = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
HOW_TO = sorted((DOCS / "how-to").glob("*.md"))
EXPLANATION = sorted((DOCS / "explanation").glob("*.md"))


def linked(page):
    """Return the files that a page leads to; a folder is its README."""
    text = FENCED.sub("", page.read_text(encoding="utf-8"))
    targets = [(page.parent / found).resolve() for found in LINK.findall(text)]
    return {target / "README.md" if target.is_dir() else target for target in targets}


def test_every_page_is_two_clicks_from_the_readme():
    first = linked(ROOT / "README.md")
    second = {page for each in first if each.suffix == ".md" for page in linked(each)}
    pages = {
        path for path in DOCS.rglob("*") if path.suffix in {".md", ".1", ".json"} and path.is_file()
    }
    assert {str(page.relative_to(ROOT)) for page in pages - first - second} == set()


@pytest.mark.parametrize("folder", ["tutorials", "how-to", "reference", "explanation"])
def test_the_index_has_every_page_of_its_four_kinds(folder):
    pages = {path for path in (DOCS / folder).glob("*") if path.suffix in {".md", ".1", ".json"}}
    assert pages
    assert pages <= linked(DOCS / "README.md")


@pytest.mark.parametrize("page", HOW_TO, ids=lambda path: path.stem)
def test_a_how_to_says_for_whom_what_to_do_what_is_seen_and_what_goes_wrong(page):
    text = page.read_text(encoding="utf-8")
    title, _, rest = text.partition("\n\n")
    assert re.fullmatch(r"# [A-Z].+", title)
    assert re.match(r"For [a-z ]+[:.]|For [a-z ]+ who ", rest), "it does not say for whom it is"
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert "When it goes wrong" in headings
    assert len(headings) > 1, "nothing to do"
    assert re.search(r"^ *```", text, re.MULTILINE), "nothing to type"


def test_the_index_tells_each_page_by_its_title():
    text = (DOCS / "README.md").read_text(encoding="utf-8")
    for page in [*HOW_TO, *EXPLANATION, *sorted((DOCS / "tutorials").glob("*.md"))]:
        title = page.read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")
        assert f"[{title}]({page.parent.name}/{page.name})" in text


def test_the_readme_names_every_command_under_whoever_uses_it():
    (rows, _) = tables("../README.md", "First steps at a shell")
    stated = [codes(row[1]) for row in rows]
    for names, (_, commands) in zip(stated, SECTIONS.items(), strict=True):
        assert set(commands) <= set(names)
