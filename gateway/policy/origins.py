"""Whose content is asked for: the message's own originator, and each source it took over from.

A message is judged by the markings of everybody whose content stands in it. What it declares to
come from elsewhere must be known here, or nobody could say who has to consent.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from gateway.catalogue.identifiers import country_of
from gateway.catalogue.kinds import Caveat
from gateway.errors import InvalidMarkingError
from gateway.policy.codes import Action, Denied
from gateway.policy.label import Label, join, of_marking
from gateway.policy.marking import Marking, parse_marking
from gateway.policy.pointers import overlaps
from gateway.policy.request import Request
from gateway.policy.subject import Derivation, Source, Subject
from gateway.policy.terms import Mode

_TAKEN_OVER: Final = MappingProxyType(
    {Derivation.PARAPHRASE: Mode.PARAPHRASE, Derivation.AGGREGATE: Mode.AGGREGATE}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """One originator's content in what is asked for.

    Args:
        of: The message it stands in as its originator sent it.
        node: The originator's contact point.
        pointer: The part of that message; `""` for all of it.
        signed: The marking of that message.
        marking: What it makes of the part.
        mode: In what form it would leave.
    """

    of: Subject | Source
    node: str
    pointer: str
    signed: Marking
    marking: Marking
    mode: Mode

    @property
    def country(self) -> str:
        """Return the country whose consent counts."""
        return country_of(self.signed.originator)


class NoOriginError(Exception):
    """It cannot be said whose content it is or how it is marked; nothing may leave."""

    def __init__(self, reason: Denied) -> None:
        super().__init__(reason.value)
        self.reason = reason


def own_marking(subject: Subject) -> Marking:
    """Return the marking of the message itself.

    Raises:
        NoOriginError: It has none, or none that can be read.
    """
    return _read(subject.marking, subject.sender)


def origins(request: Request, signed: Marking) -> tuple[Origin, ...]:
    """Return everybody whose content is asked for, the message's own originator first.

    Args:
        signed: The marking of the message itself.

    Raises:
        NoOriginError: Something was taken over from nobody knows where.
    """
    subject = request.subject
    _check_declared(subject)
    part = request.part or ""
    # What is published has its more closely marked parts cut out (`publishing`).
    is_cut = request.action is Action.PUBLISH and bool(part)
    own = Origin(
        of=subject,
        node=subject.sender,
        pointer=part,
        signed=signed,
        marking=signed.of_part(part) if is_cut else signed.of_all(part),
        mode=request.mode,
    )
    return (own, *_sources(request, part))


def label_of(found: tuple[Origin, ...], holder: str) -> Label:
    """Return the label of what is asked for, as all its originators have it together."""
    return join(
        of_marking(each.signed, pointer=each.pointer, is_own=each.country == country_of(holder))
        for each in found
    )


def _sources(request: Request, part: str) -> Iterator[Origin]:
    for source in request.subject.sources:
        if not overlaps(part, source.target_pointer):
            continue
        is_bare = source.mode is Derivation.REFERENCE
        if is_bare and source.marking is None:
            # The name of a message that is not kept here: whoever wrote it has marked it, too.
            continue
        signed = _read(source.marking, source.originator)
        if is_bare and not _is_telling(signed):
            continue
        yield Origin(
            of=source,
            node=source.originator,
            pointer=source.source_pointer,
            signed=signed,
            marking=signed.of_all(source.source_pointer),
            mode=_mode(source.mode, request.mode),
        )


def _mode(derivation: Derivation, mode: Mode) -> Mode:
    """Return the form in which a source's content leaves: as it was taken over, or farther off."""
    if mode in (Mode.PARAPHRASE, Mode.AGGREGATE):
        return mode
    return _TAKEN_OVER.get(derivation, mode)


def _is_telling(marking: Marking) -> bool:
    """Tell whether the mere name of a message tells what its originator keeps from others."""
    return not marking.understood or Caveat.NO_TIP_OFF in marking.whole().caveats


def _check_declared(subject: Subject) -> None:
    known = {
        (each.message_id, each.header_digest, each.target_pointer, each.mode.value)
        for each in subject.sources
    }
    for entry in subject.derived_from:
        named = tuple(
            entry.get(name, "")
            for name in ("message_id", "header_digest", "target_pointer", "mode")
        )
        if entry.get("mode") != Derivation.REFERENCE.value and named not in known:
            raise NoOriginError(Denied.UNDECLARED_ORIGIN)


def _read(marking: object, originator: str) -> Marking:
    if marking is None:
        raise NoOriginError(Denied.MARKER_MISSING)
    try:
        return parse_marking(marking, originator_country=country_of(originator))
    except InvalidMarkingError:
        raise NoOriginError(Denied.MARKER_INVALID) from None
