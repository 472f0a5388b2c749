"""A matter told from its beginning: who did what and when, how far it came, who must act next.

Internal notes stand between the messages, at their time, and are marked as what they are.
"""

import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway.cli import output, refused, times_shown, waiting, wrapping

View = Mapping[str, Any]

# What people see, in one place for whoever translates it.
_COUNTRIES: Final = {
    "bd": "Bangladesh",
    "id": "Indonesia",
    "in": "India",
    "jp": "Japan",
    "kg": "Kyrgyz Republic",
    "kh": "Cambodia",
    "la": "Laos",
    "lk": "Sri Lanka",
    "mm": "Myanmar",
    "mn": "Mongolia",
    "my": "Malaysia",
    "np": "Nepal",
    "ph": "Philippines",
    "pk": "Pakistan",
    "th": "Thailand",
    "tj": "Tajikistan",
    "uz": "Uzbekistan",
    "vn": "Vietnam",
}
_ACTS: Final = {
    "inquiry.request": "asked",
    "inquiry.answer": "answered",
    "intermediary.report": "reported an intermediary",
    "intermediary.update": "added what became known",
    "intermediary.result": "reported what it found",
    "irregularity.report": "reported an irregularity",
    "investigation.status": "reported how its investigation stands",
    "investigation.result": "reported the result of its investigation",
    "dispatch.anomaly": "reported a worker who came by another way",
    "dispatch.explanation": "explained the dispatch",
    "exam.fraud.report": "reported exam fraud",
    "exam.fraud.result": "reported what became of the exam fraud",
    "sending-org.approval": "gave notice of an approval",
    "sending-org.change": "gave notice of a change",
    "sending-org.list": "sent the list of sending organisations",
    "sending-org.guidance": "gave notice of guidance",
    "sending-org.suspension": "gave notice that an approval is suspended",
    "sending-org.revocation": "gave notice of a revocation",
    "sending-org.reinstatement": "gave notice of a reinstatement",
    "measure.notice": "gave notice of a measure",
    "support-org.list": "sent the list of supporting organisations",
    "list.part": "sent a further part of the list",
    "publication.confirm": "said what was published",
    "dispatch.statistics": "sent statistics of dispatch",
    "certification.notice": "gave notice of certificates",
    "exam.cooperation.request": "asked for help with an exam",
    "exam.cooperation.response": "said how far it can help",
    "exam.cooperation.report": "reported how the exam went",
    "suspension.notice": "suspended acceptance in a field",
    "suspension.amend": "changed the suspension",
    "suspension.lift": "lifted the suspension",
    "return.assistance.request": "asked for help with a return",
    "return.assistance.progress": "took a step for the return",
    "return.assistance.result": "reported how the return ended",
    "contact.update": "gave notice of a changed contact point",
    "info.share": "shared information",
    "consultation.propose": "proposed to consult",
    "consultation.reply": "replied to the proposal",
    "consultation.minutes": "sent the minutes",
    "consultation.action": "reported on what was to be done",
    "review.propose": "proposed a review",
    "review.findings": "sent its findings",
    "amendment.propose": "proposed an amendment",
    "amendment.consent": "consented in writing",
    "amendment.effective": "gave notice that the amendment takes effect",
    "consent.request": "asked for consent to pass something on",
    "consent.grant": "gave its consent",
    "consent.offer": "gave its consent unasked",
    "consent.deny": "denied its consent",
    "consent.revoke": "revoked its consent",
    "consent.status": "said what the consent is worth",
    "disclosure.request": "asked what was disclosed",
    "disclosure.report": "reported what was disclosed",
    "marking.change": "marked an earlier message anew",
    "correction": "corrected an earlier message",
    "withdrawal": "withdrew an earlier message",
    "reminder": "sent a reminder",
    "status.request": "asked how the matter stands",
    "status.report": "reported how the matter stands",
    "clarification.request": "asked for clarification",
    "clarification.answer": "clarified",
    "extension.request": "asked for more time",
    "extension.answer": "answered the request for more time",
}
_LEVELS: Final = {
    "received": "arrived",
    "handed-over": "read",
    "accepted": "accepted",
    "declined": "declined",
    "answered": "answered",
}
_DUE: Final = {
    "handed-over": "to be read by",
    "accepted": "to be accepted by",
    "answered": "to be answered by",
}
_STATES: Final = {
    "queued": "it has not arrived yet",
    "refused": "the other side refused it: {told}",
    "cancelled": "it was cancelled before it left",
    "expired": "it expired before it arrived",
    "overdue": "it may have arrived; no receipt says so",
    "held": "it is held until somebody releases it",
}
_WORDS: Final = {
    "head": "{name}: {kind} with {peer}, {state}",
    "opened": "Opened {at} by {who}: {title}, clause {clauses}",
    "begun": "Opened {at} by {who}",
    "assigned": "Handled here by {assignee}",
    "unassigned": "Handled here by nobody",
    "attention": "Attention: {attention}",
    "act": "{who} {act}  [{short}]",
    "other_act": "sent: {title}",
    "missed": "MISSED: {words} {due}",
    "correct": "corrected since: [{id}]",
    "withdraw": "withdrawn since: [{id}]",
    "flagged": "attention: {attention}",
    "note": "note by {author} (internal, never sent):",
    "closed note": "(it does not open any more: its key is lost, or it was changed on the disk)",
    "next": "Next: {next}",
    "next_by": "Next: {next}, by {due}",
    "nobody": "Nobody has to act: {why}",
    "late": "a deadline was missed",
    "place": "{country} ({node})",
}
_SHORT: Final = 13
_NARROWEST: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something at a time: what happened, and what there is to say about it."""

    at: str
    what: str
    more: tuple[str, ...]


def told(view: View, notes: Sequence[View]) -> Iterator[str]:
    """Yield a matter as text.

    Args:
        view: The matter with its messages.
        notes: What was noted about it here, oldest first.
    """
    yield from _head(view)
    steps = [_message(view, each) for each in view.get("messages") or ()]
    steps += [_note(note) for note in notes]
    day = None
    # Where times are equal, the messages come first: notes are about them.
    for step in sorted(steps, key=lambda step: step.at):
        if day != times_shown.day_of(step.at):
            day = times_shown.day_of(step.at)
            yield ""
            yield day
        yield from _lines(step)
    yield ""
    yield next_of(view)


def place(node: object) -> str:
    """Return what people call the side of a node."""
    name = output.inline(node)
    country = _COUNTRIES.get(name[:2])
    return name if country is None else _WORDS["place"].format(country=country, node=name)


def next_of(view: View) -> str:
    """Return who must act, and by when."""
    following, node = output.inline(view.get("next")), view.get("next_node")
    if node is None:
        return _WORDS["nobody"].format(why=following.removeprefix("nobody: "))
    if following.startswith(str(node)):
        following = place(node) + following.removeprefix(str(node))
    if view.get("overdue"):
        following += f" ({_WORDS['late']})"
    if view.get("due"):
        due = times_shown.told(view["due"])
        return _WORDS["next_by"].format(next=following, due=due)
    return _WORDS["next"].format(next=following)


def _head(view: View) -> Iterator[str]:
    first = _first(view)
    at, who = times_shown.told(view.get("opened")), place(view.get("opened_by"))
    yield _WORDS["head"].format(
        name=output.inline(view.get("reference") or view.get("thread")),
        kind=output.inline(view.get("kind")),
        peer=place(view.get("peer")),
        state=output.inline(view.get("state")),
    )
    if first:
        clauses = ", ".join(map(output.inline, first.get("clauses") or ["-"]))
        title = output.inline(first.get("title"))
        yield _WORDS["opened"].format(at=at, who=who, title=title, clauses=clauses)
    else:
        yield _WORDS["begun"].format(at=at, who=who)
    if view.get("assignee"):
        yield _WORDS["assigned"].format(assignee=output.inline(view["assignee"]))
    else:
        yield _WORDS["unassigned"]
    if view.get("attention"):
        yield _WORDS["attention"].format(attention=output.inline(view["attention"]))


def _first(view: View) -> View:
    messages: Sequence[View] = view.get("messages") or ()
    return next((each for each in messages if each.get("id") == view.get("thread")), {})


def _message(view: View, message: View) -> Step:
    sender = view.get("node") if message.get("direction") == "out" else view.get("peer")
    name = output.inline(sender)
    act = _ACTS.get(
        str(message.get("type")),
        _WORDS["other_act"].format(title=output.inline(message.get("title"))),
    )
    return Step(
        at=str(message.get("created")),
        what=_WORDS["act"].format(
            who=_COUNTRIES.get(name[:2], name), act=act, short=output.inline(message.get("short"))
        ),
        more=tuple(_about(message)),
    )


def _about(message: View) -> Iterator[str]:
    """Yield how far a message came, what was missed, and what became of it."""
    day = times_shown.day_of(message.get("created"))
    reached = [
        f"{_LEVELS.get(name, name)} {_clock(at, day)}" for name, at in waiting.reached(message)
    ]
    if reached:
        yield ", ".join(reached)
    state = str(message.get("state"))
    if state in _STATES:
        yield _STATES[state].format(told=refused.told(message))
    missed = message.get("missed") or ()
    for level, due in (message.get("deadlines") or {}).items():
        words, time = _DUE.get(level, level), times_shown.told(due)
        late = _WORDS["missed"].format(words=words, due=time)
        yield late if level in missed else f"{words} {time}"
    if newer := message.get("superseded_by"):
        mode = "withdraw" if message.get("superseded_mode") == "withdraw" else "correct"
        yield _WORDS[mode].format(id=output.inline(newer)[:_SHORT])
    if message.get("attention"):
        yield _WORDS["flagged"].format(attention=output.inline(message["attention"]))


def _clock(at: object, day: str) -> str:
    """Return a time in UTC, with its day where that is another one."""
    time = times_shown.parsed(at)
    if time is None:
        return output.inline(at)
    that_day = times_shown.day_of(at)
    return f"{time:%H:%M}" if that_day == day else f"{that_day} {time:%H:%M}"


def _note(note: View) -> Step:
    text = output.printable(note.get("text") or _WORDS["closed note"])
    return Step(
        at=str(note.get("at")),
        what=_WORDS["note"].format(author=output.inline(note.get("author"))),
        more=tuple(text.split("\n")),
    )


def _lines(step: Step) -> Iterator[str]:
    time = times_shown.told(step.at, day=False)
    yield f"  {time}  {step.what}"
    pad = " " * (len(time) + 4)
    for line in step.more:
        yield from (pad + part for part in _folded(line, len(pad)))


def _folded(line: str, pad: int) -> Sequence[str]:
    if not sys.stdout.isatty():
        return (line,)
    width = max(_NARROWEST, shutil.get_terminal_size().columns - pad)
    return list(wrapping.folded(line, width)) or [""]
