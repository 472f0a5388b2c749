"""What a consent officer needs to judge and sign, gathered from the store into one package.

The package holds content, and it stays at home: it goes to an officer of this contact point, on a
machine away from the node. Gathering it is decided as an export, and recorded like any reading.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.catalogue import Caveat, Parties
from gateway.delivery.subjects import effective
from gateway.delivery.superseding import first_version, newest_version
from gateway.desk.consent_asking import Asked, check_recipients
from gateway.desk.consent_packages import Held, Package
from gateway.desk.consent_terms import Narrowed, is_partial, terms_of
from gateway.desk.reading import Loaded, load_row, permitted_content
from gateway.envelope import Card, digest, read_card, reopen_signed
from gateway.envelope.jws import kids_of
from gateway.errors import ConflictError, InvalidError, Problem
from gateway.policy import Action
from gateway.policy.pointers import overlaps
from gateway.policy.terms import Named, Terms, parse_terms
from gateway.store import Row, Transaction, messages, own_cards, peers
from gateway.store.messages import Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """What this node says of itself when a package is gathered."""

    node: str
    card: bytes
    profile: Callable[[str], str]
    parties: Parties
    new_id: Callable[[], str]
    now: float


def request_of(tx: Transaction, selector: str) -> Loaded:
    """Return the newest version of a request for consent that we were sent.

    Raises:
        NotFoundError: No such message.
        ConflictError: It is something else, or was withdrawn.
    """
    named = messages.shown(tx, messages.find(tx, selector))
    first = first_version(tx, named)
    if (first["type"], first["direction"]) != ("consent.request", Direction.IN):
        raise ConflictError(
            "that is no request for consent to us",
            hint="gateway inbox --type consent.request",
        )
    newest = newest_version(tx, first)
    if newest["superseded_by"] is not None:
        raise ConflictError("that request was withdrawn", hint=f"gateway show {first['id']}")
    if newest["seq"] != first["seq"]:
        # What officers sign names one version, and a correction is no request by its own type.
        raise ConflictError(
            "that request was corrected: let the other side withdraw it and ask anew",
            hint=f"gateway show {newest['id']}",
        )
    return load_row(tx, first["seq"])


def answering(tx: Transaction, loaded: Loaded, narrowed: Narrowed, here: Here) -> Package:
    """Return the package for a request.

    Raises:
        InvalidError: What is asked about is not as we sent it, or the terms do not fit.
        ConflictError: A message that is asked about has lost its place meanwhile.
        PolicyError: Its content may not be read.
    """
    row = loaded.row
    body = _content(loaded, here)
    if problems := tuple(check_recipients(body.get("recipients", {}), here.parties, here.now)):
        raise InvalidError(
            "the request names somebody whom our registry of parties does not know so",
            problems=problems,
            hint="deny it with --reason recipient, or have the registry brought up to date",
        )
    terms = terms_of(
        body,
        narrowed,
        consent_id=here.new_id(),
        profile=here.profile(row["peer"]),
        grantor=here.node,
        grantee=row["peer"],
        request=(row["id"], row["header_digest"]),
        now=here.now,
    )
    parsed = parse_terms(terms)
    found = [ours(tx, each, row["peer"]) for each in parsed.messages]
    _check_personal(tx, parsed, found)
    return Package(
        cards=_cards(tx, here.card, [each.row["jws"] for each in found]),
        peer_card=str(peers.get(tx, row["peer"])["keys"]).encode(),
        request=_held(loaded, here),
        messages=tuple(_held(each, here) for each in found),
        terms=terms,
        partly=is_partial(parsed, body),
        text=None if narrowed.text is None else {"en": narrowed.text},
    )


def offering(tx: Transaction, asked: Asked, narrowed: Narrowed, here: Here) -> Package:
    """Return the package for a consent that nobody asked for.

    Raises:
        InvalidError, PolicyError: As with `answering`.
    """
    row = asked.row
    if asked.body.get("uses") is not None or narrowed.uses is not None:
        problem = Problem("/uses", "are counted in their database, which their request names")
        raise InvalidError("an offer cannot be counted", problems=(problem,))
    terms = terms_of(
        asked.body,
        narrowed,
        consent_id=here.new_id(),
        profile=here.profile(row["peer"]),
        grantor=here.node,
        grantee=row["peer"],
        request=None,
        now=here.now,
    )
    parsed = parse_terms(terms)
    found = [ours(tx, each, row["peer"]) for each in parsed.messages]
    _check_personal(tx, parsed, found)
    return Package(
        cards=_cards(tx, here.card, [each.row["jws"] for each in found]),
        messages=tuple(_held(each, here) for each in found),
        terms=terms,
        text=None if narrowed.text is None else {"en": narrowed.text},
    )


def ours(tx: Transaction, named: Named, peer: str) -> Loaded:
    """Return a message that a consent names, if it is ours and still stands.

    Raises:
        InvalidError: We sent none such.
        ConflictError: It was corrected or withdrawn meanwhile.
    """
    row = messages.by_id(tx, peer, Direction.OUT, named.message_id)
    if row is None:
        problem = Problem("/subject/messages", f"{named.message_id} is no message of ours to them")
        raise InvalidError("the request is about something else", problems=(problem,))
    loaded = load_row(tx, row["seq"])
    if loaded.row["header_digest"] != named.header_digest:
        problem = Problem("/subject/messages", f"{named.message_id} has another header")
        raise InvalidError("the request is about something else", problems=(problem,))
    if loaded.subject.standing is not None:
        shown = messages.shown(tx, row["seq"])
        raise ConflictError(
            f"message {named.message_id} does not stand any more ({loaded.subject.standing}): "
            "consent to it would be of no use",
            hint=f"gateway show {shown['superseded_by'] or named.message_id}",
        )
    return loaded


def _check_personal(tx: Transaction, terms: Terms, found: Sequence[Loaded]) -> None:
    """Let personal data go further only with the ground for it, as the marking asks.

    Raises:
        InvalidError: It is missing.
    """
    if terms.personal_data is not None:
        return
    for named, loaded in zip(terms.messages, found, strict=True):
        caveats = _caveats(tx, loaded.row, named)
        if Caveat.PERSONAL_DATA in caveats:
            problem = Problem("/personal_data", "is missing: what is covered has personal data")
            raise InvalidError(
                "the ground for giving personal data further has to be said",
                problems=(problem,),
                hint="add --legal-basis, --destination and --safeguards",
            )


def _caveats(tx: Transaction, row: Row, named: Named) -> frozenset[str]:
    marking = effective(tx, row, reopen_signed(row["jws"], "").header)
    parts = [
        part
        for part in marking.granular
        if any(overlaps(part.pointer, at) for at in named.pointers)
    ]
    return marking.caveats.union(*(part.caveats for part in parts))


def _content(loaded: Loaded, here: Here) -> dict[str, Any]:
    body: dict[str, Any] = permitted_content(
        loaded,
        holder=here.node,
        parties=here.parties,
        now=int(here.now),
        action=Action.EXPORT,
    )["body"]
    return body


def _held(loaded: Loaded, here: Here) -> Held:
    _content(loaded, here)
    return Held(jws=loaded.row["jws"], content=loaded.text)


def _cards(tx: Transaction, current: bytes, signed: Iterable[str]) -> tuple[bytes, ...]:
    """Return our card, and those older ones whose pairs signed the messages.

    Raises:
        ConflictError: The pair of a message stands on no card of this identity any more.
    """
    cards: dict[str, bytes] = {digest(current): current}
    newest = read_card(current)
    missing = {kids_of(jws) for jws in signed} - _pairs(newest)
    for row in reversed(own_cards.all(tx)):
        if not missing:
            break
        raw = str(row["card"]).encode()
        card = read_card(raw)
        if card.identity == newest.identity and missing & _pairs(card):
            cards[digest(raw)] = raw
            missing -= _pairs(card)
    if missing:
        raise ConflictError(
            "a message that is asked about was signed under an identity that we gave up: nobody "
            "can check it away from the node",
            hint="send the same once more, and have consent asked for that message",
        )
    return tuple(cards.values())


def _pairs(card: Card) -> set[tuple[str, ...]]:
    return {pair.kids for pair, _ in card.message_pairs}
