"""Consents: asking for one, preparing what officers sign, giving, denying and revoking it."""

from collections.abc import Mapping
from typing import Any, cast

from gateway.client.asking import Asking, flag
from gateway.client.consent_views import (
    Consent,
    ConsentPackage,
    ConsentPage,
    ConsentWithTerms,
)
from gateway.client.views import Message


class Consents(Asking):
    """What can be done about consents."""

    def consents(
        self,
        *,
        direction: str | None = None,
        state: str | None = None,
        message: str | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> ConsentPage:
        """Return consents and how each stands, newest first.

        Args:
            direction: `in` for those given to us, `out` for ours.
            message: Only those that name this message.
        """
        page = self.get(
            "consents",
            direction=direction,
            state=state,
            message=message,
            after=after,
            limit=limit,
        )
        return cast(ConsentPage, page)

    def consent(self, id: str) -> Consent:
        """Return how one consent stands."""
        return cast(Consent, self.get("consents", id))

    def fetch_consent(self, id: str) -> ConsentWithTerms:
        """Return one consent with its terms; it counts as a fetch."""
        return cast(ConsentWithTerms, self.post("consents", id, "fetch"))

    def request_consent(
        self, id: str, wish: Mapping[str, Any], *, dry_run: bool = False, key: str | None = None
    ) -> Message:
        """Ask the sender of a message for its consent to pass it on.

        Args:
            wish: At least `purpose`, and `to` or `publication`.
            dry_run: Have it judged only; the answer is the body that would be sent.
            key: The idempotency key, if the caller may have to repeat the request itself.
        """
        view = self.post(
            "messages", id, "consent-request", body=wish, key=key, dry_run=flag(dry_run)
        )
        return cast(Message, view)

    def prepare_consent(self, id: str, terms: Mapping[str, Any]) -> ConsentPackage:
        """Return the package that officers sign to grant a request.

        Args:
            terms: At least `granted_by`; what is left out is as it was asked for.
        """
        return cast(ConsentPackage, self.post("messages", id, "consent-package", body=terms))

    def offer_consent(
        self, id: str, wish: Mapping[str, Any], terms: Mapping[str, Any]
    ) -> ConsentPackage:
        """Return the package that officers sign to offer consent for a message of ours."""
        body = {"wish": wish, "terms": terms}
        return cast(ConsentPackage, self.post("messages", id, "consent-offer", body=body))

    def grant_consent(self, package: Mapping[str, Any], *, key: str | None = None) -> Message:
        """Give the consent of a package that officers have signed."""
        return cast(Message, self.post("consents", body={"package": package}, key=key))

    def deny_consent(
        self, id: str, *, reason: str, text: str | None = None, key: str | None = None
    ) -> Message:
        """Refuse a request for consent, with a reason of the code list consent-denials."""
        body = _said(reason, text)
        return cast(Message, self.post("messages", id, "consent-denial", body=body, key=key))

    def revoke_consent(
        self, id: str, *, reason: str, text: str | None = None, key: str | None = None
    ) -> Message:
        """End a consent of ours, with a reason of the code list consent-revocations."""
        body = _said(reason, text)
        return cast(Message, self.post("consents", id, "revoke", body=body, key=key))


def _said(reason: str, text: str | None) -> dict[str, Any]:
    return {"reason": reason} if text is None else {"reason": reason, "text": text}
