"""What the demo plays: a ping, an inquiry with its answer, and a case that ends in a revocation.

Every step is an act on one node followed by the wait for the other side's signed word on it, all
over the control sockets, as an officer's own commands would do it.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from gateway.cli import listing
from gateway.cli.demo_nodes import DemoNode
from gateway.cli.types import schema_of

_PATIENCE: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step that was played: what, by whom, how far the other side confirmed it, how fast."""

    at: str
    node: str
    text: str
    type: str
    message: str
    level: str
    milliseconds: float

    def line(self) -> str:
        """Return the step as the line the demo prints."""
        return (
            f"{self.at}  {self.node:<9} {self.text:<31} {self.type:<23} "
            f"{self.message[:13]}  {self.level:<12} {self.milliseconds:7.1f} ms"
        )

    def view(self) -> dict[str, Any]:
        """Return the step for `--json`."""
        return {
            "at": self.at,
            "node": self.node,
            "text": self.text,
            "type": self.type,
            "id": self.message,
            "reached": self.level,
            "milliseconds": self.milliseconds,
        }


def play(japan: DemoNode, cambodia: DemoNode) -> Iterator[Step]:
    """Yield each step once the other side has confirmed it.

    Raises:
        AnsweredError: A node refused a step, or the other side did not confirm it in time.
    """
    stage = _Stage()
    stage.begin()
    ping = listing.sent_as(japan.client.post("ping", body={"to": cambodia.name}))
    yield stage.end(japan, "sends a sign of life", ping, "received")
    yield from _inquiry(stage, japan, cambodia)
    yield from _case(stage, japan, cambodia)


def _inquiry(stage: "_Stage", japan: DemoNode, cambodia: DemoNode) -> Iterator[Step]:
    """Play clause 5(7): the catalogue's examples are one inquiry and the answer to it."""
    asks = stage.says(japan, "asks about a certificate", "inquiry.request", to=cambodia)
    yield asks
    yield stage.fetches(cambodia, "its officer fetches it", asks, of=japan)
    yield stage.accepts(cambodia, "its officer accepts it", asks, of=japan)
    answer = stage.says(cambodia, "its officer answers", "inquiry.answer", about=asks)
    yield answer
    yield stage.fetches(japan, "its officer fetches the answer", answer, of=cambodia)
    stage.begin()
    yield stage.end(japan, "the inquiry is answered", asks.message, "answered")


def _case(stage: "_Stage", japan: DemoNode, cambodia: DemoNode) -> Iterator[Step]:
    """Play clauses 5(5) and 5(4): a report, its investigation, and the revocation it leads to."""
    report = stage.says(japan, "reports an irregularity", "irregularity.report", to=cambodia)
    yield report
    yield stage.fetches(cambodia, "its officer fetches it", report, of=japan)
    yield stage.accepts(cambodia, "its officer accepts it", report, of=japan)
    status = stage.says(cambodia, "says how far it has come", "investigation.status", about=report)
    yield status
    yield stage.fetches(japan, "its officer fetches it", status, of=cambodia)
    result = stage.says(cambodia, "reports the result", "investigation.result", about=report)
    yield result
    yield stage.fetches(japan, "its officer fetches the result", result, of=cambodia)
    stage.begin()
    yield stage.end(japan, "the report is answered", report.message, "answered")
    notice = stage.says(
        cambodia, "notifies the revocation", "sending-org.revocation", to=japan, about=result
    )
    yield notice
    yield stage.fetches(japan, "its officer fetches it", notice, of=cambodia)
    yield stage.accepts(japan, "its officer accepts it", notice, of=cambodia)


class _Stage:
    """The clock of one step."""

    def __init__(self) -> None:
        self._started = 0.0

    def begin(self) -> None:
        self._started = time.perf_counter()

    def says(
        self,
        sender: DemoNode,
        text: str,
        type_name: str,
        *,
        to: DemoNode | None = None,
        about: Step | None = None,
    ) -> Step:
        """Send the example of a type, to a node or in reply to what an earlier step has sent."""
        self.begin()
        draft = {"type": type_name, "body": schema_of(type_name)["examples"][0]}
        if to is not None:
            draft["to"] = to.name
        if about is not None:
            draft["in_reply_to"] = about.message
        message = listing.sent_as(sender.client.post("messages", body=draft))
        return self.end(sender, text, message, "received")

    def fetches(self, reader: DemoNode, text: str, sent: Step, *, of: DemoNode) -> Step:
        self.begin()
        reader.client.post("messages", sent.message, "fetch")
        return self.end(of, text, sent.message, "handed-over", by=reader)

    def accepts(self, reader: DemoNode, text: str, sent: Step, *, of: DemoNode) -> Step:
        self.begin()
        reader.client.post("messages", sent.message, "accept")
        return self.end(of, text, sent.message, "accepted", by=reader)

    def end(
        self, sender: DemoNode, text: str, message: str, level: str, *, by: DemoNode | None = None
    ) -> Step:
        view = sender.client.get(
            "messages",
            message,
            "wait",
            level=level,
            timeout=f"{_PATIENCE:g}",
            patience=_PATIENCE + 10,
        )
        elapsed = (time.perf_counter() - self._started) * 1000
        return Step(
            at=time.strftime("%H:%M:%S"),
            node=(by or sender).name,
            text=text,
            type=str(view.get("type")),
            message=message,
            level=level,
            milliseconds=round(elapsed, 1),
        )
