"""`gateway register import`: a list that is kept in a spreadsheet becomes a signed list message.

The whole file is judged before anything leaves. A list in several parts is sent part after part
under keys that follow from its content, so the same command, given again after a broken line, goes
on where it stopped instead of sending anything twice.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import click

from gateway.cli import list_changes, options, output, progress, times_shown
from gateway.cli.list_changes import What
from gateway.cli.register_export import entries_of
from gateway.cli.register_words import name_argument
from gateway.cli.socket_client import NodeClient
from gateway.errors import ConflictError, InvalidError, LocalError, NotFoundError

if TYPE_CHECKING:
    from gateway.desk.importing import Base, Imported

View = Mapping[str, Any]

_AT_ONCE: Final = 5_000
_LETTERS: Final = ("utf-8", "utf-16", "cp932")
# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "read": "{file}: {number} {entries}, read as {encoding}",
    "left_out": "not part of a list, so left out: {headings}",
    "plan": "{peer}: {added} added, {changed} changed, {removed} removed; list {version}, {parts}",
    "same": "{peer}: the last list says the same already; nothing is sent",
    "one_part": "1 message",
    "parts": "{number} messages",
    "sent": "{peer}: sent as {reference}",
    "ask": "Send it?",
    "unsure": "nobody is there to be asked, and nothing was sent",
    "sure": "add --yes if you are sure",
    "much": "{removed} of {number} entries would go at {peer}",
    "much_hint": "look at them with --dry-run; add --remove-many if that is right",
    "no_list": "{peer} has no list of ours yet: the first one is sent whole, without --delta",
    "several": "name the node with --peer, or all of them with --all-peers; there are {nodes}",
    "none": "there is no other node yet",
    "both": "--peer and --all-peers say two things",
    "nothing_left": "nothing was sent",
}
_STEPS: Final = {"look": "comparing", "send": "handing over the parts"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is sent to one node, and what becomes of its register."""

    peer: str
    type: str
    version: str
    changes: Sequence[list_changes.EntryChange]
    before: int
    bodies: Sequence[Mapping[str, Any]]


@click.command("import", epilog="Example: gateway register import sending-orgs list.csv --dry-run")
@name_argument()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--peer", "peers", metavar="NODE", multiple=True, help="For this node; repeatable.")
@click.option("--all-peers", is_flag=True, help="For every other node.")
@click.option("--delta", is_flag=True, help="Send only what differs from the last list.")
@click.option("--as-of", metavar="DAY", help="The day the list speaks of; without it, today.")
@click.option("--list-version", metavar="TEXT", help="What this list is called; else by its day.")
@click.option("--encoding", type=click.Choice(_LETTERS), help="The letters of the file, if known.")
@click.option("--skip-column", "skipped", metavar="HEADING", multiple=True, help="Leave it out.")
@click.option("--remove-many", is_flag=True, help="It is right that many entries go.")
@click.option("--dry-run", is_flag=True, help="Say what would change; send nothing.")
@click.option("--yes", is_flag=True, help="Do not ask before it is sent.")
@times_shown.zone_option
@options.json_option
def import_(name: str, file: Path, **given: Any) -> None:
    """Send a list from the spreadsheet FILE (CSV) as the register NAME of our side.

    Headings may be English or Japanese and in any order (`gateway register columns`); cells may be
    parted by commas, semicolons or tabs. Every fault is named by line and column, and nothing is
    sent unless the whole file is right.
    """
    if given["peers"] and given["all_peers"]:
        raise click.UsageError(_WORDS["both"], click.get_current_context())
    raw = _bytes(file)
    client = NodeClient.of(options.config_path())
    status = client.status()
    nodes = _nodes(status, given["peers"], all_peers=given["all_peers"])
    day = _day(given["as_of"])
    with progress.shown(_STEPS) as tell:
        plans, told = [], []
        for number, node in enumerate(nodes):
            tell("look", number, len(nodes))
            known = _standing(client, name, node)
            country = str(status["node"])[:2].upper()
            imported = _imported(name, file, raw, given, known=known, country=country, day=day)
            told.append(imported)
            plans.append(_plan(client, imported, node, known, given, day=day))
    _tell(told[0], plans)
    if not given["remove_many"]:
        _check_removals(plans, is_dry=given["dry_run"])
    due = [plan for plan in plans if plan.bodies[0]["entries"] or not given["delta"]]
    for plan in due:
        # The rules of the node are asked before anything is handed over.
        # Under the key of what is sent: a list that was sent in part already is rehearsed as well.
        client.send(_draft(plan), dry_run=True, key=f"{_key(plan)}-1")
    if not given["dry_run"] and due:
        _confirm(is_sure=given["yes"])
    sent = {} if given["dry_run"] else {plan.peer: _send(client, plan) for plan in due}
    _report(name, plans, sent, is_dry=given["dry_run"])


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError(f"there is no file {file}") from None
    except OSError as error:
        raise LocalError(f"cannot read {file}: {error.strerror}") from None


def _nodes(status: View, named: Sequence[str], *, all_peers: bool) -> list[str]:
    """Return the nodes that the list is for.

    Raises:
        InvalidError: None is named, and there are several or none.
    """
    if named:
        return list(dict.fromkeys(named))
    nodes = [str(peer["node"]) for peer in status["peers"] if peer["enabled"]]
    if not nodes:
        raise InvalidError(_WORDS["none"], hint=options.line("peers", "list"))
    if len(nodes) > 1 and not all_peers:
        raise InvalidError(_WORDS["several"].format(nodes=", ".join(nodes)))
    return nodes


def _day(text: str | None) -> str:
    """Return the day that the list speaks of.

    Raises:
        BadParameter: It is none.
    """
    zone = times_shown.chosen()
    now = datetime.now(zone)
    if text is None:
        return now.date().isoformat()
    return times_shown.moment(text, "--as-of", now=now).astimezone(zone).date().isoformat()


def _standing(client: NodeClient, name: str, node: str) -> dict[str, View]:
    """Return what a register says openly of each entry."""
    views = entries_of(client, name, {"peer": node})
    return {view["entry"]: {**view["public"], "status": view["status"]} for view in views}


def _imported(
    name: str,
    file: Path,
    raw: bytes,
    given: Mapping[str, Any],
    *,
    known: Mapping[str, Any],
    country: str,
    day: str,
) -> "Imported":
    """Return the list that the file holds, judged by the schema of its message.

    Raises:
        InvalidError: Something in the file is wrong; `problems` has line and column of each fault.
    """
    from gateway import resources
    from gateway.catalogue import Catalogue
    from gateway.catalogue.codes import read_code_lists
    from gateway.catalogue.registers import Register
    from gateway.desk import importing, list_reading
    from gateway.desk.register_tables import read_table

    files = resources.schema_files()
    register, bodies = Register(name), Catalogue.from_files(files).bodies
    schema = bodies.schema(list_reading.type_of_list(register))
    singles = [bodies.schema(each) for each in list_reading.singles_of(register)]
    table = read_table(
        raw,
        name=file.name,
        find=list_reading.finder(register, schema, singles),
        encoding=given["encoding"],
        skipped=given["skipped"],
    )
    read = list_reading.read_list(
        table,
        register,
        schema=schema,
        known=known,
        country=country,
        codes=read_code_lists(files),
    )
    return importing.check_list(read, bodies, day=day)


def _plan(
    client: NodeClient,
    imported: "Imported",
    node: str,
    known: Mapping[str, Any],
    given: Mapping[str, Any],
    *,
    day: str,
) -> Plan:
    from gateway.desk import importing
    from gateway.desk.list_reading import type_of_list

    base, version = _base(client, imported.register.value, node)
    if given["delta"] and base is None:
        raise ConflictError(_WORDS["no_list"].format(peer=node))
    called = given["list_version"] or _called(imported, version, day)
    bodies = importing.messages_of(
        imported, list_version=called, day=day, base=base if given["delta"] else None
    )
    return Plan(
        peer=node,
        type=type_of_list(imported.register),
        version=called,
        changes=list_changes.changes_of(
            importing.difference(known, imported.entries), known, imported.entries
        ),
        before=len(known),
        bodies=bodies,
    )


def _called(imported: "Imported", last: View | None, day: str) -> str:
    """Return what a list is called if nobody says: the same list of the same day as before."""
    from gateway.desk import importing

    if last is None:
        return importing.next_version(day, None)
    is_same = last["set_digest"] == importing.digest_of(imported) and last["as_of"] == day
    return (
        str(last["list_version"]) if is_same else importing.next_version(day, last["list_version"])
    )


def _base(client: NodeClient, name: str, node: str) -> "tuple[Base | None, View | None]":
    """Return what the lists say at present, and the facts of the last one."""
    from gateway.desk.importing import Base

    page = client.listed(name, peer=node, limit=_AT_ONCE)
    if page["list"] is None:
        return None, None
    entries, last = dict(page["entries"]), page["list"]
    while page["next"] is not None:
        page = client.listed(name, peer=node, after=page["next"], limit=_AT_ONCE)
        entries |= page["entries"]
    return Base(list_version=last["list_version"], entries=entries), cast(View, last)


def _tell(imported: "Imported", plans: Sequence[Plan]) -> None:
    if options.as_json():
        return
    table = imported.table
    number = f"{len(imported.entries):,}"
    read = {"file": table.name, "number": number, "encoding": table.encoding.upper()}
    entries = "entry" if len(imported.entries) == 1 else "entries"
    output.talk(_WORDS["read"].format(**read, entries=entries))
    if imported.left_out:
        output.talk(_WORDS["left_out"].format(headings=", ".join(imported.left_out)))
    for plan in plans:
        parts = len(plan.bodies)
        output.talk(
            _WORDS["plan"].format(
                peer=plan.peer,
                version=plan.version,
                parts=_WORDS["one_part"] if parts == 1 else _WORDS["parts"].format(number=parts),
                **{what.value: len(_ids(plan, what)) for what in What},
            )
        )
        list_changes.tell(plan.peer, imported.register.value, plan.changes)


def _ids(plan: Plan, what: What) -> list[str]:
    return sorted(each.entry for each in plan.changes if each.what is what)


def _check_removals(plans: Sequence[Plan], *, is_dry: bool) -> None:
    """Let pass only a list that does not empty a register by mistake.

    Raises:
        ConflictError: More goes than somebody would want to lose to a file that was cut off.
    """
    from gateway.catalogue.registers import takes_many

    for plan in plans:
        removed = len(_ids(plan, What.REMOVED))
        if takes_many(removed, plan.before):
            words = {"removed": removed, "number": plan.before, "peer": plan.peer}
            if not is_dry:
                raise ConflictError(_WORDS["much"].format(**words), hint=_WORDS["much_hint"])
            output.talk(_WORDS["much"].format(**words))


def _confirm(*, is_sure: bool) -> None:
    """Ask once before anything is signed.

    Raises:
        LocalError: Nobody is there to answer.
    """
    if is_sure:
        return
    if options.as_json() or not sys.stdin.isatty():
        raise LocalError(_WORDS["unsure"], hint=_WORDS["sure"])
    click.confirm(_WORDS["ask"], abort=True, err=True)


def _draft(plan: Plan) -> dict[str, Any]:
    return {"type": plan.type, "to": plan.peer, "body": plan.bodies[0]}


def _send(client: NodeClient, plan: Plan) -> list[str]:
    """Hand over every part of a list and return the ids, the opening message first."""
    key = _key(plan)
    with progress.shown(_STEPS) as tell:
        tell("send", 0, len(plan.bodies))
        opening = client.send(_draft(plan), key=f"{key}-1")
        ids = [opening["id"]]
        for number, body in enumerate(plan.bodies[1:], start=2):
            tell("send", number - 1, len(plan.bodies))
            draft = {"type": "list.part", "in_reply_to": opening["id"], "body": body}
            ids.append(client.send(draft, key=f"{key}-{number}")["id"])
    if not options.as_json():
        reference = opening["reference"] or opening["short"]
        output.talk(_WORDS["sent"].format(peer=plan.peer, reference=reference))
    return ids


def _key(plan: Plan) -> str:
    """Return a key that is the same for the same list to the same node."""
    import hashlib
    import json

    text = json.dumps([plan.peer, plan.type, *plan.bodies], sort_keys=True, ensure_ascii=False)
    return f"list-{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def _report(
    name: str, plans: Sequence[Plan], sent: Mapping[str, list[str]], *, is_dry: bool
) -> None:
    if options.as_json():
        items = [
            {
                "peer": plan.peer,
                "list_version": plan.version,
                "entries": plan.bodies[0]["count"],
                **{what.value: _ids(plan, what) for what in What},
                "changes": [each.view() for each in plan.changes if each.what is What.CHANGED],
                "messages": sent.get(plan.peer, []),
            }
            for plan in plans
        ]
        output.document({"dry_run": is_dry, "items": items})
        return
    if is_dry:
        list_changes.draw(name, {plan.peer: plan.changes for plan in plans})
        output.talk(_WORDS["nothing_left"])
        return
    for plan in plans:
        if plan.peer in sent:
            output.data("\n".join(sent[plan.peer]))
        else:
            output.talk(_WORDS["same"].format(peer=plan.peer))
