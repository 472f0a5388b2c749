"""Reading a page of `docs/` as data: its sections, their tables and their blocks of text."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"


def section(page: str, heading: str) -> str:
    """Return the text below a heading, up to the next one of any level."""
    text = (DOCS / page).read_text(encoding="utf-8")
    found = re.search(
        rf"^#+ {re.escape(heading)}$\n(.*?)(?=^#+ |\Z)", text, re.MULTILINE | re.DOTALL
    )
    assert found, f"{page} has no heading {heading!r}"
    return found[1]


def tables(page: str, heading: str) -> list[list[list[str]]]:
    """Return the tables below a heading, each as its rows of plain cells, without the head."""
    found: list[list[list[str]]] = []
    rows: list[list[str]] = []
    for line in [*section(page, heading).splitlines(), ""]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
        elif rows:
            found.append(rows[2:])
            rows = []
    return found


def blocks(page: str, heading: str) -> list[str]:
    """Return the fenced blocks of text below a heading."""
    return re.findall(r"^```text\n(.*?)^```$", section(page, heading), re.MULTILINE | re.DOTALL)


def code(cell: str) -> str:
    """Return the one word that a cell shows as code."""
    (word,) = re.findall(r"`([^`]+)`", cell)
    return word


def codes(cell: str) -> list[str]:
    """Return every word that a cell shows as code."""
    return re.findall(r"`([^`]+)`", cell)
