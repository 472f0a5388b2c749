"""Every clause of the memorandum: its types, who sends them, what is owed, where it is kept."""

from collections.abc import Iterator

from docs.reference.writers.markdown import code, page, sentence, table
from docs.reference.writers.proofs import proofs
from gateway.catalogue.clauses import CLAUSES, Clause
from gateway.catalogue.kinds import Priority, Role, Side
from gateway.catalogue.terms import Term
from gateway.catalogue.threads import ANSWERING, sided
from gateway.catalogue.types import TYPES, MessageType

_INTRODUCTION = (
    "What the memorandum of 2019 between Japan and Cambodia obliges the two sides to tell each "
    "other, and what carries it here. A clause without a test that proves it, or a test that is "
    "skipped, fails the build. Days are those of the profile `moc-ssw/kh-jp/2019` for routine "
    "messages; the memorandum itself only says *promptly*."
)
_NOTHING = "none"


def write() -> str:
    """Return the page."""
    tests = proofs()
    parts = [_INTRODUCTION, _overview(tests)]
    for clause in CLAUSES.values():
        parts += [f"## {clause.number} {clause.title}", sentence(clause.obliges), _code(clause)]
        parts += [_served(clause), _proved(tests.get(clause.number, []))]
    return page("Conformance", *parts)


def served_by(clause: Clause) -> list[MessageType]:
    """Return the types that serve a clause."""
    number = clause.under or clause.number
    return [
        row
        for row in TYPES.values()
        if any(number in row.clauses.get(role, ()) for role in row.senders)
    ]


def _overview(tests: dict[str, list[str]]) -> str:
    return table(
        ("Clause", "What it demands", "Types", "Tests"),
        (
            (
                f"[{each.number}](#{_anchor(each)})",
                each.obliges,
                len(served_by(each)) or _NOTHING,
                len(tests.get(each.number, [])),
            )
            for each in CLAUSES.values()
        ),
    )


def _anchor(clause: Clause) -> str:
    kept = "".join(sign for sign in clause.number if sign.isalnum())
    return f"{kept}-{clause.title.lower().replace(' ', '-')}"


def _code(clause: Clause) -> str:
    if clause.code is None:
        return ""
    name, value = clause.code
    return f"In a body: the code {code(value)} of the list {code(name)}."


def _served(clause: Clause) -> str:
    if clause.under is not None:
        names = (f"[{row.name}](reference/types.md#{_link(row)})" for row in served_by(clause))
        return "Carried by " + ", ".join(names) + "."
    if not (rows := served_by(clause)):
        return sentence(f"no message serves it but {clause.by}")
    return table(
        ("Type", "From", "Owed", "Register"),
        (
            (
                f"[{row.name}](reference/types.md#{_link(row)})",
                ", ".join(_senders(row, clause.number)),
                ", ".join(_owed(row)) or _NOTHING,
                code(row.register) or _NOTHING,
            )
            for row in rows
        ),
    )


def _link(row: MessageType) -> str:
    return row.name.replace(".", "")


def _senders(row: MessageType, number: str) -> Iterator[str]:
    names = {Role.SENDING: "Cambodia", Role.ACCEPTING: "Japan"}
    for role in (Role.ACCEPTING, Role.SENDING):
        if role in row.senders and number in row.clauses.get(role, ()):
            yield names[role]


def _owed(row: MessageType) -> Iterator[str]:
    if row.accepted is not None:
        yield f"acceptance within {_days(row.accepted)}"
    if row.response:
        answers = [
            each.name for each in TYPES.values() if row.name in each.replies_to and _answers(each)
        ]
        within = _days(row.response[Priority.ROUTINE])
        yield f"{' or '.join(map(code, answers))} within {within}"
    if row.repeats is not None:
        yield f"the next one within {_days(row.repeats)}"


def _answers(row: MessageType) -> bool:
    events = {sided(event, Side.OTHER) for event in row.events}
    return row.joins or bool(events & ANSWERING)


def _days(term: Term) -> str:
    return f"{term.days} {'working ' if term.working else ''}days"


def _proved(tests: list[str]) -> str:
    return "\n".join(["Proved by:", "", *(f"- {code(test)}" for test in tests)])
