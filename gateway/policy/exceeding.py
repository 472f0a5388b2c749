"""Whether a consent permits more than was asked for, or something else.

Whoever asked has told its own lawyers just that, so that a grant of this contact point never goes
beyond; where one of the other side does, a person is shown it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from gateway.errors import Problem
from gateway.policy.pointers import fault_of, is_within
from gateway.policy.terms import LEAST_CELL, Class, Mode, Named, Terms

# Each form gives away less than the one before it.
_MODES: Final = tuple(Mode)

Json = Mapping[str, Any]


def exceeding(terms: Terms, asked: Json) -> Iterator[Problem]:
    """Yield where terms permit more than a request asks for, or something else.

    Args:
        asked: The body of the request.
    """
    yield from _beyond_subject(terms, asked["subject"])
    wanted = [dict(each) for each in asked.get("recipients", {}).values()]
    for number, one in enumerate(terms.recipients):
        said = {"org_id": one.org_id, "name": one.name, "country": one.country, "kind": one.kind}
        if said not in wanted:
            yield Problem(f"/recipients/{number}", "was not asked for")
    publication = asked.get("publication")
    if terms.publication is not None and (
        publication is None or terms.publication != (publication["register"], publication["medium"])
    ):
        yield Problem("/publication", "was not asked for")
    if terms.purpose != asked["purpose"]["code"]:
        yield Problem("/purpose/code", "is another than the one asked for")
    if _MODES.index(terms.mode) < _MODES.index(Mode(asked["mode"])):
        yield Problem("/mode", "gives away more than was asked for")
    least = asked.get("min_cell", LEAST_CELL)
    if terms.mode is Mode.AGGREGATE and terms.min_cell < least:
        yield Problem("/min_cell", "is smaller than was asked for")
    if terms.not_after > asked["until"]:
        yield Problem("/validity/not_after", "is later than was asked for")
    if "uses" in asked and (terms.uses is None or terms.uses > asked["uses"]):
        yield Problem("/uses", "are more than were asked for")
    if terms.epoch is not None and terms.epoch != asked["epoch"]:
        yield Problem("/epoch", "is another than that of the request")


def lost_places(terms: Terms, bodies: Sequence[Json]) -> Iterator[tuple[str, str]]:
    """Yield what is to be left out or replaced and is in none of the messages, and why.

    A slip of the pen in such a place would let out just what was meant to stay.

    Args:
        bodies: Those of the messages that the terms name; with none of them nothing is known.
    """
    conditions = terms.conditions
    named = {"redact": conditions.redact, "pseudonymise": conditions.pseudonymise}
    for name, places in named.items():
        for number, place in enumerate(places):
            faults = [fault for body in bodies if (fault := fault_of(place, body)) is not None]
            if bodies and len(faults) == len(bodies):
                yield f"/{name}/{number}", faults[0]


def _beyond_subject(terms: Terms, asked: Json) -> Iterator[Problem]:
    if terms.standing is not None:
        if not ("class" in asked and _fits(terms.standing, asked["class"])):
            yield Problem("/subject/class", "is more than was asked for")
        return
    wanted = list(asked.get("messages", {}).values())
    for number, named in enumerate(terms.messages):
        if not _was_asked(named, wanted):
            yield Problem(f"/subject/messages/{number}", "is more than was asked for")


def _was_asked(named: Named, wanted: Sequence[Json]) -> bool:
    place = (named.message_id, named.header_digest)
    for each in wanted:
        if (each["id"], each["header_digest"]) == place:
            return all(
                any(is_within(pointer, one) for one in each["pointers"])
                for pointer in named.pointers
            )
    return False


def _fits(standing: Class, asked: Json) -> bool:
    threads = set(asked.get("threads", ()))
    return (
        set(standing.types) <= set(asked["types"])
        and (not threads or (bool(standing.threads) and set(standing.threads) <= threads))
        and standing.received_from >= asked["received_from"]
        and standing.received_until <= asked["received_until"]
    )
