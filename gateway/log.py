"""Log lines: one JSON object each, event names from one list, fields from another.

A field that is not on the list is dropped, a value is cut and its control characters are escaped:
no body, name, document number or key reaches a log even by mistake. What must be provable stands
in the evidence, not here.
"""

import logging
import sys
from collections.abc import MutableMapping
from enum import StrEnum
from typing import Any, Final, TextIO

import structlog

_FIELDS: Final = frozenset(
    {
        "address", "attempts", "chain", "code", "count", "digest", "environment", "epoch", "error",
        "exit", "failures", "id", "level", "messages", "milliseconds", "node", "outcome", "path",
        "peer", "port", "position", "retry_in", "serial", "size", "sqlite", "status", "task",
        "type", "version",
    }
)  # fmt: skip
_LONGEST: Final = 200


class Event(StrEnum):
    """Every line that a node can write."""

    STARTED = "node.started"
    STOPPING = "node.stopping"
    STOPPED = "node.stopped"
    TASK_FAILED = "task.failed"
    HTTP_FAILED = "http.failed"
    RECEIVED = "envelopes.received"
    NOT_READ = "envelopes.not-read"
    NOT_TAKEN = "envelopes.not-taken"
    SENT = "envelopes.sent"
    LINK_DOWN = "link.down"
    LINK_UP = "link.up"
    PIN_MISMATCH = "link.pin-mismatch"
    NOT_PROOF = "receipt.not-proof"
    HELD = "message.held"
    NOT_ACKNOWLEDGED = "message.not-acknowledged"
    EXPIRED = "message.expired"
    OVERDUE = "level.overdue"
    REMINDED = "duty.reminded"
    CONSENT_TOLD = "consent.told"
    NOT_ISSUED_ANEW = "message.not-issued-anew"
    RESEALED = "message.resealed"
    CARD_TAKEN = "card.taken"
    CARD_REFUSED = "card.refused"
    PEERS_CHANGED = "peers.changed"
    KEYS_CHANGED = "keys.changed"
    CARD_OFFERED = "card.offered"
    CERTIFICATE_SHOWN = "certificate.shown"
    EVIDENCE_VERIFIED = "evidence.verified"
    EVIDENCE_BROKEN = "evidence.broken"
    NOTIFY_FAILED = "notify.failed"
    FOLDER_FAILED = "folder.failed"
    FOLDER_REFUSED = "folder.refused"
    PUBLICATION_FAILED = "publication.failed"


def set_up(level: str, stream: TextIO | None = None) -> None:
    """Send log lines of `level` and above to `stream` (standard error)."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _keep_listed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )


def _keep_listed(
    logger: Any, method: str, line: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    kept = {name: line[name] for name in ("timestamp", "level", "event")}
    kept |= {name: _plain(value) for name, value in line.items() if name in _FIELDS - kept.keys()}
    if dropped := len(line) - len(kept):
        kept["dropped"] = dropped
    return kept


def _plain(value: Any) -> Any:
    if isinstance(value, int | float | None):
        return value
    text = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in str(value)[:_LONGEST])
    return text[:_LONGEST]


def info(event: Event, **fields: Any) -> None:
    """Write a line that needs nobody."""
    structlog.get_logger().info(event.value, **fields)


def warning(event: Event, **fields: Any) -> None:
    """Write a line that an operator should see."""
    structlog.get_logger().warning(event.value, **fields)


def error(event: Event, **fields: Any) -> None:
    """Write a line that an operator must see."""
    structlog.get_logger().error(event.value, **fields)
