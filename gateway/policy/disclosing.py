"""What of a body may be disclosed: each atom decided apart, and one refused atom refuses the whole.

An atom is the largest part of a body in which everything is marked, derived and consented to alike.
Whoever asks may have refused atoms left out; what remains is then judged again. A list goes or
stays as a whole: without some of its elements it would say something else.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.catalogue.parties import Parties
from gateway.errors import InvalidError, Problem
from gateway.policy.bodies import members, only, pseudonymised, without
from gateway.policy.codes import Action, Allowed, Denied
from gateway.policy.consents import Consent
from gateway.policy.covering import places_in
from gateway.policy.label import digest_of, join
from gateway.policy.marking import is_within
from gateway.policy.origins import NoOriginError, label_of, origins, own_marking
from gateway.policy.release import Permitted, Withheld, decide, strongest
from gateway.policy.request import Request
from gateway.policy.terms import Conditions, Mode


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
        consents: Ids of the consents used, each once.
        reason: The rule, of several that which asked most; of a refusal its first atom's code.
        withheld: The first refused atom, None where the whole is allowed.
    """

    allowed: bool
    body: Mapping[str, Any] | None = field(repr=False)
    atoms: tuple[Atom, ...]
    redactions: tuple[str, ...] = ()
    pseudonymised: tuple[str, ...] = ()
    consents: tuple[str, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    reason: Allowed | Denied
    withheld: Withheld | None = None
    label_digest: str = ""


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
    refused = [each for each in atoms if isinstance(each.decision, Withheld)]
    if not refused:
        return asked.allowed(chosen, atoms, atoms)
    cut = [each.pointer for each in refused]
    left = without(chosen, cut) if redact else {}
    # Decided anew for what would really leave, and not by what was said about the whole.
    again = asked.atoms(left) if left else ()
    if not again or any(isinstance(each.decision, Withheld) for each in again):
        first = refused[0].decision
        withheld = first if isinstance(first, Withheld) else None
        return Disclosure(
            allowed=False, body=None, atoms=atoms, reason=first.reason, withheld=withheld
        )
    return replace(asked.allowed(left, again, atoms), redactions=tuple(cut))


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

    def atoms(self, body: Mapping[str, Any]) -> tuple[Atom, ...]:
        borders = frozenset(self._borders())
        return tuple(
            Atom(pointer, decide(self._of(pointer), self._parties, self._consents))
            for pointer in _parts(body, borders, "")
        )

    def allowed(
        self, body: Mapping[str, Any], atoms: Sequence[Atom], shown: Sequence[Atom]
    ) -> Disclosure:
        """Return what leaves when every atom of a body is permitted."""
        permits = [each.decision for each in atoms if isinstance(each.decision, Permitted)]
        used = tuple(dict.fromkeys(one for each in permits for one in each.consents))
        terms = [each.terms for each in self._consents if each.terms.consent_id in used]
        signed = own_marking(self._request.subject)
        replaced = sorted(
            {
                place
                for one in terms
                for place in places_in(self._request.subject, one, one.conditions.pseudonymise)
            }
        )
        label = join(
            label_of(origins(self._of(each.pointer), signed), self._request.holder)
            for each in atoms
        )
        return Disclosure(
            allowed=True,
            body=pseudonymised(body, replaced),
            atoms=tuple(shown),
            pseudonymised=tuple(each for each in replaced if only(body, [each])),
            consents=used,
            obligations=tuple(Obligation(one.consent_id, one.conditions) for one in terms),
            reason=strongest(each.reason for each in permits),
            label_digest=digest_of(label),
        )

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
            for named in consent.terms.messages:
                yield from places_in(subject, consent.terms, named.pointers)
            yield from places_in(subject, consent.terms, conditions.redact)
            yield from places_in(subject, consent.terms, conditions.pseudonymise)


def _parts(value: object, borders: frozenset[str], at: str) -> Iterator[str]:
    """Yield pointers that together are all of a value, with no border inside any of them."""
    is_divided = any(each != at and is_within(each, at) for each in borders)
    if not (is_divided and isinstance(value, Mapping) and value):
        yield at
        return
    for pointer, inside in members(value, at):
        yield from _parts(inside, borders, pointer)
