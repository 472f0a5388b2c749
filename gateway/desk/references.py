"""The numbers people quote: `JP-2026-000123`, given by the opener of a thread, counted by year.

A number is signed before it is kept, so it is taken in memory and noted with the message that bears
it. One whose message was not kept never left this node: it may stay unused or be given again.
"""

from dataclasses import replace
from functools import partial

from gateway.catalogue import country_of, reference_text
from gateway.envelope import Header
from gateway.store import Store, Transaction, meta


class Numbers:
    """The numbers of this node, in the order of giving."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._given: dict[str, int] = {}

    async def give(self, header: Header) -> Header:
        """Return the header of a message that opens a thread with the next number of its year."""
        name = _name(header)
        if name not in self._given:
            kept = await self._store.read(partial(meta.highest_number, name=name))
            # Another caller may have begun to count while we looked.
            self._given[name] = max(kept, self._given.get(name, 0))
        self._given[name] += 1
        return _with_number(header, self._given[name])

    def note(self, tx: Transaction, header: Header) -> None:
        """Note the number of a message in the transaction that keeps it."""
        number = int((header.reference or "0").rpartition("-")[2])
        meta.note_number(tx, _name(header), number)


def first(header: Header) -> Header:
    """Return the header with a number that is right in form, to see whether it could be sent."""
    return _with_number(header, 1)


def _name(header: Header) -> str:
    return f"reference-{header.created[:4]}"


def _with_number(header: Header, number: int) -> Header:
    year = int(header.created[:4])
    return replace(header, reference=reference_text(country_of(header.from_), year, number))
