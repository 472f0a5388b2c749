"""What an officer can do next with a message or a matter: the command, with the words before it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gateway.cli import options

View = Mapping[str, Any]

# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "read": "read it",
    "accept": "accept it",
    "decline": "or decline it",
    "reply": "answer it",
    "status": "say how far you have come",
    "result": "report the result",
    "newer": "read what took its place",
    "again": "see what was sent in its place",
    "held": "let it leave again",
    "cancel": "take it back while nothing has left",
    "retry": "send the same once more, under a new id",
    "attention": "once you have looked into what is flagged",
}
# States of a matter in which the other side of its opener is to accept or decline.
_UNDECIDED: Final = frozenset({"requested", "reported", "notified"})
# What follows the acceptance of what opened a matter: the words, and the type where there are more
# than one. After a revocation nothing does.
_REPLIES: Final[Mapping[str, tuple[tuple[str, str | None], ...]]] = {
    "inquiry.request": (("reply", None),),
    "irregularity.report": (("status", "investigation.status"), ("result", "investigation.result")),
}
# Messages of ours that never counted at the other side and may be sent anew.
_FAILED: Final = frozenset({"refused", "cancelled", "expired"})


def after(view: View) -> Iterator[tuple[str, str]]:
    """Yield what can be done with a message: words and the line to type."""
    id = str(view.get("short") or view.get("id"))
    newer = view.get("superseded_by")
    if newer:
        yield _WORDS["newer"], options.line("show", str(newer))
    elif view.get("reissued_as"):
        yield _WORDS["again"], options.line("show", str(view["reissued_as"]))
    elif view.get("direction") == "in":
        yield from _received(view, id)
    else:
        yield from _sent(view, id)
    if view.get("attention"):
        yield _WORDS["attention"], options.line("thread", id, "--attention-done")


def _sent(view: View, id: str) -> Iterator[tuple[str, str]]:
    """Yield the next step with a message of ours."""
    state = view.get("state")
    if state == "queued" and not view.get("attempts"):
        yield _WORDS["cancel"], options.line("cancel", id)
    elif state == "held":
        yield _WORDS["held"], options.line("release", id)
    elif state in _FAILED:
        yield _WORDS["retry"], options.line("retry", id)


def _received(view: View, id: str) -> Iterator[tuple[str, str]]:
    """Yield the next step with what came in; only what opened a matter is accepted or answered."""
    if view.get("state") == "received":
        yield _WORDS["read"], options.line("show", id)
    if view.get("id") != view.get("thread"):
        return
    if view.get("state") == "handed-over":
        yield from _judgement(id)
    elif view.get("state") == "accepted":
        yield from _replies(view, id)


def _judgement(id: str) -> Iterator[tuple[str, str]]:
    yield _WORDS["accept"], options.line("accept", id)
    yield _WORDS["decline"], options.line("decline", id, "--reason", "CODE", "--text", "TEXT")


def _replies(view: View, id: str) -> Iterator[tuple[str, str]]:
    for words, type_name in _REPLIES.get(str(view.get("type")), ()):
        named = () if type_name is None else ("--type", type_name)
        yield _WORDS[words], options.line("reply", id, *named)


def in_matter(view: View) -> Iterator[tuple[str, str]]:
    """Yield what can be done in a matter: words and the line to type, none where it is not ours."""
    node, peer = view.get("next_node"), view.get("peer")
    if view.get("attention"):
        name = str(view.get("reference") or view.get("short"))
        yield _WORDS["attention"], options.line("thread", name, "--attention-done")
    if node is None or node == peer:
        return
    first: View = next(
        (each for each in view.get("messages") or () if each.get("id") == view.get("thread")), {}
    )
    if not first or first.get("direction") != "in":
        return
    id = str(first.get("short"))
    if first.get("state") == "received":
        yield _WORDS["read"], options.line("show", id)
    elif view.get("state") in _UNDECIDED:
        yield from _judgement(id)
    else:
        yield from _replies(first, id)
