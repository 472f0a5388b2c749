"""What the author of a message says it took over from other messages, and how it is then marked.

A message that carries content of others is marked no more openly than they have marked it: the
whole if nobody says where that content stands, else the parts that are named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from gateway.catalogue import Caveat, country_of
from gateway.catalogue.kinds import Purpose
from gateway.delivery.subjects import sources_of
from gateway.envelope import Header, read_content, reopen_signed
from gateway.errors import InvalidError, InvalidMarkingError, Problem
from gateway.policy import Marking, parse_marking
from gateway.policy.bodies import only
from gateway.policy.label import Label, join, of_marking, to_marking
from gateway.policy.marking import POINTER
from gateway.policy.pointers import overlaps
from gateway.policy.subject import Derivation, Source
from gateway.store import Row, Transaction, messages

# A cap of our own: entries have room in the header beside the longest marking.
MOST: Final = 32
_MEMBERS: Final = frozenset({"source", "source_pointer", "target_pointer", "mode"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """One thing that a draft took over.

    Args:
        source: The id of the message it was taken from, its beginning, or a reference.
        source_pointer: The part of that body; `""` for all of it.
        target_pointer: Where it stands in the body of the draft; `""` for anywhere.
    """

    source: str
    source_pointer: str = ""
    target_pointer: str = ""
    mode: Derivation = Derivation.QUOTE


@dataclass(frozen=True, slots=True)
class Provenance:
    """The entries for a header, and what they name as it is kept here."""

    entries: tuple[Mapping[str, Any], ...] = ()
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What an author says beside a message about content of others in it.

    Args:
        purpose: For what its recipient gets that content.
        is_met: The author vouches for what a consent asks for in words.
    """

    purpose: Purpose = Purpose.SSW_OPERATION
    is_met: bool = False


NO_WISH: Final = Wish()
NOTHING_TAKEN: Final = Provenance()


def derived_in(value: object) -> tuple[tuple[Derived, ...], list[Problem]]:
    """Read the member of a draft that says what was taken over, and what is wrong with it."""
    if not isinstance(value, list) or len(value) > MOST:
        return (), [Problem("/derived_from", f"is not a list of at most {MOST}")]
    found, problems = [], []
    for number, each in enumerate(value):
        where = f"/derived_from/{number}"
        fault = _fault(each)
        if fault is None:
            mode = Derivation(each.get("mode", Derivation.QUOTE))
            found.append(Derived(**{**each, "mode": mode}))
        else:
            problems.append(Problem(where + fault[0], fault[1]))
    return tuple(found), problems


def _fault(value: object) -> tuple[str, str] | None:
    if not isinstance(value, dict) or not value.keys() <= _MEMBERS:
        return "", f"is not an object of {', '.join(sorted(_MEMBERS))}"
    if any(not isinstance(each, str) for each in value.values()):
        return "", "holds something that is not a text"
    if not value.get("source"):
        return "/source", "names no message"
    for name in ("source_pointer", "target_pointer"):
        if value.get(name) and not POINTER.fullmatch(value[name]):
            return f"/{name}", "is no pointer such as /findings/f1"
    if value.get("mode", Derivation.QUOTE) not in list(Derivation):
        return "/mode", f"is not one of: {', '.join(Derivation)}"
    return None


def resolved(
    tx: Transaction, derived: Sequence[Derived], body: Mapping[str, Any], *, to: str
) -> Provenance:
    """Return what a draft for a node took over, looked up.

    Raises:
        NotFoundError, ConflictError: A source is none, or more than one message.
        CorruptError: A source was changed on the disk.
        InvalidError: A pointer leads nowhere, so that it would protect nothing.
    """
    problems = []
    entries = []
    for number, each in enumerate(derived):
        row = messages.get(tx, messages.find_exact(tx, each.source))
        header = reopen_signed(row["jws"], "").header
        entries.append(_entry(each, header, row))
        if not _stands(tx, row, each.source_pointer):
            problems.append(
                Problem(f"/derived_from/{number}/source_pointer", "names nothing in the source")
            )
        if each.target_pointer and not only(body, [each.target_pointer]):
            # Inside a list nothing can be marked on its own, because lists have no stable names.
            text = "names nothing in the body, or something inside a list: name the list"
            problems.append(Problem(f"/derived_from/{number}/target_pointer", text))
    if problems:
        raise InvalidError("the provenance leads nowhere", problems=tuple(problems))
    return Provenance(tuple(entries), sources_of(tx, tuple(entries), to=to))


def inherited(tx: Transaction, earlier: Row, body: Mapping[str, Any]) -> Provenance:
    """Return what a correction of ours takes over with the version that it corrects.

    Whoever corrects a slip says nothing of where the rest came from, and it is still from there.
    What is not in its place any more may stand anywhere.

    Args:
        earlier: The version whose place is taken, as lists show it.

    Raises:
        CorruptError: That version, or a source, was changed on the disk.
    """
    header = reopen_signed(messages.get(tx, earlier["seq"])["jws"], "").header
    under = "" if header.supersedes is not None else "/body"
    entries = tuple(_moved(each, under, body) for each in header.derived_from)
    return Provenance(entries, sources_of(tx, entries, to=header.to))


def _moved(entry: Mapping[str, Any], under: str, body: Mapping[str, Any]) -> dict[str, Any]:
    target = str(entry.get("target_pointer", ""))
    pointer = under + target if target else ""
    return {**entry, "target_pointer": pointer if pointer and only(body, [pointer]) else ""}


def _entry(derived: Derived, header: Header, row: Row) -> dict[str, Any]:
    return {
        "message_id": header.id,
        "header_digest": row["header_digest"],
        "originator": header.from_,
        "profile": header.profile,
        "source_pointer": derived.source_pointer,
        "target_pointer": derived.target_pointer,
        "mode": derived.mode.value,
    }


def _stands(tx: Transaction, row: Row, pointer: str) -> bool:
    """Tell whether a part is there; of an erased message nobody can say."""
    if pointer == "" or row["content"] is None:
        return True
    return bool(only(read_content(messages.content_of(tx, row)).body, [pointer]))


def marked(marking: Mapping[str, Any], sources: Sequence[Source]) -> dict[str, Any]:
    """Return the marking of a message of ours that carries content of others: never below theirs.

    Args:
        marking: The one that the message would have without that content.
    """
    labels = [(source, label) for source in sources if (label := _label(source)) is not None]
    if not labels:
        return dict(marking)
    own = parse_marking(marking, originator_country=country_of(marking["originator"]))
    everywhere = [label for source, label in labels if source.target_pointer == ""]
    # Times stand for the whole alone: what opens or ends in a part does so everywhere.
    joined = _written(join([_own(own), *(label for _, label in labels)]), own)
    made = {name: each for name, each in marking.items() if name not in _HANDLING}
    made |= {name: joined[name] for name in _HANDLING if name in joined}
    if everywhere:
        whole = _written(join([_own(own), *everywhere]), own)
        # Purposes that nobody shares are left out: without recipients they open nothing.
        made.pop("purposes", None)
        made |= {name: whole[name] for name in _OF_LABEL if name in whole}
    parts = [
        _part(source.target_pointer, label) for source, label in labels if source.target_pointer
    ]
    if parts:
        made["granular"] = [*marking.get("granular", ()), *parts]
    return _unpublished(made, [source.target_pointer for source, _ in labels])


_HANDLING: Final = ("handling_until", "then")
_OF_LABEL: Final = ("level", "caveats", "permitted_recipients", "purposes")


def _own(own: Marking) -> Label:
    # Of our own content every part counts on its own, so only what holds for all of it is joined;
    # to whom it may go on without asking is as narrow as we have chosen, whatever others allow.
    return of_marking(replace(own, granular=()))


def _written(label: Label, own: Marking) -> dict[str, Any]:
    return to_marking(label, originator=own.originator, marked_by="", at="")


def _part(pointer: str, label: Label) -> dict[str, Any]:
    part: dict[str, Any] = {"pointer": pointer, "level": label.level.value}
    if label.caveats:
        part["caveats"] = sorted(label.caveats)
    if label.recipients is not None:
        # Purposes that leave nothing cannot be written: then they open nothing for nobody.
        recipients = label.recipients if label.purposes else frozenset()
        part["permitted_recipients"] = sorted(recipients)
    if label.purposes:
        part["purposes"] = sorted(purpose.value for purpose in label.purposes)
    return part


def _label(source: Source) -> Label | None:
    """Return how closely a source has to be kept, None where it only names what others may hear of.

    Raises:
        InvalidError: Nobody here can say how it is marked.
    """
    try:
        if source.marking is None:
            raise InvalidMarkingError("it is not kept here")
        marking = parse_marking(source.marking, originator_country=country_of(source.originator))
    except InvalidMarkingError:
        problem = Problem("/derived_from", f"how {source.message_id} is marked cannot be said here")
        raise InvalidError("a source cannot be passed on", problems=(problem,)) from None
    label = of_marking(marking, pointer=source.source_pointer)
    is_named_only = source.mode is Derivation.REFERENCE
    return None if is_named_only and Caveat.NO_TIP_OFF not in label.caveats else label


def _unpublished(marking: dict[str, Any], targets: Sequence[str]) -> dict[str, Any]:
    """Return a marking that asks to make nothing public where content of others stands."""
    publish = marking.get("publish")
    if not publish:
        return marking
    fields = [
        field
        for field in publish.get("fields", ())
        if not any(overlaps(field, target) for target in targets)
    ]
    kept = {**marking, "publish": {**publish, "fields": fields}}
    if not fields:
        del kept["publish"]
    return kept
