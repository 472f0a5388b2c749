"""Our own lists, held against what they announce before they are kept: as the peer will hold them.

What the peer would refuse for good would leave a list half sent and both registers as they were.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from gateway.catalogue import Bodies, MessageType
from gateway.delivery import registering
from gateway.delivery.listing import Judged
from gateway.delivery.placement import Placement
from gateway.delivery.told import told
from gateway.envelope import Header, times
from gateway.errors import (
    ConflictError,
    InvalidBodyError,
    InvalidError,
    ListFaultError,
    NotPermittedError,
    PolicyError,
    Problem,
    WrongBaseError,
)
from gateway.store import Transaction
from gateway.store.messages import Direction

_HINT = "gateway register import makes a list out of a table, with all it announces"


def check_list(
    tx: Transaction,
    header: Header,
    row: MessageType,
    body: Mapping[str, Any],
    placed: Placement,
    bodies: Bodies,
) -> Judged | None:
    """Let pass only a message of a list that the peer will take; None where it is of none.

    Raises:
        InvalidError: The parts do not make up the set that the first one announces.
        ConflictError: The peer has another list, or one of ours is still on its way.
        PolicyError: It goes on with a list of the other side, or says what is that side's to say.
    """
    message = told(header, row, body, placed, peer=header.to, direction=Direction.OUT)
    check = partial(bodies.check, day=times.day(header.created))
    try:
        return registering.check_ours(tx, message, check)
    except WrongBaseError as error:
        raise ConflictError(f"{header.to}: {error}", hint="gateway register list") from None
    except NotPermittedError as error:
        raise PolicyError(f"that is the other side's to say: {error}") from None
    except InvalidBodyError as error:
        raise _invalid({each.where: each.text for each in error.problems}) from None
    except ListFaultError as error:
        raise _invalid(dict.fromkeys(error.pointers, str(error))) from None


def _invalid(faults: Mapping[str, str]) -> InvalidError:
    problems = tuple(Problem(where.removeprefix("/body"), text) for where, text in faults.items())
    return InvalidError("the list does not hold together", problems=problems, hint=_HINT)
