"""The signed header: strict in what it knows, patient with what it does not."""

from dataclasses import replace

import orjson
import pytest

from gateway.envelope import Header, Priority, digest, limits, parse_header, times
from gateway.errors import MalformedError
from tests.envelope.samples import CREATED, OTHER_ID, header

ATTACHMENT = {"id": "a1", "media_type": "application/pdf", "size": 1, "digest": digest(b"a")}
DERIVED = {
    "message_id": OTHER_ID,
    "header_digest": digest(b"h"),
    "source_pointer": "/findings/f1",
    "target_pointer": "",
    "mode": "quote",
}
SUPERSEDES = {"id": OTHER_ID, "header_digest": digest(b"h"), "mode": "correct"}

FULL = header(
    parent_thread=OTHER_ID,
    in_reply_to=OTHER_ID,
    due="2026-01-20T00:00:00Z",
    priority=Priority.URGENT,
    supersedes=SUPERSEDES,
    derived_from=(DERIVED, DERIVED | {"originator": "kh/molvt", "profile": "moc-ssw/kh-jp/2019"}),
    attachments=(ATTACHMENT, ATTACHMENT | {"id": "a2"}),
)

ORDER = [
    "specversion",
    "suite",
    "profile",
    "environment",
    "id",
    "type",
    "from",
    "to",
    "created",
    "expires",
    "thread",
    "parent_thread",
    "in_reply_to",
    "reference",
    "clauses",
    "priority",
    "due",
    "language",
    "supersedes",
    "marking",
    "derived_from",
    "content_digest",
    "body_schema",
    "attachments",
]


@pytest.mark.parametrize("whole", [FULL, header(), header(marking=None, reference=None)])
def test_a_header_comes_back_from_its_payload(whole):
    assert parse_header(whole.payload()) == whole


def test_the_members_stand_in_the_order_of_the_protocol():
    assert list(orjson.loads(FULL.payload())) == ORDER


def test_members_that_are_absent_leave_no_trace():
    text = header(reference=None).payload()
    assert b"null" not in text
    assert b"reference" not in text


def members(**changes):
    return orjson.dumps(orjson.loads(FULL.payload()) | changes)


def lacking(name):
    return orjson.dumps({k: v for k, v in orjson.loads(FULL.payload()).items() if k != name})


def test_A40_a_member_that_is_not_known_is_ignored():
    payload = members(colour="blue", supersedes=SUPERSEDES | {"why": "typing error"})
    assert parse_header(payload) == replace(FULL, supersedes=SUPERSEDES | {"why": "typing error"})


REQUIRED = [
    name
    for name in ORDER
    if name not in ["parent_thread", "in_reply_to", "reference", "due", "supersedes", "marking"]
]


@pytest.mark.parametrize("name", REQUIRED)
def test_A41_a_member_that_is_missing_is_malformed_and_named(name):
    with pytest.raises(MalformedError) as caught:
        parse_header(lacking(name))
    assert caught.value.pointers == (f"/{name}",)


@pytest.mark.parametrize("name", ORDER)
def test_A41_null_is_malformed_and_named(name):
    with pytest.raises(MalformedError) as caught:
        parse_header(members(**{name: None}))
    assert caught.value.pointers == (f"/{name}",)


FITTING = {"suite": 1, "clauses": [], "derived_from": [], "attachments": []}
MISFITS = [
    (name, wrong)
    for name in ORDER
    if name != "marking"
    for wrong in (True, 1, [], {}, "", [1], {"a": 1})
    if not (wrong == FITTING.get(name) and type(wrong) is type(FITTING[name]))
]


@pytest.mark.parametrize(("name", "wrong"), MISFITS)
def test_A41_a_member_of_another_type_is_malformed_and_named(name, wrong):
    with pytest.raises(MalformedError) as caught:
        parse_header(members(**{name: wrong}))
    assert caught.value.pointers[0].startswith(f"/{name}")


SECOND = times.parse(CREATED)

WRONG = {
    "another specversion": {"specversion": "1.1"},
    "A82 another suite": {"suite": 2},
    "A82 suite zero": {"suite": 0},
    "A41 true for suite 1": {"suite": True},
    "A46 a Cyrillic letter in from": {"from": "jр/isa"},
    "A46 a Greek letter in to": {"to": "kh/mοlvt"},
    "A46 full-width letters in type": {"type": "ｉnquiry.request"},
    "A46 capitals in from": {"from": "JP/isa"},
    "a line break after to": {"to": "kh/molvt\n"},
    "two recipients": {"to": ["kh/molvt", "vn/dolab"]},
    "A97 an id of another form": {"id": "message-1"},
    "A97 an id in capitals": {"id": "01980000-0000-7000-8000-00000000000A"},
    "A97 a random UUID": {"id": "01980000-0000-4000-8000-000000000001"},
    "A97 a UUID in braces": {"id": "{" + OTHER_ID + "}"},
    "a UUIDv4 as thread": {"thread": "01980000-0000-4000-8000-000000000001"},
    "A94 created as a number": {"created": SECOND},
    "A94 created in milliseconds": {"created": SECOND * 1000},
    "A94 created negative": {"created": -1},
    "A94 created with a fraction": {"created": "2026-01-05T08:00:00.0Z"},
    "A94 created with a zone": {"created": "2026-01-05T08:00:00+00:00"},
    "expires equal to created": {"expires": CREATED},
    "expires before created": {"expires": times.text(SECOND - 1)},
    "expires after 400 days and a second": {"expires": times.text(SECOND + 400 * 86_400 + 1)},
    "another environment": {"environment": "staging"},
    "another priority": {"priority": "flash"},
    "another language": {"language": "ja"},
    "a reference of another form": {"reference": "JP-2026-1"},
    "a clause of another form": {"clauses": ["5(5)", "five"]},
    "too many clauses": {"clauses": ["1"] * 65},
    "a type with a path": {"type": "../inquiry"},
    "a type of 65 letters": {"type": "a" * 65},
    "a profile with capitals": {"profile": "MOC/kh"},
    "a digest by another hash": {"content_digest": "sha-512:" + "A" * 43},
    "A43 a digest with loose bits": {"content_digest": "sha-256:" + "A" * 42 + "B"},
    "a digest in hex": {"content_digest": "sha-256:" + "a" * 64},
    "a schema without digest": {"body_schema": {"id": "urn:x"}},
    "a schema id with a space": {"body_schema": {"id": "urn: x", "digest": digest(b"")}},
    "supersedes in another mode": {"supersedes": SUPERSEDES | {"mode": "erase"}},
    "supersedes without digest": {"supersedes": {"id": OTHER_ID, "mode": "correct"}},
    "an attachment without size": {
        "attachments": [{k: v for k, v in ATTACHMENT.items() if k != "size"}]
    },
    "an attachment of negative size": {"attachments": [ATTACHMENT | {"size": -1}]},
    "A106 a path as attachment id": {"attachments": [ATTACHMENT | {"id": "../a"}]},
    "two attachments of one id": {"attachments": [ATTACHMENT, ATTACHMENT]},
    "derived_from with a text": {"derived_from": ["x"]},
    "derived_from a message without its digest": {
        "derived_from": [{k: v for k, v in DERIVED.items() if k != "header_digest"}]
    },
    "derived_from without a place": {
        "derived_from": [{k: v for k, v in DERIVED.items() if k != "target_pointer"}]
    },
    "derived_from with a place that is none": {
        "derived_from": [DERIVED | {"source_pointer": "findings"}]
    },
    "derived_from a node that is none": {"derived_from": [DERIVED | {"originator": "everybody"}]},
    "derived_from 65 messages": {"derived_from": [DERIVED] * 65},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG.keys())
def test_a_member_of_another_form_is_malformed_and_named(changes):
    with pytest.raises(MalformedError) as caught:
        parse_header(members(**changes))
    (name,) = changes
    (pointer,) = caught.value.pointers
    assert pointer.split("/")[1] == name


def test_no_error_text_carries_a_value():
    with pytest.raises(MalformedError) as caught:
        parse_header(members(reference="secret"))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b"null",
        FULL.payload() + b" x",
        FULL.payload()[:-1] + b',"to":"kh/molvt"}',
        FULL.payload()[:-1] + b',"\\u0074o":"vn/dolab"}',
        FULL.payload()[:-1] + b',"x":1.5}',
        b"\xef\xbb\xbf" + FULL.payload(),
    ],
    ids=range(8),
)
def test_A34_a_payload_that_strict_json_refuses_is_malformed(payload):
    with pytest.raises(MalformedError):
        parse_header(payload)


def test_A38_a_header_may_be_16_kib_long_and_not_a_byte_longer():
    short = members(x="")
    most = members(x="x" * (limits.HEADER - len(short)))
    assert len(most) == limits.HEADER
    assert isinstance(parse_header(most), Header)
    with pytest.raises(MalformedError):
        parse_header(most[:-2] + b'x"}')


def test_a_life_of_exactly_400_days_is_accepted():
    assert parse_header(members(expires=times.text(SECOND + 400 * 86_400)))
