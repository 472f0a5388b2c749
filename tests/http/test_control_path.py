"""Node and callers find the same socket, however deep its folder lies."""

from pathlib import Path

import pytest

from gateway.control_path import control_path, fits, short_path

DEEP = "deep" * 30


def test_a_path_that_fits_is_taken_as_it_is(tmp_path):
    assert control_path(tmp_path / "control.sock") == tmp_path / "control.sock"


@pytest.mark.parametrize(("length", "expected"), [(107, True), (108, False)])
def test_the_limit_is_the_kernels(length, expected):
    assert fits(Path("/" + "a" * (length - 1))) is expected


def test_the_limit_counts_bytes_and_not_letters():
    assert not fits(Path("/" + "国" * 40))


def test_a_path_too_long_leads_to_a_short_one_that_is_always_the_same(tmp_path):
    wished = tmp_path / DEEP / "control.sock"
    assert control_path(wished) == control_path(wished) == short_path(wished)
    assert fits(control_path(wished))
    assert control_path(wished) != control_path(wished.with_name("other.sock"))


def test_the_note_beside_the_wished_place_wins_over_the_callers_own_runtime_folder(
    tmp_path, monkeypatch
):
    wished = tmp_path / DEEP / "control.sock"
    wished.parent.mkdir()
    wished.with_name("control.path").write_text("/run/elsewhere/control.sock\n")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert control_path(wished) == Path("/run/elsewhere/control.sock")


def test_a_runtime_folder_that_is_too_deep_itself_is_passed_over(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / DEEP))
    assert fits(control_path(tmp_path / DEEP / "control.sock"))
