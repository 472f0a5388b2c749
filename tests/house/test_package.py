"""What is installed: light at the start, and whole without the checkout."""

import os
import subprocess
import sys
import zipfile

import pytest

HEAVY = {
    "aiohttp",
    "aiosqlite",
    "cryptography",
    "jsonschema_rs",
    "jwt",
    "msgspec",
    "rich",
    "sqlite3",
    "structlog",
}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["send", "--help"], ["nonsense"]])
def test_the_command_line_imports_nothing_heavy_at_its_start(root, arguments):
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "gateway", *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stderr.splitlines()
    imported = {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time")}
    assert "gateway.cli" in imported, done.stderr
    assert {name.partition(".")[0] for name in imported} & HEAVY == set()
    assert "asyncio" not in imported


@pytest.fixture(scope="session")
def wheel(root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder],
        cwd=root,
        check=True,
        capture_output=True,
    )
    (built,) = folder.iterdir()
    return built


def test_the_wheel_carries_all_data_and_nothing_else(root, wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = {"gateway/config.toml", "gateway/py.typed"}
    expected |= {
        f"gateway/{path.relative_to(root)}"
        for path in (root / "schemas").rglob("*")
        if path.is_file()
    }
    package = [path for path in (root / "gateway").rglob("*") if path.is_file()]
    expected |= {str(path.relative_to(root)) for path in package if path.suffix in {".py", ".sql"}}
    data = {name for name in names if ".dist-info/" not in name}
    shared = {name for name in data if ".data/" in name}
    assert {name.partition(".data/")[2] for name in shared} == {"data/share/man/man1/gateway.1"}
    assert data - shared == expected


def test_a_wheel_finds_its_data_without_the_checkout(root, wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path)
    program = (
        "import gateway, json\n"
        "from gateway import resources\n"
        "print(gateway.__file__)\n"
        "print(json.dumps(sorted(resources.schema_files())))\n"
        "assert resources.example_config().startswith('# Configuration')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    file, listed = done.stdout.splitlines()
    assert file.startswith(str(tmp_path))
    assert '"config.schema.json"' in listed


def test_a_checkout_and_a_wheel_carry_the_same_bytes(root, wheel):
    archive = zipfile.ZipFile(wheel)
    for path in (root / "schemas").rglob("*"):
        if path.is_file():
            name = f"gateway/{path.relative_to(root)}"
            assert archive.read(name) == path.read_bytes()
