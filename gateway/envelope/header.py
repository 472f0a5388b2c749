"""The signed header of a message: what the sender vouches for, with the digest of the content.

Members that this version does not know are kept (the payload's octets are what is stored) and
ignored; new meaning needs another `specversion`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from gateway.envelope import limits, strict, times
from gateway.envelope.forms import DIGEST, NODE, OPAQUE, THREAD, UUID7, Members, fault
from gateway.envelope.kinds import Environment, Priority
from gateway.envelope.suites import CURRENT, SUITES

SPECVERSION: Final = "1.0"
LANGUAGE: Final = "en"

PROFILE: Final = re.compile(r"(?=.{1,64}\Z)[a-z0-9-]+(?:/[a-z0-9-]+)*")
TYPE: Final = re.compile(r"(?=.{1,64}\Z)[a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)*")
REFERENCE: Final = re.compile(r"[A-Z]{2}-[0-9]{4}-(?:[0-9]{6}|[1-9][0-9]{6,8})")
CLAUSE: Final = re.compile(r"[0-9]{1,2}(?:\([0-9a-z]{1,3}\)){0,3}")
SCHEMA_ID: Final = re.compile(r"[!-~]{1,200}")
MEDIA_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}")
MODE: Final = re.compile(r"correct|withdraw")
# Where in a body content was taken from or stands; empty for the whole.
_PLACE: Final = re.compile(r"(?:/(?:[ -.0-}]|~[01]){0,64}){0,8}")
_DERIVATION: Final = re.compile(r"[a-z][a-z-]{0,31}")

_LIST: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Every member of the signed header; `from_` stands for `from`, None for an absent member.

    `marking`, `supersedes`, `derived_from`, `body_schema` and `attachments` are plain JSON: their
    meaning belongs to the layers above. An absent marking is theirs to refuse as well.
    """

    profile: str
    environment: Environment
    id: str
    type: str
    from_: str
    to: str
    created: str
    expires: str
    thread: str
    content_digest: str
    body_schema: Mapping[str, str]
    marking: Any = None
    parent_thread: str | None = None
    in_reply_to: str | None = None
    reference: str | None = None
    clauses: tuple[str, ...] = ()
    priority: Priority = Priority.ROUTINE
    due: str | None = None
    language: str = LANGUAGE
    supersedes: Mapping[str, str] | None = None
    derived_from: tuple[Mapping[str, Any], ...] = ()
    attachments: tuple[Mapping[str, Any], ...] = ()
    specversion: str = SPECVERSION
    suite: int = CURRENT

    def payload(self) -> bytes:
        """Return the octets to sign; they are made once and never made again from parts."""
        members: dict[str, Any] = {
            "specversion": self.specversion,
            "suite": self.suite,
            "profile": self.profile,
            "environment": self.environment,
            "id": self.id,
            "type": self.type,
            "from": self.from_,
            "to": self.to,
            "created": self.created,
            "expires": self.expires,
            "thread": self.thread,
            "parent_thread": self.parent_thread,
            "in_reply_to": self.in_reply_to,
            "reference": self.reference,
            "clauses": self.clauses,
            "priority": self.priority,
            "due": self.due,
            "language": self.language,
            "supersedes": self.supersedes,
            "marking": self.marking,
            "derived_from": self.derived_from,
            "content_digest": self.content_digest,
            "body_schema": self.body_schema,
            "attachments": self.attachments,
        }
        return orjson.dumps({name: value for name, value in members.items() if value is not None})


def parse_header(payload: bytes) -> Header:
    """Return the header behind a payload whose signatures have held.

    Raises:
        MalformedError: A member is missing, null, of another form or contradicts another one;
            `pointers` names it, which the sender may hear because it has proved who it is.
    """
    members = Members(strict.parse(payload, limit=limits.HEADER))
    members.constant("specversion", SPECVERSION)
    if members.integer("suite") not in SUITES:
        raise fault("/suite", "names a suite that is not known")
    created, expires = members.time("created"), members.time("expires")
    if not 0 < times.parse(expires) - times.parse(created) <= limits.LIFE_SECONDS:
        raise fault("/expires", "is not after created, or more than 400 days after it")
    return Header(
        suite=members.integer("suite"),
        profile=members.text("profile", PROFILE),
        environment=members.kind("environment", Environment),
        id=members.text("id", UUID7),
        type=members.text("type", TYPE),
        from_=members.text("from", NODE),
        to=members.text("to", NODE),
        created=created,
        expires=expires,
        thread=members.text("thread", THREAD),
        parent_thread=members.optional("parent_thread", THREAD),
        in_reply_to=members.optional("in_reply_to", UUID7),
        reference=members.optional("reference", REFERENCE),
        clauses=members.strings("clauses", CLAUSE, most=_LIST),
        priority=members.kind("priority", Priority),
        due=members.time("due") if members.has("due") else None,
        language=members.constant("language", LANGUAGE),
        supersedes=_supersedes(members) if members.has("supersedes") else None,
        marking=members.value("marking") if members.has("marking") else None,
        derived_from=_derived_from(members),
        content_digest=members.text("content_digest", DIGEST),
        body_schema=_body_schema(members),
        attachments=_attachments(members),
    )


def _supersedes(members: Members) -> dict[str, Any]:
    earlier = members.object("supersedes")
    earlier.text("id", UUID7)
    earlier.text("header_digest", DIGEST)
    earlier.text("mode", MODE)
    return earlier.plain()


def _derived_from(members: Members) -> tuple[dict[str, Any], ...]:
    """Return the entries of the provenance; what a mode means belongs to the layers above."""
    entries = []
    for one in members.objects("derived_from", most=_LIST):
        one.text("message_id", UUID7)
        one.text("header_digest", DIGEST)
        one.text("source_pointer", _PLACE)
        one.text("target_pointer", _PLACE)
        one.text("mode", _DERIVATION)
        one.optional("originator", NODE)
        one.optional("profile", PROFILE)
        entries.append(one.plain())
    return tuple(entries)


def _body_schema(members: Members) -> dict[str, Any]:
    schema = members.object("body_schema")
    schema.text("id", SCHEMA_ID)
    schema.text("digest", DIGEST)
    return schema.plain()


def _attachments(members: Members) -> tuple[dict[str, Any], ...]:
    attachments = []
    names = set()
    for one in members.objects("attachments", most=_LIST):
        names.add(one.text("id", OPAQUE))
        one.text("media_type", MEDIA_TYPE)
        one.integer("size")
        one.text("digest", DIGEST)
        attachments.append(one.plain())
    if len(names) != len(attachments):
        raise fault("/attachments", "has the same id twice")
    return tuple(attachments)
