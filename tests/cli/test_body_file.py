"""The body a caller hands over: what is no JSON is refused by line and column, before the node."""

import json
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.body_file import LIMIT, read_any
from gateway.errors import InvalidError, NotFoundError

BROKEN = {
    # From Python 3.13 on the comma itself is shown, before that what should not follow it.
    "a comma too many": (
        b'{\n  "a": 1,\n}',
        "2:9" if sys.version_info >= (3, 13) else "3:1",
    ),
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
        read_any(str(file))
    assert caught.value.problems[0].where == f"{file}:{place}"


NOT_FOR_A_MESSAGE = {
    "half a character": (b'{\n  "a": "x\\ud800y"}', "2:10", "lone surrogate"),
    "the other half": (b'{"a": "\\udc00\\ud800"}', "1:8", "lone surrogate"),
    "half a character in a name": (b'{"\\uD800": 1}', "1:3", "lone surrogate"),
    "after a whole one": (b'{"a": "\\ud83d\\ude00\\ud83d"}', "1:20", "lone surrogate"),
    "U+0000": (b'{"a": "\\u0000"}', "1:8", "leave it out"),
    "a fraction": (b'{"a": [1, 1.5]}', "1:11", "whole number"),
    "an exponent": (b'{"a": 1e3}', "1:7", "whole number"),
    "minus zero": (b'{"a": -0}', "1:7", "whole number"),
    "too large": (b'{"a": 9007199254740993}', "1:7", "whole number"),
    "far too large": (b'{"a": ' + b"9" * 5000 + b"}", "1:7", "whole number"),
    "no number": (b'{"a": -Infinity}', "1:7", "whole number"),
    "a name twice": (b'{"a": [1],\n "\\u0061": 2}', "2:2", "stands twice"),
    "too deep": (b'{"a": ' + b"[" * 16 + b"]" * 16 + b"}", "1:22", "nested deeper"),
    "far too deep": (b'{"a": ' + b"[" * 9999 + b"]" * 9999 + b"}", "1:22", "nested deeper"),
    "after Khmer": ('{"ច": 1.5}'.encode(), "1:7", "whole number"),
}


@pytest.mark.parametrize(
    ("raw", "place", "words"), NOT_FOR_A_MESSAGE.values(), ids=NOT_FOR_A_MESSAGE.keys()
)
def test_what_no_message_may_hold_is_told_by_line_and_column(tmp_path, raw, place, words):
    file = tmp_path / "body.json"
    file.write_bytes(raw)
    with pytest.raises(InvalidError) as caught:
        read_any(str(file))
    (problem,) = caught.value.problems
    assert problem.where == f"{file}:{place}"
    assert words in problem.text
    assert caught.value.hint


@pytest.mark.parametrize(
    "text",
    ['{"a": "\\\\ud800 \\\\u0000 1.5 \\" -0 \\ud83d\\ude00"}', '{"a": {"a": [-1, 0, "a", "a"]}}'],
)
def test_what_only_looks_like_a_fault_is_none(tmp_path, text):
    file = tmp_path / "body.json"
    file.write_text(text)
    assert read_any(str(file)).body == json.loads(text)


@given(
    st.recursive(
        st.integers() | st.floats() | st.text(st.characters()) | st.booleans() | st.none(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
        max_leaves=30,
    ),
    st.booleans(),
)
def test_every_refusal_has_a_place(tmp_path_factory, value, as_ascii):
    file = tmp_path_factory.getbasetemp() / "any.json"
    text = json.dumps({"a": value}, ensure_ascii=as_ascii)
    file.write_bytes(text.encode("utf-8", errors="surrogatepass"))
    try:
        assert read_any(str(file)).body == {"a": value}
    except InvalidError as error:
        (problem,) = error.problems
        assert re.fullmatch(r".*any\.json:1:[0-9]+", problem.where)


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
        read_any(str(file))


def test_a_file_that_is_not_there_is_not_found(tmp_path):
    with pytest.raises(NotFoundError):
        read_any(str(tmp_path / "none.json"))


def test_a_body_passes_as_it_was_written(tmp_path):
    file = tmp_path / "body.json"
    file.write_text('{"name": "ចាន់ ដារ៉ា", "ja": "出入国", "n": 9007199254740992}', encoding="utf-8")
    assert read_any(str(file)).body == {
        "name": "ចាន់ ដារ៉ា",
        "ja": "出入国",
        "n": 9007199254740992,
    }


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ('{"a": 1,}', 3, "stdin:1:"),
        ("", 3, "stdin:1:1"),
        ("[1]", 3, "not a JSON object"),
    ],
)
def test_a_wrong_body_on_stdin_ends_with_exit_3_and_asks_nothing(run, desk, body, code, words):
    finished = run(
        "--config", str(desk.config), "send", "ping", "-", "--to", "kh/molvt", "--yes", given=body
    )
    assert (finished.code, finished.out) == (code, "")
    assert words in finished.err
    assert desk.asked == []


def test_a_missing_body_file_ends_with_exit_4(run, desk):
    finished = run("--config", str(desk.config), "reply", "0195c2a4-7b1e", "none.json", "--yes")
    assert finished.code == 4
    assert desk.asked == []


def test_a_folder_is_no_body(run, desk, tmp_path):
    finished = run("--config", str(desk.config), "reply", "0195c2a4-7b1e", str(tmp_path), "-y")
    assert (finished.code, finished.out) == (3, "")
    assert "is a folder" in finished.err
    assert desk.asked == []


def test_a_file_may_have_a_name_like_an_option(run, desk, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "--json").write_text('{"note": "x"}')
    desk.answers["/v1/messages"] = (201, {"id": "0195c2a4-7b1e-7c3a-9f00-6a5d4c3b2a10"})
    command = ("send", "--to", "kh/molvt", "--yes", "--", "ping", "--json")
    finished = run("--config", str(desk.config), *command)
    assert finished.code == 0, finished.err
    assert desk.asked[0][2] == {"type": "ping", "to": "kh/molvt", "body": {"note": "x"}}
