"""What a check of `gateway doctor` found: how grave, about what, and how to mend it."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.cli.failure import problem_document
from gateway.errors import GatewayError


class Grade(StrEnum):
    """How a check ended; `skip` where it could not be made."""

    OK = "ok"
    SKIP = "skip"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at, and how to mend it where it is not well."""

    grade: Grade
    subject: str
    text: str
    mend: str = ""

    def view(self) -> dict[str, str]:
        """Return the finding for `--json`."""
        return {
            "status": self.grade,
            "subject": self.subject,
            "text": self.text,
            "mend": self.mend,
        }


def ok(subject: str, text: str) -> Finding:
    """Return that something is well."""
    return Finding(grade=Grade.OK, subject=subject, text=text)


def skipped(subject: str, text: str, mend: str = "") -> Finding:
    """Return that something could not be looked at, and why."""
    return Finding(grade=Grade.SKIP, subject=subject, text=text, mend=mend)


def warning(subject: str, text: str, mend: str) -> Finding:
    """Return what a person should see to soon."""
    return Finding(grade=Grade.WARN, subject=subject, text=text, mend=mend)


def failure(subject: str, text: str, mend: str) -> Finding:
    """Return what keeps the node from its work, or will."""
    return Finding(grade=Grade.FAIL, subject=subject, text=text, mend=mend)


def failed(subject: str, error: GatewayError) -> Finding:
    """Return an error as a finding, with each of its faults and its hint."""
    document = problem_document(error)
    places = [f"{problem['where']}: {problem['text']}" for problem in document["problems"]]
    return failure(subject, "; ".join([document["detail"], *places]), document["hint"])
