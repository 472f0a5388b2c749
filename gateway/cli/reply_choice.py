"""Which types can follow a message: by whose message it is and how far its matter has come.

The node judges every message by the same tables. This looks there before anything is asked, so
that nobody fills in a form that can only be refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gateway.cli import form_terminal, made_by, options, output
from gateway.cli.failure import AnsweredError
from gateway.cli.socket_client import NodeClient
from gateway.cli.types import known_type
from gateway.errors import ConflictError, ExitCode

if TYPE_CHECKING:
    from gateway.catalogue.kinds import Event, Side
    from gateway.catalogue.types import MessageType

View = Mapping[str, Any]

# Messages of ours that the other side never took, so that nothing can speak of them.
_NEVER_THERE: Final = frozenset({"refused", "cancelled", "expired"})
# What is sent by a command of its own, so that nobody is offered a form for it.
_BY_COMMAND: Final = frozenset({"list.part"})
# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "own": "{name} is a message of your own, which only the other side answers",
    "over": "the matter {name} is over ({state}): it takes no answer any more",
    "no_reply": "no type answers {type}",
    "not_that": "{type} cannot be sent there: {why}",
    "later": "{title} ({type}) cannot follow {name}: the matter is {state}",
    "theirs": "{title} ({type}) about {name} is for the other side to send",
    "stays": "{title} stays as it was sent",
    "gone": "the other side never took {name} ({state}): nothing can be said about it",
    "command": "{name} is answered by a command of its own",
    "can": "{why}. What you can send about it:",
    "name_type": "more than one type replies to {type}: {types}",
    "which": "Which of these? ",
    "types": "name one with --type; gateway types lists them",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A message that is to be spoken of, with its matter.

    Args:
        first: The first version of the message, which a correction may have followed.
        matter: None for what stands in no matter.
    """

    named: View
    first: View
    matter: View | None

    @property
    def name(self) -> str:
        """Return what people call it."""
        return str(self.named.get("reference") or self.named.get("short") or self.named.get("id"))

    @property
    def short(self) -> str:
        """Return the short id of this very message; a reference may stand for more than one."""
        return str(self.named.get("short") or self.named.get("id"))

    @property
    def type(self) -> str:
        """Return the type that a reply answers."""
        return str(self.first.get("type"))

    @property
    def is_ours(self) -> bool:
        """Tell whether this side sent it."""
        return self.first.get("direction") == "out"

    @property
    def side(self) -> "Side | None":
        """Return the end of the matter at which this side stands, None for what is no matter."""
        from gateway.catalogue.kinds import Side

        if self.matter is None:
            return None
        is_opener = self.matter.get("opened_by") == self.matter.get("node")
        return Side.OPENER if is_opener else Side.OTHER

    @property
    def is_over(self) -> bool:
        """Tell whether nobody owes anything in its matter any more."""
        from gateway.catalogue.threads import OVER

        matter = self.matter or {}
        return (matter.get("kind"), matter.get("state")) in OVER

    def why_no_answer(self) -> str:
        """Return in words why nothing answers it now."""
        if self.is_ours:
            return _WORDS["own"].format(name=self.name)
        if self.is_over and self.matter is not None:
            return _WORDS["over"].format(name=self.name, state=self.matter.get("state"))
        return _WORDS["no_reply"].format(type=self.type)


def row_of_reply(client: NodeClient, view: View, type_name: str | None) -> "MessageType":
    """Return the type of a reply: the one that was named, the only one that fits, or the chosen.

    Raises:
        ConflictError: That type cannot follow now, none can, or several can and nobody can be
            asked which. The hint is the line to type.
        PolicyError: A command makes that type; the hint is that command.
    """
    place = _place_of(client, view)
    if place.is_ours and place.named.get("state") in _NEVER_THERE:
        words = _WORDS["gone"].format(name=place.name, state=place.named["state"])
        raise ConflictError(words, hint=options.line("show", str(place.named.get("id"))))
    if type_name is not None:
        row = known_type(type_name)
        made_by.check_by_hand(row, place.short)
        if why := _why_not(row, place):
            raise ConflictError(why, hint=_hint(place, _possible(place)))
        return row
    possible = _possible(place)
    if answers := [row for row in possible if row.replies_to]:
        return answers[0] if len(answers) == 1 else _chosen(place, answers)
    if commands := _commands(place):
        raise ConflictError(_WORDS["command"].format(name=place.name), hint=commands)
    if not possible:
        raise ConflictError(place.why_no_answer(), hint=_hint(place, possible))
    why = place.why_no_answer()
    if not form_terminal.is_present():
        raise ConflictError(why, hint=_hint(place, possible))
    output.talk(_WORDS["can"].format(why=why))
    return _chosen(place, possible)


def _place_of(client: NodeClient, view: View) -> _Place:
    from gateway.catalogue.types import TYPES

    first, row = view, TYPES.get(str(view.get("type")))
    if row is not None and row.supersedes is not None and view.get("in_reply_to"):
        first = client.get("messages", str(view["in_reply_to"]))
    try:
        matter = client.get("threads", str(view.get("thread") or view.get("id")))
    except AnsweredError as error:
        if error.exit_code is not ExitCode.NOT_FOUND:
            raise
        matter = None
    return _Place(named=view, first=first, matter=matter)


def _possible(place: _Place) -> list["MessageType"]:
    """Return what this side may send about a message now, in the order of the catalogue."""
    from gateway.catalogue.types import TYPES

    return [
        row
        for row in TYPES.values()
        if (place.type in row.replies_to or (row.joins and not row.replies_to))
        and not row.lists
        and row.made_by is None
        and row.name not in _BY_COMMAND
        and not (row.name == "reminder" and place.is_over)
        and not _why_not(row, place)
    ]


def _commands(place: _Place) -> str:
    """Return the commands that answer a message now, empty where none does."""
    from gateway.catalogue.types import TYPES

    answers = (row for row in TYPES.values() if row.event is not None)
    return "; ".join(
        made_by.line(row, place.short)
        for row in answers
        if row.made_by and place.type in row.replies_to and not _why_not(row, place)
    )


def _why_not(row: "MessageType", place: _Place) -> str | None:
    """Return in words why a type cannot speak of a message now, None where it may."""
    words = {"title": row.title, "type": row.name, "name": place.name}
    if row.replies_to and place.is_ours and not row.of_own:
        return _WORDS["own"].format(name=place.name)
    if row.only_own and not place.is_ours:
        return _WORDS["theirs"].format(**words)
    if row.replies_to and not row.of_any and place.type not in row.replies_to:
        return _WORDS["not_that"].format(type=row.name, why=f"it does not answer {place.type}")
    if row.supersedes is not None:
        if not place.is_ours:
            return _WORDS["theirs"].format(**words)
        if not known_type(place.type).updatable:
            return _WORDS["stays"].format(title=place.first.get("title"))
    if _is_theirs(row, place):
        return _WORDS["theirs"].format(**words)
    if not _can_follow(row, place):
        return _WORDS["later"].format(**words, state=(place.matter or {}).get("state"))
    return None


def _events(row: "MessageType", place: _Place) -> set["Event"]:
    """Return what a type would do to the matter when this side sends it.

    It is empty where it need not do anything there: it then has its place in every state.
    """
    from gateway.catalogue.threads import event_on, sided

    if place.side is None or row.opens is not None:
        return set()
    if row.supersedes is not None:
        events = {event_on(row.name, place.type)}
    else:
        events = {sided(event, place.side) for event in row.events}
    known = {event for event in events if event is not None}
    return known if len(known) == len(events) else set()


def _is_theirs(row: "MessageType", place: _Place) -> bool:
    """Tell whether all that a type can do there is the other side's to do."""
    events = _events(row, place)
    return bool(events) and not _ours(events, place)


def _ours(events: set["Event"], place: _Place) -> set["Event"]:
    """Return those of the events that are this side's to cause in such a matter."""
    from gateway.catalogue.kinds import ThreadKind
    from gateway.catalogue.threads import WHO

    try:
        who = WHO[ThreadKind(str((place.matter or {}).get("kind")))]
    except ValueError:
        return events  # of a newer node, which judges it
    return {event for event in events if place.side in who.get(event, ())}


def _can_follow(row: "MessageType", place: _Place) -> bool:
    """Tell whether the state of the matter lets a type do there what it does."""
    from gateway.catalogue.kinds import ThreadKind, ThreadState
    from gateway.catalogue.threads import TRANSITIONS

    events = _events(row, place)
    if place.matter is None or not events:
        return True
    try:
        kind = ThreadKind(str(place.matter.get("kind")))
        steps = TRANSITIONS[kind][ThreadState(str(place.matter.get("state")))]
    except (ValueError, KeyError):
        return True  # of a newer node, which judges it
    return any(event in steps for event in _ours(events, place))


def _hint(place: _Place, possible: Sequence["MessageType"]) -> str:
    if not possible:
        return options.line("thread", place.name)
    types = "|".join(row.name for row in possible)
    return f"{options.line('reply', place.short, '--type')} {types}"


def _chosen(place: _Place, rows: Sequence["MessageType"]) -> "MessageType":
    """Return the type that the officer chooses.

    Raises:
        ConflictError: There is no terminal to choose at.
    """
    if not form_terminal.is_present():
        names = ", ".join(row.name for row in rows)
        words = _WORDS["name_type"].format(type=place.type, types=names)
        raise ConflictError(words, hint=_WORDS["types"])
    for number, row in enumerate(rows, start=1):
        output.talk(f"  {number:>2}  {row.title} ({row.name})")
    numbers = "".join(str(number) for number, _ in enumerate(rows, start=1))
    return rows[int(form_terminal.choose(_WORDS["which"], numbers)) - 1]
