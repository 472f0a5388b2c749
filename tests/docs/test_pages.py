"""The other pages under `docs/` agree with the code they speak of, and with each other."""

import re

import pytest

from tests.docs.pages import DOCS, code, codes, tables

ROOT = DOCS.parent
CALL = re.compile(r"fail_at\(\"([a-z.-]+)\"\)")
TEST = re.compile(r"^(?:async )?def (test_\w+)", re.MULTILINE)
DECISIONS = sorted(DOCS.glob("decisions/[0-9]*.md"))
PARTS = ["Context", "Decision", "Turned down", "Consequence"]
PAGES = sorted(DOCS.rglob("*.md"))


def sources():
    for path in sorted((ROOT / "gateway").rglob("*.py")):
        yield str(path.relative_to(ROOT)), path.read_text("utf-8")


def test_every_crash_point_of_the_code_has_its_row_and_no_other():
    (rows,) = tables("architecture.md", "Crash points")
    stated = [(code(row[0]), code(row[1])) for row in rows]
    found = [(name, path) for path, text in sources() for name in CALL.findall(text)]
    assert sorted(stated) == sorted(found)


def test_the_picture_of_the_rooms_has_every_package():
    text = (DOCS / "architecture.md").read_text("utf-8")
    packages = {path.parent.name for path in (ROOT / "gateway").glob("*/__init__.py")}
    assert {name for name in packages if name not in text} == set()


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_its_four_parts(path):
    text = path.read_text("utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == PARTS
    assert text.startswith(f"# {int(path.stem[:4])} ")


def test_decisions_are_numbered_without_gaps_and_listed():
    assert [int(path.stem[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    listed = (DOCS / "decisions" / "README.md").read_text("utf-8")
    for path in DECISIONS:
        title = path.read_text("utf-8").partition("\n")[0].partition(" ")[2].partition(" ")[2]
        assert f"]({path.name}) | {title} |" in listed


def test_the_code_and_the_tests_that_the_threat_model_names_exist():
    (rows,) = tables("threat-model.md", "What stops what")
    known = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        known |= set(
            re.findall(r"^(?:async )?def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
        )
    for row in rows:
        for place in codes(row[2]):
            assert (ROOT / "gateway" / place).is_file(), place
        assert set(codes(row[3])) <= known


def test_the_glossary_is_in_order_and_says_each_word_once():
    (rows,) = tables("glossary.md", "Glossary")
    words = [row[0] for row in rows]
    assert words == sorted(words)
    assert len(set(words)) == len(words)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(DOCS)))
def test_a_page_is_tidy(path):
    text = path.read_text("utf-8")
    assert text.endswith("\n")
    assert "\t" not in text
    assert not re.search(r" +$", text, re.MULTILINE)


@pytest.mark.parametrize("page", [ROOT / "README.md", DOCS / "README.md"], ids=["root", "docs"])
def test_a_reader_is_led_to_every_page_and_to_nothing_else(page):
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text("utf-8"))
    targets = [(page.parent / link).resolve() for link in links]
    assert [target for target in targets if not target.exists()] == []
    led = {target / "README.md" if target.is_dir() else target for target in targets}
    pages = {*DOCS.glob("*.md"), DOCS / "decisions" / "README.md"} - {DOCS / "README.md"}
    assert pages <= led
