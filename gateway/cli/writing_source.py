"""Where a message in the making begins: a file, a draft, a template, or the message it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import click

from gateway.cli import (
    body_file,
    draft_keeping,
    form_prefill,
    form_terminal,
    made_by,
    memoranda,
    options,
)
from gateway.cli.form import Field
from gateway.cli.form_answers import UnfitError, typed
from gateway.cli.form_message import AT, BODY, MOMENT, TO, UNREAD_FORM, MessageForm
from gateway.cli.form_read import UnreadableFormError, read
from gateway.cli.form_schema import Path
from gateway.cli.form_set import with_set
from gateway.cli.reply_choice import row_of_reply
from gateway.cli.socket_client import NodeClient
from gateway.cli.types import known_type, schema_of
from gateway.cli.writing_piece import Asking, Orders, Piece
from gateway.errors import ConflictError, InvalidError, NotFoundError, PolicyError, Problem

if TYPE_CHECKING:
    from gateway.catalogue.types import MessageType

_WORDS: Final = {
    "other_type": "the draft {name} is of type {type}",
    "no_type": "the draft {name} says no type",
    "by_itself": "{type} is not written by hand",
    "acts": "gateway show, accept and decline send it",
    "speaks_of": "{type} speaks of an earlier message: gateway reply ID --type {type}",
    "no_to": "--to is needed: the node it is for, such as kh/molvt",
    "unread": "nobody here has read {id} yet",
    "form": "the form in {where} does not fit",
}
_MOMENTS: Final = ("due", "expires")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the command line gives: the source, the fields of the header, single fields.

    Args:
        is_edited: A form is opened in an editor anyway, so its faults need not be told before.
    """

    file: str | None = None
    is_edited: bool = False
    draft: str | None = None
    settings: tuple[str, ...] = ()
    header: Mapping[str, str | None]


def new_message(client: NodeClient, type_name: str | None, given: Given, orders: Orders) -> Piece:
    """Return the message that `send` begins with.

    Raises:
        NotFoundError, InvalidError: There is no such type, file or draft, or it cannot be read.
        PolicyError: This side never sends that type.
        UsageError: Nobody can be asked for whom it is.
    """
    from gateway import config

    content = None if given.file is None else body_file.read_any(given.file)
    draft = {} if given.draft is None else draft_keeping.load(client, given.draft)
    row = known_type(_type_of(type_name, draft, given))
    is_rehearsed = orders.dry_run and orders.save is None
    if row.lists and not is_rehearsed:
        raise PolicyError(_WORDS["by_itself"].format(type=row.name), hint=_WORDS["acts"])
    if not is_rehearsed:
        made_by.check_by_hand(row)
    to = given.header.get("to") or draft.get("to")
    memoranda.check_sender(config.load(options.config_path()).node.name, row, to)
    if draft.get("in_reply_to"):
        return _reply(client, str(draft["in_reply_to"]), row, draft, given, orders)
    if is_rehearsed and (row.joins or row.replies_to or row.lists):
        # What it speaks of is not named, but its body can be judged.
        form = MessageForm.of(row, is_reply=True)
        piece = _piece(form, {"type": row.name}, draft, content, given)
        return replace(piece, is_unplaced=True)
    if row.joins or row.replies_to:
        words = _WORDS["speaks_of"].format(type=row.name)
        raise click.UsageError(words, click.get_current_context())
    can_ask = form_terminal.is_present() and not (orders.yes and _is_begun(given))
    peers = _peers(client) if to is None and (can_ask or orders.edit or orders.dry_run) else ()
    form = MessageForm.of(row, peers=peers)
    piece = _piece(form, {"type": row.name}, draft, content, given)
    if to is None and len(peers) == 1:
        piece = piece.with_values(to=peers[0])
    if "to" not in piece.values and not (can_ask or orders.edit or orders.save):
        raise click.UsageError(_WORDS["no_to"], click.get_current_context())
    return piece


def reply(
    client: NodeClient, message: str, type_name: str | None, given: Given, orders: Orders
) -> Piece:
    """Return the message that `reply` begins with.

    Raises:
        NotFoundError, InvalidError: There is no such type or file, or it cannot be read.
        ConflictError: That type, or none, follows that message now, or nobody can be asked.
    """
    content = None if given.file is None else body_file.read_any(given.file)
    view = client.get("messages", message)
    row = row_of_reply(client, view, type_name)
    return _reply(client, message, row, {}, given, orders, content=content, view=view)


def _reply(
    client: NodeClient,
    message: str,
    row: "MessageType",
    draft: Mapping[str, Any],
    given: Given,
    orders: Orders,
    *,
    content: "body_file.Content | None" = None,
    view: Mapping[str, Any] | None = None,
) -> Piece:
    earlier = _Earlier.of(client, view or client.get("messages", message))
    is_correcting = _corrects(row)
    form = MessageForm.of(row, is_reply=True, corrects=earlier.type if is_correcting else None)
    start: dict[str, Any] = {}
    about: dict[Path, str] = {}
    if content is None and (is_correcting or orders.edit or form_terminal.is_present()):
        start, about = _start(earlier, form, is_correcting=is_correcting)
        if not is_correcting:
            # Nothing was asked beyond what was asked.
            form = form.with_entries({name: len(entries) for name, entries in start.items()})
    base = {"type": row.name, "in_reply_to": message}
    # Consent is for one wording, and nobody copies a digest by hand.
    start |= form_prefill.naming(form.body, earlier.newest)
    piece = _piece(form, base, {BODY: start, **draft}, content, given)
    return replace(piece, about={(BODY, *path): words for path, words in about.items()})


def _piece(
    form: MessageForm,
    base: Mapping[str, Any],
    draft: Mapping[str, Any],
    content: "body_file.Content | None",
    given: Given,
) -> Piece:
    """Return the message that draft, file and command line make together, later ones winning."""
    values = form.values_of(draft)
    names = {AT, UNREAD_FORM, *(member.name for member in form.field.members())}
    rest = {name: each for name, each in draft.items() if name not in names}
    asking = Asking.EVERYTHING
    text = draft.get(UNREAD_FORM)
    if content is not None:
        asking = Asking.GAPS
        try:
            values |= _values_of(form, content, is_edited=given.is_edited)
        except UnreadableFormError:
            text = content.form
    elif given.draft is not None:
        asking = Asking.GOING_ON
    elif given.settings:
        asking = Asking.GAPS
    if given.settings:
        values[BODY] = with_set(form.body, values.get(BODY) or {}, given.settings)
    piece = Piece(
        form=form,
        base={**rest, **base},
        values=values,
        asking=asking,
        known_as=given.draft,
        at=draft.get(AT),
        text=text,
    )
    return piece.with_values(**header_of(given))


def _values_of(
    form: MessageForm, content: "body_file.Content", *, is_edited: bool
) -> dict[str, Any]:
    """Return what a file says: its body, or every field of a form.

    Raises:
        InvalidError: The form has faults, each with its line, and is not opened in an editor.
        UnreadableFormError: It is to be opened there, and cannot be read as it stands.
    """
    if content.body is not None:
        return {BODY: content.body}
    try:
        values, faults = read(form.field, content.form)
    except UnreadableFormError as error:
        if is_edited:
            raise
        values, faults = {}, (error.fault,)
    # Who it is for may also stand on the command line.
    faults = tuple(fault for fault in faults if fault.path != ("to",) or "to" in values)
    if faults and not is_edited:
        problems = []
        for fault in faults:
            label = form.field.label_of(fault.path)
            words = f"{label}: {fault.text}" if label else fault.text
            problems.append(Problem(f"{content.where}:{fault.line}", words))
        where = _WORDS["form"].format(where=content.where)
        raise InvalidError(where, problems=tuple(problems))
    return values


def header_of(given: Given) -> dict[str, str | None]:
    """Return the fields of the header as the node takes them; it reads nothing else.

    Raises:
        InvalidError: A time or a node is none; every such option is named.
    """
    found, problems = dict(given.header), []
    # In an editor a time that has passed can still be mended.
    form = {
        name: each for name, each in MOMENT.items() if name != "x-future" or not given.is_edited
    }
    for name in _MOMENTS:
        text = given.header.get(name)
        if text is not None:
            try:
                found[name] = typed(Field.of(form), text)
            except UnfitError as error:
                problems.append(Problem(f"--{name}", str(error)))
    to = given.header.get("to")
    if to is not None and (faults := Field.of(TO).faults(to)):
        problems.append(Problem("--to", faults[0].text))
    if problems:
        raise InvalidError("the header of the message does not fit", problems=tuple(problems))
    return found


def needs_nothing(type_name: str | None) -> bool:
    """Tell whether a message of a type may say nothing, so that a script need not give a source.

    Raises:
        NotFoundError: There is no such type.
    """
    return type_name is not None and not schema_of(known_type(type_name).name).get("required")


def _type_of(type_name: str | None, draft: Mapping[str, Any], given: Given) -> str:
    known = draft.get("type")
    if type_name is not None and known not in (None, type_name):
        raise click.UsageError(
            _WORDS["other_type"].format(name=given.draft, type=known), click.get_current_context()
        )
    name = type_name or known
    if not isinstance(name, str):
        hint = f"gateway send TYPE --draft {given.draft}"
        raise InvalidError(_WORDS["no_type"].format(name=given.draft), hint=hint)
    return name


def _peers(client: NodeClient) -> Sequence[str]:
    peers = client.get("status").get("peers") or []
    return [str(peer["node"]) for peer in peers if peer.get("enabled")]


def _is_begun(given: Given) -> bool:
    return bool(given.file or given.draft or given.settings)


# --- replies -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Earlier:
    """The message that a reply speaks of: the type of its first version, its newest version."""

    client: NodeClient
    type: str
    newest: Mapping[str, Any]

    @classmethod
    def of(cls, client: NodeClient, view: Mapping[str, Any]) -> "_Earlier":
        first = view
        if _is_correction(view) and view.get("in_reply_to"):
            first = client.get("messages", str(view["in_reply_to"]))
        newest = view
        while newest.get("superseded_mode") == "correct" and newest.get("superseded_by"):
            newest = client.get("messages", str(newest["superseded_by"]))
        return cls(client=client, type=str(first.get("type")), newest=newest)

    def body(self) -> Mapping[str, Any]:
        """Return what the newest version says.

        Raises:
            ConflictError: It came in and nobody has read it; opening it is an act of its own.
        """
        id = str(self.newest.get("id"))
        if self.newest.get("direction") == "in" and self.newest.get("state") == "received":
            raise ConflictError(_WORDS["unread"].format(id=id), hint=f"gateway show {id}")
        content = self.client.post("messages", id, "fetch").get("content") or {}
        body: Mapping[str, Any] = content.get("body") or {}
        inner = body.get(BODY)
        return inner if _is_correction(self.newest) and isinstance(inner, Mapping) else body


def _start(
    earlier: _Earlier, form: MessageForm, *, is_correcting: bool
) -> tuple[dict[str, Any], dict[Path, str]]:
    """Return what is known of a reply's body before anybody has written in it."""
    if is_correcting:
        return {BODY: dict(earlier.body())}, {}
    if not form_prefill.answerable(form.body):
        return {}, {}
    asked = Field.of(schema_of(earlier.type))
    return form_prefill.answering(form.body, asked, earlier.body())


def _is_correction(view: Mapping[str, Any]) -> bool:
    try:
        return _corrects(known_type(str(view.get("type"))))
    except NotFoundError:
        return False


def _corrects(row: "MessageType") -> bool:
    return row.supersedes is not None and row.supersedes.value == "correct"
