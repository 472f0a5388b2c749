"""What messages do to the registers of both sides, between two real nodes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.catalogue import Register
from gateway.delivery import registering
from gateway.desk import Draft
from gateway.envelope import times
from gateway.errors import ConflictError, NotFoundError, PolicyError
from gateway.store import registers
from tests.nodes import OFFICER, Pair, facts, two_nodes
from tests.peer import SimulatedPeer
from tests.registering import entries, entry, example, histories, list_parts, standing

ORGS = Register.SENDING_ORGS
LICENCE = "TEST-045"
ONE = {"entry": "so-0045", "licence": {"number": LICENCE}}


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    async with two_nodes(tmp_path) as pair:
        yield pair


async def tell(node, type_name, body=None, **members):
    """Send a message to the other side and see it settle."""
    to = (
        {}
        if "in_reply_to" in members
        else {"to": {"j": "kh/molvt", "k": "jp/isa"}[node.keys.node[0]]}
    )
    body = example(type_name) if body is None else body
    draft = Draft.from_json({"type": type_name, "body": body} | to | members)
    view = await node.desk.send(draft, OFFICER)
    await node.settled()
    return await node.desk.message(view["id"])


async def both_hold(pair, register, expected):
    """Compare the register of both ends with what it should be, and their whole histories."""
    assert await standing(pair.jp, register) == expected
    assert await standing(pair.kh, register) == expected
    assert await histories(pair.jp) == await histories(pair.kh)


async def correct(node, view, body):
    return await tell(
        node,
        "correction",
        {"reason": {"en": "A slip."}, "body": body},
        in_reply_to=view["id"],
    )


async def withdraw(node, view):
    return await tell(node, "withdrawal", {"reason": {"en": "Not so."}}, in_reply_to=view["id"])


async def attention(node, view):
    return (await node.desk.message(view["id"]))["attention"]


async def waiting(node):
    rows = await node.store.read(registers.deferred)
    return [(row["id"], row["reason"]) for row in rows]


async def decide(node, view, *, is_applied):
    def write(tx):
        (row,) = tx._database.execute("SELECT seq FROM messages WHERE id = ?", (view["id"],))
        registering.decide(
            tx, row["seq"], is_applied=is_applied, uid=1000, at="2026-10-01T00:00:00Z"
        )

    await node.store.write(write)


@pytest.mark.clause("5(1)")
async def test_both_sides_hold_an_approval_from_the_time_at_which_it_was_received(pair):
    view = await tell(pair.kh, "sending-org.approval")
    await both_hold(pair, ORGS, {"so-0045": "approved"})
    found, private = await entry(pair.jp, ORGS, "so-0045")
    assert found.valid_from == view["levels"]["received"]
    assert set(found.public) == {"organisation", "licence", "approved_on", "scope"}
    assert set(private) == {"representative", "contact", "fee_schedule"}


async def test_a_receipt_that_is_late_does_not_date_what_it_proves(pair):
    async def late(peer, answer):
        pair.clock.now += 30
        return answer

    pair.wire.after = late
    view = await tell(pair.kh, "sending-org.approval")
    await both_hold(pair, ORGS, {"so-0045": "approved"})
    found, _ = await entry(pair.kh, ORGS, "so-0045")
    assert found.valid_from == view["created"]


# A receipt is signed, but the time in it is the peer's word alone.
WRONG_TIMES = ["2099-01-01T00:00:00Z", "1970-01-01T00:00:00Z"]


@pytest.mark.parametrize("at", WRONG_TIMES)
@pytest.mark.parametrize("wrong", [0, 1])
async def test_a_receipt_of_a_wrong_time_lets_no_newer_message_lose(pair, at, wrong):
    jp = SimulatedPeer(pair.jp.keys, pair.kh.keys)
    said = [times.text(pair.clock.now), times.text(pair.clock.now + 60)]
    said[wrong] = at

    async def receipt(peer, body):
        lines = [line for line in body.split(b"\n") if line]
        return jp.receipt([jp.entry(line, at=said[0]) for line in lines])

    pair.wire.harm = receipt
    await tell(pair.kh, "sending-org.approval")
    del said[0]
    pair.clock.now += 60
    newer = example("sending-org.approval", approved_on="2026-02-02")
    view = await tell(pair.kh, "sending-org.approval", newer)
    assert view["state"] == "delivered"
    found, _ = await entry(pair.kh, ORGS, "so-0045")
    assert found.public["approved_on"] == "2026-02-02"
    assert found.valid_from <= times.text(pair.clock.now)


async def test_a_correction_holds_whatever_times_the_receipts_tell(pair):
    jp = SimulatedPeer(pair.jp.keys, pair.kh.keys)
    said = [times.text(pair.clock.now + 50), times.text(pair.clock.now + 10)]

    async def receipt(peer, body):
        lines = [line for line in body.split(b"\n") if line]
        return jp.receipt([jp.entry(line, at=said.pop(0)) for line in lines])

    pair.wire.harm = receipt
    pair.wire.down.add("jp/isa")
    body = example("sending-org.approval")
    draft = {"type": "sending-org.approval", "body": body, "to": "jp/isa"}
    view = await pair.kh.desk.send(Draft.from_json(draft), OFFICER)
    newer = {"reason": {"en": "A slip."}, "body": body | {"approved_on": "2026-02-02"}}
    draft = {"type": "correction", "body": newer, "in_reply_to": view["id"]}
    await pair.kh.desk.send(Draft.from_json(draft), OFFICER)
    pair.clock.now += 60
    pair.wire.down.clear()
    pair.kh.delivery.wake("jp/isa")
    await pair.kh.settled()
    assert said == []
    found, _ = await entry(pair.kh, ORGS, "so-0045")
    assert found.public["approved_on"] == "2026-02-02"


async def test_a_clock_that_is_put_back_lets_no_newer_message_lose(pair):
    pair.clock.now += 3600
    await tell(pair.kh, "sending-org.approval")
    pair.clock.now -= 3000
    newer = example("sending-org.approval", approved_on="2026-02-02")
    await tell(pair.kh, "sending-org.approval", newer)
    await both_hold(pair, ORGS, {"so-0045": "approved"})
    for node in (pair.jp, pair.kh):
        found, _ = await entry(node, ORGS, "so-0045")
        assert found.public["approved_on"] == "2026-02-02"


@pytest.mark.parametrize("back", [0, 3000])
async def test_two_sides_whose_clocks_tell_another_order_leave_an_entry_to_a_person(pair, back):
    report = await tell(pair.jp, "intermediary.report")
    await pair.kh.desk.fetch(report["id"], OFFICER)
    await pair.kh.settled()
    pair.clock.now += 3600
    update = example("intermediary.update")
    await tell(pair.jp, "intermediary.update", update, in_reply_to=report["id"])
    pair.clock.now -= back
    result = example("intermediary.result", finding="substantiated")
    await tell(pair.kh, "intermediary.result", result, in_reply_to=report["id"])
    id = f"jp.{example('intermediary.report')['entry']}"
    await both_hold(pair, Register.INTERMEDIARIES, {id: "substantiated"})
    expected = "crossed-in-the-register" if back else None
    for node in (pair.jp, pair.kh):
        assert (await node.desk.thread(report["thread"]))["attention"] == expected


async def test_an_answer_never_comes_before_what_it_answers(pair):
    pair.clock.now += 3600
    report = await tell(pair.jp, "intermediary.report")
    await pair.kh.desk.fetch(report["id"], OFFICER)
    await pair.kh.settled()
    pair.clock.now -= 3000
    result = example("intermediary.result", finding="substantiated")
    await tell(pair.kh, "intermediary.result", result, in_reply_to=report["id"])
    id = f"jp.{example('intermediary.report')['entry']}"
    await both_hold(pair, Register.INTERMEDIARIES, {id: "substantiated"})


async def test_nothing_of_ours_counts_before_the_peer_has_it(pair):
    pair.wire.down.add("jp/isa")
    draft = {
        "type": "sending-org.approval",
        "body": example("sending-org.approval"),
        "to": "jp/isa",
    }
    await pair.kh.desk.send(Draft.from_json(draft), OFFICER)
    assert await standing(pair.kh, ORGS) == {}
    pair.wire.down.clear()
    pair.kh.delivery.wake("jp/isa")
    await pair.kh.settled()
    await both_hold(pair, ORGS, {"so-0045": "approved"})


async def test_what_is_personal_never_lies_in_clear(pair):
    await tell(pair.kh, "sending-org.approval")
    for node in (pair.jp, pair.kh):
        (row,) = await facts(
            node, "SELECT public || search || digest AS clear FROM register_versions"
        )
        assert "SOKHA" not in row["clear"]
        assert "sokha" not in row["clear"]
        assert "+855 12" not in row["clear"]


async def test_an_organisation_is_found_by_its_licence_number_however_it_is_typed(pair):
    await tell(pair.kh, "sending-org.approval")
    for number in (LICENCE, "test045", "ＴＥＳＴ 045"):
        found = await pair.jp.store.read(
            lambda tx, number=number: registers.by_number(tx, "kh/molvt", ORGS, number)
        )
        assert [each.entry for each in found] == ["so-0045"]


@pytest.mark.clause("5(4)")
async def test_suspended_reinstated_and_revoked_each_is_a_version(pair):
    await tell(pair.kh, "sending-org.approval")
    await tell(pair.kh, "sending-org.suspension", example("sending-org.suspension") | ONE)
    pair.clock.now += 60
    await tell(pair.kh, "sending-org.reinstatement", example("sending-org.reinstatement") | ONE)
    pair.clock.now += 60
    await tell(pair.kh, "sending-org.revocation", example("sending-org.revocation") | ONE)
    await both_hold(pair, ORGS, {"so-0045": "revoked"})
    versions = await pair.jp.store.read(
        lambda tx: registers.history(tx, "kh/molvt", ORGS, "so-0045")
    )
    assert [each.status for each in versions] == ["approved", "suspended", "approved", "revoked"]
    assert "until" not in versions[2].public
    # A notice names the organisation; what is known of it stays.
    assert versions[3].public["organisation"] == versions[0].public["organisation"]
    assert all("grounds" not in each.public for each in versions)
    assert "grounds" in (await entry(pair.jp, ORGS, "so-0045"))[1]
    then = versions[2].valid_from
    assert await standing(pair.jp, ORGS, as_of=then) == {"so-0045": "approved"}


async def test_guidance_stays_private_and_gathers(pair):
    await tell(pair.kh, "sending-org.approval")
    before = (await entry(pair.jp, ORGS, "so-0045"))[0].public
    for _ in range(2):
        await tell(
            pair.kh, "sending-org.guidance", example("sending-org.guidance", entry="so-0045")
        )
    await both_hold(pair, ORGS, {"so-0045": "approved"})
    found, private = await entry(pair.jp, ORGS, "so-0045")
    assert found.public == before
    assert len(private["guidance"]) == 2


async def test_a_revocation_by_licence_number_alone_finds_its_organisation(pair):
    await tell(pair.kh, "sending-org.approval")
    body = example("sending-org.revocation", licence={"number": LICENCE})
    del body["entry"]
    await tell(pair.kh, "sending-org.revocation", body)
    await both_hold(pair, ORGS, {"so-0045": "revoked"})


# --- what is odd ---------------------------------------------------------------------------------

ODD = [
    ("sending-org.revocation", ONE, "never-approved", []),
    ("sending-org.suspension", ONE, "never-approved", []),
    ("sending-org.change", {"entry": "so-0045"}, "never-approved", []),
    ("sending-org.reinstatement", ONE, "not-halted", ["sending-org.approval"]),
    (
        "sending-org.revocation",
        {"entry": "so-0045", "licence": {"number": "TEST-999"}},
        "another-licence",
        ["sending-org.approval"],
    ),
    (
        "sending-org.suspension",
        ONE,
        "ended-already",
        ["sending-org.approval", "sending-org.revocation"],
    ),
    (
        "sending-org.approval",
        {"approved_on": "2026-11-01"},
        "revives-ended",
        ["sending-org.approval", "sending-org.revocation"],
    ),
    ("sending-org.approval", {}, "approved-already", ["sending-org.approval"]),
    ("sending-org.approval", {"entry": "so-2"}, "number-twice", ["sending-org.approval"]),
]


@pytest.mark.parametrize(("type_name", "changes", "reason", "earlier"), ODD)
async def test_A107_what_does_not_fit_the_register_waits_for_a_person_on_both_sides(
    pair, type_name, changes, reason, earlier
):
    for name in earlier:
        await tell(pair.kh, name)
    before = await histories(pair.jp)
    view = await tell(pair.kh, type_name, example(type_name) | changes)
    assert await attention(pair.jp, view) == reason
    assert await waiting(pair.jp) == await waiting(pair.kh) == [(view["id"], reason)]
    assert (await pair.kh.desk.thread(view["thread"]))["attention"] == reason
    assert await histories(pair.jp) == await histories(pair.kh) == before
    for node in (pair.jp, pair.kh):
        called = (await node.desk.alarms.page())["items"]
        assert ("register-waiting", view["id"]) in [(e["kind"], e["subject"]) for e in called]
        assert (await node.desk.status())["registers"] == {"waiting": 1}
        await decide(node, view, is_applied=False)
        assert (await node.desk.status())["registers"] == {"waiting": 0}


LISTING = "sending-org.list"


def list_of(version, **statuses):
    """Return a whole list of organisations of the example, each with a status."""
    said = {id: entries(LISTING, id, status=status)[id] for id, status in statuses.items()}
    (body,) = list_parts(LISTING, [said], version=version)
    return body


REVIVING = [
    ("sending-org.suspension", "approved"),
    ("sending-org.revocation", "approved"),
    ("sending-org.revocation", "suspended"),
]


@pytest.mark.parametrize(("type_name", "status"), REVIVING)
async def test_a_list_that_revives_what_had_ended_waits_for_a_person_on_both_sides(
    pair, type_name, status
):
    await tell(pair.kh, "sending-org.approval")
    await tell(pair.kh, type_name, example(type_name) | ONE)
    before = await histories(pair.jp)
    view = await tell(pair.kh, LISTING, list_of("1", **{"so-0045": status, "so-0099": "approved"}))
    assert view["state"] == "delivered"
    assert await attention(pair.jp, view) == "revives-ended"
    assert await waiting(pair.jp) == await waiting(pair.kh) == [(view["id"], "revives-ended")]
    assert (await pair.kh.desk.thread(view["thread"]))["attention"] == "revives-ended"
    assert await histories(pair.jp) == await histories(pair.kh) == before
    for node in (pair.jp, pair.kh):
        await decide(node, view, is_applied=True)
    await both_hold(pair, ORGS, {"so-0045": status, "so-0099": "approved"})


@pytest.mark.parametrize("status", ["suspended", "revoked"])
async def test_a_list_that_leaves_a_halt_or_ends_it_counts_at_once(pair, status):
    await tell(pair.kh, "sending-org.approval")
    await tell(pair.kh, "sending-org.suspension", example("sending-org.suspension") | ONE)
    await tell(pair.kh, LISTING, list_of("1", **{"so-0045": status}))
    assert await waiting(pair.jp) == await waiting(pair.kh) == []
    await both_hold(pair, ORGS, {"so-0045": status})


async def test_what_belonged_to_a_halt_goes_when_the_end_follows(pair):
    await tell(pair.kh, "sending-org.approval")
    await tell(pair.kh, "sending-org.suspension", example("sending-org.suspension") | ONE)
    halted, _ = await entry(pair.jp, ORGS, "so-0045")
    assert halted.public["until"]
    end = example("sending-org.revocation") | ONE
    await tell(pair.kh, "sending-org.revocation", end)
    ended, _ = await entry(pair.jp, ORGS, "so-0045")
    assert "until" not in ended.public
    assert ended.public["decided_on"] == end["decided_on"]


async def test_what_waits_is_applied_or_dropped_once(pair):
    view = await tell(pair.kh, "sending-org.revocation", example("sending-org.revocation") | ONE)
    await decide(pair.jp, view, is_applied=True)
    assert await standing(pair.jp, ORGS) == {"so-0045": "revoked"}
    found, _ = await entry(pair.jp, ORGS, "so-0045")
    assert found.public["organisation"]["name"]["en"] == "Mekong Example Manpower Co., Ltd."
    with pytest.raises(ConflictError, match="applied"):
        await decide(pair.jp, view, is_applied=False)
    await decide(pair.kh, view, is_applied=False)
    assert await standing(pair.kh, ORGS) == {}
    assert await waiting(pair.jp) == await waiting(pair.kh) == []


@pytest.mark.parametrize("act", ["correction", "withdrawal"])
async def test_what_lost_its_place_while_it_waited_cannot_be_applied(pair, act):
    await tell(pair.kh, "sending-org.approval")
    body = example("sending-org.revocation") | ONE
    revocation = await tell(pair.kh, "sending-org.revocation", body)
    odd = await correct(pair.kh, revocation, body | {"licence": {"number": "TEST-999"}})
    assert await waiting(pair.jp) == await waiting(pair.kh) == [(odd["id"], "another-licence")]
    pair.clock.now += 60
    if act == "correction":
        await correct(pair.kh, odd, body | {"effective_on": "2026-06-20"})
    else:
        await withdraw(pair.kh, odd)
    before = await histories(pair.jp)
    for node in (pair.jp, pair.kh):
        assert await waiting(node) == []
        with pytest.raises(ConflictError, match="superseded"):
            await decide(node, odd, is_applied=True)
    expected = {"correction": "revoked", "withdrawal": "approved"}[act]
    await both_hold(pair, ORGS, {"so-0045": expected})
    assert await histories(pair.jp) == before


async def test_what_we_have_corrected_meanwhile_cannot_be_applied(pair):
    body = example("sending-org.revocation") | ONE
    revocation = await tell(pair.kh, "sending-org.revocation", body)
    pair.wire.down.add("jp/isa")
    newer = {"reason": {"en": "A slip."}, "body": body | {"effective_on": "2026-06-20"}}
    draft = {"type": "correction", "body": newer, "in_reply_to": revocation["id"]}
    await pair.kh.desk.send(Draft.from_json(draft), OFFICER)
    with pytest.raises(ConflictError, match="taken its place"):
        await decide(pair.kh, revocation, is_applied=True)
    assert await standing(pair.kh, ORGS) == {}


async def test_what_a_person_let_begin_an_entry_stands_when_more_is_said(pair):
    view = await tell(pair.kh, "sending-org.revocation", example("sending-org.revocation") | ONE)
    await decide(pair.jp, view, is_applied=True)
    approval = await tell(pair.kh, "sending-org.approval")
    pair.clock.now += 60
    await withdraw(pair.kh, approval)
    assert await standing(pair.jp, ORGS) == {"so-0045": "revoked"}
    assert await standing(pair.kh, ORGS) == {}


async def test_only_what_waits_can_be_decided(pair):
    view = await tell(pair.kh, "sending-org.approval")
    with pytest.raises(NotFoundError):
        await decide(pair.jp, view, is_applied=True)


async def test_a_withdrawal_takes_from_a_person_what_is_not_to_be_decided_any_more(pair):
    view = await tell(pair.kh, "sending-org.revocation", example("sending-org.revocation") | ONE)
    await withdraw(pair.kh, view)
    assert await waiting(pair.jp) == await waiting(pair.kh) == []
    await both_hold(pair, ORGS, {})


BAD = [
    pytest.param("UPDATE register_versions SET public = '{}'", id="clear"),
    pytest.param("UPDATE register_versions SET private = zeroblob(64)", id="sealed"),
]


@pytest.mark.parametrize("edit", BAD)
@pytest.mark.parametrize("act", ["suspension", "withdrawal", "correction"])
async def test_an_entry_that_cannot_be_read_is_left_alone_and_a_person_told(pair, edit, act):
    approval = await tell(pair.kh, "sending-org.approval")
    await pair.jp.store.write(lambda tx: tx._database.execute(edit).rowcount)
    before = await facts(pair.jp, "SELECT * FROM register_versions")
    if act == "suspension":
        view = await tell(pair.kh, f"sending-org.{act}", example(f"sending-org.{act}") | ONE)
    elif act == "withdrawal":
        view = await withdraw(pair.kh, approval)
    else:
        view = await correct(pair.kh, approval, example("sending-org.approval"))
    assert view["state"] == "delivered"
    reason = "the-register-cannot-be-read"
    assert await attention(pair.jp, view) == reason
    assert await waiting(pair.jp) == [(view["id"], reason)]
    assert await facts(pair.jp, "SELECT * FROM register_versions") == before
    with pytest.raises(ConflictError, match="cannot be applied"):
        await decide(pair.jp, view, is_applied=True)


async def test_what_waits_is_not_applied_once_its_content_is_erased(pair):
    view = await tell(pair.kh, "sending-org.revocation", example("sending-org.revocation") | ONE)
    await pair.jp.store.write(
        lambda tx: tx._database.execute("UPDATE messages SET content = NULL").rowcount
    )
    with pytest.raises(ConflictError, match="cannot be applied"):
        await decide(pair.jp, view, is_applied=True)
    assert await standing(pair.jp, ORGS) == {}


# --- corrected and taken back --------------------------------------------------------------------


async def test_a_correction_changes_what_was_said_and_leaves_what_others_said_since(pair):
    approval = await tell(pair.kh, "sending-org.approval")
    pair.clock.now += 60
    await tell(pair.kh, "sending-org.suspension", example("sending-org.suspension") | ONE)
    pair.clock.now += 60
    body = example("sending-org.approval", approved_on="2026-02-02")
    del body["contact"]
    await correct(pair.kh, approval, body)
    await both_hold(pair, ORGS, {"so-0045": "suspended"})
    found, private = await entry(pair.jp, ORGS, "so-0045")
    assert found.public["approved_on"] == "2026-02-02"
    assert found.public["until"]
    assert "contact" not in private
    assert "grounds" in private


async def test_a_withdrawn_approval_leaves_the_register_but_not_its_history(pair):
    approval = await tell(pair.kh, "sending-org.approval")
    pair.clock.now += 60
    await withdraw(pair.kh, approval)
    await both_hold(pair, ORGS, {})
    versions = await pair.jp.store.read(
        lambda tx: registers.history(tx, "kh/molvt", ORGS, "so-0045")
    )
    assert [(each.status, each.removed) for each in versions] == [
        ("approved", False),
        ("withdrawn", True),
    ]


FOLLOWED = [
    ("kh", "sending-org.approval", "sending-org.guidance", ORGS),
    ("jp", "intermediary.report", "intermediary.update", Register.INTERMEDIARIES),
    ("jp", "suspension.notice", "suspension.amend", Register.SUSPENSIONS),
]


@pytest.mark.parametrize(("side", "begins", "follows", "register"), FOLLOWED)
async def test_what_only_follows_does_not_keep_a_withdrawn_entry(
    pair, side, begins, follows, register
):
    node = getattr(pair, side)
    opening = await tell(node, begins)
    pair.clock.now += 60
    shared = {name: example(begins)[name] for name in ("field",) if name in example(begins)}
    if register is ORGS:
        await tell(node, follows, example(follows, entry="so-0045"))
    else:
        await tell(node, follows, example(follows) | shared, in_reply_to=opening["id"])
    pair.clock.now += 60
    await withdraw(node, opening)
    await both_hold(pair, register, {})


async def test_nothing_of_a_withdrawn_approval_goes_into_a_new_one(pair):
    approval = await tell(pair.kh, "sending-org.approval")
    await withdraw(pair.kh, approval)
    body = example("sending-org.approval")
    del body["contact"]
    await tell(pair.kh, "sending-org.approval", body)
    await both_hold(pair, ORGS, {"so-0045": "approved"})
    _, private = await entry(pair.jp, ORGS, "so-0045")
    assert "contact" not in private


async def test_a_follow_up_speaks_of_the_entry_that_the_corrected_report_names(pair):
    body = example("intermediary.report")
    report = await tell(pair.jp, "intermediary.report", body)
    newer = await correct(pair.jp, report, body | {"entry": "im-other"})
    update = await tell(
        pair.jp,
        "intermediary.update",
        example("intermediary.update"),
        in_reply_to=newer["id"],
    )
    assert await attention(pair.kh, update) is None
    await both_hold(pair, Register.INTERMEDIARIES, {"jp.im-other": "reported"})
    assert "updates" in (await entry(pair.kh, Register.INTERMEDIARIES, "jp.im-other"))[1]


async def test_a_number_names_what_stands_before_what_was_withdrawn(pair):
    approval = await tell(pair.kh, "sending-org.approval")
    await withdraw(pair.kh, approval)
    await tell(pair.kh, "sending-org.approval", example("sending-org.approval", entry="so-2"))
    body = example("sending-org.revocation", licence={"number": LICENCE})
    del body["entry"]
    view = await tell(pair.kh, "sending-org.revocation", body)
    assert await attention(pair.jp, view) is None
    await both_hold(pair, ORGS, {"so-2": "revoked"})


async def test_a_withdrawn_revocation_puts_the_approval_back(pair):
    await tell(pair.kh, "sending-org.approval")
    before = (await entry(pair.jp, ORGS, "so-0045"))[0].public
    revocation = await tell(
        pair.kh, "sending-org.revocation", example("sending-org.revocation") | ONE
    )
    pair.clock.now += 60
    await withdraw(pair.kh, revocation)
    await both_hold(pair, ORGS, {"so-0045": "approved"})
    found, private = await entry(pair.jp, ORGS, "so-0045")
    assert found.public == before
    assert "grounds" not in private


async def test_a_corrected_revocation_is_no_second_end(pair):
    await tell(pair.kh, "sending-org.approval")
    body = example("sending-org.revocation") | ONE
    revocation = await tell(pair.kh, "sending-org.revocation", body)
    newer = await correct(pair.kh, revocation, body | {"effective_on": "2026-06-20"})
    assert await attention(pair.jp, newer) is None
    await both_hold(pair, ORGS, {"so-0045": "revoked"})
    found, _ = await entry(pair.jp, ORGS, "so-0045")
    assert found.public["effective_on"] == "2026-06-20"


async def test_a_correction_that_names_another_entry_takes_the_first_one_back(pair):
    approval = await tell(pair.kh, "sending-org.approval")
    body = example("sending-org.approval", entry="so-0054")
    await correct(pair.kh, approval, body)
    await both_hold(pair, ORGS, {"so-0054": "approved"})


# --- the other registers -------------------------------------------------------------------------


@pytest.mark.clause("6(4)")
async def test_a_measure_is_public_but_for_its_details(pair):
    await tell(pair.jp, "measure.notice")
    id = example("measure.notice")["entry"]
    await both_hold(pair, Register.MEASURES, {id: example("measure.notice")["status"]})
    found, private = await entry(pair.kh, Register.MEASURES, id)
    assert "summary" in found.public
    assert "details" not in found.public
    assert "details" in private


@pytest.mark.clause("5(3)")
async def test_certificates_are_found_by_number_and_hold_nobody_in_clear(pair):
    body = example("certification.notice")
    await tell(pair.kh, "certification.notice", body)
    for item in body["items"].values():
        number, person = item["certificate_no"], item["person"]["name_latin"]
        found = await pair.jp.store.read(
            lambda tx, number=number: registers.by_number(
                tx, "kh/molvt", Register.CERTIFICATES, number
            )
        )
        assert [each.status for each in found] == ["issued"]
        assert person not in str(found[0].public)
    assert await histories(pair.jp) == await histories(pair.kh)


async def test_a_cancelled_certificate_is_the_one_that_was_issued(pair):
    body = example("certification.notice", action="issued")
    await tell(pair.kh, "certification.notice", body)
    issued = await standing(pair.jp, Register.CERTIFICATES)
    assert set(issued.values()) == {"issued"}
    end = {"ended_on": "2026-06-01", "reason": {"en": "The contract ended."}}
    items = {key: item | end for key, item in body["items"].items()}
    await tell(pair.kh, "certification.notice", body | {"action": "cancelled", "items": items})
    await both_hold(pair, Register.CERTIFICATES, dict.fromkeys(issued, "cancelled"))


async def test_the_end_of_a_certificate_that_was_never_issued_waits(pair):
    body = example("certification.notice", action="cancelled")
    end = {"ended_on": "2026-06-01", "reason": {"en": "The contract ended."}}
    body["items"] = {key: item | end for key, item in body["items"].items()}
    view = await tell(pair.kh, "certification.notice", body)
    assert await attention(pair.jp, view) == "never-issued"
    await both_hold(pair, Register.CERTIFICATES, {})


async def test_one_certificate_twice_in_a_notice_waits_and_can_only_be_dropped(pair):
    body = example("certification.notice", action="issued")
    item = next(iter(body["items"].values()))
    body["items"] = {"c1": item, "c2": item}
    view = await tell(pair.kh, "certification.notice", body)
    assert await attention(pair.jp, view) == "entry-twice"
    with pytest.raises(ConflictError, match="cannot be applied"):
        await decide(pair.jp, view, is_applied=True)
    await decide(pair.jp, view, is_applied=False)
    await both_hold(pair, Register.CERTIFICATES, {})


async def test_a_licence_number_of_two_organisations_names_neither(pair):
    await tell(pair.kh, "sending-org.approval")
    other = example("sending-org.approval", entry="so-2")
    second = await tell(pair.kh, "sending-org.approval", other)
    for node in (pair.jp, pair.kh):
        assert await waiting(node) == [(second["id"], "number-twice")]
        await decide(node, second, is_applied=True)
    body = example("sending-org.revocation", licence={"number": LICENCE})
    del body["entry"]
    view = await tell(pair.kh, "sending-org.revocation", body)
    assert await attention(pair.jp, view) == "more-than-one-entry"
    await both_hold(pair, ORGS, {"so-0045": "approved", "so-2": "approved"})


@pytest.mark.clause("8")
async def test_a_suspension_is_sealed_until_the_day_on_which_it_is_public(pair):
    notice = example("suspension.notice", public_from="2099-01-01")
    view = await tell(pair.jp, "suspension.notice", notice)
    id = notice["entry"]
    found, private = await entry(pair.kh, Register.SUSPENSIONS, id)
    assert (found.status, found.public) == ("announced", {})
    assert private["field"] == notice["field"]
    lift = example("suspension.lift", field=notice["field"], public_from="2026-01-01")
    await tell(pair.jp, "suspension.lift", lift, in_reply_to=view["id"])
    await both_hold(pair, Register.SUSPENSIONS, {id: "lifted"})
    found, _ = await entry(pair.kh, Register.SUSPENSIONS, id)
    assert found.public["lifted_on"] == lift["effective_from"]


async def test_what_changes_or_ends_a_suspension_leaves_the_day_on_which_it_began(pair):
    view = await tell(pair.jp, "suspension.notice")
    id = example("suspension.notice")["entry"]
    for name in ("suspension.amend", "suspension.lift"):
        await tell(pair.jp, name, example(name, public_from="2026-01-01"), in_reply_to=view["id"])
    await both_hold(pair, Register.SUSPENSIONS, {id: "lifted"})
    public = (await entry(pair.kh, Register.SUSPENSIONS, id))[0].public
    assert [public[name] for name in ("effective_from", "amended_on", "lifted_on")] == [
        example(f"suspension.{name}")["effective_from"] for name in ("notice", "amend", "lift")
    ]


async def test_what_is_suspended_is_not_suspended_again_before_it_is_lifted(pair):
    first = await tell(pair.jp, "suspension.notice")
    before = await histories(pair.kh)
    second = await tell(pair.jp, "suspension.notice")
    waits = [(second["id"], "already-suspended")]
    assert await waiting(pair.kh) == await waiting(pair.jp) == waits
    assert await histories(pair.jp) == await histories(pair.kh) == before
    lift = example("suspension.lift", public_from="2026-01-01")
    await tell(pair.jp, "suspension.lift", lift, in_reply_to=first["id"])
    await tell(pair.jp, "suspension.notice")
    id = example("suspension.notice")["entry"]
    await both_hold(pair, Register.SUSPENSIONS, {id: "announced"})
    assert "lifted_on" not in (await entry(pair.kh, Register.SUSPENSIONS, id))[0].public


async def test_a_number_that_an_organisation_gave_up_is_free_for_another(pair):
    await tell(pair.kh, "sending-org.approval")
    gave_up = {"entry": "so-0045", "licence": {"number": "TEST-900"}}
    await tell(pair.kh, "sending-org.change", example("sending-org.change", **gave_up))
    await tell(pair.kh, "sending-org.approval", example("sending-org.approval", entry="so-2"))
    await both_hold(pair, ORGS, {"so-0045": "approved", "so-2": "approved"})
    taken = example("sending-org.change", entry="so-2", licence={"number": "TEST-900"})
    view = await tell(pair.kh, "sending-org.change", taken)
    assert await attention(pair.jp, view) == "number-twice"


async def test_a_correction_that_moves_a_number_to_another_entry_is_not_odd(pair):
    view = await tell(pair.kh, "sending-org.approval")
    await correct(pair.kh, view, example("sending-org.approval", entry="so-2"))
    assert await waiting(pair.jp) == await waiting(pair.kh) == []
    await both_hold(pair, ORGS, {"so-2": "approved"})


async def test_what_ended_and_left_the_list_can_be_reinstated(pair):
    await tell(pair.kh, "sending-org.approval")
    await tell(pair.kh, "sending-org.revocation", example("sending-org.revocation") | ONE)
    await tell(pair.kh, LISTING, list_of("1", **{"so-2": "approved"}))
    assert await standing(pair.jp, ORGS) == {"so-2": "approved"}
    view = await tell(
        pair.kh, "sending-org.reinstatement", example("sending-org.reinstatement") | ONE
    )
    assert await attention(pair.jp, view) is None
    await both_hold(pair, ORGS, {"so-0045": "approved", "so-2": "approved"})


async def test_lifting_another_field_than_was_suspended_waits(pair):
    notice = example("suspension.notice", field="care")
    view = await tell(pair.jp, "suspension.notice", notice)
    lift = example("suspension.lift", field="fishery")
    lifted = await tell(pair.jp, "suspension.lift", lift, in_reply_to=view["id"])
    assert await attention(pair.kh, lifted) == "another-field"
    await both_hold(pair, Register.SUSPENSIONS, {notice["entry"]: "announced"})


@pytest.mark.clause("2")
async def test_a_contact_point_is_what_its_last_notice_says(pair):
    first = example("contact.update", party="kh/molvt")
    await tell(pair.kh, "contact.update", first)
    second = {name: first[name] for name in ("party", "office", "people", "effective_from")}
    await tell(pair.kh, "contact.update", second)
    await both_hold(pair, Register.CONTACTS, {first["party"]: "announced"})
    found, private = await entry(pair.jp, Register.CONTACTS, first["party"])
    assert private | found.public == second


async def test_nobody_gives_the_contact_point_of_the_other_side(pair):
    body = example("contact.update", party="jp/isa")
    await tell(pair.jp, "contact.update", body)
    with pytest.raises(PolicyError, match="/body/party"):
        await tell(pair.kh, "contact.update", body)
    fine = await tell(pair.kh, "contact.update", body | {"party": "kh/embassy-tokyo"})
    with pytest.raises(PolicyError, match="/body/body/party"):
        await correct(pair.kh, fine, body)
    expected = {"jp/isa": "announced", "kh/embassy-tokyo": "announced"}
    await both_hold(pair, Register.CONTACTS, expected)
    versions = await facts(pair.jp, "SELECT seq FROM register_versions")
    assert len(versions) == 2


@pytest.mark.clause("4(1)")
async def test_two_countries_may_give_one_id_to_two_intermediaries(pair):
    body = example("intermediary.report")
    view = await tell(pair.kh, "intermediary.report", body)
    await tell(pair.jp, "intermediary.report", body)
    result = example("intermediary.result", finding="substantiated")
    await pair.jp.desk.fetch(view["id"], OFFICER)
    await pair.jp.desk.accept(view["id"], OFFICER)
    await tell(pair.jp, "intermediary.result", result, in_reply_to=view["id"])
    id = body["entry"]
    expected = {f"jp.{id}": "reported", f"kh.{id}": "substantiated"}
    await both_hold(pair, Register.INTERMEDIARIES, expected)
    found, private = await entry(pair.kh, Register.INTERMEDIARIES, f"kh.{id}")
    assert found.public == {}
    assert private["result"] == result


async def test_what_a_peer_told_is_in_no_register_of_another(pair):
    await tell(pair.kh, "sending-org.approval")
    told = {}
    for peer in ("kh/molvt", "np/moless"):
        found = await pair.jp.store.read(
            lambda tx, peer=peer: registers.page(tx, peer, ORGS, limit=10)
        )
        told[peer] = [each.entry for each in found]
    assert told == {"kh/molvt": ["so-0045"], "np/moless": []}
