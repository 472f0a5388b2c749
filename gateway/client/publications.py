"""What is to be made public, and an operator's word on it."""

from typing import Any, cast

from gateway.client.asking import Asking, flag
from gateway.client.publication_views import Publication, PublicationAhead, PublicationPage


class Publications(Asking):
    """What can be done about publications."""

    def publications(
        self,
        *,
        waiting: bool = False,
        overdue: bool = False,
        peer: str | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> PublicationPage:
        """Return what is to be made public or is, newest first."""
        page = self.get(
            "publications",
            waiting=flag(waiting),
            overdue=flag(overdue),
            peer=peer,
            after=after,
            limit=limit,
        )
        return cast(PublicationPage, page)

    def publication(self, id: str) -> PublicationAhead:
        """Return the publication of a message and, while it waits, what everybody would read."""
        return cast(PublicationAhead, self.get("publications", id))

    def publish(self, id: str, *, place: str | None = None, key: str | None = None) -> Publication:
        """Make public what waits of a message; for operators.

        Args:
            place: Where, if the node writes no pages itself.
            key: The idempotency key, if the caller may have to repeat the request itself.
        """
        body: dict[str, Any] = {} if place is None else {"place": place}
        return cast(Publication, self.post("publications", id, "publish", body=body, key=key))

    def keep_closed(self, id: str, *, code: str, text: str, key: str | None = None) -> Publication:
        """Decide that a message is not made public, and tell its sender why; for operators.

        Args:
            key: As with `publish`.
        """
        body = {"code": code, "text": text}
        return cast(Publication, self.post("publications", id, "refuse", body=body, key=key))
