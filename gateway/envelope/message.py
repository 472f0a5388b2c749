"""A message before it is sealed: the signed header, and beside it the content it binds.

Only the digest of the content is signed. So the content can be erased while the evidence still
verifies, and its salt keeps an erased field from being guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from gateway.envelope import base64url, limits, strict
from gateway.envelope.digests import digest
from gateway.envelope.forms import Members
from gateway.envelope.header import Header, parse_header
from gateway.envelope.jws import sign
from gateway.envelope.keys import SigningPair
from gateway.envelope.kinds import Typ
from gateway.errors import InvalidError, MalformedError, Problem

SALT_LENGTH: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedMessage:
    """A header under two signatures and its content; this pair is what gets sealed, even twice."""

    header: Header
    jws: str
    header_digest: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What the content text says: the body, and what travels with it under the same seal."""

    salt: bytes
    body: Mapping[str, Any]
    note: str | None
    attachments: Mapping[str, Any]


def content_text(body: Mapping[str, Any], *, salt: bytes, note: str | None = None) -> str:
    """Return the exact text whose digest the header will carry.

    Raises:
        InvalidError: The body or note is something that the peer's strict reader would refuse.
    """
    members: dict[str, Any] = {"salt": base64url.encode(salt), "body": body}
    if note is not None:
        members["note"] = note
    try:
        raw = orjson.dumps(members)
        strict.look_over(raw)
    except (TypeError, MalformedError) as error:
        raise InvalidError(f"the content cannot be written: {error}") from None
    if len(salt) != SALT_LENGTH or len(raw) > limits.CONTENT:
        raise InvalidError(f"the content is longer than {limits.CONTENT} bytes, or its salt is odd")
    if note is not None and not 0 < len(note) <= limits.NOTE_LENGTH:
        raise InvalidError(f"the note is not a text of 1 to {limits.NOTE_LENGTH} characters")
    return raw.decode("utf-8")


def read_content(text: str) -> Content:
    """Return what a content text says; its digest was compared before.

    Raises:
        MalformedError: Not strict JSON, longer than 1 MiB, or other members than these.
    """
    try:
        raw = text.encode("utf-8")
    except UnicodeEncodeError:
        raise MalformedError("the content has a lone surrogate") from None
    members = Members(strict.parse(raw, limit=limits.CONTENT))
    members.only("salt", "body", "note", "attachments")
    attachments = members.object("attachments").plain() if members.has("attachments") else {}
    return Content(
        salt=members.raw("salt", least=SALT_LENGTH, most=SALT_LENGTH),
        body=members.object("body").plain(),
        note=members.words("note", most=limits.NOTE_LENGTH) if members.has("note") else None,
        attachments=attachments,
    )


def sign_message(header: Header, content: str, pair: SigningPair) -> SignedMessage:
    """Sign a header; the text made here is kept and never made again.

    Raises:
        InvalidError: The header does not bind this content, or the peer would refuse its form.
            Nothing is signed that could not be received.
    """
    if header.content_digest != digest(content.encode("utf-8")):
        raise InvalidError("the header carries the digest of another content")
    try:
        payload = header.payload()
        parse_header(payload)
    except TypeError:
        raise InvalidError("the header holds a value that JSON has not") from None
    except MalformedError as error:
        problems = tuple(Problem(pointer, str(error)) for pointer in error.pointers)
        raise InvalidError(f"the header cannot be signed: {error}", problems=problems) from None
    return SignedMessage(
        header=header,
        jws=sign(payload, pair, Typ.MESSAGE),
        header_digest=digest(payload),
        content=content,
    )


def reopen_signed(jws: str, content: str) -> SignedMessage:
    """Return a message of our own from the text that was kept, to seal it to another key.

    Raises:
        MalformedError: The text is not one that `sign_message` made.
    """
    members = Members(strict.parse(jws.encode("utf-8"), limit=limits.ENVELOPE))
    payload = members.raw("payload", least=1, most=limits.HEADER)
    return SignedMessage(
        header=parse_header(payload), jws=jws, header_digest=digest(payload), content=content
    )
