"""Labels: what markings of several originators make of content together.

A label is the part of a marking that restricts, in a form that can be joined. The join is the least
label that is as strict as each of its inputs in every respect, so that the order of joining, and
joining twice, make no difference.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final, TypeVar

import orjson

from gateway.catalogue.kinds import Level, PublishRule, Purpose
from gateway.envelope import times
from gateway.envelope.digests import digest
from gateway.policy.marking import SCHEME, Marking, Then

_T = TypeVar("_T")
_OPENNESS: Final = (PublishRule.NONE, PublishRule.PERMITTED, PublishRule.REQUIRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """How closely content is kept. Without arguments it restricts nothing.

    The one `handling_until` of a marking is three times here, because a time at which one
    originator opens its content and a time at which another destroys it have no common latest.

    Args:
        originators: Whose content it is, as nodes.
        recipients: Who may have it without asking; None for whatever the others say.
        purposes: For what; None for whatever the others say.
        opens_at: When it becomes public by itself; None for never, 0 for what is public.
        destroy_at: When nothing of it may be used any more; None for never.
        review_at: When its originator will look at the marking again.
    """

    level: Level = Level.PUBLIC
    originators: frozenset[str] = frozenset()
    caveats: frozenset[str] = frozenset()
    recipients: frozenset[str] | None = None
    purposes: frozenset[Purpose] | None = None
    publish: PublishRule = PublishRule.REQUIRED
    opens_at: int | None = 0
    destroy_at: int | None = None
    review_at: int | None = None


def join(labels: Iterable[Label]) -> Label:
    """Return the least label that is never below any of them.

    >>> join([Label(level=Level.CONFIDENTIAL), Label(caveats=frozenset({"each-time"}))]).level
    <Level.CONFIDENTIAL: 'confidential'>
    """
    return reduce(_joined, labels, Label())


def is_below(label: Label, other: Label) -> bool:
    """Tell whether a label is nowhere stricter than another: what `join` is the least upper for."""
    return _joined(label, other) == other


def of_marking(marking: Marking, *, pointer: str = "", is_own: bool = False) -> Label:
    """Return the label of one part of a marked body with everything in it.

    Args:
        pointer: The part; `""` for all of it.
        is_own: It is the discloser's own. Then its recipients and purposes count as everybody and
            everything: whoever discloses has chosen them by disclosing.
    """
    part = marking.of_all(pointer)
    is_public = part.level is Level.PUBLIC
    until, then = part.handling_until, part.then
    return Label(
        level=part.level,
        originators=frozenset({part.originator}),
        caveats=part.caveats,
        recipients=None if is_own else part.permitted_recipients,
        purposes=None if is_own else part.purposes,
        publish=part.publish.rule,
        opens_at=0 if is_public else until if then is Then.PUBLIC else None,
        destroy_at=until if then is Then.DESTROY else None,
        review_at=until if then is Then.REVIEW else None,
    )


def to_marking(label: Label, *, originator: str, marked_by: str, at: str) -> dict[str, Any]:
    """Return the marking for a message of ours that bears this label, never below it.

    A marking has one time and one thing that follows then: destruction is named before review,
    and review before opening.

    Args:
        originator: Our own node: nobody marks for another. The others stand in the provenance.
    """
    marking: dict[str, Any] = {
        "scheme": SCHEME,
        "level": label.level.value,
        "originator": originator,
        "caveats": sorted(label.caveats),
        "marked_by": marked_by,
        "marked_at": at,
    }
    recipients, purposes = label.recipients, label.purposes
    if purposes is not None and not purposes:
        # Empty purposes would be read as those of the clauses. Without recipients they open none.
        recipients, purposes = frozenset(), None
    if recipients is not None:
        marking["permitted_recipients"] = sorted(recipients)
    if purposes:
        marking["purposes"] = sorted(purpose.value for purpose in purposes)
    return marking | _handling(label)


def _handling(label: Label) -> dict[str, str]:
    until, then = label.review_at, Then.REVIEW
    if label.destroy_at is not None:
        until, then = label.destroy_at, Then.DESTROY
    elif label.opens_at is not None and label.level is not Level.PUBLIC:
        until, then = label.opens_at, Then.PUBLIC
    return {} if until is None else {"handling_until": times.text(until), "then": then.value}


def digest_of(label: Label) -> str:
    """Return the digest of a label, for the ledger: it says the same of equal labels."""
    value = [
        label.level.value,
        *(sorted(each) for each in (label.originators, label.caveats)),
        *(None if each is None else sorted(each) for each in (label.recipients, label.purposes)),
        label.publish.value,
        label.opens_at,
        label.destroy_at,
        label.review_at,
    ]
    return digest(orjson.dumps(value))


def _joined(one: Label, other: Label) -> Label:
    return Label(
        level=max(one.level, other.level),
        originators=one.originators | other.originators,
        caveats=one.caveats | other.caveats,
        recipients=_common(one.recipients, other.recipients),
        purposes=_common(one.purposes, other.purposes),
        publish=min(one.publish, other.publish, key=_OPENNESS.index),
        opens_at=None
        if one.opens_at is None or other.opens_at is None
        else max(one.opens_at, other.opens_at),
        destroy_at=min(_known(one.destroy_at, other.destroy_at), default=None),
        review_at=max(_known(one.review_at, other.review_at), default=None),
    )


def _common(one: frozenset[_T] | None, other: frozenset[_T] | None) -> frozenset[_T] | None:
    if one is None or other is None:
        return one if other is None else other
    return one & other


def _known(*at: int | None) -> list[int]:
    return [each for each in at if each is not None]
