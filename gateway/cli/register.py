"""`gateway register`: the lists that both sides keep from what they tell each other."""

import shutil
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import click

from gateway.cli import listing, options, output, register_export, register_import, times_shown
from gateway.cli.listing import Listing, show_page
from gateway.cli.register_rows import COLUMNS, SPARE, fields_of, row_of, status_of
from gateway.cli.register_words import (
    VERBS,
    as_of_option,
    changed_labels,
    end_of_day,
    name_argument,
    name_of,
    peer_option,
    schema_of,
)
from gateway.cli.socket_client import NodeClient

View = Mapping[str, Any]

# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "nothing": "no register has anything in it yet",
    "empty": "the register has no entries",
    "same": "nothing has changed in that time",
    "none_wait": "nothing waits for a decision",
    "waits": "{number} of these wait for a decision: {line}",
    "applied": "applied: the register now says it too",
    "dropped": "dropped: the register stays as it was",
    "one": "choose one: --apply or --drop",
    "sealed": "personal and confidential parts are sealed: {line}",
    "history": "History",
    "entry": "Entry",
    "status": "Status",
    "since": "Since",
    "received": "Received",
    "with": "With",
    "removed": "no longer in the register",
    "private": "Confidential",
}


@click.group(epilog="Example: gateway register list sending-orgs --find mekong")
def command() -> None:
    """Look at, compare, export and import the registers kept with each other node.

    A register is built from the messages of both sides and keeps its whole history. Looking at one
    hands nothing over.
    """


@command.command("list", epilog="Example: gateway register list sending-orgs --as-of 2026-04-01")
@name_argument(required=False)
@peer_option
@as_of_option
@click.option("--status", metavar="STATUS", help="Only with this status, such as approved.")
@click.option("--find", metavar="WORDS", help="Only what says all these words openly.")
@click.option("--number", metavar="TEXT", help="Only what bears or bore this number, even sealed.")
@click.option("--waiting", is_flag=True, help="The messages that wait for a decision instead.")
@options.page_options
@times_shown.zone_option
@options.json_option
def list_(name: str | None, *, waiting: bool, limit: int, after: str | None, **given: Any) -> None:
    """List the entries of the register NAME, or the registers there are.

    A day stands for its end, in the zone that --zone names.
    """
    client = NodeClient.of(options.config_path())
    page: dict[str, Any] = {"after": after, "limit": limit}
    if waiting:
        show_page(client.get("deferred", **page), _WAITING)
    elif name is None:
        _show_overview(client.get("registers", peer=given["peer"]))
    else:
        asked: dict[str, Any] = given | {"as_of": end_of_day(given["as_of"], "--as-of")}
        filters = {f"--{key.replace('_', '-')}": value for key, value in given.items()}
        view = client.get("registers", name, **asked, **page)
        show_page(view, _entries(name, filters, _today(asked["as_of"])))


@command.command(epilog="Example: gateway register show sending-orgs so-0045 --private")
@name_argument()
@click.argument("entry", metavar="ENTRY")
@peer_option
@as_of_option
@click.option("--private", is_flag=True, help="Also what is sealed of it; that is recorded.")
@times_shown.zone_option
@options.json_option
def show(name: str, entry: str, peer: str | None, as_of: str | None, private: bool) -> None:
    """Show an ENTRY of the register NAME, and how it came to be what it is."""
    client = NodeClient.of(options.config_path())
    given: dict[str, Any] = {"peer": peer, "as_of": end_of_day(as_of, "--as-of")}
    view = client.get("registers", name, "entry", entry=entry, **given)
    if private and view["has_private"]:
        body = {"entries": [entry], **{key: each for key, each in given.items() if each}}
        (opened,) = client.post("registers", name, "open", body=body)["items"]
        view["private"] = opened["private"]
    if options.as_json():
        output.document(view)
        return
    output.data("\n".join(_told(name, view, _today(given["as_of"]))))
    if view["has_private"] and "private" not in view:
        words = ("--peer", peer) if peer else ()
        line = options.line("register", "show", name, entry, *words, "--private")
        output.talk(_WORDS["sealed"].format(line=line))


@command.command(epilog="Example: gateway register diff sending-orgs --since 2026-04-01")
@name_argument()
@click.option("--since", metavar="TIME", required=True, help="From what it was then: a day, or 7d.")
@click.option("--until", metavar="TIME", help="To what it was then; without it, to now.")
@peer_option
@options.page_options
@times_shown.zone_option
@options.json_option
def diff(
    name: str, since: str, until: str | None, peer: str | None, limit: int, after: str | None
) -> None:
    """Compare the register NAME at two times: what came, what changed and what went.

    A day stands for its end, so that --since yesterday's day shows all of today.
    """
    asked: dict[str, Any] = {
        "since": end_of_day(since, "--since"),
        "until": end_of_day(until or "0m", "--until"),
    }
    client = NodeClient.of(options.config_path())
    page = client.get("registers", name, "changes", peer=peer, after=after, limit=limit, **asked)
    span = ("--since", since, *(("--until", until) if until else ()))
    show_page(
        page,
        Listing(
            columns=("ENTRY", "NAME", "WHAT", "STATUS", "CHANGED", "RECEIVED"),
            row=partial(_difference, schema=schema_of(name)),
            nothing=_WORDS["same"],
            again=("register", "diff", name, *span),
            filters={"--peer": peer},
            spare=("CHANGED",),
        ),
    )


@command.command(
    epilog='Example: gateway register decide KH-2026-000007 --apply --reason "Checked"'
)
@click.argument("message", metavar="ID|REFERENCE", callback=options.check_selector)
@click.option("--apply", "is_applied", is_flag=True, help="Let it change the register.")
@click.option("--drop", "is_dropped", is_flag=True, help="The register never hears of it.")
@click.option("--reason", metavar="TEXT", required=True, help="Why; kept here, and never sent.")
@options.json_option
def decide(message: str, is_applied: bool, is_dropped: bool, reason: str) -> None:
    """Decide on a message that is valid but odd, such as the end of an approval that never was.

    Until then it changes no register: `gateway register list --waiting`. The reason is kept as a
    note about the matter.
    """
    if is_applied == is_dropped:
        raise click.UsageError(_WORDS["one"], click.get_current_context())
    client = NodeClient.of(options.config_path())
    view = client.post("deferred", message, "decide", body={"apply": is_applied, "reason": reason})
    if options.as_json():
        output.document(view)
        return
    output.talk(_WORDS[str(view["decision"])])


@command.command(epilog="Example: gateway register columns sending-orgs")
@name_argument()
@options.json_option
def columns(name: str) -> None:
    """List the headings that a file of the register NAME may have for its columns."""
    from gateway.catalogue.registers import Register
    from gateway.desk.register_columns import leaves_of

    found = [
        (leaf.english, leaf.japanese, ".".join(leaf.path)) for leaf in leaves_of(Register(name))
    ]
    rows = [("Entry", "登録ID", "entry"), *found]
    if options.as_json():
        items = [{"english": row[0], "japanese": row[1], "path": row[2]} for row in rows]
        output.document({"items": items, "next": None})
        return
    from gateway.cli import tables

    tables.draw(("HEADING", "IN JAPANESE", "PATH"), rows)


command.add_command(register_export.export)
command.add_command(register_import.import_)


def _show_overview(page: View) -> None:
    show_page(
        page,
        Listing(
            columns=("REGISTER", "WITH", "ENTRIES", "OF WHICH", "LIST", "AS OF", "WAITING"),
            row=_summary,
            nothing=_WORDS["nothing"],
            again=("register", "list"),
            filters={},
            spare=("OF WHICH",),
        ),
    )
    waiting = sum(each["waiting"] for each in page["items"])
    if waiting and not options.as_json():
        line = options.line("register", "list", "--waiting")
        output.talk(_WORDS["waits"].format(number=waiting, line=line))


def _summary(view: View) -> tuple[object, ...]:
    version = view.get("list") or {}
    counts = view.get("by_status") or {}
    return (
        view.get("register"),
        view.get("peer"),
        view.get("entries"),
        ", ".join(f"{number} {status}" for status, number in counts.items()) or None,
        version.get("list_version"),
        version.get("as_of"),
        view.get("waiting") or None,
    )


def _today(as_of: str | None) -> str:
    """Return the day for which a register is shown."""
    return as_of[:10] if as_of else datetime.now(UTC).strftime("%Y-%m-%d")


def _entries(name: str, filters: Mapping[str, object], today: str) -> Listing:
    return Listing(
        columns=COLUMNS,
        row=partial(row_of, register=name, fields=fields_of(name), today=today),
        nothing=_WORDS["empty"],
        again=("register", "list", name),
        filters=filters,
        spare=SPARE,
    )


_WAITING: Final = Listing(
    columns=("ID", "REFERENCE", "WITH", "TYPE", "REGISTER", "WHY", "SINCE"),
    row=lambda view: (
        view.get("id"),
        view.get("reference"),
        view.get("peer"),
        view.get("type"),
        view.get("register"),
        view.get("reason"),
        listing.when(view.get("at")),
    ),
    nothing=_WORDS["none_wait"],
    again=("register", "list", "--waiting"),
    filters={},
    spare=("TYPE",),
)


def _difference(view: View, *, schema: Mapping[str, Any]) -> tuple[object, ...]:
    before = view.get("before")
    public = view.get("public") or {}
    return (
        view.get("entry"),
        name_of(public) or name_of((before or {}).get("public") or {}),
        VERBS[_verb(view, before)],
        _status(view, before),
        changed_labels(before["public"], public, schema) if before else None,
        listing.when(view.get("valid_from")),
    )


def _verb(view: View, before: View | None) -> str:
    was_there = before is not None and not before["removed"]
    if view.get("removed"):
        return "removed" if was_there else "passing"
    return "changed" if was_there else "added"


def _status(view: View, before: View | None) -> str:
    now = str(view.get("status"))
    if before is None or before["status"] == now:
        return now
    return f"{before['status']} > {now}"


def _told(name: str, view: View, today: str) -> Iterator[str]:
    from gateway.catalogue.entry_days import since
    from gateway.cli import labelled

    status = status_of(view, today)
    if view["removed"]:
        status = f"{status}, {_WORDS['removed']}"
    facts = (
        (_WORDS["entry"], view["entry"]),
        (_WORDS["status"], status),
        (_WORDS["since"], since(str(view["status"]), view["public"])),
        (_WORDS["received"], times_shown.shown(view["valid_from"])),
    )
    yield from (f"{label + ':':<10}{output.inline(text)}" for label, text in facts if text)
    yield ""
    schema = schema_of(name)
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    yield from labelled.lines(view["public"], schema, width=width)
    if view.get("private"):
        yield from ("", _WORDS["private"])
        private = labelled.lines(view["private"], schema, width=width and width - 2)
        yield from (f"  {line}".rstrip() for line in private)
    yield from ("", _WORDS["history"])
    yield from _history(view["history"], schema)


def _history(versions: list[View], schema: Mapping[str, Any]) -> Iterator[str]:
    earlier: View = {}
    for version in versions:
        public = version["public"]
        what = changed_labels(earlier, public, schema) if earlier else ""
        status = VERBS["removed"] if version["removed"] else version["status"]
        at = times_shown.shown(version["valid_from"])
        line = f"  {at}  {status}  {str(version['message'])[:18]}"
        yield output.inline(f"{line}  {what}".rstrip())
        earlier = public
