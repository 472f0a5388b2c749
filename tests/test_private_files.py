"""Files that nobody else may read: who owns them, their modes, links, and writing at once."""

import os
import stat

import pytest

from gateway import private_files
from gateway.errors import ExitCode
from gateway.private_files import FilesExistError, PrivateFileError

OTHER_UID = 12_345


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "keys"
    path.mkdir(mode=0o700)
    path.chmod(0o700)
    return path


@pytest.fixture
def file(folder):
    path = folder / "a.key"
    private_files.write_new(path, b"secret")
    return path


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_what_was_written_is_read(folder, file):
    assert private_files.read(file) == b"secret"
    with private_files.open_directory(folder) as directory:
        assert private_files.read(file, directory=directory) == b"secret"
    private_files.check_tree(folder)


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o660, 0o610, 0o601, 0o644, 0o666])
def test_a_file_open_to_others_is_refused_with_the_command_that_mends_it(folder, file, bits):
    file.chmod(bits)
    for attempt in (private_files.read, lambda _: private_files.check_tree(folder)):
        with pytest.raises(PrivateFileError, match=f"a.key has mode {bits:04o}") as caught:
            attempt(file)
        assert caught.value.hint == f"chmod 0600 '{file}'"
        assert caught.value.exit_code is ExitCode.INVALID


@pytest.mark.parametrize("bits", [0o750, 0o701, 0o755, 0o777, 0o1777])
def test_a_directory_open_to_others_is_refused(folder, bits):
    folder.chmod(bits)
    with pytest.raises(PrivateFileError, match="others could get at it") as caught:
        private_files.check_tree(folder)
    assert caught.value.hint == f"chmod 0700 '{folder}'"


def test_stricter_modes_than_ours_are_good(folder, file):
    file.chmod(0o400)
    folder.chmod(0o500)
    private_files.check_tree(folder)
    assert private_files.read(file) == b"secret"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize("target", ["file", "folder"])
def test_what_belongs_to_somebody_else_is_refused(folder, file, target):
    path = {"file": file, "folder": folder}[target]
    os.chown(path, OTHER_UID, -1)
    with pytest.raises(PrivateFileError, match=f"belongs to uid {OTHER_UID}") as caught:
        private_files.check_tree(folder)
    assert caught.value.hint == f"chown {os.geteuid()} '{path}'"


def test_a_link_is_refused_wherever_it_stands(tmp_path, folder, file):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    link = tmp_path / "link"
    link.symlink_to(folder)
    with pytest.raises(PrivateFileError, match="is a symbolic link"):
        private_files.check_tree(link)
    (folder / "b.key").symlink_to(file)
    with pytest.raises(PrivateFileError, match=r"b\.key is a symbolic link"):
        private_files.read(folder / "b.key")
    with pytest.raises(PrivateFileError, match=r"b\.key is a symbolic link"):
        private_files.check_tree(folder)
    (folder / "b.key").unlink()
    (folder / "old").symlink_to(elsewhere)
    with pytest.raises(PrivateFileError, match="old is a symbolic link"):
        private_files.check_tree(folder)


def test_a_stray_copy_of_a_key_in_a_folder_below_is_found(folder, file):
    below = folder / "backup"
    below.mkdir(mode=0o700)
    (below / "a.key~").write_bytes(file.read_bytes())
    (below / "a.key~").chmod(0o644)
    with pytest.raises(PrivateFileError, match=r"a\.key~ has mode 0644"):
        private_files.check_tree(folder)


def test_the_page_about_the_folder_may_be_readable(folder):
    (folder / "README.md").write_text("about")
    (folder / "README.md").chmod(0o644)
    private_files.check_tree(folder)


def test_a_pipe_is_refused_without_waiting_for_a_writer(folder):
    os.mkfifo(folder / "a.key", 0o600)
    with pytest.raises(PrivateFileError, match="is not a regular file"):
        private_files.read(folder / "a.key")


def test_a_directory_is_no_file_and_a_file_no_directory(folder, file):
    (folder / "b.key").mkdir(mode=0o700)
    with pytest.raises(PrivateFileError, match="is not a regular file"):
        private_files.read(folder / "b.key")
    with pytest.raises(PrivateFileError, match="is not a directory"):
        private_files.check_tree(file)


def test_what_is_missing_is_named(folder):
    with pytest.raises(PrivateFileError, match=r"a\.key does not exist"):
        private_files.read(folder / "a.key")
    with pytest.raises(PrivateFileError, match="none does not exist"):
        private_files.check_tree(folder / "none")


def test_a_file_without_end_is_not_read_to_its_end(folder, file):
    with file.open("wb") as stream:
        stream.truncate(private_files.MAX_BYTES + 1)
    with pytest.raises(PrivateFileError, match="larger than"):
        private_files.read(file)
    with file.open("wb") as stream:
        stream.truncate(private_files.MAX_BYTES)
    assert len(private_files.read(file)) == private_files.MAX_BYTES


def test_a_file_is_never_replaced(folder, file):
    with pytest.raises(FilesExistError, match=r"a\.key already exists") as caught:
        private_files.write_new(file, b"other")
    assert caught.value.exit_code is ExitCode.CONFLICT
    assert file.read_bytes() == b"secret"
    assert os.listdir(folder) == ["a.key"]


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777])
def test_modes_do_not_depend_on_the_umask(tmp_path, umask):
    earlier = os.umask(umask)
    try:
        private_files.write_directory(tmp_path / "keys", {"a.key": b"a"})
        private_files.write_new(tmp_path / "keys" / "b.key", b"b")
    finally:
        os.umask(earlier)
    assert mode(tmp_path / "keys") == 0o700
    assert mode(tmp_path / "keys" / "a.key") == 0o600
    assert mode(tmp_path / "keys" / "b.key") == 0o600
    private_files.check_tree(tmp_path / "keys")


@pytest.mark.parametrize("before", ["missing", "empty", "readme"])
def test_a_directory_is_made_where_nothing_stands(tmp_path, before):
    folder = tmp_path / "keys"
    if before != "missing":
        folder.mkdir(mode=0o755)
    if before == "readme":
        (folder / "README.md").write_text("about")
    private_files.write_directory(folder, {"a.key": b"a", "b.key": b"b"})
    names = {"a.key", "b.key"} | ({"README.md"} if before == "readme" else set())
    assert set(os.listdir(folder)) == names
    assert os.listdir(tmp_path) == ["keys"]
    assert mode(folder) == 0o700
    if before == "readme":
        assert (folder / "README.md").read_text() == "about"


def test_a_directory_with_anything_in_it_stays_as_it_was(folder, file, tmp_path):
    (folder / "README.md").write_text("about")
    with pytest.raises(FilesExistError, match=r"already holds a\.key") as caught:
        private_files.write_directory(folder, {"a.key": b"new"})
    assert "never replaced" in caught.value.hint
    assert file.read_bytes() == b"secret"
    assert sorted(os.listdir(folder)) == ["README.md", "a.key"]
    assert os.listdir(tmp_path) == ["keys"]


def test_a_file_or_a_link_in_place_of_the_directory_stays(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    for name in ("file", "link"):
        with pytest.raises(FilesExistError, match="exists and is not a directory"):
            private_files.write_directory(tmp_path / name, {"a.key": b"a"})
    assert os.listdir(tmp_path / "real") == []


def test_a_name_that_cannot_be_written_leaves_nothing_behind(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        private_files.write_directory(tmp_path / "keys", {"a.key": b"a", "no/such": b"b"})
    assert os.listdir(tmp_path) == []
