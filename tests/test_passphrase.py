"""Where a passphrase comes from, and what is refused as one."""

import os
import pty
import subprocess
import sys

import pytest

from gateway import private_files
from gateway.passphrase import PassphraseError, PassphraseSource, SourceKind, read_passphrase
from gateway.private_files import PrivateFileError


@pytest.fixture
def from_file(tmp_path):
    def read(content):
        path = tmp_path / "passphrase"
        path.unlink(missing_ok=True)
        private_files.write_new(path, content)
        return read_passphrase(PassphraseSource(SourceKind.FILE, str(path)))

    return read


def through_pipe(content):
    reading, writing = os.pipe()
    os.write(writing, content)
    os.close(writing)
    return PassphraseSource(SourceKind.DESCRIPTOR, str(reading))


@pytest.mark.parametrize(
    ("content", "passphrase"),
    [
        (b"correct horse", b"correct horse"),
        (b"correct horse\n", b"correct horse"),
        (b"correct horse\r\n", b"correct horse"),
        (b" spaces stay \n", b" spaces stay "),
        ("暗号\n".encode(), "暗号".encode()),
    ],
)
def test_the_line_end_that_an_editor_adds_is_not_part_of_it(from_file, content, passphrase):
    assert from_file(content) == passphrase
    assert read_passphrase(through_pipe(content)) == passphrase


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\n"])
def test_an_empty_one_is_refused(from_file, content):
    with pytest.raises(PassphraseError, match="is empty"):
        from_file(content)
    with pytest.raises(PassphraseError, match="is empty"):
        read_passphrase(through_pipe(content))


@pytest.mark.parametrize("content", [b"a\nb\n", b"a\n\n", b"a\0b"])
def test_a_file_of_several_lines_is_some_other_file(from_file, content):
    with pytest.raises(PassphraseError, match="more than one line"):
        from_file(content)


def test_a_file_that_others_can_read_is_refused(tmp_path):
    path = tmp_path / "passphrase"
    path.write_text("secret")
    path.chmod(0o644)
    with pytest.raises(PrivateFileError, match="mode 0644"):
        read_passphrase(PassphraseSource(SourceKind.FILE, str(path)))


def test_a_descriptor_is_read_once_and_closed():
    source = through_pipe(b"secret")
    assert read_passphrase(source) == b"secret"
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(int(source.value))


@pytest.mark.parametrize("number", ["999", "x"])
def test_a_descriptor_that_is_not_open_is_named(number):
    with pytest.raises(PassphraseError, match=f"descriptor {number} cannot be read"):
        read_passphrase(PassphraseSource(SourceKind.DESCRIPTOR, number))


def test_a_credential_is_read_from_the_folder_of_the_service(tmp_path, monkeypatch):
    (tmp_path / "gateway").write_bytes(b"secret\n")
    source = PassphraseSource(SourceKind.CREDENTIAL, "gateway")
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(PassphraseError, match="CREDENTIALS_DIRECTORY is not set"):
        read_passphrase(source)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert read_passphrase(source) == b"secret"
    with pytest.raises(PassphraseError, match="credential other cannot be opened"):
        read_passphrase(PassphraseSource(SourceKind.CREDENTIAL, "other"))


def test_without_a_terminal_the_prompt_says_what_to_do(monkeypatch):
    with open(os.devnull) as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        with pytest.raises(PassphraseError, match="no terminal") as caught:
            read_passphrase(PassphraseSource(SourceKind.PROMPT, "Passphrase"))
    assert "[passphrase]" in caught.value.hint


PROMPT = """
from gateway.passphrase import *
print(len(read_passphrase(PassphraseSource(SourceKind.PROMPT, "Passphrase"))), "bytes")
"""


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
@pytest.mark.parametrize(("typed", "said"), [("暗号\n".encode(), b"6 bytes"), (b"\x04", b"closed")])
def test_at_a_terminal_the_prompt_asks_without_showing(root, locale, typed, said):
    terminal, other_end = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", PROMPT],
        stdin=other_end,
        stdout=other_end,
        stderr=other_end,
        start_new_session=True,
        cwd=root,
        env=os.environ | {"LC_ALL": locale},
    ):
        os.close(other_end)
        seen = b""
        while b"Passphrase: " not in seen:
            seen += os.read(terminal, 1000)
        os.write(terminal, typed)
        while said not in seen:
            seen += os.read(terminal, 1000)
    os.close(terminal)
    assert typed.strip() not in seen
