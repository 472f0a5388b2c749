"""What about a message is odd to the registers, in the light of all that they hold.

What of one entry is odd for its own sake is said by `catalogue.register_changes`; that a number
stands under another entry, only the whole register can tell.
"""

from gateway.catalogue.register_changes import Change, Odd, State, number_key, number_of, odd
from gateway.store import Transaction, register_versions


def found(
    tx: Transaction, peer: str, change: Change, before: State | None, *, slot: int | None
) -> Odd | None:
    """Return why a person should look before an entry is changed, None where all is well.

    Args:
        slot: The row of the message's first version, whose own words do not count; None where the
            message is its own.

    Raises:
        CorruptError: An entry that bears the same number cannot be read.
    """
    reason = odd(change, before)
    if reason is None and _bears_anothers(tx, peer, change, slot):
        return Odd.NUMBER_TWICE
    return reason


def _bears_anothers(tx: Transaction, peer: str, change: Change, slot: int | None) -> bool:
    """Tell whether the number that a change gives to its entry is now that of another one."""
    number = change.bears
    if number is None:
        return False
    named = register_versions.numbered(tx, peer, change.register, number)
    others = (
        register_versions.state(tx, peer, change.register, entry)
        if slot is None
        else register_versions.state_without(tx, peer, change.register, entry, slot=slot)
        for entry in named
        if entry != change.entry
    )
    # What bore it once and has another now is not meant; what was left out is nobody's to show.
    return any(_bears(each, number) for each in others)


def _bears(state: State | None, number: str) -> bool:
    if state is None or state.removed:
        return False
    theirs = number_of(state.public, state.private)
    return theirs is not None and number_key(theirs) == number_key(number)
