"""The clauses of the memorandum that oblige somebody, and what the gateway makes of each.

One row a clause or lettered item, in the memorandum's order. Which types serve a clause stands in
the table of types; an item that a code stands for names its code list. `docs/conformance.md` is
written from both, with the tests that prove each row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One row.

    Args:
        obliges: What the clause demands, in the gateway's words.
        under: The clause whose types carry it, where it is an item of a list.
        code: The list and the code that stand for such an item in a body.
        by: What serves the clause where no message does.
    """

    number: str
    title: str
    obliges: str
    under: str | None = None
    code: tuple[str, str] | None = None
    by: str = ""


def _acts() -> tuple[Clause, ...]:
    acts = (
        ("a", "property-management", "managing money or other property of workers"),
        ("b", "penalty-contract", "contracts with penalties or undue transfers of money"),
        ("c", "human-rights", "assaults, threats, limits on freedom"),
        ("d", "forged-documents", "forged, altered or false documents"),
        ("e", "opaque-fees", "fees without a basis that was shown and understood"),
    )
    return tuple(
        Clause(
            number=f"4(1)({letter})",
            title="Acts of intermediaries",
            obliges=f"share information on {words}",
            under="4(1)",
            code=("intermediary-acts", code),
        )
        for letter, code, words in acts
    )


def _subjects() -> tuple[Clause, ...]:
    subjects = (
        ("a", "policy-change", "policies and their changes"),
        ("b", "intermediaries", "intermediaries and corrective measures"),
        ("c", "exams-and-improper-orgs", "exams and improper organisations"),
        ("d", "exam-implementation", "how exams and language tests are held"),
        ("e", "residence-management", "residence management in Japan"),
        ("f", "other-systems", "the system and related ones otherwise"),
    )
    return tuple(
        Clause(
            number=f"4(2)({letter})",
            title="Subjects of consultations",
            obliges=f"consult on {words}",
            under="4(2)",
            code=("consultation-topics", code),
        )
        for letter, code, words in subjects
    )


_ROWS: Final = (
    Clause(
        number="2",
        title="Contact points",
        obliges="designate one contact point for each country",
    ),
    Clause(
        number="3",
        title="Confidentiality",
        obliges="disclose nothing confidential of the other country without its written consent",
    ),
    Clause(
        number="4(1)",
        title="Sharing of information",
        obliges="share promptly what is necessary or useful, above all on intermediaries",
    ),
    *_acts(),
    Clause(
        number="4(2)",
        title="Consultations",
        obliges="consult periodically or from time to time, and correct what needs it",
    ),
    *_subjects(),
    Clause(
        number="5(1)",
        title="Approval of sending organisations",
        obliges="approve, make public, and provide the information to the other side",
    ),
    Clause(
        number="5(2)",
        title="Sending only through approved organisations",
        obliges="send workers through approved organisations alone",
    ),
    Clause(
        number="5(3)",
        title="Certification",
        obliges="certify candidates who took the necessary procedures",
    ),
    Clause(
        number="5(4)",
        title="Guidance and revocation",
        obliges="guide approved organisations, revoke approvals, and notify the results",
    ),
    Clause(
        number="5(5)",
        title="Investigation on report",
        obliges="investigate when informed, guide and supervise, and report the results",
    ),
    Clause(
        number="5(6)",
        title="Publication in the sending country",
        obliges="make public improvement orders and the list of supporting organisations",
    ),
    Clause(
        number="5(7)",
        title="Inquiries to the sending country",
        obliges="provide necessary information when asked",
    ),
    Clause(
        number="6(1)",
        title="Accepting only certified workers",
        obliges="accept only workers whom the other side has certified",
    ),
    Clause(
        number="6(2)",
        title="Publication of approvals",
        obliges="make public the information on approved organisations",
    ),
    Clause(
        number="6(3)",
        title="Publication of revocations",
        obliges="make public the revocation of an approval",
    ),
    Clause(
        number="6(4)",
        title="Measures and supporting organisations",
        obliges="notify administrative measures and share the list of supporting organisations",
    ),
    Clause(
        number="6(5)",
        title="Inquiries to the accepting country",
        obliges="provide necessary information when asked",
    ),
    Clause(
        number="7",
        title="Exams and tests",
        obliges="cooperate in exams as far as possible, and share promptly what is known of fraud",
    ),
    Clause(
        number="8",
        title="Suspension and return",
        obliges="tell of suspended fields, and help those who must return",
    ),
    Clause(
        number="9",
        title="Review and amendment",
        obliges="review the framework, and change it with both countries' written consent",
    ),
    Clause(
        number="10",
        title="Language",
        obliges="write in English; other languages stand beside it",
        by="the schema of every free text, which requires English",
    ),
)

CLAUSES: Final[Mapping[str, Clause]] = MappingProxyType({row.number: row for row in _ROWS})
