"""A node written from the page of the protocol alone is understood, and understands."""

import json

import pytest

from gateway.envelope import fingerprint, times
from tests.docs import second_node as second
from tests.nodes import CATALOGUE, START, two_nodes

# Far outside the gateway's own ids, so that nothing but the form makes them acceptable.
ID = "01a00000-0000-7000-8000-{:012x}"


def header(number, content, **changes):
    """5.1: the members that the table calls required, and nothing that it does not."""
    return {
        "specversion": "1.0",
        "suite": 1,
        "profile": "moc-ssw/kh-jp/2019",
        "environment": "test",
        "id": ID.format(number),
        "type": "inquiry.request",
        "from": "jp/isa",
        "to": "kh/molvt",
        "created": times.text(START),
        "expires": times.text(START + 86_400),
        "thread": ID.format(number),
        "reference": "JP-2026-000777",
        "clauses": ["5(7)"],
        "priority": "routine",
        "language": "en",
        "marking": {"scheme": "moc-ssw/1", "level": "confidential", "originator": "jp/isa"},
        "derived_from": [],
        "content_digest": second.digest(content),
        "body_schema": {"id": "urn:moc-ssw:inquiry.request:1", "digest": second.digest(b"mine")},
        "attachments": [],
    } | changes


def content_of(type_name):
    body = CATALOGUE.bodies.example(type_name)
    return second.compact({"salt": second.encode(bytes(32)), "body": body})


def write(pair, card, members, content):
    """Return the header digest and the envelope of a message."""
    payload = second.compact(members)
    signer = second.Signer(*pair.jp.keys.message.seeds)
    jws = signer.sign(payload, "moc-message+jws")
    seconds = int(START) + 86_400
    newest = max(card["encryption_keys"], key=lambda one: one["not_before"])["key"]
    return second.digest(payload), second.seal(members, jws, content, newest, seconds)


@pytest.fixture
async def pair(tmp_path):
    async with two_nodes(tmp_path, start=False) as both:
        yield both


async def test_a_message_of_a_second_implementation_is_received_and_its_receipt_believed(pair):
    card = second.read_card(pair.kh.keys.card())
    content = content_of("inquiry.request")
    members = header(1, content)
    header_digest, envelope = write(pair, card, members, content)
    answer = await pair.kh.receiver.receive("jp/isa", envelope + b"\n")
    assert answer.status == 200
    entry, text = second.believed(answer.body, card, members, header_digest, envelope)
    assert (entry["outcome"], entry["code"]) == ("received", None)
    # The schema's digest is not the other node's, and the page says what becomes of that.
    view = await pair.kh.desk.message(members["id"])
    assert view["attention"] == "schema-differs"
    assert view["reference"] == "JP-2026-000777"
    again = await pair.kh.receiver.receive("jp/isa", envelope)
    assert second.believed(again.body, card, members, header_digest, envelope) == (entry, text)


async def test_a_refusal_says_where_and_is_believed_too(pair):
    card = second.read_card(pair.kh.keys.card())
    content = content_of("ping")
    control = second.control_thread("jp/isa", "kh/molvt")
    changes = {"type": "ping", "thread": control, "reference": None}
    members = {k: v for k, v in header(2, content, **changes).items() if v is not None}
    header_digest, envelope = write(pair, card, members, content)
    answer = await pair.kh.receiver.receive("jp/isa", envelope)
    entry, _ = second.believed(answer.body, card, members, header_digest, envelope)
    assert entry["code"] == "invalid-body"
    assert entry["pointers"] == ["/body_schema/id"]
    assert entry["retryable"] is False


async def test_a_key_that_is_gone_is_named_with_the_serial_of_the_card(pair):
    card = second.read_card(pair.jp.keys.card())
    content = content_of("inquiry.request")
    _, envelope = write(pair, card, header(3, content), content)
    answer = await pair.kh.receiver.receive("jp/isa", envelope)
    (text,) = json.loads(answer.body)["entries"]
    entry = json.loads(text)
    assert (entry["id"], entry["code"], entry["card_serial"]) == (None, "unknown-key", 1)


async def test_both_implementations_compute_the_same_fingerprint(pair):
    card = second.read_card(pair.kh.keys.card())
    assert second.fingerprint(card) == fingerprint(pair.kh.keys.identity.public)
