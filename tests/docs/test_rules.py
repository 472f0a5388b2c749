"""Rules that the page of the protocol states in words, held against the program."""

import asyncio
import os

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.catalogue import control_thread
from gateway.delivery.arrival import judge
from gateway.delivery.directory import Directory, Peer
from gateway.delivery.own_keys import KeySet, OwnKeys
from gateway.delivery.placement import place
from gateway.delivery.ports import LocalNode
from gateway.envelope import (
    Environment,
    Typ,
    among,
    base64url,
    digest,
    parse_header,
    read_card,
    read_receipt,
    sign,
    times,
)
from gateway.envelope.jws import check_signature
from gateway.errors import (
    InvalidMarkingError,
    MalformedError,
    PeerError,
    RefusalCode,
    UnreadableError,
)
from gateway.http.tls import client_context
from gateway.policy import check_pointers, parse_marking
from gateway.store import Store
from gateway.store.sealing import Sealer
from gateway.store.threads import Opener
from tests.docs.pages import code, section, tables
from tests.envelope import samples
from tests.envelope.samples import ID, JP, JP_IDENTITY, JP_NEXT, KH, OTHER_ID, OWN_KEYS
from tests.http.certificates import make_certificate
from tests.http.wiring import Inbox, Known, Reply, peer_port
from tests.nodes import CATALOGUE
from tests.vectors import build

PAGE = "protocol.md"
AT = "2026-01-05T08:00:05Z"
BODY = CATALOGUE.bodies.example("inquiry.request")


# --- signatures ----------------------------------------------------------------------------

ORDER = 2**252 + 27742317777372353535851937790883648493
NEUTRAL = bytes([1]) + bytes(31)
# The same point, written with p + 1 for 1.
NEUTRAL_AGAIN = bytes([0xEE]) + bytes([0xFF]) * 30 + bytes([0x7F])
OF_ORDER_EIGHT = bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")


def holds(key, text, signature):
    try:
        check_signature("Ed25519", Ed25519PublicKey.from_public_bytes(key), text, signature)
    except UnreadableError:
        return False
    return True


def test_a_scalar_of_ed25519_is_below_the_order_of_the_group():
    key, text = JP.keys[0].public_key().public_bytes_raw(), b"text"
    signature = JP.keys[0].sign(text)
    larger = int.from_bytes(signature[32:], "little") + ORDER
    assert holds(key, text, signature)
    assert not holds(key, text, signature[:32] + larger.to_bytes(32, "little"))


def test_ed25519_is_verified_without_the_cofactor_and_r_is_compared_as_bytes():
    # With the cofactor, a key of order eight would make this signature hold over every text.
    texts = [f"text {at}".encode() for at in range(64)]
    assert {holds(OF_ORDER_EIGHT, text, NEUTRAL + bytes(32)) for text in texts} == {True, False}
    for key in (NEUTRAL, NEUTRAL_AGAIN):
        assert holds(key, b"text", NEUTRAL + bytes(32))
        assert not holds(key, b"text", NEUTRAL_AGAIN + bytes(32))


# --- the signed header and the marking -----------------------------------------------------


def header_with(**changes):
    return orjson.dumps(orjson.loads(samples.header().payload()) | changes)


def test_null_is_refused_in_known_members_and_not_looked_at_in_others():
    body_schema = {"id": "x", "digest": digest(b""), "colour": None}
    parse_header(header_with(colour=None, inner={"colour": [None]}, body_schema=body_schema))
    for name in [code(row[0]) for row in tables(PAGE, "5.1 Signed header")[0]]:
        with pytest.raises(MalformedError):
            parse_header(header_with(**{name: None}))


def test_a_malformed_header_names_its_first_fault_in_the_order_of_the_page():
    table = [code(row[0]) for row in tables(PAGE, "5.1 Signed header")[0]]
    first = ["specversion", "suite", "created", "expires"]
    names = first + [name for name in table if name not in first]
    assert "`, `".join(first[:3]) + "` and `" + first[3] in section(PAGE, "9.3 Entries")
    for at, name in enumerate(names):
        with pytest.raises(MalformedError) as caught:
            parse_header(header_with(**dict.fromkeys(names[at:])))
        assert caught.value.pointers == (f"/{name}",)


def test_what_the_page_says_is_not_judged_is_not_judged():
    changes = {"clauses": ["99(zz)"], "priority": "emergency", "due": "2001-01-01T00:00:00Z"}
    assert verdict(body=BODY, reference="JP-0000-000000", **changes) is None


def marked(**changes):
    members = samples.MARKING | {name: each for name, each in changes.items() if each is not None}
    return parse_marking(members, originator_country="jp")


@pytest.mark.parametrize(
    "changes",
    [
        {"colour": "blue", "level": 7, "publish": 7},
        {"scheme": "moc-ssw/2", "level": 7, "granular": [{"colour": "blue"}]},
    ],
)
def test_a_marking_that_is_not_understood_is_restricted_and_nothing_else_is_judged(changes):
    marking = marked(**changes)
    assert (marking.level, marking.understood) == ("restricted", False)


@pytest.mark.parametrize(
    "changes",
    [
        {"caveats": ["unheard-of"]},
        {"handling_until": "2001-01-01T00:00:00Z"},
        {"publish": {"rule": "permitted"}},
        {"publish": {"rule": "permitted", "fields": ["/nowhere"]}},
        {"granular": [{"pointer": "/reason"}]},
    ],
)
def test_a_marking_that_the_page_allows(changes):
    marking = marked(**changes)
    assert marking.understood
    check_pointers(marking, BODY)


@pytest.mark.parametrize(
    "changes",
    [
        {"purposes": ["unheard-of"]},
        {"publish": {"fields": ["/reason"]}},
        {"publish": {"rule": "none", "colour": "blue"}},
        {"granular": [{"level": "public"}]},
        {"granular": [{"pointer": "/reason", "colour": "blue"}]},
        {"level": "secret"},
    ],
)
def test_a_marking_that_the_page_refuses(changes):
    with pytest.raises(InvalidMarkingError):
        marked(**changes)


@pytest.mark.parametrize("value", ["restricted", 7, []])
def test_a_marking_that_is_no_object_is_refused(value):
    with pytest.raises(InvalidMarkingError):
        parse_marking(value, originator_country="jp")


@pytest.mark.parametrize("pointer", ["/body/reason", "/questions/q1/0", "/nowhere"])
def test_a_part_is_found_from_the_body_through_objects(pointer):
    marking = marked(granular=[{"pointer": "/questions/q1"}, {"pointer": pointer}])
    with pytest.raises(InvalidMarkingError) as caught:
        check_pointers(marking, BODY)
    assert caught.value.pointers == ("/marking/granular/1/pointer",)


# --- the order of the checks ---------------------------------------------------------------


PEER_CARD = samples.card(
    node="jp/isa",
    identity=JP_IDENTITY.public,
    message_pairs=((JP.public, samples.YEAR), (JP_NEXT.public, samples.YEAR)),
)
PEER = Peer(node="jp/isa", enabled=True, card=PEER_CARD, keys=PEER_CARD)
US = LocalNode(
    node="kh/molvt",
    environment=Environment.TEST,
    epoch="1." + "0" * 32,
    keys=OwnKeys(
        KeySet(
            card=PEER_CARD, card_raw=b"", pairs=(KH,), decryption_keys=OWN_KEYS, certificates=()
        ),
        Directory(),
    ),
)


def told(raw):
    """Return the code and the pointers that an envelope gets without a store, None if sound."""
    now = times.parse(AT)
    arrival = judge(raw, peer=PEER, us=US, catalogue=CATALOGUE, now=now)
    error = getattr(arrival, "error", None)
    return None if error is None else (error.code, error.pointers)


def verdict(*, body, more=(), cover=(), **changes):
    members = {"salt": base64url.encode(samples.SALT), "body": body} | dict(more)
    text = orjson.dumps(members).decode()
    made = header_with(content_digest=digest(text.encode()), **changes)
    inside = samples.plaintext(sign(made, JP, Typ.MESSAGE), text)
    return told(samples.close(inside, edit=lambda one: one.update(dict(cover))))


def test_the_content_and_what_belongs_to_it_are_judged_in_the_order_of_the_page():
    nowhere = samples.MARKING | {"granular": [{"pointer": "/nowhere"}]}
    faults = [
        ({"marking": 7}, ("invalid-marking", ("/marking",))),
        (
            {"body_schema": {"id": "x", "digest": digest(b"")}},
            ("invalid-body", ("/body_schema/id",)),
        ),
        ({"more": {"colour": "blue"}}, ("malformed", ("/content",))),
        (
            {"more": {"attachments": {"a": 1}}},
            ("attachment-unsupported", ("/content/attachments",)),
        ),
        ({"body": BODY | {"colour": "blue"}}, ("invalid-body", ("/body/*",))),
        ({"marking": nowhere}, ("invalid-marking", ("/marking/granular/0/pointer",))),
    ]
    for at, (_, expected) in enumerate(faults):
        several = {"body": BODY}
        for changes, _ in reversed(faults[at:]):
            several |= changes
        assert verdict(**several) == expected
    assert verdict(body=BODY, more={"attachments": {}}) is None


def test_a_mismatch_names_every_member_that_differs():
    cover = {"jti": OTHER_ID, "exp": 1_770_192_001}
    assert verdict(body=BODY, cover=cover) == (RefusalCode.MISMATCH, ("/id", "/expires"))


MISSING = "01980000-0000-7000-8000-0000000000ff"
CONTROL = control_thread("jp/isa", "kh/molvt")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"type": "inquiry.answer", "thread": MISSING, "reference": "JP-2026-000009"},
            ("wrong-thread", "/in_reply_to"),
        ),
        (
            {"type": "inquiry.answer", "thread": MISSING, "in_reply_to": MISSING},
            ("unknown-reference", "/in_reply_to"),
        ),
        ({"thread": MISSING, "in_reply_to": MISSING}, ("unknown-reference", "/in_reply_to")),
        ({"type": "reminder", "thread": MISSING}, ("wrong-thread", "/in_reply_to")),
        (
            {"type": "withdrawal", "thread": MISSING, "in_reply_to": MISSING},
            ("unknown-reference", "/in_reply_to"),
        ),
        (
            {"thread": MISSING, "reference": None, "parent_thread": MISSING},
            ("wrong-thread", "/thread"),
        ),
        ({"reference": None, "parent_thread": MISSING}, ("wrong-thread", "/reference")),
        ({"reference": "KH-2026-000001"}, ("wrong-thread", "/reference")),
        ({"parent_thread": MISSING}, ("unknown-reference", "/parent_thread")),
        ({"type": "acknowledgement.accepted"}, ("wrong-thread", "/thread")),
        (
            {"type": "acknowledgement.accepted", "thread": CONTROL},
            ("unknown-reference", "/body/ids/0"),
        ),
        ({"type": "ping", "thread": CONTROL, "parent_thread": MISSING}, None),
    ],
)
async def test_the_place_of_a_message_is_judged_in_the_order_of_the_page(
    tmp_path, changes, expected
):
    header = samples.header(**changes)
    row = CATALOGUE.profile_for("jp/isa", "kh/molvt").type_of(header.type)
    store = await Store(tmp_path / "gateway.db", Sealer(bytes(32), os.urandom)).open()

    def find(tx):
        try:
            place(tx, header, row, {"ids": [ID]}, peer="jp/isa", sender=Opener.THEM)
        except PeerError as error:
            return (error.code, *error.pointers)
        return None

    try:
        assert await store.read(find) == expected
    finally:
        await store.close()


# --- the vectors ---------------------------------------------------------------------------


def test_the_envelope_vectors_get_their_class_from_a_whole_node_but_for_the_two_that_are_named():
    named = {"another aud in the cover", "another iss"}
    text = section(PAGE, "17 Vectors").replace("\n", " ")
    assert all(f'"{name}"' in text for name in named)
    for file in sorted(build.KEPT):
        if not file.startswith("envelope-"):
            continue
        found = build.load(file)
        # What opens is judged no further than the digest of its content: the body fits no schema.
        expected = "invalid-body" if found["class"] == "ok" else found["class"]
        for case in found["cases"]:
            got, _ = told(case["envelope"].encode())
            assert got == ("malformed" if case["name"] in named else expected), case["name"]


def test_the_receipt_vectors_are_read_with_the_first_card():
    peer = read_card(build.load("card-ok")["cases"][0]["card"].encode())
    pairs = [pair for pair, validity in peer.message_pairs if validity.is_valid_at(AT)]
    for case in build.load("receipt-ok")["cases"]:
        receipt = read_receipt(
            case["answer"].encode(),
            from_="kh/molvt",
            to="jp/isa",
            environment=Environment.TEST,
            pairs=among(pairs),
        )
        assert receipt.at == AT
        counter, _, life = receipt.epoch.partition(".")
        assert counter.isdigit()
        assert (len(life), bytes.fromhex(life).hex()) == (32, life)
        pointers = [one for _, entry in receipt.entries for one in entry.pointers]
        assert pointers == ["/body/question", "/body/*"]


# --- HTTP and TLS --------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [400, 422])
async def test_after_an_answer_about_unread_envelopes_the_connection_stays_open(
    tmp_path, monkeypatch, answer
):
    async def receive(self, node, body):
        return Reply(answer, b"{}", "application/problem+json")

    monkeypatch.setattr(Inbox, "receive", receive)
    own, peer = (make_certificate(tmp_path, name) for name in ("kh/molvt", "jp/isa"))
    # Neither a length nor chunks: the body is empty, and the receiver judges it.
    request = (
        b"POST /v1/envelopes HTTP/1.1\r\nHost: whatever\r\n"
        b"Content-Type: APPLICATION/vnd.moc.Envelopes\r\n\r\n"
    )
    async with peer_port(own, Known("jp/isa", (peer.der,))) as port:
        wire = await port.connect(peer.identity)
        for _ in range(2):
            wire.send(request)
            assert await wire.answer() == (answer, b"{}")
        await wire.close()


@pytest.mark.parametrize("protocols", [["h2"], ["h2", "http/1.1"]])
async def test_a_server_insists_on_no_protocol_and_on_no_server_name(tmp_path, protocols):
    own, peer = (make_certificate(tmp_path, name) for name in ("kh/molvt", "jp/isa"))
    async with peer_port(own, Known("jp/isa", (peer.der,))) as port:
        context = client_context(peer.identity, [own.der])
        context.set_alpn_protocols(protocols)
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port.server.port, ssl=context, server_hostname="elsewhere.example"
        )
        writer.write(b"GET /v1/card HTTP/1.1\r\nHost: whatever\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
        writer.close()
        await writer.wait_closed()
