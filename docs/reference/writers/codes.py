"""Every code that people and programs meet, with what it means."""

from collections.abc import Mapping
from enum import StrEnum

from docs.reference.writers import meanings
from docs.reference.writers.markdown import code, page, sentence, table
from gateway.cli import failure
from gateway.cli.alarms import MEANINGS as ALARMS
from gateway.cli.refused import REASONS
from gateway.errors import RETRYABLE, RefusalCode
from gateway.http.problems import STATUS_OF
from gateway.policy.release import Allowed, Denied
from gateway.store.alarms import Alarm
from gateway.store.evidence import Fact
from gateway.store.messages import State


def write() -> str:
    """Return the page."""
    return page(
        "Codes",
        "## Exit codes and problems",
        "A command ends with one of these, and the local API answers an error with a problem "
        "document (RFC 9457) that carries the same number and name.",
        table(
            ("Exit code", "Problem", "Status", "Meaning"),
            (
                (int(each), code(_problem(each.name)) if each else "", _status(each), text)
                for each, text in ((e, sentence(t)) for e, t in failure.MEANINGS.items())
            ),
        ),
        "## States of a message",
        _table(State, meanings.STATES),
        "## Refusals",
        "Why the other node did not take a message. A refusal that is not retryable is final and "
        "signed; [the protocol](../protocol.md#11-codes) says which evidence each leaves.",
        table(
            ("Code", "Retryable", "Why", "What to do"),
            (
                (code(each), "yes" if each in RETRYABLE else "no", *map(sentence, REASONS[each]))
                for each in RefusalCode
            ),
        ),
        "## Content withheld",
        "Why content is not given; exit code 7.",
        _table(Denied, meanings.WITHHELD),
        "## Content given",
        "The reason that the evidence keeps when content is given.",
        _table(Allowed, meanings.PERMITTED),
        "## Alarms",
        "What needs a person: `gateway alarms` lists them, and monitoring counts them.",
        table(("Code", "Meaning"), ((code(each), sentence(ALARMS[each])) for each in Alarm)),
        "## Facts in the evidence",
        "What a record of the evidence states.",
        _table(Fact, meanings.FACTS),
    )


def _table(codes: type[StrEnum], words: Mapping[StrEnum, str]) -> str:
    return table(
        ("Code", "Meaning"), ((code(each), meanings.meaning(words, each)) for each in codes)
    )


def _problem(name: str) -> str:
    return name.lower().replace("_", "-")


def _status(each: object) -> str:
    return str(int(STATUS_OF[each])) if each in STATUS_OF else ""
