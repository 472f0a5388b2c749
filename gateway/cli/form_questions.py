"""The questions of a form, one after another, as a walk over the body that the answers make.

The walk is a generator: it yields a question, takes the value, puts it into the body and goes on.
What may be left out is asked about first; the entries of a list go on until nobody wants another;
and what the rules between fields still want, once a group is filled in, is asked for again.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from gateway.cli.form import LEAVES, Field, Kind
from gateway.cli.form_schema import Path, path_of, pointer, value_at

# Stands for a field that is left out; JSON's null is no answer either.
LEFT_OUT: Final = None


class Ask(StrEnum):
    """What a question wants: a value, an id, or a yes to something that may be there or not."""

    VALUE = "value"
    KEY = "key"
    ADD = "add"
    ANOTHER = "another"
    KEEP = "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A group that a question stands in; a plain one is a handful of values, such as a text."""

    path: Path
    label: str
    is_plain: bool = False


Trail = tuple[Heading, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question: about which field, where it stands, and what an empty answer means.

    Args:
        default: What is taken when nothing is typed; None if that leaves the field out, or if
            something must be typed (`must_answer`).
        remark: Why the question is put again.
    """

    ask: Ask
    field: Field
    path: Path
    trail: Trail
    default: Any = None
    must_answer: bool = False
    remark: str = ""

    @property
    def pointer(self) -> str:
        """Return where it stands, for a draft that goes on here."""
        return pointer(self.path)


Steps = Generator[Question, Any, None]


class Walk:
    """One walk through a form; `body` is what the answers have made so far.

    Args:
        body: What is known at the start, its values are the defaults; it is changed.
    """

    def __init__(self, form: Field, body: dict[str, Any]) -> None:
        self.body = body
        self._count = 0
        self.steps = self._group(form, (), ())

    def _field(self, field: Field, path: Path, trail: Trail, remark: str = "") -> Steps:
        if field.kind is Kind.OPEN:
            return  # a value of any form cannot be asked for; an editor shows it
        if field.kind in LEAVES or field.is_choices:
            yield from self._leaf(field, path, trail, remark)
            return
        if not field.is_required:
            is_there = self._at(path) is not None
            asked = Question(ask=Ask.ADD, field=field, path=path, trail=trail, default=is_there)
            if not (yield from self._put_to(asked)):
                self._put(path, LEFT_OUT)
                return
        inner = (*trail, Heading(path=path, label=field.label, is_plain=field.is_plain))
        if field.kind is Kind.GROUP:
            yield from self._group(field, path, inner)
        else:
            yield from self._list(field, path, inner, remark)
        if not field.is_required and not self._at(path):
            self._put(path, LEFT_OUT)

    def _put_to(self, question: Question) -> Generator[Question, Any, Any]:
        """Put a question and return the answer."""
        self._count += 1
        return (yield question)

    def _leaf(self, field: Field, path: Path, trail: Trail, remark: str) -> Steps:
        if "const" in field.schema:
            self._put(path, field.schema["const"])
            return
        asked = Question(
            ask=Ask.VALUE,
            field=field,
            path=path,
            trail=trail,
            default=self._at(path),
            must_answer=field.is_required,
            remark=remark,
        )
        self._put(path, (yield from self._put_to(asked)))

    def _group(self, field: Field, path: Path, trail: Trail) -> Steps:
        if path and self._at(path) is None:
            self._put(path, {})
        for member in field.members():
            below = (*path, member.name)
            is_wanted = member.is_required or self._is_wanted(field, below)
            yield from self._field(replace(member, is_required=is_wanted), below, trail)
        # What the rules between the fields still want.
        before = -1  # what nothing can be asked about is left to the check of the whole
        while self._count != before and (faults := field.faults(self._at(path))):
            before = self._count
            wanted = {path_of(fault.pointer)[0]: fault.text for fault in faults if fault.pointer}
            whole = next((fault.text for fault in faults if not fault.pointer), "")
            if whole and not field.is_required and not self._at(path):
                return  # nothing was filled in, so the group itself is left out
            for member in field.members():
                if not whole and member.name not in wanted:
                    continue
                needed = replace(member, is_required=member.is_required or not whole)
                remark = wanted.get(member.name, whole)
                yield from self._field(needed, (*path, member.name), trail, remark)

    def _is_wanted(self, group: Field, path: Path) -> bool:
        """Tell whether a rule between fields wants this one by now: a name where no id stands."""
        if self._at(path) is not None:
            return False
        faults = group.faults(self._at(path[:-1]))
        return pointer(path[-1:]) in {fault.pointer for fault in faults}

    def _list(self, field: Field, path: Path, trail: Trail, remark: str) -> Steps:
        if self._at(path) is None:
            self._put(path, [] if field.kind is Kind.LIST else {})
        # Whoever says yes to a list wants an entry, unless the ones that were there are given up.
        wanted = 0 if any(self._at((*path, key)) for key in self._keys(path)) else 1
        for key in self._keys(path):
            below, entry = (*path, key), field.entry(key)
            is_off = entry.takes_null and self._at(below) is None
            if is_off or self._at(below):
                kept = Question(
                    ask=Ask.KEEP,
                    field=entry,
                    path=below,
                    trail=trail,
                    default=True,
                    remark=remark,
                )
                if not (yield from self._put_to(kept)):
                    self._put(below, LEFT_OUT)
                    continue
            if not is_off:
                yield from self._field(entry, below, trail)
        self._tidy(path)
        while len(keys := self._keys(path)) < field.most:
            new = str(len(keys)) if field.kind is Kind.LIST else field.new_key(keys)
            if len(keys) >= max(field.least, wanted):
                entry, below = field.entry(new or ""), (*path, new or "")
                more = Question(
                    ask=Ask.ANOTHER, field=entry, path=below, trail=trail, default=False
                )
                if not (yield from self._put_to(more)):
                    return
            if new is None:
                asked = Question(
                    ask=Ask.KEY, field=field, path=(*path, ""), trail=trail, must_answer=True
                )
                new = yield from self._put_to(asked)
            yield from self._field(field.entry(new), (*path, new), trail)

    def _keys(self, path: Path) -> Sequence[str]:
        match self._at(path):
            case list() as found:
                return [str(number) for number in range(len(found))]
            case dict() as found:
                return list(found)
        return []

    def _tidy(self, path: Path) -> None:
        """Close the gaps that entries of a list left when they were not kept."""
        found = self._at(path)
        if isinstance(found, list):
            found[:] = [each for each in found if each is not LEFT_OUT]

    def _at(self, path: Path) -> Any:
        return value_at(self.body, path)

    def _put(self, path: Path, value: Any) -> None:
        above, name = self._at(path[:-1]), path[-1]
        if isinstance(above, list):
            above.extend([LEFT_OUT] * (int(name) + 1 - len(above)))
            above[int(name)] = value
        elif isinstance(above, dict) and value is LEFT_OUT:
            above.pop(name, None)
        elif isinstance(above, dict):
            above[name] = value
