"""The locked requirements: hashed, complete, and silent about where packages come from."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "requirements"
LOCKS = ["runtime.txt", "dev.txt"]

# An address would tie every installation to one index, or tell the world about an inner one.
ADDRESS = re.compile(
    r"://|--(?:extra-)?index-url|--find-links|--trusted-host|^-i\s| @ ", re.MULTILINE
)
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


def listed(name):
    lines = (FOLDER / name).read_text().splitlines()
    return [Requirement(line) for line in lines if line and line[0] not in "#-"]


def pinned(name):
    return {
        canonicalize_name(found[1]): found[2]
        for found in PINNED.finditer((FOLDER / name).read_text())
    }


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_no_address_of_an_index_is_kept(path):
    assert ADDRESS.findall(path.read_text()) == []


def test_no_other_lock_file_records_addresses():
    others = ("uv.lock", "poetry.lock", "Pipfile.lock", "pdm.lock", "pylock.toml")
    assert [name for name in others if (ROOT / name).exists()] == []


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_has_its_version_and_hashes(name):
    text = (FOLDER / name).read_text()
    entries = re.split(r"\n(?=[A-Za-z0-9])", text)
    entries = [entry for entry in entries if not entry.startswith("#")]
    assert len(entries) == len(pinned(name)) > 20
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_satisfies_the_list_it_was_made_from(name):
    versions = pinned(name)
    for requirement in listed(name.replace(".txt", ".in")):
        version = versions[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(version), requirement


def test_both_locks_agree():
    runtime, dev = pinned("runtime.txt"), pinned("dev.txt")
    shared = runtime.keys() & dev.keys()
    assert {name: runtime[name] for name in shared} == {name: dev[name] for name in shared}


def test_the_package_asks_for_what_the_list_says():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    backend = project["build-system"]["requires"]
    asked = {str(Requirement(each)) for each in project["project"]["dependencies"]}
    runtime = {str(each) for each in listed("runtime.in") if each.name not in backend}
    assert asked == runtime
