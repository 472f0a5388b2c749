"""What a list would do to a register, in words for whoever is about to send it.

A list is whole: a member that it does not say of an entry goes, as a status that it does not say
becomes the usual one. So what goes is named, and changes of status stand before all others.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from gateway.cli import output
from gateway.cli.register_words import changed_members, labels_of, schema_of

if TYPE_CHECKING:
    from gateway.desk.importing import Difference

View = Mapping[str, Any]

# What somebody reads before an answer; --json has the whole.
_SHOWN: Final = 20
_STATUS: Final = "status"
# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "status": "{peer}: status {change} for {entries}",
    "gone": "{peer}: {member} goes from {entries}",
    "other": "{peer}: {member} changes in {entries}",
    "removed": "{peer}: out of the register: {entries}",
    "more": " and {number} more",
    "rest": "{number} more; --json has them all",
}
_COLUMNS: Final = ("PEER", "ENTRY", "WHAT", "STATUS", "GOES", "CHANGES")


class What(StrEnum):
    """What becomes of an entry."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryChange:
    """What becomes of one entry.

    Args:
        status: What it was and what it will be, where that changes.
        gone: The members that it has now and will have no more, by their paths.
        other: The members that come or change.
    """

    entry: str
    what: What
    status: tuple[str, str] | None = None
    gone: tuple[str, ...] = ()
    other: tuple[str, ...] = ()

    def view(self) -> View:
        """Return it as `--json` shows it."""
        before, after = self.status or (None, None)
        status = None if self.status is None else {"before": before, "after": after}
        return {
            "entry": self.entry,
            "status": status,
            "gone": list(self.gone),
            "other": list(self.other),
        }


def changes_of(
    found: "Difference", before: Mapping[str, View], after: Mapping[str, View]
) -> tuple[EntryChange, ...]:
    """Return what becomes of each entry, changes of status first, then what loses something."""
    changed = [_change(entry, before[entry], after[entry]) for entry in found.changed]
    changed.sort(key=lambda each: (each.status is None, not each.gone, each.entry))
    return (
        *changed,
        *(EntryChange(entry=entry, what=What.REMOVED) for entry in found.removed),
        *(EntryChange(entry=entry, what=What.ADDED) for entry in found.added),
    )


def tell(peer: str, register: str, changes: Sequence[EntryChange]) -> None:
    """Say what becomes of the entries that are there already, member by member."""
    groups: dict[tuple[str, str], list[str]] = {}
    for each in changes:
        for kind, member in _kinds(each):
            groups.setdefault((kind, member), []).append(each.entry)
    schema = schema_of(register)
    for kind in ("status", "gone", "other", "removed"):
        for (found, member), entries in groups.items():
            if found == kind:
                label = labels_of([member], schema) if kind in {"gone", "other"} else member
                words = {"peer": peer, "change": member, "member": label}
                output.talk(_WORDS[kind].format(entries=_named(entries), **words))


def draw(register: str, changes: Mapping[str, Sequence[EntryChange]]) -> None:
    """Show the entries that come, change and go at each peer, of many the first ones."""
    schema = schema_of(register)
    rows = [
        (peer, *_row(each, schema)) for peer, found in changes.items() for each in found[:_SHOWN]
    ]
    if rows:
        from gateway.cli import tables

        tables.draw(_COLUMNS, rows, spare=("CHANGES", "GOES"))
    for found in changes.values():
        if len(found) > _SHOWN:
            output.talk(_WORDS["rest"].format(number=f"{len(found) - _SHOWN:,}"))


def _change(entry: str, before: View, after: View) -> EntryChange:
    from gateway.desk.register_columns import at

    paths = [path for path in changed_members(before, after) if path != _STATUS]
    gone = tuple(path for path in paths if at(after, tuple(path.split("."))) is None)
    was, will = str(before.get(_STATUS)), str(after.get(_STATUS))
    return EntryChange(
        entry=entry,
        what=What.CHANGED,
        status=None if was == will else (was, will),
        gone=gone,
        other=tuple(path for path in paths if path not in gone),
    )


def _kinds(change: EntryChange) -> Iterator[tuple[str, str]]:
    if change.what is What.REMOVED:
        yield "removed", ""
    if change.status is not None:
        yield "status", " > ".join(change.status)
    for member in change.gone:
        yield "gone", member
    for member in change.other:
        yield "other", member


def _named(entries: Sequence[str]) -> str:
    text = ", ".join(entries[:_SHOWN])
    rest = len(entries) - _SHOWN
    return text if rest <= 0 else text + _WORDS["more"].format(number=f"{rest:,}")


def _row(change: EntryChange, schema: View) -> tuple[str | None, ...]:
    return (
        change.entry,
        change.what.value,
        " > ".join(change.status) if change.status else None,
        labels_of(change.gone, schema) or None,
        labels_of(change.other, schema) or None,
    )
