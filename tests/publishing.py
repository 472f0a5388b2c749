"""Two nodes of which one or both make public: what tests of publications say again and again."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from gateway.catalogue.list_digest import line, set_digest
from gateway.config import PublicationConfig
from gateway.desk import Actor, Draft, public_site
from gateway.desk.public_site import PublicRegister
from gateway.node.public_files import PublicFiles
from tests.nodes import CATALOGUE, OFFICER, Node, facts

OPERATOR = Actor(uid=0, name="operator")
NOBODY = Actor(uid=990, name="publication", on_behalf_of="publication")
ADDRESS = "https://www.ministry.example/ssw"
PAGE = f"{ADDRESS}/kh-molvt/sending-orgs.html"


def example(type_name: str, **changes: Any) -> dict[str, Any]:
    """Return the example of a type, changed as a test wants it; None removes a member."""
    body = CATALOGUE.bodies.example(type_name) | changes
    return {name: value for name, value in body.items() if value is not None}


def open_site(node: Node, folder: Path, *, address: str | None = ADDRESS) -> Path:
    """Let a node write its public pages into a folder, as the configuration would."""
    config = PublicationConfig(folder=folder, address=address)
    site = PublicFiles(config, parties=CATALOGUE.parties, ports=node.desk._ports)
    node.desk.publications._outlet = replace(node.desk.publications._outlet, site=site)
    return folder


def publish_at_once(node: Node, *types: str) -> None:
    """Let a node publish some types without a person, as the configuration would."""
    outlet = node.desk.publications._outlet
    node.desk.publications._outlet = replace(outlet, automatic=frozenset(types))


async def say(node: Node, type_name: str, body: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Send a message, see that the other side has it, and let some time pass."""
    to = "jp/isa" if node.keys.node == "kh/molvt" else "kh/molvt"
    draft = {"type": type_name, "to": to, "body": body} | more
    sent = await node.desk.send(Draft.from_json(draft), OFFICER)
    view = await node.desk.wait(sent["id"], "received", 20)
    node.clock.now += 60
    return view


async def correct(node: Node, view: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """Correct what was said."""
    said = {"reason": {"en": "A slip of the pen."}, "body": body}
    return await say(node, "correction", said, in_reply_to=view["id"])


async def withdraw(node: Node, view: dict[str, Any]) -> dict[str, Any]:
    """Take back what was said."""
    said = {"reason": {"en": "It was said by mistake."}}
    return await say(node, "withdrawal", said, in_reply_to=view["id"])


def listed(entries: dict[str, Any], version: str, *, base: str | None = None, **more: Any) -> Any:
    """Return the body of a list of sending organisations in one message.

    Args:
        more: `whole`: all that stands in the register after a delta.
    """
    whole = more.pop("whole", entries)
    head: dict[str, Any] = {"mode": "snapshot" if base is None else "delta"}
    if base is not None:
        head["base_version"] = base
    return {
        "list_version": version,
        "as_of": "2026-09-20",
        "count": len(whole),
        "set_digest": set_digest({name: line(name, each) for name, each in whole.items()}),
        "parts": 1,
        "entries": entries,
        **head,
        **more,
    }


def organisations(*numbers: int) -> dict[str, Any]:
    """Return entries of a list of sending organisations."""
    return {
        f"so-{number}": {
            "organisation": {
                "name": {"en": f"Sample Manpower {number}"},
                "kind": "sending-org",
                "country": "KH",
            },
            "licence": {"number": f"TEST-{number}"},
            "approved_on": "2026-01-05",
            "status": "approved",
        }
        for number in numbers
    }


async def pages(node: Node) -> list[PublicRegister]:
    """Return the registers that everybody may read."""
    return await node.store.read(
        lambda tx: public_site.load(tx, CATALOGUE, node=node.keys.node, at="2026-10-01T00:00:00Z")
    )


async def shown(node: Node) -> dict[str, Any]:
    """Return status and fields of what everybody may read, by entry."""
    return {
        each.entry: (each.status, each.fields)
        for register in await pages(node)
        for each in register.entries
    }


async def states(node: Node) -> list[tuple[str, str]]:
    """Return action and state of every publication, oldest first."""
    rows = await facts(node, "SELECT action, state FROM publications ORDER BY seq")
    return [(row["action"], row["state"]) for row in rows]


async def confirmations(node: Node, thread: str) -> list[dict[str, Any]]:
    """Return the bodies of the confirmations that a node has received in a matter."""
    found = []
    for message in (await node.desk.thread(thread))["messages"]:
        if message["type"] == "publication.confirm" and message["direction"] == "in":
            content = (await node.desk.fetch(message["id"], OFFICER))["content"]
            found.append(content["body"])
    return found
