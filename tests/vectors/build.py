"""Write the golden vectors of the wire format: `python -m tests.vectors.build [--rebuild]`.

Every key comes from a fixed text, so whatever is deterministic is the same on each run. ML-DSA
signatures and encapsulations are not: what stands in a file already is kept, so that the vectors
stay what other implementations were tested with; `--rebuild` makes them all anew.
"""

import hashlib
import json
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from gateway.envelope import (
    Awaited,
    Checkpoint,
    Entry,
    Environment,
    Outcome,
    Statement,
    Typ,
    base64url,
    digest,
    fingerprint,
    issue_card,
    root_of,
    sign,
    sign_receipt,
    sign_statement,
)
from gateway.envelope.merkle import Frontier
from gateway.envelope.padding import padded_length
from gateway.errors import RefusalCode
from tests.envelope import samples
from tests.envelope.samples import (
    JP,
    JP_IDENTITY,
    KH,
    KH_IDENTITY,
    KH_KEY,
    KH_NEXT_KEY,
    OTHER_ID,
    VN,
    card,
    header,
)
from tests.vectors import consents, envelopes

FOLDER = Path(__file__).parent
AT = "2026-01-05T08:00:05Z"

Json = dict[str, Any]


def keys() -> Json:
    """The keys behind all the other files; seeds in hex, for tests only."""
    pairs = {
        "jp identity": JP_IDENTITY,
        "jp message 1": JP,
        "jp message 2": samples.JP_NEXT,
        "kh identity": KH_IDENTITY,
        "kh message 1": KH,
        "vn message 1": VN,
        "kh officer 1": samples.KH_OFFICER,
        "kh officer 2": samples.KH_OFFICER_2,
        "jp officer 1": samples.JP_OFFICER,
    }
    secret = {"kh encryption 1": KH_KEY, "kh encryption 2": KH_NEXT_KEY}
    return {
        "signing": [
            {
                "name": name,
                "ed25519_seed": pair.seeds[0].hex(),
                "ml_dsa_65_seed": pair.seeds[1].hex(),
                "jwks": pair.public.jwks(),
            }
            for name, pair in pairs.items()
        ],
        "encryption": [
            {"name": name, "seed": key.seed.hex(), "jwk": key.public.jwk()}
            for name, key in secret.items()
        ],
    }


def fingerprints() -> Json:
    return {
        "cases": [
            {"kids": list(pair.kids), "fingerprint": fingerprint(pair.public)}
            for pair in (JP_IDENTITY, KH_IDENTITY)
        ]
    }


def padding() -> Json:
    lengths = [1, 4095, 4096, 4097, 32_767, 32_768, 32_769, 65_536, 65_537, 69_632]
    lengths += [100_000, 131_072, 131_073, 1_000_000, 2_097_152, 2_097_153]
    return {"cases": [{"length": one, "padded": padded_length(one)} for one in lengths]}


def merkle() -> Json:
    leaves = [f"leaf {at}".encode() for at in range(9)]
    cases = []
    for size in range(len(leaves) + 1):
        frontier = Frontier()
        for leaf in leaves[:size]:
            frontier = frontier.add(leaf)
        cases.append(
            {
                "size": size,
                "root": base64url.encode(root_of(leaves[:size])),
                "frontier": frontier.to_bytes().hex(),
            }
        )
    return {"leaves": [leaf.decode() for leaf in leaves], "cases": cases}


def control_thread() -> Json:
    cases = []
    for pair in (["jp/isa", "kh/molvt"], ["jp/isa", "vn/dolab"], ["kh/molvt", "vn/dolab"]):
        raw = bytearray(hashlib.sha256("\n".join(sorted(pair)).encode()).digest()[:16])
        raw[6] = raw[6] & 0x0F | 0x80
        raw[8] = raw[8] & 0x3F | 0x80
        cases.append({"nodes": pair, "thread": str(uuid.UUID(bytes=bytes(raw)))})
    return {"cases": cases}


def headers() -> Json:
    """Payloads as the signer wrote them, and what the reader must say to each."""
    honest = header().payload().decode()

    def case(name: str, payload: str, pointers: list[str] | None = None) -> Json:
        digests = {"header_digest": digest(payload.encode())}
        return {"name": name, "payload": payload, "pointers": pointers} | digests

    def changed(**changes: Any) -> str:
        return orjson.dumps(orjson.loads(honest) | changes).decode()

    return {
        "ok": [
            case("the honest header", honest),
            case("a member that is not known", changed(colour="blue")),
            case("spaces", honest.replace(",", " , ")),
        ],
        "malformed": [
            case("to in capitals", changed(to="KH/MOLVT"), ["/to"]),
            case("created in milliseconds", changed(created=1767600000000), ["/created"]),
            case("expires before created", changed(expires="2026-01-01T00:00:00Z"), ["/expires"]),
            case("suite 2", changed(suite=2), ["/suite"]),
            case("suite true", changed(suite=True), ["/suite"]),
            case("specversion 2.0", changed(specversion="2.0"), ["/specversion"]),
            case("null for reference", changed(reference=None), ["/reference"]),
            case("id a UUIDv4", changed(id=str(uuid.UUID(int=0, version=4))), ["/id"]),
            case("to twice", honest[:-1] + ',"to":"kh/molvt"}', []),
            case("to twice, once escaped", honest[:-1] + ',"\\u0074o":"vn/dolab"}', []),
            case("a fraction", honest[:-1] + ',"x":1.0}', []),
        ],
    }


def receipt_entries() -> list[Entry]:
    """The four entries of the receipt vector."""
    refused = {"outcome": Outcome.REFUSED, "at": AT}
    return [
        Entry(
            id=samples.ID,
            header_digest=digest(header().payload()),
            envelope_digest=digest(b"envelope 1"),
            outcome=Outcome.RECEIVED,
            code=None,
            retryable=False,
            at=AT,
        ),
        Entry(
            id=OTHER_ID,
            header_digest=digest(header(id=OTHER_ID).payload()),
            envelope_digest=digest(b"envelope 2"),
            code=RefusalCode.INVALID_BODY,
            retryable=False,
            pointers=("/body/question", "/body/*"),
            **refused,
        ),
        Entry(
            id=None,
            header_digest=None,
            envelope_digest=digest(b"envelope 3"),
            code=RefusalCode.UNREADABLE,
            retryable=False,
            **refused,
        ),
        Entry(
            id=None,
            header_digest=None,
            envelope_digest=digest(b"envelope 4"),
            code=RefusalCode.UNKNOWN_KEY,
            retryable=True,
            card_serial=2,
            **refused,
        ),
    ]


def _receipts(**changes: Any) -> bytes:
    members: Json = {
        "from_": "kh/molvt",
        "to": "jp/isa",
        "environment": Environment.TEST,
        "at": AT,
        "epoch": f"1.{samples.seed('kh database 1')[:16].hex()}",
        "checkpoint": Checkpoint(2, base64url.encode(root_of([b"leaf 0", b"leaf 1"]))),
        "pair": KH,
    }
    return sign_receipt([one.text() for one in receipt_entries()], **(members | changes))


def _proof() -> list[Json]:
    whole = _receipts()
    body = orjson.loads(whole)
    alone = orjson.dumps(body | {"entries": body["entries"][1:2]})
    return [
        {"name": "a whole answer", "answer": whole.decode()},
        {"name": "the receipt with one entry", "answer": alone.decode()},
    ]


def _no_proof() -> list[Json]:
    body = orjson.loads(_receipts())
    first = body["entries"][0].replace("envelope", "envelope ")
    cases = {
        "signed by the sender": _receipts(pair=JP),
        "signed by the identity pair": _receipts(pair=KH_IDENTITY),
        "for another node": _receipts(to="vn/dolab"),
        "from another node": _receipts(from_="vn/dolab"),
        "the other environment": _receipts(environment=Environment.PRODUCTION),
        "an altered entry": orjson.dumps(body | {"entries": [first]}),
        "no entry": orjson.dumps(body | {"entries": []}),
    }
    return [{"name": name, "answer": raw.decode()} for name, raw in cases.items()]


def _cards() -> list[Json]:
    first = issue_card(card(), KH_IDENTITY)
    second = issue_card(card(serial=2, previous=digest(first)), KH_IDENTITY)
    return [
        {"name": name, "card": raw.decode(), "digest": digest(raw), "serial": serial}
        for name, raw, serial in (("the first card", first, 1), ("the second card", second, 2))
    ]


def _refused_cards() -> list[Json]:
    payload = base64url.decode(orjson.loads(issue_card(card(), KH_IDENTITY))["payload"])

    def changed(**changes: Any) -> str:
        return sign(orjson.dumps(orjson.loads(payload) | changes), KH_IDENTITY, Typ.CARD)

    usurper = issue_card(card(identity=JP_IDENTITY.public), JP_IDENTITY).decode()
    cases = {
        "signed by the message pair": sign(payload, KH, Typ.CARD),
        "another identity under the same name": usurper,
        "typ of a message": sign(payload, KH_IDENTITY, Typ.MESSAGE),
        "serial 0": changed(serial=0),
        "no encryption key": changed(encryption_keys=[]),
        "a certificate that is none": changed(certificates=[{"der": "AAAA"}]),
        "plain HTTP": changed(addresses=["http://gateway.molvt.example:8443"]),
    }
    return [{"name": name, "card": text} for name, text in cases.items()]


def statement(**changes: Any) -> Statement:
    """The statement of Japan that Cambodia had not handed its message over in time."""
    members: Json = {
        "environment": Environment.TEST,
        "from_": "jp/isa",
        "about": "kh/molvt",
        "id": samples.ID,
        "header_digest": digest(header().payload()),
        "level": Awaited.HANDED_OVER,
        "due": "2026-01-07T08:00:00Z",
        "at": "2026-01-07T08:00:01Z",
        "epoch": f"1.{samples.seed('jp database 1')[:16].hex()}",
    }
    return Statement(**(members | changes))


def unreceipted() -> Statement:
    """The statement that no receipt had come for what was offered in two envelopes."""
    offered = (digest(b"envelope 1"), digest(b"envelope 2"))
    due = samples.EXPIRES
    return statement(level=Awaited.RECEIVED, due=due, at=due, envelope_digests=offered)


def _statements() -> list[Json]:
    cases = {"a level above the receipt": statement(), "the receipt": unreceipted()}
    return [{"name": name, "statement": sign_statement(one, JP)} for name, one in cases.items()]


def _refused_statements() -> list[Json]:
    payload = base64url.decode(orjson.loads(sign_statement(statement(), JP))["payload"])

    def changed(**changes: Any) -> str:
        return sign(orjson.dumps(orjson.loads(payload) | changes), JP, Typ.EVIDENCE)

    cases = {
        "signed by the one it is about": sign(payload, KH, Typ.EVIDENCE),
        "signed by the identity pair": sign(payload, JP_IDENTITY, Typ.EVIDENCE),
        "typ of a receipt": sign(payload, JP, Typ.RECEIPT),
        "the other environment": changed(environment="production"),
        "from another node": changed(**{"from": "vn/dolab"}),
        "about its signer": changed(about="jp/isa"),
        "a level that nobody awaits": changed(level="declined"),
        "stated before it was due": changed(at="2026-01-07T07:59:59Z"),
        "a receipt without envelopes": changed(level="received"),
    }
    return [{"name": name, "statement": text} for name, text in cases.items()]


# Files that are the same on every run, and files whose cases are made once and kept.
FIXED: dict[str, Callable[[], Json]] = {
    "keys": keys,
    "fingerprint": fingerprints,
    "padding": padding,
    "merkle": merkle,
    "control-thread": control_thread,
    "header": headers,
}
KEPT: dict[str, Callable[[], list[Json]]] = {
    "envelope-ok": envelopes.ok,
    "envelope-malformed": envelopes.malformed,
    "envelope-unreadable": envelopes.unreadable,
    "envelope-unknown-key": envelopes.unknown_key,
    "envelope-mismatch": envelopes.mismatch,
    "envelope-wrong-recipient": envelopes.wrong_recipient,
    "envelope-content-mismatch": envelopes.content_mismatch,
    "receipt-ok": _proof,
    "receipt-no-proof": _no_proof,
    "card-ok": _cards,
    "card-refused": _refused_cards,
    "statement-ok": _statements,
    "statement-refused": _refused_statements,
    "consent-ok": consents.ok,
    "consent-refused": consents.refused,
}


def load(name: str) -> Json:
    """Return a vector file as it stands."""
    read: Json = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return read


def main(arguments: list[str]) -> None:
    """Write every file; a case that is there already stays unless a rebuild is asked for."""
    for name, make in FIXED.items():
        _write(name, make())
    for name, make_cases in KEPT.items():
        kept = {}
        if "--rebuild" not in arguments and (FOLDER / f"{name}.json").exists():
            kept = {case["name"]: case for case in load(name)["cases"]}
        cases = [kept.get(case["name"], case) for case in make_cases()]
        _write(name, {"class": name.partition("-")[2], "cases": cases})


def _write(name: str, value: Json) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1)
    (FOLDER / f"{name}.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
