"""`gateway duties`: what is owed by whom and by when, and how well each side has kept to it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import click

from gateway.cli import listing, options, output, times_shown
from gateway.cli.socket_client import NodeClient

# What people see, in one place for whoever translates it.
_COLUMNS: Final = ("DUE", "WHO", "IS TO", "MATTER", "MESSAGE", "TYPE", "DATE BY", "STATE")
_SPARE: Final = ("DATE BY", "TYPE", "MESSAGE")
_WORDS: Final = {
    "nothing": "nothing is owed",
    "--mine": "your side owes nothing",
    "--theirs": "the other side owes nothing",
    "--reading": "nothing is owed, and nothing is to be read",
    "public": "to be made public by this side: {line}",
    "late": "late",
    "open": "open",
    "reminded": "{state}, reminded",
    "ended": "{outcome} {at} by {by}",
    "nobody": "no message",
    "nothing_fell_due": "nothing fell due",
    "share": "{in_time} of {total}",
    "meaning": "green: nine of ten in time and nothing late; red: fewer than seven of ten\n"
    "what is only to be read is not counted",
    "waiting": "late: {line}",
}
_REPORT: Final = (
    *("PEER", "WHO", "ACCEPTED IN TIME", "DAYS", "ANSWERED IN TIME", "DAYS", "REPORTED IN TIME"),
    *("OPEN", "LATE", "LIGHT"),
)
_ACTS: Final = ("accepted", "answered", "repeated")
_NUMBERS: Final = ("done", "in_time", "open", "overdue", "mean_days")

View = Mapping[str, Any]


@click.group(
    invoke_without_command=True,
    epilog="Example: gateway duties --overdue --mine; gateway duties report --since 2026-10-01",
)
@click.option("--overdue", is_flag=True, help="Only what is late.")
@click.option("--mine", is_flag=True, help="Only what our side owes.")
@click.option("--theirs", is_flag=True, help="Only what the other side owes.")
@click.option("--peer", metavar="NODE", help="Only in the exchange with this node.")
@click.option("--all", "everything", is_flag=True, help="Also what is done, latest date first.")
@click.option("--reading", is_flag=True, help="Also what is only to be read.")
@options.page_options
@times_shown.zone_option
@options.json_option
@click.pass_context
def command(ctx: click.Context, /, limit: int, after: str | None, **given: Any) -> None:
    """List what is owed, the most pressing first.

    Each line is something that a message obliges one side to do, by a date that the memorandum's
    profile, the sender, or both sides together have set.
    """
    if ctx.invoked_subcommand is not None:
        return
    _check(given)
    page = NodeClient.of(options.config_path()).get(
        "duties",
        peer=given["peer"],
        holder=_holder(given),
        overdue=1 if given["overdue"] else None,
        all=1 if given["everything"] else None,
        without_reading=None if given["reading"] else 1,
        after=after,
        limit=limit,
    )
    names = {"all": "everything"} | {
        name: name for name in ("overdue", "mine", "theirs", "reading")
    }
    drawn = listing.Listing(
        columns=_COLUMNS,
        row=_row,
        spare=_SPARE,
        nothing=_WORDS["nothing"],
        without={name: words for name, words in _WORDS.items() if name.startswith("--")},
        again=("duties",),
        filters={
            **{f"--{name}": given[value] for name, value in names.items()},
            "--peer": given["peer"],
        },
    )
    listing.show_page(page, drawn)
    if page.get("to_publish") and not options.as_json():
        line = options.line("publications", "--waiting")
        output.talk(_WORDS["public"].format(line=line))


def _check(given: View) -> None:
    for one, other in (("mine", "theirs"), ("overdue", "everything")):
        if given[one] and given[other]:
            names = f"--{one} and --{'all' if other == 'everything' else other}"
            raise click.UsageError(f"{names} exclude each other", click.get_current_context())


def _holder(given: View) -> str | None:
    if given["mine"]:
        return "us"
    return "them" if given["theirs"] else None


def _row(duty: View) -> tuple[object, ...]:
    return (
        listing.when(duty.get("due")),
        duty.get("node"),
        duty.get("words"),
        duty.get("reference"),
        duty.get("short"),
        duty.get("type"),
        duty.get("source"),
        _state(duty),
    )


def _state(duty: View) -> str:
    """Return how a duty stands: late, open, or how and by which message it ended."""
    if duty.get("closed"):
        by = duty.get("closed_by")
        return _WORDS["ended"].format(
            outcome=duty.get("outcome"),
            at=listing.when(duty.get("closed")),
            by=str(by)[:13] if by else _WORDS["nobody"],
        )
    state = _WORDS["late" if duty.get("overdue") else "open"]
    if duty.get("reminded") or duty.get("reminded_late"):
        return _WORDS["reminded"].format(state=state)
    return state


@command.command(
    epilog="Example: gateway duties report --since 2026-10-01 --until 2026-12-31 --csv > duties.csv"
)
@click.option("--peer", metavar="NODE", help="Only the exchange with this node.")
@times_shown.span_options
@click.option("--csv", "as_csv", is_flag=True, help="Write a table for spreadsheets.")
@times_shown.zone_option
@options.json_option
def report(peer: str | None, since: str | None, until: str | None, as_csv: bool) -> None:
    """Tell per peer and side how what fell due in a period was done.

    What counts is what was due in the period, whenever it was done. What was withdrawn, or came to
    nothing, counts for nobody; an acceptance that was declined in time was given in time.
    """
    if as_csv and options.as_json():
        raise click.UsageError("--csv and --json exclude each other", click.get_current_context())
    span = times_shown.span(since, until)
    client = NodeClient.of(options.config_path())
    found = client.get("duties", "report", peer=peer, since=span["since"], until=span["until"])
    if options.as_json():
        output.document(found)
        return
    items = found.get("items") or []
    if as_csv:
        output.data(_csv(items))
        return
    if not items:
        output.talk(_WORDS["nothing_fell_due"])
        return
    from gateway.cli import tables

    tables.draw(_REPORT, map(_side, items))
    output.talk(_WORDS["meaning"])
    if any(_sum(item, "overdue") for item in items):
        output.talk(_WORDS["waiting"].format(line=options.line("duties", "--overdue")))


def _side(item: View) -> tuple[object, ...]:
    accepted, answered, repeated = (item.get(act) or {} for act in _ACTS)
    return (
        item.get("peer"),
        item.get("node"),
        _share(accepted),
        accepted.get("mean_days"),
        _share(answered),
        answered.get("mean_days"),
        _share(repeated),
        _sum(item, "open"),
        _sum(item, "overdue"),
        item.get("light"),
    )


def _share(kept: View) -> str | None:
    """Return how many of those that were to be done by now were done in time, None without any."""
    total = kept.get("done", 0) + kept.get("overdue", 0)
    if not total:
        return None
    return _WORDS["share"].format(in_time=kept.get("in_time", 0), total=total)


def _sum(item: View, name: str) -> int:
    return sum((item.get(act) or {}).get(name, 0) for act in _ACTS)


def _csv(items: list[View]) -> str:
    """Return the numbers as they are, a line per peer and side."""
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    head = [f"{act}_{name}" for act in _ACTS for name in _NUMBERS]
    writer.writerow(["peer", "node", "light", *head])
    for item in items:
        writer.writerow([item.get("peer"), item.get("node"), item.get("light"), *_numbers(item)])
    return text.getvalue().removesuffix("\n")


def _numbers(item: View) -> Iterator[object]:
    for act in _ACTS:
        kept = item.get(act) or {}
        for name in _NUMBERS:
            yield kept.get(name)
