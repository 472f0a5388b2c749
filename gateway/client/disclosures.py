"""Passing content on to others than the two sides, and the ledger of it."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from gateway.client.asking import Asking
from gateway.client.disclosure_views import (
    Disclosure,
    DisclosureDecision,
    DisclosurePackage,
    DisclosurePage,
    DisclosureRecalled,
)
from gateway.client.views import Message


class Disclosures(Asking):
    """What can be done about disclosures."""

    def disclose(
        self,
        message: str,
        *,
        to: str,
        purpose: str,
        fields: Sequence[str] = (),
        mode: str | None = None,
        paraphrase: str | None = None,
        table: Mapping[str, Any] | None = None,
        conditions_met: bool = False,
        check: bool = False,
        key: str | None = None,
    ) -> DisclosureDecision:
        """Have it decided whether content may be passed on; a refusal is an answer too.

        Args:
            to: The id of an organisation of the registry.
            fields: JSON Pointers to parts of the body; without them all of it.
            mode: `redacted` leaves out what may not leave.
            paraphrase, table: Words or numbers in place of the content, for the modes of that name.
            conditions_met: The caller vouches for what a consent asks for in words.
            check: Only say what the decision would be: nothing is kept, no consent used.
            key: The idempotency key, if the caller may have to repeat the request itself.
        """
        body: dict[str, Any] = {"message": message, "to": to, "purpose": purpose}
        more = {"mode": mode, "paraphrase": paraphrase, "table": table}
        body |= {name: value for name, value in more.items() if value is not None}
        body |= {"fields": list(fields), "conditions_met": conditions_met, "check": check}
        return cast(DisclosureDecision, self.post("disclosures", body=body, key=key))

    def disclosure_package(self, number: int | str) -> DisclosurePackage:
        """Fetch what was allowed to leave, if it is allowed still."""
        return cast(DisclosurePackage, self.post("disclosures", str(number), "package"))

    def disclosure(self, number: int | str) -> Disclosure:
        """Return one row of the ledger."""
        return cast(Disclosure, self.get("disclosures", str(number)))

    def disclosures(
        self,
        *,
        to: str | None = None,
        message: str | None = None,
        allowed: bool | None = None,
        since: str | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> DisclosurePage:
        """Return the ledger, newest first.

        Args:
            allowed: Only what was allowed, or only what was refused.
        """
        page = self.get(
            "disclosures",
            to=to,
            message=message,
            allowed=None if allowed is None else str(int(allowed)),
            since=since,
            after=after,
            limit=limit,
        )
        return cast(DisclosurePage, page)

    def recall(self, number: int | str) -> DisclosureRecalled:
        """Take a disclosure back and return the notice for its recipient."""
        return cast(DisclosureRecalled, self.post("disclosures", str(number), "recall"))

    def report_disclosures(self, about: str, *, key: str | None = None) -> Message:
        """Report to the originator what was disclosed of its content.

        Args:
            about: A message of the other side, its question about disclosures, or a consent.
            key: As with `disclose`.
        """
        return cast(Message, self.post("disclosure-reports", body={"about": about}, key=key))

    def happened_outside(
        self,
        message: str,
        *,
        to: str,
        purpose: str,
        text: str,
        fields: Sequence[str] = (),
        key: str | None = None,
    ) -> Disclosure:
        """Keep what happened to content outside the gateway; the originator is told.

        Args:
            key: As with `disclose`.
        """
        body = {"message": message, "to": to, "purpose": purpose, "text": text}
        asked = {**body, "fields": list(fields)}
        return cast(Disclosure, self.post("disclosure-outcomes", body=asked, key=key))
