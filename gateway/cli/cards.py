"""A card as people and programs read it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from gateway.cli import output

if TYPE_CHECKING:
    from gateway.envelope import Card, KeyValidity


def view(card: "Card") -> dict[str, Any]:
    """Return what a card says, without the keys themselves."""
    from gateway.envelope import fingerprint

    return {
        "node": card.node,
        "environment": str(card.environment),
        "names": dict(card.names),
        "organisations": [each.id for each in card.organisations],
        "addresses": list(card.addresses),
        "fingerprint": fingerprint(card.identity),
        "serial": card.serial,
        "not_before": card.not_before,
        "not_after": card.not_after,
        "message_keys": [
            {"kids": list(pair.kids), **_validity(validity)}
            for pair, validity in card.message_pairs
        ],
        "encryption_keys": [
            {"kid": key.kid, **_validity(validity)} for key, validity in card.encryption_keys
        ],
        "officers": [
            {"id": each.id, "capability": each.capability, **_validity(each.validity)}
            for each in card.officers
        ],
    }


def lines(card: "Card") -> Iterator[str]:
    """Yield what a person compares before confirming a card, the fingerprint last."""
    said = view(card)
    yield f"node          {said['node']}"
    for language, name in said["names"].items():
        yield f"name ({language})     {output.inline(name)}"
    yield f"environment   {said['environment']}"
    yield f"organisations {', '.join(said['organisations']) or '-'}"
    yield f"addresses     {', '.join(said['addresses'])}"
    yield f"officers      {', '.join(each['id'] for each in said['officers']) or '-'}"
    yield f"card          serial {said['serial']}, {said['not_before']} to {said['not_after']}"
    yield f"fingerprint   {said['fingerprint']}"


def _validity(validity: "KeyValidity") -> dict[str, str | None]:
    return {
        "not_before": validity.not_before,
        "not_after": validity.not_after,
        "revoked_at": validity.revoked_at,
    }
