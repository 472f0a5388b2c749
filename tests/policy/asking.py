"""Questions to the policy: Cambodia's answer to Japan, and consents of Cambodia to pass it on."""

from dataclasses import replace
from typing import Any

from gateway.envelope import times
from gateway.policy import Action, Consent, Mode, Request, Source, Subject
from gateway.policy.terms import Terms, parse_terms

NOW = 1_774_400_000
DAY = 86_400
PROFILE = "moc-ssw/kh-jp/2019"
NEPAL = "moc-ssw/np-jp/2019"
BUREAU = "jp/labour-bureau-osaka"
ANSWER = "0195c2a4-7b1e-7c3a-9f00-6a5d4c3b2a10"
EARLIER = "0195c2a4-7b1e-7c3a-9f00-6a5d4c3b2a11"
NEPALI = "0195c2a4-7b1e-7c3a-9f00-6a5d4c3b2a12"
CONSENT = "0195c2a4-7b1e-7c3a-9f00-6a5d4c3b2a20"
OTHER_CONSENT = "0195c2a4-7b1e-7c3a-9f00-6a5d4c3b2a21"
DIGEST = "sha-256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"
OTHER_DIGEST = "sha-256:57DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"


def at(days: float) -> str:
    """Return a time some days from now."""
    return times.text(NOW + days * DAY)


def marking(originator: str = "kh/molvt", **members: Any) -> dict[str, Any]:
    """Return a confidential marking, changed as a test wants it."""
    return {"scheme": "moc-ssw/1", "level": "confidential", "originator": originator} | members


def subject(**changes: Any) -> Subject:
    """Return Cambodia's answer to Japan."""
    members: dict[str, Any] = {
        "message_id": ANSWER,
        "header_digest": DIGEST,
        "profile": PROFILE,
        "sender": "kh/molvt",
        "recipient": "jp/isa",
        "marking": marking(),
        "type": "inquiry.answer",
        "thread": ANSWER,
        "received": at(-1),
    }
    return Subject(**(members | changes))


def source(**changes: Any) -> Source:
    """Return Cambodia's answer as something that another message took over."""
    members: dict[str, Any] = {
        "message_id": ANSWER,
        "header_digest": DIGEST,
        "originator": "kh/molvt",
        "profile": PROFILE,
        "marking": marking(),
        "type": "inquiry.answer",
        "received": at(-1),
    }
    return Source(**(members | changes))


def nepali_source(**changes: Any) -> Source:
    """Return something of Nepal's that another message took over."""
    members: dict[str, Any] = {
        "message_id": NEPALI,
        "header_digest": OTHER_DIGEST,
        "originator": "np/moless",
        "profile": NEPAL,
        "marking": marking("np/moless"),
    }
    return source(**(members | changes))


def ours(*sources: Source, **changes: Any) -> Subject:
    """Return a message of Japan's to Cambodia that took over from others."""
    members: dict[str, Any] = {
        "message_id": EARLIER,
        "sender": "jp/isa",
        "recipient": "kh/molvt",
        "marking": marking("jp/isa"),
        "received": None,
        "sources": sources,
    }
    return subject(**(members | changes))


def request(**changes: Any) -> Request:
    """Ask whether Japan's contact point may disclose the answer to the Osaka labour bureau."""
    members: dict[str, Any] = {
        "action": Action.DISCLOSE,
        "subject": subject(),
        "holder": "jp/isa",
        "audience": BUREAU,
        "now": NOW,
    }
    return Request(**(members | changes))


def terms_json(**changes: Any) -> dict[str, Any]:
    """Return terms that just cover what `request` asks; None leaves a member out."""
    members: dict[str, Any] = {
        "consent_id": CONSENT,
        "profile": PROFILE,
        "grantor": "kh/molvt",
        "grantee": "jp/isa",
        "subject": {"messages": [{"id": ANSWER, "header_digest": DIGEST, "pointers": [""]}]},
        "recipients": [
            {
                "org_id": BUREAU,
                "name": "Osaka Labour Bureau",
                "country": "jp",
                "kind": "authority",
            }
        ],
        "purpose": {"code": "ssw-operation", "text": {"en": "To inspect the employer."}},
        "mode": "verbatim",
        "validity": {"not_before": at(-1), "not_after": at(30)},
        "granted_by": {
            "org_id": "kh/molvt",
            "role": "Director of the contact point",
            "authority": "Delegation of 1 April",
        },
    }
    return {name: value for name, value in (members | changes).items() if value is not None}


def terms(**changes: Any) -> Terms:
    """Return the same, read."""
    return parse_terms(terms_json(**changes))


def named(*pointers: str, **changes: Any) -> dict[str, Any]:
    """Return the `subject` of terms that name the answer."""
    message = {"id": ANSWER, "header_digest": DIGEST, "pointers": list(pointers or [""])}
    return {"messages": [message | changes]}


def consent(
    *, uses_left: int | None = None, standing: str | None = None, **changes: Any
) -> Consent:
    """Return a kept consent that covers what `request` asks, changed as a test wants it."""
    return Consent(
        terms=terms(**changes),
        digest=DIGEST,
        kids=("a", "b"),
        uses_left=uses_left,
        standing=standing,
    )


def nepali_consent(**changes: Any) -> Consent:
    """Return Nepal's consent to pass on what `nepali_source` took over."""
    members: dict[str, Any] = {
        "consent_id": OTHER_CONSENT,
        "profile": NEPAL,
        "grantor": "np/moless",
        "subject": {"messages": [{"id": NEPALI, "header_digest": OTHER_DIGEST, "pointers": [""]}]},
        "granted_by": {"org_id": "np/moless", "role": "Director", "authority": "Order 7"},
    }
    return consent(**(members | changes))


def redacted(asked: Request) -> Request:
    """Return the same question for a copy in which something is left out."""
    return replace(asked, mode=Mode.REDACTED)
