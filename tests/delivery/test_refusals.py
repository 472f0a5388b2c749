"""Signed refusals: each fault has its code, is kept for ever, and changes nothing else.

After every refusal the whole database is compared with what it was before.
"""

import pytest

from gateway.envelope import Outcome, content_text, digest, times
from gateway.errors import RETRYABLE, RefusalCode
from gateway.store.alarms import Alarm
from tests.delivery.conftest import FINAL
from tests.nodes import CATALOGUE, START, alarms, facts
from tests.peer import ABSENT, marking, new_id

CONTENT = content_text({}, salt=bytes(32))


def bad(code, *, type_name="ping", pointers=None, alarm=None, **members):
    return code, type_name, members, pointers, alarm


CODE = RefusalCode
REFUSALS = {
    "A34 a key twice in the signed header": bad(
        CODE.MALFORMED, payload=b'{"specversion":"1.0","specversion":"1.0"}'
    ),
    "A35 a fraction in the signed header": bad(CODE.MALFORMED, payload=b'{"suite":1.0}'),
    "a signed header that is no object": bad(CODE.MALFORMED, payload=b"[]"),
    "A41 a member is missing": bad(CODE.MALFORMED, thread=ABSENT, pointers=("/thread",)),
    "A41 a member is null": bad(CODE.MALFORMED, language=None, pointers=("/language",)),
    "A46 a look-alike letter in the type": bad(CODE.MALFORMED, type="pіng", pointers=("/type",)),
    "A94 created in seconds": bad(CODE.MALFORMED, created=1_790_000_000, pointers=("/created",)),
    "A94 created with a fraction": bad(
        CODE.MALFORMED, created="2026-09-21T14:13:20.5Z", pointers=("/created",)
    ),
    "A94 expires before created": bad(
        CODE.MALFORMED, created=times.text(START + 60), expires=times.text(START + 60)
    ),
    "a life of more than 400 days": bad(
        CODE.MALFORMED, expires=times.text(START + 401 * 86_400), pointers=("/expires",)
    ),
    "A80 signed for a third country": bad(
        CODE.WRONG_RECIPIENT, to="vn/dolab", alarm=Alarm.WRONG_RECIPIENT
    ),
    "signed by another node's name": bad(CODE.MISMATCH, from_="vn/dolab", pointers=("/from",)),
    "signed under another id": bad(CODE.MISMATCH, id_=None, pointers=("/id",)),
    "A92 expired": bad(
        CODE.EXPIRED,
        created=times.text(START - 7200),
        expires=times.text(START),
        pointers=("/expires",),
    ),
    "content other than the signed one": bad(CODE.CONTENT_MISMATCH, signed_content=CONTENT),
    "a message of the other environment": bad(CODE.WRONG_ENVIRONMENT, environment="production"),
    "an unknown memorandum": bad(
        CODE.UNKNOWN_PROFILE, profile="moc-ssw/vn-jp/2019", pointers=("/profile",)
    ),
    "A104 an unknown type": bad(CODE.UNKNOWN_TYPE, type="treaty.proposal", pointers=("/type",)),
    "attachments, which are not carried yet": bad(
        CODE.ATTACHMENT_UNSUPPORTED,
        attachments=[
            {"id": "a1", "media_type": "application/pdf", "size": 1, "digest": digest(b"")}
        ],
        pointers=("/attachments",),
    ),
    "a type that supersedes nothing says that it does": bad(
        CODE.NOT_PERMITTED,
        supersedes={"id": new_id(), "header_digest": digest(b""), "mode": "withdraw"},
        pointers=("/supersedes",),
    ),
    "no marking": bad(CODE.INVALID_MARKING, marking=ABSENT, pointers=("/marking",)),
    "a marking of our own country": bad(
        CODE.INVALID_MARKING, marking=marking("kh/molvt"), pointers=("/marking/originator",)
    ),
    "an unknown level": bad(
        CODE.INVALID_MARKING,
        marking=marking("jp/isa", level="secret"),
        pointers=("/marking/level",),
    ),
    "the schema of another type": bad(
        CODE.INVALID_BODY,
        body_schema={"id": "urn:moc-ssw:inquiry.request:1", "digest": digest(b"")},
        pointers=("/body_schema/id",),
    ),
    "a body member that nobody knows": bad(
        CODE.INVALID_BODY, body={"CHAN DARA N0012345": 1}, pointers=("/body/*",)
    ),
    "a body of another type": bad(
        CODE.INVALID_BODY, type_name="inquiry.request", body={}, pointers=None
    ),
    "the contact point of another side": bad(
        CODE.NOT_PERMITTED,
        type_name="contact.update",
        body=CATALOGUE.bodies.example("contact.update") | {"party": "kh/molvt"},
        pointers=("/body/party",),
    ),
    "a control message in another thread": bad(
        CODE.WRONG_THREAD, thread=new_id(), pointers=("/thread",)
    ),
    "a thread that is not named after its first message": bad(
        CODE.WRONG_THREAD, type_name="inquiry.request", thread=new_id(), pointers=("/thread",)
    ),
    "a thread without a reference": bad(
        CODE.WRONG_THREAD, type_name="inquiry.request", reference=ABSENT, pointers=("/reference",)
    ),
    "a reference of the other country": bad(
        CODE.WRONG_THREAD,
        type_name="inquiry.request",
        reference="KH-2026-000001",
        pointers=("/reference",),
    ),
    "an answer to nothing": bad(
        CODE.WRONG_THREAD, type_name="inquiry.answer", pointers=("/in_reply_to",)
    ),
    "A98 a reply to an unknown message": bad(
        CODE.UNKNOWN_REFERENCE,
        type_name="inquiry.answer",
        in_reply_to=new_id(),
        pointers=("/in_reply_to",),
    ),
    "A98 an acknowledgement of an unknown message": bad(
        CODE.UNKNOWN_REFERENCE,
        type_name="acknowledgement.handed-over",
        body={"ids": [new_id()]},
        pointers=("/body/ids/0",),
    ),
    "an unknown parent": bad(
        CODE.UNKNOWN_REFERENCE,
        type_name="inquiry.request",
        parent_thread=new_id(),
        pointers=("/parent_thread",),
    ),
    "created more than five minutes ahead": bad(
        CODE.FUTURE, created=times.text(START + 301), pointers=("/created",)
    ),
}


def refused_envelope(peer, name):
    code, type_name, members, _, _ = REFUSALS[name]
    cover = {"exp": int(START) + 7 * 86_400} if "payload" in members else {}
    if "id_" in members:
        return peer.seal(peer.letter(type_name), jti=new_id())
    if code is CODE.MALFORMED and "expires" in members:
        cover = {"exp": times.parse(members["expires"])}
    return peer.seal(peer.letter(type_name, **members), **cover)


@pytest.mark.parametrize("name", REFUSALS)
async def test_a_signed_fault_gets_a_signed_refusal_and_is_never_delivered(arena, name):
    code, _, _, pointers, alarm = REFUSALS[name]
    (entry,) = await arena.entries(refused_envelope(arena.jp, name))
    assert (entry.outcome, entry.code, entry.retryable) == (
        Outcome.REFUSED,
        code,
        code in RETRYABLE,
    )
    if pointers is not None:
        assert entry.pointers == pointers
    allowed = set() if code in RETRYABLE else FINAL
    assert await arena.changed() == allowed | ({"alarms"} if alarm else set())
    assert await alarms(arena.kh) == ([alarm] if alarm else [])
    assert await facts(arena.kh, "SELECT id FROM messages") == []


FINAL_NAMES = [name for name, (code, *_) in REFUSALS.items() if code not in RETRYABLE]
RETRYABLE_NAMES = [name for name, (code, *_) in REFUSALS.items() if code in RETRYABLE]


@pytest.mark.parametrize("name", FINAL_NAMES)
async def test_A86_a_final_refusal_is_repeated_byte_for_byte_for_ever(arena, name):
    envelope = refused_envelope(arena.jp, name)
    first = arena.receipt(await arena.post(envelope))
    arena.pair.clock.now += 3 * 86_400
    second = arena.receipt(await arena.post(envelope))
    assert [text for text, _ in first.entries] == [text for text, _ in second.entries]
    assert first.text != second.text
    assert await arena.changed() == set()


@pytest.mark.parametrize("name", RETRYABLE_NAMES)
async def test_a_retryable_refusal_is_judged_anew(arena, name):
    envelope = refused_envelope(arena.jp, name)
    first = await arena.entries(envelope)
    arena.pair.clock.now += 60
    second = await arena.entries(envelope)
    assert first[0].at != second[0].at


async def test_a_refused_header_is_kept_as_proof_and_its_content_is_not(arena):
    letter = arena.jp.letter(body={"note": "CHAN DARA"}, type="treaty.proposal")
    await arena.entries(arena.jp.seal(letter))
    kept = await facts(arena.kh, "SELECT * FROM refusals")
    assert [(row["id"], row["code"], row["jws"]) for row in kept] == [
        (letter.id, "unknown-type", letter.jws)
    ]
    assert "CHAN DARA" not in repr(await facts(arena.kh, "SELECT * FROM entries"))
