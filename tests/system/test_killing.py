"""Both nodes are killed again and again while messages flow; what was promised is kept."""

import random
import threading
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.nodes import answer_to, inquiry
from tests.system.ledger import assert_whole, messages, query
from tests.system.nodes import PATIENCE, Node, Pair, UnansweredError

pytestmark = pytest.mark.timeout(90)

MATTERS = 4
PARTS = 3
PINGS = 8
KILLS = 6
# The longest life of a node between its start and the next kill, in seconds.
LIFE = 0.4


def persist(node: Node, draft: dict[str, Any], over: threading.Event) -> str:
    """Submit a message until the desk has said that it is kept; return its id."""
    key = str(uuid.uuid4())
    while not over.wait(0.02):
        try:
            return node.send(draft, key)["id"]
        except UnansweredError:
            continue
    raise AssertionError("the test was over before the desk took the message")


def partial_answer(asked: dict[str, Any], number: int) -> dict[str, Any]:
    """Return one of several answers; the last one ends the matter."""
    draft = answer_to(asked)
    draft["body"]["final"] = number == PARTS - 1
    return draft


def conversation(pair: Pair, asked: dict[str, Any], over: threading.Event) -> list[str]:
    """Answer one inquiry in several messages of one thread."""
    return [persist(pair.kh, partial_answer(asked, n), over) for n in range(PARTS)]


@pytest.mark.parametrize("seed", [1, 2])
def test_nodes_killed_at_random_deliver_everything_once_and_in_order(running, seed):
    pair, chance, over = running, random.Random(seed), threading.Event()
    asked = [pair.jp.send(inquiry()) for _ in range(MATTERS)]
    for view in asked:
        pair.jp.wait(view["id"], "received")
        pair.kh.post(f"messages/{view['id']}/fetch")
        pair.kh.post(f"messages/{view['id']}/accept")
    ping = {"type": "ping", "to": "kh/molvt", "body": {}}
    with ThreadPoolExecutor(MATTERS + 1) as pool:
        answers = [pool.submit(conversation, pair, view, over) for view in asked]
        pings = pool.submit(lambda: [persist(pair.jp, ping, over) for _ in range(PINGS)])
        try:
            for _ in range(KILLS):
                victim = chance.choice(pair.nodes)
                over.wait(chance.uniform(0, LIFE))
                victim.kill()
                victim.start()
            promised = {id for each in answers for id in each.result(PATIENCE)}
            promised |= set(pings.result(PATIENCE))
        finally:
            over.set()
    for view in asked:
        pair.jp.wait(view["id"], "answered")
    pair.until_settled()
    pair.stop()
    assert_whole(pair)
    kept = {row["id"] for node in pair.nodes for row in messages(node, "out")}
    assert promised <= kept
    arrived = Counter(row["type"] for row in messages(pair.jp, "in"))
    assert arrived["inquiry.answer"] == MATTERS * PARTS
    assert Counter(row["type"] for row in messages(pair.kh, "in"))["ping"] == PINGS
    states = query(pair.jp.database, "SELECT state FROM threads WHERE kind = 'inquiry'")
    assert [row["state"] for row in states] == ["answered"] * MATTERS


def test_nodes_killed_in_the_same_moment_heal_when_both_come_back(running):
    """Both die in the same moment, with messages on their way in both directions."""
    pair = running
    sent = [pair.jp.send(inquiry())["id"] for _ in range(5)]
    sent_back = [pair.kh.send({"type": "ping", "to": "jp/isa", "body": {}})["id"] for _ in range(5)]
    for node in pair.nodes:
        node.kill()
    pair.start()
    for id in sent:
        pair.jp.wait(id, "received")
    for id in sent_back:
        pair.kh.wait(id, "received")
    pair.until_settled()
    pair.stop()
    assert_whole(pair)
    assert [row["id"] for row in messages(pair.jp, "out")] == sent
