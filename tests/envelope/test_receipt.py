"""Receipts: an answer proves something only where everything in it holds."""

from dataclasses import replace

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.envelope import (
    Checkpoint,
    Entry,
    Environment,
    NotProofError,
    Outcome,
    Typ,
    among,
    base64url,
    digest,
    limits,
    parse_entry,
    read_receipt,
    sign,
    sign_receipt,
)
from gateway.errors import RETRYABLE, InvalidError, MalformedError, RefusalCode
from tests.envelope.samples import ID, JP, KH, KH_IDENTITY, forge, heads

AT = "2026-01-05T08:00:05Z"
KH_PAIRS = among([KH.public])
CHECKPOINT = Checkpoint(7, base64url.encode(bytes(range(32))))

RECEIVED = Entry(
    id=ID,
    header_digest=digest(b"header"),
    envelope_digest=digest(b"envelope"),
    outcome=Outcome.RECEIVED,
    code=None,
    retryable=False,
    at=AT,
)
UNREADABLE = Entry(
    id=None,
    header_digest=None,
    envelope_digest=digest(b"other envelope"),
    outcome=Outcome.REFUSED,
    code=RefusalCode.UNREADABLE,
    retryable=False,
    at=AT,
)
UNKNOWN_KEY = replace(UNREADABLE, code=RefusalCode.UNKNOWN_KEY, retryable=True, card_serial=3)
INVALID = replace(
    RECEIVED,
    outcome=Outcome.REFUSED,
    code=RefusalCode.INVALID_BODY,
    pointers=("/body/question", "/body/*"),
)
TEXTS = [one.text() for one in (RECEIVED, UNREADABLE, UNKNOWN_KEY, INVALID)]


def answer(texts=TEXTS, pair=KH, **changes):
    parts = {
        "from_": "kh/molvt",
        "to": "jp/isa",
        "environment": Environment.TEST,
        "at": AT,
        "epoch": "0001-c29tZXRoaW5n",
        "checkpoint": CHECKPOINT,
    }
    return sign_receipt(texts, pair=pair, **(parts | changes))


def read(raw, pairs=KH_PAIRS, **changes):
    parts = {"from_": "kh/molvt", "to": "jp/isa", "environment": Environment.TEST}
    return read_receipt(raw, pairs=pairs, **(parts | changes))


ANSWER = answer()
JWS = orjson.loads(ANSWER)["receipt"]


def test_an_answer_comes_back_with_the_exact_texts():
    receipt = read(ANSWER)
    assert [text for text, _ in receipt.entries] == TEXTS
    assert [entry for _, entry in receipt.entries] == [RECEIVED, UNREADABLE, UNKNOWN_KEY, INVALID]
    assert (receipt.at, receipt.epoch, receipt.checkpoint) == (
        AT,
        "0001-c29tZXRoaW5n",
        CHECKPOINT,
    )
    assert receipt.text == orjson.dumps(JWS).decode()
    assert receipt.text.encode() in ANSWER


def test_the_signed_members_stand_in_the_order_of_the_protocol():
    payload = orjson.loads(base64url.decode(JWS["payload"]))
    names = ["suite", "environment", "from", "to", "at", "epoch", "checkpoint", "entries"]
    assert list(payload) == names
    assert list(payload["checkpoint"]) == ["size", "root"]
    assert payload["entries"] == [digest(text.encode()) for text in TEXTS]


def test_one_entry_and_the_receipt_prove_one_message_alone():
    alone = b'{"receipt":%b,"entries":%b}' % (
        read(ANSWER).text.encode(),
        orjson.dumps([TEXTS[3]]),
    )
    assert read(alone).entries == ((TEXTS[3], INVALID),)
    assert TEXTS[0].encode() not in alone


@pytest.mark.parametrize(
    ("entry", "final"),
    [(RECEIVED, True), (UNREADABLE, True), (UNKNOWN_KEY, False), (INVALID, True)],
)
def test_only_a_retryable_refusal_is_not_final(entry, final):
    assert entry.is_final is final


def payload(**changes):
    return orjson.dumps(orjson.loads(base64url.decode(JWS["payload"])) | changes)


def signed(raw, pair=KH, typ=Typ.RECEIPT, texts=TEXTS):
    return b'{"receipt":%b,"entries":%b}' % (sign(raw, pair, typ).encode(), orjson.dumps(texts))


def body(**changes):
    return orjson.dumps(orjson.loads(ANSWER) | changes)


NO_PROOF = {
    "nothing": b"",
    "HTML of some proxy": b"<html>200 OK</html>",
    "an empty object": b"{}",
    "only a receipt": orjson.dumps({"receipt": JWS}),
    "only entries": orjson.dumps({"entries": TEXTS}),
    "a further member": body(note="x"),
    "no entry": body(entries=[]),
    "an entry as an object": body(entries=[orjson.loads(TEXTS[0])]),
    "a receipt as a text": body(receipt=orjson.dumps(JWS).decode()),
    "A34 receipt twice": ANSWER[:-1] + b',"receipt":{}}',
    "A110 an entry that was not signed": body(
        entries=[replace(RECEIVED, envelope_digest=digest(b"z")).text()]
    ),
    "A110 an entry with a space more": body(entries=[TEXTS[0] + " "]),
    "an entry outside the receipt": body(entries=[*TEXTS, INVALID.text().replace("/body", "/x")]),
    "A116 signed by the sender itself": answer(pair=JP),
    "A116 signed by the identity pair": answer(pair=KH_IDENTITY),
    "A61 one signature": body(receipt=JWS | {"signatures": JWS["signatures"][:1]}),
    "A64 the signatures of another receipt": body(
        receipt=JWS | {"signatures": orjson.loads(answer(epoch="x"))["receipt"]["signatures"]}
    ),
    "another typ": signed(payload(), typ=Typ.MESSAGE),
    "a manifest for a receipt": signed(payload(), typ=Typ.MANIFEST),
    "from another node": signed(payload(**{"from": "vn/dolab"})),
    "to another node": signed(payload(to="vn/dolab")),
    "from and to swapped": signed(payload(**{"from": "jp/isa", "to": "kh/molvt"})),
    "the other environment": signed(payload(environment="production")),
    "A82 another suite": signed(payload(suite=2)),
    "A41 at missing": signed(payload(at=None)),
    "A94 at as a number": signed(payload(at=1767600005)),
    "an epoch of another form": signed(payload(epoch="a b")),
    "a root of 31 bytes": signed(payload(checkpoint={"size": 1, "root": "A" * 42})),
    "a negative size": signed(payload(checkpoint={"size": -1, "root": CHECKPOINT.root})),
    "no checkpoint": signed(payload(checkpoint=None)),
    "digests as an object": signed(payload(entries={})),
    "65 digests": signed(payload(entries=[digest(TEXTS[0].encode())] * 65)),
    "an entry of another form": signed(payload(entries=[digest(b"{}")]), texts=["{}"]),
    "a payload that is a list": signed(b"[]"),
    "A56 a key in the header": b'{"receipt":%b,"entries":%b}'
    % (
        orjson.dumps(
            forge(
                payload(),
                [one | {"jwk": {}} for one in heads(KH, Typ.RECEIPT)],
                KH.keys,
            )
        ),
        orjson.dumps(TEXTS),
    ),
    "A26 longer than 256 KiB": body(entries=["x" * limits.ANSWER]),
}


@pytest.mark.parametrize("raw", NO_PROOF.values(), ids=NO_PROOF.keys())
def test_an_answer_that_does_not_hold_proves_nothing(raw):
    with pytest.raises(NotProofError):
        read(raw)


@pytest.mark.parametrize(
    "changes", [{"from_": "vn/dolab"}, {"to": "kh/molvt"}, {"environment": Environment.PRODUCTION}]
)
def test_a_receipt_between_others_proves_nothing_to_us(changes):
    with pytest.raises(NotProofError):
        read(ANSWER, **changes)


def test_a_bit_flipped_in_any_byte_of_an_answer_proves_nothing():
    for at in range(len(ANSWER)):
        altered = bytearray(ANSWER)
        altered[at] ^= 1 << at % 8
        with pytest.raises(NotProofError):
            read(bytes(altered))


def test_more_entries_than_an_exchange_has_are_not_signed():
    assert len(read(answer([TEXTS[0]] * 64)).entries) == 64
    with pytest.raises(InvalidError):
        answer([TEXTS[0]] * 65)


def test_a_full_exchange_of_the_longest_entries_fits_into_an_answer():
    longest = replace(INVALID, pointers=("/" + "x" * 127,) * 16).text()
    assert parse_entry(longest)
    assert len(answer([longest] * 64)) <= limits.ANSWER


MEMBERS = orjson.loads(TEXTS[3])


def entry_text(**changes):
    return orjson.dumps(MEMBERS | changes).decode()


ENTRIES_REFUSED = {
    "nothing": "",
    "a list": "[]",
    "A34 a name twice": TEXTS[0][:-1] + ',"code":null}',
    "a lone surrogate": TEXTS[0].replace("received", "\ud800"),
    "another outcome": entry_text(outcome="accepted"),
    "another code": entry_text(code="because"),
    "A41 retryable as a number": entry_text(retryable=0),
    "retryable against its code": entry_text(retryable=True),
    "final against its code": entry_text(code="busy"),
    "received with a code": entry_text(outcome="received"),
    "refused without a code": entry_text(code=None),
    "received without an id": orjson.dumps(
        orjson.loads(TEXTS[0]) | {"id": None, "header_digest": None}
    ).decode(),
    "an id without a header digest": entry_text(header_digest=None),
    "A94 a time of another form": entry_text(at="2026-01-05"),
    "a digest of another form": entry_text(envelope_digest="sha-256:x"),
    "17 pointers": entry_text(pointers=["/a"] * 17),
    "a pointer without a slash": entry_text(pointers=["a"]),
    "A142 a pointer with a line break": entry_text(pointers=["/a\nb"]),
    "a pointer with a quote": entry_text(pointers=['/a"']),
    "a pointer of 129 characters": entry_text(pointers=["/" + "a" * 128]),
    "a serial below zero": entry_text(card_serial=-1),
    "longer than 3 KiB": entry_text(x="y" * limits.ENTRY),
} | {
    f"A41 without {name}": orjson.dumps({k: v for k, v in MEMBERS.items() if k != name}).decode()
    for name in MEMBERS
    if name != "pointers"
}


@pytest.mark.parametrize("text", ENTRIES_REFUSED.values(), ids=ENTRIES_REFUSED.keys())
def test_an_entry_of_another_form_is_malformed(text):
    with pytest.raises(MalformedError):
        parse_entry(text)


def test_the_members_of_an_entry_stand_in_order():
    names = ["id", "header_digest", "envelope_digest", "outcome", "code", "retryable", "at"]
    assert list(orjson.loads(RECEIVED.text())) == names
    assert list(orjson.loads(INVALID.text())) == [*names, "pointers"]
    assert list(orjson.loads(UNKNOWN_KEY.text())) == [*names, "card_serial"]


def test_a_member_that_is_not_known_is_ignored():
    assert parse_entry(entry_text(colour="blue")) == INVALID


@given(
    st.sampled_from(RefusalCode),
    st.lists(st.from_regex(r"(/[ !#-\[\]-~]{0,20}){0,3}", fullmatch=True), max_size=16),
    st.none() | st.integers(0, 2**53),
)
def test_an_entry_comes_back_from_its_text(code, pointers, serial):
    entry = replace(
        INVALID,
        code=code,
        retryable=code in RETRYABLE,
        pointers=tuple(pointers),
        card_serial=serial,
    )
    assert parse_entry(entry.text()) == entry


@given(st.lists(st.text(max_size=200), min_size=1, max_size=20))
def test_whatever_the_pointers_an_entry_can_be_read_and_names_ancestors_only(pointers):
    told = parse_entry(replace(INVALID, pointers=tuple(pointers)).text()).pointers
    assert len(told) <= 16
    assert all(full.startswith(short) for full, short in zip(pointers, told, strict=False))
