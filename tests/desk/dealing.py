"""How tests let the two sides deal with each other: say, read, take up, and compare the ends."""

from typing import Any

import orjson

from gateway.desk import Draft
from gateway.envelope import base64url
from gateway.policy import Marking, parse_marking
from tests.nodes import CATALOGUE, OFFICER, Node, Pair, facts

View = dict[str, Any]


def example(type_name: str, **changes: Any) -> dict[str, Any]:
    """Return the catalogue's own example of a type, changed as a test wants it."""
    return CATALOGUE.bodies.example(type_name) | changes


async def say(
    node: Node, type_name: str, about: View | None = None, body: dict[str, Any] | None = None
) -> View:
    """Send a message to the other side, about an earlier one if it is named, and see it arrive."""
    draft: dict[str, Any] = {"type": type_name, "body": body or example(type_name)}
    if about is None:
        draft["to"] = "kh/molvt" if node.keys.node == "jp/isa" else "jp/isa"
    else:
        draft["in_reply_to"] = about["id"]
    view = await node.desk.send(Draft.from_json(draft), OFFICER)
    return await node.desk.wait(view["id"], "received", 5)


async def read(node: Node, view: View) -> View:
    """Let an officer of a node read what came in; return it with its body."""
    return await node.desk.fetch(view["id"], OFFICER)


async def take_up(pair: Pair, node: Node, view: View) -> None:
    """Read and accept what the other side has sent."""
    await read(node, view)
    await node.desk.accept(view["id"], OFFICER)
    await node.settled()
    other = pair.kh if node is pair.jp else pair.jp
    await other.desk.wait(view["id"], "accepted", 5)


async def both(pair: Pair, view: View) -> tuple[str, str]:
    """Return state and next act of a matter as both sides have them, which must agree."""
    await pair.jp.settled()
    await pair.kh.settled()
    ends = [await node.desk.thread(view["thread"]) for node in (pair.jp, pair.kh)]
    assert ends[0]["state"] == ends[1]["state"]
    assert ends[0]["next"] == ends[1]["next"]
    return ends[0]["state"], ends[0]["next"]


async def attention(node: Node, view: View) -> str | None:
    """Return why a node asks a person to look at a matter."""
    found: str | None = (await node.desk.thread(view["thread"]))["attention"]
    return found


async def header_of(node: Node, view: View) -> dict[str, Any]:
    """Return the signed header of a message, as a node keeps it."""
    (row,) = await facts(node, "SELECT jws FROM messages WHERE id = ?", view["id"])
    header: dict[str, Any] = orjson.loads(base64url.decode(orjson.loads(row["jws"])["payload"]))
    return header


async def marking_of(node: Node, view: View) -> Marking:
    """Return the marking of a message, as its reader takes it."""
    header = await header_of(node, view)
    return parse_marking(header["marking"], originator_country=header["from"][:2])


async def version(node: Node, view: View) -> dict[str, str]:
    """Return what names the very version of a message: its id and header digest."""
    sql = "SELECT header_digest FROM messages WHERE id = ?"
    (row,) = await facts(node, sql, view["id"])
    return {"id": view["id"], "header_digest": row["header_digest"]}
