"""Registers as officers read them: now, then, and in between; what is sealed only with a record."""

import pytest

from gateway.catalogue.list_digest import set_digest
from gateway.catalogue.registers import Register
from gateway.desk import Draft, importing
from gateway.desk.importing import check_list, messages_of
from gateway.desk.list_reading import finder, read_list
from gateway.desk.register_tables import read_table
from gateway.envelope import times
from gateway.errors import ConflictError, InvalidError, NotFoundError, PolicyError
from tests.nodes import CATALOGUE, OFFICER, Keys, changed, facts, introduce, rows, until

ORGS = "sending-orgs"
DAY = 86_400


def body_of(name, **changes):
    return CATALOGUE.bodies.example(name) | changes


async def send(node, name, body, **more):
    """Send a message and wait until the other side has it."""
    to = "jp/isa" if node.keys.node == "kh/molvt" else "kh/molvt"
    draft = {"type": name, "to": to, "body": body} | more
    sent = await node.desk.send(Draft.from_json(draft), OFFICER)
    return await node.desk.wait(sent["id"], "received", 5)


@pytest.fixture
async def listed(pair):
    """Two nodes after Cambodia has sent its list."""
    await send(pair.kh, "sending-org.list", body_of("sending-org.list"))
    return pair


async def ids(node, name=ORGS, **asked):
    return [each["entry"] for each in (await node.desk.registers.page(name, **asked))["items"]]


@pytest.mark.clause("5(1)")
async def test_a_list_fills_the_register_of_both_sides_alike(listed):
    jp, kh = listed.jp.desk.registers, listed.kh.desk.registers
    here, there = await jp.page(ORGS), await kh.page(ORGS)
    assert [each["entry"] for each in here["items"]] == ["so-0045", "so-0046"]
    shown = ("entry", "status", "public", "valid_from", "has_private")
    assert [[each[name] for name in shown] for each in here["items"]] == [
        [each[name] for name in shown] for each in there["items"]
    ]
    (summary,) = (await jp.overview())["items"]
    assert summary["entries"] == 2
    assert summary["by_status"] == {"approved": 1, "suspended": 1}
    assert summary["list"]["list_version"] == "2026-03"


async def test_what_lists_show_holds_nothing_that_is_sealed(listed):
    page = await listed.jp.desk.registers.page(ORGS)
    entry = await listed.jp.desk.registers.entry(ORGS, "so-0045")
    assert "SOKHA" not in str(page) + str(entry)
    assert page["items"][0]["has_private"]


async def test_a_register_is_narrowed_by_status_words_and_numbers(listed):
    assert await ids(listed.jp, status="suspended") == ["so-0046"]
    assert await ids(listed.jp, words=["ANGKOR", "siem"]) == ["so-0046"]
    assert await ids(listed.jp, words=["មេគង្គ"]) == ["so-0045"]
    assert await ids(listed.jp, words=["angkor", "mekong"]) == []
    assert await ids(listed.jp, number="test 045") == ["so-0045"]
    assert await ids(listed.jp, number="TEST-999") == []


async def test_pages_of_what_bears_a_number_come_to_an_end(listed):
    first = await listed.jp.desk.registers.page(ORGS, number="TEST-045", limit=1)
    assert ([each["entry"] for each in first["items"]], first["next"]) == (["so-0045"], None)
    assert await ids(listed.jp, number="TEST-045", after="so-0045") == []
    assert await ids(listed.jp, number="TEST-045", after="so-0044") == ["so-0045"]


IMPOSSIBLE = [
    pytest.param({"number": "TEST-045", "words": ["angkor"]}, "find", id="number-and-words"),
    pytest.param({"status": "aproved"}, "status", id="status"),
    # Another register has it.
    pytest.param({"status": "lifted"}, "status", id="status-of-another"),
]


@pytest.mark.parametrize(("asked", "where"), IMPOSSIBLE)
async def test_what_no_entry_can_answer_is_refused_instead_of_an_empty_page(listed, asked, where):
    with pytest.raises(InvalidError) as caught:
        await ids(listed.jp, **asked)
    (problem,) = caught.value.problems
    assert problem.where == where
    if where == "status":
        assert "approved, expired, revoked" in problem.text


@pytest.mark.parametrize(("since", "until"), [(0, 0), (1, 0)])
async def test_a_comparison_that_ends_before_it_begins_is_refused(listed, since, until):
    now = listed.clock.now
    with pytest.raises(InvalidError, match="not later") as caught:
        await listed.jp.desk.registers.changed(
            ORGS, since=times.text(now + since), until=times.text(now + until)
        )
    assert caught.value.problems[0].where == "until"


@pytest.mark.clause("8")
async def test_a_suspension_under_embargo_lies_open_from_its_day(pair):
    day = times.text(pair.clock.now + DAY)[:10]
    body = body_of("suspension.notice", public_from=day)
    await send(pair.jp, "suspension.notice", body)
    name, id = "suspensions", body["entry"]
    since = times.text(pair.clock.now - DAY)

    async def read(node):
        page = await node.desk.registers.page(name)
        one = await node.desk.registers.entry(name, id)
        until = times.text(pair.clock.now)
        changes = await node.desk.registers.changed(name, since=since, until=until)
        return [*page["items"], one, *one["history"], *changes["items"]]

    for node in (pair.jp, pair.kh):
        for view in await read(node):
            assert (view["public"], view["has_private"]) == ({}, True)
    pair.clock.now += 2 * DAY
    for node in (pair.jp, pair.kh):
        views = await read(node)
        assert len(views) == 4
        for view in views:
            assert view["public"]["field"] == body["field"]
            assert not view["has_private"]


async def test_a_list_is_rehearsed_with_all_it_announces(pair):
    body = body_of("sending-org.list", set_digest=set_digest({}))
    draft = Draft.from_json({"type": "sending-org.list", "to": "jp/isa", "body": body})
    with pytest.raises(InvalidError, match="hold together") as caught:
        await pair.kh.desk.send(draft, OFFICER, dry_run=True)
    assert caught.value.problems[0].where == "/set_digest"


async def test_a_number_is_looked_up_as_of_a_time_too(listed):
    then = times.text(listed.clock.now - 1)
    assert await ids(listed.jp, number="TEST-045", as_of=then) == []
    assert await ids(listed.jp, number="TEST-045", status="suspended") == []
    assert await ids(listed.jp, number="TEST-046", status="suspended") == ["so-0046"]


async def test_with_several_peers_one_must_be_named(listed):
    await introduce(listed.jp, Keys("np/moless").card())
    with pytest.raises(InvalidError) as caught:
        await listed.jp.desk.registers.page(ORGS)
    assert "kh/molvt, np/moless" in caught.value.problems[0].text
    assert await ids(listed.jp, peer="kh/molvt") == ["so-0045", "so-0046"]
    assert await ids(listed.jp, peer="np/moless") == []


async def test_pages_go_on_where_the_last_one_ended(listed):
    first = await listed.jp.desk.registers.page(ORGS, limit=1)
    assert (first["items"][0]["entry"], first["next"]) == ("so-0045", "so-0045")
    second = await listed.jp.desk.registers.page(ORGS, limit=1, after=first["next"])
    assert ([each["entry"] for each in second["items"]], second["next"]) == (["so-0046"], None)


async def test_the_register_is_shown_as_it_stood_and_what_changed_since(listed):
    before = listed.clock.now
    listed.clock.now += DAY
    await send(
        listed.kh,
        "sending-org.revocation",
        body_of("sending-org.revocation", entry="so-0045", licence={"number": "TEST-045"}),
    )
    registers = listed.jp.desk.registers
    then = await registers.page(ORGS, as_of=times.text(before))
    now = await registers.page(ORGS)
    assert then["items"][0]["status"] == "approved"
    assert now["items"][0]["status"] == "revoked"
    changes = await registers.changed(
        ORGS, since=times.text(before), until=times.text(listed.clock.now)
    )
    (change,) = changes["items"]
    assert (change["entry"], change["before"]["status"], change["status"]) == (
        "so-0045",
        "approved",
        "revoked",
    )
    whole = await registers.changed(
        ORGS, since=times.text(before - DAY), until=times.text(listed.clock.now)
    )
    assert [each["before"] for each in whole["items"]] == [None, None]
    entry = await registers.entry(ORGS, "so-0045")
    assert [each["status"] for each in entry["history"]] == ["approved", "revoked"]


async def test_what_is_sealed_is_opened_with_a_record_that_names_no_person(listed):
    before = await rows(listed.jp)
    opened = await listed.jp.desk.registers.opened(ORGS, ["so-0045"], OFFICER)
    private = opened["items"][0]["private"]
    assert private["representative"]["name_latin"] == "SOKHA CHANN"
    assert private["contact"]["phone"] == "+855 12 000 045"
    assert changed(before, await rows(listed.jp)) == {"evidence", "chains"}
    (row,) = await facts(listed.jp, "SELECT record FROM evidence WHERE fact = 'register-opened'")
    assert '"entries":["so-0045"]' in row["record"]
    assert '"uid":1000' in row["record"]
    assert "SOKHA" not in row["record"]


async def test_looking_at_a_register_hands_nothing_over_and_leaves_no_record(listed):
    before = await rows(listed.jp)
    registers = listed.jp.desk.registers
    await registers.overview()
    await registers.page(ORGS)
    await registers.entry(ORGS, "so-0045")
    await registers.listed(ORGS)
    await registers.waiting()
    assert changed(before, await rows(listed.jp)) == set()


async def test_what_the_marking_withholds_is_not_opened_and_that_is_recorded(listed, monkeypatch):
    from dataclasses import replace

    from gateway.desk import registers

    real = registers.decide

    def withholding(request, parties):
        return real(replace(request, subject=replace(request.subject, marking=None)), parties)

    monkeypatch.setattr(registers, "decide", withholding)
    with pytest.raises(PolicyError, match="withheld"):
        await listed.jp.desk.registers.opened(ORGS, ["so-0045"], OFFICER)
    found = await facts(listed.jp, "SELECT fact FROM evidence WHERE fact LIKE 're%-%'")
    assert [row["fact"] for row in found] == ["release-refused"]


@pytest.mark.parametrize(
    ("ask", "error"),
    [
        (lambda registers: registers.page("nonsense"), NotFoundError),
        (lambda registers: registers.page(ORGS, peer="vn/dolab"), NotFoundError),
        (lambda registers: registers.entry(ORGS, "so-9"), NotFoundError),
        (lambda registers: registers.opened(ORGS, [], OFFICER), InvalidError),
        (lambda registers: registers.opened(ORGS, ["so-9"], OFFICER), NotFoundError),
        (lambda registers: registers.opened(ORGS, ["so-0045"], OFFICER, action="x"), InvalidError),
        (lambda registers: registers.waiting(after="x"), InvalidError),
    ],
)
async def test_what_cannot_be_asked_is_refused_and_changes_nothing(listed, ask, error):
    before = await rows(listed.jp)
    with pytest.raises(error):
        await ask(listed.jp.desk.registers)
    assert changed(before, await rows(listed.jp)) == set()


async def test_a_list_of_changes_builds_on_what_the_lists_say(listed):
    page = await listed.jp.desk.registers.listed(ORGS, limit=1)
    example = body_of("sending-org.list")["entries"]
    assert page["entries"] == {"so-0045": example["so-0045"]}
    assert (page["list"]["list_version"], page["next"]) == ("2026-03", "so-0045")
    rest = await listed.jp.desk.registers.listed(ORGS, after=page["next"])
    assert (list(rest["entries"]), rest["next"]) == (["so-0046"], None)


async def test_a_list_of_several_parts_counts_once_all_are_there(pair, monkeypatch):
    monkeypatch.setattr(importing, "PART_OCTETS", 400)
    rows_ = "".join(f"so-{n},T-{n},Example {n},2026-02-01\n" for n in range(5))
    raw = f"Entry,Licence number,Name,Approved on\n{rows_}".encode()
    schema = CATALOGUE.bodies.schema("sending-org.list")
    table = read_table(raw, name="list.csv", find=finder(Register.SENDING_ORGS, schema))
    given = {"schema": schema, "known": {}, "country": "KH"}
    read = check_list(
        read_list(table, Register.SENDING_ORGS, **given), CATALOGUE.bodies, day="2026-09-21"
    )
    opening, *parts = messages_of(read, list_version="v1", day="2026-09-21")
    assert len(parts) >= 2
    first = await send(pair.kh, "sending-org.list", opening)
    for body in parts:
        assert await ids(pair.jp) == await ids(pair.kh) == []
        await send(pair.kh, "list.part", body, in_reply_to=first["id"])
    assert await ids(pair.jp) == await ids(pair.kh) == [f"so-{n}" for n in range(5)]


@pytest.fixture
async def odd(pair):
    """Two nodes after the end of an approval that never was."""
    sent = await send(
        pair.kh, "sending-org.revocation", body_of("sending-org.revocation", entry="so-0099")
    )
    return pair, sent


async def test_what_is_odd_changes_nothing_until_it_is_applied(odd):
    pair, sent = odd
    registers = pair.jp.desk.registers
    assert await ids(pair.jp) == []
    (waits,) = (await registers.waiting())["items"]
    assert (waits["id"], waits["reason"], waits["register"]) == (
        sent["id"],
        "never-approved",
        ORGS,
    )
    assert (await registers.overview())["items"][0]["waiting"] == 1
    decided = await registers.decide(
        sent["id"], apply=True, reason="Confirmed by telephone.", actor=OFFICER
    )
    assert decided["decision"] == "applied"
    assert [each["entry"] for each in decided["entries"]] == ["so-0099"]
    assert (await ids(pair.jp), (await registers.waiting())["items"]) == (["so-0099"], [])
    notes = (await pair.jp.desk.matters.notes(sent["id"]))["items"]
    assert [note["text"] for note in notes] == ["Confirmed by telephone."]
    (row,) = await facts(pair.jp, "SELECT record FROM evidence WHERE fact = 'register-decided'")
    assert "telephone" not in row["record"]


async def test_what_is_dropped_never_changes_the_register(odd):
    pair, sent = odd
    registers = pair.jp.desk.registers
    await registers.decide(sent["id"], apply=False, reason="A mistake.", actor=OFFICER)
    assert (await ids(pair.jp), (await registers.waiting())["items"]) == ([], [])
    before = await rows(pair.jp)
    with pytest.raises(ConflictError, match="dropped"):
        await registers.decide(sent["id"], apply=True, reason="No.", actor=OFFICER)
    assert changed(before, await rows(pair.jp)) == set()


async def test_a_decision_needs_a_reason_and_something_that_waits(odd):
    pair, sent = odd
    registers, before = pair.jp.desk.registers, await rows(pair.jp)
    with pytest.raises(InvalidError):
        await registers.decide(sent["id"], apply=True, reason=" ", actor=OFFICER)
    with pytest.raises(NotFoundError):
        await registers.decide("JP-2026-999999", apply=True, reason="x", actor=OFFICER)
    assert changed(before, await rows(pair.jp)) == set()


async def test_a_decision_asked_for_twice_with_one_key_is_made_once(odd):
    pair, sent = odd
    asked = {"apply": True, "reason": "Confirmed.", "actor": OFFICER, "idempotency_key": "k"}
    first = await pair.jp.desk.registers.decide(sent["id"], **asked)
    before = await rows(pair.jp)
    assert await pair.jp.desk.registers.decide(sent["id"], **asked) == first
    assert changed(before, await rows(pair.jp)) == set()


async def test_our_own_message_counts_once_the_peer_has_it(pair):
    pair.wire.down.add("jp/isa")
    draft = {"type": "sending-org.list", "to": "jp/isa", "body": body_of("sending-org.list")}
    await pair.kh.desk.send(Draft.from_json(draft), OFFICER)
    assert await ids(pair.kh) == []
    pair.wire.down.clear()
    pair.kh.delivery.alive("jp/isa")

    async def there():
        return await ids(pair.kh)

    assert await until(pair.kh, there) == ["so-0045", "so-0046"]
