"""A node is killed at every named point; after its restart nothing is lost and nothing doubled.

The kill is a real SIGKILL that the process sends itself (`GATEWAY_FAIL_AT`), the nodes are real
processes, and each point is tried on the way of an inquiry and on the way of its answer.
"""

import ast
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any

import pytest

from tests.nodes import answer_to, inquiry
from tests.system.ledger import assert_whole, messages, query, states
from tests.system.nodes import Node, Pair, UnansweredError, make_pair

pytestmark = pytest.mark.timeout(90)

SOURCE = Path(__file__).parents[2] / "gateway"


class Role(Enum):
    """Which node stands at a point: who submits and sends, who receives, who reads."""

    AUTHOR = auto()
    RECEIVER = auto()
    READER = auto()


# Point → who is killed there, and as what the message is found in its database afterwards.
POINTS: dict[str, tuple[Role, str | None]] = {
    "submit.before-commit": (Role.AUTHOR, None),
    "submit.committed": (Role.AUTHOR, "queued"),
    "send.attempted": (Role.AUTHOR, "queued"),
    "send.answered": (Role.AUTHOR, "queued"),
    "send.before-commit": (Role.AUTHOR, "queued"),
    "send.settled": (Role.AUTHOR, "delivered"),
    "receive.read": (Role.RECEIVER, None),
    "receive.verified": (Role.RECEIVER, None),
    "receive.before-commit": (Role.RECEIVER, None),
    "receive.committed": (Role.RECEIVER, "received"),
    "receive.signed": (Role.RECEIVER, "received"),
    "handing-over.before-commit": (Role.READER, "received"),
    "handing-over.committed": (Role.READER, "handed-over"),
}

# Where something else than a message is on its way; tried where that is tested, in
# `delivery/test_deadlines.py`, `desk/test_reminding.py`, `system/test_publishing.py`,
# `node/test_folder.py` and `store/test_restoring.py`.
ELSEWHERE = {
    *("deadline.signed", "deadline.noted", "expire.signed", "reminder.kept"),
    *("folder.message-written", "folder.result-written"),
    *("publication.decided", "publication.written"),
    *("restore.prepared", "restore.kept", "restore.swapped"),
}


def named_points() -> set[str]:
    """Return every name that the source passes to a `fail_at`."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func).endswith("fail_at"):
                (point,) = node.args
                assert isinstance(point, ast.Constant), f"{path}:{node.lineno}: not a literal"
                found.add(point.value)
    return found


def _name(function: ast.expr) -> str:
    return getattr(function, "attr", getattr(function, "id", ""))


def test_every_named_point_of_the_source_is_tried():
    assert named_points() - ELSEWHERE == POINTS.keys()


@dataclass(frozen=True, slots=True)
class Leg:
    """One message on its way: its type, its author and its recipient."""

    type: str
    pair: Pair
    author: Node
    recipient: Node
    draft: dict[str, Any]

    def who(self, role: Role) -> Node:
        return self.author if role is Role.AUTHOR else self.recipient


@pytest.fixture(scope="module")
def accepted(tmp_path_factory) -> Iterator[Pair]:
    """Two stopped nodes that have exchanged an inquiry: read and accepted, its answer is next."""
    pair = make_pair(tmp_path_factory.mktemp("n"))
    try:
        pair.start()
        id = pair.jp.send(inquiry())["id"]
        pair.jp.wait(id, "received")
        pair.kh.post(f"messages/{id}/fetch")
        pair.kh.post(f"messages/{id}/accept")
        pair.jp.wait(id, "accepted")
        pair.until_settled()
        pair.stop()
        yield pair
    finally:
        pair.clear()


@pytest.fixture
def asking(pair) -> Leg:
    """The way of an inquiry from Japan to Cambodia."""
    return Leg("inquiry.request", pair, pair.jp, pair.kh, inquiry())


@pytest.fixture
def answering(accepted, tmp_path_factory) -> Iterator[Leg]:
    """The way of its answer from Cambodia to Japan."""
    pair = accepted.copy(tmp_path_factory.mktemp("n"))
    (asked,) = messages(pair.kh, "in")
    yield Leg("inquiry.answer", pair, pair.kh, pair.jp, answer_to(asked))
    pair.clear()


def attempt(node: Node, path: str, body: dict[str, Any], key: str) -> dict[str, Any] | None:
    """Return the answer of a desk that may be killed over the request, or nothing."""
    try:
        return node.post(path, body, key=key)
    except UnansweredError:
        return None


@pytest.mark.parametrize("way", ["asking", "answering"])
@pytest.mark.parametrize("point", POINTS)
def test_a_kill_loses_nothing_and_doubles_nothing(request, point, way):
    role, found = POINTS[point]
    leg = request.getfixturevalue(way)
    victim = leg.who(role)
    for node in leg.pair.nodes:
        node.launch(fail_at=point if node is victim else None)
    for node in leg.pair.nodes:
        node.until_ready()
    key = str(uuid.uuid4())
    first = attempt(leg.author, "messages", leg.draft, key)
    if role is Role.READER:
        leg.author.wait(first["id"], "received")
        assert attempt(victim, f"messages/{first['id']}/fetch", {}, key) is None
    victim.until_killed()
    assert states(victim, leg.type) == ([] if found is None else [found])
    if point.startswith("submit."):
        assert first is None

    victim.start()
    view = leg.author.send(leg.draft, key)
    if first is not None:
        assert view["id"] == first["id"]
    heal(leg, view["id"])


def heal(leg: Leg, id: str) -> None:
    """Play the rest of the conversation, end both nodes and compare what they hold."""
    pair, author, recipient = leg.pair, leg.author, leg.recipient
    author.wait(id, "received")
    assert recipient.post(f"messages/{id}/fetch")["content"]["body"] == leg.draft["body"]
    author.wait(id, "handed-over")
    if leg.type == "inquiry.request":
        recipient.post(f"messages/{id}/accept")
        author.wait(id, "accepted")
        answer = recipient.send(answer_to({"id": id}))
        assert author.wait(id, "answered")["state"] == "delivered"
        assert author.post(f"messages/{answer['id']}/fetch")["state"] == "handed-over"
        recipient.wait(answer["id"], "handed-over")
    pair.until_settled()
    pair.stop()
    assert_whole(pair)
    assert [row["type"] for row in messages(pair.kh, "in")].count("inquiry.request") == 1
    assert [row["type"] for row in messages(pair.jp, "in")].count("inquiry.answer") == 1


def test_a_receiver_killed_between_commit_and_answer_repeats_the_entry_byte_for_byte(pair):
    pair.jp.start()
    pair.kh.start(fail_at="receive.committed")
    sent = pair.jp.send(inquiry())
    pair.kh.until_killed()
    (kept,) = query(pair.kh.database, "SELECT id, text FROM entries")
    assert kept["id"] == sent["id"]
    assert states(pair.jp, "inquiry.request") == ["queued"]

    pair.kh.start()
    delivered = pair.jp.wait(sent["id"], "received")
    assert delivered["state"] == "delivered"
    assert delivered["attempts"] >= 2
    pair.kh.post(f"messages/{sent['id']}/fetch")
    pair.jp.wait(sent["id"], "handed-over")
    pair.until_settled()
    pair.stop()
    (ours,) = messages(pair.jp, "out")
    theirs = [row for row in messages(pair.kh, "in") if row["type"] == "inquiry.request"]
    assert [row["entry"] for row in theirs] == [kept["text"]]
    assert ours["entry"].encode() == kept["text"].encode()
    handed = [row for row in messages(pair.jp, "in") if row["type"].endswith("handed-over")]
    assert len(handed) == 1
    assert_whole(pair)


@pytest.mark.parametrize("number", [2, 3])
def test_a_node_that_is_killed_again_and_again_at_one_point_still_settles(pair, number):
    """The second and third start die as well, the way a faulty machine behaves."""
    pair.jp.start()
    points = ["receive.before-commit", "receive.committed", "receive.signed"][:number]
    pair.kh.start(fail_at=points[0])
    sent = pair.jp.send(inquiry())
    pair.kh.until_killed()
    for point in points[1:]:
        # The repetition that kills it may come before anybody has seen it ready.
        pair.kh.launch(fail_at=point)
        pair.kh.until_killed()
    pair.kh.start()
    pair.jp.wait(sent["id"], "received")
    pair.until_settled()
    pair.stop()
    assert_whole(pair)


def test_a_production_node_does_not_listen_to_the_wish_to_fail(make):
    pair = make(environment="production")
    finished = pair.jp.run("serve", GATEWAY_FAIL_AT="send.attempted")
    assert finished.code == 2
    assert "GATEWAY_FAIL_AT" in finished.err
    assert "unset GATEWAY_FAIL_AT" in finished.err
