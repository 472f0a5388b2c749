"""A form written out as TOML, for an editor: every field with what it means above it.

What is empty (`""`, `[]`) is left out of the message, so an officer fills in what is known and
leaves the rest. Values alone, however grouped, stand as dotted names in one block (`reason.en`);
everything else is a block of its own under its path in brackets. One line end at the end of a text
belongs to the form, not to the text, so that long texts can stand on lines of their own.
"""

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from gateway.cli import output
from gateway.cli.form import Field, Kind
from gateway.cli.form_answers import option_labels
from gateway.cli.form_schema import Path

_BARE: Final = re.compile(r"[A-Za-z0-9_-]+")
_MARKED: Final = re.compile(r"^#>>", re.MULTILINE)
_WIDTH: Final = 100
# A list of codes longer than this is looked up in `gateway types`, not read in a comment.
_MOST_CODES: Final = 40

# Faults stand in lines that begin so; they are taken out again before the form is read.
MARK: Final = "#>>"

# Stands for an entry that is null: a list of changes takes it off. TOML has no null.
TAKEN_OFF: Final = "taken off"

# What people see beside the titles of the schemas, in one place for whoever translates it.
_WORDS: Final = {
    "required": " (required)",
    "about": ": {about}",
    "entries": ", {least} to {most} entries",
    "list": 'A list such as ["a", "b"]. {inner}',
    "off": 'An entry may also be "{off}".',
    "one_of": "One of: {codes}",
    "one_of_many": "One of {count} codes",
    "coded": "{code} ({words})",
    "yes_no": "true or false, without quotation marks.",
    "number": "A whole number, without quotation marks",
    "unknown": "The type of this message has no such field.",
}
GUIDE: Final = (
    "Lines that begin with # explain what stands below them.",
    "Write between the quotation marks; between three of them a text may have several lines.",
    'A quotation mark inside a text is written \\" and a backslash \\\\.',
    'What stays empty ("") is left out; "required" is what cannot be, if its part is filled in.',
    "For another entry of a list, copy its block and count on: q1, q2, q3.",
    "Save and close the editor to go on; nothing is sent before you have seen it as a whole.",
)


def written(
    field: Field,
    value: Mapping[str, Any],
    *,
    head: Sequence[str] = (),
    about: Mapping[Path, str] | None = None,
) -> str:
    """Return the form with the values that are known; the rest is empty.

    Args:
        head: Lines for the top, as comments.
        about: What else to say above an entry of a list, by its path.
    """
    lines = [*(f"# {line}".rstrip() for line in head), ""] if head else []
    lines += _Form(about or {}).block(field, value, ())
    return "\n".join(lines).rstrip("\n") + "\n"


class _Form:
    """A form being written: its blocks, in the order of the schema."""

    def __init__(self, about: Mapping[Path, str]) -> None:
        self._about = about

    def block(self, field: Field, value: Any, path: Path) -> Iterator[str]:
        """Yield the lines of a group: its plain members, then a block for each of the others."""
        value = value if isinstance(value, Mapping) else {}
        members = field.members()
        for member in members:
            if member.is_plain:
                yield from _plain(member, value.get(member.name), member.name)
        for name in value.keys() - {member.name for member in members}:
            yield from _unknown(name, value[name])
        for member in members:
            if not member.is_plain:
                yield from self._table(member, value.get(member.name), (*path, member.name))

    def _table(self, field: Field, value: Any, path: Path) -> Iterator[str]:
        match field.kind:
            case Kind.GROUP:
                yield from _title(field)
                yield f"[{_dotted(path)}]"
                yield from self.block(field, value, path)
            case Kind.KEYED:
                yield from _title(field)
                yield from self._keyed(field, value if isinstance(value, Mapping) else {}, path)
            case Kind.LIST:
                yield from _title(field)
                entries = value if isinstance(value, list) and value else [{}]
                for number, each in enumerate(entries):
                    yield f"[[{_dotted(path)}]]"
                    yield from self.block(field.entry(str(number)), each, path)
            case _:
                yield from _title(field)
                yield f"[{_dotted(path)}]"
                pairs = value.items() if isinstance(value, Mapping) else ()
                yield from (f"{_key(name)} = {_any(each)}" for name, each in pairs)
                yield ""

    def _keyed(self, field: Field, value: Mapping[str, Any], path: Path) -> Iterator[str]:
        """Yield a block for each entry of a keyed list; entries that are values share one."""
        first = field.entry("")
        entries = value or {field.first_key(): None}
        if first.takes_null:
            yield from _wrapped(_WORDS["off"].format(off=TAKEN_OFF))
        off = [key for key, each in value.items() if each is None and first.takes_null]
        if off or first.kind is not Kind.GROUP:
            yield f"[{_dotted(path)}]"
        yield from (f"{_key(key)} = {_any(TAKEN_OFF)}" for key in off)
        for key, each in entries.items():
            if key in off:
                continue
            entry, below = field.entry(key), (*path, key)
            if entry.kind is not Kind.GROUP:
                yield from _plain(entry, each, key)
                continue
            about = output.inline(self._about.get(below, ""))
            yield from _wrapped(f"{entry.label} {about}")
            yield f"[{_dotted(below)}]"
            yield from self.block(entry, each, below)


def _plain(field: Field, value: Any, name: str) -> Iterator[str]:
    """Yield the lines of a value, or of a small group of values, and an empty one."""
    if field.kind is Kind.GROUP:
        yield from _small_group(field, value, _key(name), "")
    else:
        yield from _wrapped(f"{field.label}{_needed(field)}{_about(field)}")
        yield from _wrapped(_allowed(field), "  ")
        yield f"{_key(name)} = {_leaf(field, value)}"
    yield ""


def _small_group(field: Field, value: Any, name: str, pad: str) -> Iterator[str]:
    """Yield a group of values alone under dotted names, which need no block of their own."""
    value = value if isinstance(value, Mapping) else {}
    yield from _wrapped(f"{field.label}{_needed(field)}{_about(field)}", pad)
    deeper = f"{pad}  "
    for member in field.members():
        below, each = f"{name}.{_key(member.name)}", value.get(member.name)
        if member.kind is Kind.GROUP:
            yield from _small_group(member, each, below, deeper)
            continue
        about = "" if member.label in _LANGUAGES else _about(member)
        text = f"{member.label}{_needed(member)}{about} {_allowed(member)}".strip()
        yield from _wrapped(text, deeper)
        yield f"{below} = {_leaf(member, each)}"
    for unknown in value.keys() - {member.name for member in field.members()}:
        yield f"{name}.{_key(unknown)} = {_any(value[unknown])}"


def _title(field: Field) -> Iterator[str]:
    is_list = field.kind in {Kind.KEYED, Kind.LIST}
    entries = _WORDS["entries"].format(least=field.least, most=field.most) if is_list else ""
    bar = "-" * max(4, _WIDTH - 8 - len(field.label))
    yield f"# --- {field.label} {bar}"
    about = (field.about or field.label).rstrip(".")
    yield from _wrapped(f"{about}{_needed(field)}{entries}.")


# What the languages of a text are needs no description.
_LANGUAGES: Final = frozenset({"English", "Japanese", "Khmer"})


def _needed(field: Field) -> str:
    return _WORDS["required"] if field.is_required else ""


def _about(field: Field) -> str:
    return _WORDS["about"].format(about=field.about) if field.about else ""


def _allowed(field: Field) -> str:
    """Say what may be written, beyond a text."""
    match field.kind:
        case Kind.CODE:
            codes = field.codes()
            if len(codes) > _MOST_CODES:
                return _WORDS["one_of_many"].format(count=len(codes))
            words = option_labels(codes)
            coded = (
                _WORDS["coded"].format(code=code, words=words[code]) if code in words else code
                for code in codes
            )
            return _WORDS["one_of"].format(codes=", ".join(coded))
        case Kind.YES_NO:
            return _WORDS["yes_no"]
        case Kind.NUMBER:
            return _WORDS["number"]
        case Kind.LIST:
            inner = _allowed(field.entry("0"))
            return _WORDS["list"].format(inner=inner).rstrip(". ")
    return field.form[:1].upper() + field.form[1:]


def _wrapped(text: str, pad: str = "") -> Iterator[str]:
    yield from textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=f"# {pad}",
        subsequent_indent=f"# {pad}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _unknown(name: str, value: Any) -> Iterator[str]:
    yield f"# {_WORDS['unknown']}"
    yield f"{_key(name)} = {_any(value)}"
    yield ""


def _leaf(field: Field, value: Any) -> str:
    if field.kind is Kind.LIST and value is None:
        return "[]"
    if value is None:
        return '"""\n"""' if field.is_long else '""'
    return _any(value, is_long=field.is_long)


def _any(value: Any, *, is_long: bool = False) -> str:
    """Return any value in one line, or a text of several lines in several."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return _text(value, is_long=is_long)
        case list():
            return f"[{', '.join(map(_any, value))}]"
        case dict():
            pairs = ", ".join(f"{_key(name)} = {_any(each)}" for name, each in value.items())
            return f"{{{pairs}}}"
    return '""'


def _text(value: str, *, is_long: bool) -> str:
    # What would move a cursor or turn a line is written as TOML writes it, so it shows and stays.
    safe = output.printable(value.replace("\\", "\\\\")).replace("\t", "\\t")
    if is_long or "\n" in safe:
        # A line of the text itself that looks like a mark of ours is none.
        safe = _MARKED.sub(r"\\u0023>>", safe)
        return '"""\n' + safe.replace('"""', '""\\"') + '\n"""'
    return '"' + safe.replace('"', '\\"') + '"'


def _dotted(path: Sequence[str]) -> str:
    return ".".join(map(_key, path))


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name, is_long=False).replace("\n", "\\n")
