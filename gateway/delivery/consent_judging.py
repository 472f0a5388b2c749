"""What a message does to consents, judged before it is kept: given, revoked, or worth nothing.

Signatures are examined first. Then the consent has to fit what lies here: the request that it
answers, the messages that it names, the life of the database that counts, and what came before it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from gateway.delivery.attention import Attention
from gateway.delivery.awaiting import Terms
from gateway.delivery.consents_for import examined, is_of_another_life
from gateway.delivery.placement import Placement
from gateway.delivery.superseding import body_of
from gateway.envelope import Header, read_content, times
from gateway.errors import InvalidError, Problem
from gateway.policy import Denied
from gateway.policy.examining import Examined
from gateway.policy.exceeding import exceeding, lost_places
from gateway.policy.terms import Terms as ConsentTerms
from gateway.store import Row, Transaction, consents, messages
from gateway.store.consents import Kept
from gateway.store.messages import Direction
from gateway.store.sealing import CorruptError

GRANT: Final = "consent.grant"
OFFER: Final = "consent.offer"
REVOKE: Final = "consent.revoke"
STATUS: Final = "consent.status"
_GIVING: Final = frozenset({GRANT, OFFER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a message does to consents, before it is kept.

    Args:
        given: The consent that it gives, without its row number.
        revoked: The id of the consent that it revokes, and the code of the reason.
        heard: What the other side says of a consent of ours.
        attention: Why a person should look.
    """

    peer: str
    direction: Direction
    thread: str
    given: Kept | None = None
    revoked: tuple[str, str] | None = None
    heard: Mapping[str, Any] | None = None
    attention: str | None = None

    @property
    def is_without_effect(self) -> bool:
        """Whether the message answers nothing: what it gives is worth nothing from the beginning.

        A matter that was revoked before stays so by its own table.
        """
        code = None if self.given is None else self.given.code
        return code is not None and code is not Denied.CONSENT_REVOKED


def judge(
    tx: Transaction,
    header: Header,
    body: Mapping[str, Any],
    placed: Placement,
    terms: Terms,
    *,
    peer: str,
    direction: Direction,
    now: float,
) -> Judged | None:
    """Decide what a message does to consents, None where it does nothing; changes nothing."""
    about: dict[str, Any] = {"peer": peer, "direction": direction, "thread": header.thread}
    if header.type == REVOKE:
        id = str(body["consent_id"])
        is_known = consents.by_id(tx, peer, direction, id) is not None
        attention = None if is_known else Attention.CONSENT_NOT_KNOWN
        return Judged(**about, revoked=(id, str(body["reason"])), attention=attention)
    if header.type == STATUS and direction is Direction.IN:
        return Judged(**about, heard=body)
    if header.type not in _GIVING:
        return None
    found = examined(tx, body, terms, peer=peer, direction=direction, now=now)
    code = found.denied or _denied(tx, header, found, peer=peer, direction=direction, now=now)
    given = _kept(header, body, found, code, peer=peer, direction=direction, now=now)
    asked = None if code is not None else _unlike_request(tx, placed, found.terms)
    return Judged(**about, given=given, attention=asked if code is None else code)


def placed_by(placed: Placement, judged: Judged) -> Placement:
    """Return the place of a message, by what it does to consents."""
    if judged.attention is None:
        return placed
    if judged.is_without_effect and placed.opens is None:
        # A request that got a consent worth nothing is still to be answered.
        return placed.without_effect(judged.attention)
    return replace(placed, remark=placed.remark or judged.attention)


def _kept(
    header: Header,
    body: Mapping[str, Any],
    found: Examined,
    code: Denied | None,
    *,
    peer: str,
    direction: Direction,
    now: float,
) -> Kept:
    terms = found.terms
    kept = Kept(
        seq=0,
        peer=peer,
        direction=direction,
        consent_id=str(body["terms"].get("consent_id", "")),
        thread=header.thread,
        digest=found.digest,
        kids=found.kids,
        noted=times.text(int(now)),
        code=code,
    )
    if terms is None:
        return kept
    return replace(
        kept,
        request=None if terms.request is None else terms.request[0],
        not_before=terms.not_before,
        not_after=terms.not_after,
        uses=terms.uses,
        is_class=terms.standing is not None,
        messages=tuple(each.message_id for each in terms.messages),
    )


def _denied(
    tx: Transaction,
    header: Header,
    found: Examined,
    *,
    peer: str,
    direction: Direction,
    now: float,
) -> Denied | None:
    """Return why a consent whose signatures hold is worth nothing here all the same."""
    terms = found.terms
    if terms is None or terms.profile != header.profile:
        return Denied.CONSENT_INVALID
    if consents.by_id(tx, peer, direction, terms.consent_id) is not None:
        # An instrument counts once, whatever message brings it, and an id has one meaning.
        return Denied.CONSENT_REPLAYED
    code = _by_request(tx, header, terms, peer, direction) or _by_messages(
        tx, terms, peer, direction
    )
    if code is not None:
        return code
    if direction is Direction.IN and is_of_another_life(tx, terms):
        return Denied.CONSENT_OTHER_EPOCH
    if consents.revocation(tx, peer, direction, terms.consent_id) is not None:
        return Denied.CONSENT_REVOKED
    return Denied.CONSENT_EXPIRED if terms.not_after <= times.text(int(now)) else None


def _by_request(
    tx: Transaction, header: Header, terms: ConsentTerms, peer: str, direction: Direction
) -> Denied | None:
    """A grant answers the very request that its officers have signed; an offer answers none."""
    if header.type == OFFER:
        return None if terms.request is None else Denied.CONSENT_INVALID
    if terms.request is None or terms.request[0] != header.in_reply_to:
        return Denied.CONSENT_INVALID
    other = Direction.OUT if direction is Direction.IN else Direction.IN
    request = messages.by_id(tx, peer, other, terms.request[0])
    is_it = request is not None and request["header_digest"] == terms.request[1]
    return None if is_it else Denied.CONSENT_DIGEST_MISMATCH


def _by_messages(
    tx: Transaction, terms: ConsentTerms, peer: str, direction: Direction
) -> Denied | None:
    """Only the grantor's own messages are its to permit, each by the digest of its header."""
    other = Direction.OUT if direction is Direction.IN else Direction.IN
    bodies = []
    for each in terms.messages:
        row = messages.by_id(tx, peer, direction, each.message_id)
        if row is None:
            is_other = messages.by_id(tx, peer, other, each.message_id) is not None
            return Denied.CONSENT_WRONG_ORIGINATOR if is_other else Denied.CONSENT_DIGEST_MISMATCH
        if row["header_digest"] != each.header_digest:
            return Denied.CONSENT_DIGEST_MISMATCH
        bodies.append(_body(tx, messages.get(tx, row["seq"])))
    kept = [each for each in bodies if each is not None]
    # Of what cannot be read here nobody can say what its places name; nothing of it leaves either.
    is_lost = len(kept) == len(bodies) and any(lost_places(terms, kept))
    return Denied.CONSENT_INVALID if is_lost else None


def _body(tx: Transaction, row: Row) -> Mapping[str, Any] | None:
    """Return the body of a message just as it was signed; None where it was erased or changed."""
    if row["content"] is None:
        return None
    try:
        body: Mapping[str, Any] = read_content(messages.content_of(tx, row)).body
    except CorruptError:
        return None
    return body


def _unlike_request(tx: Transaction, placed: Placement, terms: ConsentTerms | None) -> str | None:
    """Say that a consent permits more than was asked for, or something else."""
    if placed.replied is None or terms is None:
        return None
    asked = body_of(tx, placed.replied)
    if asked is None:
        return None
    return Attention.CONSENT_OTHER_THAN_ASKED if any(exceeding(terms, asked)) else None


def check_given(judged: Judged | None) -> None:
    """Let no consent of ours leave that the other side could not use.

    Raises:
        InvalidError: It is worth nothing from the beginning; `problems` has the code.
    """
    if judged is not None and judged.given is not None and (code := judged.given.code) is not None:
        raise InvalidError(
            f"the other side could not use this consent: {code}",
            problems=(Problem("/body/terms", f"is worth nothing: {code}"),),
            hint="gateway consent grant prepares one and says what is missing",
        )
