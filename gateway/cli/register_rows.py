"""What a list of a register shows of each entry: its names, its number, and two different days.

The day of an act (an approval, an end, an order) is not the day on which its message arrived; each
has a column of its own. What is sealed says so, and is opened by `gateway register show` alone.
"""

from collections.abc import Mapping
from typing import Any, Final

from gateway.cli import listing
from gateway.cli.register_words import local_name_of, name_of, number_of

COLUMNS: Final = ("ENTRY", "NAME", "LOCAL NAME", "NUMBER", "STATUS", "SINCE", "RECEIVED")
# What a narrow terminal can do without.
SPARE: Final = ("RECEIVED", "LOCAL NAME")
# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "sealed": "sealed",
    "from": "{status} from {day}",
}
# The registers whose entries are called by their field of work.
_BY_FIELD: Final = ("suspensions", "certificates")
_FIELDS: Final = "ssw-fields"
# The registers whose entries have a number.
_NUMBERED: Final = ("sending-orgs", "support-orgs", "measures", "certificates")

View = Mapping[str, Any]


def fields_of(register: str) -> Mapping[str, str]:
    """Return what the fields of work are called, nothing where no entry is called by one."""
    if register not in _BY_FIELD:
        return {}
    from gateway import resources
    from gateway.catalogue.codes import read_code_lists

    found = read_code_lists(resources.schema_files())[_FIELDS]
    return {code: each.label["en"] for code, each in found.codes.items()}


def row_of(
    view: View, *, register: str, fields: Mapping[str, str], today: str
) -> tuple[object, ...]:
    """Return one entry as a row under `COLUMNS`.

    Args:
        fields: As `fields_of` gives them.
        today: The day for which the list is asked.
    """
    from gateway.catalogue.entry_days import since

    public = view.get("public") or {}
    sealed = _WORDS["sealed"] if view.get("has_private") else None
    name = name_of(public)
    return (
        view.get("entry"),
        fields.get(name, name) if name else sealed,
        local_name_of(public),
        number_of(public) or (sealed if register in _NUMBERED else None),
        status_of(view, today),
        since(str(view.get("status")), public) or sealed,
        listing.when(view.get("valid_from")),
    )


def status_of(view: View, today: str) -> str:
    """Return the status of an entry, with its day where that is still to come."""
    from gateway.catalogue.entry_days import to_come

    status = str(view.get("status"))
    day = to_come(status, view.get("public") or {}, today)
    return status if day is None else _WORDS["from"].format(status=status, day=day)
