"""What lies in the repository, and that its pages lead somewhere."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

EXPECTED = {
    ".ci",
    ".gitignore",
    "README.md",
    "benchmarks",
    "config.toml",
    "deploy",
    "docs",
    "gateway",
    "keys",
    "pyproject.toml",
    "requirements",
    "run",
    "schemas",
    "test",
    "tests",
}
SCRIPTS = ["run", "test", ".ci/run", "requirements/lock.sh", "requirements/setup.sh"]
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "keys/*.md", "schemas/**/*.md", "tests/**/*.md")
    for path in ROOT.glob(pattern)
)
LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)|!\[[^\]\n]*\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def ignored():
    """Names that .gitignore keeps out, as far as they stand at the top."""
    lines = (ROOT / ".gitignore").read_text().splitlines()
    return {line.strip("/") for line in lines} | {".git"}


def anchors(page):
    """Return the anchors that the headings of a page make."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
    return set(plain)


def test_nothing_lies_at_the_top_that_the_architecture_does_not_name():
    found = {path.name for path in ROOT.iterdir()} - ignored()
    found = {each for each in found if not each.endswith(".egg-info")}
    assert found - EXPECTED == set()


def test_every_link_in_a_page_resolves():
    broken = []
    for page in PAGES:
        text = CODE.sub("", page.read_text(encoding="utf-8"))
        for match in LINK.finditer(text):
            target = match[1] or match[2]
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            file = (page.parent / path) if path else page
            if not file.exists() or (anchor and anchor not in anchors(file)):
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert broken == []


def test_the_readme_opens_with_one_sentence_and_the_two_commands():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    first_code = text[: text.index("```", text.index("```") + 3)]
    assert first_code.count("\n") <= 30
    assert "./run" in first_code
    sentence = text.split("\n\n")[1]
    assert sentence.count(". ") == 0, "more than one sentence before the commands"
    assert text.index("./run") < text.index("./test")


def test_the_changelog_is_kept():
    text = (ROOT / "docs" / "changelog.md").read_text(encoding="utf-8")
    assert re.search(r"^- .+\.$", text, re.MULTILINE), "no entry that is a sentence"


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_is_sound(name):
    path = ROOT / name
    shell = "bash" if "bash" in path.read_text().partition("\n")[0] else "sh"
    subprocess.run([shell, "-n", path], check=True)
    if name != "requirements/setup.sh":
        assert os.access(path, os.X_OK)


def test_no_text_has_a_tab_or_a_space_at_its_end_or_lacks_its_last_line_end():
    untidy = []
    for path in [*ROOT.glob("*.md"), *ROOT.glob("*.toml"), *ROOT.glob("schemas/**/*.json")]:
        text = path.read_text(encoding="utf-8")
        if "\t" in text or re.search(r" $", text, re.MULTILINE) or not text.endswith("\n"):
            untidy.append(str(path.relative_to(ROOT)))
    assert untidy == []
