"""What `run` and `test` say on a machine that lacks something; what works, every run shows."""

import os
import shutil
import subprocess

import pytest

TOOLS = ["sh", "dirname", "cat", "cksum", "mkdir"]

OLD = "#!/bin/sh\ncase $2 in *exit*) exit 1;; *) echo 3.9;; esac\n"
NO_VENV = "#!/bin/sh\ncase $2 in *ensurepip*) exit 1;; *print*) echo 3.12;; esac\n"
BROKEN = "#!/bin/sh\nexit 127\n"


@pytest.fixture
def checkout(root, tmp_path):
    """A folder with a space in its name that holds the two scripts, and a PATH of its own."""
    folder = tmp_path / "a checkout"
    (folder / "requirements").mkdir(parents=True)
    for name in ("run", "test", "requirements/setup.sh"):
        shutil.copy(root / name, folder / name)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in TOOLS:
        (programs / name).symlink_to(shutil.which(name))
    return folder


def start(checkout, script, **pythons):
    programs = checkout.parent / "bin"
    for name, content in pythons.items():
        path = programs / name.replace("_", ".")
        path.write_text(content)
        path.chmod(0o755)
    return subprocess.run(
        [checkout / script],
        cwd="/",
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        check=False,
    )


CASES = [
    ({}, "Python 3.11 or newer is needed, and no python3 was found in PATH"),
    ({"python3": BROKEN}, "Python 3.11 or newer is needed, and no python3 was found in PATH"),
    ({"python3": OLD}, "Python 3.11 or newer is needed, but python3 is 3.9"),
    (
        {"python3": OLD, "python3_12": NO_VENV},
        "python3.12 (3.12) has no venv module; on Debian or Ubuntu: apt install python3-venv",
    ),
]


@pytest.mark.parametrize("script", ["run", "test"])
@pytest.mark.parametrize(("pythons", "words"), CASES)
def test_a_machine_without_a_fitting_python_is_told_so(checkout, script, pythons, words):
    done = start(checkout, script, **pythons)
    assert done.returncode == 1
    assert done.stderr == f"error: {words}\n"
    assert done.stdout == ""
    assert not (checkout / ".venv").exists()


def test_the_checks_that_decide_call_the_same_command(root, tmp_path):
    checkout = tmp_path / "main"
    (checkout / ".ci").mkdir(parents=True)
    shutil.copy(root / ".ci" / "run", checkout / ".ci" / "run")
    (checkout / "test").write_text('#!/bin/sh\necho "$GATEWAY_VECTORS"; exit 7\n')
    (checkout / "test").chmod(0o755)
    environment = {"PATH": os.environ["PATH"]}

    def decide():
        return subprocess.run(
            [checkout / ".ci" / "run"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    assert (decide().returncode, decide().stdout) == (7, "\n")
    vectors = tmp_path / "shared" / "vectors"
    vectors.mkdir(parents=True)
    assert (decide().returncode, decide().stdout) == (7, f"{vectors}\n")
