"""What an officer writes is found nowhere but sealed: in no log, no file, no health answer."""

import base64
import json
import secrets

import pytest

from tests.nodes import answer_to, inquiry
from tests.system.ledger import assert_whole
from tests.system.nodes import Pair

pytestmark = pytest.mark.timeout(60)


def forms(canary: str) -> set[bytes]:
    """Return the bytes by which the text shows, also where somebody encoded it."""
    raw = canary.encode()
    encoded = {base64.b64encode(b"." * shift + raw)[4:-4] for shift in range(3)}
    return {raw, raw.lower(), raw.hex().encode(), raw[::-1], *encoded}


def places(pair: Pair) -> dict[str, bytes]:
    """Return every file of both nodes, with databases, logs of SQLite and of the node."""
    return {
        str(path): path.read_bytes()
        for node in pair.nodes
        for path in node.folder.rglob("*")
        if path.is_file()
    }


def leaks(canary: str, found: dict[str, bytes]) -> list[str]:
    return [name for name, raw in found.items() if any(form in raw for form in forms(canary))]


def test_a_search_for_a_canary_finds_one_that_is_there():
    canary = secrets.token_hex(12)
    for wrapped in (canary, f"x{canary}y", base64.b64encode(f"ab{canary}cd".encode()).decode()):
        assert leaks(canary, {"file": wrapped.encode()}) == ["file"]


def test_a_canary_in_body_note_and_mistakes_leaks_nowhere(running):
    pair, canary = running, f"canary{secrets.token_hex(8)}"
    told: dict[str, bytes] = {}
    draft = inquiry(note=f"note {canary}")
    draft["body"]["persons"]["p1"]["name_latin"] = canary
    draft["body"]["reason"]["en"] = canary
    sent = pair.jp.send(draft)
    pair.jp.wait(sent["id"], "received")
    shown = pair.kh.post(f"messages/{sent['id']}/fetch")
    assert canary in json.dumps(shown)
    pair.kh.post(f"messages/{sent['id']}/accept")
    answer = answer_to(sent)
    answer["body"]["answers"]["q1"]["text"]["en"] = canary
    reply = pair.kh.send(answer)
    pair.jp.wait(sent["id"], "answered")
    assert canary in json.dumps(pair.jp.post(f"messages/{reply['id']}/fetch"))
    declined = pair.jp.send(inquiry())
    pair.jp.wait(declined["id"], "received")
    pair.kh.post(f"messages/{declined['id']}/fetch")
    pair.kh.post(f"messages/{declined['id']}/decline", {"code": "other", "text": canary})
    pair.until_settled()
    told |= mistakes(pair, canary)
    for node in pair.nodes:
        for path in ("/livez", "/readyz", "/healthz"):
            told[f"{node.name}{path}"] = json.dumps(node.health(path)).encode()
        for path in ("status", "messages?box=inbox", "messages?box=outbox", "threads"):
            told[f"{node.name} {path}"] = json.dumps(node.get(path)).encode()
        node.kill()
    # Killed, so that what SQLite had not yet folded in stands in its log as it was written.
    found = places(pair)
    assert any(name.endswith("-wal") and raw for name, raw in found.items())
    assert leaks(canary, found | told) == []
    pair.start()
    pair.until_settled()
    pair.stop()
    assert leaks(canary, places(pair)) == []
    assert_whole(pair)


def mistakes(pair: Pair, canary: str) -> dict[str, bytes]:
    """Return what the desk answers to drafts that are wrong where the canary stands."""
    drafts = {
        "value": {"type": "inquiry.request", "to": "kh/molvt", "body": {"inquiry_type": canary}},
        "reason": inquiry() | {"body": inquiry()["body"] | {"reason": canary}},
        "time": inquiry(due=canary),
        "priority": inquiry(priority=canary),
        "note": inquiry(note=canary * 400),
    }
    told = {}
    for name, draft in drafts.items():
        reply = pair.jp.ask("POST", "messages", draft)
        assert reply.status == 422, reply
        told[f"mistake: {name}"] = json.dumps(reply.body).encode()
    return told
