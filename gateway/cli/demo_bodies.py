"""What is said in the demo: the catalogue's own examples, made to speak of one organisation.

Each run approves another one, so that whoever plays the demo again finds the registers of the runs
before: an approval that was revoked does not come back.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from gateway.cli.demo_nodes import DemoNode
from gateway.cli.types import schema_of

Body = Mapping[str, Any]
Said = tuple[str, Body]

_AT_ONCE: Final = 500
_SENDING_ORGS: Final = "sending-orgs"
_SUSPENSIONS: Final = "suspensions"
# As the examples number them; the list has one organisation more, which is in every run the same.
_FIRST: Final = 45
_OTHER: Final = 46
_FIRST_FIELD: Final = 2
# A list of approved organisations leaves these out.
_ENDED: Final = frozenset({"revoked", "expired", "surrendered"})
_NUMBERED: Final = re.compile(r".*-([0-9]{1,9})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """The organisation of this run: its id in the register, and the number of its licence."""

    entry: str
    licence: str


def example(type_name: str) -> Said:
    """Return a type with the example that stands in the catalogue."""
    return type_name, schema_of(type_name)["examples"][0]


def new_organisation(keeper: DemoNode) -> Organisation:
    """Return an organisation that the register does not know yet."""
    numbers = [_number(each) for each in _entries(keeper, _SENDING_ORGS)]
    number = max(*numbers, _OTHER) + 1 if numbers else _FIRST
    return Organisation(entry=f"so-{number:04d}", licence=f"TEST-{number:03d}")


def inquiry(of: Organisation) -> Said:
    """Return the inquiry into a certificate, which names the organisation."""
    name, body = example("inquiry.request")
    asked = {key: _numbered(each, of) for key, each in body["organisations"].items()}
    return name, {**body, "organisations": asked}


def approval(of: Organisation) -> Said:
    """Return the approval of an organisation."""
    name, body = example("sending-org.approval")
    return name, {**body, **_of(of, body)}


def whole_list(keeper: DemoNode, of: Organisation) -> Said:
    """Return a list of all who hold an approval: those listed before, and one that is new."""
    from gateway.catalogue.list_digest import line, set_digest
    from gateway.desk.importing import next_version

    name, body = example("sending-org.list")
    _, approved = approval(of)
    (contact,) = body["contacts"].values()
    members = ("organisation", "licence", "approved_on", "scope")
    entries = {
        **_listed(keeper),
        f"so-{_OTHER:04d}": body["entries"][f"so-{_OTHER:04d}"],
        of.entry: {**{each: approved[each] for each in members}, "status": "approved"},
    }
    digest = set_digest({entry: line(entry, said) for entry, said in entries.items()})
    return name, {
        **body,
        # Wherever the clock stands, a list is of no day to come.
        "as_of": min(body["as_of"], datetime.now(UTC).date().isoformat()),
        "list_version": next_version(body["list_version"], _version(keeper)),
        "count": len(entries),
        "set_digest": digest,
        "entries": entries,
        "contacts": {of.entry: contact},
    }


def report(of: Organisation) -> Said:
    """Return the report of what the organisation seems to have done."""
    name, body = example("irregularity.report")
    return name, {**body, "organisation": _numbered(body["organisation"], of)}


def revocation(of: Organisation) -> Said:
    """Return the revocation of the approval of an organisation."""
    name, body = example("sending-org.revocation")
    return name, {**body, **_of(of, body)}


def suspension(keeper: DemoNode) -> Said:
    """Return the suspension of a field, under an id that the register does not know yet."""
    name, body = example("suspension.notice")
    numbers = [_number(each) for each in _entries(keeper, _SUSPENSIONS)]
    number = max(numbers) + 1 if numbers else _FIRST_FIELD
    prefix, _, _ = str(body["entry"]).rpartition("-")
    return name, {**body, "entry": f"{prefix}-{number:04d}"}


def _of(organisation: Organisation, body: Body) -> Body:
    """Return what a message about an approval says of its organisation."""
    return {
        "entry": organisation.entry,
        "organisation": _numbered(body["organisation"], organisation),
        "licence": {**body["licence"], "number": organisation.licence},
    }


def _numbered(named: Body, of: Organisation) -> Body:
    return {**named, "identifiers": {"kh-molvt-licence": of.licence}}


def _listed(keeper: DemoNode) -> dict[str, Any]:
    """Return what the last list said of those whose approval has not ended since."""
    ended = {
        entry for entry, view in _entries(keeper, _SENDING_ORGS).items() if view["status"] in _ENDED
    }
    entries: dict[str, Any] = {}
    for page in _pages(keeper, "registers", _SENDING_ORGS, "listed"):
        entries |= page["entries"]
    return {entry: said for entry, said in entries.items() if entry not in ended}


def _version(keeper: DemoNode) -> str | None:
    page = keeper.client.get("registers", _SENDING_ORGS, "listed", limit=1)
    return page["list"]["list_version"] if page["list"] else None


def _entries(keeper: DemoNode, register: str) -> dict[str, Body]:
    return {
        view["entry"]: view
        for page in _pages(keeper, "registers", register)
        for view in page["items"]
    }


def _pages(keeper: DemoNode, *path: str) -> Iterator[Body]:
    after = None
    while True:
        page = keeper.client.get(*path, after=after, limit=_AT_ONCE)
        yield page
        if (after := page["next"]) is None:
            return


def _number(entry: str) -> int:
    """Return the number at the end of an id, 0 if it has none: somebody else may have chosen it."""
    found = _NUMBERED.fullmatch(entry)
    return int(found[1]) if found else 0
