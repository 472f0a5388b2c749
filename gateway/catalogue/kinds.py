"""The words the catalogue is written in: roles, channels, threads, levels, caveats.

Enums only; `Priority` is the signed header's own. The tables that give them meaning stand in
`types.py` and `threads.py`.
"""

from enum import StrEnum

from gateway.envelope.kinds import Priority

__all__ = [
    "Caveat",
    "Channel",
    "Event",
    "Level",
    "Priority",
    "PublishRule",
    "Purpose",
    "Role",
    "Side",
    "Superseding",
    "ThreadKind",
    "ThreadState",
]


class Role(StrEnum):
    """What a country does under its memorandum; never which country it is."""

    SENDING = "sending"
    ACCEPTING = "accepting"


class Channel(StrEnum):
    """Which kind of thread a type stands in."""

    THREAD = "thread"
    CONTROL = "control"


class ThreadKind(StrEnum):
    """One kind of matter, with one transition table in `threads.py`."""

    INQUIRY = "inquiry"
    INVESTIGATION = "investigation"
    NOTICE = "notice"
    PUBLICATION = "publication"
    CONSULTATION = "consultation"
    COOPERATION = "cooperation"
    SUSPENSION = "suspension"
    ASSISTANCE = "assistance"
    REVIEW = "review"
    AMENDMENT = "amendment"
    CONSENT = "consent"
    PERMISSION = "permission"
    CONTROL = "control"


class ThreadState(StrEnum):
    """Where a matter stands.

    `CANCELLED` is known to one side alone: what would have opened the matter never left it. `OPEN`
    is the one state of a control thread.
    """

    REQUESTED = "requested"
    REPORTED = "reported"
    NOTIFIED = "notified"
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    IN_PROGRESS = "in-progress"
    INVESTIGATING = "investigating"
    COUNTERED = "countered"
    AGREED = "agreed"
    PARTLY_AGREED = "partly-agreed"
    MINUTED = "minuted"
    ACTIONS_OPEN = "actions-open"
    REVISED = "revised"
    CONSENTED_BY_OPENER = "consented-by-opener"
    CONSENTED_BY_OTHER = "consented-by-other"
    CONSENTED_BY_BOTH = "consented-by-both"
    ANSWERED = "answered"
    CONCLUDED = "concluded"
    PUBLISHED = "published"
    LIFTED = "lifted"
    EFFECTIVE = "effective"
    GRANTED = "granted"
    PARTLY_GRANTED = "partly-granted"
    REVOKED = "revoked"
    CLOSED = "closed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    OPEN = "open"


class Event(StrEnum):
    """What a message does to a thread.

    `CONSENT` stands in no table: it is the consent of whichever side sends it (`threads.SIDED`).
    """

    REQUEST = "request"
    REPORT = "report"
    NOTIFY = "notify"
    PROPOSE = "propose"
    ACCEPT = "accept"
    DECLINE = "decline"
    PART = "part"
    ANSWER = "answer"
    UPDATE = "update"
    STATUS = "status"
    PROGRESS = "progress"
    CONCLUDE = "conclude"
    PUBLISH = "publish"
    AGREE = "agree"
    PARTLY = "partly"
    COUNTER = "counter"
    SETTLE = "settle"
    MINUTE = "minute"
    FOLLOW = "follow"
    CLOSE = "close"
    AMEND = "amend"
    LIFT = "lift"
    REVISE = "revise"
    CONSENT = "consent"
    CONSENT_OF_OPENER = "consent-of-opener"
    CONSENT_OF_OTHER = "consent-of-other"
    TAKE_EFFECT = "take-effect"
    GRANT = "grant"
    REVOKE = "revoke"
    WITHDRAW = "withdraw"


class Side(StrEnum):
    """Which end of a thread acts: the node that opened it, or the other one."""

    OPENER = "opener"
    OTHER = "other"


class Superseding(StrEnum):
    """How a message takes the place of an earlier one; `mode` of the header's `supersedes`."""

    CORRECT = "correct"
    WITHDRAW = "withdraw"


class Level(StrEnum):
    """How closely content is kept; ordered by strictness, not by spelling.

    >>> max(Level.PUBLIC, Level.RESTRICTED, Level.CONFIDENTIAL)
    <Level.RESTRICTED: 'restricted'>
    """

    PUBLIC = "public"
    CONFIDENTIAL = "confidential"
    RESTRICTED = "restricted"

    @property
    def rank(self) -> int:
        """Return the place in the order, 0 for the most open."""
        return list(Level).index(self)

    # A StrEnum compares as text, and "confidential" < "public" would open everything.
    def __lt__(self, other: str) -> bool:
        """Compare by strictness."""
        return self.rank < Level(other).rank

    def __le__(self, other: str) -> bool:
        """Compare by strictness."""
        return self.rank <= Level(other).rank

    def __gt__(self, other: str) -> bool:
        """Compare by strictness."""
        return self.rank > Level(other).rank

    def __ge__(self, other: str) -> bool:
        """Compare by strictness."""
        return self.rank >= Level(other).rank


class Caveat(StrEnum):
    """A limit the originator puts on the use of content, beside the level."""

    PERSONAL_DATA = "personal-data"
    SOURCE_PROTECTION = "source-protection"
    NO_TIP_OFF = "no-tip-off"
    NO_JUDICIAL = "no-judicial"
    EACH_TIME = "each-time"
    CONTACT_FIRST = "contact-first"
    NO_PUBLICATION = "no-publication"


class Purpose(StrEnum):
    """What the originator lets the content be used for."""

    SSW_OPERATION = "ssw-operation"
    INTERMEDIARY_ELIMINATION = "intermediary-elimination"
    RESIDENCE_MANAGEMENT = "residence-management"
    EXAM_INTEGRITY = "exam-integrity"
    RETURN_ASSISTANCE = "return-assistance"
    PUBLICATION = "publication"
    STATISTICS = "statistics"


class PublishRule(StrEnum):
    """Whether a side may or must make parts of a message public."""

    NONE = "none"
    PERMITTED = "permitted"
    REQUIRED = "required"
