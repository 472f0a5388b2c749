"""The message types: one table, a row each, in the order of the memorandum."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gateway.catalogue.kinds import Role
from gateway.catalogue.types.conduct import CONDUCT
from gateway.catalogue.types.consents import CONSENTS
from gateway.catalogue.types.framework import FRAMEWORK
from gateway.catalogue.types.inquiries import INQUIRIES
from gateway.catalogue.types.organisations import ORGANISATIONS
from gateway.catalogue.types.row import Choice, MessageType
from gateway.catalogue.types.technical import TECHNICAL
from gateway.catalogue.types.workers import WORKERS
from gateway.errors import UnknownTypeError

__all__ = ["TYPES", "Choice", "MessageType", "clauses_for", "type_of"]

_ROWS: Final = (*INQUIRIES, *CONDUCT, *ORGANISATIONS, *WORKERS, *FRAMEWORK, *TECHNICAL, *CONSENTS)

TYPES: Final[Mapping[str, MessageType]] = MappingProxyType({row.name: row for row in _ROWS})


def type_of(name: str) -> MessageType:
    """Return the row of a type.

    Raises:
        UnknownTypeError: The catalogue has no such type; the message is refused for good.
    """
    try:
        return TYPES[name]
    except KeyError:
        # The name came from the peer and could hold anything, so it is not repeated.
        raise UnknownTypeError("the catalogue has no such type", pointers=("/type",)) from None


def clauses_for(message_type: MessageType, sender: Role) -> tuple[str, ...]:
    """Return the clauses of the memorandum that a message of this type serves.

    >>> clauses_for(TYPES["inquiry.request"], Role.ACCEPTING)
    ('5(7)',)
    >>> clauses_for(TYPES["inquiry.answer"], Role.ACCEPTING)
    ('6(5)',)
    """
    return message_type.clauses.get(sender, ())
