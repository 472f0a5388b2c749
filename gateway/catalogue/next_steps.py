"""Who must act next in a matter, and in words what, for every state of every kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateway.catalogue.kinds import Side, ThreadKind, ThreadState
from gateway.catalogue.steps import OPENING, TRANSITIONS
from gateway.envelope import Awaited


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """Who must act in a matter, and in words what; `side` is None where nobody must.

    Args:
        act: To be read after "is to", as in "kh/molvt is to answer"; without a side, why nobody
            must.
        level: The level of what opened the matter that the act reaches.
        is_over: Nothing is owed any more, and nothing is expected.
    """

    side: Side | None
    act: str
    level: Awaited | None = None
    is_over: bool = False


def _to_answer(act: str) -> Next:
    return Next(side=Side.OTHER, act=act, level=Awaited.ANSWERED)


def _over(act: str) -> Next:
    return Next(side=None, act=act, is_over=True)


_JUDGE: Final = Next(side=Side.OTHER, act="accept or decline", level=Awaited.ACCEPTED)
_CLOSED: Final = _over("the matter is closed")

# What every kind of matter has; `_OF_KIND` says the rest, and what is otherwise.
_ALWAYS: Final = {
    ThreadState.DECLINED: _CLOSED,
    ThreadState.WITHDRAWN: _over("the matter was withdrawn"),
    ThreadState.CANCELLED: _over("the matter was cancelled before it left"),
}
_OF_KIND: Final[Mapping[ThreadKind, Mapping[ThreadState, Next]]] = {
    ThreadKind.INQUIRY: {
        ThreadState.ACCEPTED: _to_answer("answer"),
        ThreadState.IN_PROGRESS: _to_answer("answer the rest"),
        ThreadState.ANSWERED: _CLOSED,
    },
    ThreadKind.INVESTIGATION: {
        ThreadState.ACCEPTED: _to_answer("investigate"),
        ThreadState.INVESTIGATING: _to_answer("report the result of its investigation"),
        ThreadState.CONCLUDED: _CLOSED,
    },
    ThreadKind.NOTICE: {ThreadState.ACCEPTED: _CLOSED},
    ThreadKind.PUBLICATION: {
        ThreadState.ACCEPTED: _to_answer("publish it and confirm that"),
        ThreadState.PUBLISHED: _over("it is published"),
    },
    ThreadKind.CONSULTATION: {
        ThreadState.ACCEPTED: _to_answer("agree to a time or propose others"),
        ThreadState.COUNTERED: Next(side=Side.OPENER, act="agree to a time or propose others"),
        ThreadState.AGREED: Next(side=Side.OPENER, act="send the minutes once it was held"),
        ThreadState.MINUTED: Next(side=Side.OPENER, act="report on what was to be done"),
        ThreadState.ACTIONS_OPEN: Next(side=Side.OPENER, act="report on what is still to be done"),
        ThreadState.CLOSED: _CLOSED,
    },
    ThreadKind.COOPERATION: {
        ThreadState.ACCEPTED: _to_answer("say how far it can help"),
        ThreadState.AGREED: Next(side=Side.OPENER, act="report how the exam went"),
        ThreadState.PARTLY_AGREED: Next(side=Side.OPENER, act="report how the exam went"),
        ThreadState.CLOSED: _CLOSED,
    },
    ThreadKind.SUSPENSION: {
        ThreadState.ACCEPTED: Next(side=None, act="the suspension holds until it is lifted"),
        ThreadState.LIFTED: _over("the suspension is lifted"),
    },
    ThreadKind.ASSISTANCE: {
        ThreadState.ACCEPTED: _to_answer("take the steps for the return"),
        ThreadState.IN_PROGRESS: _to_answer("report the outcome"),
        ThreadState.CONCLUDED: _CLOSED,
    },
    ThreadKind.REVIEW: {
        ThreadState.ACCEPTED: _to_answer("send its findings"),
        ThreadState.CONCLUDED: _CLOSED,
    },
    ThreadKind.AMENDMENT: {
        ThreadState.ACCEPTED: _to_answer("consent or decline"),
        ThreadState.REVISED: _to_answer("consent or decline"),
        ThreadState.CONSENTED_BY_OPENER: _to_answer("consent or decline"),
        ThreadState.CONSENTED_BY_OTHER: Next(side=Side.OPENER, act="consent"),
        ThreadState.CONSENTED_BY_BOTH: Next(
            side=Side.OPENER, act="give notice of the day it takes effect"
        ),
        ThreadState.EFFECTIVE: _over("the amendment is in force"),
    },
    ThreadKind.CONSENT: {
        ThreadState.ACCEPTED: _to_answer("grant or deny its consent"),
        ThreadState.GRANTED: _over("the consent is given"),
        ThreadState.PARTLY_GRANTED: _over("the consent is given in part"),
        ThreadState.REVOKED: _over("the consent is revoked"),
    },
    ThreadKind.PERMISSION: {
        ThreadState.ACCEPTED: _over("the consent is given"),
        ThreadState.REVOKED: _over("the consent is revoked"),
    },
}

NEXT: Final[Mapping[tuple[ThreadKind, ThreadState], Next]] = {
    **{
        (kind, state): {OPENING[kind]: _JUDGE, **_ALWAYS, **states}[state]
        for kind, states in _OF_KIND.items()
        for state in TRANSITIONS[kind]
    },
    (ThreadKind.CONTROL, ThreadState.OPEN): Next(side=None, act="it is no matter"),
}

# Where a matter is over. The control thread has no steps, but it never is.
OVER: Final = frozenset(place for place, following in NEXT.items() if following.is_over)
