"""What a reply takes over from the message it answers: its name, the ids to be answered.

Lists that belong together have ids of one form (q1 in the question, q1 in the answer), so the
schemas of both messages say which list of the reply stands for which list it answers. A reply that
has to name the very version it speaks of, such as a consent, has a group for that.
"""

from collections.abc import Mapping
from typing import Any, Final

from gateway.cli.form import Field, Kind
from gateway.cli.form_schema import Path

# What names one version of a message and nothing else.
_VERSION: Final = frozenset({"id", "header_digest"})


def naming(reply: Field, spoken_of: Mapping[str, Any]) -> dict[str, Any]:
    """Return the start of a reply's body that names the version of the message it speaks of."""
    return {
        member.name: {name: spoken_of[name] for name in sorted(_VERSION, reverse=True)}
        for member in reply.members()
        if {each.name for each in member.members()} == _VERSION and spoken_of.keys() >= _VERSION
    }


def answerable(reply: Field) -> tuple[Field, ...]:
    """Return the lists of a reply's body that answer something by id."""
    return tuple(
        member
        for member in reply.members()
        if member.kind is Kind.KEYED and member.is_required and member.key_prefix() is not None
    )


def answering(
    reply: Field, earlier: Field, body: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[Path, str]]:
    """Return the start of a reply's body, and what each entry of it answers, by its path.

    Args:
        earlier: The form of the body that is answered.
        body: That body.
    """
    start: dict[str, Any] = {}
    about: dict[Path, str] = {}
    for member in answerable(reply):
        entries = _asked(earlier, body, member.key_prefix())
        if entries:
            start[member.name] = {key: {} for key in entries}
            about |= {(member.name, key): _said(entry) for key, entry in entries.items()}
    return start, about


def _asked(earlier: Field, body: Mapping[str, Any], prefix: str | None) -> Mapping[str, Any]:
    """Return the entries of the first list whose ids have this form."""
    for member in earlier.members():
        entries = body.get(member.name)
        is_list = member.kind is Kind.KEYED and member.key_prefix() == prefix
        if is_list and isinstance(entries, Mapping) and entries:
            return entries
    return {}


def _said(entry: Any) -> str:
    """Return the first words of an entry: its text in English, or what comes first."""
    if isinstance(entry, str):
        return entry
    if not isinstance(entry, Mapping):
        return ""
    for value in (entry.get("en"), entry.get("text"), *entry.values()):
        if words := _said(value) if value is not None else "":
            return words
    return ""
