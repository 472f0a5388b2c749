"""What a report of disclosures says: each one with its recipient, never with the content."""

from typing import Any, Final

import orjson

from gateway.errors import NotFoundError
from gateway.policy import Mode
from gateway.store import Row, Transaction, disclosures
from gateway.store.consent_notices import Why

# What one entry of the report may name.
_MOST_POINTERS: Final = 64


def report_body(
    tx: Transaction,
    peer: str,
    why: Why,
    *,
    message_id: str | None = None,
    consent_id: str | None = None,
    since: str | None = None,
    until: str | None = None,
) -> dict[str, Any]:
    """Return the body of a report to an originator, of all its content or of what is named."""
    wanted = {"message_id": message_id, "consent_id": consent_id, "since": since, "until": until}
    found = disclosures.reported(tx, peer=peer, **wanted)
    told = found[: disclosures.MOST_REPORTED]
    return {
        "why": why.value,
        "disclosures": {
            f"d{number}": _entry(tx, row, peer) for number, row in enumerate(told, start=1)
        },
        "complete": len(told) == len(found),
    }


def _entry(tx: Transaction, row: Row, peer: str) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "at": row["transmitted"] or row["at"],
        "message_id": row["source_id"],
        "header_digest": row["source_digest"],
        "pointers": _pointers(orjson.loads(row["source_pointers"])),
        "purpose": row["purpose"],
        "mode": _mode(row),
    }
    if row["audience"] == disclosures.PUBLIC:
        entry["publication"] = {"register": row["register"], "medium": row["audience_name"]}
    else:
        entry["recipient"] = {
            "org_id": row["audience"],
            "name": row["audience_name"],
            "country": row["audience_country"],
        }
    used = [each.consent_id for each in disclosures.uses_of(tx, row["seq"]) if each.peer == peer]
    if used:
        entry["consent_id"] = used[0]
    if row["is_outside"]:
        entry["outside"] = True
        entry |= _words(tx, row)
    return entry


def _mode(row: Row) -> str:
    """Return in what form it left; what had something left out did not leave word for word."""
    is_cut = row["mode"] == Mode.VERBATIM and row["redactions"] != "[]"
    return str(Mode.REDACTED if is_cut else row["mode"])


def _pointers(named: list[str]) -> list[str]:
    """Return the parts; where they are none or too many to name, all of it."""
    return named if 0 < len(named) <= _MOST_POINTERS else [""]


def _words(tx: Transaction, row: Row) -> dict[str, Any]:
    """Return what is known of something that happened outside, unless it was erased."""
    try:
        text = disclosures.text_of(tx, row["seq"])
    except NotFoundError:
        return {}
    return {} if text is None else {"text": orjson.loads(text)}
