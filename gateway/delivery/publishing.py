"""What a message that changed a register has made public: the duty is noted with the change.

Clauses 5(1), 5(6), 6(2) and 6(3): what the other side has approved, ended or ordered is made public
here, and what our side must publish itself is too. A correction takes the place of what waited; so
does a withdrawal, and what was public already is to be taken down. Nothing is public by this alone.
"""

from collections.abc import Mapping
from typing import Any, Final

from gateway.catalogue import Priority, Profile, PublishRule, Superseding, country_of, type_of
from gateway.catalogue.profile_types import Publication
from gateway.delivery.awaiting import Terms
from gateway.delivery.superseding import first_version
from gateway.envelope import Header, reopen_signed, times
from gateway.errors import UnknownProfileError, UnknownTypeError
from gateway.policy import parse_marking
from gateway.store import Row, Transaction, messages, publications, register_lists
from gateway.store.messages import Direction
from gateway.store.publications import Action, Decision, Progress

# The type by which a side says what it has made public.
CONFIRM: Final = "publication.confirm"
# A list that has all its parts and holds.
_APPLIED: Final = "applied"


def note(tx: Transaction, terms: Terms, seq: int, *, at: str) -> None:
    """Note that the message in row `seq` is to be made public, or taken down, if it is.

    To be called once it has reached its register: what waits there for a person, or a list that
    lacks a part, is noted when it counts. Done twice it changes nothing.

    Args:
        at: From when on the change holds.
    """
    list_ = register_lists.list_of(tx, seq)
    if list_ is not None:
        if list_["state"] != _APPLIED:
            return
        seq = int(list_["seq"])
    if publications.get(tx, seq) is not None or publications.is_deferred(tx, seq):
        return
    row = messages.shown(tx, seq)
    first = _first(tx, row)
    register = type_of(first["type"]).register
    found = _publication(terms, row["peer"], first["type"])
    if register is None or found is None or row["attention"] is not None:
        return
    publications.replace(tx, first["seq"])
    is_public = publications.is_shown(tx, first["seq"])
    rule = _rule(tx, row, found[1])
    if rule is PublishRule.NONE:
        # Taken back, or not to be public any more: what is public of it comes down.
        action, rule = Action.WITHDRAWN, PublishRule.REQUIRED
        if not is_public:
            return
    else:
        action = Action.AMENDED if is_public else Action.PUBLISHED
    publications.note(
        tx,
        seq,
        slot=first["seq"],
        peer=row["peer"],
        register=register,
        action=action,
        rule=rule,
        at=at,
        due=_due(terms, row, first, found, at) if rule is PublishRule.REQUIRED else None,
    )


def note_confirmed(
    tx: Transaction, header: Header, body: Mapping[str, Any], *, peer: str, uid: int
) -> None:
    """Note that somebody here has confirmed a publication by hand, so that it waits no more.

    What was published by other means is on no page of this node; what was taken down so is.
    """
    if header.type != CONFIRM or header.in_reply_to is None:
        return
    known = messages.in_thread(tx, peer, header.in_reply_to)
    if known is None:
        return
    first = first_version(tx, messages.shown(tx, known["seq"]))
    item = publications.newest_of(tx, first["seq"])
    if item is None or item["state"] != Progress.WAITING:
        return
    decision = Decision(
        action=Action(body["action"]),
        at=body.get("at", header.created),
        uid=uid,
        place=body.get("place"),
        fields=tuple(body.get("fields_published", ())),
        reason=body.get("reason"),
    )
    publications.decide(tx, item["seq"], decision)
    publications.finish(tx, item["seq"], header.id)
    if decision.action is not Action.NOT_PUBLISHED:
        publications.close_versions(tx, first["seq"], decision.at)


def _due(
    terms: Terms, row: Row, first: Row, found: tuple[Profile, Publication], at: str
) -> str | None:
    """Return by when what is owed is to be public: as long as the answer to a received message.

    What came later, a correction, has that time from its own arrival on.
    """
    profile, publication = found
    if row["direction"] == Direction.IN and row["seq"] == first["seq"]:
        return None if row["due"] is None else str(row["due"])
    kind = terms.of(row["peer"], first["type"])
    answer = kind.response.get(Priority(first["priority"]))
    term = publication.within if row["direction"] == Direction.OUT else answer
    if term is None:
        return None
    return times.text(term.end(times.parse(at), profile.calendar_of(terms.node)))


def _first(tx: Transaction, row: Row) -> Row:
    """Return the first version of what a message says, corrects or withdraws."""
    if type_of(row["type"]).supersedes is None:
        return row
    known = messages.in_thread(tx, row["peer"], row["in_reply_to"])
    return row if known is None else first_version(tx, messages.shown(tx, known["seq"]))


def _publication(terms: Terms, peer: str, type_name: str) -> tuple[Profile, Publication] | None:
    """Return what our side does with the public parts of a type, None where it has no part."""
    try:
        profile = terms.catalogue.profile_for(terms.node, peer)
        publication = profile.publication_of(type_name, profile.role_of(terms.node))
    except (UnknownProfileError, UnknownTypeError):
        return None
    # What has a place in another message's matter is made public with that message.
    is_own_matter = type_of(type_name).opens is not None
    return (profile, publication) if publication is not None and is_own_matter else None


def _rule(tx: Transaction, row: Row, publication: Publication) -> PublishRule:
    """Return what a message asks of us: a received one says so itself, under its signature."""
    if type_of(row["type"]).supersedes is Superseding.WITHDRAW:
        return PublishRule.NONE
    if row["direction"] == Direction.OUT:
        return publication.rule
    kept = messages.get(tx, row["seq"])
    header = reopen_signed(kept["jws"], messages.content_of(tx, kept)).header
    marking = parse_marking(header.marking, originator_country=country_of(header.from_))
    return marking.publish.rule
