"""Checks of the running node and its peers; while it is down, what can be seen without it."""

import socket
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from gateway.cli import output, status
from gateway.cli.findings import Finding, failed, failure, ok, skipped, warning
from gateway.cli.progress import OnProgress
from gateway.client import NodeDownError
from gateway.errors import GatewayError

if TYPE_CHECKING:
    from gateway.cli.socket_client import NodeClient
    from gateway.config import Config

# The node gives each address 15 seconds.
_PATIENCE: Final = 40.0
# The keys are judged by their files; which certificate is shown, the running node alone is sure of.
_CERTIFICATE: Final = "keys:certificate-days-left"
# What helps, by what the node says of an address; the first sign that stands in its text counts.
_MENDS: Final = (
    (
        "not pinned",
        "telephone the peer at a number you know, then gateway peers confirm its new card",
    ),
    (
        "TLS",
        "compare both clocks, and both certificates (gateway keys list here and there)",
    ),
)
_OTHERWISE: Final = "see docs/how-to/open-the-firewall.md; ask the other side whether theirs is up"


def run(settings: "Config", on_progress: OnProgress) -> Iterator[Finding]:
    """Ask the node how it is and have it try its peers."""
    from gateway.cli.socket_client import NodeClient

    client = NodeClient.of(settings.source)
    try:
        view, health = client.get("status"), client.get("health")
    except NodeDownError as error:
        yield warning("node", str(error), error.hint)
        yield from _without_node(settings)
        return
    except GatewayError as error:
        yield failed("node", error)
        return
    yield ok("node", "answers on its socket")
    yield from _health(health)
    yield from _alarms(settings, view)
    on_progress("peers", 0, 0)
    yield from _peers(settings, client, view)


def _health(health: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield what the node itself finds wrong; what it says of peers and alarms is told below."""
    for name, (check,) in health["checks"].items():
        if check["status"] == "pass" or name.startswith(("peer:", "node:alarms")):
            continue
        if name.startswith("keys:") and name != _CERTIFICATE:
            continue
        value = check.get("observedValue", "")
        text = f"{name} {value} {check.get('observedUnit', '')}".rstrip()
        mend = check.get("output", "look into the node's log")
        yield (failure if check["status"] == "fail" else warning)("node", text, mend)


def _alarms(settings: "Config", view: Mapping[str, Any]) -> Iterator[Finding]:
    if alarms := view.get("alarms") or ():
        text = ", ".join(sorted({str(alarm.get("kind")) for alarm in alarms}))
        yield warning("alarms", text, output.line_for(settings.source, "alarms"))
    else:
        yield ok("alarms", "none that nobody has looked at")


def _peers(settings: "Config", client: "NodeClient", view: Mapping[str, Any]) -> Iterator[Finding]:
    try:
        tried = client.post("peers", "check", patience=_PATIENCE)["items"]
    except GatewayError as error:
        yield failed("peers", error)
        tried = []
    for peer in view.get("peers") or ():
        name = str(peer.get("node"))
        if not peer.get("enabled"):
            mend = output.line_for(settings.source, "peers", "enable", name)
            yield skipped(name, "is disabled by an operator", mend)
            continue
        yield from _peer(name, peer)
        yield from (_address(each) for each in tried if each.get("peer") == name)
    if not view.get("peers"):
        mend = output.line_for(settings.source, "peers", "add", "CARD")
        yield warning("peers", "no peer was confirmed yet", mend)


def _peer(name: str, peer: Mapping[str, Any]) -> Iterator[Finding]:
    if found := status.troubles(peer):
        mend = "the node goes on trying; ask the other side whether theirs is up"
        if any("clock" in each for each in found):
            mend = "compare both clocks with a time service; peers refuse messages 300 s ahead"
        if peer.get("card_waiting"):
            mend = "stop the node, compare the fingerprint by telephone: gateway peers confirm CARD"
        yield warning(name, "; ".join(found), mend)
        return
    yield ok(name, f"last contact: {peer.get('last_contact') or 'not yet needed'}")


def _address(each: Mapping[str, Any]) -> Finding:
    name, address = str(each.get("peer")), each.get("address")
    if not each.get("reached"):
        resolved = ", ".join(each.get("resolved") or ()) or "no address"
        # The node's own text begins with peer and address; the line has both already.
        problem = str(each.get("problem")).removeprefix(f"{name} at ").removeprefix(f"{address} ")
        return warning(name, f"{address} ({resolved}): {problem}", _mend(problem))
    version = each.get("version") or "a version that does not name itself"
    text = f"{address} answers in {each.get('milliseconds')} ms over TLS 1.3, both certificates "
    return ok(name, f"{text}pinned; it runs {version}{_beside_ours(each.get('version'))}")


def _mend(problem: str) -> str:
    """Return what helps against this kind of trouble with an address."""
    return next((mend for sign, mend in _MENDS if sign in problem), _OTHERWISE)


def _beside_ours(version: object) -> str:
    from gateway import resources

    ours = resources.program_version()
    return "" if version == ours else f", this node {ours}: a type that only one knows is refused"


def _without_node(settings: "Config") -> Iterator[Finding]:
    """Resolve the names of the peers from here, and say what only the node can try."""
    from gateway import node

    try:
        peers = node.list_peers(settings)
    except GatewayError:
        return  # told with the store
    for peer in peers:
        for address in peer["addresses"] if peer["enabled"] else ():
            yield _resolved(peer["node"], address)
    if peers:
        text = "not tried, because the node is down: health, alarms, reaching the peers"
        yield skipped("node", text, output.line_for(settings.source, "serve"))


def _resolved(name: str, address: str) -> Finding:
    parts = urlsplit(address)
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port, type=socket.SOCK_STREAM)
    except (OSError, ValueError):
        mend = "check the name servers of this machine, or the peer's card"
        return warning(name, f"the name {parts.hostname} cannot be resolved here", mend)
    return ok(name, f"{address} is {', '.join(sorted({str(each[4][0]) for each in found}))}")
