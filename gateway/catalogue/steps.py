"""Which message may follow which, in each kind of matter: the tables.

    inquiry        requested -> accepted -> in-progress -> answered, or declined
    investigation  reported -> accepted -> investigating -> concluded, or declined
    notice         notified -> accepted, or declined
    publication    notified -> accepted -> published, or declined
    consultation   proposed <-> countered, then agreed -> minuted -> actions-open -> closed
    cooperation    requested -> accepted -> agreed or partly-agreed -> closed, or declined
    suspension     notified -> accepted, amended as often as need be, -> lifted
    assistance     requested -> accepted -> in-progress -> concluded, or declined
    review         proposed -> accepted -> concluded, or declined
    amendment      proposed -> the consent of either side, then of both -> effective, or declined;
                   another wording -> revised, and every consent given before it falls
    consent        requested -> accepted -> granted or partly-granted -> revoked, or declined
    permission     granted -> accepted -> revoked, or declined
    control        open; nothing that stands in it is a step

What may be taken up may also be answered at once: whatever leads on from `accepted` leads on from
the first state too. A withdrawal of what opened a matter ends it as `withdrawn`, whatever was said
before. Where both sides may act at one time, their steps lead to the same state in either order: so
both come to the same state, whichever way the messages crossed. `cancelled` is never told to the
other side, and no message leads there.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gateway.catalogue.kinds import Event, Side, ThreadKind, ThreadState

Steps = Mapping[Event, ThreadState]
Table = Mapping[ThreadState, Steps]

_OPENER: Final = frozenset({Side.OPENER})
_OTHER: Final = frozenset({Side.OTHER})
_EITHER: Final = frozenset(Side)


def _table(opening: ThreadState, onward: Steps, later: Table) -> Table:
    """Return the table of a matter that is taken up or declined before it goes on.

    Args:
        onward: What leads on, from the opening and once it is accepted.
        later: The states after that.
    """
    table: dict[ThreadState, Steps] = {
        opening: {
            Event.ACCEPT: ThreadState.ACCEPTED,
            Event.DECLINE: ThreadState.DECLINED,
            **onward,
        },
        ThreadState.ACCEPTED: {Event.DECLINE: ThreadState.DECLINED, **onward},
        ThreadState.DECLINED: {},
        **later,
    }
    # A step that a table takes without moving is there once the matter is taken up, too.
    for event, after in onward.items():
        if after is opening:
            table[ThreadState.ACCEPTED] = {
                **table[ThreadState.ACCEPTED],
                event: ThreadState.ACCEPTED,
            }
    withdrawn = {
        state: MappingProxyType({**steps, Event.WITHDRAW: ThreadState.WITHDRAWN})
        for state, steps in table.items()
    }
    ended: Table = {ThreadState.WITHDRAWN: {}, ThreadState.CANCELLED: {}}
    return MappingProxyType({**withdrawn, **ended, **_after(withdrawal=onward)})


# What is still said of a matter that was withdrawn: that it was taken down, or is over for good.
_SAID_AFTERWARDS: Final = (Event.PUBLISH, Event.REVOKE)


def _after(*, withdrawal: Steps) -> Table:
    """Return the steps that a withdrawn matter takes without moving, from what led on before."""
    said = {event: ThreadState.WITHDRAWN for event in _SAID_AFTERWARDS if event in withdrawal}
    return {ThreadState.WITHDRAWN: said} if said else {}


_INVESTIGATION: Final[Steps] = {
    Event.UPDATE: ThreadState.REPORTED,
    Event.STATUS: ThreadState.INVESTIGATING,
    Event.CONCLUDE: ThreadState.CONCLUDED,
}
_CONSULTATION: Final[Table] = {
    ThreadState.COUNTERED: {
        Event.SETTLE: ThreadState.AGREED,
        Event.PROPOSE: ThreadState.PROPOSED,
    },
    ThreadState.AGREED: {Event.MINUTE: ThreadState.MINUTED, Event.CLOSE: ThreadState.CLOSED},
    ThreadState.MINUTED: {
        Event.MINUTE: ThreadState.MINUTED,
        Event.FOLLOW: ThreadState.ACTIONS_OPEN,
        Event.CLOSE: ThreadState.CLOSED,
    },
    ThreadState.ACTIONS_OPEN: {
        Event.MINUTE: ThreadState.ACTIONS_OPEN,
        Event.FOLLOW: ThreadState.ACTIONS_OPEN,
        Event.CLOSE: ThreadState.CLOSED,
    },
    ThreadState.CLOSED: {
        Event.MINUTE: ThreadState.CLOSED,
        Event.FOLLOW: ThreadState.CLOSED,
        Event.CLOSE: ThreadState.CLOSED,
    },
}
_REVISION: Final[Steps] = {Event.REVISE: ThreadState.REVISED}
_CONSENT: Final[Steps] = {
    **_REVISION,
    Event.CONSENT_OF_OPENER: ThreadState.CONSENTED_BY_OPENER,
    Event.CONSENT_OF_OTHER: ThreadState.CONSENTED_BY_OTHER,
}
# A revision leads to one state from everywhere, so that it does not matter which consents it met.
_AMENDMENT: Final[Table] = {
    ThreadState.REVISED: {
        Event.ACCEPT: ThreadState.REVISED,
        Event.DECLINE: ThreadState.DECLINED,
        **_CONSENT,
    },
    ThreadState.CONSENTED_BY_OPENER: {
        **_REVISION,
        Event.DECLINE: ThreadState.DECLINED,
        Event.CONSENT_OF_OTHER: ThreadState.CONSENTED_BY_BOTH,
    },
    ThreadState.CONSENTED_BY_OTHER: {
        **_REVISION,
        Event.CONSENT_OF_OPENER: ThreadState.CONSENTED_BY_BOTH,
    },
    ThreadState.CONSENTED_BY_BOTH: {**_REVISION, Event.TAKE_EFFECT: ThreadState.EFFECTIVE},
    ThreadState.EFFECTIVE: {},
    ThreadState.DECLINED: {
        Event.REVISE: ThreadState.DECLINED,
        Event.CONSENT_OF_OPENER: ThreadState.DECLINED,
    },
}
# A revocation holds from its arrival and may overtake the consent, which then stays revoked.
_GRANT: Final[Steps] = {
    Event.GRANT: ThreadState.GRANTED,
    Event.PARTLY: ThreadState.PARTLY_GRANTED,
    Event.REVOKE: ThreadState.REVOKED,
}
_GRANTS: Final[Table] = {
    ThreadState.GRANTED: _GRANT,
    ThreadState.PARTLY_GRANTED: _GRANT,
    ThreadState.REVOKED: dict.fromkeys(_GRANT, ThreadState.REVOKED),
}
# Given unasked, a consent may be revoked while the other side says whether it takes it up.
_PERMISSION: Final[Table] = {
    ThreadState.DECLINED: {Event.REVOKE: ThreadState.REVOKED},
    ThreadState.REVOKED: {
        Event.DECLINE: ThreadState.REVOKED,
        Event.REVOKE: ThreadState.REVOKED,
    },
}

TRANSITIONS: Final[Mapping[ThreadKind, Table]] = {
    ThreadKind.INQUIRY: _table(
        ThreadState.REQUESTED,
        {Event.PART: ThreadState.IN_PROGRESS, Event.ANSWER: ThreadState.ANSWERED},
        {
            ThreadState.IN_PROGRESS: {
                Event.PART: ThreadState.IN_PROGRESS,
                Event.ANSWER: ThreadState.ANSWERED,
            },
            ThreadState.ANSWERED: {},
        },
    ),
    ThreadKind.INVESTIGATION: _table(
        ThreadState.REPORTED,
        _INVESTIGATION,
        {
            ThreadState.INVESTIGATING: {
                **_INVESTIGATION,
                Event.UPDATE: ThreadState.INVESTIGATING,
            },
            # News that crosses the result changes nothing; it stands in the matter.
            ThreadState.CONCLUDED: {Event.UPDATE: ThreadState.CONCLUDED},
            ThreadState.DECLINED: {Event.UPDATE: ThreadState.DECLINED},
        },
    ),
    ThreadKind.NOTICE: _table(ThreadState.NOTIFIED, {}, {}),
    ThreadKind.PUBLICATION: _table(
        ThreadState.NOTIFIED,
        {Event.PUBLISH: ThreadState.PUBLISHED},
        # Amended and taken down again: each is confirmed anew.
        {ThreadState.PUBLISHED: {Event.PUBLISH: ThreadState.PUBLISHED}},
    ),
    ThreadKind.CONSULTATION: _table(
        ThreadState.PROPOSED,
        {Event.AGREE: ThreadState.AGREED, Event.COUNTER: ThreadState.COUNTERED},
        _CONSULTATION,
    ),
    ThreadKind.COOPERATION: _table(
        ThreadState.REQUESTED,
        {Event.AGREE: ThreadState.AGREED, Event.PARTLY: ThreadState.PARTLY_AGREED},
        {
            ThreadState.AGREED: {Event.CLOSE: ThreadState.CLOSED},
            ThreadState.PARTLY_AGREED: {Event.CLOSE: ThreadState.CLOSED},
            ThreadState.CLOSED: {},
        },
    ),
    ThreadKind.SUSPENSION: _table(
        ThreadState.NOTIFIED,
        {Event.AMEND: ThreadState.NOTIFIED, Event.LIFT: ThreadState.LIFTED},
        {
            ThreadState.LIFTED: {Event.DECLINE: ThreadState.LIFTED},
            ThreadState.DECLINED: {
                Event.AMEND: ThreadState.DECLINED,
                Event.LIFT: ThreadState.LIFTED,
            },
        },
    ),
    ThreadKind.ASSISTANCE: _table(
        ThreadState.REQUESTED,
        {Event.PROGRESS: ThreadState.IN_PROGRESS, Event.CONCLUDE: ThreadState.CONCLUDED},
        {
            ThreadState.IN_PROGRESS: {
                Event.PROGRESS: ThreadState.IN_PROGRESS,
                Event.CONCLUDE: ThreadState.CONCLUDED,
            },
            ThreadState.CONCLUDED: {},
        },
    ),
    ThreadKind.REVIEW: _table(
        ThreadState.PROPOSED,
        {Event.CONCLUDE: ThreadState.CONCLUDED},
        {ThreadState.CONCLUDED: {Event.CONCLUDE: ThreadState.CONCLUDED}},
    ),
    ThreadKind.AMENDMENT: _table(ThreadState.PROPOSED, _CONSENT, _AMENDMENT),
    ThreadKind.CONSENT: _table(ThreadState.REQUESTED, _GRANT, _GRANTS),
    ThreadKind.PERMISSION: _table(
        ThreadState.GRANTED, {Event.REVOKE: ThreadState.REVOKED}, _PERMISSION
    ),
    ThreadKind.CONTROL: {ThreadState.OPEN: {}},
}

# The state in which a thread begins. A control thread begins when the peer is added.
OPENING: Final[Mapping[ThreadKind, ThreadState]] = {
    ThreadKind.INQUIRY: ThreadState.REQUESTED,
    ThreadKind.INVESTIGATION: ThreadState.REPORTED,
    ThreadKind.NOTICE: ThreadState.NOTIFIED,
    ThreadKind.PUBLICATION: ThreadState.NOTIFIED,
    ThreadKind.CONSULTATION: ThreadState.PROPOSED,
    ThreadKind.COOPERATION: ThreadState.REQUESTED,
    ThreadKind.SUSPENSION: ThreadState.NOTIFIED,
    ThreadKind.ASSISTANCE: ThreadState.REQUESTED,
    ThreadKind.REVIEW: ThreadState.PROPOSED,
    ThreadKind.AMENDMENT: ThreadState.PROPOSED,
    ThreadKind.CONSENT: ThreadState.REQUESTED,
    ThreadKind.PERMISSION: ThreadState.GRANTED,
    ThreadKind.CONTROL: ThreadState.OPEN,
}

_TAKEN_UP: Final = {Event.ACCEPT: _OTHER, Event.DECLINE: _OTHER, Event.WITHDRAW: _OPENER}

# Which ends of the thread may cause an event. An event that is not listed is nobody's.
WHO: Final[Mapping[ThreadKind, Mapping[Event, frozenset[Side]]]] = {
    ThreadKind.INQUIRY: {
        **_TAKEN_UP,
        Event.REQUEST: _OPENER,
        Event.PART: _OTHER,
        Event.ANSWER: _OTHER,
    },
    ThreadKind.INVESTIGATION: {
        **_TAKEN_UP,
        Event.REPORT: _OPENER,
        Event.UPDATE: _OPENER,
        Event.STATUS: _OTHER,
        Event.CONCLUDE: _OTHER,
    },
    ThreadKind.NOTICE: {**_TAKEN_UP, Event.NOTIFY: _OPENER},
    ThreadKind.PUBLICATION: {**_TAKEN_UP, Event.NOTIFY: _OPENER, Event.PUBLISH: _OTHER},
    ThreadKind.CONSULTATION: {
        **_TAKEN_UP,
        Event.PROPOSE: _OPENER,
        Event.AGREE: _OTHER,
        Event.COUNTER: _OTHER,
        Event.SETTLE: _OPENER,
        Event.MINUTE: _EITHER,
        Event.FOLLOW: _EITHER,
        Event.CLOSE: _EITHER,
    },
    ThreadKind.COOPERATION: {
        **_TAKEN_UP,
        Event.REQUEST: _OPENER,
        Event.AGREE: _OTHER,
        Event.PARTLY: _OTHER,
        Event.CLOSE: _OPENER,
    },
    ThreadKind.SUSPENSION: {
        **_TAKEN_UP,
        Event.NOTIFY: _OPENER,
        Event.AMEND: _OPENER,
        Event.LIFT: _OPENER,
    },
    ThreadKind.ASSISTANCE: {
        **_TAKEN_UP,
        Event.REQUEST: _OPENER,
        Event.PROGRESS: _OTHER,
        Event.CONCLUDE: _OTHER,
    },
    ThreadKind.REVIEW: {**_TAKEN_UP, Event.PROPOSE: _OPENER, Event.CONCLUDE: _EITHER},
    ThreadKind.AMENDMENT: {
        **_TAKEN_UP,
        Event.PROPOSE: _OPENER,
        Event.REVISE: _OPENER,
        Event.CONSENT_OF_OPENER: _OPENER,
        Event.CONSENT_OF_OTHER: _OTHER,
        # Whoever may still change the wording says when it holds: the two can never cross.
        Event.TAKE_EFFECT: _OPENER,
    },
    ThreadKind.CONSENT: {
        **_TAKEN_UP,
        Event.REQUEST: _OPENER,
        Event.GRANT: _OTHER,
        Event.PARTLY: _OTHER,
        Event.REVOKE: _OTHER,
    },
    ThreadKind.PERMISSION: {**_TAKEN_UP, Event.NOTIFY: _OPENER, Event.REVOKE: _OPENER},
    ThreadKind.CONTROL: {},
}
