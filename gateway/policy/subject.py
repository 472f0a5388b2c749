"""What a decision is about: a message, and what it took over from others.

Marking and provenance come from verified signed text and never from columns of a database.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gateway.envelope.header import Header
from gateway.policy.codes import Denied


class Derivation(StrEnum):
    """How a message took over content of another."""

    QUOTE = "quote"
    PARAPHRASE = "paraphrase"
    AGGREGATE = "aggregate"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Content of another message inside one: an entry of its provenance, looked up in the store.

    Args:
        originator: The contact point that sent it, as its verified header says.
        marking: The effective marking as JSON; None where the source is not kept here.
        source_pointer: The part of the source's body that was taken over; `""` for all of it.
        target_pointer: Where it now stands; `""` for anywhere.
        standing: Why nothing of it may go further, None where nothing stands against it.

    The others are those of `Subject`, for the source.
    """

    message_id: str
    header_digest: str
    originator: str
    profile: str
    marking: object
    source_pointer: str = ""
    target_pointer: str = ""
    mode: Derivation = Derivation.QUOTE
    standing: Denied | None = None
    earlier: tuple[tuple[str, str], ...] = ()
    under: str = ""
    type: str = ""
    thread: str = ""
    received: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The message whose content is asked for, as its verified signed header has it.

    Args:
        marking: The effective marking as JSON, or None when the header has none.
        derived_from: The provenance entries from the header.
        sources: The same entries, looked up; one that is missing here is content of nobody knows
            whom.
        standing: Why nothing of it may go further, None where nothing stands against it.
        earlier: Id and header digest of each version that it corrects.
        under: Where in its body the body of its type stands; a correction carries one.
        received: When it arrived, None for a message of our own.
    """

    message_id: str
    header_digest: str
    profile: str
    sender: str
    recipient: str
    marking: object
    derived_from: tuple[Mapping[str, Any], ...] = ()
    sources: tuple[Source, ...] = ()
    standing: Denied | None = None
    earlier: tuple[tuple[str, str], ...] = ()
    under: str = ""
    type: str = ""
    thread: str = ""
    received: str | None = None

    @classmethod
    def of(cls, header: Header, header_digest: str) -> "Subject":
        """Return the message behind a header whose signatures have held, without its sources."""
        return cls(
            message_id=header.id,
            header_digest=header_digest,
            profile=header.profile,
            sender=header.from_,
            recipient=header.to,
            marking=header.marking,
            derived_from=header.derived_from,
            type=header.type,
            thread=header.thread,
        )
