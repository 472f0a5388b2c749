"""The codes of decisions in words: why something may leave, or why not and what helps.

A test holds the two tables together with the codes of the policy.
"""

from collections.abc import Mapping
from typing import Any, Final

from gateway.catalogue import short

# What people see, in one place for whoever translates it.
ALLOWED: Final[Mapping[str, str]] = {
    "contact-point": "read at a contact point that sent it or was sent it",
    "public": "it is public",
    "own-information": "it is our own information: our own law decides, not clause 3",
    "return-to-originator": "it goes back to the side it came from",
    "internal-signatory": "the recipient is an agency of our own side (clause 3 binds it too)",
    "pre-authorised": "its originator named this recipient and purpose when it sent it",
    "consent": "its originator has consented",
    "statistics": "its originator lets it be counted, and the numbers tell nothing about one",
    "moc-publication": "the memorandum has it published",
}
DENIED: Final[Mapping[str, str]] = {
    "marker-missing": "it bears no marking: nothing of it may leave; tell its originator",
    "marker-invalid": "its marking cannot be read: nothing of it may leave; tell its originator",
    "unknown-caveat": "it bears a caveat that this version does not know, which forbids everything",
    "unknown-recipient": "the registry has no such organisation today: see gateway parties",
    "no-consent": "its originator has not consented",
    "consent-invalid": "a consent is there, and is worth nothing: it was not understood or kept",
    "consent-bad-signature": "the signature on the consent does not hold: ask for a new one",
    "consent-key-not-authorised": "who signed the consent may not give it, or not any more",
    "consent-officer-missing": "the consent needs the signature of a second officer",
    "consent-replayed": "the consent was sent again under its old id: ask for a new one",
    "consent-wrong-originator": "who consented is not whose information it is",
    "consent-other-grantee": "the consent was given to another contact point",
    "consent-other-epoch": "the consent counts its uses, and was given before this database was "
    "restored: ask for a new one",
    "consent-digest-mismatch": "the consent is for another version of the message",
    "consent-other-recipient": "the consent is for another recipient",
    "consent-other-purpose": "the consent is for another purpose",
    "consent-other-mode": "the consent is for another form: see --mode",
    "consent-fields-not-covered": "the consent does not cover this part",
    "consent-not-yet-valid": "the consent is not valid yet",
    "consent-expired": "the consent is over",
    "consent-revoked": "the consent was revoked",
    "consent-withdrawn": "its request was withdrawn, or its offer declined",
    "consent-superseded": "another consent took the place of this one",
    "consent-exhausted": "the consent is used up",
    "consent-condition-unmet": "a condition of the consent is not met",
    "multi-origin-missing": "others have a part in it, and not all of them have consented",
    "caveat-forbids": "a caveat of its originator forbids it",
    "undeclared-origin": "it holds what came from elsewhere and is not declared",
    "source-superseded": "its sender has corrected it: disclose the newer version",
    "source-withdrawn": "its sender has withdrawn it",
    "source-changed": "what is kept of it was changed: gateway db check; it does not leave",
    "aggregate-unsafe": "single persons or cases can be told from the numbers",
    "evaluator-error": "the decision failed, and so nothing leaves: tell whoever runs the node",
}


def bound(obligation: Mapping[str, Any]) -> str:
    """Return in one word what a consent binds to, with the consent."""
    what, value = obligation.get("what"), obligation.get("value")
    code = what if value is None else f"{what}={value}"
    return f"{code} ({short(str(obligation.get('consent_id')))})"


def words_of(code: object) -> str:
    """Return a code in words; one that this version does not know stands for itself."""
    return ALLOWED.get(str(code)) or DENIED.get(str(code)) or str(code)
