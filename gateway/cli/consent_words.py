"""A consent in words: what it permits, to whom, for what, until when, and the parts it covers."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from gateway.cli import labelled

if TYPE_CHECKING:
    from gateway.catalogue import Parties
    from gateway.desk.consent_packages import Checked, Read

# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "head": "{grantor} ({environment}) permits {grantee}, of its own accord:",
    "asked": "{grantor} ({environment}) permits {grantee}, as it asked in {request}:",
    "because": "  They say: {text}",
    "give": "to give further of {title} ({type}) {id}, sent {created}:",
    "whole": "  all of it:",
    "parts": "  these parts alone:",
    "class": "to give further what it receives of these types: {types}",
    "to": "to",
    "recipient": "  {name} ({org_id}), {kind} in {country}: {side}",
    "third": "a third party",
    "side": "a signatory on the side of {side}",
    "everybody": "to everybody, in {register}: {medium}",
    "terms": "under these terms:",
    "peer": "The request is signed by {node}, whose identity has the fingerprint",
    "compare": "Ask them for it by telephone, if you have not compared it before.",
}
_TERMS: Final = "consent.grant"


def schema_of_terms() -> Mapping[str, Any]:
    """Return the schema of the terms alone, with all that it refers to."""
    schema = labelled.schema_of(_TERMS)
    terms = labelled.resolved((schema.get("properties") or {}).get("terms"), schema)
    return {**terms, "$defs": schema.get("$defs", {})}


def lines_of(terms: Mapping[str, Any]) -> Iterator[str]:
    """Yield everything that terms say, in the order in which people read them."""
    yield from labelled.lines(terms, schema_of_terms())


def explained(checked: "Checked", parties: "Parties") -> Iterator[str]:
    """Yield what an officer who signs a package permits."""
    terms = checked.terms
    named = {
        "grantor": terms.grantor,
        "grantee": terms.grantee,
        "environment": checked.card.environment,
    }
    if checked.request is None:
        yield _WORDS["head"].format(**named)
    else:
        reference = checked.request.header.reference or checked.request.header.id
        yield _WORDS["asked"].format(**named, request=reference)
        if reason := checked.request.body.get("reason"):
            yield _WORDS["because"].format(text=reason["en"])
    yield ""
    if terms.standing is not None:
        yield _WORDS["class"].format(types=", ".join(terms.standing.types))
    for message, covered in zip(checked.messages, terms.messages, strict=True):
        yield from _message(message, covered.pointers)
    yield from _recipients(checked, parties)
    yield ""
    yield _WORDS["terms"]
    for line in lines_of(checked.package.terms):
        yield f"  {line}".rstrip()
    yield from _peer(checked)


def _message(message: "Read", pointers: Sequence[str]) -> Iterator[str]:
    from gateway.catalogue import short, type_of
    from gateway.policy.bodies import only

    header = message.header
    yield _WORDS["give"].format(
        title=type_of(header.type).title,
        type=header.type,
        id=header.reference or short(header.id),
        created=header.created,
    )
    yield _WORDS["whole" if "" in pointers else "parts"]
    for line in labelled.lines(only(message.body, pointers), labelled.schema_of(header.type)):
        yield f"    {line}".rstrip()
    yield ""


def _recipients(checked: "Checked", parties: "Parties") -> Iterator[str]:
    terms = checked.terms
    if terms.publication is not None:
        register, medium = terms.publication
        yield _WORDS["everybody"].format(register=register, medium=medium)
        return
    yield _WORDS["to"]
    for one in terms.recipients:
        side = parties.of(one.org_id).side_in(terms.profile)
        yield _WORDS["recipient"].format(
            name=one.name,
            org_id=one.org_id,
            kind=one.kind,
            country=one.country,
            side=_WORDS["third"] if side is None else _WORDS["side"].format(side=side),
        )


def _peer(checked: "Checked") -> Iterator[str]:
    from gateway.envelope import fingerprint

    if checked.peer is not None:
        yield ""
        yield _WORDS["peer"].format(node=checked.peer.node)
        yield f"  {fingerprint(checked.peer.identity)}"
        yield _WORDS["compare"]
