"""The golden vectors: each gives exactly the class it is named for, on every version."""

import orjson
import pytest

from gateway.catalogue.identifiers import control_thread
from gateway.envelope import (
    DecryptionKey,
    Environment,
    Frontier,
    KeyValidity,
    NotProofError,
    Officer,
    SigningPair,
    Typ,
    VerifyingPair,
    among,
    base64url,
    digest,
    fingerprint,
    parse_header,
    read_card,
    read_envelope,
    read_receipt,
    read_statement,
    root_of,
    unseal,
    verify,
)
from gateway.envelope.padding import padded_length
from gateway.errors import (
    MalformedError,
    MismatchError,
    UnknownKeyError,
    UnreadableError,
    VerificationError,
    WrongRecipientError,
)
from gateway.policy.examining import examine
from tests.envelope.samples import JP, JP_NEXT, JP_PAIRS, KH, KH_IDENTITY, OWN_KEYS, accept
from tests.vectors import build, consents

REFUSED = {
    "envelope-malformed": MalformedError,
    "envelope-unreadable": UnreadableError,
    "envelope-unknown-key": UnknownKeyError,
    "envelope-mismatch": MismatchError,
    "envelope-wrong-recipient": WrongRecipientError,
}


def cases(name):
    found = build.load(name)["cases"]
    return pytest.mark.parametrize("case", found, ids=[case.get("name") for case in found])


REFUSALS = [(name, case) for name in REFUSED for case in build.load(name)["cases"]]


@pytest.mark.parametrize("name", build.FIXED)
def test_what_is_deterministic_is_built_again_exactly(name):
    assert orjson.loads(orjson.dumps(build.FIXED[name]())) == build.load(name)


@pytest.mark.parametrize("name", build.KEPT)
def test_a_file_holds_the_cases_that_the_script_makes(name):
    made = [case["name"] for case in build.KEPT[name]()]
    assert [case["name"] for case in build.load(name)["cases"]] == made


def test_the_keys_grow_from_their_seeds():
    keys = build.load("keys")
    for one in keys["signing"]:
        seeds = (bytes.fromhex(one["ed25519_seed"]), bytes.fromhex(one["ml_dsa_65_seed"]))
        pair = SigningPair.from_seeds(*seeds)
        assert pair.public.jwks() == one["jwks"]
        assert VerifyingPair.from_jwks(one["jwks"]) == pair.public
    for one in keys["encryption"]:
        assert DecryptionKey.from_seed(bytes.fromhex(one["seed"])).public.jwk() == one["jwk"]


@cases("envelope-ok")
def test_an_honest_envelope_opens_as_the_vector_says(case):
    raw = case["envelope"].encode()
    outer = read_envelope(raw)
    opened = unseal(outer, OWN_KEYS[outer.kid], JP_PAIRS)
    assert opened.jws == case["jws"]
    assert opened.payload == case["payload"].encode()
    assert opened.content == case["content"]
    assert opened.header_digest == case["header_digest"] == digest(case["payload"].encode())
    assert list(opened.kids) == case["kids"]
    inner = accept(raw)
    assert inner.payload() == opened.payload
    assert inner.content_digest == digest(case["content"].encode())


def test_what_is_signed_in_an_honest_envelope_is_built_again_exactly():
    made = {case["name"]: case for case in build.KEPT["envelope-ok"]()}
    for case in build.load("envelope-ok")["cases"]:
        for name in ("payload", "content", "header_digest", "kids"):
            assert made[case["name"]][name] == case[name]


@cases("envelope-ok")
def test_the_deterministic_half_of_a_signature_is_made_again_exactly(case):
    pair = {one.kids: one for one in (JP, JP_NEXT)}[tuple(case["kids"])]
    jws = orjson.loads(case["jws"])
    protected = orjson.dumps({"alg": "Ed25519", "kid": pair.kids[0], "typ": Typ.MESSAGE})
    assert base64url.decode(jws["signatures"][0]["protected"]) == protected
    assert base64url.decode(jws["payload"]) == case["payload"].encode()
    text = f"{jws['signatures'][0]['protected']}.{jws['payload']}".encode()
    signature = base64url.encode(pair.keys[0].sign(text))
    assert jws["signatures"][0]["signature"] == signature


@pytest.mark.parametrize(
    ("name", "case"), REFUSALS, ids=[f"{name}: {case['name']}" for name, case in REFUSALS]
)
def test_an_envelope_gets_exactly_the_class_of_its_file(name, case):
    with pytest.raises(REFUSED[name]) as caught:
        accept(case["envelope"].encode())
    assert caught.value.code == build.load(name)["class"]


@cases("envelope-content-mismatch")
def test_a_content_that_was_not_signed_is_told_by_its_digest_alone(case):
    outer = read_envelope(case["envelope"].encode())
    opened = unseal(outer, OWN_KEYS[outer.kid], JP_PAIRS)
    signed = accept(case["envelope"].encode()).content_digest
    assert digest(opened.content.encode()) != signed


def header_cases(name):
    found = build.load("header")[name]
    return pytest.mark.parametrize("case", found, ids=[case["name"] for case in found])


@header_cases("ok")
def test_a_payload_of_the_right_form_is_read(case):
    parse_header(case["payload"].encode())
    assert digest(case["payload"].encode()) == case["header_digest"]


@header_cases("malformed")
def test_a_payload_of_another_form_is_malformed_at_that_member(case):
    with pytest.raises(MalformedError) as caught:
        parse_header(case["payload"].encode())
    assert list(caught.value.pointers) == case["pointers"]


def read(case):
    return read_receipt(
        case["answer"].encode(),
        from_="kh/molvt",
        to="jp/isa",
        environment=Environment.TEST,
        pairs=among([KH.public]),
    )


@cases("receipt-ok")
def test_a_receipt_proves_the_entries_it_comes_with(case):
    texts = [one.text() for one in build.receipt_entries()]
    proved = [text for text, _ in read(case).entries]
    assert proved in (texts, texts[1:2])
    jws = orjson.loads(case["answer"])["receipt"]
    signed = orjson.loads(verify(jws, Typ.RECEIPT, among([KH.public])).payload)
    assert signed["entries"] == [digest(text.encode()) for text in texts]


@cases("receipt-no-proof")
def test_an_answer_that_does_not_hold_proves_nothing(case):
    with pytest.raises(NotProofError):
        read(case)


@cases("card-ok")
def test_a_card_is_read_and_keeps_its_digest(case):
    raw = case["card"].encode()
    found = read_card(raw, identity=KH_IDENTITY.public)
    assert (found.node, found.serial, digest(raw)) == ("kh/molvt", case["serial"], case["digest"])


def test_the_second_card_names_the_first():
    first, second = build.load("card-ok")["cases"]
    assert read_card(second["card"].encode()).previous == first["digest"]


@cases("card-refused")
def test_a_card_that_does_not_hold_is_refused(case):
    with pytest.raises(VerificationError):
        read_card(case["card"].encode(), identity=KH_IDENTITY.public)


def read_stated(case):
    return read_statement(
        case["statement"], from_="jp/isa", environment=Environment.TEST, pairs=among([JP.public])
    )


@cases("statement-ok")
def test_a_statement_says_what_its_maker_knew(case):
    assert read_stated(case) in (build.statement(), build.unreceipted())


@cases("statement-refused")
def test_a_statement_that_does_not_hold_states_nothing(case):
    with pytest.raises(VerificationError):
        read_stated(case)


def officer(stated):
    keys = {one["name"]: one["jwks"] for one in build.load("keys")["signing"]}
    times = {"not_before": stated["not_before"], "not_after": stated["not_after"]}
    return Officer(
        id=stated["id"],
        capability=stated["capability"],
        pair=VerifyingPair.from_jwks(keys[stated["key"]]),
        validity=KeyValidity(**times, revoked_at=stated.get("revoked_at")),
    )


def examine_as_grantee(case):
    return examine(
        case["body"]["terms"],
        case["body"]["instruments"],
        [officer(stated) for stated in case["officers"]],
        grantor="kh/molvt",
        grantee="jp/isa",
        officers_needed=case["officers_needed"],
        environment=Environment.TEST,
        now=build.AT,
    )


@cases("consent-ok")
def test_a_consent_that_its_officers_signed_holds(case):
    found = examine_as_grantee(case)
    assert found.denied is None is case["code"]
    assert found.terms.consent_id == consents.TERMS["consent_id"]
    assert len(found.kids) == 2 * len(case["body"]["instruments"])


@cases("consent-refused")
def test_a_consent_that_does_not_hold_gets_exactly_the_code_of_its_case(case):
    assert examine_as_grantee(case).denied == case["code"]


@cases("padding")
def test_a_length_is_padded_as_the_vector_says(case):
    assert padded_length(case["length"]) == case["padded"]


@cases("merkle")
def test_a_tree_has_the_root_and_the_frontier_of_the_vector(case):
    leaves = [leaf.encode() for leaf in build.load("merkle")["leaves"]][: case["size"]]
    assert base64url.encode(root_of(leaves)) == case["root"]
    kept = Frontier.from_bytes(bytes.fromhex(case["frontier"]))
    assert (kept.size, base64url.encode(kept.root())) == (case["size"], case["root"])


@cases("fingerprint")
def test_an_identity_has_the_fingerprint_of_the_vector(case):
    pair = {one["jwks"][0]["kid"]: one for one in build.load("keys")["signing"]}[case["kids"][0]]
    assert fingerprint(VerifyingPair.from_jwks(pair["jwks"])) == case["fingerprint"]


@cases("control-thread")
def test_two_nodes_have_the_control_thread_of_the_vector(case):
    first, second = case["nodes"]
    assert control_thread(first, second) == control_thread(second, first) == case["thread"]
