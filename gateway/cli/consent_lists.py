"""`gateway consent list`, `show` and `status`: how the consents of both sides stand."""

from collections.abc import Mapping
from typing import Any, Final

import click

from gateway.cli import options, output
from gateway.cli.listing import Listing, show_page, when
from gateway.cli.socket_client import NodeClient
from gateway.cli.times_shown import told, zone_option
from gateway.policy import Denied
from gateway.policy.consents import ConsentState

_STATES: Final = tuple(state.value for state in ConsentState)
# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "none": "no consents",
    "both": "--ours and --theirs leave nothing out: give neither",
    "ours": "given to {peer}",
    "theirs": "given by {peer}",
    "any": "any number",
    "left": "{left} left of {uses}",
    "of": "{uses}, counted by them",
    "head": "Consent {id}, {whose}: {state}",
    "why": "It is worth nothing: {code}",
    "valid": "From {start} until {end}; uses: {uses}",
    "by": "Given in {name} ({message_state}), in answer to {request}",
    "unasked": "Given in {name} ({message_state}), unasked",
    "told": "The other side was told last that it is {told}",
    "heard": "{peer} says that it is {told}",
    "heard_why": "{peer} says that it is {told}: {code}",
    "card": "It may know your officers by an older card: gateway peers confirm CARD, there",
}


@click.command("list", epilog="Example: gateway consent list --theirs --state active")
@click.option("--ours", is_flag=True, help="Only those we gave.")
@click.option("--theirs", is_flag=True, help="Only those given to us.")
@click.option("--state", type=click.Choice(_STATES), help="Only those that stand so.")
@click.option("--message", metavar="ID", help="Only those that name this message.")
@options.page_options
@zone_option
@options.json_option
def list_consents(
    ours: bool, theirs: bool, state: str | None, message: str | None, limit: int, after: str | None
) -> None:
    """List the consents of both sides and how each stands, newest first."""
    if ours and theirs:
        raise click.UsageError(_WORDS["both"], click.get_current_context())
    direction = ("out" if ours else "in") if ours or theirs else None
    page = NodeClient.of(options.config_path()).consents(
        direction=direction, state=state, message=message, after=after, limit=limit
    )
    show_page(
        page,
        Listing(
            columns=("ID", "GIVEN", "STATE", "UNTIL", "USES", "REFERENCE"),
            row=_row,
            nothing=_WORDS["none"],
            again=("consent", "list"),
            filters={
                "--ours": ours,
                "--theirs": theirs,
                "--state": state,
                "--message": message,
            },
            spare=("REFERENCE", "USES"),
        ),
    )


@click.command(epilog="Example: gateway consent show 0195c2a4-7b1e")
@click.argument("consent", metavar="ID", callback=options.check_selector)
@zone_option
@options.json_option
def show(consent: str) -> None:
    """Show the consent ID and all that it says; it counts as reading its message."""
    view = NodeClient.of(options.config_path()).fetch_consent(consent)
    if options.as_json():
        output.document(view)
        return
    from gateway.cli import consent_words

    for line in _lines(view):
        output.data(line)
    output.data("")
    for line in consent_words.lines_of(view["terms"]):
        output.data(line)


@click.command(epilog="Example: gateway consent status 0195c2a4-7b1e")
@click.argument("consent", metavar="ID", callback=options.check_selector)
@zone_option
@options.json_option
def status(consent: str) -> None:
    """Tell how the consent ID stands, without what it says."""
    view = NodeClient.of(options.config_path()).consent(consent)
    if options.as_json():
        output.document(view)
        return
    for line in _lines(view):
        output.data(line)


COMMANDS: Final = (list_consents, show, status)


def _lines(view: Mapping[str, Any]) -> list[str]:
    name = view.get("reference") or str(view["message"])[:13]
    lines = [
        _WORDS["head"].format(id=view["consent_id"], whose=_whose(view), state=view["state"]),
        _WORDS["valid"].format(
            start=told(view["not_before"]), end=told(view["not_after"]), uses=_uses(view)
        ),
        _WORDS["by" if view["request"] else "unasked"].format(
            name=name, message_state=view["message_state"], request=str(view["request"])[:13]
        ),
    ]
    if view["code"]:
        lines.insert(1, _WORDS["why"].format(code=view["code"]))
    if view["told"]:
        lines += _told(view)
    return lines


def _told(view: Mapping[str, Any]) -> list[str]:
    """Return what the two sides have told each other of a consent."""
    if view["direction"] == "in":
        return [_WORDS["told"].format(told=view["told"])]
    code = view.get("told_code")
    words = _WORDS["heard_why" if code else "heard"]
    line = words.format(peer=view["peer"], told=view["told"], code=code)
    return [line, _WORDS["card"]] if code == Denied.CONSENT_KEY_NOT_AUTHORISED else [line]


def _row(item: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        item.get("short"),
        _whose(item),
        item.get("state"),
        when(item.get("not_after")),
        _uses(item),
        item.get("reference"),
    )


def _whose(item: Mapping[str, Any]) -> str:
    words = _WORDS["ours" if item.get("direction") == "out" else "theirs"]
    return words.format(peer=item.get("peer"))


def _uses(item: Mapping[str, Any]) -> str:
    if item.get("uses") is None:
        return _WORDS["any"]
    words = _WORDS["of" if item.get("uses_left") is None else "left"]
    return words.format(left=item.get("uses_left"), uses=item["uses"])
