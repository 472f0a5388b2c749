"""Envelopes: sealing a signed message to one recipient, and opening one step by step.

    read_envelope   form only, before any key is touched       MalformedError
    unseal          opening, padding, JWS, both signatures     UnreadableError
    parse_header    the first look inside what was signed      MalformedError
    match           the cover says the same as the header      MismatchError

Every step asks for the value that the step before it returned.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from gateway.envelope import base64url, encryption, limits, strict, times
from gateway.envelope.digests import digest
from gateway.envelope.encryption import Wrapped
from gateway.envelope.forms import HASH, NODE, UUID7, Members, fault
from gateway.envelope.header import Header
from gateway.envelope.jws import verify
from gateway.envelope.keys import DecryptionKey, EncryptionKey, Pairs
from gateway.envelope.kinds import Typ
from gateway.envelope.message import SignedMessage
from gateway.envelope.padding import pad, unpad
from gateway.envelope.suites import SUITES
from gateway.errors import (
    InvalidError,
    MalformedError,
    MismatchError,
    UnreadableError,
    WrongRecipientError,
)

# Ours has about 1,900 characters, nearly all of them the encapsulated key.
_PROTECTED_LENGTH: Final = 4096
# 9999-12-31T23:59:59Z, the last time that has a text.
_LAST_SECOND: Final = 253_402_300_799


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """An envelope's exact bytes, their digest, and the key that opens it."""

    envelope: bytes
    digest: str
    kid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outer:
    """The form of an envelope held; nothing in it is believed yet."""

    digest: str
    suite: int
    kid: str
    jti: str
    iss: str
    aud: str
    exp: int
    wrapped: Wrapped = field(repr=False)
    iv: bytes = field(repr=False)
    sealed: bytes = field(repr=False)
    aad: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """Both signatures held over `payload`, which nobody has looked into yet."""

    jws: str
    payload: bytes = field(repr=False)
    content: str = field(repr=False)
    header_digest: str
    kids: tuple[str, str]


def seal(message: SignedMessage, key: EncryptionKey) -> Sealed:
    """Close a signed message to one key of its recipient; each call makes another envelope.

    Raises:
        InvalidError: The envelope would be larger than a peer takes.
    """
    header = message.header
    suite = SUITES[header.suite]
    content_key = encryption.new_content_key()
    wrapped = encryption.wrap(content_key, key.key)
    protected = base64url.encode(
        orjson.dumps(
            {
                "typ": Typ.ENVELOPE,
                "alg": suite.key_encryption,
                "enc": suite.content_encryption,
                "kid": key.kid,
                "ek": base64url.encode(wrapped.ek),
                "suite": header.suite,
                "jti": header.id,
                "iss": header.from_,
                "aud": header.to,
                "exp": times.parse(header.expires),
            }
        )
    )
    text = b'{"signed":%b,"content":%b}' % (message.jws.encode(), orjson.dumps(message.content))
    iv, sealed = encryption.encrypt(pad(text), content_key, aad=protected.encode("ascii"))
    envelope = orjson.dumps(
        {
            "protected": protected,
            "encrypted_key": base64url.encode(wrapped.encrypted_key),
            "iv": base64url.encode(iv),
            "ciphertext": base64url.encode(sealed[: -encryption.TAG_LENGTH]),
            "tag": base64url.encode(sealed[-encryption.TAG_LENGTH :]),
        }
    )
    if len(envelope) > limits.ENVELOPE:
        raise InvalidError(f"the envelope is longer than {limits.ENVELOPE} bytes")
    return Sealed(envelope=envelope, digest=digest(envelope), kid=key.kid)


def read_envelope(raw: bytes) -> Outer:
    """Return the outer form of an envelope.

    Raises:
        MalformedError: JSON, members, types, sizes, `typ`, algorithms or suite are not those of
            an envelope. Everything that can be refused before a key is looked up is refused here.
    """
    members = Members(strict.parse(raw, limit=limits.ENVELOPE))
    members.only("protected", "encrypted_key", "iv", "ciphertext", "tag")
    protected = members.raw("protected", least=1, most=_PROTECTED_LENGTH)
    header = Members(strict.parse(protected, limit=_PROTECTED_LENGTH), "/protected")
    header.only("typ", "alg", "enc", "kid", "ek", "suite", "jti", "iss", "aud", "exp")
    number = header.integer("suite")
    suite = SUITES.get(number)
    if suite is None:
        raise fault("/protected/suite", "names a suite that is not known")
    header.constant("typ", Typ.ENVELOPE)
    header.constant("alg", suite.key_encryption)
    header.constant("enc", suite.content_encryption)
    tag = members.raw("tag", least=encryption.TAG_LENGTH, most=encryption.TAG_LENGTH)
    key_length = suite.encrypted_key_length
    return Outer(
        digest=digest(raw),
        suite=number,
        kid=header.text("kid", HASH),
        jti=header.text("jti", UUID7),
        iss=header.text("iss", NODE),
        aud=header.text("aud", NODE),
        exp=header.integer("exp", most=_LAST_SECOND),
        wrapped=Wrapped(
            ek=header.raw("ek", least=suite.ek_length, most=suite.ek_length),
            encrypted_key=members.raw("encrypted_key", least=key_length, most=key_length),
        ),
        iv=members.raw("iv", least=encryption.IV_LENGTH, most=encryption.IV_LENGTH),
        sealed=members.raw("ciphertext", least=1, most=limits.ENVELOPE) + tag,
        aad=str(members.value("protected")).encode("ascii"),
    )


def unseal(outer: Outer, key: DecryptionKey, pairs: Pairs) -> Opened:
    """Open an envelope with the one key it names and check both signatures inside.

    Args:
        outer: What `read_envelope` returned.
        key: The key of `outer.kid`; no other one is ever tried.
        pairs: Finds the pair of this peer that owns both kids.

    Raises:
        UnreadableError: It does not open, the padding or the text inside has another form, or a
            signature does not hold. The peer must not learn which.
    """
    if key.kid != outer.kid:
        raise UnreadableError(f"envelope {outer.jti} is sealed to another key")
    content_key = encryption.unwrap(outer.wrapped, key.key)
    text = unpad(encryption.decrypt(outer.sealed, content_key, iv=outer.iv, aad=outer.aad))
    try:
        inside = strict.parse(text, limit=limits.ENVELOPE)
        signed, content = _parts(inside)
        jws = strict.member_text(text.decode("utf-8"), "signed")
    except MalformedError:
        raise UnreadableError(f"envelope {outer.jti} has another text inside") from None
    verified = verify(signed, Typ.MESSAGE, pairs)
    return Opened(
        jws=jws,
        payload=verified.payload,
        content=content,
        header_digest=digest(verified.payload),
        kids=verified.kids,
    )


def match(outer: Outer, header: Header) -> None:
    """Compare the cover with the signed header inside.

    Raises:
        WrongRecipientError: The header is meant for another node: somebody who could read the
            message sealed it again to us.
        MismatchError: Sender, id, expiry or suite differ: the cover was swapped.
    """
    if header.to != outer.aud:
        raise WrongRecipientError(
            f"message {header.id} was signed for {header.to}, not for {outer.aud}"
        )
    pairs = (
        ("/from", header.from_, outer.iss),
        ("/id", header.id, outer.jti),
        ("/expires", times.parse(header.expires), outer.exp),
        ("/suite", header.suite, outer.suite),
    )
    pointers = tuple(pointer for pointer, inner, cover in pairs if inner != cover)
    if pointers:
        raise MismatchError(f"envelope {outer.jti}: the cover differs", pointers=pointers)


def _parts(inside: dict[str, Any]) -> tuple[dict[str, Any], str]:
    signed, content = inside.get("signed"), inside.get("content")
    if len(inside) != 2 or type(signed) is not dict or type(content) is not str:
        raise MalformedError("the text inside has other members")
    return signed, content
