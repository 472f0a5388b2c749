"""What the node answers, as types: plain documents whose members are known.

The names are those of the OpenAPI description (`components`); a test holds the two together.
"""

from typing import Any, NotRequired, TypedDict

from gateway.client.consent_views import (  # noqa: F401  every answer is found here
    Consent,
    ConsentPackage,
    ConsentPage,
    ConsentRehearsal,
    ConsentWithTerms,
)
from gateway.client.consumer_views import (  # noqa: F401  every answer is found here
    Acknowledged,
    Consumer,
    ConsumerPage,
    Released,
    SetApart,
)
from gateway.client.disclosure_views import (  # noqa: F401  every answer is found here
    Disclosure,
    DisclosureDecision,
    DisclosurePackage,
    DisclosurePage,
    DisclosureRecalled,
)
from gateway.client.duty_views import (  # noqa: F401  every answer is found here
    Duty,
    DutyKept,
    DutyPage,
    DutyReport,
    DutySide,
)
from gateway.client.find_views import (  # noqa: F401  every answer is found here
    Find,
    FindPage,
    FindSource,
)
from gateway.client.marking_views import (  # noqa: F401  every answer is found here
    DerivedMessage,
    GivenMarking,
    MarkingHistory,
    TakenOver,
)
from gateway.client.publication_views import (  # noqa: F401  every answer is found here
    Publication,
    PublicationAhead,
    PublicationPage,
)
from gateway.client.register_views import (  # noqa: F401  every answer is found here
    Before,
    Decided,
    Deferred,
    DeferredPage,
    ListedEntries,
    ListVersion,
    OpenedEntries,
    OpenedEntry,
    RegisterChange,
    RegisterChanges,
    RegisterEntry,
    RegisterEntryWithHistory,
    RegisterOverview,
    RegisterPage,
    RegisterSummary,
)


class Content(TypedDict):
    """What was fetched of a message."""

    body: dict[str, Any]
    note: str | None


class MessageFacts(TypedDict):
    """What lists show of a message."""

    id: str
    short: str
    direction: str
    peer: str
    type: str
    title: str
    thread: str
    reference: str | None
    in_reply_to: str | None
    clauses: list[str]
    priority: str
    marking: str
    caveats: list[str]
    created: str
    expires: str
    due: str | None
    state: str
    reached: str | None
    levels: dict[str, str | None]
    attention: str | None
    refusal: str | None
    supersedes: str | None
    superseded_by: str | None
    superseded_mode: str | None
    reissue_of: str | None
    reissued_as: str | None
    missed: list[str]
    size: int
    header_digest: str
    attempts: int
    next_attempt: float | None


class Message(MessageFacts):
    """A message; `deadlines` come where one was asked for, `content` with a fetch alone."""

    deadlines: NotRequired[dict[str, str]]
    content: NotRequired[Content]
    provenance: NotRequired[MarkingHistory]


class MessagePage(TypedDict):
    """Some messages, and where the next page begins."""

    items: list[Message]
    next: str | None


class PrintedMessage(MessageFacts):
    """A message with all that belongs on paper."""

    deadlines: dict[str, str]
    content: Content
    provenance: MarkingHistory
    content_digest: str
    evidence: list[dict[str, Any]]
    printed: dict[str, str]


class Match(MessageFacts):
    """A message that was found, and JSON Pointers to where the words stand."""

    matches: list[str]


class SearchPage(TypedDict):
    """What was found, how much was looked at, and how much could not be."""

    items: list[Match]
    next: str | None
    looked_at: int
    withheld: int
    unreadable: int


class Thread(TypedDict):
    """A matter: where it stands and who must act next."""

    thread: str
    short: str
    node: str
    peer: str
    kind: str
    state: str
    reference: str | None
    opened_by: str
    opened: str
    updated: str
    attention: str | None
    assignee: str | None
    due: str | None
    overdue: bool
    next: str
    next_node: str | None


class ThreadWithMessages(Thread):
    """A matter with its newest messages, oldest first; `more` if it has others."""

    messages: list[Message]
    more: bool


class ThreadPage(TypedDict):
    """Some matters, and where the next page begins."""

    items: list[Thread]
    next: str | None


class NotePage(TypedDict):
    """The internal notes about a matter: when, by whom, what (None where it is lost)."""

    items: list[dict[str, str | None]]


class DraftView(TypedDict):
    """A kept draft without what it says."""

    name: str
    type: str | None
    title: str | None
    to: str | None
    updated: str


class KeptDraft(DraftView):
    """A draft as it was kept."""

    draft: dict[str, Any]


class DraftPage(TypedDict):
    """The caller's drafts."""

    items: list[DraftView]
    next: None


class Status(TypedDict):
    """Who the node is and how it is doing."""

    node: str
    environment: str
    epoch: str
    card_serial: int
    store: str
    messages: dict[str, dict[str, int]]
    threads: dict[str, int]
    peers: list[dict[str, Any]]
    alarms: list[dict[str, Any]]
    evidence: dict[str, int]
    publications: dict[str, int]


class Health(TypedDict):
    """How every part of the node is: `pass`, `warn` or `fail`, with reasons."""

    status: str
    checks: dict[str, list[dict[str, Any]]]


class Alarm(TypedDict):
    """Something that needs a person, counted when it repeats."""

    seq: int
    at: str
    peer: str | None
    kind: str
    subject: str | None
    count: int
    last: str
    seen: str | None
    seen_by: int | None


class AlarmPage(TypedDict):
    """Some alarms, and where the next page begins."""

    items: list[Alarm]
    next: str | None


class PeerChecks(TypedDict):
    """Each address of the peers and whether it could be reached."""

    items: list[dict[str, Any]]


class Knowing(TypedDict):
    """A peer, and the newest card of ours that it has receipted."""

    node: str
    knows: int | None


class KeysInUse(TypedDict):
    """The card in force, who knows it, and which of its certificates is shown."""

    serial: int
    digest: str
    certificates: list[str]
    presented: str
    peers: list[Knowing]


class KeysReloaded(KeysInUse):
    """The same after a reload, and how many messages were written anew."""

    issued_anew: int


class Retried(TypedDict):
    """How many messages are tried again for a peer."""

    peer: str
    messages: int


class Item(TypedDict):
    """A message that a consumer was given, and how often, this time included."""

    message: Message
    tries: int


class Delivery(TypedDict):
    """What a consumer was given; `items` is empty if there was nothing."""

    name: str
    items: list[Item]
