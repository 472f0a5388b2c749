"""What somebody here asks to be sent: parsed strictly, before anything is looked up."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.catalogue import Priority, is_node
from gateway.catalogue.kinds import Purpose
from gateway.catalogue.numbers import COMPLETED
from gateway.catalogue.text import written
from gateway.desk.provenance import Derived, Wish, derived_in
from gateway.envelope import times
from gateway.errors import InvalidError, MalformedError, Problem

_MEMBERS: Final = frozenset(
    {
        *("type", "to", "body", "note", "priority", "due", "expires", "in_reply_to", "attachments"),
        *("derived_from", "purpose", "conditions_met"),
    }
)
_NO_TEXTS: Final = frozenset({"body", "attachments", "derived_from", "conditions_met"})
_NOTE: Final = 4_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts at this node: the caller's uid, and whom a local system says it acts for."""

    uid: int
    name: str
    on_behalf_of: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message to be: `type` and `to` may be left out of a reply, `in_reply_to` is a selector.

    Without a priority it has the one that its body calls for.

    Args:
        derived_from: What of it was taken over from other messages.
        purpose: For what content of others is passed on.
        conditions_met: The author vouches for what a consent asks for in words.
    """

    body: Mapping[str, Any]
    type: str | None = None
    to: str | None = None
    note: str | None = None
    priority: Priority | None = None
    due: str | None = None
    expires: str | None = None
    in_reply_to: str | None = None
    derived_from: tuple[Derived, ...] = ()
    purpose: Purpose = Purpose.SSW_OPERATION
    conditions_met: bool = False

    @property
    def wish(self) -> Wish:
        """What its author says beside it about content of others in it."""
        return Wish(purpose=self.purpose, is_met=self.conditions_met)

    @classmethod
    def from_json(cls, value: object) -> "Draft":
        """Read a draft; its texts become what is signed: NFC, and numbers as registers print them.

        Raises:
            InvalidError: `problems` names each member that is wrong; nothing was looked up.
        """
        if not isinstance(value, dict):
            raise InvalidError("a draft is a JSON object")
        problems = [Problem(f"/{name}", "is not expected here") for name in value.keys() - _MEMBERS]
        problems += [
            Problem(f"/{name}", "is not a text")
            for name in _MEMBERS - _NO_TEXTS
            if name in value and not isinstance(value[name], str)
        ]
        if not isinstance(value.get("body"), dict):
            problems.append(Problem("/body", "is missing or not a JSON object"))
        if value.get("attachments", []) != []:
            problems.append(
                Problem("/attachments", "must be empty: attachments are not carried yet")
            )
        if not problems:
            problems = _faults(value)
        if problems:
            raise InvalidError("the draft is not valid", problems=tuple(problems[:16]))
        read = {"priority", "attachments", "derived_from", "purpose"}
        rest = {name: value[name] for name in _MEMBERS - read if name in value}
        rest |= {name: written(rest[name], COMPLETED) for name in ("body", "note") if name in rest}
        given = value.get("priority")
        return cls(
            **rest,
            priority=None if given is None else Priority(given),
            derived_from=derived_in(value.get("derived_from", []))[0],
            purpose=Purpose(value.get("purpose", Purpose.SSW_OPERATION)),
        )


def _faults(value: dict[str, Any]) -> list[Problem]:
    problems = []
    if "in_reply_to" not in value:
        problems += [
            Problem(f"/{name}", "is missing") for name in ("type", "to") if name not in value
        ]
    if "to" in value and not is_node(value["to"]):
        problems.append(Problem("/to", "is not a node such as kh/molvt"))
    if value.get("priority", Priority.ROUTINE) not in list(Priority):
        problems.append(Problem("/priority", f"is not one of: {', '.join(Priority)}"))
    if value.get("purpose", Purpose.SSW_OPERATION) not in list(Purpose):
        problems.append(Problem("/purpose", f"is not one of: {', '.join(Purpose)}"))
    if not isinstance(value.get("conditions_met", False), bool):
        problems.append(Problem("/conditions_met", "is not true or false"))
    problems += derived_in(value.get("derived_from", []))[1]
    if len(value.get("note", "")) > _NOTE:
        problems.append(Problem("/note", f"is longer than {_NOTE} characters"))
    for name in ("due", "expires"):
        try:
            times.parse(value.get(name, "2000-01-01T00:00:00Z"))
        except MalformedError:
            problems.append(Problem(f"/{name}", "is not a time such as 2026-12-01T09:00:00Z"))
    return problems
