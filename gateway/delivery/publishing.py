"""What a message that changed a register has made public: the duty is noted with the change.

Clauses 5(1), 5(6), 6(2) and 6(3): what the other side has approved, ended or ordered is made public
here, and what our side must publish itself is too. A correction takes the place of what waited; so
does a withdrawal, and what was public already is to be taken down. Nothing is public by this alone.
"""

from collections.abc import Mapping
from typing import Any, Final

from gateway.catalogue import (
    Priority,
    Profile,
    PublishRule,
    Register,
    Superseding,
    type_of,
)
from gateway.catalogue.profile_types import Publication
from gateway.delivery.awaiting import Terms
from gateway.delivery.consents_for import consent_of, state_of
from gateway.delivery.showing import part, restate, restate_all
from gateway.delivery.subjects import effective
from gateway.delivery.superseding import first_version, newest_version
from gateway.envelope import Header, reopen_signed, times
from gateway.errors import NotFoundError, UnknownProfileError, UnknownTypeError
from gateway.policy import Consent, Denied
from gateway.policy.publishing import NotPublicError
from gateway.store import (
    Row,
    Transaction,
    consents,
    disclosures,
    messages,
    publications,
    register_lists,
    register_versions,
)
from gateway.store.alarms import Alarm, raise_alarm
from gateway.store.consents import ConsentState
from gateway.store.disclosures import Step
from gateway.store.messages import Direction
from gateway.store.publications import Action, Decision, Progress
from gateway.store.register_lists import ListState
from gateway.store.sealing import CorruptError

# The type by which a side says what it has made public.
CONFIRM: Final = "publication.confirm"
# Why a person is waited for: the message that was to tell of a decision never counted.
_NOT_TOLD: Final = "not-told"
# Its originator has marked it anew.
_REMARKED: Final = "marked-anew"
# Its originator has consented, which says where and until when: nothing goes at once.
_CONSENTED: Final = "consented"
_SHOWN: Final = frozenset({Progress.DECIDED, Progress.DONE})
_OVER: Final = frozenset({Progress.DONE, Progress.REFUSED, Progress.REPLACED})


def note(tx: Transaction, terms: Terms, seq: int, *, at: str) -> None:
    """Note that the message in row `seq` is to be made public, or taken down, if it is.

    To be called once it has reached its register: what waits there for a person, or a list that
    lacks a part, is noted when it counts. Done twice it changes nothing.

    Args:
        at: From when on the change holds.
    """
    list_ = register_lists.list_of(tx, seq)
    if list_ is not None and list_["state"] != ListState.APPLIED:
        return
    seq = seq if list_ is None else int(list_["seq"])
    if publications.get(tx, seq) is not None or publications.is_deferred(tx, seq):
        return
    row = messages.shown(tx, seq)
    first = _first(tx, row)
    register = type_of(first["type"]).register
    found = _publication(terms, row["peer"], first["type"])
    if register is None or found is None or row["attention"] is not None:
        return
    publications.replace(tx, first["seq"])
    if list_ is not None and list_["base_version"] is None:
        # What an older list still says is known to be wrong; changes go on from the list before.
        publications.replace_lists(tx, seq, peer=row["peer"], register=register)
    is_public = publications.is_shown(tx, first["seq"])
    rule = _rule(tx, terms, row, first, found[1], at)
    if rule is PublishRule.NONE:
        # Taken back, or not to be public any more: what is public of it comes down.
        action, rule = Action.WITHDRAWN, PublishRule.REQUIRED
        if not is_public:
            _follow(tx, terms, first, register, at)
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
    if not is_public and row["seq"] != first["seq"]:
        _follow(tx, terms, first, register, at)


def _follow(tx: Transaction, terms: Terms, first: Row, register: Register, at: str) -> None:
    """Let pages follow a version that no page shows: what they show by others may rest on it."""
    peer = first["peer"]
    entries = [entry for _, _, entry in register_versions.entries_of(tx, first["seq"])]
    try:
        restate_all(tx, terms, peer, register, entries, at=at)
    except CorruptError:
        raise_alarm(tx, Alarm.CORRUPT, at=at, peer=peer, subject=first["id"])


def note_confirmed(
    tx: Transaction,
    terms: Terms,
    header: Header,
    body: Mapping[str, Any],
    *,
    peer: str,
    uid: int,
) -> None:
    """Note that somebody here has confirmed a publication by hand, so that it waits no more.

    What was published by other means is on no page of this node; what was taken down so is.

    Raises:
        CorruptError: What was public was changed on the disk; nothing was noted.
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
        closed = publications.close_versions(tx, first["seq"], decision.at)
        register = Register(item["register"])
        restate(tx, terms, peer, register, closed, at=header.created)


def remarked(tx: Transaction, terms: Terms, seq: int, *, at: str) -> None:
    """Let pages, and what waits for them, follow a message that was marked anew.

    What may not be public any more is shown no longer, and is to be taken down like what was taken
    back; what may be public now waits for somebody to decide.
    """
    list_ = register_lists.list_of(tx, seq)
    row = messages.shown(tx, seq if list_ is None else list_["seq"])
    first = _first(tx, row)
    register = type_of(first["type"]).register
    if register is None or _publication(terms, row["peer"], first["type"]) is None:
        return
    _follow(tx, terms, first, register, at)
    item = publications.get(tx, row["seq"])
    if item is None:
        note(tx, terms, seq, at=at)
        return
    _decide_anew(tx, item, may=_may(tx, terms, item, at))


def consented(tx: Transaction, terms: Terms, consent: Consent, *, at: str) -> None:
    """Let wait for somebody to decide what a consent to a publication allows to be made public.

    Of a message that was to stay closed nothing waited, and nothing of what was taken down.
    """
    if consent.standing is not None or consent.terms.publication is None:
        return
    for named in consent.terms.messages:
        known = messages.by_id(tx, consent.terms.grantor, Direction.IN, named.message_id)
        if known is None:
            continue
        note(tx, terms, known["seq"], at=at)
        list_ = register_lists.list_of(tx, known["seq"])
        item = publications.get(tx, known["seq"] if list_ is None else list_["seq"])
        if item is not None and item["state"] in _OVER:
            _open_again(tx, terms, item, consent, at=at)


def _open_again(tx: Transaction, terms: Terms, item: Row, consent: Consent, *, at: str) -> None:
    """Let wait again what a consent opens, unless its sender has taken it back or said it anew."""
    newest = publications.newest_of(tx, item["slot"])
    is_over = (
        newest is None
        or newest["seq"] != item["seq"]
        or publications.replacing(tx, item["seq"]) is not None
        or _is_withdrawn(tx, messages.shown(tx, item["slot"]))
    )
    key = (consent.terms.grantor, consent.terms.consent_id)
    if is_over or key not in _used(tx, terms, item["seq"], item["first_type"], at):
        return
    is_shown = publications.is_shown(tx, item["slot"])
    action = Action.AMENDED if is_shown else Action.PUBLISHED
    publications.take_back(
        tx, item["seq"], state=Progress.WAITING, action=action, remark=_CONSENTED
    )


def _used(
    tx: Transaction, terms: Terms, seq: int, as_type: str, at: str
) -> frozenset[tuple[str, str]]:
    """Return the consents by which something of a message could be made public."""
    used: set[tuple[str, str]] = set()
    for each in publications.parts_of(tx, seq):
        try:
            used.update(part(tx, terms, each, now=times.parse(at), as_type=as_type).may.used)
        except (NotPublicError, NotFoundError, CorruptError):
            continue
    return frozenset(used)


def close_ended(tx: Transaction, terms: Terms, *, now: float) -> None:
    """Take down what is public by consents of which one has ended: revoked, over, or worthless.

    Pages are written after this alone. That it was public stays in the ledger.
    """
    at = times.text(int(now))
    for row in disclosures.public_by_consent(tx):
        if (reason := _ended(tx, terms, row, now)) is not None:
            disclosures.advance(tx, row, Step.STOPPED, at=at, reason=reason)
            remarked(tx, terms, row["message"], at=at)


def has_ended(tx: Transaction, terms: Terms, *, now: float) -> bool:
    """Tell whether anything is public by a consent that has ended."""
    public = disclosures.public_by_consent(tx)
    return any(_ended(tx, terms, row, now) is not None for row in public)


def _ended(tx: Transaction, terms: Terms, row: Row, now: float) -> Denied | None:
    """Return why a consent by which something is public has ended, None where none has."""
    for use in disclosures.uses_of(tx, row["seq"]):
        kept = consents.by_id(tx, use.peer, Direction.IN, use.consent_id)
        consent = None if kept is None else consent_of(tx, kept, terms, now=now)
        state = state_of(consent, now)
        # Its own use may have been the last one.
        if state not in {ConsentState.ACTIVE, ConsentState.EXHAUSTED}:
            if consent is not None and consent.standing is not None:
                return Denied(consent.standing)
            is_over = state is ConsentState.EXPIRED
            return Denied.CONSENT_EXPIRED if is_over else Denied.CONSENT_INVALID
    return None


def _may(tx: Transaction, terms: Terms, item: Row, at: str) -> bool:
    """Tell whether anything of a publication may be public by what holds of it now."""
    now, shown_by = times.parse(at), item if item["state"] in _SHOWN else None
    try:
        for seq in publications.parts_of(tx, item["seq"]):
            part(tx, terms, seq, now=now, as_type=item["first_type"], shown_by=shown_by)
    except (NotPublicError, NotFoundError, CorruptError):
        return False
    return True


def _decide_anew(tx: Transaction, item: Row, *, may: bool) -> None:
    """Note what is to be decided about a publication whose marking has changed."""
    is_shown = publications.is_shown(tx, item["slot"])
    state, action = Progress(item["state"]), Action(item["action"])
    newest = publications.newest_of(tx, item["slot"])
    if newest is None or newest["seq"] != item["seq"] or action is Action.WITHDRAWN:
        return
    if may:
        if state is Progress.REPLACED:
            action = Action.AMENDED if is_shown else Action.PUBLISHED
            publications.take_back(
                tx, item["seq"], state=Progress.WAITING, action=action, remark=_REMARKED
            )
    elif is_shown:
        publications.take_back(
            tx, item["seq"], state=Progress.WAITING, action=Action.WITHDRAWN, remark=None
        )
    elif state in {Progress.WAITING, Progress.DECIDED}:
        publications.take_back(
            tx, item["seq"], state=Progress.REPLACED, action=action, remark=_REMARKED
        )


def not_told(tx: Transaction, terms: Terms, row: Row, *, at: str) -> None:
    """Let somebody decide anew about what a message of ours was to tell, which never counted.

    What it had closed can be read again, unless it was taken down or its sender has taken it back.
    What this node's pages show by the decision stays: they have shown it.

    Args:
        row: Any message of ours that is taken back.
    """
    if row["type"] != CONFIRM or row["in_reply_to"] is None:
        return
    known = messages.in_thread(tx, row["peer"], row["in_reply_to"])
    if known is None:
        return
    first = first_version(tx, messages.shown(tx, known["seq"]))
    item = publications.told_by(tx, first["seq"], row["id"])
    newest = publications.newest_of(tx, first["seq"])
    if item is None or newest is None:
        return
    is_newest = newest["seq"] == item["seq"]
    is_open = is_newest or newest["state"] == Progress.WAITING
    is_down = item["action"] == Action.WITHDRAWN
    is_over = _is_withdrawn(tx, first) and not is_down
    if is_open and not is_down and not is_over and not publications.is_shown(tx, first["seq"]):
        publications.reopen_versions(tx, first["seq"], item["decided"])
    is_over = is_over or publications.replacing(tx, first["seq"]) is not None
    state = Progress.WAITING if is_newest and not is_over else Progress.REPLACED
    remark = _NOT_TOLD if is_newest else None
    action = _action_now(tx, first, item)
    publications.take_back(tx, item["seq"], state=state, action=action, remark=remark)
    if not is_newest and newest["state"] == Progress.WAITING:
        action, remark = _action_now(tx, first, newest), newest["remark"]
        publications.take_back(
            tx, newest["seq"], state=Progress.WAITING, action=action, remark=remark
        )
    _follow(tx, terms, first, Register(item["register"]), at)


def _action_now(tx: Transaction, first: Row, item: Row) -> Action:
    """Return what is to be done of a publication, by what is public now."""
    if item["action"] == Action.WITHDRAWN:
        return Action.WITHDRAWN
    return Action.AMENDED if publications.is_shown(tx, first["seq"]) else Action.PUBLISHED


def _is_withdrawn(tx: Transaction, first: Row) -> bool:
    return bool(newest_version(tx, first)["superseded_mode"] == Superseding.WITHDRAW)


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


def _rule(
    tx: Transaction, terms: Terms, row: Row, first: Row, publication: Publication, at: str
) -> PublishRule:
    """Return what a message asks of us: a received one says so itself, under its signature.

    What it wants closed may be made public all the same where its originator consents to that.
    """
    if type_of(row["type"]).supersedes is Superseding.WITHDRAW:
        return PublishRule.NONE
    if row["direction"] == Direction.OUT:
        return publication.rule
    kept = messages.get(tx, row["seq"])
    header = reopen_signed(kept["jws"], messages.content_of(tx, kept)).header
    rule = effective(tx, kept, header).publish.rule
    if rule is PublishRule.NONE and _used(tx, terms, row["seq"], first["type"], at):
        return PublishRule.PERMITTED
    return rule
