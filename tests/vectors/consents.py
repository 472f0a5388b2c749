"""The consents of the golden vectors, each with the code that a grantee must find for it."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from gateway.envelope import Environment, SigningPair, Typ, digest, sign
from gateway.envelope.consent import Instrument, sign_consent
from gateway.policy.codes import Denied
from tests.envelope import samples
from tests.envelope.samples import JP_OFFICER, KH, KH_OFFICER, KH_OFFICER_2, header

Json = dict[str, Any]

SIGNED_AT: Final = "2026-01-05T07:00:00Z"
YEAR: Final = {"not_before": "2026-01-01T00:00:00Z", "not_after": "2026-12-31T23:59:59Z"}
TERMS: Final[Json] = {
    "consent_id": "01980000-0000-7000-8000-0000000000c1",
    "profile": "moc-ssw/kh-jp/2019",
    "grantor": "kh/molvt",
    "grantee": "jp/isa",
    "epoch": f"1.{samples.seed('jp database 1')[:16].hex()}",
    "subject": {
        "messages": [
            {
                "id": samples.ID,
                "header_digest": digest(header().payload()),
                "pointers": ["/findings", "/measures"],
            }
        ]
    },
    "recipients": [
        {
            "org_id": "jp/labour-bureau-osaka",
            "name": "Osaka Labour Bureau",
            "country": "jp",
            "kind": "authority",
        },
        {
            "org_id": "jp/labour-bureau-tokyo",
            "name": "Tokyo Labour Bureau",
            "country": "jp",
            "kind": "authority",
        },
    ],
    "purpose": {"code": "ssw-operation", "text": {"en": "To inspect the employer.", "ja": "検査"}},
    "mode": "verbatim",
    "conditions": {"redact": ["/findings/name"], "onward": "none", "report_within": 30},
    "validity": {"not_before": "2026-01-05T00:00:00Z", "not_after": "2026-12-31T00:00:00Z"},
    "uses": 1,
    "granted_by": {
        "org_id": "kh/molvt",
        "role": "Director General",
        "authority": "Delegation of 1 April",
    },
}


def ok() -> list[Json]:
    """Return consents that hold."""
    backwards = dict(reversed(TERMS.items()))
    return [
        _case("one officer where one is needed", [_instrument()]),
        _case(
            "two officers where two are needed",
            [_instrument(), _instrument(KH_OFFICER_2, "officer-2")],
            needed=2,
        ),
        _case("the members of the body in another order", [_instrument()], terms=backwards),
    ]


def refused() -> list[Json]:
    """Return consents that are worth nothing, one fault in each."""
    return [
        *_by_signature(),
        *_by_officer(),
        *_by_terms(),
    ]


def _by_signature() -> list[Json]:
    code = Denied.CONSENT_BAD_SIGNATURE
    names = list(reversed(TERMS["recipients"]))
    members = {"suite": 1, "environment": "test", "officer": "officer-1", "signed_at": SIGNED_AT}
    message = sign(orjson.dumps(members | {"terms": TERMS}), KH_OFFICER, Typ.MESSAGE)
    other = _instrument(environment=Environment.PRODUCTION)
    return [
        _case("a body with more uses than were signed", [_instrument()], code, _but(uses=2)),
        _case("a body with a default written out", [_instrument()], code, _but(min_cell=10)),
        _case("a list of the body in another order", [_instrument()], code, _but(recipients=names)),
        _case("typ of a message", [message], code),
        _case("the other environment", [other], code),
        _case("no JWS", ["{}"], code),
    ]


def _by_officer() -> list[Json]:
    code = Denied.CONSENT_KEY_NOT_AUTHORISED
    missing = Denied.CONSENT_OFFICER_MISSING
    revoked = YEAR | {"revoked_at": "2026-01-05T07:30:00Z"}
    later = YEAR | {"not_before": "2026-01-05T07:30:00Z"}
    twice = [_instrument(), _instrument(at="2026-01-05T07:10:00Z")]
    return [
        _case("signed by the node", [_instrument(KH)], code),
        _case("signed by an officer of the grantee", [_instrument(JP_OFFICER)], code),
        _case("the name of another officer", [_instrument(officer="officer-2")], code),
        _case("a key that was not valid yet", [_instrument()], code, validity=later),
        _case("a key that was revoked after it signed", [_instrument()], code, validity=revoked),
        _case("one officer where two are needed", [_instrument()], missing, needed=2),
        _case("one officer twice where two are needed", twice, missing, needed=2),
        _case("no instrument", [], missing),
    ]


def _by_terms() -> list[Json]:
    invalid = Denied.CONSENT_INVALID
    without = {name: value for name, value in TERMS.items() if name != "epoch"}
    subject: Json = {
        "class": {
            "types": ["info.share"],
            "received_from": "2026-01-05T00:00:00Z",
            "received_until": "2027-01-05T00:00:00Z",
        }
    }
    named = TERMS["subject"]["messages"][0] | {"pointers": [""]}
    nothing_cut = _but(mode="redacted", subject={"messages": [named]}, conditions={})
    long = {"not_before": "2026-01-05T00:00:00Z", "not_after": "2027-01-07T00:00:00Z"}
    changes: list[tuple[str, Denied, Json]] = [
        ("another grantor", Denied.CONSENT_WRONG_ORIGINATOR, _but(grantor="kh/moi")),
        ("another grantee", Denied.CONSENT_OTHER_GRANTEE, _but(grantee="vn/dolab")),
        ("a member that is not known", invalid, _but(colour="blue")),
        ("counted without an epoch", invalid, without),
        ("uses of true", invalid, _but(uses=True)),
        ("recipients and a publication", invalid, _but(publication=_publication())),
        ("for more than 366 days", invalid, _but(validity=long)),
        ("redacted, and nothing to redact", invalid, nothing_cut),
        ("a class for more than 366 days", invalid, _but(subject=subject, validity=long)),
        ("ends before it begins", invalid, _but(validity=_ends_first())),
    ]
    return [_case(name, [_instrument(terms=terms)], code, terms) for name, code, terms in changes]


def _publication() -> Json:
    return {"register": "sending-organisations", "medium": "https://molvt.example/list"}


def _ends_first() -> Json:
    validity = TERMS["validity"]
    return {"not_before": validity["not_after"], "not_after": validity["not_before"]}


def _but(**changes: Any) -> Json:
    return TERMS | changes


def _instrument(
    pair: SigningPair = KH_OFFICER,
    officer: str = "officer-1",
    *,
    at: str = SIGNED_AT,
    environment: Environment = Environment.TEST,
    terms: Mapping[str, Any] = TERMS,
) -> str:
    signed = Instrument(environment=environment, officer=officer, signed_at=at, terms=terms)
    return sign_consent(signed, pair)


def _case(
    name: str,
    instruments: list[str],
    code: Denied | None = None,
    terms: Json | None = None,
    *,
    needed: int = 1,
    validity: Json | None = None,
) -> Json:
    """Return a case; its officers are those of the grantor's confirmed card, by names of keys."""
    officers = {"officer-1": "kh officer 1", "officer-2": "kh officer 2"}
    return {
        "name": name,
        "code": code,
        "officers": [
            {"id": id, "capability": "consent", "key": key, **(validity or YEAR)}
            for id, key in officers.items()
        ],
        "officers_needed": needed,
        "body": {
            "terms": TERMS if terms is None else terms,
            "instruments": {f"o{at}": text for at, text in enumerate(instruments, start=1)},
        },
    }
