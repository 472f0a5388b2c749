"""`gateway thread`: matters, and one matter told from its beginning."""

from collections.abc import Mapping
from typing import Any, Final

import click

from gateway.cli import listing, next_step, options, output, story, times_shown
from gateway.cli.socket_client import NodeClient

STATES: Final = (
    *("requested", "reported", "notified", "proposed", "accepted", "in-progress"),
    *("investigating", "countered", "agreed", "partly-agreed", "minuted"),
    *("actions-open", "revised", "consented-by-opener", "consented-by-other"),
    *("consented-by-both", "answered", "concluded", "published", "lifted", "effective"),
    *("granted", "partly-granted", "revoked"),
    *("closed", "declined", "withdrawn", "cancelled"),
)
# Each says which matters the list shows; one matter is shown whole.
_FILTERS: Final = ("peer", "state", "mine", "overdue", "attention", "limit", "after")
# What people see, in one place for whoever translates it.
_COLUMNS: Final = (*("MATTER", "PEER", "KIND", "STATE", "CHANGED", "HANDLED BY", "DUE", "NEXT"),)
_SPARE: Final = ("CHANGED", "PEER", "HANDLED BY", "KIND")
_WORDS: Final = {
    "nothing": "there are no threads yet",
    "more": "only the newest {number} messages are told",
    "empty": "no messages in this matter yet",
    "done": "{name}: dealt with; nothing of it asks for attention any more",
    "next": "next: {words}: {line}",
    "take": "take it on",
}


@click.command(epilog="Example: gateway thread JP-2026-000123 --zone ICT")
@click.argument("thread", metavar="[REF]", required=False, callback=options.check_selector)
@click.option("--peer", metavar="NODE", help="Only with this node.")
@click.option("--state", type=click.Choice(STATES), help="Only in this state.")
@click.option("--mine", is_flag=True, help="Only those assigned to you.")
@click.option("--overdue", is_flag=True, help="Only those with a missed deadline.")
@click.option("--attention", is_flag=True, help="Only those flagged for a person.")
@click.option("--attention-done", is_flag=True, help="You have dealt with what REF is flagged for.")
@options.page_options
@times_shown.zone_option
@options.json_option
def command(thread: str | None, attention_done: bool, **given: Any) -> None:
    """List the matters with all peers, or tell the one with this reference or id.

    A matter is told from its beginning: who did what and when, how far each message came, what was
    missed, what your own people noted, and who must act next.
    """
    _check(thread, attention_done=attention_done)
    client = NodeClient.of(options.config_path())
    if thread is None:
        _list(client, given)
    elif attention_done:
        _attend(client, thread)
    else:
        _tell(client, thread)


def _check(thread: str | None, *, attention_done: bool) -> None:
    """Let pass only options that fit together.

    Raises:
        UsageError: A filter for one matter, or an act on none.
    """
    given = [f"--{name}" for name in _FILTERS if options.is_given(name)]
    if thread is not None and given:
        raise click.UsageError(
            f"{', '.join(given)}: for the list, not for one matter", click.get_current_context()
        )
    if thread is None and attention_done:
        raise click.UsageError(
            "--attention-done needs the reference of a matter", click.get_current_context()
        )


def _list(client: NodeClient, given: Mapping[str, Any]) -> None:
    flags = ("mine", "overdue", "attention")
    asked: dict[str, Any] = {name: 1 if given[name] else None for name in flags}
    page = client.get(
        "threads",
        peer=given["peer"],
        state=given["state"],
        after=given["after"],
        limit=given["limit"],
        **asked,
    )
    drawn = listing.Listing(
        columns=_COLUMNS,
        row=_row,
        spare=_SPARE,
        nothing=_WORDS["nothing"],
        again=("thread",),
        filters={f"--{name}": given[name] for name in ("peer", "state", *flags)},
    )
    listing.show_page(page, drawn)


def _row(view: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        view.get("reference") or view.get("short"),
        view.get("peer"),
        view.get("kind"),
        listing.marked(view.get("state"), view),
        listing.when(view.get("updated")),
        view.get("assignee"),
        listing.when(view.get("due")),
        # A matter that is closed needs no line to say so: its state does.
        view.get("next") if view.get("next_node") else None,
    )


def _tell(client: NodeClient, thread: str) -> None:
    view = client.get("threads", thread)
    notes = client.get("threads", thread, "notes").get("items") or []
    if options.as_json():
        output.document(view | {"notes": notes})
        return
    output.data("\n".join(story.told(view, notes)))
    if view.get("more"):
        output.talk(_WORDS["more"].format(number=len(view.get("messages") or ())))
    for words, line in _steps(view):
        output.talk(_WORDS["next"].format(words=words, line=line))


def _steps(view: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what can be done next, first of all to take the matter on if nobody has."""
    steps = list(next_step.in_matter(view))
    if steps and not view.get("assignee"):
        name = str(view.get("reference") or view.get("short"))
        steps.insert(0, (_WORDS["take"], options.line("assign", name, "--me")))
    return steps


def _attend(client: NodeClient, thread: str) -> None:
    view = client.post("threads", thread, "attention")
    if options.as_json():
        output.document(view)
        return
    name = view.get("reference") or view.get("short")
    output.talk(_WORDS["done"].format(name=name))
