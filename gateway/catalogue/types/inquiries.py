"""Inquiries both ways, clauses 5(7) and 6(5)."""

from types import MappingProxyType
from typing import Final

from gateway.catalogue.kinds import Caveat, Channel, Event, Role, ThreadKind
from gateway.catalogue.types.row import OPENED, ORDINARY, TAKEN_UP, Choice, MessageType

INQUIRIES: Final = (
    MessageType(
        name="inquiry.request",
        title="Inquiry",
        clauses={Role.ACCEPTING: ("5(7)",), Role.SENDING: ("6(5)",)},
        channel=Channel.THREAD,
        opens=ThreadKind.INQUIRY,
        life=90,
        caveats=frozenset({Caveat.PERSONAL_DATA}),
        response=ORDINARY,
        event=Event.REQUEST,
        updatable=True,
        handed_over=OPENED,
        accepted=TAKEN_UP,
    ),
    MessageType(
        name="inquiry.answer",
        title="Answer to an inquiry",
        # Who answers keeps the commitment, so the clauses stand the other way round.
        clauses={Role.SENDING: ("5(7)",), Role.ACCEPTING: ("6(5)",)},
        channel=Channel.THREAD,
        replies_to=("inquiry.request",),
        life=90,
        caveats=frozenset({Caveat.PERSONAL_DATA}),
        event=Event.ANSWER,
        choice=Choice(member="final", events=MappingProxyType({False: Event.PART})),
        updatable=True,
        handed_over=OPENED,
    ),
)
