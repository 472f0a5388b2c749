"""Messages as one HTML page for the paper file: whole in itself, to be printed by any browser.

The page holds no script and refers to nothing outside itself, and its own policy forbids both.
Every text is escaped. Reference and marking stand in the head and foot of a table that covers the
page: browsers repeat both on each sheet, and leave room for them.
"""

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway.cli import labelled, output, show, times_shown

View = Mapping[str, Any]

# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "printed": "Printed by {by} at {node}, {at}",
    "copy": (
        "A copy for the file. What counts is the signed message that both nodes keep; its digests "
        "stand below."
    ),
    "story": "The matter",
    "facts": "About this message",
    "body": "What it says",
    "note": "Note",
    "proof": "Proof",
    "header_digest": "Digest of the signed header",
    "content_digest": "Digest of the content",
    "evidence": "Evidence kept by this node",
    "columns": "Chain|Position|What|Time|Hash",
    "withheld": "The content is not printed: {reason}",
}
_ORDER: Final = ("public", "confidential", "restricted")
# Common fonts of the systems at either end; which of them are there decides the browser.
_STYLE: Final = """
@page { size: A4; margin: 14mm 16mm; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 46em; padding: 0 1em; color: #000; background: #fff;
  font: 11pt/1.45 "Noto Sans", "Segoe UI", Helvetica, Arial, "Noto Sans JP", "Yu Gothic", "Meiryo",
  "Hiragino Sans", "Noto Sans Khmer", "Leelawadee UI", "Khmer OS", "Khmer Sangam MN", sans-serif; }
:lang(ja) { font-family: "Noto Sans JP", "Yu Gothic", "Meiryo", "Hiragino Sans", sans-serif; }
:lang(km) { font-family: "Noto Sans Khmer", "Leelawadee UI", "Khmer OS", "Khmer Sangam MN",
  sans-serif; line-height: 1.8; }
table.sheet { width: 100%; border-collapse: collapse; table-layout: fixed; }
table.sheet > * > tr > td { padding: 0; }
.edge { display: flex; justify-content: space-between; gap: 2em; font-size: 9pt;
  padding: 2mm 0; border-bottom: 1px solid #000; }
tfoot .edge { border-top: 1px solid #000; border-bottom: 0; }
.marking { font-weight: bold; text-transform: uppercase; }
section { margin: 5mm 0 8mm; }
section + section.message { break-before: page; }
h1 { font-size: 15pt; margin: 5mm 0 2mm; } h2 { font-size: 12pt; margin: 5mm 0 2mm; }
h1, h2 { break-after: avoid; }
.notice { border: 2px solid #000; padding: 2mm; font-weight: bold; }
dl { display: grid; grid-template-columns: 13em 1fr; gap: .3em 1em; margin: 0; }
dt { color: #333; } dd { margin: 0; overflow-wrap: anywhere; }
p.entry { margin: .25em 0; white-space: pre-wrap; overflow-wrap: anywhere; break-inside: avoid; }
p.entry b { font-weight: 600; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; }
table.evidence { width: 100%; border-collapse: collapse; font-size: 8.5pt; }
table.evidence th, table.evidence td { border: 1px solid #888; padding: 1mm; text-align: left;
  overflow-wrap: anywhere; vertical-align: top; }
.small { font-size: 9pt; }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """One message to be put on paper: how the node gave it, and the schema to read it by.

    Args:
        withheld: Why there is no content, empty if there is.
    """

    view: View
    schema: labelled.Schema
    withheld: str = ""


def page(name: str, messages: Sequence[Printed], *, by: View, told: Sequence[str] = ()) -> str:
    """Return the whole page.

    Args:
        name: What the page is about: a reference, or an id where there is none.
        by: Who printed it (`by`), where (`node`) and when (`at`).
        told: The matter in words, if the page is about a whole one.
    """
    marking = marking_of([each.view for each in messages])
    return "".join(_whole(name, messages, marking=marking, by=by, told=told))


def marking_of(views: Sequence[View]) -> str:
    """Return the strictest level of several messages, with every caveat of any of them.

    A level that this version does not know counts as the strictest.
    """
    levels = [str(view.get("marking")) for view in views] or [_ORDER[-1]]
    unknown = [level for level in levels if level not in _ORDER]
    strictest = unknown[0] if unknown else max(levels, key=_ORDER.index)
    caveats = {str(caveat) for view in views for caveat in view.get("caveats") or ()}
    return ", ".join([strictest, *sorted(caveats)])


def _whole(
    name: str, messages: Sequence[Printed], *, marking: str, by: View, told: Sequence[str]
) -> Iterator[str]:
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield '<meta http-equiv="Content-Security-Policy" '
    yield "content=\"default-src 'none'; style-src 'unsafe-inline'; form-action 'none'\">\n"
    yield '<meta name="referrer" content="no-referrer">\n'
    yield '<meta name="viewport" content="width=device-width">\n'
    yield f"<title>{_text(name)}</title>\n<style>{_STYLE}</style>\n"
    yield '</head>\n<body>\n<table class="sheet">\n'
    at = times_shown.told(by.get("at"))
    printed = _WORDS["printed"].format(by=by.get("by"), node=by.get("node"), at=at)
    yield f"<thead><tr><td>{_edge(name, marking)}</td></tr></thead>\n"
    yield f"<tfoot><tr><td>{_edge(printed, marking)}</td></tr></tfoot>\n<tbody><tr><td>\n"
    if told:
        yield f"<section>\n<h1>{_text(_WORDS['story'])}</h1>\n"
        yield f"<pre>{_text(chr(10).join(told))}</pre>\n</section>\n"
    for each in messages:
        yield from _message(each)
    yield "</td></tr></tbody>\n</table>\n</body>\n</html>\n"


def _edge(text: str, marking: str) -> str:
    words = f'<span class="marking">{_text(marking)}</span>'
    return f'<div class="edge"><span>{_text(text)}</span>{words}</div>'


def _message(printed: Printed) -> Iterator[str]:
    view = printed.view
    yield f'<section class="message">\n<h1>{_text(show.heading(view))}</h1>\n'
    for line in show.replaced(view):
        yield f'<p class="notice">{_text(line)}</p>\n'
    yield f"<h2>{_text(_WORDS['facts'])}</h2>\n<dl>\n"
    yield from (
        f"<dt>{_text(label)}</dt><dd>{_text(text)}</dd>\n" for label, text in show.facts(view)
    )
    yield f"</dl>\n<h2>{_text(_WORDS['body'])}</h2>\n"
    if printed.withheld:
        reason = _WORDS["withheld"].format(reason=printed.withheld)
        yield f'<p class="notice">{_text(reason)}</p>\n'
    else:
        yield from _content(view.get("content") or {}, printed.schema)
    yield from _proof(view)
    yield "</section>\n"


def _content(content: View, schema: labelled.Schema) -> Iterator[str]:
    for entry in labelled.entries(content.get("body") or {}, schema):
        yield _entry(entry)
    if content.get("note"):
        yield _entry(labelled.Entry(depth=0, label=_WORDS["note"], text=str(content["note"])))


def _entry(entry: labelled.Entry) -> str:
    language = f' lang="{_text(entry.language)}"' if entry.language else ""
    text = "" if entry.text is None else f" <span{language}>{_text(entry.text)}</span>"
    indent = f"{entry.depth * 1.4:g}em"
    return f'<p class="entry" style="margin-left:{indent}"><b>{_text(entry.label)}:</b>{text}</p>\n'


def _proof(view: View) -> Iterator[str]:
    yield f'<h2>{_text(_WORDS["proof"])}</h2>\n<p class="small">{_text(_WORDS["copy"])}</p>\n<dl>\n'
    for name in ("header_digest", "content_digest"):
        if view.get(name):
            yield f"<dt>{_text(_WORDS[name])}</dt><dd>{_text(view[name])}</dd>\n"
    yield "</dl>\n"
    records = view.get("evidence") or ()
    if not records:
        return
    heads = "".join(f"<th>{_text(head)}</th>" for head in _WORDS["columns"].split("|"))
    yield f"<h2>{_text(_WORDS['evidence'])}</h2>\n"
    yield f'<table class="evidence">\n<thead><tr>{heads}</tr></thead>\n<tbody>\n'
    for record in records:
        cells = [record.get("chain"), record.get("position"), record.get("fact")]
        cells += [times_shown.shown(record.get("at")), record.get("hash")]
        yield f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in cells)}</tr>\n"
    yield "</tbody>\n</table>\n"


def _text(value: object) -> str:
    """Return a text that a browser shows as it is, and that turns no direction of writing."""
    return html.escape(output.printable(value), quote=True)
