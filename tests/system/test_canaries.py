"""What one country tells in confidence is found nowhere but sealed, whatever is done with it.

Two real nodes send, read, search, decline, register, publish, ask for consent, give it, disclose,
take back, back up, and fail on purpose. Canaries in four scripts stand in every free text, name and
number of what they say; then everything that either of them wrote or said is looked through.
"""

import http.client
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway import config
from gateway.desk.consent_packages import check_package, parse_package, with_instrument
from gateway.envelope import SigningPair, times
from gateway.keyring import Opening, appointing, read_own_card
from gateway.keyring.officers import OfficerKey, Pinned, read_public
from gateway.keyring.rotating import Act
from gateway.node import setup
from tests.nodes import CATALOGUE, answer_to, inquiry
from tests.system.nodes import LOOPBACK, PASSPHRASE, Node, Pair
from tests.system.test_canary import forms, places
from tests.system.test_publishing import open_site

pytestmark = pytest.mark.timeout(120)

# Words that are in no text of the program, a number that no counter reaches.
CANARIES = {
    "latin": "Zephyrina Quillwort",
    "japanese": "金糸雀秘密太郎衛門",
    "khmer": "ចាបមាសសម្ងាត់",
    "number": "CNRY-4071-9936",
}
ALL = " ".join(CANARIES.values())
BUREAU = "jp/labour-bureau-osaka"
GROUND = {
    "legal_basis": f"Article 69(2) {CANARIES['latin']}",
    "destination_country": "jp",
    "safeguards": ALL,
}


def marks(canary: str) -> set[bytes]:
    """Return the bytes by which a canary shows, also escaped as JSON does it."""
    escaped = json.dumps(canary)[1:-1].encode()
    return forms(canary) | {escaped, escaped.lower(), canary.encode("utf-16-le")}


def leaks(found: dict[str, bytes]) -> list[tuple[str, str]]:
    return [
        (name, kind)
        for kind, canary in CANARIES.items()
        for name, raw in found.items()
        if any(mark in raw for mark in marks(canary))
    ]


def told(value: Any, name: str = "") -> Any:
    """Return a body in which every text for people, every name and every number is a canary."""
    if isinstance(value, dict):
        return {key: told(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [told(each, name) for each in value]
    if name in {"en", "ja", "km"}:
        return ALL
    if name in {"name_latin", "representative"}:
        return CANARIES["latin"].upper()
    return value


# --- the consent officer of Cambodia -------------------------------------------------------


def engage(pair: Pair) -> OfficerKey:
    """Put a consent officer on Cambodia's card, and let Japan confirm it; no node is running."""
    folder = config.load(pair.kh.config).paths.keys
    held = OfficerKey(
        pinned=Pinned.to(setup_card(pair.kh), "officer-1"), pair=SigningPair.generate()
    )
    now = time.time()
    appointing.appoint(
        folder,
        read_public(held.public(at=times.text(now))),
        until=now + 30 * 86_400,
        opening=Opening(identity=b"signs the card", node=PASSPHRASE),
        act=Act(now=now, log2_n=4),
    )
    setup.confirm_peer(config.load(pair.jp.config), PASSPHRASE, read_own_card(folder))
    return held


def setup_card(node: Node) -> Any:
    from gateway.envelope import read_card

    return read_card(read_own_card(config.load(node.config).paths.keys))


def consent(pair: Pair, held: OfficerKey, about: str) -> dict[str, Any]:
    """Ask for consent, sign it away from both nodes, and give it; return the consent."""
    wish = {
        "purpose": "ssw-operation",
        "purpose_text": ALL,
        "to": [BUREAU],
        "until": times.text(time.time() + 86_400),
        "reason": ALL,
        "personal_data": GROUND,
    }
    request = pair.jp.post(f"messages/{about}/consent-request", wish)
    pair.jp.wait(request["id"], "received")
    given = {
        "granted_by": {"role": "Director", "authority": ALL},
        "personal_data": GROUND,
        "text": ALL,
    }
    package = pair.kh.post(f"messages/{request['id']}/consent-package", given)["package"]
    read = parse_package(json.dumps(package).encode())
    signed = with_instrument(
        check_package(read), held.sign(read.terms, signed_at=times.text(time.time()))
    )
    grant = pair.kh.post("consents", {"package": signed.document()})
    pair.kh.wait(grant["id"], "received")
    pair.jp.post(f"messages/{grant['id']}/fetch")
    (kept,) = pair.jp.get("consents")["items"]
    return dict(kept)


# --- everything that is done ---------------------------------------------------------------


def matters(pair: Pair) -> str:
    """Exchange, read, decline, note and register; return what Cambodia told in confidence."""
    asked = inquiry(note=ALL)
    sent = pair.jp.send(asked | {"body": told(asked["body"])})
    pair.jp.wait(sent["id"], "received")
    pair.kh.post(f"messages/{sent['id']}/fetch")
    pair.kh.post(f"messages/{sent['id']}/accept")
    answer = answer_to(sent) | {"note": ALL}
    reply = pair.kh.send(answer | {"body": told(answer["body"])})
    pair.kh.wait(reply["id"], "received")
    pair.jp.post(f"messages/{reply['id']}/fetch")
    pair.jp.post(f"threads/{sent['thread']}/notes", {"text": ALL})
    declined = pair.jp.send(inquiry())
    pair.jp.wait(declined["id"], "received")
    pair.kh.post(f"messages/{declined['id']}/fetch")
    pair.kh.post(f"messages/{declined['id']}/decline", {"code": "other", "text": ALL})
    body = CATALOGUE.bodies.example("info.share")
    shared = pair.kh.send({"type": "info.share", "to": "jp/isa", "body": told(body), "note": ALL})
    pair.kh.wait(shared["id"], "received")
    shown = pair.jp.post(f"messages/{shared['id']}/fetch")
    assert ALL in json.dumps(shown, ensure_ascii=False)
    assert pair.jp.post("search", {"words": [CANARIES["number"]]})["items"]
    return str(shared["id"])


def published(pair: Pair) -> None:
    """Approve an organisation whose people, contacts and fees are canaries, and publish it."""
    body = CATALOGUE.bodies.example("sending-org.approval")
    closed = {name: told(body[name]) for name in ("representative", "contact", "fee_schedule")}
    draft = {"type": "sending-org.approval", "to": "jp/isa", "body": body | closed}
    sent = pair.kh.send(draft)
    pair.kh.wait(sent["id"], "received")
    pair.jp.post(f"messages/{sent['id']}/fetch")
    pair.jp.post(f"publications/{sent['id']}/publish")
    opened = pair.jp.post("registers/sending-orgs/open", {"entries": [body["entry"]]})
    assert CANARIES["latin"].upper() in json.dumps(opened)


def disclosed(pair: Pair, held: OfficerKey, about: str) -> dict[str, bytes]:
    """Refuse, consent, disclose, take back; return what was told of it that has no content."""
    wish = {"message": about, "to": BUREAU, "purpose": "ssw-operation"}
    found = {"refused": pair.jp.post("disclosures", wish)}
    kept = consent(pair, held, about)
    found["allowed"] = pair.jp.post("disclosures", wish)
    assert found["allowed"]["is_allowed"], found["allowed"]
    number = found["allowed"]["ledger"]
    package = pair.jp.post(f"disclosures/{number}/package")
    assert ALL in json.dumps(package, ensure_ascii=False)
    revoked = pair.kh.post(
        f"consents/{kept['consent_id']}/revoke", {"reason": "changed", "text": ALL}
    )
    pair.kh.wait(revoked["id"], "received")
    found["stopped"] = pair.jp.post("disclosures", wish)
    found["recalled"] = pair.jp.post(f"disclosures/{number}/recall")
    return {name: encoded(each) for name, each in found.items()}


def mistakes(pair: Pair, about: str) -> Iterator[tuple[str, bytes]]:
    """Yield what both surfaces say where something with a canary in it is wrong."""
    copied = {"to": "kh/molvt", "type": "inquiry.request", "body": {"inquiry_type": ALL}}
    for name, path, body in (
        ("a body that does not fit", "messages", copied),
        ("a wish for a part that is not there", "disclosures", {"message": about, "to": BUREAU}),
        ("a consent that is none", "consents", {"package": {"format": ALL}}),
    ):
        reply = pair.jp.ask("POST", path, body)
        assert reply.status >= 400, (name, reply)
        yield name, encoded(reply.body)
    broken = pair.jp.folder.parent / "broken.json"
    broken.write_text(json.dumps({"inquiry_type": ALL}), "utf-8")
    for words in (
        ("send", "inquiry.request", str(broken), "--to", "kh/molvt", "--yes"),
        ("consent", "grant", "--signed", str(broken)),
        ("disclose", about, "--to", "jp/nobody", "--purpose", "ssw-operation"),
    ):
        done = pair.jp.run(*words)
        assert done.code != 0, (words, done)
        yield " ".join(words[:2]), f"{done.out}{done.err}".encode()


def surfaces(node: Node) -> Iterator[tuple[str, bytes]]:
    """Yield everything that a node tells without a fetch, over every one of its surfaces."""
    for path in (
        *("status", "messages?box=inbox", "messages?box=outbox", "threads", "alarms", "duties"),
        *("registers", "registers/sending-orgs", "publications", "deferred", "consumers"),
        *("consents", "disclosures", "finds", "health", "duties/report", "drafts", "keys"),
    ):
        yield path, encoded(node.get(path))
    for path in ("/livez", "/readyz", "/healthz", "/metrics"):
        yield path, monitored(node, path)


def commands(node: Node) -> Iterator[tuple[str, bytes]]:
    """Yield what commands print that give no content."""
    for words in (
        *(("thread",), ("status",), ("consent", "list"), ("disclose", "list")),
        ("completion", "words", "gateway show "),
    ):
        done = node.run(*words)
        yield " ".join(words), f"{done.out}{done.err}".encode()


def encoded(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def monitored(node: Node, path: str) -> bytes:
    connection = http.client.HTTPConnection(LOOPBACK, node.admin, timeout=20)
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    finally:
        connection.close()


def names_of(folder: Path) -> dict[str, bytes]:
    return {f"name of {path.name[:8]}": str(path).encode() for path in folder.rglob("*")}


def test_a_search_for_canaries_finds_each_of_them():
    for kind, canary in CANARIES.items():
        assert leaks({"file": f"x{canary}y".encode()}) == [("file", kind)]
        assert leaks({"file": json.dumps({"a": canary}).encode()}) == [("file", kind)]


def test_what_is_told_in_confidence_is_nowhere_but_sealed(make):
    pair = make()
    open_site(pair)
    held = engage(pair)
    pair.start()
    about = matters(pair)
    published(pair)
    found = disclosed(pair, held, about)
    found |= {f"mistake: {name}": said for name, said in mistakes(pair, about)}
    pair.until_settled()
    backup = pair.jp.folder / "copy.db"
    assert pair.jp.run("db", "backup", str(backup)).code == 0
    found |= dict(commands(pair.jp))
    for node in pair.nodes:
        found |= {f"{node.name} {name}": said for name, said in surfaces(node)}
        node.kill()
    # Killed, so that what SQLite had not yet folded in stands in its log as it was written.
    found |= places(pair) | names_of(pair.jp.folder) | names_of(pair.kh.folder)
    assert any(name.endswith("-wal") and raw for name, raw in found.items())
    assert any(name.endswith("sending-orgs.html") for name in found)
    assert str(backup) in found
    assert leaks(found) == []
    pair.start()
    pair.until_settled()
    pair.stop()
    assert leaks(places(pair)) == []
