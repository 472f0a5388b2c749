"""The body a caller hands over: what is no JSON is refused by line and column, before the node."""

import pytest

from gateway.cli.body_file import LIMIT, read_body
from gateway.errors import InvalidError, NotFoundError

BROKEN = {
    "a comma too many": (b'{\n  "a": 1,\n}', "3:1"),
    "no text": (b"", "1:1"),
    "a bare word": (b'{"a": yes}', "1:7"),
    "a control character": (b'{"a": "\x01"}', "1:8"),
    "something after the end": (b"{} {}", "1:4"),
    "not UTF-8": (b'{\n "a": "\xff"}', "2:8"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "1:1"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "1:1"),
}


@pytest.mark.parametrize(("raw", "place"), BROKEN.values(), ids=BROKEN.keys())
def test_what_is_no_json_is_told_by_line_and_column(tmp_path, raw, place):
    file = tmp_path / "body.json"
    file.write_bytes(raw)
    with pytest.raises(InvalidError) as caught:
        read_body(str(file))
    assert caught.value.problems[0].where == f"{file}:{place}"


AMBIGUOUS = {
    "a member twice": b'{"a": 1, "a": 2}',
    "a member twice, deep inside": b'{"x": [{"a": 1, "a": 2}]}',
    "not a number": b'{"a": NaN}',
    "infinite": b'{"a": -Infinity}',
    "a number of 5000 digits": b'{"a": ' + b"9" * 5000 + b"}",
    "nested 100000 deep": b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a list": b"[]",
    "a text": b'"a"',
    "larger than any message": b'{"a": "' + b"x" * LIMIT + b'"}',
}


@pytest.mark.parametrize("raw", AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
def test_what_two_readers_could_take_differently_is_refused(tmp_path, raw):
    file = tmp_path / "body.json"
    file.write_bytes(raw)
    with pytest.raises(InvalidError):
        read_body(str(file))


def test_a_file_that_is_not_there_is_not_found(tmp_path):
    with pytest.raises(NotFoundError):
        read_body(str(tmp_path / "none.json"))


def test_a_body_passes_as_it_was_written(tmp_path):
    file = tmp_path / "body.json"
    file.write_text('{"name": "ចាន់ ដារ៉ា", "ja": "出入国", "n": 9007199254740993}', encoding="utf-8")
    assert read_body(str(file)) == {
        "name": "ចាន់ ដារ៉ា",
        "ja": "出入国",
        "n": 9007199254740993,
    }


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ('{"a": 1,}', 3, "stdin:1:"),
        ("", 3, "stdin:1:1"),
        ("[1]", 3, "not a JSON object"),
    ],
)
def test_a_wrong_body_on_stdin_ends_with_exit_3_and_asks_nothing(run, desk, given, code, words):
    finished = run(
        "--config", str(desk.config), "send", "ping", "-", "--to", "kh/molvt", given=given
    )
    assert (finished.code, finished.out) == (code, "")
    assert words in finished.err
    assert desk.asked == []


def test_a_missing_body_file_ends_with_exit_4(run, desk):
    finished = run("--config", str(desk.config), "reply", "0195c2a4-7b1e", "none.json")
    assert finished.code == 4
    assert desk.asked == []


def test_a_file_may_have_a_name_like_an_option(run, desk, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "--json").write_text('{"note": "x"}')
    desk.answers["/v1/messages"] = (201, {"id": "0195c2a4-7b1e-7c3a-9f00-6a5d4c3b2a10"})
    finished = run("--config", str(desk.config), "send", "--to", "kh/molvt", "--", "ping", "--json")
    assert finished.code == 0, finished.err
    assert desk.asked[0][2] == {"type": "ping", "to": "kh/molvt", "body": {"note": "x"}}
