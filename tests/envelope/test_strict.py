"""The strict reader takes a subset of JSON and agrees with Python's reader on all of it."""

import json

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.envelope import limits, strict
from gateway.errors import MalformedError

LIMIT = 1_000_000


def deep(levels: int) -> bytes:
    return b'{"a":' * (levels - 1) + b"{}" + b"}" * (levels - 1)


REFUSED = {
    "A29 nothing": b"",
    "A29 only space": b"  ",
    "A31 invalid UTF-8": b'{"a":"\xff"}',
    "A31 overlong UTF-8": b'{"a":"\xc0\xaf"}',
    "A31 a surrogate in UTF-8": b'{"a":"\xed\xa0\x80"}',
    "A31 UTF-16": '{"a":1}'.encode("utf-16"),
    "A32 a byte order mark": b'\xef\xbb\xbf{"a":1}',
    "A34 a name twice": b'{"a":1,"a":1}',
    "A34 a name twice, deep": b'{"a":[{"b":{"c":1,"c":2}}]}',
    "A34 a name twice, once escaped": b'{"a":1,"\\u0061":2}',
    "A35 NaN": b'{"a":NaN}',
    "A35 Infinity": b'{"a":Infinity}',
    "A35 minus Infinity": b'{"a":-Infinity}',
    "A35 minus zero": b'{"a":-0}',
    "A35 minus zero with a fraction": b'{"a":-0.0}',
    "A35 1e400": b'{"a":1e400}',
    "A35 a fraction": b'{"a":1.0}',
    "A35 an exponent": b'{"a":1E2}',
    "A35 above 2^53": b'{"a":9007199254740993}',
    "A35 below -2^53": b'{"a":-9007199254740993}',
    "A35 a number of 5,000 digits": b'{"a":' + b"9" * 5_000 + b"}",
    "A35 a leading zero": b'{"a":01}',
    "A35 a plus sign": b'{"a":+1}',
    "A37 objects 17 deep": deep(17),
    "A37 lists 17 deep": b'{"a":' + b"[" * 16 + b"]" * 16 + b"}",
    "A37 100,000 deep": b"[" * 100_000,
    "A37 100,000 deep with closing": b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "A38 too many members": b'{"a":[' + b"0," * 100_000 + b"0]}",
    "A38 too many objects": b'{"a":[' + b"{}," * 70_000 + b"{}]}",
    "A38 longer than the limit": b'{"a":"' + b"x" * LIMIT + b'"}',
    "A41 a list at the top": b"[]",
    "A41 a string at the top": b'"a"',
    "A41 null at the top": b"null",
    "a lone high surrogate": b'{"a":"\\ud800"}',
    "a lone high surrogate before an escape": b'{"a":"\\ud800\\n"}',
    "a lone low surrogate": b'{"a":"\\udc00"}',
    "two high surrogates": b'{"a":"\\ud800\\ud800"}',
    "surrogates in the wrong order": b'{"a":"\\udc00\\ud800"}',
    "a lone surrogate as a name": b'{"\\uDFFF":1}',
    "U+0000": b'{"a":"\\u0000"}',
    "U+0000 as a name": b'{"\\u0000":1}',
    "U+0000 after an escaped backslash": b'{"a":"\\\\\\u0000"}',
    "a bare control character": b'{"a":"\n"}',
    "a bare NUL": b'{"a":"\x00"}',
    "a comment": b'{"a":1/**/}',
    "a comma at the end": b'{"a":1,}',
    "single quotes": b"{'a':1}",
    "a second value": b'{"a":1}{"a":1}',
    "something after the end": b'{"a":1}x',
    "an unclosed string": b'{"a":"',
    "a lone backslash": b'{"a":"\\',
    "an unknown escape": b'{"a":"\\x41"}',
    "an escape outside a string": b'\\"{"a":1}',
    "an unclosed object": b'{"a":1',
    "brackets that cross": b'{"a":[}]',
    "a form feed as space": b'{"a":\x0c1}',
    "a no-break space": '{"a":\u00a01}'.encode(),
    "digits of another script": '{"a":\u0661}'.encode(),
}


@pytest.mark.parametrize("raw", REFUSED.values(), ids=REFUSED.keys())
def test_a_text_with_two_meanings_or_none_is_malformed(raw):
    with pytest.raises(MalformedError):
        strict.parse(raw, limit=LIMIT)


ACCEPTED = {
    "16 levels": deep(16),
    "the largest integers": b'{"a":9007199254740992,"b":-9007199254740992}',
    "zero": b'{"a":0,"b":[10,-10]}',
    "a minus and zero inside a string": b'{"a":"-0 1.5 1e400 99999999999999999999"}',
    "brackets inside a string": b'{"a":"' + b"[{" * 50 + b'"}',
    "escaped quotes": b'{"a":"\\"[[[[[[[[[[[[[[[[[[[[\\"","b\\\\":"\\\\"}',
    "a run of backslashes": b'{"a":"\\\\\\\\\\"{{{{{{{{{{{{{{{{{{"}',
    "a surrogate pair": b'{"a":"\\ud83d\\ude00"}',
    "an escaped backslash before u0000": b'{"a":"\\\\u0000 \\\\ud800"}',
    "A44 a name that other languages treat specially": b'{"__proto__":{},"$ref":"x"}',
    "space between everything": b' \t\r\n{ "a" : [ 1 , true ] }\n',
}


@pytest.mark.parametrize("raw", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_a_text_with_one_meaning_is_read_as_python_reads_it(raw):
    assert strict.parse(raw, limit=LIMIT) == json.loads(raw)


def test_A47_free_text_stays_as_it_was_written():
    composed, decomposed = "é", "e\u0301"
    text = orjson.dumps({composed: 1, decomposed: 2})
    assert list(strict.parse(text, limit=LIMIT)) == [composed, decomposed]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=4), VALUES, max_size=5), st.booleans())
def test_whatever_the_reader_accepts_means_the_same_to_python(value, ascii_only):
    raw = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    try:
        read = strict.parse(raw, limit=LIMIT)
    except MalformedError:
        assert "\x00" in str(value) or "\\x00" in repr(value) or too_deep(value)
        return
    assert read == value == json.loads(raw)


def too_deep(value: object, level: int = 0) -> bool:
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return level + 1 > limits.DEPTH or any(too_deep(one, level + 1) for one in inner)
    return False


@given(st.text(alphabet='{}[]":,\\u0dc8e1-.nN tru\x00', max_size=30))
@example('{"":""}')
@example('{"\\\\":"\\""}')
def test_the_reader_never_takes_what_python_refuses(text):
    try:
        read = strict.parse(text.encode(), limit=LIMIT)
    except MalformedError:
        return
    assert read == json.loads(text)


@pytest.mark.parametrize("text", ['"' * 400_000, '{"a":"' + '\\"' * 400_000, "\\" * 800_000])
def test_A149_a_text_made_to_blow_up_is_refused_in_linear_time(text):
    with pytest.raises(MalformedError):
        strict.parse(text.encode(), limit=LIMIT)


@given(VALUES, VALUES, st.sampled_from(["", " ", "\n\t"]), st.booleans())
def test_the_exact_text_of_a_member_is_found_again(first, second, space, swapped):
    texts = {"signed": json.dumps(first), "content": json.dumps(second)}
    order = sorted(texts, reverse=swapped)
    parts = (f'{space}"{name}"{space}:{space}{texts[name]}{space}' for name in order)
    text = space + "{" + ",".join(parts) + "}" + space
    assert strict.member_text(text, "signed") == texts["signed"]
    assert strict.member_text(text, "content") == texts["content"]


@pytest.mark.parametrize("text", ["{}", '{"a":1}', ' { "signed2" : 1 , "b":2 } '])
def test_a_member_that_is_not_there_is_malformed(text):
    with pytest.raises(MalformedError) as caught:
        strict.member_text(text, "signed")
    assert caught.value.pointers == ("/signed",)
