"""What the demo plays: a ping, an inquiry from Japan, and Cambodia's answer to it.

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
            f"{self.at}  {self.node:<9} {self.text:<32} {self.type:<17} "
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

    stage.begin()
    # The examples of the catalogue are one inquiry about a certificate and the answer to it.
    question = schema_of("inquiry.request")["examples"][0]
    draft = {"type": "inquiry.request", "to": cambodia.name, "body": question}
    inquiry = listing.sent_as(japan.client.post("messages", body=draft))
    yield stage.end(japan, "asks about a certificate", inquiry, "received")

    stage.begin()
    cambodia.client.post("messages", inquiry, "fetch")
    yield stage.end(japan, "its officer fetches it", inquiry, "handed-over", by=cambodia)

    stage.begin()
    cambodia.client.post("messages", inquiry, "accept")
    yield stage.end(japan, "its officer accepts it", inquiry, "accepted", by=cambodia)

    stage.begin()
    draft = {"in_reply_to": inquiry, "body": schema_of("inquiry.answer")["examples"][0]}
    answer = listing.sent_as(cambodia.client.post("messages", body=draft))
    yield stage.end(cambodia, "its officer answers", answer, "received")

    stage.begin()
    japan.client.post("messages", answer, "fetch")
    yield stage.end(cambodia, "its officer fetches the answer", answer, "handed-over", by=japan)

    stage.begin()
    yield stage.end(japan, "the inquiry is answered", inquiry, "answered")


class _Stage:
    """The clock of one step."""

    def __init__(self) -> None:
        self._started = 0.0

    def begin(self) -> None:
        self._started = time.perf_counter()

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
