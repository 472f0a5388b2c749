"""What an officer can do next with a message or a matter: the command, with the words before it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from gateway.cli import made_by, options

View = Mapping[str, Any]

# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "read": "read it",
    "accept": "accept it",
    "decline": "or decline it",
    "take-up": "or say first that you have taken it up",
    "reply": "answer it",
    "status": "say how far you have come",
    "result": "report the result",
    "explain": "explain it",
    "found": "report what you found",
    "help": "say how far you can help",
    "step": "tell of a step for the return",
    "outcome": "report the outcome",
    "times": "agree to a time, propose others, or decline",
    "minutes": "send the minutes",
    "actions": "report on what was to be done",
    "exam": "report how the exam went",
    "findings": "send your findings",
    "consent": "consent in writing to that very wording",
    "effective": "give notice of the day it takes effect",
    "grant": "give the consent",
    "deny": "or deny it",
    "report": "report what you disclosed",
    "publish": "publish it and confirm that",
    "newer": "read what took its place",
    "again": "see what was sent in its place",
    "held": "let it leave again",
    "cancel": "take it back while nothing has left",
    "retry": "send the same once more, under a new id",
    "attention": "once you have looked into what is flagged",
}
# States of a matter in which the other side of its opener is to accept or decline.
_UNDECIDED: Final = frozenset({"requested", "reported", "notified", "proposed"})
# What follows the acceptance of what opened a matter: the words, and the type where there are more
# than one.
_REPLIES: Final[Mapping[str, tuple[tuple[str, str | None], ...]]] = {
    "inquiry.request": (("reply", None),),
    "intermediary.report": (("found", "intermediary.result"),),
    "irregularity.report": (("status", "investigation.status"), ("result", "investigation.result")),
    "dispatch.anomaly": (("explain", "dispatch.explanation"),),
    "exam.fraud.report": (("found", "exam.fraud.result"),),
    "exam.cooperation.request": (("help", None),),
    "return.assistance.request": (
        ("step", "return.assistance.progress"),
        ("outcome", "return.assistance.result"),
    ),
    "consultation.propose": (("times", "consultation.reply"),),
    "review.propose": (("findings", None),),
    "amendment.propose": (("consent", "amendment.consent"),),
    "consent.request": (("grant", "consent.grant"), ("deny", "consent.deny")),
}
# What has a denial of its own, so that it is not declined.
_ANSWERED_AT_ONCE: Final = frozenset({"consent.request"})
# What a question that opened no matter is answered with.
_ASIDE: Final[Mapping[str, tuple[str, str]]] = {
    "disclosure.request": ("report", "disclosure.report"),
}
# What the side that opened a matter sends next, by the state in which the word is with it.
_ONWARD: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("consultation.propose", "countered"): ("times", "consultation.reply"),
    ("consultation.propose", "agreed"): ("minutes", "consultation.minutes"),
    ("consultation.propose", "minuted"): ("actions", "consultation.action"),
    ("consultation.propose", "actions-open"): ("actions", "consultation.action"),
    ("exam.cooperation.request", "agreed"): ("exam", "exam.cooperation.report"),
    ("exam.cooperation.request", "partly-agreed"): ("exam", "exam.cooperation.report"),
    ("amendment.propose", "consented-by-other"): ("consent", "amendment.consent"),
    ("amendment.propose", "consented-by-both"): ("effective", "amendment.effective"),
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
        if view.get("state") != "answered" and (aside := _ASIDE.get(str(view.get("type")))):
            words, type_name = aside
            yield _WORDS[words], _line(id, type_name)
        return
    if view.get("state") == "handed-over" and view.get("type") in _ANSWERED_AT_ONCE:
        yield from _replies(view, id)
        yield _WORDS["take-up"], options.line("accept", id)
    elif view.get("state") == "handed-over":
        yield from _judgement(id)
    elif view.get("state") == "accepted":
        yield from _replies(view, id)


def _judgement(id: str) -> Iterator[tuple[str, str]]:
    yield _WORDS["accept"], options.line("accept", id)
    yield _WORDS["decline"], options.line("decline", id, "--reason", "CODE", "--text", "TEXT")


def _replies(view: View, id: str) -> Iterator[tuple[str, str]]:
    if _is_published(str(view.get("type"))):
        yield _WORDS["publish"], options.line("publish", id)
    for words, type_name in _REPLIES.get(str(view.get("type")), ()):
        yield _WORDS[words], _line(id, type_name)


def _line(id: str, type_name: str | None) -> str:
    """Return the line that answers a message: the command of the type, else a reply."""
    from gateway.catalogue.types import TYPES

    if type_name is None:
        return options.line("reply", id)
    if TYPES[type_name].made_by is not None:
        return made_by.line(TYPES[type_name], id)
    return options.line("reply", id, "--type", type_name)


def _is_published(type_name: str) -> bool:
    """Tell whether a type opens a matter of publishing; one command publishes and says so."""
    from gateway.catalogue.types import TYPES

    # A node of a later version may name a type that this program does not know.
    row = TYPES.get(type_name)
    return row is not None and row.opens is not None and bool(row.publish)


def _unread(view: View) -> Iterator[tuple[str, str]]:
    """Yield what to read first, where the other side's last word in a matter waits unread."""
    received = [each for each in view.get("messages") or () if each.get("direction") == "in"]
    if received and received[-1].get("state") == "received":
        yield _WORDS["read"], options.line("show", str(received[-1].get("short")))


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
    id, state = str(first.get("short")), str(view.get("state"))
    if not first:
        return
    if first.get("direction") != "in":
        yield from _unread(view)
        if onward := _ONWARD.get((str(first.get("type")), state)):
            words, type_name = onward
            yield _WORDS[words], options.line("reply", id, "--type", type_name)
    elif first.get("state") == "received":
        yield _WORDS["read"], options.line("show", id)
    elif state in _UNDECIDED:
        yield from _judgement(id)
    else:
        yield from _replies(first, id)
