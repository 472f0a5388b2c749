"""What the two sides may say to each other: types, bodies, threads, profiles, parties. Pure."""

from gateway.catalogue.answers import (
    answers_fit,
    clarification_fits,
    extension_fits,
    needs_fit,
)
from gateway.catalogue.bodies import Bodies
from gateway.catalogue.calendars import WEEKDAYS, Calendar, Holiday
from gateway.catalogue.catalogue import Catalogue
from gateway.catalogue.deadlines import level_deadlines
from gateway.catalogue.haste import haste_of, is_less_urgent
from gateway.catalogue.identifiers import (
    control_thread,
    country_of,
    is_node,
    is_reference,
    is_uuid7,
    reference_text,
    short,
)
from gateway.catalogue.kinds import (
    Caveat,
    Channel,
    Event,
    Level,
    Priority,
    PublishRule,
    Purpose,
    Role,
    Side,
    Superseding,
    ThreadKind,
    ThreadState,
)
from gateway.catalogue.parties import Parties, Party, PartyKind
from gateway.catalogue.profile_types import Publication
from gateway.catalogue.profiles import ContactPoint, Defaults, Profile, Status
from gateway.catalogue.registers import Register
from gateway.catalogue.schema import Fault, Schema
from gateway.catalogue.terms import Term
from gateway.catalogue.threads import (
    ANSWERING,
    NEXT,
    OPENING,
    OVER,
    SIDED,
    TRANSITIONS,
    WHO,
    Next,
    advance,
    check_side,
    event_of,
    event_on,
    is_taken_up,
    listed_ids,
    sided,
)
from gateway.catalogue.types import TYPES, Choice, MessageType, clauses_for, type_of

__all__ = [
    "ANSWERING",
    "NEXT",
    "OPENING",
    "OVER",
    "SIDED",
    "TRANSITIONS",
    "TYPES",
    "WEEKDAYS",
    "WHO",
    "Bodies",
    "Calendar",
    "Catalogue",
    "Caveat",
    "Channel",
    "Choice",
    "ContactPoint",
    "Defaults",
    "Event",
    "Fault",
    "Holiday",
    "Level",
    "MessageType",
    "Next",
    "Parties",
    "Party",
    "PartyKind",
    "Priority",
    "Profile",
    "Publication",
    "PublishRule",
    "Purpose",
    "Register",
    "Role",
    "Schema",
    "Side",
    "Status",
    "Superseding",
    "Term",
    "ThreadKind",
    "ThreadState",
    "advance",
    "answers_fit",
    "check_side",
    "clarification_fits",
    "clauses_for",
    "control_thread",
    "country_of",
    "event_of",
    "event_on",
    "extension_fits",
    "haste_of",
    "is_less_urgent",
    "is_node",
    "is_reference",
    "is_taken_up",
    "is_uuid7",
    "level_deadlines",
    "listed_ids",
    "needs_fit",
    "reference_text",
    "short",
    "sided",
    "type_of",
]
