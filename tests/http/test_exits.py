"""The local API of a real node gives no content beside the ways that stand in the table of exits.

Every route is asked about messages whose every free text is a canary. What the table says carries
nothing must show none of it; what it says is decided gives it to this contact point, and nothing to
a node that is no end of the message.
"""

import json

import pytest

from gateway.desk import Draft
from gateway.desk.disclosure_wishes import Wish
from gateway.http.routes import ROUTES
from gateway.policy import Purpose
from tests.consenting import granted, named, terms
from tests.house import exits
from tests.house.exits import Decided
from tests.http.unix_session import unix_session
from tests.local_api import blocking, served
from tests.nodes import OFFICER, Keys, answer_to, inquiry
from tests.registering import example

CANARY = "canary-7f3a9c"
EVERY = {f"{route.method} {route.path}": route for route in ROUTES}
# Those that change what others are asked about come last, and the hardest of them at the end.
LAST = ("POST messages/*/cancel", "DELETE consumers/*", "DELETE drafts/*")
# What is asked in a request besides its example.
QUERY = {
    "GET messages/*/wait": {"level": "received", "timeout": "0.01"},
    "GET registers/*/entry": {"entry": "so-0045"},
    "GET registers/*/changes": {
        "since": "2026-01-01T00:00:00Z",
        "until": "2026-12-31T00:00:00Z",
    },
}
BODY = {
    "POST consumers/*/next": {"from": "start", "wait_seconds": 0},
    "POST registers/*/open": {"entries": ["so-0045"]},
    "POST search": {"words": ["canary"]},
    "POST messages/*/decline": {"code": "other", "text": "Sent to the wrong office."},
}
# What gives content for certain, so that a search that finds nothing is seen to be broken.
GIVING = (
    "POST messages/*/fetch",
    "POST messages/*/print",
    "POST registers/*/open",
    "POST consents/*/fetch",
    "POST disclosures/*/package",
)


@pytest.fixture
async def api(tmp_path):
    async with served(tmp_path) as api:
        yield api


def with_canary(value):
    """Return a body in which every text that may say anything says the canary too."""
    if isinstance(value, dict):
        return {
            name: f"{each} {CANARY}" if name in {"en", "note"} else with_canary(each)
            for name, each in value.items()
        }
    return [with_canary(each) for each in value] if isinstance(value, list) else value


async def both_have_it(api):
    """Let Japan hold an inquiry, its answer and an entry of a register, all with the canary."""
    jp, kh = api.pair.jp.desk, api.pair.kh.desk
    asked = inquiry(note=CANARY)
    sent = await jp.send(Draft.from_json(asked | {"body": with_canary(asked["body"])}), OFFICER)
    await jp.wait(sent["id"], "received", 5)
    await kh.fetch(sent["id"], OFFICER)
    await kh.accept(sent["id"], OFFICER)
    answer = answer_to(sent) | {"note": CANARY}
    answer["body"] = with_canary(answer["body"])
    reply = await kh.send(Draft.from_json(answer), OFFICER)
    await kh.wait(reply["id"], "received", 5)
    body = example("sending-org.approval")
    body["representative"]["name_latin"] = CANARY.upper()
    listed = await kh.send(
        Draft.from_json({"type": "sending-org.approval", "to": "jp/isa", "body": body}), OFFICER
    )
    await kh.wait(listed["id"], "received", 5)
    consent = await permitted(api, await jp.fetch(reply["id"], OFFICER))
    return reply["id"], listed["id"], consent


async def permitted(api, message):
    """Let Cambodia consent, and Japan decide to tell a labour bureau; that is number 1."""
    said = terms(
        "kh/molvt",
        "jp/isa",
        named(message),
        personal_data={
            "legal_basis": "Article 69(2)",
            "destination_country": "jp",
            "safeguards": CANARY,
        },
    )
    body = granted(api.pair.kh.keys, said) | {"text": {"en": CANARY}}
    draft = {"type": "consent.offer", "to": "jp/isa", "body": body}
    kh, jp = api.pair.kh.desk, api.pair.jp.desk
    offered = await kh.send(Draft.from_json(draft), OFFICER)
    await kh.wait(offered["id"], "received", 5)
    wish = Wish(to="jp/labour-bureau-osaka", purpose=Purpose.SSW_OPERATION)
    view = await jp.disclosing.disclose(message["id"], wish, OFFICER)
    assert (view["reason"], view["ledger"]) == ("consent", 1)
    return said["consent_id"]


def request_of(name, reply, listed, offered):
    """Return target, query and body of a request that this route can answer."""
    route = EVERY[name]
    root = route.path.partition("/")[0]
    selector = {
        "registers": "sending-orgs",
        "publications": listed,
        "deferred": listed,
        "alarms": "1",
        "consumers": "backend",
        "drafts": "one",
        "peers": "kh/molvt",
        "consents": offered,
        "disclosures": "1",
        "finds": "1",
    }.get(root, reply)
    target = route.path.replace("*", selector.replace("/", "%2F"))
    body = BODY.get(name) or dict((route.body or {}).get("examples", [{}])[0])
    return target, QUERY.get(name, {}), body


def ask(session, name, *ids):
    """Ask one route and return its status and the beginning of what it says."""
    target, query, body = request_of(name, *ids)
    method = EVERY[name].method
    with session.request(
        method,
        f"http://localhost/v1/{target}",
        params=query,
        json=body if method in {"POST", "PUT"} else None,
        stream=True,
        timeout=10,
    ) as answer:
        is_endless = EVERY[name].media_type == "text/event-stream"
        raw = next(answer.iter_content(4096)) if is_endless else answer.content
    return answer.status_code, raw.decode()


def in_order():
    return sorted(EVERY, key=lambda name: (name in LAST, not name.startswith("GET"), name))


async def test_no_route_gives_content_that_the_table_of_exits_does_not_name(api):
    ids = await both_have_it(api)

    def ask_all():
        with unix_session(api.socket) as session:
            return {name: ask(session, name, *ids) for name in in_order()}

    answers = await blocking(ask_all)
    assert api.errors == []
    telling = {name for name, (_, text) in answers.items() if CANARY in text.lower()}
    decided = {name for name, gate in exits.ROUTES.items() if isinstance(gate, Decided)}
    assert telling <= decided
    # And the search for canaries finds them where they are.
    assert set(GIVING) <= telling
    assert {status for status, _ in answers.values()} <= {200, 201, 202, 403, 404, 409, 422}, (
        answers
    )


async def test_a_node_that_is_no_end_of_a_message_gives_nothing_of_it(tmp_path):
    async with served(tmp_path) as api:
        ids = await both_have_it(api)
        await api.pair.jp.stop()
        await api.pair.jp.store.close()
        api.pair.jp.dead.set()
        carried = await api.pair.open(Keys("np/moless"), tmp_path / "jp")
        api.server._desk = carried.desk
        asked = [name for name in in_order() if name in exits.ROUTES]

        def ask_all():
            with unix_session(api.socket) as session:
                return {name: ask(session, name, *ids) for name in asked}

        answers = await blocking(ask_all)
        for name in GIVING:
            status, text = answers[name]
            assert (name, status) == (name, 403)
            assert json.loads(text)["exit_code"] == 7
        assert {name for name, (_, text) in answers.items() if CANARY in text.lower()} == set()
