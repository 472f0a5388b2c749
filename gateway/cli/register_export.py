"""`gateway register export`: a register as a file for a spreadsheet, a program or a website."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from gateway.cli import new_file, options, output, times_shown
from gateway.cli.register_words import as_of_option, end_of_day, name_argument, peer_option
from gateway.cli.socket_client import NodeClient

if TYPE_CHECKING:
    from gateway.desk.register_files import Heading, Line

View = Mapping[str, Any]

FORMS: Final = ("csv", "json", "html")
# As many as the node gives and opens at a time.
_AT_ONCE: Final = 500
# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "source": "{us}, from what it exchanges with {them}",
    "known": "{name} ({node})",
    "many": "{number} entries",
    "one": "1 entry",
    "sealed": "with personal and confidential parts: the file is readable by you alone",
    "form": "the name of the file ends with none of: {forms}",
    "page": "a page is for everybody: --all is for csv and json",
    "mark": "--bom is for csv",
}


@click.command("export", epilog="Example: gateway register export sending-orgs --to list.html")
@name_argument()
@click.option(
    "--to",
    "file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where it goes; its end chooses the form: .csv, .json or .html.",
)
@click.option("--form", type=click.Choice(FORMS), help="The form, if the file's name says none.")
@peer_option
@as_of_option
@click.option("--status", metavar="STATUS", help="Only with this status, such as approved.")
@click.option("--all", "everything", is_flag=True, help="Also what is sealed; that is recorded.")
@click.option("--bom", is_flag=True, help="Begin a CSV with the mark by which Excel knows UTF-8.")
@click.option("--force", is_flag=True, help="Replace the file if it is there.")
@times_shown.zone_option
@options.json_option
def export(
    name: str,
    file: Path | None,
    form: str | None,
    everything: bool,
    bom: bool,
    force: bool,
    **given: Any,
) -> None:
    """Write the public part of the register NAME to a file.

    Without --to it goes into this folder, named after register, node and day. A CSV holds no
    formula whatever an entry says; the page is whole in itself, fit for a website and for paper.
    """
    chosen = _form(file, form, everything=everything, bom=bom)
    client = NodeClient.of(options.config_path())
    asked = {
        "peer": given["peer"],
        "status": given["status"],
        "as_of": end_of_day(given["as_of"], "--as-of"),
    }
    first = client.get("registers", name, **asked, limit=_AT_ONCE)
    asked["peer"] = first["peer"]
    day = given["as_of"] or datetime.now(times_shown.chosen()).date().isoformat()
    path = file or Path(f"{name}-{str(first['peer']).replace('/', '-')}-{day}.{chosen}")
    mode = new_file.PRIVATE if everything else new_file.OPEN
    with new_file.place(path, force=force, mode=mode) as opened:
        views = list(_views(client, name, asked, first))
        if everything:
            _open(client, name, asked, views)
        heading, lines = _heading(client, name, asked, day), list(_lines(views))
        opened.write(_text(chosen, heading, lines, bom=bom).encode())
    number = len(views)
    if options.as_json():
        output.document(
            {"file": str(path), "register": name, "peer": asked["peer"], "count": number}
        )
        return
    output.talk(_WORDS["one"] if number == 1 else _WORDS["many"].format(number=number))
    if everything:
        output.talk(_WORDS["sealed"])
    output.data(str(path))


def entries_of(client: NodeClient, name: str, asked: Mapping[str, Any]) -> Iterator[View]:
    """Yield every entry of a register, page after page."""
    first = client.get("registers", name, **asked, limit=_AT_ONCE)
    yield from _views(client, name, {**asked, "peer": first["peer"]}, first)


def _views(
    client: NodeClient, name: str, asked: Mapping[str, Any], page: View
) -> Iterator[dict[str, Any]]:
    yield from page["items"]
    while page["next"] is not None:
        page = client.get("registers", name, **asked, after=page["next"], limit=_AT_ONCE)
        yield from page["items"]


def _open(
    client: NodeClient, name: str, asked: Mapping[str, Any], views: list[dict[str, Any]]
) -> None:
    """Put in what is sealed of each entry."""
    from gateway.delivery.showing import joined

    where = {key: asked[key] for key in ("peer", "as_of") if asked[key] is not None}
    sealed = [view for view in views if view["has_private"]]
    for start in range(0, len(sealed), _AT_ONCE):
        some = sealed[start : start + _AT_ONCE]
        body = {"entries": [view["entry"] for view in some], "action": "export", **where}
        items = client.post("registers", name, "open", body=body)["items"]
        for view, opened in zip(some, items, strict=True):
            view["public"] = joined(opened["private"], view["public"])


def _form(file: Path | None, form: str | None, *, everything: bool, bom: bool) -> str:
    """Return the form that is meant.

    Raises:
        UsageError: No form, or one that does not go with the other options.
    """
    chosen = form
    if chosen is None:
        chosen = "csv" if file is None else file.suffix.lower().removeprefix(".")
    context = click.get_current_context()
    if chosen not in FORMS:
        raise click.UsageError(_WORDS["form"].format(forms=", ".join(FORMS)), context)
    if everything and chosen == "html":
        raise click.UsageError(_WORDS["page"], context)
    if bom and chosen != "csv":
        raise click.UsageError(_WORDS["mark"], context)
    return chosen


def _heading(client: NodeClient, name: str, asked: Mapping[str, Any], day: str) -> "Heading":
    from gateway.catalogue.registers import Register
    from gateway.desk.register_files import Heading

    version = None
    if asked["as_of"] is None and asked["status"] is None:
        overview = client.get("registers", peer=asked["peer"])["items"]
        lists = (each["list"] for each in overview if each["register"] == name)
        version = next((each["list_version"] for each in lists if each), None)
    us, them = _called(client.status()["node"], asked["peer"])
    return Heading(
        register=Register(name),
        source=_WORDS["source"].format(us=us, them=them),
        day=day,
        made=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        version=version,
    )


def _called(*nodes: str) -> Iterator[str]:
    """Yield nodes as readers of a page know them."""
    from gateway import resources
    from gateway.catalogue import Catalogue
    from gateway.errors import NotFoundError

    parties = Catalogue.from_files(resources.schema_files()).parties
    for node in nodes:
        try:
            yield _WORDS["known"].format(name=parties.of(node).names["en"], node=node)
        except NotFoundError:
            yield node


def _lines(views: list[dict[str, Any]]) -> "Iterator[Line]":
    from gateway.desk.register_files import Line

    for view in views:
        yield Line(entry=view["entry"], status=view["status"], values=view["public"])


def _text(form: str, heading: "Heading", lines: "list[Line]", *, bom: bool) -> str:
    from gateway import resources
    from gateway.catalogue.codes import read_code_lists
    from gateway.desk import register_files

    if form == "csv":
        return register_files.csv_text(heading.register, lines, with_mark=bom)
    if form == "json":
        return register_files.json_text(heading, lines)
    labels = register_files.labels_of(read_code_lists(resources.schema_files()))
    return register_files.html_page(heading, lines, labels)
