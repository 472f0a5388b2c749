"""`gateway publications`: what is to be made public, by when, and what became of it."""

from collections.abc import Mapping
from typing import Any, Final

import click

from gateway.cli import options, output
from gateway.cli.listing import Listing, show_page, when
from gateway.cli.socket_client import NodeClient
from gateway.cli.times_shown import zone_option

# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "none": "nothing is to be made public",
    "late": "late",
    "gone": "was {state}",
    "removes-many": "takes away more than one entry in twenty: a person has to look first",
    "marked-anew": "its originator has marked it anew: look whether it may be public now",
    "consented": "its originator has consented to it: look where, how and until when, then decide",
    "not-told": "what was to tell the other side of it never counted: decide anew",
    "not-allowed": "could not be made public at once: try it, and the node says why",
    "remark": "{name}: {text}",
    "next": "look at one and decide: {line}",
}
# How far a publication has come, and what is done by it, in words.
STATES: Final[Mapping[tuple[str, str], str]] = {
    ("waiting", "published"): "to be published",
    ("waiting", "amended"): "to be amended",
    ("waiting", "withdrawn"): "to be taken down",
    ("done", "published"): "published",
    ("done", "amended"): "amended",
    ("done", "withdrawn"): "taken down",
    ("refused", "not-published"): "kept closed",
}


@click.command(epilog="Example: gateway publications --waiting")
@click.option("--waiting", is_flag=True, help="Only what nobody has decided about.")
@click.option("--overdue", is_flag=True, help="Only what should have been public by now.")
@click.option("--peer", metavar="NODE", help="Only with this node.")
@options.page_options
@zone_option
@options.json_option
def command(waiting: bool, overdue: bool, peer: str | None, limit: int, after: str | None) -> None:
    """List what messages have made public or taken down, newest first.

    Approvals, lists, revocations and measures are public under clauses 5(1), 5(6), 6(2) and 6(3)
    of the memorandum. An operator lets each go with `gateway publish`.
    """
    page = NodeClient.of(options.config_path()).publications(
        waiting=waiting, overdue=overdue, peer=peer, after=after, limit=limit
    )
    show_page(
        page,
        Listing(
            columns=("ID", "REFERENCE", "TYPE", "PEER", "REGISTER", "STATE", "DUE", "PLACE"),
            row=_row,
            nothing=_WORDS["none"],
            again=("publications",),
            filters={"--waiting": waiting, "--overdue": overdue, "--peer": peer},
            spare=("REGISTER", "PLACE", "PEER"),
        ),
    )
    if not options.as_json():
        _say_more(page["items"])


def state_of(item: Mapping[str, Any]) -> str:
    """Return how far a publication has come, in words."""
    state, action = str(item.get("state")), str(item.get("action"))
    words = STATES.get((state, action), state)
    if item.get("is_gone") and state == "done":
        return _WORDS["gone"].format(state=words)
    return f"{words} {_WORDS['late']}" if item.get("overdue") else words


def _row(item: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        item.get("short"),
        item.get("reference"),
        item.get("type"),
        item.get("peer"),
        item.get("register"),
        state_of(item),
        when(item.get("due")),
        item.get("place"),
    )


def _say_more(items: Any) -> None:
    for item in items:
        if item.get("remark") in _WORDS and item.get("state") == "waiting":
            name = item.get("reference") or item.get("short")
            output.talk(_WORDS["remark"].format(name=name, text=_WORDS[item["remark"]]))
    # The oldest stands last; where something must go before it, the node says so.
    waiting = [item for item in items if item.get("state") == "waiting"]
    if waiting:
        line = options.line("publish", str(waiting[-1].get("short")))
        output.talk(_WORDS["next"].format(line=line))
