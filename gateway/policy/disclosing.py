"""What of a body may be disclosed: each atom decided apart, and one refused atom refuses the whole.

An atom is the largest part of a body in which everything is marked, derived and consented to alike.
Whoever asks may have refused atoms left out; what remains is then judged again. A list goes or
stays as a whole: without some of its elements it would say something else.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.catalogue.identifiers import country_of
from gateway.catalogue.parties import Parties
from gateway.errors import InvalidError, Problem
from gateway.policy.bodies import only, pseudonymised, without
from gateway.policy.codes import Action, Allowed, Denied
from gateway.policy.consents import Consent
from gateway.policy.covering import is_about, places_in, replaced_in
from gateway.policy.label import Label, digest_of, join
from gateway.policy.origins import NoOriginError, label_of, origins, own_marking
from gateway.policy.pointers import is_within, list_above, members, value_at
from gateway.policy.release import Permitted, Withheld, decide, strongest
from gateway.policy.request import Request
from gateway.policy.terms import Conditions, Mode, Terms


@dataclass(frozen=True, slots=True)
class Atom:
    """One part of a body, and what was decided about it; `""` is all of it."""

    pointer: str
    decision: Permitted | Withheld


@dataclass(frozen=True, slots=True)
class Obligation:
    """What a consent asks of whoever uses it, and of the recipient."""

    consent_id: str
    conditions: Conditions


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosure:
    """The outcome for a body.

    Args:
        body: What may leave; None where nothing may.
        atoms: Each part as it was decided, those that were left out among them.
        redactions: Pointers to what was left out.
        pseudonymised: Pointers to what has signs in place of its values.
        used: Grantor and id of each consent used.
        reason: The rule, of several that which asked most; of a refusal its first atom's code.
        withheld: The first refused atom, None where the whole is allowed.
        label: What all originators of what leaves demand together.
    """

    allowed: bool
    body: Mapping[str, Any] | None = field(repr=False)
    atoms: tuple[Atom, ...]
    redactions: tuple[str, ...] = ()
    pseudonymised: tuple[str, ...] = ()
    used: tuple[tuple[str, str], ...] = ()
    obligations: tuple[Obligation, ...] = ()
    reason: Allowed | Denied
    withheld: Withheld | None = None
    label: Label = field(default_factory=Label)

    @property
    def label_digest(self) -> str:
        """Return the digest of the label, empty of a refusal."""
        return digest_of(self.label) if self.allowed else ""

    @property
    def consents(self) -> tuple[str, ...]:
        """Return the ids of the consents used, each once."""
        return tuple(dict.fromkeys(id for _, id in self.used))


def judge(
    body: Mapping[str, Any],
    request: Request,
    parties: Parties,
    consents: Sequence[Consent] = (),
    *,
    redact: bool = False,
    fields: Sequence[str] = (),
) -> Disclosure:
    """Decide what of a body may leave.

    Args:
        request: For the whole message; its `part` is not looked at.
        redact: Leave out what may not leave, rather than refuse the whole.
        fields: Pointers to what is asked for; empty for all of the body.

    Raises:
        InvalidError: A field names nothing in the body; nothing was decided.
    """
    for pointer in fields:
        if not only(body, [pointer]):
            problem = Problem(pointer, "names nothing in the message")
            raise InvalidError("a field that is asked for does not exist", problems=(problem,))
    asked = _Asking(request, parties, consents, redact=redact)
    chosen = only(body, fields) if fields else dict(body)
    atoms = asked.atoms(chosen)
    said = asked
    if asked.is_redacted and not _refused(atoms) and chosen == body:
        # From what is called a redacted copy nothing is left out: it gives away every word.
        said = asked.word_for_word()
        atoms = said.atoms(chosen)
    refused = _refused(atoms)
    if not refused:
        return said.allowed(body, chosen, atoms, atoms)
    cut = list(refused)
    left = without(chosen, cut) if redact else {}
    # Decided anew for what would really leave, and not by what was said about the whole.
    again = asked.atoms(left) if left else ()
    if not again or _refused(again):
        return _denied(atoms, next(iter(refused.values())))
    return replace(asked.allowed(body, left, again, atoms), redactions=tuple(cut))


def _refused(atoms: Sequence[Atom]) -> dict[str, Withheld]:
    """Return what may not leave, by its pointer."""
    return {each.pointer: each.decision for each in atoms if isinstance(each.decision, Withheld)}


def _denied(atoms: Sequence[Atom], first: Withheld) -> Disclosure:
    return Disclosure(
        allowed=False, body=None, atoms=tuple(atoms), reason=first.reason, withheld=first
    )


class _Asking:
    """One question about many parts of one message."""

    def __init__(
        self, request: Request, parties: Parties, consents: Sequence[Consent], *, redact: bool
    ) -> None:
        is_redacted = redact and request.mode is Mode.VERBATIM
        mode = Mode.REDACTED if is_redacted else request.mode
        # What is sent is signed already, so that nothing in it can be replaced any more.
        is_replaced = request.action is not Action.SEND
        self._request = replace(request, mode=mode, part=None, pseudonymised=is_replaced)
        self._parties = parties
        self._consents = consents

    @property
    def is_redacted(self) -> bool:
        """Whether a copy is asked for from which something is left out."""
        return self._request.mode is Mode.REDACTED

    def atoms(self, body: Mapping[str, Any]) -> tuple[Atom, ...]:
        borders = frozenset(self._borders())
        return tuple(
            Atom(pointer, decide(self._of(pointer), self._parties, self._consents))
            for pointer in _parts(body, borders, "")
        )

    def word_for_word(self) -> "_Asking":
        """Return the same question for a copy from which nothing is left out."""
        request = replace(self._request, mode=Mode.VERBATIM)
        return _Asking(request, self._parties, self._consents, redact=False)

    def allowed(
        self,
        body: Mapping[str, Any],
        leaving: Mapping[str, Any],
        atoms: Sequence[Atom],
        shown: Sequence[Atom],
    ) -> Disclosure:
        """Return what leaves of a body when every atom of it is permitted."""
        permits = [each.decision for each in atoms if isinstance(each.decision, Permitted)]
        used = tuple(dict.fromkeys(one for each in permits for one in each.used))
        terms = [
            each.terms
            for each in self._consents
            if (each.terms.grantor, each.terms.consent_id) in used
        ]
        if (lost := next((one for one in terms if self._is_lost(one, body)), None)) is not None:
            return _denied(shown, self._unmet(lost))
        replaced = sorted(place for one in terms for place in self._replaced(one))
        signed = own_marking(self._request.subject)
        label = join(
            label_of(origins(self._of(each.pointer), signed), self._request.holder)
            for each in atoms
        )
        return Disclosure(
            allowed=True,
            body=pseudonymised(leaving, replaced),
            atoms=tuple(shown),
            pseudonymised=_outermost(each for each in replaced if _is_in(leaving, each)),
            used=used,
            obligations=tuple(Obligation(one.consent_id, one.conditions) for one in terms),
            reason=strongest(each.reason for each in permits),
            label=label,
        )

    def _is_lost(self, terms: Terms, body: Mapping[str, Any]) -> bool:
        """Tell whether what is to be left out or replaced is not where the terms say it is.

        Terms have one list of places for all their messages, so that only those with a single
        message must find each of them there; a later version has to keep them all.
        """
        of = self._request.subject
        ids = [named.message_id for named in terms.messages]
        if terms.grantor != of.sender or not is_about(terms, of) or terms.standing is not None:
            return False
        if len(ids) > 1 and of.message_id in ids:
            return False
        conditions = terms.conditions
        return any(
            all(value_at(each, body) is None for each in places_in(of, [place]))
            for place in (*conditions.redact, *conditions.pseudonymise)
        )

    def _unmet(self, terms: Terms) -> Withheld:
        return Withheld(
            action=self._request.action,
            audience=self._request.audience,
            message_id=self._request.subject.message_id,
            header_digest=self._request.subject.header_digest,
            reason=Denied.CONSENT_CONDITION_UNMET,
            country=country_of(terms.grantor),
            nearest=terms.consent_id,
        )

    def _replaced(self, terms: Terms) -> Iterator[str]:
        """Yield where signs take the place of values, in the message and where it took over."""
        subject = self._request.subject
        if terms.grantor == subject.sender and is_about(terms, subject):
            yield from replaced_in(subject, terms)
        for source in subject.sources:
            if terms.grantor == source.originator and is_about(terms, source):
                yield from replaced_in(source, terms)

    def _of(self, pointer: str) -> Request:
        return replace(self._request, part=pointer or None)

    def _borders(self) -> Iterator[str]:
        """Name every place where one part of the body may be treated otherwise than another."""
        subject = self._request.subject
        try:
            marking = own_marking(subject)
        except NoOriginError:
            return
        yield from (part.pointer for part in marking.granular)
        yield from marking.publish.fields
        yield from (source.target_pointer for source in subject.sources)
        for consent in self._consents:
            conditions = consent.terms.conditions
            named = (place for one in consent.terms.messages for place in one.pointers)
            yield from places_in(subject, (*named, *conditions.redact, *conditions.pseudonymise))


def _is_in(body: Mapping[str, Any], place: str) -> bool:
    return value_at(place, body) is not None or list_above(place, body) is not None


def _outermost(places: Iterable[str]) -> tuple[str, ...]:
    """Leave out what lies inside another place: a name in its pointer may have a sign by now."""
    found: list[str] = []
    for place in sorted(set(places)):
        if not any(is_within(place, each) for each in found):
            found.append(place)
    return tuple(found)


def _parts(value: object, borders: frozenset[str], at: str) -> Iterator[str]:
    """Yield pointers that together are all of a value, with no border inside any of them."""
    is_divided = any(each != at and is_within(each, at) for each in borders)
    if not (is_divided and isinstance(value, Mapping) and value):
        yield at
        return
    for pointer, inside in members(value, at):
        yield from _parts(inside, borders, pointer)
