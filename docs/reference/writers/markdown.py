"""Pieces of a page: tables, code, lists."""

from collections.abc import Iterable, Sequence

NOTICE = (
    "This page is made from the program by `.venv/bin/python -m docs.reference.generate`; a test "
    "compares them."
)


def page(title: str, *parts: str) -> str:
    """Return a whole page; empty parts are left out."""
    return "\n\n".join([f"# {title}", NOTICE, *(part for part in parts if part)]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table, or nothing where it would have no row."""
    lines = [_row(row) for row in rows]
    return "\n".join([_row(head), "|" + "---|" * len(head), *lines]) if lines else ""


def code(text: object) -> str:
    """Return a word as code; empty stays empty."""
    return f"`{text}`" if text not in (None, "") else ""


def codes(words: Iterable[object]) -> str:
    """Return words as code, with commas between."""
    return ", ".join(map(code, words))


def block(*lines: str, kind: str = "text") -> str:
    """Return a fenced block."""
    return "\n".join([f"```{kind}", *lines, "```"])


def sentence(text: str) -> str:
    """Return a text that begins like a sentence and ends like one."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def _row(cells: Sequence[object]) -> str:
    texts = (" ".join(str(cell).split()).replace("|", "\\|") for cell in cells)
    return "| " + " | ".join(texts) + " |"
