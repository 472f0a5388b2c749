"""The envelopes of the golden vectors, by the class that each must get."""

from typing import Any

import orjson

from gateway.envelope import (
    DecryptionKey,
    SigningPair,
    Typ,
    base64url,
    content_text,
    digest,
    sign,
)
from tests.envelope import samples
from tests.envelope.samples import (
    JP,
    KH_KEY,
    KH_NEXT_KEY,
    OTHER_ID,
    SALT,
    VN,
    close,
    content,
    forge,
    header,
    heads,
    plaintext,
)

Json = dict[str, Any]


def ok() -> list[Json]:
    small, khmer = content(), content_text({"text": "ក" * 12_000}, salt=SALT, note="long")
    return [
        _envelope("a small message", small),
        _envelope("a long message with a note", khmer),
        _envelope("sealed to the next key", small, key=KH_NEXT_KEY),
        _envelope("signed by the next pair", small, pair=samples.JP_NEXT),
    ]


def _envelope(name: str, text: str, *, pair: SigningPair = JP, key: DecryptionKey = KH_KEY) -> Json:
    payload = header(content_digest=digest(text.encode())).payload()
    jws = sign(payload, pair, Typ.MESSAGE)
    return {
        "name": name,
        "envelope": close(plaintext(jws, text), key=key).decode(),
        "jws": jws,
        "payload": payload.decode(),
        "content": text,
        "header_digest": digest(payload),
        "kids": list(pair.kids),
    }


def _case(name: str, raw: bytes) -> Json:
    return {"name": name, "envelope": raw.decode()}


def _honest_text() -> bytes:
    return plaintext(sign(header().payload(), JP, Typ.MESSAGE), content())


def malformed() -> list[Json]:
    """One change each; the ciphertext is cut to a few bytes, which the form allows."""
    members = orjson.loads(close(_honest_text()))
    members["ciphertext"] = members["ciphertext"][:64]
    cover = orjson.loads(base64url.decode(members["protected"]))

    def outer(**changes: Any) -> bytes:
        return orjson.dumps(members | changes)

    def covered(**changes: Any) -> bytes:
        return outer(protected=base64url.encode(orjson.dumps(cover | changes)))

    raw = orjson.dumps(members)
    ek = base64url.decode(cover["ek"])
    return [
        _case("a BOM", b"\xef\xbb\xbf" + raw),
        _case("tag twice", raw[:-1] + b',"tag":"AA"}'),
        _case("tag twice, once escaped", raw[:-1] + b',"\\u0074ag":"AA"}'),
        _case("an unknown member", outer(aad="AA")),
        _case("an unknown member in the cover", covered(zip="DEF")),
        _case("no tag", orjson.dumps({k: v for k, v in members.items() if k != "tag"})),
        _case("padding in base64url", outer(iv=members["iv"] + "=")),
        _case("loose bits in base64url", outer(tag="A" * 21 + "B")),
        _case("exp true", covered(exp=True)),
        _case("exp in milliseconds", covered(exp=cover["exp"] * 1000)),
        _case("suite 2", covered(suite=2)),
        _case("alg dir", covered(alg="dir")),
        _case("enc A128GCM", covered(enc="A128GCM")),
        _case("typ of a message", covered(typ="moc-message+jws")),
        _case("aud in capitals", covered(aud="KH/MOLVT")),
        _case("jti of another form", covered(jti="1")),
        _case("ek one byte short", covered(ek=base64url.encode(ek[:-1]))),
        _case("a tag of 12 bytes", outer(tag=base64url.encode(bytes(12)))),
    ]


def unreadable() -> list[Json]:
    payload = header().payload()
    text = _honest_text()
    members = orjson.loads(close(text))
    cover = orjson.loads(base64url.decode(members["protected"]))
    low = base64url.encode(base64url.decode(cover["ek"])[:-32] + bytes(32))
    tag = bytes([base64url.decode(members["tag"])[0] ^ 1]) + base64url.decode(members["tag"])[1:]

    def covered(**changes: Any) -> bytes:
        raw = orjson.dumps(cover | changes)
        return orjson.dumps(members | {"protected": base64url.encode(raw)})

    def signed(jws: Json) -> bytes:
        return close(plaintext(orjson.dumps(jws).decode(), content()))

    def headed(**changes: Any) -> bytes:
        first, second = heads()
        return signed(forge(payload, [first | changes, second], JP.keys))

    jws = orjson.loads(sign(payload, JP, Typ.MESSAGE))
    return [
        _case("another tag", orjson.dumps(members | {"tag": base64url.encode(tag)})),
        _case("another aud in the cover", covered(aud="vn/dolab")),
        _case("a low-order X25519 share", covered(ek=low)),
        _case("no padding", close(text, padding=lambda raw: raw)),
        _case("a line break after the text", close(text + b"\n")),
        _case("a third member inside", close(text[:-1] + b',"x":1}')),
        _case("content twice inside", close(text[:-1] + b',"content":""}')),
        _case("the Ed25519 signature only", signed(jws | {"signatures": jws["signatures"][:1]})),
        _case("the order reversed", signed(jws | {"signatures": jws["signatures"][::-1]})),
        _case("alg none", headed(alg="none")),
        _case("alg EdDSA", headed(alg="EdDSA")),
        _case("jku in a header", headed(jku="https://vn.example/keys")),
        _case("typ of a receipt", signed(orjson.loads(sign(payload, JP, Typ.RECEIPT)))),
        _case("signed by a third country", signed(orjson.loads(sign(payload, VN, Typ.MESSAGE)))),
    ]


def unknown_key() -> list[Json]:
    return [_case("sealed to Japan's own key", close(_honest_text(), key=samples.JP_KEY))]


def mismatch() -> list[Json]:
    def covered(**changes: Any) -> bytes:
        return close(_honest_text(), edit=lambda members: members.update(changes))

    return [
        _case("another iss", covered(iss="vn/dolab")),
        _case("another jti", covered(jti=OTHER_ID)),
        _case("another exp", covered(exp=1_770_192_001)),
    ]


def wrong_recipient() -> list[Json]:
    payload = header(to="vn/dolab").payload()
    text = plaintext(sign(payload, JP, Typ.MESSAGE), content())
    return [_case("signed for a third country, sealed to us", close(text))]


def content_mismatch() -> list[Json]:
    other = content().replace("valid", "forged")
    jws = sign(header().payload(), JP, Typ.MESSAGE)
    return [_case("the content of another message", close(plaintext(jws, other)))]
