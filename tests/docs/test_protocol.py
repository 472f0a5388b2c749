"""The page of the protocol says what the program does: every table and every worked example."""

import dataclasses
import hashlib
import json
import os
import re

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.catalogue import (
    OPENING,
    TRANSITIONS,
    TYPES,
    WHO,
    Caveat,
    Channel,
    Event,
    Priority,
    Role,
    Side,
    Term,
    ThreadKind,
    clauses_for,
    control_thread,
    list_digest,
)
from gateway.catalogue.registers import Register
from gateway.delivery import arrival, receiver, sender
from gateway.delivery.attention import Attention
from gateway.delivery.retry import Backoff
from gateway.envelope import (
    SUITES,
    Card,
    Entry,
    Header,
    Typ,
    VerifyingPair,
    base64url,
    card,
    consent,
    digest,
    encryption,
    fingerprint,
    forms,
    header,
    jws,
    keys,
    limits,
    padding,
    root_of,
    times,
)
from gateway.envelope.seal import _PROTECTED_LENGTH as COVER_LENGTH
from gateway.errors import RETRYABLE, MalformedError, RefusalCode
from gateway.http import answers, connection, wire
from gateway.http.peer_server import PeerBounds
from gateway.policy import Denied, covering, marking
from gateway.policy.subject import Derivation
from gateway.policy.terms import Mode, parse_terms
from gateway.store import Store, evidence
from gateway.store.consent_notices import Why
from gateway.store.consents import ConsentState
from gateway.store.disclosures import MOST_REPORTED
from gateway.store.evidence import Fact
from gateway.store.messages import State
from gateway.store.sealing import Sealer
from tests.docs.pages import DOCS, blocks, code, codes, section, tables
from tests.envelope import samples
from tests.envelope.samples import ID, JP_IDENTITY, KH_KEY, OTHER_ID
from tests.nodes import CATALOGUE

PAGE = "protocol.md"
AT = "2026-01-05T08:00:05Z"
ENTRY = {
    "message_id": OTHER_ID,
    "header_digest": f"sha-256:{'A' * 43}",
    "source_pointer": "",
    "target_pointer": "/text",
    "mode": "quote",
}

# Rows of the table of limits that are no constant of `limits`.
FURTHER = {
    "characters of a protected header in a JWS": jws._PROTECTED_LENGTH,
    "decoded protected header of an envelope": COVER_LENGTH,
    "padded text inside an envelope": max(
        length
        for length in map(padding.padded_length, range(1, limits.ENVELOPE, 4096))
        if length * 4 / 3 < limits.ENVELOPE
    ),
    "entries of a list in the signed header": header._LIST,
    "ids in an acknowledgement": 256,
    "certificate": card._CERTIFICATE_LENGTH,
    "seconds that `created` may lie ahead": arrival._AHEAD,
    "connections of one peer, by default": PeerBounds().connections_per_peer,
    "requests of one peer at once, by default": PeerBounds().in_flight_per_peer,
    "line of an HTTP head": connection._LINE_BYTES,
    "lines of an HTTP head": connection._HEADERS,
    "seconds for a TLS handshake": connection.Deadlines().handshake,
    "seconds for the head of a request": connection.Deadlines().header,
    "seconds for the body of a request": connection.Deadlines().body,
    "seconds for the whole of a request": connection.Deadlines().request,
    "seconds that an idle connection is kept": connection.Deadlines().keep_alive,
}


def table(heading, at=0):
    return tables(PAGE, heading)[at]


def words(kind):
    return [each.value for each in kind]


def test_the_table_of_codes_is_the_programs():
    rows = table("11 Codes")
    assert [code(row[0]) for row in rows] == words(RefusalCode)
    retryable = {code(row[0]) for row in rows if row[2] == "yes"}
    assert retryable == set(RETRYABLE)
    assert {row[2] for row in rows} == {"yes", "no"}
    kept = {code(row[0]) for row in rows if row[3] in {"yes", "with an id"}}
    assert kept == set(RefusalCode) - RETRYABLE - {RefusalCode.UNREADABLE}
    witnessed = {code(row[0]) for row in rows if f"`{Fact.REFUSED}`" in row[5]}
    assert witnessed == kept


def test_the_table_of_limits_is_the_programs():
    rows = table("15 Media types and limits", 1)
    named = {code(row[2]): int(row[1]) for row in rows if row[2]}
    known = {name: value for name, value in vars(limits).items() if name.isupper()}
    # Multiples for writing the others, and a file that never travels.
    for other in ("KIB", "MIB", "KEY_FILE"):
        known.pop(other)
    assert named == known
    assert {row[0]: int(row[1]) for row in rows if not row[2]} == FURTHER


def test_an_acknowledgement_lists_as_many_ids_as_the_page_says(root):
    text = (root / "schemas/types/acknowledgement.accepted.schema.json").read_text("utf-8")
    assert json.loads(text)["$defs"]["ids"]["maxItems"] == 256


def test_the_table_of_media_types_is_the_programs():
    rows = {code(row[0]): row[2] for row in table("15 Media types and limits")}
    assert rows == {
        wire.ENVELOPES_TYPE: str(limits.ENVELOPE),
        receiver.RECEIPT_TYPE: str(limits.ANSWER),
        wire.CARD_TYPE: str(limits.CARD),
        answers.PROBLEM: "–",
    }
    text = section(PAGE, "8.1 Request")
    assert f"POST {wire.ENVELOPES} HTTP/1.1" in text
    assert f"GET {wire.CARD} HTTP/1.1" in text


def test_the_table_of_kinds_is_the_programs():
    assert [code(row[0]) for row in table("3 Signed objects")] == words(Typ)


def test_the_table_of_types_is_the_catalogue():
    rows = table("7 Types")
    assert [code(row[0]) for row in rows] == list(TYPES)
    said = {True: "yes", False: "no"}
    for name, channel, opens, replies, own, joins, updatable, senders, immediate, *rest in rows:
        row = TYPES[code(name)]
        life, level, caveats = rest
        assert (row.opens or "–", row.channel) == (opens, channel)
        assert list(row.replies_to) == codes(replies)
        assert own == ("alone" if row.only_own else said[row.of_own])
        assert row.of_any == (row.name == "disclosure.report")
        assert (joins, updatable) == (said[row.joins], said[row.updatable])
        assert row.senders == (set(Role) if senders == "both" else {Role(senders)})
        assert immediate == said[row.immediate]
        assert int(life) == row.life
        assert code(level) == row.level
        assert set(codes(caveats)) == row.caveats


def test_the_table_of_clauses_is_the_catalogue():
    stated = {name: row[1:] for row in table("7 Types", 1) for name in codes(row[0])}
    for name, row in TYPES.items():
        cells = stated.get(name, ["`2`", "`2`"])
        roles = (Role.ACCEPTING, Role.SENDING)
        assert [tuple(codes(cell)) for cell in cells] == [clauses_for(row, each) for each in roles]


def test_the_table_of_registers_is_the_catalogue():
    rows = table("7 Types", 3)
    assert [code(row[0]) for row in rows] == words(Register)
    for register, names in rows:
        changing = [name for name, row in TYPES.items() if row.register == code(register)]
        assert codes(names) == changing


def test_the_working_days_of_the_page_are_counted_again():
    text = section(PAGE, "7 Types")
    begun, *over = re.findall(r"`(2026-1[12]-\d\dT[^`]*|2027-[^`]*)`", text)
    profile = CATALOGUE.profile_for("jp/isa", "kh/molvt")
    term = Term(25, working=True)
    calendars = [profile.calendar_of(node) for node in ("kh/molvt", "jp/isa")]
    ends = [times.text(term.end(int(times.parse(begun)), calendar)) for calendar in calendars]
    assert over == ends


def test_the_digest_of_the_list_on_the_page_is_computed_again():
    (block,) = blocks(PAGE, "7.2 Lists")
    said = {"status": "approved", "name": {"en": "Test"}}
    assert block.encode() == list_digest.line("so-7", said) + b"\n"
    lines = {"so-7": block.encode().rstrip(b"\n")}
    assert f"`{list_digest.set_digest(lines)}`" in section(PAGE, "7.2 Lists")


def test_what_is_wrong_with_a_list_has_the_codes_of_the_program():
    rows = table("7.2 Lists")
    assert {code(row[1]) for row in rows} == {RefusalCode.LIST_FAULT, RefusalCode.WRONG_BASE}


def words_of(term):
    if term is None:
        return "–"
    days = "day" if term.days == 1 else "days"
    return f"{term.days} working {days}" if term.working else f"{term.days} {days}"


def test_the_table_of_terms_is_the_catalogue_and_the_profile():
    stated = {name: row[1:] for row in table("7 Types", 2) for name in codes(row[0])}
    (rest,) = [row[1:] for row in table("7 Types", 2) if not codes(row[0])]
    profile = CATALOGUE.profile_for("jp/isa", "kh/molvt")
    for name, row in TYPES.items():
        assert profile.types[name] == row
        terms = [row.handed_over, row.accepted, *(row.response.get(each) for each in Priority)]
        if row.channel is Channel.THREAD:
            assert stated.get(name, rest) == [words_of(term) for term in terms]
        else:
            assert terms == [None] * 5
            assert name not in stated


def test_the_markings_that_the_page_tells_of_are_the_catalogues():
    text = section(PAGE, "7 Types")
    for name, row in TYPES.items():
        told = re.search(rf"^- `{name}`: (.*?)(?=^- |^$)", text, re.MULTILINE | re.DOTALL)
        special = {*row.parts, *row.parts.values(), *row.publish, *row.flags.values()}
        special |= set() if row.public_from is None else {row.public_from}
        assert (told is not None) == bool(special), name
        assert special <= set(codes(told[1]) if told else [])


def test_the_schema_of_every_type_has_the_members_that_the_page_names(root):
    rows = table("7.1 Bodies")
    assert [code(row[0]) for row in rows] == list(TYPES)
    for name, body in rows:
        path = root / f"schemas/types/{code(name)}.schema.json"
        schema = json.loads(path.read_text("utf-8"))
        assert schema["$id"] == f"urn:moc-ssw:{code(name)}:1"
        assert set(schema["properties"]) <= set(codes(body))


def test_the_lists_of_codes_are_those_of_the_schemas(root):
    stated = {code(row[0]): codes(row[1]) for row in table("7.1 Bodies", 1)}
    files = sorted((root / "schemas/codes").glob("*.json"))
    assert stated == {
        path.stem: list(json.loads(path.read_text("utf-8"))["codes"]) for path in files
    }


MATTERS = {
    ThreadKind.INQUIRY: "6.4 Inquiries",
    ThreadKind.INVESTIGATION: "6.5 Investigations",
    ThreadKind.PUBLICATION: "6.6 Publications",
    ThreadKind.NOTICE: "6.9 Notices",
    ThreadKind.CONSULTATION: "6.10 Consultations",
    ThreadKind.COOPERATION: "6.11 Cooperation in exams",
    ThreadKind.SUSPENSION: "6.12 Suspensions",
    ThreadKind.ASSISTANCE: "6.13 Help with a return",
    ThreadKind.REVIEW: "6.14 Reviews",
    ThreadKind.AMENDMENT: "6.15 Amendments",
    ThreadKind.CONSENT: "6.16 Consents",
    ThreadKind.PERMISSION: "6.17 Permissions",
}


def test_the_terms_of_a_consent_are_those_that_the_program_reads():
    rows = table("7.3 Consent instruments", 1)
    stated = {name: row[1] for row in rows for name in codes(row[0])}
    terms = CATALOGUE.bodies.schema("consent.grant")["$defs"]["consent_terms"]
    assert list(stated) == list(terms["properties"])
    assert {name for name, word in stated.items() if word == "yes"} == set(terms["required"])
    with pytest.raises(MalformedError, match="/consent_id"):
        parse_terms({name: {} for name in stated})
    with pytest.raises(MalformedError, match="unknown member"):
        parse_terms({name: {} for name in [*stated, "extra"]})
    payload = [code(row[0]) for row in table("7.3 Consent instruments")]
    assert payload == list(consent._MEMBERS)


def test_an_entry_of_what_was_taken_over_has_the_members_that_the_page_names():
    rows = table("5.4 What a message took over")
    assert [code(row[0]) for row in rows if row[2] == "yes"] == list(ENTRY)
    assert [code(row[0]) for row in rows if row[2] == "no"] == ["originator", "profile"]
    assert set(codes(rows[4][3])) == {each.value for each in Derivation}
    assert f"`{header._PLACE.pattern.replace('?:', '')}`" in section(
        PAGE, "5.4 What a message took over"
    )
    samples.header(derived_from=(ENTRY | {"colour": "blue"},)).payload()
    for name in ENTRY:
        entry = {each: value for each, value in ENTRY.items() if each != name}
        with pytest.raises(MalformedError, match=f"/derived_from/0/{name}"):
            header.parse_header(samples.header(derived_from=(entry,)).payload())


def test_a_consent_to_one_form_covers_the_forms_that_the_page_names():
    rows = table("7.3 Consent instruments", 3)
    stated = {code(row[0]): {each for each in codes(row[1]) if each in list(Mode)} for row in rows}
    assert stated == {mode.value: {*within} for mode, within in covering._WITHIN.items()}


def test_the_codes_of_worthless_consents_are_words_and_those_of_the_vectors():
    stated = {code(row[0]) for row in table("7.3 Consent instruments", 2)}
    assert stated <= set(words(Denied))
    refused = json.loads((DOCS.parent / "tests/vectors/consent-refused.json").read_text("utf-8"))
    assert {case["code"] for case in refused["cases"]} <= stated


def test_the_states_that_a_grantor_is_told_and_the_reasons_of_reports_are_the_programs():
    heading = "7.4 What a grantor is told"
    assert [code(row[0]) for row in table(heading)] == words(ConsentState)
    assert [code(row[0]) for row in table(heading, 1)] == words(Why)
    assert f"at most {MOST_REPORTED};" in section(PAGE, heading)


def test_why_a_matter_is_flagged_is_told_to_officers_in_words():
    rows = tables("how-to/find-and-read.md", "What is flagged")[0]
    assert [code(row[0]) for row in rows[: len(Attention)]] == words(Attention)


@pytest.mark.parametrize("kind", MATTERS)
def test_the_table_of_a_kind_of_matter_is_the_programs(kind):
    head = re.search(r"^\| State \| (.*) \|$", section(PAGE, MATTERS[kind]), re.MULTILINE)
    events = [Event(word) for word in head[1].split(" | ")]
    stated = {
        code(state): {
            event: code(cell) for event, cell in zip(events, cells, strict=True) if cell != "–"
        }
        for state, *cells in table(MATTERS[kind])
    }
    assert stated == {
        state.value: {event: after.value for event, after in steps.items()}
        for state, steps in TRANSITIONS[kind].items()
    }
    text = section(PAGE, MATTERS[kind])
    assert f"begins as `{OPENING[kind]}`" in text
    openers = {name for name, row in TYPES.items() if row.opens is kind}
    if kind is not ThreadKind.PUBLICATION:
        assert openers <= set(codes(text))


def test_every_kind_of_matter_has_its_table():
    assert set(MATTERS) == set(ThreadKind) - {ThreadKind.CONTROL}


def test_withdrawing_is_the_openers_and_taking_up_the_other_sides():
    assert "*withdraw* belongs to the side\nthat opened the thread" in section(PAGE, "6.3 Steps")
    for kind in MATTERS:
        assert WHO[kind][Event.WITHDRAW] == {Side.OPENER}
        assert WHO[kind][Event.ACCEPT] == WHO[kind][Event.DECLINE] == {Side.OTHER}


@pytest.mark.parametrize("kind", MATTERS)
def test_every_step_beside_these_is_explained_where_its_table_stands(kind):
    text = section(PAGE, MATTERS[kind])
    general = {Event.ACCEPT, Event.DECLINE, Event.WITHDRAW}
    for event in {event for steps in TRANSITIONS[kind].values() for event in steps} - general:
        assert f"*{event}*" in text


def test_the_flags_of_the_page_are_those_that_the_program_writes():
    text = (DOCS / PAGE).read_text("utf-8")
    # The others tell of damage at this node alone.
    own = {Attention.QUESTION_UNREADABLE, Attention.REGISTER_UNREADABLE}
    for flag in set(Attention) - own:
        assert f"`{flag}`" in text, flag
    assert text.count("`does-not-fit-the-question`") == 4


def test_the_table_of_the_signed_header_is_the_programs():
    rows = {code(row[0]): row for row in table("5.1 Signed header")}
    written = json.loads(samples.header().payload())
    required = {name for name, row in rows.items() if row[2].startswith("yes")}
    assert required == set(written) - {"reference"}
    assert set(rows) == {field.name.rstrip("_") for field in dataclasses.fields(Header)}


@pytest.mark.parametrize(
    "form",
    [
        forms.NODE,
        forms.HASH,
        forms.OPAQUE,
        header.REFERENCE,
        header.TYPE,
        header.PROFILE,
        header.CLAUSE,
        forms.POINTER,
        card.ADDRESS,
        marking._WORD,
        marking.POINTER,
    ],
)
def test_a_form_stands_on_the_page_as_in_the_program(form):
    # A bar inside a table's cell is escaped.
    text = (DOCS / PAGE).read_text("utf-8").replace("\\|", "|")
    plain = form.pattern.replace("(?:", "(").removeprefix("(?=.{1,64}\\Z)")
    assert f"`{plain}`" in text


def test_the_tables_of_the_envelope_are_the_programs():
    outer = json.loads(samples.honest())
    assert [code(row[0]) for row in table("4 The envelope")] == list(outer)
    cover = json.loads(base64url.decode(outer["protected"]))
    assert [code(row[0]) for row in table("4 The envelope", 1)] == list(cover)
    suite = SUITES[1]
    lengths = {code(row[0]): row[1] for row in table("4 The envelope")}
    assert lengths["encrypted_key"] == str(suite.encrypted_key_length)
    assert lengths["iv"] == str(encryption.IV_LENGTH)
    assert lengths["tag"] == str(encryption.TAG_LENGTH)
    assert f"{suite.ek_length} bytes" in section(PAGE, "4 The envelope")


def test_the_table_of_an_entry_is_the_programs():
    names = [field.name for field in dataclasses.fields(Entry)]
    assert [code(row[0]) for row in table("9.3 Entries")] == names


def test_the_table_of_a_receipt_is_the_programs():
    stated = [code(row[0]) for row in table("9.2 What the receipt signs")]
    answer = json.loads((DOCS.parent / "tests/vectors/receipt-ok.json").read_text("utf-8"))
    body = json.loads(answer["cases"][0]["answer"])
    assert list(json.loads(base64url.decode(body["receipt"]["payload"]))) == stated


def test_the_table_of_a_card_is_the_programs():
    stated = [name for row in table("12.1 Members") for name in codes(row[0])]
    assert stated == ["suite", *(field.name for field in dataclasses.fields(Card))]


def test_the_table_of_a_marking_is_the_programs():
    rows = table("5.3 Marking")
    assert {code(row[0]) for row in rows} == marking._MEMBERS
    stated = {code(row[0]): set(codes("".join(row))) for row in rows}
    assert stated["level"] >= set(words(marking.Level))
    assert stated["purposes"] >= set(words(marking.Purpose))
    assert stated["then"] >= set(words(marking.Then))
    assert stated["publish"] >= set(words(marking.PublishRule))
    assert stated["caveats"] == {"caveats", *words(Caveat)}


def test_the_states_of_a_sent_message_are_the_programs():
    assert {code(row[0]) for row in table("10.3 States of a sent message")} == {
        State.QUEUED,
        State.HELD,
        State.OVERDUE,
        State.DELIVERED,
        State.REFUSED,
        State.CANCELLED,
        State.EXPIRED,
    }


def test_the_fixed_answers_are_these_bytes():
    fixed = {row[0]: code(row[2]).encode() for row in table("8.3 Answers") if row[2][:1] == "`"}
    assert fixed == {
        "400": receiver._MALFORMED,
        "422": receiver._UNREADABLE,
        "503": receiver._UNAVAILABLE,
    }
    plain = {int(row[0]): code(row[1]).encode() for row in table("8.3 Answers", 1)}
    assert plain == {int(status): body for status, body in answers.BODIES.items()}
    assert f"Retry-After: {answers.RETRY_AFTER_SECONDS}" in section(PAGE, "8.3 Answers")
    assert f"Server: {answers.SERVER_NAME}" in section(PAGE, "8.3 Answers")
    assert f"{receiver._UNREADABLE_STEP * 1000:g} ms" in section(PAGE, "8.3 Answers")


def test_the_sender_waits_as_the_page_says():
    text = section(PAGE, "10.1 Attempts")
    backoff = Backoff()
    assert f"min({backoff.cap:g} s, {backoff.base:g} s · 2^(k−1))" in text
    assert f"after {sender._HOLD_AFTER} times `held`" in text
    refused = {row[0] for row in table("10.1 Attempts") if re.match(r"\d+, ", row[0])}
    numbers = ", ".join(str(int(status)) for status in sorted(sender._NOT_TAKEN))
    assert {f"{numbers} on several envelopes", f"{numbers} on one"} <= refused
    assert sender.Policy().grace == 30 * 86_400


def test_the_padding_of_every_row_is_computed_again():
    for length, padded, step in table("4.2 Padding"):
        assert padding.padded_length(int(length)) == int(padded)
        assert int(padded) % int(step) == 0
        assert int(padded) - int(step) < int(length) or int(padded) == int(step)


def test_the_control_thread_of_the_page_is_computed_again():
    (block,) = blocks(PAGE, "6.2 The control thread")
    assert block.strip() == control_thread("kh/molvt", "jp/isa")


def test_the_fingerprint_of_the_page_is_computed_again():
    (block,) = blocks(PAGE, "12.2 Trust")
    assert block.strip() == fingerprint(JP_IDENTITY.public)
    assert f"`{'.'.join(JP_IDENTITY.kids)}`" in section(PAGE, "12.2 Trust")


def test_the_name_of_the_pages_key_is_computed_again():
    (block,) = blocks(PAGE, "2.1 Keys")
    hashed = hashlib.sha256(block.strip().encode()).digest()
    assert base64url.encode(hashed) == JP_IDENTITY.kids[0]
    assert f"`{JP_IDENTITY.kids[0]}`" in section(PAGE, "2.1 Keys")
    lengths = {row[0]: re.findall(r"\d+", row[2])[-1] for row in table("2.1 Keys")}
    assert lengths == {
        "Ed25519": str(keys.ED25519_LENGTH),
        "ML-DSA-65": str(keys.ML_DSA_65_LENGTH),
        "HPKE-9-KE": str(keys.ML_KEM_768_LENGTH + keys.X25519_LENGTH),
    }
    members = {
        row[0]: {each for each in codes(row[1]) if each.islower()} for row in table("2.1 Keys")
    }
    classic, modern = JP_IDENTITY.public.jwks()
    assert members["Ed25519"] - {"sig"} == set(classic)
    assert members["ML-DSA-65"] - {"sig"} == set(modern)
    assert members["HPKE-9-KE"] - {"enc"} == set(KH_KEY.public.jwk())
    assert VerifyingPair.from_jwks([classic, modern]) == JP_IDENTITY.public


def test_the_info_of_hpke_is_these_bytes():
    text = section(PAGE, "2.3 HPKE")
    assert SUITES[1].info.hex() in text
    assert SUITES[1].info == b"JOSE-HPKE rcpt\xffA256GCM\xff"


def test_hpke_as_the_page_writes_it_out_opens_an_envelope():
    members = json.loads(samples.honest())
    ek = base64url.decode(json.loads(base64url.decode(members["protected"]))["ek"])
    kem, x25519 = encryption.expand_seed(KH_KEY.seed)
    expanded = hashlib.shake_256(KH_KEY.seed).digest(96)
    assert x25519.private_bytes_raw() == expanded[64:]
    ss_m, ct_x = kem.decapsulate(ek[:1088]), ek[1088:]
    ss_x = x25519.exchange(X25519PublicKey.from_public_bytes(ct_x))
    pk_x = x25519.public_key().public_bytes_raw()
    secret = hashlib.sha3_256(ss_m + ss_x + ct_x + pk_x + bytes.fromhex("5c2e2f2f5e5c")).digest()

    def lp(raw):
        return len(raw).to_bytes(2, "big") + raw

    suite_id = b"HPKE" + bytes.fromhex("647a00110002")
    derived = hashlib.shake_256(
        lp(b"")
        + lp(secret)
        + b"HPKE-v1"
        + suite_id
        + lp(b"secret")
        + bytes.fromhex("006c")
        + b"\x00"
        + lp(b"")
        + lp(SUITES[1].info)
    ).digest(108)
    encrypted_key = base64url.decode(members["encrypted_key"])
    content_key = AESGCM(derived[:32]).decrypt(derived[32:44], encrypted_key, b"")
    sealed = base64url.decode(members["ciphertext"]) + base64url.decode(members["tag"])
    opened = AESGCM(content_key).decrypt(
        base64url.decode(members["iv"]), sealed, members["protected"].encode()
    )
    assert opened.startswith(b'{"signed":')


async def test_the_records_of_the_page_are_written_again(tmp_path):
    (block,) = blocks(PAGE, "14.2 Tree and checkpoint")
    store = await Store(tmp_path / "gateway.db", Sealer(bytes(32), os.urandom)).open()
    digests = [digest(samples.header(id=each).payload()) for each in (ID, OTHER_ID)]

    def record(tx):
        marks = [evidence.checkpoint(tx, "jp/isa")]
        facts = ((Fact.RECEIVED, ID, None), (Fact.REFUSED, OTHER_ID, RefusalCode.INVALID_BODY))
        for at, (fact, subject, refusal) in enumerate(facts):
            evidence.append(
                tx,
                "jp/isa",
                fact,
                at=AT,
                subject=subject,
                header_digest=digests[at],
                envelope_digest=digest(f"envelope {at + 1}".encode()),
                code=refusal,
            )
            marks.append(evidence.checkpoint(tx, "jp/isa"))
        rows = tx.all("evidence.page", chain="jp/isa", position=0, limit=2)
        return marks, [row["record"] for row in rows]

    try:
        marks, records = await store.write(record)
    finally:
        await store.close()
    assert block.splitlines() == records
    stated = {int(row[0]): code(row[1]) for row in table("14.2 Tree and checkpoint")}
    assert stated == {mark.size: mark.root for mark in marks}


def test_the_leaves_of_a_manifest_are_computed_again():
    (block,) = blocks(PAGE, "14.5 Manifests: defined for later, not in use")
    leaves = block.encode().splitlines()
    outcomes = ((ID, "received"), (OTHER_ID, "refused"))
    assert leaves == [
        json.dumps(
            {
                "id": each,
                "header_digest": digest(samples.header(id=each).payload()),
                "outcome": outcome,
            },
            separators=(",", ":"),
        ).encode()
        for each, outcome in outcomes
    ]
    text = section(PAGE, "14.5 Manifests: defined for later, not in use")
    assert f"`{base64url.encode(root_of(leaves))}`" in text


def test_the_facts_of_a_peers_chain_are_the_programs():
    stated = [code(row[0]) for row in table("14.1 Records and the chain")]
    assert stated == [Fact.RECEIVED, Fact.REFUSED, Fact.DELIVERED, Fact.REFUSED_BY_PEER]


def test_every_file_of_vectors_is_named(root):
    stated = {code(row[0]) for row in table("17 Vectors")}
    assert stated == {path.name for path in (root / "tests/vectors").glob("*.json")}
