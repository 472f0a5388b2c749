"""`gateway show`: one message with its content."""

import shutil
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

import click

from gateway.cli import derived, labelled, next_step, options, output, refused, times_shown, waiting
from gateway.cli.failure import AnsweredError
from gateway.cli.socket_client import NodeClient

View = Mapping[str, Any]

# What people see, in one place for whoever translates it: labels first.
_LABELS: Final = {
    "reference": "Reference",
    "created": "Written",
    "due": "Answer due",
    "state": "State",
    "refusal": "Refused because",
    "attention": "Attention",
    "marking": "Marking",
    "priority": "Priority",
    "clauses": "Clauses",
    "expires": "Of no use after",
    "in_reply_to": "In reply to",
    "supersedes": "Takes the place of",
    "reissue_of": "Sent instead of",
    "thread": "Matter",
    "id": "Id",
}
_WAYS: Final = {"in": "from {peer}", "out": "to {peer}"}
_STATES: Final = {
    "queued": "queued: it has not arrived yet",
    "delivered": "delivered",
    "refused": "refused by the other side",
    "cancelled": "cancelled: it never left",
    "expired": "expired before it arrived",
    "overdue": "overdue: it may have arrived, no receipt says so",
    "held": "held: it leaves when somebody releases it",
    "received": "received; nobody here has read it",
    "handed-over": "read here",
    "accepted": "accepted by us",
    "declined": "declined by us",
    "answered": "answered by us",
}
_LEVELS: Final = {
    "in": {
        "received": "Received here",
        "handed-over": "Read here",
        "accepted": "Accepted by us",
        "declined": "Declined by us",
        "answered": "Answered by us",
    },
    "out": {
        "received": "Received there",
        "handed-over": "Read there",
        "accepted": "Accepted there",
        "declined": "Declined there",
        "answered": "Answered there",
    },
}
_DEADLINES: Final = {
    "handed-over": "To be read by",
    "accepted": "To be accepted by",
    "answered": "To be answered by",
}
_WORDS: Final = {
    "missed": " MISSED",
    "correct": "CORRECTED: another message took the place of this one: {id}",
    "withdraw": "WITHDRAWN by its sender, with message {id}",
    "reissued": "SENT ANEW under another id: {id}",
    "note": "Note",
    "marked": "Marked before",
    "until": "{marking}, by {by}",
    "taken": "Taken over",
    "given": "Taken over by",
    "into": "{id} ({direction}, {peer}, {state})",
    "next": "Next:",
}
_COLUMN: Final = 20


@click.command(epilog="Example: gateway show JP-2026-000123")
@click.argument("message", metavar="ID|REFERENCE", callback=options.check_selector)
@click.option("--no-content", is_flag=True, help="Only the outside; hands nothing over.")
@times_shown.zone_option
@options.json_option
def command(message: str, no_content: bool) -> None:
    """Show a message with its content, in the order in which people read it.

    The first look at the content of a received message hands it over: its sender is told. An ID
    may be shortened to eight characters or more while it is unique; a REFERENCE such as
    JP-2026-000123 names the first message of its matter.
    """
    client = NodeClient.of(options.config_path())
    if no_content:
        view = client.get("messages", message)
    else:
        view = client.post("messages", message, "fetch")
    if options.as_json():
        output.document(view)
        return
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    text = readable(view, schema=schema_for(view, client), width=width)
    output.data("\n".join(text))
    for words, line in next_step.after(view):
        output.talk(f"{_WORDS['next']} {words}: {line}")


def readable(view: View, *, schema: labelled.Schema, width: int | None = None) -> Iterator[str]:
    """Yield a message as text: what became of it, what is known of it, what it says.

    Args:
        width: The width of the terminal, to which long texts are folded; None leaves them whole.
    """
    yield from replaced(view)
    yield heading(view)
    yield from (f"  {label:<{_COLUMN}}{text}" for label, text in facts(view))
    yield from (f"  {label:<{_COLUMN}}{text}" for label, text in provenance(view))
    content = view.get("content")
    if isinstance(content, Mapping):
        yield ""
        yield from labelled.lines(content.get("body") or {}, schema, width=width)
        if content.get("note"):
            yield ""
            note = {_WORDS["note"]: content["note"]}
            yield from labelled.lines(note, {}, width=width)


def replaced(view: View) -> Iterator[str]:
    """Yield a line that says what took the place of a message, if anything did."""
    if newer := view.get("superseded_by"):
        mode = "withdraw" if view.get("superseded_mode") == "withdraw" else "correct"
        yield output.inline(_WORDS[mode].format(id=newer))
    elif newer := view.get("reissued_as"):
        yield output.inline(_WORDS["reissued"].format(id=newer))


def heading(view: View) -> str:
    """Return the first line of a message: what it is and between whom."""
    way = _WAYS.get(str(view.get("direction")), "{peer}").format(peer=view.get("peer"))
    return output.inline(f"{view.get('title')} ({view.get('type')}), {way}")


def facts(view: View) -> Iterator[tuple[str, str]]:
    """Yield what is known of a message, each with its label, in reading order."""
    values = {
        **{name: output.inline(view[name]) for name in _LABELS if view.get(name)},
        **{name: times_shown.shown(view[name]) for name in _TIMES if view.get(name)},
        "state": state_of(view),
        "refusal": refused.told(view) if view.get("refusal") else "",
        "marking": marking_of(view),
        "clauses": ", ".join(map(output.inline, view.get("clauses") or [])),
    }
    for name, label in _LABELS.items():
        if values.get(name):
            yield label, values[name]
        if name == "state":
            yield from levels(view)


def provenance(view: View) -> Iterator[tuple[str, str]]:
    """Yield how a message was marked before, what it took over, and what took over from it."""
    known = view.get("provenance") or {}
    # The first marking alone is no history: the facts show it.
    for each in (known.get("markings") or [])[:-1]:
        words = {**each, "marking": marking_of({**each, "marking": each.get("level")})}
        yield _WORDS["marked"], output.inline(_WORDS["until"].format(**words))
    for text in derived.lines(known):
        yield _WORDS["taken"], text
    for each in known.get("derived") or []:
        yield _WORDS["given"], output.inline(_WORDS["into"].format(**each))


_TIMES: Final = ("created", "due", "expires")


def state_of(view: View) -> str:
    """Return the state of a message in words."""
    state = str(view.get("state") or "-")
    return output.inline(_STATES.get(state, state))


def levels(view: View) -> Iterator[tuple[str, str]]:
    """Yield how far a message has come and when, then what is still due and what was missed."""
    names = _LEVELS["out" if view.get("direction") == "out" else "in"]
    for level, time in waiting.reached(view):
        yield names.get(level, level), times_shown.shown(time)
    missed = view.get("missed") or ()
    for level, due in sorted((view.get("deadlines") or {}).items(), key=lambda item: str(item[1])):
        mark = _WORDS["missed"] if level in missed else ""
        yield _DEADLINES.get(level, level), times_shown.shown(due) + mark


def marking_of(view: View) -> str:
    """Return level and caveats of a message, each in its word."""
    return ", ".join(map(output.inline, [view.get("marking") or "-", *(view.get("caveats") or [])]))


def schema_for(view: View, client: NodeClient) -> labelled.Schema:
    """Return the schema to read a message by; a correction is read by that of what it corrects."""
    schema = labelled.schema_of(str(view.get("type")))
    corrected = view.get("supersedes")
    if not corrected or "content" not in view or "body" not in schema.get("properties", {}):
        return schema
    try:
        earlier = client.get("messages", str(corrected))
    except AnsweredError:
        # Without the earlier message the members stand under their own names.
        return schema
    return labelled.with_body(schema, labelled.schema_of(str(earlier.get("type"))))
