"""The stage of the demo: acts on one of two real nodes, each confirmed by the other one.

Every step is an act over the control socket, as an officer's or operator's own command would do it,
followed by the wait for the other side's signed word on it. What a step says was measured or read.
"""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from gateway.cli import listing
from gateway.cli.demo_nodes import DemoNode

_PATIENCE: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step that was played: what, by whom, how far the other side confirmed it, how fast.

    Args:
        public: What everybody reads once it is done, by entry; None where nothing was published.
        said: What else there is to say, a line each.
    """

    at: str
    node: str
    text: str
    type: str
    message: str
    level: str
    milliseconds: float
    public: Mapping[str, Mapping[str, Any]] | None = None
    said: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        """Yield the step as the demo prints it."""
        yield (
            f"{self.at}  {self.node:<9} {self.text:<31} {self.type:<26} "
            f"{self.message[:13]}  {self.level:<11} {self.milliseconds:6.1f} ms"
        )

        for entry, said in (self.public or {}).items():
            members = ", ".join(sorted(name for name in said if name != "status"))
            yield f"          everybody reads {entry} as {said['status']}: {members}"
        for line in self.said:
            yield f"          {line}"

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
            "public": self.public,
            "said": list(self.said),
        }


class Stage:
    """The two nodes, and the clock of one step.

    Each act raises `AnsweredError` where a node refuses it, or where the other side does not
    confirm it in time.
    """

    def __init__(self, japan: DemoNode, cambodia: DemoNode) -> None:
        self.japan = japan
        self.cambodia = cambodia
        self._started = 0.0

    def pings(self, sender: DemoNode, text: str, *, to: DemoNode) -> Step:
        """Ask a node for a sign of life."""
        self._begin()
        message = listing.sent_as(sender.client.post("ping", body={"to": to.name}))
        return self._end(sender, text, message, "received")

    def says(
        self,
        sender: DemoNode,
        text: str,
        said: tuple[str, Mapping[str, Any]],
        *,
        to: DemoNode | None = None,
        about: Step | None = None,
    ) -> Step:
        """Send a type with its body, to a node or in reply to what an earlier step has sent."""
        self._begin()
        draft: dict[str, Any] = {"type": said[0], "body": said[1]}
        if to is not None:
            draft["to"] = to.name
        if about is not None:
            draft["in_reply_to"] = about.message
        message = listing.sent_as(sender.client.post("messages", body=draft))
        return self._end(sender, text, message, "received")

    def posts(
        self, sender: DemoNode, text: str, path: tuple[str, ...], body: Mapping[str, Any]
    ) -> Step:
        """Have a node compose and send a message by an act of its own."""
        self._begin()
        message = listing.sent_as(sender.client.post(*path, body=body))
        return self._end(sender, text, message, "received")

    def fetches(self, reader: DemoNode, text: str, sent: Step) -> Step:
        """Read what the other side has sent; that hands it over."""
        self._begin()
        reader.client.post("messages", sent.message, "fetch")
        return self._end(self.other(reader), text, sent.message, "handed-over", by=reader)

    def accepts(self, reader: DemoNode, text: str, sent: Step) -> Step:
        """Take up what the other side has sent."""
        self._begin()
        reader.client.post("messages", sent.message, "accept")
        return self._end(self.other(reader), text, sent.message, "accepted", by=reader)

    def publishes(self, operator: DemoNode, text: str, sent: Step) -> Step:
        """Make public what a message has made public; its sender is told in a message."""
        self._begin()
        view = operator.client.publish(sent.message)
        step = self._end(operator, text, str(view["confirmation"]), "received")
        return replace(step, public=_public(operator, str(view["place"])))

    def sees(self, sender: DemoNode, text: str, sent: Step, level: str) -> Step:
        """See how far the other side has come with what was sent."""
        return self.sees_of(sender, text, sent.message, level)

    def sees_of(self, sender: DemoNode, text: str, message: str, level: str) -> Step:
        """See how far the other side has come with a message that no step has sent."""
        self._begin()
        return self._end(sender, text, message, level)

    def other(self, node: DemoNode) -> DemoNode:
        """Return the node on the other side."""
        return self.cambodia if node is self.japan else self.japan

    def _begin(self) -> None:
        self._started = time.perf_counter()

    def _end(
        self, sender: DemoNode, text: str, message: str, level: str, *, by: DemoNode | None = None
    ) -> Step:
        """Wait until the other side has confirmed a level to the sender of a message."""
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


def _public(operator: DemoNode, place: str) -> Mapping[str, Mapping[str, Any]] | None:
    """Return what the node has written for everybody, from the file for programs."""
    from gateway import config

    settings = config.load(operator.config).publication
    if settings.folder is None:
        return None
    page = settings.folder / place.removeprefix(f"{settings.address}/")
    entries: dict[str, dict[str, Any]] = json.loads(page.with_suffix(".json").read_bytes())[
        "entries"
    ]
    return entries
