"""What can go wrong between a caller and its node: the node said no, or nobody answered."""

from collections.abc import Mapping
from typing import Any

from gateway.errors import ExitCode, GatewayError, Problem, TransientError


class AnsweredError(GatewayError):
    """The running node answered with a problem document; nothing was done.

    `document` is what it said, `exit_code` the kind of trouble in one word: `NOT_FOUND`,
    `CONFLICT`, `REFUSED_BY_POLICY`, `INVALID`, `UNAVAILABLE`, `WAIT_TIMED_OUT` and the others.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        super().__init__(str(document.get("detail") or document.get("title") or "no reason given"))
        self.document = document

    @property
    def exit_code(self) -> ExitCode:
        """Return the kind of trouble; `FAILURE` if the document names none that we know."""
        code = self.document.get("exit_code")
        known = {int(each) for each in ExitCode if each is not ExitCode.DONE}
        return ExitCode(code) if code in known else ExitCode.FAILURE

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Return each fault of the request: a JSON Pointer into it and what is wrong there."""
        found = self.document.get("problems") or []
        return tuple(Problem(str(each.get("where")), str(each.get("text"))) for each in found)

    @property
    def hint(self) -> str:
        """Return the command that helps, empty if there is none."""
        return str(self.document.get("hint") or "")


class NodeDownError(TransientError):
    """Nobody answers on the node's socket; `hint` is the line that starts it."""

    def __init__(self, text: str, *, hint: str) -> None:
        super().__init__(text)
        self.hint = hint
