"""Matters: their messages as a whole, who handles them here, what is noted; and kept drafts."""

from collections.abc import Mapping
from typing import Any, cast

from gateway.client.asking import Asking, flag
from gateway.client.views import (
    DraftPage,
    DraftView,
    KeptDraft,
    NotePage,
    Thread,
    ThreadPage,
    ThreadWithMessages,
)


class Matters(Asking):
    """What can be done with matters and drafts."""

    def threads(
        self,
        *,
        peer: str | None = None,
        state: str | None = None,
        overdue: bool = False,
        attention: bool = False,
        assignee: str | None = None,
        mine: bool = False,
        after: str | None = None,
        limit: int | None = None,
    ) -> ThreadPage:
        """Return matters, the last changed first; `next` is the `after` of what follows."""
        page = self.get(
            "threads",
            peer=peer,
            state=state,
            overdue=flag(overdue),
            attention=flag(attention),
            assignee=assignee,
            mine=flag(mine),
            after=after,
            limit=limit,
        )
        return cast(ThreadPage, page)

    def thread(self, id: str) -> ThreadWithMessages:
        """Return one matter with its newest messages, oldest first."""
        return cast(ThreadWithMessages, self.get("threads", id))

    def assign(self, id: str, assignee: str | None) -> Thread:
        """Note who handles a matter at this node, nobody if None; it is never sent."""
        return cast(Thread, self.post("threads", id, "assign", body={"assignee": assignee}))

    def attended(self, id: str) -> Thread:
        """Note that a person has dealt with what a matter was flagged for."""
        return cast(Thread, self.post("threads", id, "attention"))

    def notes(self, id: str) -> NotePage:
        """Return the internal notes about a matter."""
        return cast(NotePage, self.get("threads", id, "notes"))

    def note(self, id: str, text: str, *, key: str | None = None) -> Thread:
        """Keep an internal note about a matter; it is never sent."""
        return cast(Thread, self.post("threads", id, "notes", body={"text": text}, key=key))

    def drafts(self) -> DraftPage:
        """Return the caller's drafts by name, without what they say."""
        return cast(DraftPage, self.get("drafts"))

    def draft(self, name: str) -> KeptDraft:
        """Return one draft as it was kept."""
        return cast(KeptDraft, self.get("drafts", name))

    def keep_draft(
        self, name: str, draft: Mapping[str, Any], *, only_new: bool = False
    ) -> DraftView:
        """Keep a draft, which need not be valid yet, in place of the one of that name."""
        return cast(DraftView, self.put("drafts", name, body=draft, new=flag(only_new)))

    def delete_draft(self, name: str) -> dict[str, Any]:
        """Delete a draft."""
        return self.delete("drafts", name)
