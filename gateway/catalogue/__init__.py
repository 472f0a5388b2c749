"""What the two sides may say to each other: types, bodies, threads, profiles, parties. Pure."""

from gateway.catalogue.answers import answers_fit, clarification_fits
from gateway.catalogue.bodies import Bodies
from gateway.catalogue.catalogue import Catalogue
from gateway.catalogue.deadlines import level_deadlines
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
    Role,
    Side,
    Superseding,
    ThreadKind,
    ThreadState,
)
from gateway.catalogue.parties import Parties, Party, PartyKind
from gateway.catalogue.profiles import ContactPoint, Profile
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
    "WHO",
    "Bodies",
    "Catalogue",
    "Caveat",
    "Channel",
    "Choice",
    "ContactPoint",
    "Event",
    "Fault",
    "Level",
    "MessageType",
    "Next",
    "Parties",
    "Party",
    "PartyKind",
    "Priority",
    "Profile",
    "Register",
    "Role",
    "Schema",
    "Side",
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
    "is_node",
    "is_reference",
    "is_taken_up",
    "is_uuid7",
    "level_deadlines",
    "listed_ids",
    "reference_text",
    "short",
    "sided",
    "type_of",
]
