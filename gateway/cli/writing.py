"""Writing a message at the command line: filled in, looked at by its author, then signed.

`send` and `reply` differ in what they know at the start; from there on it is one way. Whoever has
no terminal says `--yes`, since nobody can look at the message then.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final, TypeVar

import click

from gateway.cli import (
    draft_keeping,
    form_terminal,
    labelled,
    listing,
    options,
    output,
    review,
    waiting,
)
from gateway.cli.failure import AnsweredError
from gateway.cli.form_asking import GUIDE, StoppedError, fill
from gateway.cli.form_interview import Interview
from gateway.cli.form_message import BODY
from gateway.cli.socket_client import NodeClient
from gateway.cli.writing_piece import Asking, Orders, Piece, in_words
from gateway.errors import ExitCode, InvalidError, TransientError

T = TypeVar("T")

# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "begin": "{title}. {guide}",
    "send": "Send? [y/N/e(dit)/d(raft)] ",
    "mend": "[e]dit it, keep it as a [d]raft, or [N]either? ",
    "again": "[T]ry again, or [s]top? ",
    "nothing": "nothing was sent",
    "rehearsed": "this would be sent; nothing was:",
    "fits": (
        "the body fits {type}; whether it can follow is judged with the message it speaks of "
        "(--reply-to ID)"
    ),
    "queued": "{type} queued for {peer}{reference}",
    "as": " as {reference}",
    "no_terminal": (
        "there is no terminal to show the message on before it is signed: add --yes to send it "
        "unseen, --dry-run to have it judged, or --save NAME to keep it as a draft"
    ),
    "no_fields": (
        "name a FILE, - for what is piped in, --draft NAME or --set FIELD=VALUE; without one the "
        "fields are asked for at a terminal, and there is none"
    ),
    "no_wait": "{option} sends nothing, so there is nothing to --wait for",
    "no_form": "the form in this draft cannot be read; it was kept as it was left",
    "no_form_hint": "gateway send --draft {name} --edit",
}


def check_orders(orders: Orders, *, has_source: bool) -> None:
    """Let pass only orders that can be carried out here, before anything is read or asked.

    Raises:
        UsageError: They contradict each other, or need a person and there is no terminal.
    """
    ctx = click.get_current_context()
    for name, is_given in (("--dry-run", orders.dry_run), ("--save", orders.save is not None)):
        if is_given and orders.level is not None:
            raise click.UsageError(_WORDS["no_wait"].format(option=name), ctx)
    if form_terminal.is_present():
        return
    if not (has_source or orders.edit):
        raise click.UsageError(_WORDS["no_fields"], ctx)
    if not (orders.yes or orders.dry_run or orders.save is not None):
        raise click.UsageError(_WORDS["no_terminal"], ctx)


def submit(client: NodeClient, piece: Piece, orders: Orders) -> None:
    """Have the rest filled in, then keep, rehearse or send the message, and tell of it.

    Raises:
        InvalidError, AnsweredError: It cannot be sent as it is; nothing was.
    """
    try:
        piece = _filled(piece, orders)
        if not (orders.save or orders.dry_run or orders.yes):
            piece = _reviewed(client, piece)
    except StoppedError as stopped:
        _stop(client, piece, stopped)
        return
    except KeyboardInterrupt:
        _stop(client, piece, _stopped(piece))
        return
    try:
        if orders.save is not None:
            _save(client, piece, orders.save)
        elif orders.dry_run:
            _rehearse(client, piece)
        else:
            _send(client, piece, orders)
    except (InvalidError, AnsweredError) as error:
        raise in_words(error, piece.form) from None


# --- filling in --------------------------------------------------------------------------


def _filled(piece: Piece, orders: Orders) -> Piece:
    """Return the message with what its author wrote in an editor, or was asked for."""
    can_ask = form_terminal.is_present()
    if piece.text is not None and not (orders.edit or can_ask):
        hint = _WORDS["no_form_hint"].format(name=piece.known_as)
        raise InvalidError(_WORDS["no_form"], hint=hint)
    if orders.edit or piece.text is not None:
        return _in_editor(piece)
    if not can_ask or piece.asking is Asking.NOTHING:
        return piece
    if piece.asking is not Asking.EVERYTHING and (orders.save is not None or orders.yes):
        return piece
    return _asked(piece)


def _asked(piece: Piece) -> Piece:
    given = {name: piece.values[name] for name in piece.given}
    open_values = {name: each for name, each in piece.values.items() if name not in given}
    interview = Interview(piece.form.without(piece.given), open_values)
    if interview.dropped:
        return piece  # the check names what the form does not know, and nothing is lost
    if piece.asking is not Asking.EVERYTHING:
        interview.go_on(piece.at)
    if interview.question is None:
        return piece
    output.talk(_WORDS["begin"].format(title=piece.form.title, guide=GUIDE))
    try:
        values = fill(interview, piece.about, only_gaps=piece.asking is Asking.GAPS)
    except StoppedError as stopped:
        left = {**given, **stopped.left}
        raise StoppedError(left, is_typed=stopped.is_typed) from None
    return replace(piece, values={**given, **values}, is_typed=True)


def _in_editor(piece: Piece, faults: Mapping[str, str] | None = None) -> Piece:
    from gateway.cli.form_editing import edited

    values = edited(piece.form, piece.values, text=piece.text, faults=faults, about=piece.about)
    return replace(piece, values=values, text=None, is_typed=True)


# --- looking at it -----------------------------------------------------------------------


def _reviewed(client: NodeClient, piece: Piece) -> Piece:
    """Show the message until its author signs it, and return what is to be sent.

    Raises:
        StoppedError: The author does not send it, or keeps a draft of it.
    """
    try:
        while True:
            answer, faults = _looked_at(client, piece)
            match answer:
                case "y":
                    return piece
                case "e":
                    piece = _edited_again(piece, faults)
                case _:
                    # Whoever says no has decided; only what breaks off by itself is offered.
                    piece = replace(piece, is_typed=False)
                    raise _stopped(piece, is_kept=answer == "d")
    except KeyboardInterrupt:
        output.talk("")
        raise _stopped(piece) from None


def _stopped(piece: Piece, *, is_kept: bool = False) -> StoppedError:
    return StoppedError(dict(piece.values), is_kept=is_kept, is_typed=piece.is_typed)


def _looked_at(client: NodeClient, piece: Piece) -> tuple[str, Mapping[str, str]]:
    """Show the message, or what stands against it; return what its author says to that."""
    try:
        view = _insisting(partial(_judged, client, piece))
    except (InvalidError, AnsweredError) as error:
        _tell(error, piece)
        faults = {problem.where: problem.text for problem in error.problems}
        return form_terminal.choose(_WORDS["mend"], "Ned"), faults
    output.talk("")
    for line in review.lines(view, piece.draft(), piece.form.body.schema):
        output.talk(line)
    return form_terminal.choose(_WORDS["send"], "yNed"), {}


def _edited_again(piece: Piece, faults: Mapping[str, str]) -> Piece:
    from gateway.cli.form_editing import UnchangedError

    try:
        return _in_editor(piece, faults)
    except UnchangedError:
        return piece


def _judged(client: NodeClient, piece: Piece) -> dict[str, Any]:
    """Return what the node says of the message, which it neither keeps nor sends.

    Raises:
        InvalidError: It does not fit its form; the node was not asked.
        AnsweredError: The node would not take it.
    """
    piece.check()
    return client.post("messages", body=piece.draft(), dry_run=1)


def _tell(error: InvalidError | AnsweredError, piece: Piece) -> None:
    """Say on the terminal what is wrong."""
    named = in_words(error, piece.form)
    output.talk(f"error: {named}")
    for problem in getattr(named, "problems", ()):
        output.talk(f"  {problem.where}: {problem.text}")


# --- what becomes of it ------------------------------------------------------------------


def _save(client: NodeClient, piece: Piece, name: str) -> None:
    is_known = name == piece.known_as
    draft = piece.kept(piece.values)
    view = _insisting(partial(draft_keeping.keep, client, draft, name, is_known=is_known))
    if options.as_json():
        output.document(view)


def _rehearse(client: NodeClient, piece: Piece) -> None:
    if piece.is_unplaced:
        _fit(piece)
        return
    view = _judged(client, piece)
    if options.as_json():
        output.document(view)
        return
    output.talk(_WORDS["rehearsed"])
    for line in review.lines(view, piece.draft(), piece.form.body.schema):
        output.data(line)


def _fit(piece: Piece) -> None:
    piece.check()
    draft = piece.draft()
    if options.as_json():
        output.document(draft)
        return
    output.talk(_WORDS["fits"].format(type=piece.form.type))
    for line in labelled.lines(draft[BODY], piece.form.body.schema):
        output.data(line)


def _send(client: NodeClient, piece: Piece, orders: Orders) -> None:
    piece.check()
    # One key for all tries, so that whatever breaks in between makes one message.
    key = str(uuid.uuid4())
    post = partial(client.post, "messages", body=piece.draft(), key=key, draft=piece.known_as)
    view = _insisting(post)
    message = listing.sent_as(view)
    if not options.as_json():
        reference = view.get("reference")
        output.talk(
            _WORDS["queued"].format(
                type=view.get("type"),
                peer=view.get("peer"),
                reference=_WORDS["as"].format(reference=reference) if reference else "",
            )
        )
        output.data(message)
    try:
        if orders.level is not None:
            view = waiting.wait(client, message, orders.level, orders.timeout)
    finally:
        # Also when waiting ends badly: the message is on its way, and its id is needed.
        if options.as_json():
            output.document(view)


def _stop(client: NodeClient, piece: Piece, stopped: StoppedError) -> None:
    """Keep what was written if its author wants that; nothing is sent."""
    draft = piece.kept(stopped.left)
    if stopped.is_kept:
        keep = partial(draft_keeping.keep_asking, client, draft, known_as=piece.known_as)
        view = _insisting(keep)
        if options.as_json():
            output.document(view)
        return
    if stopped.is_typed:
        _insisting(partial(draft_keeping.offer, client, draft, known_as=piece.known_as))
    output.talk(_WORDS["nothing"])
    click.get_current_context().exit(ExitCode.FAILURE)


def _insisting(act: Callable[[], T]) -> T:
    """Do it again as long as the node cannot be reached and the author wants that.

    Raises:
        TransientError: The author gave up, or there is nobody to be asked.
    """
    while True:
        try:
            return act()
        except TransientError as error:
            if not form_terminal.is_present():
                raise
            output.talk(f"error: {error}")
            if form_terminal.choose(_WORDS["again"], "Ts") == "s":
                raise
