"""Every setting and variable that a page shows is one that the program knows."""

import re
import tomllib

import pytest

from gateway.config.described import settings
from gateway.config.variables import FAMILIES, OTHERS
from tests.docs.pages import DOCS

ROOT = DOCS.parent
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *ROOT.glob("*/README.md")])
BLOCK = re.compile(r"^( *)```toml\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
VARIABLE = re.compile(r"\bGATEWAY_[A-Z]+(?:_[A-Z]+)*\b")
TABLES = {table for table, _ in settings()}


def blocks():
    """Yield the TOML blocks that show a configuration: their tables are those of the schema."""
    for page in PAGES:
        for indent, text in BLOCK.findall(page.read_text("utf-8")):
            document = tomllib.loads(re.sub(rf"^{indent}", "", text, flags=re.MULTILINE))
            if document.keys() & TABLES:
                yield str(page.relative_to(ROOT)), document


@pytest.mark.parametrize(("page", "document"), list(blocks()))
def test_a_setting_of_a_page_is_one_of_the_program(page, document):
    named = {(table, key) for table, said in document.items() for key in said}
    assert named - settings().keys() == set()


def test_a_variable_of_a_page_is_one_of_the_program():
    known = {each.variable for each in settings().values()} | set(OTHERS)
    # Slips and secrets that pages show as what is refused.
    known |= {"GATEWAY_LOG_LEVELS", "GATEWAY_PASSPHRASE"}
    named = {
        (str(page.relative_to(ROOT)), name)
        for page in PAGES
        for name in VARIABLE.findall(page.read_text("utf-8"))
    }
    families = tuple(FAMILIES)
    assert {
        each for each in named if each[1] not in known and not each[1].startswith(families)
    } == set()
