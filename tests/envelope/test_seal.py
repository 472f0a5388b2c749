"""Envelopes: what is accepted, and at which step each altered one is refused.

`accept` in the samples runs the steps in the order of arrival; a refusal must come from the step
that its class belongs to, whatever else is wrong behind it.
"""

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.envelope import (
    Typ,
    base64url,
    content_text,
    digest,
    encryption,
    limits,
    read_envelope,
    seal,
    sign,
    sign_message,
    times,
    unseal,
)
from gateway.envelope.padding import padded_length
from gateway.errors import (
    InvalidError,
    MalformedError,
    RefusalCode,
    UnknownKeyError,
    UnreadableError,
)
from tests.envelope.samples import (
    EXPIRES,
    ID,
    JP,
    JP_KEY,
    JP_PAIRS,
    KH_KEY,
    KH_NEXT_KEY,
    OTHER_ID,
    SALT,
    VN,
    accept,
    close,
    content,
    forge,
    header,
    heads,
    message,
    plaintext,
)

MESSAGE = message()
TEXT = plaintext(MESSAGE.jws, MESSAGE.content)
RAW = seal(MESSAGE, KH_KEY.public).envelope
OUTER = read_envelope(RAW)
MEMBERS = orjson.loads(RAW)
PROTECTED = base64url.decode(MEMBERS["protected"])


def test_what_was_sealed_opens_as_exactly_what_was_signed():
    opened = unseal(OUTER, KH_KEY, JP_PAIRS)
    assert opened.jws == MESSAGE.jws
    assert opened.payload == MESSAGE.header.payload()
    assert opened.content == MESSAGE.content
    assert opened.header_digest == MESSAGE.header_digest
    assert opened.kids == JP.kids
    assert accept(RAW) == MESSAGE.header


def test_the_cover_shows_what_it_must_and_no_more():
    assert list(MEMBERS) == ["protected", "encrypted_key", "iv", "ciphertext", "tag"]
    names = ["typ", "alg", "enc", "kid", "ek", "suite", "jti", "iss", "aud", "exp"]
    assert list(orjson.loads(PROTECTED)) == names
    assert (OUTER.jti, OUTER.iss, OUTER.aud) == (ID, "jp/isa", "kh/molvt")
    assert OUTER.exp == times.parse(EXPIRES)
    assert OUTER.kid == KH_KEY.kid
    assert OUTER.digest == digest(RAW)
    assert b"inquiry" not in RAW + PROTECTED
    assert len(OUTER.sealed) - encryption.TAG_LENGTH == padded_length(len(TEXT))
    assert b"\n" not in RAW


def test_sealing_twice_gives_two_envelopes_of_one_message():
    first, second = seal(MESSAGE, KH_KEY.public), seal(MESSAGE, KH_NEXT_KEY.public)
    assert first.digest != second.digest
    assert (first.kid, second.kid) == (KH_KEY.kid, KH_NEXT_KEY.kid)
    opened = [
        unseal(read_envelope(one.envelope), key, JP_PAIRS)
        for one, key in ((first, KH_KEY), (second, KH_NEXT_KEY))
    ]
    assert opened[0] == opened[1]


@settings(max_examples=15, deadline=None)
@given(st.text(max_size=20_000), st.sampled_from(["", "é", '"\\', "ក"]))
def test_any_content_comes_back(text, more):
    try:
        body = content_text({"text": text + more * 2000}, salt=SALT)
    except InvalidError:
        return
    signed = sign_message(header(content_digest=digest(body.encode())), body, JP)
    raw = seal(signed, KH_KEY.public).envelope
    assert unseal(read_envelope(raw), KH_KEY, JP_PAIRS).content == body


def test_the_largest_content_fits_into_an_envelope():
    body = content_text({"text": '"\\' * (limits.CONTENT // 4 - 100)}, salt=SALT)
    assert limits.CONTENT - 500 < len(body) <= limits.CONTENT
    signed = sign_message(header(content_digest=digest(body.encode())), body, JP)
    raw = seal(signed, KH_KEY.public).envelope
    assert len(raw) < limits.ENVELOPE
    assert unseal(read_envelope(raw), KH_KEY, JP_PAIRS).content == body


# --- the outer form ---------------------------------------------------------------------------


def outer(**changes):
    return orjson.dumps(MEMBERS | changes)


def lacking(name):
    return orjson.dumps({k: v for k, v in MEMBERS.items() if k != name})


def protected(raw):
    return outer(protected=base64url.encode(raw))


def cover(**changes):
    return protected(orjson.dumps(orjson.loads(PROTECTED) | changes))


def cover_lacking(name):
    return protected(orjson.dumps({k: v for k, v in orjson.loads(PROTECTED).items() if k != name}))


EK = base64url.decode(orjson.loads(PROTECTED)["ek"])

MALFORMED = {
    "A29 nothing": b"",
    "A31 invalid UTF-8": RAW[:-2] + b"\xff" + RAW[-2:],
    "A32 a byte order mark": b"\xef\xbb\xbf" + RAW,
    "A34 tag twice": RAW[:-1] + b',"tag":"' + MEMBERS["tag"].encode() + b'"}',
    "A34 tag twice, once escaped": RAW[:-1] + b',"\\u0074ag":"AA"}',
    "A34 kid twice in the cover": protected(PROTECTED[:-1] + b',"kid":"x"}'),
    "A35 exp NaN": protected(PROTECTED.replace(b'"exp":', b'"exp":NaN,"x":')),
    "A35 exp with a fraction": cover(exp=float(OUTER.exp)),
    "A37 nested 17 deep": b'{"protected":' + b"[" * 16 + b"]" * 16 + b"}",
    "A38 longer than 4 MiB": outer(ciphertext="A" * limits.ENVELOPE),
    "A38 a cover of 5 kB": cover(x="y" * 5000),
    "A40 an unknown member in the cover": cover(zip="DEF"),
    "A40 an unknown member outside": outer(aad="AA"),
    "A40 an unprotected header": outer(unprotected={"alg": "dir"}),
    "A40 a header per recipient": outer(header={}),
    "A40 General JSON": orjson.dumps(
        {k: v for k, v in MEMBERS.items() if k != "encrypted_key"}
        | {"recipients": [{"encrypted_key": MEMBERS["encrypted_key"]}]}
    ),
    "A40 compact": b'"' + b".".join(str(one).encode() for one in MEMBERS.values()) + b'"',
    "A41 a list": b"[" + RAW + b"]",
    "A41 exp true": cover(exp=True),
    "A41 suite true": cover(suite=True),
    "A41 kid null": cover(kid=None),
    "A41 aud as a list": cover(aud=["kh/molvt"]),
    "A41 a cover that is a list": protected(b"[1]"),
    "A41 a cover that is nothing": outer(protected=""),
    "A41 a cover that is an object": outer(protected=orjson.loads(PROTECTED)),
    "A43 a cover with padding": outer(protected=MEMBERS["protected"] + "="),
    "A43 a tag with plus": outer(tag="+" + MEMBERS["tag"][1:]),
    "A43 a tag with loose bits": outer(tag="A" * 21 + "B"),
    "A43 a line break in the ciphertext": outer(ciphertext="AAAA\n" + MEMBERS["ciphertext"]),
    "A43 a padded ciphertext": outer(ciphertext=MEMBERS["ciphertext"] + "=="),
    "A43 an ek with padding": cover(ek=base64url.encode(EK) + "="),
    "A44 __proto__": outer(__proto__={}),
    "A44 $ref": cover(**{"$ref": "x"}),
    "A44 a very long name": outer(**{"k" * 100_000: 1}),
    "A46 a Cyrillic letter in iss": cover(iss="jр/isa"),
    "A46 capitals in aud": cover(aud="KH/MOLVT"),
    "a line break after iss": cover(iss="jp/isa\n"),
    "A82 suite 0": cover(suite=0),
    "A82 suite 2": cover(suite=2),
    "A82 suite as a text": cover(suite="1"),
    "A82 another alg": cover(alg="HPKE-9"),
    "A82 alg dir": cover(alg="dir"),
    "A82 a classic alg": cover(alg="ECDH-ES+A256KW"),
    "A82 another enc": cover(enc="A128GCM"),
    "another typ": cover(typ="moc-message+jws"),
    "typ in capitals": cover(typ="MOC-ENVELOPE+JWE"),
    "crit": cover(crit=["exp"]),
    "A73 an ek one byte long": cover(ek=base64url.encode(EK + b"\x00")),
    "A73 an ek one byte short": cover(ek=base64url.encode(EK[:-1])),
    "A73 an encrypted key one byte long": outer(encrypted_key=base64url.encode(b"k" * 49)),
    "A73 an encrypted key one byte short": outer(encrypted_key=base64url.encode(b"k" * 47)),
    "A73 an iv of 11 bytes": outer(iv=base64url.encode(b"i" * 11)),
    "A73 an iv of 16 bytes": outer(iv=base64url.encode(b"i" * 16)),
    "A73 a tag of 12 bytes": outer(tag=base64url.encode(b"t" * 12)),
    "A73 a tag of 17 bytes": outer(tag=base64url.encode(b"t" * 17)),
    "an empty ciphertext": outer(ciphertext=""),
    "A94 exp negative": cover(exp=-1),
    "A94 exp 2^63": cover(exp=2**63),
    "A94 exp in milliseconds": cover(exp=OUTER.exp * 1000),
    "A94 exp as a text": cover(exp=EXPIRES),
    "A97 jti of another form": cover(jti="1"),
    "A97 jti a UUIDv4": cover(jti="01980000-0000-4000-8000-000000000001"),
    "a kid of another form": cover(kid="kh-1"),
    "a kid of 44 characters": cover(kid=KH_KEY.kid + "A"),
    "A94 two objects": RAW + RAW,
} | {f"A41 without {name}": lacking(name) for name in MEMBERS}
MALFORMED |= {
    f"A41 a cover without {name}": cover_lacking(name) for name in orjson.loads(PROTECTED)
}


@pytest.mark.parametrize("raw", MALFORMED.values(), ids=MALFORMED.keys())
def test_an_envelope_of_another_form_is_malformed_before_any_key_is_looked_up(raw):
    with pytest.raises(MalformedError) as caught:
        read_envelope(raw)
    assert caught.value.code is RefusalCode.MALFORMED


def test_A77_an_envelope_to_a_key_we_do_not_hold_is_an_unknown_key():
    with pytest.raises(UnknownKeyError):
        accept(seal(MESSAGE, JP_KEY.public).envelope)


# --- opening ------------------------------------------------------------------------------------


def flipped(name, at):
    raw = bytearray(base64url.decode(MEMBERS[name]))
    raw[at] ^= 1
    return outer(**{name: base64url.encode(bytes(raw))})


def rewritten(text):
    return close(text)


def jws_without(pair, **changes):
    first, second = heads(pair)
    return orjson.dumps(
        forge(MESSAGE.header.payload(), [first | changes, second], pair.keys)
    ).decode()


UNREADABLE = {
    "A71 a bit in the encrypted key": flipped("encrypted_key", 0),
    "A71 a bit in the iv": flipped("iv", 11),
    "A71 a bit in the ciphertext": flipped("ciphertext", 5000),
    "A71 a bit in the tag": flipped("tag", 15),
    "A71 a bit in the ML-KEM ciphertext": cover(ek=base64url.encode(bytes([EK[0] ^ 1]) + EK[1:])),
    "A71 a bit in the X25519 share": cover(ek=base64url.encode(EK[:-1] + bytes([EK[-1] ^ 1]))),
    "A73 bytes after the ciphertext": outer(
        ciphertext=base64url.encode(base64url.decode(MEMBERS["ciphertext"]) + b"more")
    ),
    "A73 a ciphertext cut short": outer(
        ciphertext=base64url.encode(base64url.decode(MEMBERS["ciphertext"])[:-1])
    ),
    "A74 another aud": cover(aud="vn/dolab"),
    "A74 another jti": cover(jti=OTHER_ID),
    "A74 another exp": cover(exp=OUTER.exp + 1),
    "A74 another iss": cover(iss="vn/dolab"),
    "A74 members of the cover in another order": protected(
        orjson.dumps(dict(reversed(orjson.loads(PROTECTED).items())))
    ),
    "A74 a space in the cover": protected(PROTECTED.replace(b",", b", ")),
    "A74 the kid of our other key": cover(kid=KH_NEXT_KEY.kid),
    "A76 an X25519 share of low order": cover(ek=base64url.encode(EK[:-32] + bytes(32))),
    "A76 an X25519 share of order eight": cover(
        ek=base64url.encode(
            EK[:-32]
            + bytes.fromhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")
        )
    ),
    "A83 no padding": close(TEXT, padding=lambda text: text),
    "A83 a step too much": close(
        TEXT, padding=lambda text: text.ljust(padded_length(len(text)) + 4096)
    ),
    "A83 zeros for spaces": close(
        TEXT, padding=lambda text: text.ljust(padded_length(len(text)), b"\0")
    ),
    "A83 a line break at the end": close(TEXT + b"\n"),
    "A83 nothing but spaces": close(b"", padding=lambda text: b" " * 4096),
    "A85 closed to another key under this kid": close(
        TEXT, key=JP_KEY, edit=lambda cover: cover.update(kid=KH_KEY.kid)
    ),
    "A34 signed twice": rewritten(TEXT[:-1] + b',"signed":{}}'),
    "A34 content twice": rewritten(TEXT[:-1] + b',"content":""}'),
    "A34 payload twice in the JWS": rewritten(
        TEXT.replace(b'{"payload":', b'{"payload":"","payload":', 1)
    ),
    "A31 invalid UTF-8 inside": rewritten(TEXT.replace(b"salt", b"s\xfflt")),
    "A35 a number inside": rewritten(TEXT[:-1] + b',"x":1e400}'),
    "A40 a third member inside": rewritten(TEXT[:-1] + b',"x":1}'),
    "A41 no content": rewritten(b'{"signed":' + MESSAGE.jws.encode() + b"}"),
    "A41 content as an object": rewritten(
        b'{"signed":%b,"content":%b}' % (MESSAGE.jws.encode(), MESSAGE.content.encode())
    ),
    "A41 signed as a text": rewritten(orjson.dumps({"signed": MESSAGE.jws, "content": content()})),
    "A41 no JSON inside": rewritten(b"hello}"),
    "A41 a list inside": rewritten(b"[" + TEXT + b",{}" + b"]}"),
    "A49 alg none inside": rewritten(plaintext(jws_without(JP, alg="none"), content())),
    "A58 signed by a third country": rewritten(
        plaintext(sign(MESSAGE.header.payload(), VN, Typ.MESSAGE), content())
    ),
    "A61 one signature inside": rewritten(
        plaintext(
            orjson.dumps(
                orjson.loads(MESSAGE.jws)
                | {"signatures": orjson.loads(MESSAGE.jws)["signatures"][:1]}
            ).decode(),
            content(),
        )
    ),
    "a receipt inside": rewritten(
        plaintext(sign(MESSAGE.header.payload(), JP, Typ.RECEIPT), content())
    ),
}


@pytest.mark.parametrize("raw", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_an_envelope_that_does_not_open_or_hold_is_unreadable(raw):
    assert read_envelope(raw).kid in {KH_KEY.kid, KH_NEXT_KEY.kid}
    with pytest.raises(UnreadableError) as caught:
        accept(raw)
    assert caught.value.code is RefusalCode.UNREADABLE
    assert caught.value.pointers == ()


def test_A85_only_the_key_that_the_envelope_names_is_tried():
    with pytest.raises(UnreadableError):
        unseal(OUTER, KH_NEXT_KEY, JP_PAIRS)
    misnamed = close(TEXT, key=KH_NEXT_KEY, edit=lambda cover: cover.update(kid=KH_KEY.kid))
    with pytest.raises(UnreadableError):
        unseal(read_envelope(misnamed), KH_NEXT_KEY, JP_PAIRS)


def test_space_and_order_inside_change_nothing_and_the_text_is_kept_as_it_came():
    """Another implementation may write JSON as it likes: what counts is what was signed."""
    spaced = MESSAGE.jws.replace(",", " ,\n ")
    text = b' { "content" : %b , "signed" : %b }' % (
        orjson.dumps(MESSAGE.content),
        spaced.encode(),
    )
    raw = close(text)
    opened = unseal(read_envelope(raw), KH_KEY, JP_PAIRS)
    assert opened.jws == spaced
    assert opened.header_digest == MESSAGE.header_digest
    assert accept(raw) == MESSAGE.header


def test_an_altered_content_still_opens_and_its_digest_tells():
    altered = content().replace("valid", "forged")
    opened = unseal(read_envelope(close(plaintext(MESSAGE.jws, altered))), KH_KEY, JP_PAIRS)
    assert digest(opened.content.encode()) != MESSAGE.header.content_digest
