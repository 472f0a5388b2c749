"""What `/metrics` serves, and what a node writes to its log."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from docs.reference.writers import meanings
from docs.reference.writers.markdown import code, codes, page, table
from gateway.log import Event
from gateway.node.metrics import METRICS


def write() -> str:
    """Return the page."""
    rows = (
        (code(each.name), each.kind, codes(each.labels), each.meaning) for each in METRICS.values()
    )
    return page(
        "Metrics and log",
        "## Metrics",
        _METRICS,
        table(("Name", "Kind", "Labels", "Meaning"), rows),
        "## Lines of the log",
        _LOG,
        table(("Event", "Meaning"), ((code(e), meanings.meaning(_EVENTS, e)) for e in Event)),
    )


_METRICS: Final = (
    "`GET /metrics` at the admin port answers in the text form of Prometheus. No label carries an "
    "id, a reference, a type of message or a person's name. [Monitor a node](../how-to/monitor.md) "
    "shows what to do with them."
)
_LOG: Final = (
    "A node writes JSON lines to standard error. A line has `timestamp`, `level`, `event` and "
    "fields of a fixed list, never content, a key or a person's name."
)

_EVENTS: Final[Mapping[StrEnum, str]] = {
    Event.STARTED: "The node answers on its ports.",
    Event.STOPPING: "It ends what it has begun.",
    Event.STOPPED: "It has ended, with this exit code.",
    Event.TASK_FAILED: "A background task failed; it is started again after a pause.",
    Event.HTTP_FAILED: "A request failed in the node itself.",
    Event.RECEIVED: "A request of a peer was taken.",
    Event.NOT_READ: "A request of a peer could not be read.",
    Event.NOT_TAKEN: "A request of a peer was read and not taken for now.",
    Event.SENT: "A request to a peer was answered.",
    Event.LINK_DOWN: "A peer does not answer; when it is tried again stands beside it.",
    Event.LINK_UP: "A peer answers again.",
    Event.PIN_MISMATCH: "The node at a peer's address showed a certificate that is not on its "
    "card.",
    Event.NOT_PROOF: "A peer's answer proves nothing.",
    Event.HELD: "A message waits for a person.",
    Event.NOT_ACKNOWLEDGED: "A reading could not be told to the peer yet.",
    Event.EXPIRED: "A message expired.",
    Event.OVERDUE: "The deadline of a duty passed.",
    Event.REMINDED: "A peer was reminded of what it owes, or could not be for now.",
    Event.CONSENT_TOLD: "A peer was told how its consent stands or what was disclosed, or could "
    "not be for now.",
    Event.NOT_ISSUED_ANEW: "A message under a revoked key could not be issued anew.",
    Event.RESEALED: "A message was sealed again to a newer key of its recipient.",
    Event.CARD_TAKEN: "A peer's newer card counts now.",
    Event.CARD_REFUSED: "A peer's card was not taken.",
    Event.KEYS_CHANGED: "The node took up what lies under its keys now.",
    Event.CARD_OFFERED: "A peer is told of our newer card.",
    Event.CERTIFICATE_SHOWN: "Another certificate of ours is shown from now on.",
    Event.NOTIFY_FAILED: "The program that tells people of events failed or was ended.",
    Event.FOLDER_FAILED: "The folder for exchange by files cannot be used.",
    Event.PUBLICATION_FAILED: "The public pages cannot be written; the node tries again.",
    Event.FOLDER_REFUSED: "A file that was dropped there was not taken; beside it stands why.",
    Event.PEERS_CHANGED: "The table of peers was read again.",
    Event.EVIDENCE_VERIFIED: "So many records of a chain hold.",
    Event.EVIDENCE_BROKEN: "A chain of evidence does not hold.",
}
