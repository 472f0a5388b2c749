"""One arriving envelope, judged without the store: what it is, or why it is refused.

The order is the protocol's: form, cover, key, opening, both signatures, and only then the signed
header. What cannot depend on the store is decided here; the verdict waits until it is known that
the same message has no entry yet.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.catalogue import Catalogue, MessageType, Profile, country_of
from gateway.delivery.attention import Attention
from gateway.delivery.directory import Peer
from gateway.delivery.ports import LocalNode
from gateway.envelope import (
    Header,
    Opened,
    Outer,
    digest,
    match,
    parse_header,
    read_content,
    read_envelope,
    times,
    unseal,
)
from gateway.errors import (
    AttachmentUnsupportedError,
    ContentMismatchError,
    ExpiredError,
    FutureError,
    InvalidBodyError,
    KeyRevokedError,
    MalformedError,
    NotPermittedError,
    PeerError,
    Problem,
    UnknownKeyError,
    WrongEnvironmentError,
)
from gateway.policy import Marking, check_pointers, parse_marking

# Two honest clocks differ by seconds; five minutes leave room for a node without a time service.
_AHEAD: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Unverified:
    """Nothing in this line is proven to be the peer's: it claims nothing and stores nothing."""

    error: PeerError
    size: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Both signatures held, so the sender may hear why the message is not taken.

    `id` is the signed one, or the cover's where the header cannot be read or contradicts it.
    """

    outer: Outer
    opened: Opened
    error: PeerError
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A message that only the store can still speak against."""

    outer: Outer
    opened: Opened
    header: Header
    row: MessageType
    body: Mapping[str, Any]
    marking: Marking
    attention: str | None

    @property
    def id(self) -> str:
        """The message id that the peer signed."""
        return self.header.id


Arrival = Unverified | Refused | Verified


def judge(raw: bytes, *, peer: Peer, us: LocalNode, catalogue: Catalogue, now: float) -> Arrival:
    """Judge one line of a batch as far as the store is not needed."""
    try:
        outer = read_envelope(raw)
        if outer.aud != us.node or outer.iss != peer.node:
            raise MalformedError("the cover names other nodes than this connection")
        key = us.decryption_keys.get(outer.kid)
        if key is None:
            raise UnknownKeyError("sealed to a key that is not ours")
        opened = unseal(outer, key, peer.pair)
    except PeerError as error:
        return Unverified(error=error, size=len(raw), digest=digest(raw))
    try:
        header = parse_header(opened.payload)
        match(outer, header)
    except PeerError as error:
        return Refused(outer=outer, opened=opened, error=error, id=outer.jti)
    return _examine(outer, opened, header, peer=peer, us=us, catalogue=catalogue, now=now)


def _examine(
    outer: Outer,
    opened: Opened,
    header: Header,
    *,
    peer: Peer,
    us: LocalNode,
    catalogue: Catalogue,
    now: float,
) -> Verified | Refused:
    try:
        _check_time_and_key(opened, header, peer, now)
        if digest(opened.content.encode()) != header.content_digest:
            raise ContentMismatchError("the content is not the one that was signed")
        if header.environment != us.environment:
            raise WrongEnvironmentError("the message is of another environment")
        profile = catalogue.profile_for(us.node, peer.node)
        row = _check_type(header, peer, profile, catalogue)
        marking = parse_marking(header.marking, originator_country=country_of(peer.node))
        body = _check_body(opened, header, row, catalogue)
        check_pointers(marking, body)
    except PeerError as error:
        return Refused(outer=outer, opened=opened, error=error, id=header.id)
    same = header.body_schema["digest"] == catalogue.bodies.reference(row.name)["digest"]
    return Verified(
        outer=outer,
        opened=opened,
        header=header,
        row=row,
        body=body,
        marking=marking.whole(),
        attention=None if same else Attention.SCHEMA_DIFFERS,
    )


def _check_time_and_key(opened: Opened, header: Header, peer: Peer, now: float) -> None:
    if times.parse(header.created) > now + _AHEAD:
        raise FutureError("created lies ahead of our clock", pointers=("/created",))
    if times.parse(header.expires) <= now:
        raise ExpiredError("expired before it came", pointers=("/expires",))
    validity = peer.validity(opened.kids)
    if validity is None or not validity.is_valid_at(times.text(now)):
        raise KeyRevokedError("the signing pair does not hold at our time of arrival")


def _check_type(header: Header, peer: Peer, profile: Profile, catalogue: Catalogue) -> MessageType:
    if header.profile != profile.name:
        catalogue.profile(header.profile)
        raise NotPermittedError("another memorandum's profile", pointers=("/profile",))
    row = profile.check_sender(peer.node, header.type)
    if header.attachments:
        raise AttachmentUnsupportedError("attachments", pointers=("/attachments",))
    if (None if header.supersedes is None else header.supersedes["mode"]) != row.supersedes:
        raise NotPermittedError("not what this type does to another", pointers=("/supersedes",))
    return row


def _check_body(
    opened: Opened, header: Header, row: MessageType, catalogue: Catalogue
) -> Mapping[str, Any]:
    if header.body_schema["id"] != row.schema_id:
        problem = Problem("/body_schema/id", "is not the schema of this type")
        raise InvalidBodyError("another schema", problems=(problem,))
    # An entry's pointers start at the signed header; below it hang `/content` and `/body`.
    try:
        content = read_content(opened.content)
    except MalformedError as error:
        pointers = tuple(f"/content{pointer}" for pointer in error.pointers)
        raise MalformedError(str(error), pointers=pointers) from None
    if content.attachments:
        raise AttachmentUnsupportedError("attachments", pointers=("/content/attachments",))
    try:
        catalogue.bodies.check(row.name, content.body, day=times.day(header.created))
    except InvalidBodyError as error:
        problems = tuple(Problem(f"/body{each.where}", each.text) for each in error.problems)
        raise InvalidBodyError(str(error), problems=problems) from None
    return content.body
