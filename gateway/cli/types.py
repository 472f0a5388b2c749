"""`gateway types`: what can be said, and how."""

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

import click

from gateway.cli import labelled, made_by, memoranda, options, output
from gateway.errors import NotFoundError

if TYPE_CHECKING:
    from gateway.catalogue.profiles import Profile
    from gateway.catalogue.terms import Term
    from gateway.catalogue.types import MessageType

# Letters of a language's code.
_LANGUAGE: Final = 2
# What people see of a field that must be there, in one place for whoever translates it.
_NOT_IN_USE: Final = "{type} is not in use under {name}"
_UNDER: Final = "as {name} has it, the memorandum of this node; --profile NAME shows another's"
_UNCONFIRMED: Final = "?: a clause that nobody has compared with the signed text"
_REQUIRED: Final = "required"
_WITH: Final = "required with {others}"
_WITHOUT: Final = "required without {others}"
_IF: Final = "required if {others}"
_UNLESS: Final = "required unless {others}"
_IS: Final = "{name} is {value}"
_ONE_OF: Final = "a code of {name}"
# More codes than this make a column that no screen holds; `gateway template TYPE --toml` has them.
_MOST_CODES: Final = 12


@click.command(epilog="Example: gateway types inquiry.request")
@click.argument("type_name", metavar="[TYPE]", required=False)
@click.option("--peer", metavar="NODE", help="As the memorandum with this contact point has them.")
@click.option("--profile", metavar="NAME", help="As this memorandum has them.")
@options.json_option
def command(type_name: str | None, peer: str | None, profile: str | None) -> None:
    """List the message types, or explain the fields, senders and deadlines of TYPE.

    A node that has one memorandum shows them as that has them, unless told otherwise.
    """
    from gateway.catalogue.types import TYPES

    under = memoranda.chosen(peer, profile)
    if under is not None and peer is None and profile is None:
        output.talk(_UNDER.format(name=under.name))
    rows = TYPES if under is None else under.types
    if type_name is not None:
        row = known_type(type_name)
        if row.name not in rows:
            raise NotFoundError(_NOT_IN_USE.format(type=row.name, name=under and under.name))
        _explain(rows[row.name], under)
        return
    if options.as_json():
        output.document({"items": [_view(row, under) for row in rows.values()], "next": None})
        return
    from gateway.cli import tables

    tables.draw(
        ("TYPE", "TITLE", "SENT BY", "CLAUSES", "MARKING", "ANSWER WITHIN"),
        (
            (
                row.name,
                row.title,
                _senders(row, under),
                _clauses(row, under),
                row.level,
                next((_within(term) for term in row.response.values()), None),
            )
            for row in rows.values()
        ),
    )
    if under is not None and not all(each.clauses_confirmed for each in under.settings.values()):
        output.talk(_UNCONFIRMED)


def known_type(name: str) -> "MessageType":
    """Return the row of that name.

    Raises:
        NotFoundError: The catalogue has no such type; the hint names the nearest one.
    """
    from gateway.catalogue.types import TYPES

    if name in TYPES:
        return TYPES[name]
    near = get_close_matches(name, TYPES, n=1)
    meant = f"did you mean {near[0]}? " if near else ""
    raise NotFoundError(
        f"there is no message type {name!r}", hint=f"{meant}gateway types lists them"
    )


def schema_of(name: str) -> dict[str, Any]:
    """Return the JSON Schema of a type's body.

    Raises:
        NotFoundError: The program is incomplete: the type has no schema.
    """
    from gateway import resources

    schema: dict[str, Any] = json.loads(resources.schema_file(f"types/{name}.schema.json"))
    return schema


def _explain(row: "MessageType", under: "Profile | None") -> None:
    schema = schema_of(row.name)
    if options.as_json():
        output.document({**_view(row, under), "schema": schema})
        return
    output.data(f"{row.name}: {row.title}")
    if schema.get("description"):
        output.data(f"  {schema['description']}")
    for label, text in _facts(row, under):
        output.data(f"  {label:<14} {text}")
    fields = list(_fields(schema, schema, ""))
    if not fields:
        output.talk("its body has no fields: {}")
        return
    from gateway.cli import tables

    output.data("")
    tables.draw(("FIELD", "", "FORM", "MEANING"), fields)
    if row.made_by is None:
        output.talk(f"an example body: gateway template {row.name}")


def _facts(row: "MessageType", under: "Profile | None") -> Iterator[tuple[str, str]]:
    yield "sent by", _senders(row, under)
    yield "clauses", _clauses(row, under)
    yield from _marking(row)
    if under is not None:
        yield from _settings(row, under)
    yield from _place(row)
    yield from _terms(row)


def _marking(row: "MessageType") -> Iterator[tuple[str, str]]:
    yield "marking", ", ".join([row.level, *sorted(row.caveats)])
    for pointer, level in row.parts.items():
        yield "", f"{level} for {pointer}"
    for member, caveat in row.flags.items():
        yield "", f"{caveat} if {member} is true"
    if row.publish:
        yield "to publish", ", ".join(row.publish)


def _settings(row: "MessageType", under: "Profile") -> Iterator[tuple[str, str]]:
    """Yield what a memorandum says of a type beside its row."""
    settings = under.settings[row.name]
    if settings.permitted_recipients:
        yield "may be given to", ", ".join(sorted(settings.permitted_recipients))
    if settings.purposes:
        yield "for", ", ".join(sorted(settings.purposes))
    for role, published in settings.publication.items():
        within = "" if published.within is None else f" within {_within(published.within)}"
        yield "published", f"{published.rule} for the {role} country{within}"
        cases = (
            f"{pointer} is {' or '.join(codes)}" for pointer, codes in published.required_if.items()
        )
        if published.required_if:
            yield "", f"required where {' and '.join(cases)}"


def _place(row: "MessageType") -> Iterator[tuple[str, str]]:
    if row.opens:
        yield "opens", f"a thread of kind {row.opens}"
    if row.replies_to:
        yield "replies to", ", ".join(row.replies_to)
    if row.only_own:
        yield "stands in", "any matter, about a message of its own sender"
    elif row.joins:
        yield "stands in", "any matter, in reply to a message of it"
    if row.made_by:
        yield "written by", made_by.line(row)
    if row.supersedes:
        yield "supersedes", "the message it replies to, which must be of the same sender"
    if row.updatable:
        yield "can be", "corrected and withdrawn by its sender"


def _terms(row: "MessageType") -> Iterator[tuple[str, str]]:
    days = "day" if row.life == 1 else "days"
    yield "lives", f"{row.life} {days} unless --expires says otherwise"
    if row.handed_over:
        yield "open within", _within(row.handed_over)
    if row.accepted:
        yield "accept within", _within(row.accepted)
    for priority, term in row.response.items():
        yield "answer within", f"{_within(term)} if {priority}"


def _fields(schema: Mapping[str, Any], root: Mapping[str, Any], path: str) -> Iterator[list[str]]:
    required = dict.fromkeys(schema.get("required", ()), _REQUIRED)
    required |= {name: words for name, words in _conditions(schema) if name not in required}
    for name, member in (schema.get("properties") or {}).items():
        below = labelled.resolved(member, root)
        label = f"{path}{name}"
        meaning = below.get("description") or below.get("title") or ""
        yield [label, required.get(name, ""), _form(below, root), str(meaning)]
        if _is_text(below):
            continue
        inner = below
        if below.get("type") == "array":
            inner, label = labelled.resolved(below.get("items"), root), f"{label}[]"
        if path.count(".") < 3:  # deeper nesting no longer helps a reader
            yield from _fields(inner, root, f"{label}.")
            keyed = labelled.resolved(labelled.of_any_name(inner), root)
            for each in labelled.branches(keyed, root) or (keyed,):
                yield from _fields(each, root, f"{label}.*.")


def _conditions(schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the members that are required only with, or only without, certain others."""
    condition = schema.get("if") or {}
    others = ", ".join(
        _IS.format(name=name, value=member["const"])
        for name, member in (condition.get("properties") or {}).items()
    )
    named = (_IF, _UNLESS) if others else (_WITH, _WITHOUT)
    others = others or ", ".join(condition.get("required", ()))
    for keyword, words in zip(("then", "else"), named, strict=True):
        for name in (schema.get(keyword) or {}).get("required", ()) if others else ():
            yield name, words.format(others=others)


def _is_text(schema: Mapping[str, Any]) -> bool:
    """Tell whether a member is a text in several languages, which one line can say."""
    members = schema.get("properties") or {}
    return "en" in members and all(len(name) == _LANGUAGE for name in members)


def _form(schema: Mapping[str, Any], root: Mapping[str, Any]) -> str:
    if _is_text(schema):
        needed = schema.get("required", ())
        names = (name if name in needed else f"{name}?" for name in schema["properties"])
        return "{" + ", ".join(names) + "}"
    if "const" in schema:
        return json.dumps(schema["const"])
    if len(schema.get("enum", ())) > _MOST_CODES and "codes" in schema:
        return _ONE_OF.format(name=schema["codes"]["list"])
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    kind = schema.get("type", "")
    if kind == "array":
        return f"list of {_form(labelled.resolved(schema.get('items'), root), root)}"
    return str(schema.get("format") or kind or "any")


def _view(row: "MessageType", under: "Profile | None") -> dict[str, Any]:
    beside = {} if under is None else _view_of_settings(row, under)
    return beside | {
        "type": row.name,
        "title": row.title,
        "senders": sorted(row.senders),
        "clauses": {str(role): list(clauses) for role, clauses in row.clauses.items()},
        "channel": row.channel,
        "opens": row.opens,
        "replies_to": list(row.replies_to),
        "joins": row.joins,
        "only_own": row.only_own,
        "made_by": row.made_by,
        "updatable": row.updatable,
        "supersedes": row.supersedes,
        "immediate": row.immediate,
        "life_days": row.life,
        "marking": row.level,
        "caveats": sorted(row.caveats),
        "parts": dict(row.parts),
        "publish": list(row.publish),
        "handed_over": _term(row.handed_over),
        "accepted": _term(row.accepted),
        "response": {str(priority): _term(term) for priority, term in row.response.items()},
    }


def _view_of_settings(row: "MessageType", under: "Profile") -> dict[str, Any]:
    settings = under.settings[row.name]
    return {
        "profile": under.name,
        "clauses_confirmed": settings.clauses_confirmed,
        "permitted_recipients": sorted(settings.permitted_recipients),
        "purposes": sorted(settings.purposes),
        "publication": {
            str(role): {
                "rule": published.rule,
                "required_if": {name: list(codes) for name, codes in published.required_if.items()},
                "within": _term(published.within),
            }
            for role, published in settings.publication.items()
        },
    }


def _term(term: "Term | None") -> dict[str, Any] | None:
    return None if term is None else {"days": term.days, "working": term.working}


def _within(term: "Term") -> str:
    days = "day" if term.days == 1 else "days"
    return f"{term.days} working {days}" if term.working else f"{term.days} {days}"


def _senders(row: "MessageType", under: "Profile | None") -> str:
    return memoranda.senders(row) if under is None else memoranda.senders_under(under, row)


def _clauses(row: "MessageType", under: "Profile | None") -> str:
    texts = sorted({clause for clauses in row.clauses.values() for clause in clauses})
    is_sure = under is None or under.settings[row.name].clauses_confirmed
    return ", ".join(texts if is_sure else [f"{text}?" for text in texts])
