"""What an officer should know before signing: who gets a message, and who may see it there.

The rules are those of `policy.release`, asked as the other side will ask them: for every
organisation in the registry of parties, may the recipient's node give it this content? So what the
review screen says is what the other node does.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from gateway.catalogue import Parties, Profile, country_of
from gateway.envelope import Header, digest, times
from gateway.errors import NotFoundError
from gateway.policy import Action, Allowed, Permitted, Request, Subject, decide, parse_marking
from gateway.policy.subject import Source

# What is ours anyway comes back without a release, so it is nothing to think about here.
_NO_NEWS: Final = frozenset({Allowed.RETURN_TO_ORIGINATOR, Allowed.PUBLIC})


def facts(
    header: Header,
    content: str,
    profile: Profile,
    parties: Parties,
    *,
    sources: Sequence[Source] = (),
) -> dict[str, Any]:
    """Return recipient, marking as a whole, readers on the other side, and size.

    `may_see` lists whom the recipient may give the content without asking us; `onward` says what
    holds for everybody else: `anybody` (public) or `consent`.

    Args:
        sources: What it takes over from other messages, as it is kept here.
    """
    there = tuple(_there(source, header.to) for source in sources)
    marking = parse_marking(header.marking, originator_country=country_of(header.from_))
    whole = marking.whole()
    return {
        "recipient": {
            "node": header.to,
            "name": _name(header.to, parties),
            "office": profile.office_of(header.to).get("en"),
        },
        "reference": header.reference,
        "marked_as_a_whole": whole.level.value,
        "parts": {
            part.pointer: part.level.value for part in marking.granular if part.level is not None
        },
        "publish": list(marking.publish.fields),
        "may_see": list(_readers(header, parties, there)),
        "onward": "anybody" if _is_public(header, parties, there) else "consent",
        "taken_over": [_taken(source, parties) for source in sources],
        "size": len(content.encode()),
    }


def _there(source: Source, node: str) -> Source:
    """Return a source as the other node knows it: its own, or one whose marking it has not."""
    return source if source.originator == node else replace(source, marking=None)


def _taken(source: Source, parties: Parties) -> dict[str, Any]:
    return {
        "id": source.message_id,
        "from": source.originator,
        "name": _name(source.originator, parties),
        "type": source.type,
        "mode": source.mode.value,
        "source_pointer": source.source_pointer,
        "target_pointer": source.target_pointer,
    }


def _readers(header: Header, parties: Parties, sources: tuple[Source, ...]) -> list[dict[str, str]]:
    found = [{"party": header.to, "name": _name(header.to, parties), "why": Allowed.CONTACT_POINT}]
    for party in parties.all():
        outcome = _outcome(header, party.id, parties, sources)
        if party.id != header.to and outcome is not None and outcome not in _NO_NEWS:
            found.append({"party": party.id, "name": party.names["en"], "why": outcome})
    return [{name: str(value) for name, value in each.items()} for each in found]


def _is_public(header: Header, parties: Parties, sources: tuple[Source, ...]) -> bool:
    # Nobody in particular: only what is public may be given to an organisation that nobody knows.
    return _outcome(header, "", parties, sources) is Allowed.PUBLIC


def _outcome(
    header: Header, audience: str, parties: Parties, sources: tuple[Source, ...]
) -> Allowed | None:
    decision = decide(
        Request(
            action=Action.DISCLOSE,
            subject=replace(Subject.of(header, digest(header.payload())), sources=sources),
            holder=header.to,
            audience=audience,
            now=times.parse(header.created),
        ),
        parties,
    )
    return decision.reason if isinstance(decision, Permitted) else None


def _name(node: str, parties: Parties) -> str:
    try:
        return parties.of(node).names["en"]
    except NotFoundError:
        return node
