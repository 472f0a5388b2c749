"""What a profile says of one type: the row with its changes, and what stands beside the row.

Each change may only tighten: fewer senders, a stricter level, more caveats, less to publish. Terms
and clauses are the memorandum's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

from gateway.catalogue.kinds import Caveat, Level, Priority, PublishRule, Purpose, Role
from gateway.catalogue.terms import Term
from gateway.catalogue.types import TYPES, MessageType
from gateway.errors import InvalidError, Problem

_NO_CASES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What one side does with the public parts of a type.

    Args:
        required_if: Pointers into the body with their codes; where all of them hold, publication
            is required whatever `rule` says.
        within: How soon; for the recipient of the type its time to answer, None where neither the
            memorandum nor the type says.
    """

    rule: PublishRule
    required_if: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NO_CASES)
    within: Term | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a memorandum says of a type beside its row.

    `clauses_confirmed` is false where nobody has compared the clauses with the signed text.
    """

    clauses_confirmed: bool
    permitted_recipients: frozenset[str]
    purposes: frozenset[Purpose]
    publication: Mapping[Role, Publication]


def row_of(name: str, changes: Mapping[str, Any]) -> MessageType:
    """Return the row of a type with what a memorandum changes of it.

    Raises:
        InvalidError: There is no such type, or the change would loosen it.
    """
    common = _common(name)
    level = Level(changes.get("level", common.level))
    if level < common.level:
        raise invalid(f"/types/{name}/level", f"is more open than {common.level}")
    senders = frozenset(map(Role, changes.get("senders", common.senders)))
    if not senders <= common.senders:
        raise invalid(f"/types/{name}/senders", "has a side that may never send this type")
    own = {Role(role): tuple(texts) for role, texts in changes.get("clauses", {}).items()}
    clauses = {role: texts for role, texts in common.clauses.items() if role in senders} | own
    response = {
        Priority(priority): _term(term) for priority, term in changes.get("response", {}).items()
    }
    return replace(
        common,
        senders=senders,
        clauses=MappingProxyType(clauses),
        handed_over=_term(changes["handed_over"])
        if "handed_over" in changes
        else common.handed_over,
        accepted=_term(changes["accepted"]) if "accepted" in changes else common.accepted,
        life=int(changes.get("life_days", common.life)),
        level=level,
        caveats=common.caveats | {Caveat(caveat) for caveat in changes.get("caveats", ())},
        response=MappingProxyType({**common.response, **response}),
    )


def settings_of(name: str, changes: Mapping[str, Any]) -> Settings:
    """Return what a memorandum says of a type beside the row.

    Raises:
        InvalidError: There is no such type, or nothing in it is ever made public.
    """
    sides: Mapping[str, Any] = changes.get("publication", {})
    if sides and not _common(name).publish:
        raise invalid(f"/types/{name}/publication", "nothing in this type is ever made public")
    return Settings(
        clauses_confirmed=changes.get("clauses_confirmed", True),
        permitted_recipients=frozenset(changes.get("permitted_recipients", ())),
        purposes=frozenset(map(Purpose, changes.get("purposes", ()))),
        publication=MappingProxyType(
            {Role(role): _publication(side, row_of(name, changes)) for role, side in sides.items()}
        ),
    )


def _publication(side: Mapping[str, Any], of: MessageType) -> Publication:
    cases: Mapping[str, list[str]] = side.get("required_if", {})
    return Publication(
        rule=PublishRule(side["rule"]),
        required_if=MappingProxyType({pointer: tuple(codes) for pointer, codes in cases.items()}),
        within=_term(side["within"]) if "within" in side else of.response.get(Priority.ROUTINE),
    )


def _common(name: str) -> MessageType:
    if name not in TYPES:
        raise invalid(f"/types/{name}", "is not a type of the catalogue")
    return TYPES[name]


def _term(term: Mapping[str, Any]) -> Term:
    return Term(int(term["days"]), working=term["count"] == "working")


def invalid(where: str, text: str) -> InvalidError:
    """Return the error of a profile that breaks its rules at a place."""
    return InvalidError("a profile cannot be used", problems=(Problem(where, text),))
