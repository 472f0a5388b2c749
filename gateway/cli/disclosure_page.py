"""A disclosure as one HTML page for its recipient: whole in itself, to be read and printed.

The page holds no script and refers to nothing outside itself, and its own policy forbids both.
Every text is escaped. Marking and conditions stand in the head and foot of a table that covers the
page: browsers repeat both on each sheet.
"""

import html
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from gateway.cli import labelled, output

View = Mapping[str, Any]

# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "title": "Disclosure {ledger} of {name}",
    "recall": "Recall of disclosure {ledger} of {name}",
    "to": "To",
    "from": "Disclosed by",
    "at": "Decided",
    "purpose": "Only for",
    "what": "Taken from",
    "originators": "Its originators",
    "reference": "Reference there",
    "digest": "Digest of what is disclosed",
    "conditions": "Conditions",
    "none": "Not to be passed on to anybody.",
    "same-terms": "To be passed on under these same conditions alone.",
    "must": "The originators are to be named wherever it is used.",
    "must-not": "Where it comes from is not to be named.",
    "partial": "This is a part of the message: the rest is not disclosed.",
    "pseudonymised": "Some values are replaced by a sign.",
    "content": "What it says",
    "paraphrase": "What it says, in other words",
    "table": "In numbers",
    "total": "Total",
    "hidden": "…",
    "only_for": "only for: {purposes}",
    "until": "{level}; until {until}: {then}",
    "consent": "Consent",
    "until_when": "{id}, until {until}",
    "legal_basis": "Legal basis for personal data",
    "destination_country": "Country it may go to",
    "safeguards": "Safeguards",
    "ended": "The permission to use what was disclosed on {at} was withdrawn on {on}.",
    "taken_back": "What was disclosed on {at} was taken back on {on}.",
    "stop": "Stop using it, destroy or return every copy, and tell the sender of this page that "
    "you have.",
}
PURPOSES: Final[Mapping[str, str]] = {
    "ssw-operation": "Operating the system of specified skilled workers",
    "intermediary-elimination": "Eliminating bad intermediaries",
    "residence-management": "Managing residence",
    "exam-integrity": "Keeping exams honest",
    "return-assistance": "Helping with a return",
    "publication": "Making it public",
    "statistics": "Statistics",
}
CAVEATS: Final[Mapping[str, str]] = {
    "personal-data": "personal data",
    "source-protection": "protects whoever told it",
    "no-tip-off": "those it speaks of must not learn of it",
    "no-judicial": "not for courts",
    "each-time": "consent is needed anew each time",
    "contact-first": "its originators are to be asked first",
    "no-publication": "not to be published",
}
_STYLE: Final = """
@page { size: A4; margin: 14mm 16mm; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 46em; padding: 0 1em; color: #000; background: #fff;
  font: 11pt/1.45 "Noto Sans", "Segoe UI", Helvetica, Arial, sans-serif; }
:lang(ja) { font-family: "Noto Sans JP", "Yu Gothic", "Meiryo", "Hiragino Sans", sans-serif; }
:lang(km) { font-family: "Noto Sans Khmer", "Leelawadee UI", "Khmer OS", "Khmer Sangam MN",
  sans-serif; line-height: 1.8; }
table.sheet { width: 100%; border-collapse: collapse; table-layout: fixed; }
table.sheet > * > tr > td { padding: 0; }
.edge { font-size: 9pt; padding: 2mm 0; border-bottom: 1px solid #000; }
tfoot .edge { border-top: 1px solid #000; border-bottom: 0; }
.marking { font-weight: bold; text-transform: uppercase; }
h1 { font-size: 15pt; margin: 5mm 0 2mm; } h2 { font-size: 12pt; margin: 5mm 0 2mm; }
h1, h2 { break-after: avoid; }
.notice { border: 2px solid #000; padding: 2mm; font-weight: bold; }
dl { display: grid; grid-template-columns: 13em 1fr; gap: .3em 1em; margin: 0; }
dt { color: #333; } dd { margin: 0; overflow-wrap: anywhere; }
p.entry { margin: .25em 0; white-space: pre-wrap; overflow-wrap: anywhere; break-inside: avoid; }
table.numbers { border-collapse: collapse; }
table.numbers th, table.numbers td { border: 1px solid #888; padding: 1mm 3mm; text-align: right; }
"""


def disclosure(package: View, schema: labelled.Schema) -> str:
    """Return the page of a package.

    Args:
        schema: Of the type that the content comes from.
    """
    name = _said("title", ledger=package.get("ledger"), name=_of(package, "disclosed_by", "name"))
    conditions = list(_conditions(package))
    return "".join(_page(name, _marking(package), conditions, _disclosed(package, schema)))


def recall(notice: View) -> str:
    """Return the page of a notice that takes a disclosure back; it holds no content."""
    name = _said("recall", ledger=notice.get("ledger"), name=_of(notice, "recalled_by", "name"))
    return "".join(_page(name, "", [], _recalled(notice)))


def _page(
    name: str, marking: str, conditions: Sequence[str], inside: Iterator[str]
) -> Iterator[str]:
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield '<meta http-equiv="Content-Security-Policy" '
    yield "content=\"default-src 'none'; style-src 'unsafe-inline'; form-action 'none'\">\n"
    yield '<meta name="referrer" content="no-referrer">\n'
    yield '<meta name="viewport" content="width=device-width">\n'
    yield f"<title>{_text(name)}</title>\n<style>{_STYLE}</style>\n"
    bears = f'<span class="marking">{_text(marking)}</span> ' if marking else ""
    edge = f'<div class="edge">{bears}{_text(name)}'
    bound = _text(" ".join(conditions))
    yield f'</head>\n<body>\n<table class="sheet">\n<thead><tr><td>{edge}</div></td></tr></thead>\n'
    yield f"<tfoot><tr><td>{edge}<br>{bound}</div></td></tr></tfoot>\n<tbody><tr><td>\n"
    yield f"<h1>{_text(name)}</h1>\n"
    yield from inside
    yield "</td></tr></tbody>\n</table>\n</body>\n</html>\n"


def _disclosed(package: View, schema: labelled.Schema) -> Iterator[str]:
    yield "<dl>\n"
    yield from _facts(package)
    yield f"</dl>\n<h2>{_text(_WORDS['conditions'])}</h2>\n"
    yield from (f"<p>{_text(each)}</p>\n" for each in _conditions(package))
    for flag in ("partial", "pseudonymised"):
        if package.get(f"is_{flag}"):
            yield f'<p class="notice">{_text(_WORDS[flag])}</p>\n'
    if isinstance(package.get("text"), str):
        yield f"<h2>{_text(_WORDS['paraphrase'])}</h2>\n"
        yield f'<p class="entry">{_text(package["text"])}</p>\n'
    elif isinstance(package.get("table"), Mapping):
        yield from _numbers(package["table"])
    else:
        yield f"<h2>{_text(_WORDS['content'])}</h2>\n"
        yield from map(_entry, labelled.entries(package.get("body") or {}, schema))


def _facts(package: View) -> Iterator[str]:
    source = package.get("source") or {}
    node = package.get("disclosed_by") or {}
    facts = {
        "to": _party(package),
        "from": f"{node.get('name')} ({node.get('node')})",
        "at": package.get("at"),
        "purpose": _purpose(package),
        "what": source.get("title"),
        "originators": ", ".join(source.get("originators") or ()),
        "reference": source.get("reference"),
        "digest": package.get("content_digest"),
    }
    yield from _listed(facts)
    for each in package.get("consents") or ():
        name = _said("until_when", id=each.get("consent_id"), until=each.get("until"))
        members = ("legal_basis", "destination_country", "safeguards")
        yield from _listed({"consent": name} | {label: each.get(label) for label in members})


def _listed(facts: View) -> Iterator[str]:
    for label, value in facts.items():
        if value:
            yield f"<dt>{_text(_WORDS[label])}</dt><dd>{_text(value)}</dd>\n"


def _purpose(view: View) -> str:
    """Return what it may be used for in words; a purpose that is not known stands for itself."""
    code = view.get("purpose")
    return PURPOSES.get(str(code), str(code)) if code else ""


def _recalled(notice: View) -> Iterator[str]:
    ended, source = notice.get("ended_at"), notice.get("source") or {}
    on = ended or notice.get("recalled_at")
    words = _said("ended" if ended else "taken_back", at=notice.get("disclosed_at"), on=on)
    yield f'<p class="notice">{_text(words)} {_text(_WORDS["stop"])}</p>\n<dl>\n'
    facts = {
        "to": _party(notice),
        "what": source.get("title"),
        "reference": source.get("reference"),
        "purpose": _purpose(notice),
        "digest": notice.get("content_digest"),
    }
    yield from _listed(facts)
    yield "</dl>\n"


def _conditions(package: View) -> Iterator[str]:
    conditions = package.get("conditions") or {}
    # What is not understood is taken as the strictest.
    yield _WORDS["same-terms" if conditions.get("onward") == "same-terms" else "none"]
    if conditions.get("attribution") in {"must", "must-not"}:
        yield _WORDS[str(conditions["attribution"])]
    yield from map(str, conditions.get("texts") or ())


def _marking(package: View) -> str:
    marking = package.get("marking") or {}
    level = str(marking.get("level"))
    if marking.get("handling_until"):
        level = _said(
            "until", level=level, until=marking["handling_until"], then=marking.get("then")
        )
    caveats = map(str, marking.get("caveats") or ())
    words = [level, *(CAVEATS.get(each, each) for each in caveats)]
    purposes = [PURPOSES.get(each, each) for each in map(str, marking.get("purposes") or ())]
    if purposes:
        words.append(_said("only_for", purposes="; ".join(purposes)))
    return ", ".join(words)


def _numbers(table: View) -> Iterator[str]:
    """Yield a table of numbers with its totals; what is hidden stays hidden."""
    cells, totals = table.get("cells") or {}, table.get("totals") or {}
    columns = list(totals.get("columns") or {})
    head = "".join(f"<th>{_text(each)}</th>" for each in [*columns, _WORDS["total"]])
    yield f"<h2>{_text(_WORDS['table'])}</h2>\n"
    yield f'<table class="numbers">\n<thead><tr><th></th>{head}</tr></thead>\n<tbody>\n'
    for row, numbers in cells.items():
        every = [*(numbers.get(each) for each in columns), (totals.get("rows") or {}).get(row)]
        yield _line(row, every)
    last = [*((totals.get("columns") or {}).get(each) for each in columns), totals.get("all")]
    yield f"{_line(_WORDS['total'], last)}</tbody>\n</table>\n"


def _line(label: str, numbers: Sequence[object]) -> str:
    cells = "".join(
        f"<td>{_text(each if isinstance(each, int) else _WORDS['hidden'])}</td>" for each in numbers
    )
    return f"<tr><th>{_text(label)}</th>{cells}</tr>\n"


def _entry(entry: labelled.Entry) -> str:
    language = f' lang="{_text(entry.language)}"' if entry.language else ""
    text = "" if entry.text is None else f" <span{language}>{_text(entry.text)}</span>"
    indent = f"{entry.depth * 1.4:g}em"
    return f'<p class="entry" style="margin-left:{indent}"><b>{_text(entry.label)}:</b>{text}</p>\n'


def _party(view: View) -> str:
    to = view.get("to") or {}
    return f"{to.get('name')} ({to.get('org_id')})"


def _of(view: View, member: str, name: str) -> object:
    return (view.get(member) or {}).get(name)


def _said(words: str, /, **values: object) -> str:
    return _WORDS[words].format(**values)


def _text(value: object) -> str:
    """Return a text that a browser shows as it is, and that turns no direction of writing."""
    return html.escape(output.printable(value), quote=True)
