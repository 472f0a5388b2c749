"""The package that a consent officer signs away from the node, and what must hold before that.

The node writes it: our card, the messages that are asked about with their content, the request,
and the terms. The machine of the officer has nothing else to go by, so that nothing in the package
is believed for standing there: our card is known by its fingerprint, our messages by our
signatures, the request by those of its sender, and the terms have to be about just these.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.envelope import Card, Header, among, digest, limits, read_card, read_content, strict
from gateway.envelope.consent import Instrument
from gateway.envelope.forms import Members
from gateway.envelope.header import parse_header
from gateway.envelope.jws import verify
from gateway.envelope.kinds import Typ
from gateway.errors import (
    ConflictError,
    InvalidError,
    MalformedError,
    Problem,
    UnreadableError,
    VerificationError,
)
from gateway.policy import Denied
from gateway.policy.examining import signed_by
from gateway.policy.exceeding import exceeding, lost_places
from gateway.policy.pointers import fault_of
from gateway.policy.terms import Terms, parse_terms

FORMAT: Final = "gateway-consent/1"
# Below what the local API takes at once; a longer one is asked for in two.
PACKAGE: Final = 3 * limits.MIB
_MEMBERS: Final = (
    "format", "card", "older_cards", "peer_card", "request", "messages", "terms", "partly",
    "text", "instruments",
)  # fmt: skip
_CARDS: Final = 64
_INSTRUMENTS: Final = 2
_WORTHLESS: Final = {
    Denied.CONSENT_BAD_SIGNATURE: "an instrument is not signed over just the terms in the package",
    Denied.CONSENT_KEY_NOT_AUTHORISED: (
        "an instrument is not signed by an officer whose key on the card may sign consents"
    ),
}
_AGAIN: Final = "have the package prepared again: gateway consent grant REQUEST --prepare FILE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A message as the package holds it: signed text and content, neither believed yet."""

    jws: str = field(repr=False)
    content: str = field(repr=False)

    def document(self) -> dict[str, str]:
        """Return it as it stands in the package."""
        return {"jws": self.jws, "content": self.content}


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """What a package says.

    Args:
        cards: Our card, then older ones whose pairs signed messages in it.
        peer_card: The grantee's; None with a consent that nobody asked for.
        messages: Ours, that the terms name; none for a standing consent.
        terms: Exactly the JSON that is to be signed.
        partly: Less is permitted than was asked for.
        text: A remark to the grantee, by language.
        instruments: What officers have signed so far.
    """

    cards: tuple[bytes, ...]
    peer_card: bytes | None = None
    request: Held | None = None
    messages: tuple[Held, ...] = ()
    terms: Mapping[str, Any] = field(repr=False)
    partly: bool = False
    text: Mapping[str, str] | None = field(default=None, repr=False)
    instruments: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return it as it is written."""
        members: dict[str, Any] = {
            "format": FORMAT,
            "card": self.cards[0].decode(),
            "older_cards": [card.decode() for card in self.cards[1:]],
            "peer_card": None if self.peer_card is None else self.peer_card.decode(),
            "request": None if self.request is None else self.request.document(),
            "messages": [each.document() for each in self.messages],
            "terms": dict(self.terms),
            "partly": self.partly,
            "text": None if self.text is None else dict(self.text),
            "instruments": list(self.instruments),
        }
        return {name: value for name, value in members.items() if value is not None}

    def body(self) -> dict[str, Any]:
        """Return the body of the grant or the offer."""
        body: dict[str, Any] = {
            "terms": dict(self.terms),
            "instruments": {f"o{n}": text for n, text in enumerate(self.instruments, start=1)},
        }
        if self.partly:
            body["partly"] = True
        if self.text is not None:
            body["text"] = dict(self.text)
        return body


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A message whose signatures and digest held, with its body."""

    header: Header
    header_digest: str
    body: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A package in which everything holds together; an officer may sign its terms.

    Whose card it is, only somebody with the fingerprint can tell.

    Args:
        card: Ours.
        peer: The grantee's card, None with a consent that nobody asked for.
        messages: In the order of the terms.
    """

    package: Package
    card: Card
    peer: Card | None
    request: Read | None
    messages: tuple[Read, ...]
    terms: Terms
    instruments: tuple[Instrument, ...]


def parse_package(raw: bytes) -> Package:
    """Read the form of a package.

    Raises:
        InvalidError: It is no package; `problems` says where.
    """
    try:
        if len(raw) > PACKAGE:
            raise MalformedError(f"it is longer than {PACKAGE} bytes")
        read = Members(strict.parse(raw, limit=PACKAGE))
        read.only(*_MEMBERS)
        read.constant("format", FORMAT)
        older = _texts(read, "older_cards", most=_CARDS, length=limits.CARD)
        return Package(
            cards=tuple(card.encode() for card in (read.words("card", most=limits.CARD), *older)),
            peer_card=read.words("peer_card", most=limits.CARD).encode()
            if read.has("peer_card")
            else None,
            request=_held(read.object("request")) if read.has("request") else None,
            messages=tuple(_held(one) for one in read.objects("messages", most=64)),
            terms=read.object("terms").plain(),
            partly=read.boolean("partly"),
            text=read.object("text").plain() if read.has("text") else None,
            instruments=_texts(read, "instruments", most=_INSTRUMENTS, length=limits.CONSENT),
        )
    except (MalformedError, UnicodeEncodeError) as error:
        pointers = error.pointers if isinstance(error, MalformedError) else ()
        problems = tuple(Problem(pointer, str(error)) for pointer in pointers)
        raise InvalidError(
            f"that is no package for a consent officer: {error}", problems=problems, hint=_AGAIN
        ) from None


def check_package(package: Package) -> Checked:
    """Let pass only a package in which everything holds together.

    Raises:
        VerificationError: A signature or a digest does not hold, or the terms are about something
            else than the messages and the request beside them.
        InvalidError: The terms are none that anybody could use.
    """
    card = _card(package.cards[0])
    older = tuple(_card(raw, of=card) for raw in package.cards[1:])
    terms = _terms(package.terms)
    if terms.grantor != card.node:
        raise _unsound("the terms are those of another node than the card's")
    pairs = [pair for each in (card, *older) for pair, _ in each.message_pairs]
    messages = tuple(_message(held, pairs) for held in package.messages)
    _check_subject(terms, messages)
    peer = None if package.peer_card is None else _card(package.peer_card)
    request = _request(package, terms, card, peer)
    return Checked(
        package=package,
        card=card,
        peer=peer,
        request=request,
        messages=messages,
        terms=terms,
        instruments=tuple(_instrument(text, card, package.terms) for text in package.instruments),
    )


def with_instrument(checked: Checked, text: str) -> Package:
    """Return the package with one more instrument.

    Raises:
        ConflictError: That officer or key has signed it already.
        VerificationError: The instrument does not hold by the card.
    """
    new = _instrument(text, checked.card, checked.package.terms)
    for earlier in checked.instruments:
        if earlier.officer == new.officer or set(earlier.kids) & set(new.kids):
            raise ConflictError(
                f"{new.officer} has signed this package already",
                hint="where two must sign, another officer does with a key of their own",
            )
    package = checked.package
    return Package(
        cards=package.cards,
        peer_card=package.peer_card,
        request=package.request,
        messages=package.messages,
        terms=package.terms,
        partly=package.partly,
        text=package.text,
        instruments=(*package.instruments, text),
    )


def _texts(read: Members, name: str, *, most: int, length: int) -> tuple[str, ...]:
    texts = read.value(name)
    if type(texts) is not list or len(texts) > most:
        raise MalformedError(f"/{name} is not a list of up to {most}", pointers=(f"/{name}",))
    if not all(type(each) is str and len(each) <= length for each in texts):
        raise MalformedError(f"/{name} holds something else", pointers=(f"/{name}",))
    return tuple(texts)


def _held(read: Members) -> Held:
    read.only("jws", "content")
    return Held(
        jws=read.words("jws", most=limits.ENVELOPE),
        content=read.words("content", most=limits.CONTENT),
    )


def _unsound(text: str) -> VerificationError:
    return VerificationError(f"{text}; nothing was signed", hint=_AGAIN)


def _card(raw: bytes, *, of: Card | None = None) -> Card:
    card = read_card(raw, identity=None if of is None else of.identity)
    if of is not None and (card.node, card.environment) != (of.node, of.environment):
        raise _unsound("an older card in the package is another node's")
    return card


def _terms(value: Mapping[str, Any]) -> Terms:
    try:
        return parse_terms(dict(value))
    except MalformedError as error:
        problems = tuple(Problem(f"/terms{pointer}", str(error)) for pointer in error.pointers)
        raise InvalidError(f"the terms do not hold: {error}", problems=problems) from None


def _message(held: Held, pairs: Sequence[Any]) -> Read:
    """Return a message whose signatures and content hold."""
    try:
        jws = strict.parse(held.jws.encode(), limit=limits.ENVELOPE)
        payload = verify(jws, Typ.MESSAGE, among(list(pairs))).payload
        header = parse_header(payload)
        content = read_content(held.content)
    except (MalformedError, UnreadableError, UnicodeEncodeError):
        raise _unsound("a message in the package is not signed by the one who sent it") from None
    if digest(held.content.encode()) != header.content_digest:
        raise _unsound(f"the content of message {header.id} was changed")
    return Read(header=header, header_digest=digest(payload), body=content.body)


def _check_subject(terms: Terms, messages: Sequence[Read]) -> None:
    """Compare what the terms name with the messages that lie beside them."""
    named = [(each.message_id, each.header_digest) for each in terms.messages]
    if named != [(each.header.id, each.header_digest) for each in messages]:
        raise _unsound("the terms name other messages than those in the package")
    for each in messages:
        if (each.header.from_, each.header.to) != (terms.grantor, terms.grantee):
            raise _unsound(f"message {each.header.id} was not sent by us to {terms.grantee}")
        if each.header.profile != terms.profile:
            raise _unsound(f"message {each.header.id} was sent under another memorandum")
    if problems := tuple(_lost(terms, messages)):
        raise InvalidError("the terms cover what is not in the message", problems=problems)


def _lost(terms: Terms, messages: Sequence[Read]) -> Iterator[Problem]:
    for number, (named, message) in enumerate(zip(terms.messages, messages, strict=True)):
        for at, pointer in enumerate(named.pointers):
            if (fault := fault_of(pointer, message.body)) is not None:
                yield Problem(f"/terms/subject/messages/{number}/pointers/{at}", fault)
    for place, fault in lost_places(terms, [message.body for message in messages]):
        yield Problem(f"/terms/conditions{place}", fault)


def _request(package: Package, terms: Terms, card: Card, peer: Card | None) -> Read | None:
    """Return the request that the terms answer, once it is its sender's and they fit it."""
    if package.request is None or peer is None:
        if terms.request is not None or package.request is not None or peer is not None:
            raise _unsound("the request that the terms answer is not in the package")
        return None
    if (peer.node, peer.environment) != (terms.grantee, card.environment):
        raise _unsound("the card of the grantee is another node's")
    request = _message(package.request, [pair for pair, _ in peer.message_pairs])
    header = request.header
    if (header.from_, header.to, header.type) != (peer.node, card.node, "consent.request"):
        raise _unsound("what the terms answer is no request to us for a consent")
    if terms.request != (header.id, request.header_digest):
        raise _unsound("the terms answer another request than the one in the package")
    if problems := tuple(exceeding(terms, request.body)):
        raise InvalidError(
            "the terms permit more than was asked for",
            problems=problems,
            hint="to give more than was asked for: gateway consent offer",
        )
    return request


def _instrument(text: str, card: Card, terms: Mapping[str, Any]) -> Instrument:
    """Return an instrument that an officer on the card signed over just these terms."""
    found = signed_by(text, terms, card.officers, environment=card.environment)
    if isinstance(found, Denied):
        raise _unsound(_WORTHLESS[found])
    return found
