"""Consents for tests: terms as JSON, and what the officers of `tests.nodes` sign over them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import uuid_utils

from gateway.desk import Draft
from gateway.desk.consent_asking import Wish
from gateway.desk.consent_packages import Package, check_package, parse_package, with_instrument
from gateway.desk.consent_terms import Narrowed
from gateway.envelope import Environment, read_card, times
from gateway.envelope.consent import Instrument, sign_consent
from gateway.keyring.officers import OfficerKey, Pinned
from tests.nodes import OFFICER, START, Keys, Pair, inquiry

BUREAU = {
    "org_id": "jp/labour-bureau-osaka",
    "name": "Osaka Labour Bureau",
    "country": "jp",
    "kind": "authority",
}

PROFILES = {
    frozenset({"jp/isa", "kh/molvt"}): "moc-ssw/kh-jp/2019",
    frozenset({"jp/isa", "np/moless"}): "moc-ssw/np-jp/2019",
}


def named(message: dict[str, Any], *pointers: str) -> dict[str, Any]:
    """Return how terms name a message; without pointers all of it."""
    return {
        "id": message["id"],
        "header_digest": message["header_digest"],
        "pointers": list(pointers or [""]),
    }


def terms(grantor: str, grantee: str, *messages: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the terms of a consent that names messages, changed as a test wants it.

    Args:
        messages: As `named` makes them.
        changes: Members in place of these; None leaves one out.
    """
    found: dict[str, Any] = {
        "consent_id": str(uuid_utils.uuid7()),
        "profile": PROFILES[frozenset({grantor, grantee})],
        "grantor": grantor,
        "grantee": grantee,
        "subject": {"messages": list(messages)},
        "recipients": [BUREAU],
        "purpose": {"code": "ssw-operation", "text": {"en": "To inspect the employer."}},
        "mode": "verbatim",
        "validity": {
            "not_before": times.text(START - 60),
            "not_after": times.text(START + 30 * 86_400),
        },
        "granted_by": {
            "org_id": grantor,
            "role": "Director of the contact point",
            "authority": "Delegation of 1 April",
        },
    }
    found |= changes
    return {name: value for name, value in found.items() if value is not None}


def instruments(
    keys: Keys,
    terms: dict[str, Any],
    *,
    officers: Sequence[str] = ("officer-1",),
    signed_at: str | None = None,
) -> dict[str, str]:
    """Return instruments of a node's officers over terms, as a grant carries them."""
    return {
        f"o{number}": sign_consent(
            Instrument(
                environment=Environment.TEST,
                officer=officer,
                signed_at=signed_at or times.text(START),
                terms=terms,
            ),
            keys.officers[officer],
        )
        for number, officer in enumerate(officers, start=1)
    }


def granted(keys: Keys, terms: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return the body of a grant or an offer over terms."""
    return {"terms": terms, "instruments": instruments(keys, terms, **changes)}


def officer_key(keys: Keys, name: str = "officer-1") -> OfficerKey:
    """Return the key that an officer of a node would open from a file."""
    pinned = Pinned.to(read_card(keys.card()), name)
    return OfficerKey(pinned=pinned, pair=keys.officers[name])


def parsed(document: Mapping[str, Any]) -> Package:
    """Return a package as it is read from a file."""
    return parse_package(json.dumps(document).encode())


def signed(
    keys: Keys, document: Mapping[str, Any], *officers: str, at: float = START
) -> dict[str, Any]:
    """Return a package as officers give it back; without names, as one of them does."""
    package = parsed(document)
    for name in officers or ("officer-1",):
        checked = check_package(package)
        text = officer_key(keys, name).sign(package.terms, signed_at=times.text(at))
        package = with_instrument(checked, text)
    return package.document()


GROUND = {
    "legal_basis": "Act on the Protection of Personal Information, article 69(2)",
    "destination_country": "jp",
    "safeguards": "Kept by the inspection section alone.",
}
NARROWED = Narrowed(granted_by={"role": "Director", "authority": "Prakas 12"}, personal_data=GROUND)


async def asked(pair: Pair, **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Have Cambodia send an inquiry and Japan ask to pass it on; return both messages."""
    sent = await pair.kh.desk.send(Draft.from_json(inquiry("jp/isa")), OFFICER)
    await pair.kh.desk.wait(sent["id"], "received", 5)
    given = {"purpose": "ssw-operation", "to": (BUREAU["org_id"],), "reason": "To inspect."}
    request = await pair.jp.desk.consents.request(sent["id"], Wish(**(given | changes)), OFFICER)
    await pair.jp.desk.wait(request["id"], "received", 5)
    return sent, request


async def prepared(pair: Pair, **changes: Any) -> dict[str, Any]:
    """Return the package of Cambodia for a request of Japan, narrowed as a test wants it."""
    _, request = await asked(pair)
    narrowed = replace(NARROWED, **changes)
    found = await pair.kh.desk.consents.prepare(request["id"], narrowed, OFFICER)
    package: dict[str, Any] = found["package"]
    return package


async def give(pair: Pair, package: Mapping[str, Any]) -> dict[str, Any]:
    """Have Cambodia give the consent of a signed package, and see it arrive."""
    view = await pair.kh.desk.consents.grant(parsed(package), OFFICER)
    return await pair.kh.desk.wait(view["id"], "received", 5)
