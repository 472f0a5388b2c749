"""Files that change together: after a crash at any place all of the old stand there, or all new."""

import fcntl
import os

import pytest

from gateway.errors import TransientError
from gateway.keyring import folder as keys_folder
from gateway.keyring import open_keyring, rotate
from gateway.keyring.renewal import Kind
from tests.keyring.conftest import NODE, NOW, OPENING, act, contents

OLD = {"a": b"old a", "b": b"old b", "gone": b"to be deleted"}
NEW = {"a": b"new a", "c": b"new c"}


class CrashError(BaseException):
    """The process dies here."""


def crash_at(place):
    def reached(here):
        if here == place:
            raise CrashError(here)

    return reached


def places(tmp_path):
    """Return every place where a crash could find the files."""
    found = []
    replace_in(tmp_path / "trial", found.append)
    return found


def replace_in(folder, reached):
    folder.mkdir(mode=0o700)
    for name, content in OLD.items():
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o600)
    with keys_folder.opened(folder):
        keys_folder.replace(folder, NEW, gone=["gone"], reached=reached)


def test_all_files_change_and_nothing_else_is_left(tmp_path):
    replace_in(tmp_path / "keys", lambda _: None)
    assert contents(tmp_path / "keys") == {"a": b"new a", "b": b"old b", "c": b"new c"}
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "keys").glob("[ac]")} == {0o600}


def test_F10_a_crash_anywhere_leaves_the_old_files_or_the_new_ones(tmp_path):
    before = OLD
    after = {"a": b"new a", "b": b"old b", "c": b"new c"}
    found = {}
    for place in places(tmp_path):
        folder = tmp_path / place.replace(" ", "-")
        with pytest.raises(CrashError):
            replace_in(folder, crash_at(place))
        with keys_folder.opened(folder):
            pass
        found[place] = contents(folder)
        assert found[place] in (before, after), place
        assert sorted(path.name for path in folder.iterdir()) == sorted(found[place])
    order = list(found)
    decided = order.index("decided")
    assert all(found[place] == before for place in order[:decided])
    assert all(found[place] == after for place in order[decided:])


def test_a_rotation_that_crashed_anywhere_leaves_keys_that_open(make):
    trial = make("trial")
    found = []
    rotate(trial, frozenset(Kind), OPENING, act(1, reached=found.append))
    serials = []
    for number, place in enumerate(found):
        folder = make(f"keys-{number}")
        with pytest.raises(CrashError):
            rotate(folder, frozenset(Kind), OPENING, act(1, reached=crash_at(place)))
        keyring = open_keyring(folder, NODE, now=NOW)
        serials.append(keyring.card.serial)
        assert len(keyring.keys.pairs) == len(keyring.certificates) == keyring.card.serial
    assert serials == sorted(serials)
    assert set(serials) == {1, 2}


def test_one_at_a_time_has_the_folder(folder):
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        before = contents(folder)
        with (
            pytest.raises(TransientError, match="another command is changing"),
            keys_folder.opened(folder, patience=0.1),
        ):
            pass
        assert contents(folder) == before
    finally:
        os.close(descriptor)
    with keys_folder.opened(folder, patience=0.1):
        pass
