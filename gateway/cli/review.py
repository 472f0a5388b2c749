"""What an officer sees before a message is signed: for whom, who may read it, and what it says.

The facts are those that the node found when it judged the draft (`dry_run`): what stands here is
what it would sign, and who may see it there is what the other node will decide.
"""

import shutil
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

from gateway.cli import derived, labelled, output, times_shown, wrapping
from gateway.cli.form_schema import pointer

_COLUMN: Final = 18
_NARROWEST: Final = 30
_KIB: Final = 1024

# What people see, in one place for whoever translates it.
_LABELS: Final = {
    "recipient": "To",
    "office": "Office",
    "matter": "Matter",
    "in_reply_to": "In reply to",
    "clauses": "Clauses",
    "marking": "Marking",
    "taken_over": "Taken over",
    "may_see": "May see it there",
    "publish": "To be published",
    "priority": "Priority",
    "due": "Answer wanted by",
    "expires": "Of no use after",
    "size": "Size",
    "doubts": "Look again",
}
_WORDS: Final = {
    "heading": "{title} ({type})",
    "new_matter": "a new one; it gets its number when it is sent",
    "control": "none: it is between the nodes",
    "part": "{label}: {level}, and so the whole is treated as {whole}",
    "anybody": "anybody: it is public",
    "contact_point": "the contact point ({name})",
    "signatories": "the signatories {names}",
    "allowed": "by our leave {names}",
    "consent": "anybody else only with our written consent",
    "bytes": "{size} bytes",
    "kib": "{size:.1f} KiB",
    "note": "Note",
    "doubt": "{label}: {words}",
    "slow": "Priority: {priority}, but what it says calls for {called_for}",
}
_LEVELS: Final = {
    "public": "public",
    "confidential": "confidential: for the contact point and the signatories of that side",
    "restricted": "restricted: for the contact point alone",
}
_CAVEATS: Final = {
    "personal-data": "personal data",
    "source-protection": "protects whoever told it",
    "no-tip-off": "those it speaks of must not learn of it",
    "no-judicial": "not for courts",
    "each-time": "consent is needed anew each time",
    "contact-first": "we are to be asked first",
    "no-publication": "not to be published",
}
_WHYS: Final = {
    "contact-point": "contact_point",
    "internal-signatory": "signatories",
    "pre-authorised": "allowed",
}
_OF_A_DRAFT: Final = (
    ("Type", "type"),
    ("To", "to"),
    ("In reply to", "in_reply_to"),
    ("Priority", "priority"),
    ("Answer wanted by", "due"),
)

View = Mapping[str, Any]


def lines(view: View, draft: View, schema: labelled.Schema) -> Iterator[str]:
    """Yield the whole review: facts, then the body as it will be read.

    Args:
        view: What the node said of the draft when it judged it.
        schema: The schema that labels the body.
    """
    yield output.inline(_WORDS["heading"].format(title=view.get("title"), type=view.get("type")))
    width = _width()
    facts = [*_facts(view, schema), ("doubts", [*_slowness(view), *_doubts(draft, schema)])]
    for name, texts in facts:
        folded = [line for text in texts for line in _folded(output.inline(text), width)]
        for number, text in enumerate(folded):
            label = _LABELS[name] if number == 0 else ""
            yield f"  {label:<{_COLUMN}}{text}".rstrip()
    yield ""
    yield from body_lines(draft, schema)


def body_lines(draft: View, schema: labelled.Schema | None = None) -> Iterator[str]:
    """Yield the body and the note of a draft as labelled text."""
    schema = labelled.schema_of(str(draft.get("type"))) if schema is None else schema
    width = _width()
    body = draft.get("body")
    yield from labelled.lines(body if isinstance(body, Mapping) else {}, schema, width=width)
    if draft.get("note"):
        yield ""
        yield from labelled.lines({_WORDS["note"]: draft["note"]}, {}, width=width)


def _width() -> int | None:
    return shutil.get_terminal_size().columns if sys.stderr.isatty() else None


def _folded(text: str, width: int | None) -> list[str]:
    if width is None:
        return [text]
    return list(wrapping.folded(text, max(_NARROWEST, width - _COLUMN - 2))) or [""]


def head_of_draft(draft: View) -> list[str]:
    """Return what a draft says beside its body."""
    return [
        f"  {label:<{_COLUMN}}{times_shown.shown(draft[name])}"
        for label, name in _OF_A_DRAFT
        if draft.get(name)
    ]


def _facts(view: View, schema: labelled.Schema) -> Iterator[tuple[str, list[str]]]:
    recipient = view.get("recipient") or {}
    node = str(view.get("peer"))
    name = recipient.get("name")
    yield "recipient", [f"{name} ({node})" if name and name != node else node]
    if recipient.get("office"):
        yield "office", [str(recipient["office"])]
    yield "matter", [_matter(view)]
    if view.get("in_reply_to"):
        yield "in_reply_to", [str(view["in_reply_to"])]
    if view.get("clauses"):
        yield "clauses", [", ".join(map(str, view["clauses"]))]
    yield "marking", list(_marking(view, schema))
    yield "taken_over", list(derived.lines(view))
    yield "may_see", list(_may_see(view))
    if view.get("publish"):
        names = (labelled.path_of(f"/body{where}", schema) for where in view["publish"])
        yield "publish", [", ".join(names)]
    if view.get("priority"):
        yield "priority", [str(view["priority"])]
    for moment in ("due", "expires"):
        if view.get(moment):
            yield moment, [times_shown.shown(view[moment])]
    if isinstance(view.get("size"), int):
        yield "size", [_size(view["size"])]


def _slowness(view: View) -> Iterator[str]:
    """Yield that a draft leaves more time than what it says allows, if it does."""
    if view.get("called_for"):
        yield _WORDS["slow"].format(priority=view.get("priority"), called_for=view["called_for"])


def _doubts(draft: View, schema: labelled.Schema) -> Iterator[str]:
    from gateway.catalogue.numbers import doubts

    for path, words in doubts(draft.get("body")):
        label = labelled.path_of(f"/body{pointer(path)}", schema)
        yield _WORDS["doubt"].format(label=label, words=words)


def _matter(view: View) -> str:
    if view.get("reference"):
        return str(view["reference"])
    if view.get("thread"):
        return str(view["thread"]) if view.get("in_reply_to") else _WORDS["control"]
    return _WORDS["new_matter"]


def _marking(view: View, schema: labelled.Schema) -> Iterator[str]:
    level = str(view.get("marking") or "-")
    caveats = [_CAVEATS.get(str(each), str(each)) for each in view.get("caveats") or []]
    yield "; ".join([_LEVELS.get(level, level), *caveats])
    whole = str(view.get("marked_as_a_whole") or level)
    for where, part in (view.get("parts") or {}).items():
        label = labelled.path_of(f"/body{where}", schema)
        yield _WORDS["part"].format(label=label, level=part, whole=whole)


def _may_see(view: View) -> Iterator[str]:
    if view.get("onward") == "anybody":
        yield _WORDS["anybody"]
        return
    readers: dict[str, list[str]] = {}
    for each in view.get("may_see") or []:
        words = _WHYS.get(str(each.get("why")), "allowed")
        readers.setdefault(words, []).append(f"{each.get('name')} ({each.get('party')})")
    for words, names in readers.items():
        yield _WORDS[words].format(name=names[0], names=", ".join(names))
    yield _WORDS["consent"]


def _size(size: int) -> str:
    if size < _KIB:
        return _WORDS["bytes"].format(size=size)
    return _WORDS["kib"].format(size=size / _KIB)
