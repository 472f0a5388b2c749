"""Registers: as they stand, as they stood, what has changed, and what waits for a person."""

from collections.abc import Sequence
from typing import cast

from gateway.client.asking import Asking
from gateway.client.register_views import (
    Decided,
    DeferredPage,
    ListedEntries,
    OpenedEntries,
    RegisterChanges,
    RegisterEntryWithHistory,
    RegisterOverview,
    RegisterPage,
)


class Registers(Asking):
    """What can be asked about registers; `peer` may be left out where there is only one."""

    def registers(self, peer: str | None = None) -> RegisterOverview:
        """Return each register, how many entries it has, its last list and what waits."""
        return cast(RegisterOverview, self.get("registers", peer=peer))

    def register(
        self,
        name: str,
        *,
        peer: str | None = None,
        as_of: str | None = None,
        status: str | None = None,
        find: str | None = None,
        number: str | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> RegisterPage:
        """Return entries by their ids, without what is sealed; `next` is the `after` that follows.

        Args:
            find: Words that the entries say openly, parted by spaces.
            number: A number that they bear or bore, which may be sealed.
        """
        page = self.get(
            "registers",
            name,
            peer=peer,
            as_of=as_of,
            status=status,
            find=find,
            number=number,
            after=after,
            limit=limit,
        )
        return cast(RegisterPage, page)

    def register_entry(
        self, name: str, entry: str, *, peer: str | None = None, as_of: str | None = None
    ) -> RegisterEntryWithHistory:
        """Return one entry with its whole history, without what is sealed of it."""
        view = self.get("registers", name, "entry", entry=entry, peer=peer, as_of=as_of)
        return cast(RegisterEntryWithHistory, view)

    def open_entries(
        self,
        name: str,
        entries: Sequence[str],
        *,
        peer: str | None = None,
        as_of: str | None = None,
        action: str | None = None,
    ) -> OpenedEntries:
        """Return entries with what is sealed of them; that they were opened is recorded.

        Args:
            action: `export` if it is to leave the screen, else `show`.
        """
        given = {"entries": list(entries), "peer": peer, "as_of": as_of, "action": action}
        body = {name: value for name, value in given.items() if value is not None}
        return cast(OpenedEntries, self.post("registers", name, "open", body=body))

    def register_changes(
        self,
        name: str,
        *,
        since: str,
        until: str,
        peer: str | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> RegisterChanges:
        """Return the entries that changed between two times, each with what it was before."""
        page = self.get(
            "registers",
            name,
            "changes",
            since=since,
            until=until,
            peer=peer,
            after=after,
            limit=limit,
        )
        return cast(RegisterChanges, page)

    def listed(
        self,
        name: str,
        *,
        peer: str | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> ListedEntries:
        """Return what the lists alone say: what a list of changes builds on."""
        page = self.get("registers", name, "listed", peer=peer, after=after, limit=limit)
        return cast(ListedEntries, page)

    def deferred(self, *, after: str | None = None, limit: int | None = None) -> DeferredPage:
        """Return the messages that change no register until a person decides, oldest first."""
        return cast(DeferredPage, self.get("deferred", after=after, limit=limit))

    def decide(self, id: str, *, apply: bool, reason: str, key: str | None = None) -> Decided:
        """Let a message that waits change its register, or see to it that it never does."""
        body = {"apply": apply, "reason": reason}
        return cast(Decided, self.post("deferred", id, "decide", body=body, key=key))
