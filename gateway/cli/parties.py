"""`gateway parties`: the organisations that the memoranda name, and on whose side each stands."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import click

from gateway.cli import memoranda, options, output
from gateway.errors import NotFoundError

if TYPE_CHECKING:
    from gateway.catalogue.parties import Parties, Party

# What people see, in one place for whoever translates it.
_COLUMNS: Final = ("PARTY", "NAME", "KIND", "SIDE", "FROM", "UNTIL")
_SPARE: Final = ("FROM", "UNTIL", "KIND")
_LABELS: Final = 20
_WORDS: Final = {
    "third": "third party",
    "signed": "{side} ({profiles})",
    "nobody": "no organisation here is called anything like {text!r}",
    "by_id": "a name may be another's: whoever is given something is named by its id",
    "more": "one organisation with all its names: gateway parties show ORG",
    "unknown": "the registry of parties has no organisation {id!r}",
    "near": "did you mean {near}? ",
    "hint": "gateway parties list --find NAME looks for it",
    "ended": "{id} ended on {day}: nothing may be given to it any more",
    "successor": "its place took {ids}; a consent that names {id} is no consent for them",
}


@click.group(epilog="Example: gateway parties list --find labour")
def command() -> None:
    """List the organisations that may be named as recipients, and who is a third party.

    Clause 3 binds those that signed a memorandum as two sides. Everybody else is a third party,
    whatever its country, and is given what is confidential only with the originator's consent.
    """


@command.command("list", epilog="Example: gateway parties list --find osaka")
@click.option("--profile", metavar="NAME", help="As this memorandum has them.")
@click.option("--find", "sought", metavar="TEXT", help="Only those whose names come near this.")
@options.json_option
def list_(profile: str | None, sought: str | None) -> None:
    """List the organisations with their ids, which is how a recipient is named."""
    parties = _parties()
    under = memoranda.chosen(None, profile)
    found = parties.all() if sought is None else parties.alike(sought)
    name = None if under is None else under.name
    if options.as_json():
        items = [_view(each, parties, name) for each in found]
        output.document({"items": items, "next": None})
    elif not found:
        output.talk(_WORDS["nobody"].format(text=sought))
    else:
        from gateway.cli import tables

        rows = [
            (each.id, each.names["en"], each.kind, _side(each, name), *_days(each))
            for each in found
        ]
        tables.draw(_COLUMNS, rows, spare=_SPARE)
        output.talk(_WORDS["more" if sought is None else "by_id"])


@command.command(epilog="Example: gateway parties show jp/labour-bureau-osaka")
@click.argument("party_id", metavar="ORG")
@click.option("--profile", metavar="NAME", help="Only its side under this memorandum.")
@options.json_option
def show(party_id: str, profile: str | None) -> None:
    """Show the organisation ORG: names, side, days of being, and who took its place."""
    parties = _parties()
    party = _known(party_id, parties)
    under = None if profile is None else memoranda.chosen(None, profile)
    name = None if under is None else under.name
    if options.as_json():
        output.document(_view(party, parties, name))
        return
    output.data(f"{party.id}: {party.names['en']}")
    for label, text in _facts(party, parties, name):
        output.data(f"  {label:<{_LABELS}}{text}")
    for text in _warnings(party, parties):
        output.talk(text)


def _parties() -> "Parties":
    from gateway import resources
    from gateway.catalogue import Parties

    files = resources.schema_files()
    paths = sorted(path for path in files if path.startswith("parties/"))
    return Parties.from_json(json.loads(files[path]) for path in paths)


def _known(party_id: str, parties: "Parties") -> "Party":
    try:
        return parties.of(party_id)
    except NotFoundError:
        # Whoever half remembers an id remembers what stands behind the country.
        found = parties.alike(party_id) or parties.alike(party_id.partition("/")[2])
        near = [each.id for each in found]
        meant = _WORDS["near"].format(near=" or ".join(near)) if near else ""
        raise NotFoundError(
            _WORDS["unknown"].format(id=party_id), hint=meant + _WORDS["hint"]
        ) from None


def _side(party: "Party", profile: str | None) -> str:
    """Return on whose side it stands, under one memorandum or under each that it signed."""
    if profile is not None:
        side = party.side_in(profile)
        return _WORDS["third"] if side is None else memoranda.country(side)
    if not party.signatory_of:
        return _WORDS["third"]
    side = memoranda.country(party.country)
    return _WORDS["signed"].format(side=side, profiles=", ".join(sorted(party.signatory_of)))


def _days(party: "Party") -> tuple[str | None, str | None]:
    return party.valid_from, party.valid_to


def _facts(party: "Party", parties: "Parties", profile: str | None) -> Iterator[tuple[str, str]]:
    for language, name in party.names.items():
        yield f"name ({language})", name
    if party.aliases:
        yield "also called", ", ".join(party.aliases)
    yield "kind", party.kind
    yield "country", memoranda.country(party.country)
    yield "side", _side(party, profile)
    for label, day in zip(("since", "until"), _days(party), strict=True):
        if day is not None:
            yield label, day
    if party.successor_of:
        yield "took the place of", ", ".join(party.successor_of)
    if successors := parties.successors_of(party.id):
        yield "its place took", ", ".join(each.id for each in successors)


def _warnings(party: "Party", parties: "Parties") -> Iterator[str]:
    if party.valid_to is not None and not party.is_there(_today()):
        yield _WORDS["ended"].format(id=party.id, day=party.valid_to)
    if successors := parties.successors_of(party.id):
        ids = ", ".join(each.id for each in successors)
        yield _WORDS["successor"].format(id=party.id, ids=ids)


def _today() -> str:
    import time

    from gateway.envelope import times

    return times.text(int(time.time()))[:10]


def _view(party: "Party", parties: "Parties", profile: str | None) -> dict[str, Any]:
    beside = {} if profile is None else {"profile": profile, "side": party.side_in(profile)}
    return beside | {
        "id": party.id,
        "names": dict(party.names),
        "aliases": list(party.aliases),
        "kind": party.kind,
        "country": party.country,
        "signatory_of": sorted(party.signatory_of),
        "valid_from": party.valid_from,
        "valid_to": party.valid_to,
        "successor_of": list(party.successor_of),
        "successors": [each.id for each in parties.successors_of(party.id)],
    }
