"""Written consent to pass on what the other side sent, and what was passed on: clause 3.

The side that holds the content asks or is offered; the contact point of the originator grants,
denies and revokes. What ends or tightens something overtakes the queue.
"""

from types import MappingProxyType
from typing import Final

from gateway.catalogue.kinds import Channel, Event, ThreadKind
from gateway.catalogue.types.row import (
    OPENED,
    ORDINARY,
    TAKEN_UP,
    WEEK,
    Choice,
    MessageType,
    clauses,
)

_CLAUSE: Final = clauses("3")

CONSENTS: Final = (
    MessageType(
        name="consent.request",
        title="Request for consent",
        clauses=_CLAUSE,
        channel=Channel.THREAD,
        opens=ThreadKind.CONSENT,
        life=90,
        response=ORDINARY,
        made_by="consent request",
        event=Event.REQUEST,
        updatable=True,
        handed_over=OPENED,
        accepted=TAKEN_UP,
    ),
    MessageType(
        name="consent.grant",
        title="Consent",
        clauses=_CLAUSE,
        channel=Channel.THREAD,
        replies_to=("consent.request",),
        life=90,
        made_by="consent grant",
        choice=Choice(member="partly", events=MappingProxyType({True: Event.PARTLY})),
        event=Event.GRANT,
        # What officers have signed stays as it is: another consent follows it, or a revocation.
        updatable=False,
        handed_over=OPENED,
    ),
    MessageType(
        name="consent.offer",
        title="Consent given unasked",
        clauses=_CLAUSE,
        channel=Channel.THREAD,
        opens=ThreadKind.PERMISSION,
        life=90,
        made_by="consent offer",
        event=Event.NOTIFY,
        updatable=False,
        handed_over=OPENED,
        accepted=TAKEN_UP,
    ),
    MessageType(
        name="consent.deny",
        title="Consent denied",
        clauses=_CLAUSE,
        channel=Channel.THREAD,
        replies_to=("consent.request",),
        life=90,
        made_by="consent deny",
        event=Event.DECLINE,
        updatable=False,
        handed_over=OPENED,
    ),
    MessageType(
        name="consent.revoke",
        title="Consent revoked",
        clauses=_CLAUSE,
        channel=Channel.THREAD,
        # It may arrive before the consent; who opened the matter has what opened it.
        replies_to=("consent.request", "consent.offer", "consent.grant"),
        immediate=True,
        life=90,
        response=WEEK,
        of_own=True,
        made_by="consent revoke",
        event=Event.REVOKE,
        updatable=False,
        handed_over=OPENED,
    ),
    MessageType(
        name="consent.status",
        title="State of a consent",
        clauses=_CLAUSE,
        channel=Channel.THREAD,
        joins=True,
        made_by="consent status",
        updatable=False,
        # A node says it by itself and often; nobody has to open each of them.
        handed_over=None,
    ),
    MessageType(
        name="disclosure.request",
        title="Question about disclosures",
        clauses=_CLAUSE,
        channel=Channel.THREAD,
        life=90,
        response=WEEK,
        joins=True,
        updatable=True,
        handed_over=OPENED,
    ),
    MessageType(
        name="disclosure.report",
        title="Report of disclosures",
        clauses=_CLAUSE,
        channel=Channel.THREAD,
        replies_to=("disclosure.request", "consent.revoke"),
        life=90,
        joins=True,
        of_any=True,
        made_by="disclose report",
        updatable=True,
        handed_over=OPENED,
    ),
    MessageType(
        name="marking.change",
        title="Change of a marking",
        clauses=_CLAUSE,
        channel=Channel.THREAD,
        immediate=True,
        life=90,
        joins=True,
        only_own=True,
        made_by="mark",
        # Another change follows it; the newest holds.
        updatable=False,
        handed_over=OPENED,
    ),
)
