"""One wish to pass content on, and how it is judged: everything read and decided in a transaction.

What leaves is the message itself, whole or in part, or words or numbers of our own in its place.
A recipient is named by its id alone; where a name was typed, organisations that may be meant are
shown and none is chosen.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

import orjson

from gateway.catalogue import Parties, country_of, is_node
from gateway.catalogue.parties import Party
from gateway.catalogue.text import composed
from gateway.delivery.awaiting import Terms
from gateway.delivery.consents_for import consents_for
from gateway.delivery.scanning import Declared, Hit, declared_in, scan, texts
from gateway.delivery.subjects import subject_of
from gateway.envelope import digest, read_content, reopen_signed
from gateway.errors import InvalidError, NotFoundError, Problem
from gateway.policy import Action, Consent, Denied, Mode, Purpose, Request, Subject
from gateway.policy.aggregate import SafeTable, UnsafeTableError, check_table
from gateway.policy.disclosing import Disclosure, judge
from gateway.policy.pointers import is_within, members, value_at
from gateway.policy.release import Withheld
from gateway.policy.subject import Derivation
from gateway.store import Row, Transaction, messages
from gateway.store.disclosures import Origin
from gateway.store.messages import Direction
from gateway.store.sealing import CorruptError

# Longer words of ours are a document of their own, and no paraphrase.
_LONGEST: Final = 20_000
_MOST_FIELDS: Final = 64
_NEAREST: Final = 5
# What stands for a recipient that was named by something else than an id: it may be anybody's name.
NOBODY: Final = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody here wants to pass on, to whom and for what.

    Args:
        to: The id of an organisation.
        fields: Pointers to parts of the body; empty for all of it.
        mode: `redacted` leaves out what may not leave.
        text: Words of ours in place of the content, for a paraphrase.
        table: Numbers of ours in place of the content, for an aggregate.
        is_confirmed: Whoever asks vouches that what a consent asks for in words is met.
    """

    to: str
    purpose: Purpose
    fields: tuple[str, ...] = ()
    mode: Mode = Mode.VERBATIM
    text: str | None = field(default=None, repr=False)
    table: Mapping[str, Any] | None = field(default=None, repr=False)
    is_confirmed: bool = False

    @property
    def is_redacted(self) -> bool:
        """Tell whether what may not leave is to be left out."""
        return self.mode is Mode.REDACTED

    @property
    def audience(self) -> str:
        """Return the recipient's id for the ledger."""
        return self.to if is_node(self.to) else NOBODY

    def check(self) -> None:
        """Let pass only a wish that says what would leave.

        Raises:
            InvalidError: Words or a table are missing, or are there and would not leave.
        """
        problems = [Problem("/fields", f"are more than {_MOST_FIELDS}")]
        if len(self.fields) <= _MOST_FIELDS:
            problems = []
        for name, mode in (("text", Mode.PARAPHRASE), ("table", Mode.AGGREGATE)):
            if (getattr(self, name) is None) == (self.mode is mode):
                words = "is missing" if self.mode is mode else f"belongs to the mode {mode} alone"
                problems.append(Problem(f"/{name}", words))
        if self.text is not None and not 0 < len(self.text.strip()) <= _LONGEST:
            problems.append(Problem("/text", f"is empty or longer than {_LONGEST:,} characters"))
        if problems:
            raise InvalidError("it does not say what would leave", problems=tuple(problems))

    def in_place(self) -> dict[str, Any] | None:
        """Return what leaves in place of the content; None where the content itself does."""
        if self.text is not None:
            return {"text": composed(self.text)}
        return None if self.table is None else {"table": dict(self.table)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What was decided about a wish, with all that it rests on.

    Args:
        row: The message, as lists show it.
        found: None where nothing could be judged; `denied` says why.
        leaving: What would leave, ready to be written.
        hits: What stands in it that somebody else told us in confidence, undeclared.
    """

    row: Row
    wish: Wish
    party: Party | None
    subject: Subject | None = None
    consents: tuple[Consent, ...] = ()
    found: Disclosure | None = None
    denied: Denied | None = None
    leaving: Mapping[str, Any] | None = field(default=None, repr=False)
    hits: tuple[Hit, ...] = ()

    @property
    def is_allowed(self) -> bool:
        """Tell whether it may leave."""
        return self.found is not None and self.found.allowed and self.denied is None

    @property
    def reason(self) -> Any:
        """Return the rule that allows it, or why it is refused."""
        return self.denied if self.denied is not None or self.found is None else self.found.reason

    @property
    def refused(self) -> tuple[tuple[str, Withheld], ...]:
        """Return each part that may not leave, with why."""
        atoms = () if self.found is None else self.found.atoms
        return tuple(
            (each.pointer, each.decision) for each in atoms if isinstance(each.decision, Withheld)
        )


def judged(
    tx: Transaction,
    seq: int,
    wish: Wish,
    terms: Terms,
    *,
    now: float,
    usable: Callable[[Subject], Sequence[Consent]] | None = None,
) -> Judged:
    """Decide on a wish about a stored message; nothing is kept.

    Args:
        usable: Finds the consents that may be used; None for every one that is kept here.

    Raises:
        InvalidError: A field names nothing, or the table cannot be read.
        NotFoundError: The content was erased.
    """
    row = messages.shown(tx, seq)
    party = party_of(terms.catalogue.parties, wish.to, now=now)
    try:
        kept = messages.get(tx, seq)
        subject = subject_of(tx, kept)
        body = read_content(messages.content_of(tx, kept)).body
    except CorruptError:
        # Somebody changed what is kept here: nobody can say what it was, nor for whom.
        return Judged(row=row, wish=wish, party=party, denied=Denied.SOURCE_CHANGED)
    every = partial(consents_for, tx, terms=terms, now=now)
    known = tuple((usable or every)(subject))
    found, denied = _decided(body, subject, wish, terms, known, now=now)
    leaving = wish.in_place() or (None if found.body is None else {"body": found.body})
    hits: tuple[Hit, ...] = ()
    if found.allowed and leaving is not None:
        hits = _scanned(tx, kept, wish, leaving, _side(party, row, subject))
    return Judged(
        row=row,
        wish=wish,
        party=party,
        subject=subject,
        consents=known,
        found=found,
        denied=Denied.UNDECLARED_ORIGIN if hits else denied,
        leaving=leaving,
        hits=hits,
    )


def _decided(
    body: Mapping[str, Any],
    subject: Subject,
    wish: Wish,
    terms: Terms,
    consents: Sequence[Consent],
    *,
    now: float,
) -> tuple[Disclosure, Denied | None]:
    """Return the decision on a body, and why it may not leave although it is allowed."""
    table, denied = _table(wish)
    request = Request(
        action=Action.DISCLOSE,
        subject=subject,
        holder=terms.node,
        audience=wish.to,
        purpose=wish.purpose,
        mode=wish.mode,
        confirmed=wish.is_confirmed,
        table=table,
        now=int(now),
    )
    parties, is_redacted = terms.catalogue.parties, wish.is_redacted
    found = judge(body, request, parties, consents, redact=is_redacted, fields=wish.fields)
    return found, denied


def _scanned(
    tx: Transaction, row: Row, wish: Wish, leaving: Mapping[str, Any], audience: str | None
) -> tuple[Hit, ...]:
    """Return what of what would leave comes from elsewhere than the message and its sources."""
    declared = _declared(tx, row, wish)
    return scan(tx, texts(leaving), audience_peer=audience, declared=declared)


def _declared(tx: Transaction, row: Row, wish: Wish) -> tuple[Declared, ...]:
    """Return what may stand in what would leave: what the message says in the parts asked for.

    Words in place of the content may bear what those parts say and nothing beside it.
    """
    if wish.in_place() is None and row["direction"] == Direction.OUT:
        header = reopen_signed(row["jws"], "").header
        return tuple(
            replace(each, target=f"/body{each.target}") for each in declared_in(tx, header)
        )
    return tuple(
        Declared(seq=row["seq"], part=each, body_only=True) for each in wish.fields or ("",)
    )


def _side(party: Party | None, row: Row, subject: Subject) -> str | None:
    """Return the node on whose side the recipient stands, None for everybody else."""
    side = None if party is None else party.side_in(subject.profile)
    return row["peer"] if side == country_of(row["peer"]) else None


def party_of(parties: Parties, id: str, *, now: float) -> Party | None:
    """Return the organisation of an id that exists today, None where there is none."""
    try:
        return parties.of(id, int(now))
    except NotFoundError:
        return None


def alike(parties: Parties, text: str) -> list[dict[str, Any]]:
    """Return organisations that may be meant, for showing to a person; none is chosen.

    Of one that is no more they are its successors.
    """
    found = (parties.successors_of(text) or parties.alike(text))[:_NEAREST]
    return [{"id": each.id, "name": each.names["en"]} for each in found]


def origins_in(judged: Judged, node: str) -> tuple[Origin, ...]:
    """Return whose content is decided about, none where nobody can say."""
    if judged.subject is None:
        return ()
    return origins_of(judged.subject, parts_in(judged), node)


def parts_in(judged: Judged) -> tuple[str, ...]:
    """Return the parts that leave: those asked for, without what is left out of them."""
    asked, found = judged.wish.fields or ("",), judged.found
    if found is None or found.body is None or not found.redactions or not judged.is_allowed:
        return asked
    every = tuple(each for at in asked for each in _left(at, found.body, found.redactions))
    if len(every) > _MOST_FIELDS:
        every = tuple(at for at, _ in members(found.body, ""))
    return every if 0 < len(every) <= _MOST_FIELDS else asked


def _left(at: str, body: Mapping[str, Any], cut: tuple[str, ...]) -> Iterator[str]:
    """Yield the largest places at or below a pointer of which nothing was left out."""
    value = value_at(at, body)
    if value is None or any(is_within(at, each) for each in cut):
        return
    if isinstance(value, Mapping) and any(is_within(each, at) for each in cut):
        for below, _ in members(value, at):
            yield from _left(below, body, cut)
    else:
        yield at


def origins_of(subject: Subject, fields: tuple[str, ...], node: str) -> tuple[Origin, ...]:
    """Return whose content some fields are: the message's, and of what it took over from others."""
    own = Origin(
        originator=subject.sender,
        message_id=subject.message_id,
        header_digest=subject.header_digest,
        pointers=fields,
    )
    found = {(own.originator, own.message_id): own}
    for source in subject.sources:
        key = (source.originator, source.message_id)
        if source.mode is Derivation.REFERENCE or source.originator == node or key[0] == "":
            continue
        known = found.get(key)
        pointers = (() if known is None else known.pointers) + (source.source_pointer,)
        found[key] = Origin(
            originator=source.originator,
            message_id=source.message_id,
            header_digest=source.header_digest,
            pointers=tuple(sorted(set(pointers))),
        )
    return tuple(found.values())


def written(leaving: Mapping[str, Any]) -> bytes:
    """Return what leaves as exact text: the same content is always the same bytes."""
    return orjson.dumps(leaving, option=orjson.OPT_SORT_KEYS)


def digest_of(leaving: Mapping[str, Any] | None) -> str | None:
    """Return the digest of what leaves, None where nothing does."""
    return None if leaving is None else digest(written(leaving))


def _table(wish: Wish) -> tuple[SafeTable | None, Denied | None]:
    if wish.table is None:
        return None, None
    try:
        return check_table(wish.table), None
    except UnsafeTableError as error:
        return None, error.reason
