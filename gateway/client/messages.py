"""Messages: write, list, look at, read, judge, wait for, and what can be done to a queued one."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from gateway.client.asking import Asking, flag
from gateway.client.views import Message, MessagePage, PrintedMessage, SearchPage

# The node ends a wait itself; the socket only has to outlive its answer.
_GRACE: Final = 10.0


class Messages(Asking):
    """What can be done with messages."""

    def messages(
        self,
        *,
        box: str | None = None,
        peer: str | None = None,
        type: str | None = None,
        state: str | None = None,
        thread: str | None = None,
        since: str | None = None,
        until: str | None = None,
        unread: bool = False,
        overdue: bool = False,
        assignee: str | None = None,
        mine: bool = False,
        after: str | None = None,
        limit: int | None = None,
    ) -> MessagePage:
        """Return messages, newest first, without content; `next` is the `after` of what follows."""
        page = self.get(
            "messages",
            box=box,
            peer=peer,
            type=type,
            state=state,
            thread=thread,
            since=since,
            until=until,
            unread=flag(unread),
            overdue=flag(overdue),
            assignee=assignee,
            mine=flag(mine),
            after=after,
            limit=limit,
        )
        return cast(MessagePage, page)

    def search(
        self,
        words: Sequence[str],
        *,
        type: str | None = None,
        peer: str | None = None,
        since: str | None = None,
        until: str | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> SearchPage:
        """Return messages whose content has all the words, newest first."""
        given = {
            "words": list(words),
            "type": type,
            "peer": peer,
            "since": since,
            "until": until,
            "after": after,
            "limit": limit,
        }
        body = {name: value for name, value in given.items() if value is not None}
        return cast(SearchPage, self.post("search", body=body))

    def send(
        self,
        draft: Mapping[str, Any],
        *,
        dry_run: bool = False,
        kept_as: str | None = None,
        key: str | None = None,
    ) -> Message:
        """Have a message signed, sealed and queued; with `dry_run` everything is only judged.

        Args:
            draft: `type`, `to` and `body`; or `in_reply_to` and `body`; and what else a draft has.
            kept_as: The name of the kept draft that this is; it is deleted with the sending.
            key: The idempotency key, if the caller itself may have to ask again.
        """
        view = self.post("messages", body=draft, key=key, dry_run=flag(dry_run), draft=kept_as)
        return cast(Message, view)

    def message(self, id: str) -> Message:
        """Return one message without its content."""
        return cast(Message, self.get("messages", id))

    def fetch(self, id: str) -> Message:
        """Return one message with its content; the first fetch of a received one hands it over."""
        return cast(Message, self.post("messages", id, "fetch"))

    def print(self, id: str) -> PrintedMessage:
        """Return one message with all that belongs on paper; it counts as a fetch."""
        return cast(PrintedMessage, self.post("messages", id, "print"))

    def accept(self, id: str, *, key: str | None = None) -> Message:
        """Accept a received message for handling."""
        return cast(Message, self.post("messages", id, "accept", key=key))

    def decline(self, id: str, *, code: str, text: str, key: str | None = None) -> Message:
        """Decline a received message with a reason."""
        body = {"code": code, "text": text}
        return cast(Message, self.post("messages", id, "decline", body=body, key=key))

    def wait(self, id: str, *, level: str, timeout: float) -> Message:
        """Return a message once the other side has come as far as `level`.

        Raises:
            AnsweredError: Not within `timeout` seconds (`WAIT_TIMED_OUT`), or never
                (`REFUSED_BY_PEER`).
        """
        patience = timeout + _GRACE
        view = self.get(
            "messages", id, "wait", patience=patience, level=level, timeout=f"{timeout:g}"
        )
        return cast(Message, view)

    def ping(self, to: str, *, key: str | None = None) -> Message:
        """Send a sign of life that the peer's receipt answers."""
        return cast(Message, self.post("ping", body={"to": to}, key=key))

    def cancel(self, id: str) -> Message:
        """Take a message back that has never left."""
        return cast(Message, self.post("messages", id, "cancel"))

    def hold(self, id: str) -> Message:
        """Keep a queued message back, and its thread behind it."""
        return cast(Message, self.post("messages", id, "hold"))

    def let_go(self, id: str) -> Message:
        """Let a held message go on when its turn comes."""
        return cast(Message, self.post("messages", id, "release"))

    def retry(self, id: str, *, key: str | None = None) -> Message:
        """Try a message now; one that never counted at the peer is issued anew."""
        return cast(Message, self.post("messages", id, "retry", key=key))
