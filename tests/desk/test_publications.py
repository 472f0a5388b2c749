"""Making public: what waits, what an operator lets go, what everybody reads, who is told."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.catalogue import PublishRule
from gateway.errors import ConflictError, InvalidError, NotFoundError
from gateway.policy import Publishable
from gateway.policy.publishing import NotPublicError
from tests.nodes import OFFICER, Pair, alarms, changed, facts, rows, two_nodes
from tests.publishing import (
    NOBODY,
    OPERATOR,
    PAGE,
    confirmations,
    correct,
    example,
    listed,
    open_site,
    organisations,
    pages,
    publish_at_once,
    say,
    shown,
    states,
    withdraw,
)

APPROVAL = example("sending-org.approval")
REVOCATION = example("sending-org.revocation", entry="so-0045")
PLACE = "https://www.ministry.example/list.html"
# What stands in a message or beside it and must never be read by everybody.
CANARIES = {
    "representative": {"name_latin": "CANARY REPRESENTATIVE", "nationality": "KH"},
    "contact": {"name": "Canary Contact", "phone": "+855 12 999 999"},
    "fee_schedule": {
        "f1": {"item": {"en": "Canary fee"}, "amount": {"amount": "999.00", "currency": "USD"}}
    },
}


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    async with two_nodes(tmp_path) as pair:
        yield pair


def another(entry):
    """Return the approval of another organisation."""
    return APPROVAL | {"entry": entry, "licence": {"number": f"TEST-{entry}"}}


async def publish(node, view, **options):
    done = await node.desk.publications.publish(view["id"], OPERATOR, **options)
    await node.settled()
    return done


async def waiting(node, **options):
    return (await node.desk.publications.page(waiting=True, **options))["items"]


@pytest.mark.clause("5(1)")
@pytest.mark.clause("6(2)")
async def test_an_approval_waits_on_both_sides_and_each_is_told_where_the_other_published_it(pair):
    sent = await say(pair.kh, "sending-org.approval", APPROVAL)
    for node in (pair.jp, pair.kh):
        (item,) = await waiting(node)
        assert (item["action"], item["rule"], item["overdue"]) == ("published", "required", False)
    assert await shown(pair.jp) == {}
    await publish(pair.jp, sent, place=PLACE)
    await publish(pair.kh, sent, place="https://www.molvt.example/list")
    (at_home,) = await confirmations(pair.kh, sent["thread"])
    (abroad,) = await confirmations(pair.jp, sent["thread"])
    assert (at_home["action"], at_home["place"]) == ("published", PLACE)
    assert at_home["fields_published"] == ["/organisation", "/licence", "/approved_on", "/scope"]
    assert abroad["place"] == "https://www.molvt.example/list"
    assert (await pair.jp.desk.message(sent["id"]))["state"] == "answered"
    assert (await pair.kh.desk.thread(sent["thread"]))["state"] == "published"
    assert await waiting(pair.jp) == await waiting(pair.kh) == []


@pytest.mark.clause("5(6)")
async def test_a_measure_is_published_by_the_sending_side_alone(pair):
    sent = await say(pair.jp, "measure.notice", example("measure.notice"))
    assert await waiting(pair.jp) == []
    await publish(pair.kh, sent, place=PLACE)
    (told,) = await confirmations(pair.jp, sent["thread"])
    assert (told["action"], told["register"]) == ("published", "measures")
    (status, fields) = (await shown(pair.kh))["m-2026-017"]
    assert status == "ordered"
    assert set(fields["target"]) == {"name"}
    assert "details" not in fields


@pytest.mark.clause("6(3)")
async def test_a_revocation_shows_the_fact_and_nothing_else_of_the_organisation(pair):
    await publish(pair.jp, await say(pair.kh, "sending-org.approval", APPROVAL), place=PLACE)
    revoked = await say(pair.kh, "sending-org.revocation", REVOCATION)
    assert (await shown(pair.jp))["so-0045"][0] == "approved"
    await publish(pair.jp, revoked, place=PLACE)
    status, fields = (await shown(pair.jp))["so-0045"]
    assert status == "revoked"
    assert set(fields["organisation"]) == {"name"}
    assert set(fields) == {"organisation", "licence", "kind", "decided_on", "effective_on"}


async def test_a_reinstatement_brings_back_what_an_approval_showed(pair):
    of = {name: APPROVAL[name] for name in ("entry", "organisation", "licence")}
    for name in ("approval", "suspension", "reinstatement"):
        body = example(f"sending-org.{name}", **of)
        sent = await say(pair.kh, f"sending-org.{name}", body)
        await publish(pair.jp, sent, place=PLACE)
        if name == "suspension":
            assert "scope" not in (await shown(pair.jp))["so-0045"][1]
    status, fields = (await shown(pair.jp))["so-0045"]
    assert status == "approved"
    assert fields["scope"]["ssw"] is True
    assert fields["organisation"]["name"] == APPROVAL["organisation"]["name"]


async def test_what_a_change_no_longer_says_is_not_shown_any_more(pair):
    await publish(pair.jp, await say(pair.kh, "sending-org.approval", APPROVAL), place=PLACE)
    without_phone = {n: v for n, v in APPROVAL["organisation"].items() if n != "phone"}
    body = example("sending-org.change", organisation=without_phone)
    await publish(pair.jp, await say(pair.kh, "sending-org.change", body), place=PLACE)
    _, fields = (await shown(pair.jp))["so-0045"]
    assert "phone" not in fields["organisation"]
    assert fields["approved_on"] == APPROVAL["approved_on"]


async def test_the_order_of_messages_counts_and_not_that_of_their_publication(pair):
    approved = await say(pair.kh, "sending-org.approval", APPROVAL)
    revoked = await say(pair.kh, "sending-org.revocation", REVOCATION)
    await publish(pair.jp, revoked, place=PLACE)
    await publish(pair.jp, approved, place=PLACE)
    assert (await shown(pair.jp))["so-0045"][0] == "revoked"


async def test_a_correction_of_what_is_public_is_amended_and_names_its_version(pair):
    sent = await say(pair.kh, "sending-org.approval", APPROVAL)
    await publish(pair.jp, sent, place=PLACE)
    corrected = await correct(pair.kh, sent, APPROVAL | {"approved_on": "2026-02-02"})
    (item,) = await waiting(pair.jp)
    assert (item["action"], item["id"], item["place"]) == ("amended", corrected["id"], PLACE)
    await publish(pair.jp, sent)
    assert (await shown(pair.jp))["so-0045"][1]["approved_on"] == "2026-02-02"
    _, told = await confirmations(pair.kh, sent["thread"])
    assert (told["action"], told["version"]) == ("amended", corrected["header_digest"])


async def test_a_correction_that_names_another_entry_leaves_the_wrong_one_out(pair):
    sent = await say(pair.kh, "sending-org.approval", APPROVAL)
    await publish(pair.jp, sent, place=PLACE)
    await correct(pair.kh, sent, APPROVAL | {"entry": "so-0046"})
    await publish(pair.jp, sent)
    assert set(await shown(pair.jp)) == {"so-0046"}


async def test_a_correction_lets_nothing_go_of_the_entry_it_no_longer_speaks_of(pair):
    await say(pair.kh, "sending-org.approval", APPROVAL)
    await say(pair.kh, "sending-org.approval", another("so-0046"))
    body = example("sending-org.change")
    changed_one = await say(pair.kh, "sending-org.change", body)
    right = {name: another("so-0046")[name] for name in ("entry", "licence")}
    await correct(pair.kh, changed_one, body | right)
    ahead = await pair.jp.desk.publications.look(changed_one["id"])
    assert set(ahead["shows"]) == {"so-0046"}


async def test_what_a_later_message_marks_more_closely_is_not_kept_from_an_earlier_one(
    pair, monkeypatch
):
    await publish(pair.jp, await say(pair.kh, "sending-org.approval", APPROVAL), place=PLACE)
    later = await say(pair.kh, "sending-org.change", example("sending-org.change"))
    closer = Publishable(fields=("/changed_on",), closed=("/organisation/email",))
    monkeypatch.setattr("gateway.delivery.showing.publishable", lambda *_, **__: closer)
    await publish(pair.jp, later, place=PLACE)
    _, fields = (await shown(pair.jp))["so-0045"]
    assert set(fields["organisation"]) >= {"name", "kind"}
    assert "email" not in fields["organisation"]


async def test_a_correction_takes_the_place_of_what_waits(pair):
    sent = await say(pair.kh, "sending-org.approval", APPROVAL)
    await correct(pair.kh, sent, APPROVAL | {"approved_on": "2026-02-02"})
    assert await states(pair.jp) == [("published", "replaced"), ("published", "waiting")]
    await publish(pair.jp, sent, place=PLACE)
    assert (await shown(pair.jp))["so-0045"][1]["approved_on"] == "2026-02-02"


async def test_what_was_withdrawn_is_taken_down_without_anybody(pair, tmp_path):
    folder = open_site(pair.jp, tmp_path / "public")
    sent = await say(pair.kh, "sending-org.approval", APPROVAL)
    await publish(pair.jp, sent)
    page = folder / "kh-molvt" / "sending-orgs.html"
    assert "Mekong Example" in page.read_text("utf-8")
    await withdraw(pair.kh, sent)
    await pair.jp.desk.publications.go_on(NOBODY)
    assert await shown(pair.jp) == {}
    assert "Mekong Example" not in page.read_text("utf-8")
    assert (await states(pair.jp))[-1] == ("withdrawn", "done")


async def test_what_somebody_published_elsewhere_only_a_person_takes_down(pair):
    sent = await say(pair.kh, "sending-org.approval", APPROVAL)
    await publish(pair.jp, sent, place=PLACE)
    await withdraw(pair.kh, sent)
    await pair.jp.desk.publications.go_on(NOBODY)
    (item,) = await waiting(pair.jp)
    assert (item["action"], item["place"]) == ("withdrawn", PLACE)
    assert (await publish(pair.jp, sent))["state"] == "done"
    assert await shown(pair.jp) == {}


async def test_what_was_published_elsewhere_comes_off_our_page_and_nobody_is_told_before_a_person(
    pair, tmp_path
):
    folder = open_site(pair.jp, tmp_path / "public")
    sent = await say(pair.kh, "sending-org.approval", APPROVAL)
    await publish(pair.jp, sent, place=PLACE)
    await withdraw(pair.kh, sent)
    await pair.jp.desk.publications.go_on(NOBODY)
    await pair.jp.settled()
    page = folder / "kh-molvt" / "sending-orgs.html"
    assert "Mekong Example" not in page.read_text("utf-8")
    (item,) = await waiting(pair.jp)
    assert (item["action"], item["place"]) == ("withdrawn", PLACE)
    assert len(await confirmations(pair.kh, sent["thread"])) == 1
    done = await publish(pair.jp, sent)
    assert (done["state"], done["place"]) == ("done", PLACE)


async def test_a_refusal_takes_down_where_it_was_made_public(pair, tmp_path):
    open_site(pair.jp, tmp_path / "public")
    sent = await say(pair.kh, "sending-org.approval", APPROVAL)
    await publish(pair.jp, sent, place=PLACE)
    await correct(pair.kh, sent, APPROVAL | {"approved_on": "2026-02-02"})
    await pair.jp.desk.publications.refuse(sent["id"], "other", "We ask first.", OPERATOR)
    await pair.jp.settled()
    _, told = await confirmations(pair.kh, sent["thread"])
    assert (told["action"], told["place"]) == ("withdrawn", PLACE)


async def test_taking_one_message_back_shows_again_what_held_before_it(pair):
    await publish(pair.jp, await say(pair.kh, "sending-org.approval", APPROVAL), place=PLACE)
    revoked = await say(pair.kh, "sending-org.revocation", REVOCATION)
    await publish(pair.jp, revoked, place=PLACE)
    await withdraw(pair.kh, revoked)
    await publish(pair.jp, revoked)
    assert (await shown(pair.jp))["so-0045"][0] == "approved"


async def test_nothing_waits_of_what_was_withdrawn_before_it_was_public(pair):
    sent = await say(pair.kh, "sending-org.approval", APPROVAL)
    await withdraw(pair.kh, sent)
    assert await states(pair.jp) == [("published", "replaced")]
    with pytest.raises(ConflictError, match="has been decided"):
        await publish(pair.jp, sent, place=PLACE)


async def test_a_refusal_is_told_with_its_reason_and_nothing_is_public(pair):
    sent = await say(pair.kh, "sending-org.approval", APPROVAL)
    done = await pair.jp.desk.publications.refuse(sent["id"], "law", "A court forbids.", OPERATOR)
    assert (done["state"], done["action"]) == ("refused", "not-published")
    await pair.jp.settled()
    (told,) = await confirmations(pair.kh, sent["thread"])
    assert (told["action"], told["reason"]["code"]) == ("not-published", "law")
    assert (await pair.kh.desk.thread(sent["thread"]))["state"] == "declined"
    assert await shown(pair.jp) == {}


async def test_refusing_a_corrected_version_takes_the_wrong_one_down(pair):
    sent = await say(pair.kh, "sending-org.approval", APPROVAL)
    await publish(pair.jp, sent, place=PLACE)
    await correct(pair.kh, sent, APPROVAL | {"approved_on": "2026-02-02"})
    await pair.jp.desk.publications.refuse(sent["id"], "other", "We ask first.", OPERATOR)
    await pair.jp.settled()
    _, told = await confirmations(pair.kh, sent["thread"])
    assert (told["action"], told["reason"]["code"]) == ("withdrawn", "other")
    assert await shown(pair.jp) == {}


async def test_our_own_publication_is_refused_without_a_word_to_the_other_side(pair):
    sent = await say(pair.kh, "sending-org.approval", APPROVAL)
    done = await pair.kh.desk.publications.refuse(sent["id"], "other", "Not yet.", OPERATOR)
    assert (done["state"], done["confirmation"]) == ("refused", None)


async def test_a_reason_that_is_none_changes_nothing(pair):
    sent = await say(pair.kh, "sending-org.approval", APPROVAL)
    await pair.jp.desk.fetch(sent["id"], OFFICER)
    await pair.jp.settled()
    before = await rows(pair.jp)
    with pytest.raises(InvalidError) as caught:
        await pair.jp.desk.publications.refuse(sent["id"], "because", "No.", OPERATOR)
    assert caught.value.problems[0].where == "/reason/code"
    assert changed(before, await rows(pair.jp)) <= {"evidence", "chains"}
    assert await states(pair.jp) == [("published", "waiting")]


@pytest.mark.parametrize("is_public", [False, True])
async def test_a_reason_that_is_none_is_refused_where_nobody_is_told_too(pair, is_public):
    sent = await say(pair.kh, "sending-org.approval", APPROVAL)
    if is_public:
        await publish(pair.kh, sent, place=PLACE)
        await correct(pair.kh, sent, APPROVAL | {"approved_on": "2026-02-02"})
    before = await states(pair.kh)
    with pytest.raises(InvalidError) as caught:
        await pair.kh.desk.publications.refuse(sent["id"], "because", "No.", OPERATOR)
    assert caught.value.problems[0].where == "/reason/code"
    assert await states(pair.kh) == before


async def test_without_a_place_nothing_is_published(pair):
    sent = await say(pair.kh, "sending-org.approval", APPROVAL)
    before = await rows(pair.jp)
    with pytest.raises(InvalidError, match="nobody says where"):
        await publish(pair.jp, sent)
    with pytest.raises(InvalidError, match="no place"):
        await publish(pair.jp, sent, place="https://x.example/\x1b[2J")
    assert changed(before, await rows(pair.jp)) == set()


async def test_a_publication_is_decided_once(pair):
    sent = await say(pair.kh, "sending-org.approval", APPROVAL)
    await publish(pair.jp, sent, place=PLACE)
    with pytest.raises(ConflictError, match="was made public"):
        await publish(pair.jp, sent, place=PLACE)
    with pytest.raises(ConflictError, match="was made public"):
        await pair.jp.desk.publications.refuse(sent["id"], "law", "No.", OPERATOR)
    with pytest.raises(NotFoundError):
        await pair.jp.desk.publications.publish("no-such-message", OPERATOR, place=PLACE)


async def test_what_a_matter_takes_no_confirmation_of_is_not_made_public(pair):
    sent = await say(pair.kh, "sending-org.approval", APPROVAL)
    await pair.jp.desk.fetch(sent["id"], OFFICER)
    await pair.jp.desk.decline(sent["id"], "other", "Not ours.", OFFICER)
    with pytest.raises(ConflictError):
        await publish(pair.jp, sent, place=PLACE)
    assert await shown(pair.jp) == {}
    assert await states(pair.jp) == [("published", "waiting")]


async def test_what_waits_for_a_person_in_the_register_is_not_offered_for_publication(pair):
    await say(pair.kh, "sending-org.revocation", REVOCATION)
    for node in (pair.jp, pair.kh):
        assert await facts(node, "SELECT reason FROM register_deferred") != []
        assert await states(node) == []


async def test_the_evidence_says_who_let_what_be_read(pair):
    sent = await say(pair.kh, "sending-org.approval", APPROVAL)
    await publish(pair.jp, sent, place=PLACE)
    (row,) = await facts(pair.jp, "SELECT record FROM evidence WHERE fact = 'published'")
    record = json.loads(row["record"])
    assert (record["subject"], record["detail"]["uid"]) == (sent["id"], OPERATOR.uid)
    assert record["detail"]["fields"] == ["/organisation", "/licence", "/approved_on", "/scope"]
    assert record["detail"]["digest"].startswith("sha-256:")


async def test_nothing_but_the_public_fields_is_ever_written(pair, tmp_path):
    folder = open_site(pair.jp, tmp_path / "public")
    there = open_site(pair.kh, tmp_path / "public-kh")
    canary = {"en": "Canary of all grounds"}
    grounds = {"g1": {"code": "improper-activity", "text": canary}}
    contacts = {"so-0045": {name: CANARIES[name] for name in ("representative", "contact")}}
    public = ("organisation", "licence", "approved_on", "scope")
    entry = {name: APPROVAL[name] for name in public} | {"status": "approved"}
    bodies = [
        ("sending-org.approval", APPROVAL | CANARIES),
        ("sending-org.list", listed({"so-0045": entry}, "1", contacts=contacts)),
        ("sending-org.guidance", example("sending-org.guidance", matter=canary)),
        ("sending-org.revocation", REVOCATION | {"grounds": grounds}),
    ]
    for name, body in bodies:
        sent = await say(pair.kh, name, body)
        if name != "sending-org.guidance":
            await publish(pair.jp, sent)
    details = example("measure.notice", details=canary)
    await publish(pair.kh, await say(pair.jp, "measure.notice", details))
    files = [path for root in (folder, there) for path in root.rglob("*") if path.is_file()]
    assert len(files) == 6
    for path in files:
        text = path.read_text("utf-8")
        assert "anary" not in text, path
        assert "CANARY" not in text, path
        assert "999" not in text, path


async def test_a_list_is_published_whole_and_takes_away_what_it_leaves_out(pair):
    first = await say(pair.kh, "sending-org.list", listed(organisations(1, 2, 3), "1"))
    await publish(pair.jp, first, place=PLACE)
    assert set(await shown(pair.jp)) == {"so-1", "so-2", "so-3"}
    second = await say(pair.kh, "sending-org.list", listed(organisations(1, 4), "2"))
    ahead = await pair.jp.desk.publications.look(second["id"])
    assert (ahead["entries"], ahead["closes"], ahead["shows"]["so-2"]) == (3, 2, None)
    await publish(pair.jp, second, place=PLACE)
    assert set(await shown(pair.jp)) == {"so-1", "so-4"}


@pytest.mark.clause("6(3)")
async def test_an_approval_is_not_made_public_while_its_revocation_waits(pair):
    approved = await say(pair.kh, "sending-org.approval", APPROVAL)
    revoked = await say(pair.kh, "sending-org.revocation", REVOCATION)
    with pytest.raises(ConflictError, match="it is revoked by now") as caught:
        await publish(pair.jp, approved, place=PLACE)
    assert caught.value.hint.startswith(f"gateway publish {revoked['id'][:13]};")
    ahead = await pair.jp.desk.publications.look(approved["id"])
    assert (ahead["state"], ahead["shows"]) == ("waiting", None)
    assert "it is revoked by now" in ahead["hindrance"]
    assert await shown(pair.jp) == {}
    await publish(pair.jp, revoked, place=PLACE)
    ahead = await pair.jp.desk.publications.look(approved["id"])
    assert (ahead["hindrance"], ahead["statuses"]) == (None, {"so-0045": "revoked"})
    await publish(pair.jp, approved, place=PLACE)
    assert (await shown(pair.jp))["so-0045"][0] == "revoked"
    assert [each["action"] for each in await confirmations(pair.kh, approved["thread"])] == [
        "published"
    ]


async def test_a_suspension_is_over_once_a_reinstatement_waits(pair):
    await publish(pair.jp, await say(pair.kh, "sending-org.approval", APPROVAL), place=PLACE)
    same = {"entry": "so-0045", "licence": APPROVAL["licence"]}
    body = example("sending-org.suspension", **same)
    halted = await say(pair.kh, "sending-org.suspension", body)
    body = example("sending-org.reinstatement", **same)
    back = await say(pair.kh, "sending-org.reinstatement", body)
    with pytest.raises(ConflictError, match="it is approved by now"):
        await publish(pair.jp, halted, place=PLACE)
    await publish(pair.jp, back, place=PLACE)
    await publish(pair.jp, halted, place=PLACE)
    status, fields = (await shown(pair.jp))["so-0045"]
    assert (status, "scope" in fields) == ("approved", True)


async def test_an_approval_whose_revocation_stays_closed_can_only_stay_closed_too(pair):
    approved = await say(pair.kh, "sending-org.approval", APPROVAL)
    revoked = await say(pair.kh, "sending-org.revocation", REVOCATION)
    await pair.jp.desk.publications.refuse(revoked["id"], "law", "A court forbids.", OPERATOR)
    with pytest.raises(ConflictError, match="not made public") as caught:
        await publish(pair.jp, approved, place=PLACE)
    assert caught.value.hint.endswith("--refuse")
    done = await pair.jp.desk.publications.refuse(approved["id"], "law", "It ended.", OPERATOR)
    assert done["state"] == "refused"


async def test_what_goes_at_once_waits_without_an_alarm_for_what_must_be_public_first(
    pair, tmp_path
):
    open_site(pair.jp, tmp_path / "public")
    publish_at_once(pair.jp, "sending-org.approval")
    await say(pair.kh, "sending-org.approval", APPROVAL)
    revoked = await say(pair.kh, "sending-org.revocation", REVOCATION)
    await pair.jp.desk.publications.go_on(NOBODY)
    assert len(await waiting(pair.jp)) == 2
    assert await alarms(pair.jp) == []
    await publish(pair.jp, revoked)
    await pair.jp.desk.publications.go_on(NOBODY)
    assert await waiting(pair.jp) == []
    assert (await shown(pair.jp))["so-0045"][0] == "revoked"


async def test_a_list_leaves_out_what_is_over_by_now_and_not_public_yet(pair):
    first = await say(pair.kh, "sending-org.list", listed(organisations(1, 2), "1"))
    later = example("sending-org.revocation", entry="so-1", licence={"number": "TEST-1"})
    revoked = await say(pair.kh, "sending-org.revocation", later)
    await publish(pair.jp, first, place=PLACE)
    assert set(await shown(pair.jp)) == {"so-2"}
    await publish(pair.jp, revoked, place=PLACE)
    assert {name: each[0] for name, each in (await shown(pair.jp)).items()} == {
        "so-1": "revoked",
        "so-2": "approved",
    }


async def test_what_was_published_says_that_it_is_no_longer_shown(pair):
    approved = await say(pair.kh, "sending-org.approval", APPROVAL)
    await publish(pair.jp, approved, place=PLACE)
    assert (await pair.jp.desk.publications.look(approved["id"]))["is_gone"] is False
    revoked = await say(pair.kh, "sending-org.revocation", REVOCATION)
    await publish(pair.jp, revoked, place=PLACE)
    page = await pair.jp.desk.publications.page()
    assert [item["is_gone"] for item in page["items"]] == [False, True]


async def test_publications_with_a_peer_there_is_not_are_not_an_empty_list(pair):
    with pytest.raises(NotFoundError, match="kh/molvt"):
        await pair.jp.desk.publications.page(peer="kh/unknown")


async def test_a_list_lets_nothing_go_that_a_later_message_says(pair):
    first = await say(pair.kh, "sending-org.list", listed(organisations(1, 2), "1"))
    pair.clock.now -= 60
    later = example("sending-org.revocation", entry="so-1", licence={"number": "TEST-1"})
    await say(pair.kh, "sending-org.revocation", later)
    await publish(pair.jp, first, place=PLACE)
    assert set(await shown(pair.jp)) == {"so-2"}


async def test_changes_to_a_list_take_away_only_what_they_name(pair):
    first = await say(pair.kh, "sending-org.list", listed(organisations(1, 2, 3), "1"))
    await publish(pair.jp, first, place=PLACE)
    whole = organisations(1, 3, 4)
    said = organisations(4) | {"so-2": None}
    delta = await say(pair.kh, "sending-org.list", listed(said, "2", base="1", whole=whole))
    await publish(pair.jp, delta, place=PLACE)
    assert set(await shown(pair.jp)) == {"so-1", "so-3", "so-4"}


async def test_a_list_that_a_newer_one_replaces_lapses_and_leads_to_that_one(pair):
    first = await say(pair.kh, "sending-org.list", listed(organisations(1, 2), "1"))
    second = await say(pair.kh, "sending-org.list", listed(organisations(1, 3), "2"))
    assert await states(pair.jp) == [("published", "replaced"), ("published", "waiting")]
    with pytest.raises(ConflictError, match="was replaced by") as caught:
        await publish(pair.jp, first, place=PLACE)
    assert caught.value.hint == f"publish that one: gateway publish {second['short']}"
    assert await shown(pair.jp) == {}
    await publish(pair.jp, second, place=PLACE)
    with pytest.raises(ConflictError, match="was replaced by") as caught:
        await publish(pair.jp, first, place=PLACE)
    assert caught.value.hint == "gateway publications"
    assert set(await shown(pair.jp)) == {"so-1", "so-3"}


async def test_a_confirmation_that_never_counted_lets_no_replaced_list_wait_again(pair):
    first = await say(pair.kh, "sending-org.list", listed(organisations(1, 2), "1"))
    await pair.jp.desk.fetch(first["id"], OFFICER)
    await pair.jp.settled()
    await pair.jp.stop()
    done = await pair.jp.desk.publications.publish(first["id"], OPERATOR, place=PLACE)
    await say(pair.kh, "sending-org.list", listed(organisations(1, 3), "2"))
    await pair.jp.desk.queue.cancel(done["confirmation"], OFFICER)
    assert (await states(pair.jp))[0][1] == "replaced"


async def test_changes_to_a_list_wait_until_that_list_is_public(pair, tmp_path):
    open_site(pair.jp, tmp_path / "public")
    first = await say(pair.kh, "sending-org.list", listed(organisations(1, 2), "1"))
    whole = organisations(1, 2, 3)
    body = listed(organisations(3), "2", base="1", whole=whole)
    delta = await say(pair.kh, "sending-org.list", body)
    with pytest.raises(ConflictError, match="goes on from a list that waits too") as caught:
        await publish(pair.jp, delta)
    assert caught.value.hint == f"gateway publish {first['short']}; then this one"
    await publish(pair.jp, first)
    await publish(pair.jp, delta)
    assert set(await shown(pair.jp)) == set(whole)


async def test_a_page_names_the_list_that_it_shows_and_the_day_it_is_of(pair):
    async def heading():
        ((version, day, number),) = [
            (each.version, each.day, len(each.entries)) for each in await pages(pair.jp)
        ]
        return version, day, number

    said = listed(organisations(1, 2), "1")
    await publish(pair.jp, await say(pair.kh, "sending-org.list", said), place=PLACE)
    assert await heading() == ("1", "2026-09-20", 2)
    # Nothing but its name and its day is new.
    again = await say(pair.kh, "sending-org.list", said | {"list_version": "2"})
    assert await heading() == ("1", "2026-09-20", 2)
    ahead = await pair.jp.desk.publications.look(again["id"])
    assert (ahead["entries"], ahead["shows"]) == (0, {})
    await publish(pair.jp, again, place=PLACE)
    assert await heading() == ("2", "2026-09-20", 2)
    pair.clock.now += 2 * 86_400
    later = example("sending-org.revocation", entry="so-1", licence={"number": "TEST-1"})
    revoked = await say(pair.kh, "sending-org.revocation", later)
    await publish(pair.jp, revoked, place=PLACE)
    assert await heading() == ("2", revoked["created"][:10], 2)


async def test_a_list_in_parts_waits_for_all_of_them(pair):
    whole = organisations(1, 2)
    head = listed(organisations(1), "1", whole=whole, parts=2)
    first = await say(pair.kh, "sending-org.list", head)
    assert await states(pair.jp) == []
    part = {"part": 2, "entries": organisations(2)}
    await say(pair.kh, "list.part", part, in_reply_to=first["id"])
    for node in (pair.jp, pair.kh):
        assert [item["id"] for item in await waiting(node)] == [first["id"]]
    await publish(pair.jp, first, place=PLACE)
    assert set(await shown(pair.jp)) == {"so-1", "so-2"}


async def test_what_the_configuration_names_waits_for_nobody(pair, tmp_path):
    open_site(pair.jp, tmp_path / "public")
    publish_at_once(pair.jp, "sending-org.approval")
    sent = await say(pair.kh, "sending-org.approval", APPROVAL)
    await pair.jp.desk.publications.go_on(NOBODY)
    await pair.jp.settled()
    assert "so-0045" in await shown(pair.jp)
    (told,) = await confirmations(pair.kh, sent["thread"])
    assert told["place"] == PAGE
    await say(pair.kh, "sending-org.revocation", REVOCATION)
    await pair.jp.desk.publications.go_on(NOBODY)
    assert [item["type"] for item in await waiting(pair.jp)] == ["sending-org.revocation"]


@pytest.mark.parametrize(("left", "goes"), [(19, True), (18, False)])
async def test_a_list_that_takes_away_more_than_one_in_twenty_waits_all_the_same(
    pair, tmp_path, left, goes
):
    open_site(pair.jp, tmp_path / "public")
    publish_at_once(pair.jp, "sending-org.list")
    for version, last in (("1", 20), ("2", left)):
        body = listed(organisations(*range(1, last + 1)), version)
        await say(pair.kh, "sending-org.list", body)
        await pair.jp.desk.publications.go_on(NOBODY)
    assert len(await shown(pair.jp)) == (left if goes else 20)
    assert [item["remark"] for item in await waiting(pair.jp)] == ([] if goes else ["removes-many"])
    assert await alarms(pair.jp) == ([] if goes else ["publication-held"])
    # It is asked about once, however often the store changes.
    await pair.jp.desk.publications.go_on(NOBODY)
    assert len(await facts(pair.jp, "SELECT * FROM alarms WHERE count > 1")) == 0


@pytest.mark.parametrize("point", ["publication.decided", "publication.written"])
async def test_after_a_crash_the_other_side_is_told_once(pair, tmp_path, point):
    class DeadError(Exception):
        pass

    def fail_at(name):
        if name == point:
            raise DeadError

    open_site(pair.jp, tmp_path / "public")
    sent = await say(pair.kh, "sending-org.approval", APPROVAL)
    ports = pair.jp.desk.publications._ports
    object.__setattr__(ports, "fail_at", fail_at)
    with pytest.raises(DeadError):
        await publish(pair.jp, sent)
    assert await states(pair.jp) == [("published", "decided")]
    object.__setattr__(ports, "fail_at", lambda name: None)
    for _ in range(2):
        await pair.jp.desk.publications.go_on(NOBODY)
    await pair.jp.settled()
    assert len(await confirmations(pair.kh, sent["thread"])) == 1
    assert await states(pair.jp) == [("published", "done")]


async def test_nobody_is_told_of_pages_that_could_not_be_written(pair, tmp_path):
    folder = open_site(pair.jp, tmp_path / "public")
    folder.mkdir()
    (folder / "kh-molvt").write_text("in the way")
    sent = await say(pair.kh, "sending-org.approval", APPROVAL)
    with pytest.raises(OSError, match="kh-molvt"):
        await publish(pair.jp, sent)
    assert await confirmations(pair.kh, sent["thread"]) == []
    (folder / "kh-molvt").unlink()
    await pair.jp.desk.publications.go_on(NOBODY)
    await pair.jp.settled()
    assert len(await confirmations(pair.kh, sent["thread"])) == 1


async def test_a_page_that_cannot_be_written_holds_up_no_other(pair, tmp_path):
    folder = open_site(pair.kh, tmp_path / "public")
    mine = await say(pair.kh, "sending-org.approval", APPROVAL)
    theirs = await say(pair.jp, "measure.notice", example("measure.notice"))
    (folder / "jp-isa").mkdir(parents=True)
    (folder / "jp-isa" / "sending-orgs.html").mkdir()
    publish_at_once(pair.kh, "sending-org.approval", "measure.notice")
    with pytest.raises(OSError, match="sending-orgs"):
        await pair.kh.desk.publications.go_on(NOBODY)
    found = (await pair.kh.desk.publications.page())["items"]
    assert {item["id"]: item["state"] for item in found} == {
        mine["id"]: "decided",
        theirs["id"]: "done",
    }


async def test_what_may_be_published_and_need_not_is_never_late(pair):
    body = example("measure.notice", type="registration-cancellation")
    await say(pair.jp, "measure.notice", body)
    (item,) = await waiting(pair.kh)
    assert (item["rule"], item["due"]) == ("permitted", None)
    await say(pair.kh, "sending-org.approval", APPROVAL)
    await say(pair.kh, "sending-org.revocation", REVOCATION)
    item, *_ = await waiting(pair.kh)
    assert (item["direction"], item["rule"], item["due"]) == ("out", "permitted", None)


async def test_a_corrected_page_has_its_own_time(pair):
    sent = await say(pair.kh, "sending-org.approval", APPROVAL)
    await publish(pair.jp, sent, place=PLACE)
    pair.clock.now += 30 * 86_400
    await correct(pair.kh, sent, APPROVAL | {"approved_on": "2026-02-02"})
    (item,) = await waiting(pair.jp)
    assert item["due"] > item["noted"]
    assert not item["overdue"]


async def test_what_is_not_to_be_public_any_more_is_taken_down(pair, monkeypatch):
    sent = await say(pair.kh, "sending-org.approval", APPROVAL)
    await publish(pair.jp, sent, place=PLACE)
    monkeypatch.setattr("gateway.delivery.publishing._rule", lambda *_: PublishRule.NONE)
    await correct(pair.kh, sent, APPROVAL | {"approved_on": "2026-02-02"})
    (item,) = await waiting(pair.jp)
    assert item["action"] == "withdrawn"
    await publish(pair.jp, sent)
    assert await shown(pair.jp) == {}


async def test_a_confirmation_that_somebody_writes_by_hand_ends_the_waiting(pair):
    sent = await say(pair.kh, "sending-org.approval", APPROVAL)
    await pair.jp.desk.fetch(sent["id"], OFFICER)
    body = example("publication.confirm", place="Official Gazette, 1 October 2026")
    told = await say(pair.jp, "publication.confirm", body, in_reply_to=sent["id"])
    (item,) = (await pair.jp.desk.publications.page())["items"]
    assert (item["state"], item["place"]) == ("done", "Official Gazette, 1 October 2026")
    assert item["confirmation"] == told["id"]
    other = await say(pair.kh, "sending-org.approval", another("so-0046"))
    await pair.jp.desk.fetch(other["id"], OFFICER)
    reason = {"code": "law", "text": {"en": "A court forbids."}}
    body = {"action": "not-published", "register": "sending-orgs", "reason": reason}
    await say(pair.jp, "publication.confirm", body, in_reply_to=other["id"])
    assert (await states(pair.jp))[-1] == ("not-published", "refused")


async def test_what_should_be_public_by_now_is_overdue(pair):
    await say(pair.kh, "sending-org.approval", APPROVAL)
    page = pair.jp.desk.publications.page
    assert (await page(overdue=True))["items"] == []
    pair.clock.now += 20 * 86_400
    (item,) = (await page(overdue=True))["items"]
    assert item["overdue"]
    (kept,) = (await page(overdue=True, peer="kh/molvt"))["items"]
    assert kept["overdue"] is True


async def test_a_list_of_publications_goes_page_by_page(pair):
    for number in range(3):
        await say(pair.kh, "sending-org.approval", another(f"so-{number}"))
    page = pair.jp.desk.publications.page
    first = await page(limit=2)
    rest = await page(limit=2, after=first["next"])
    found = [item["seq"] for item in (*first["items"], *rest["items"])]
    assert found == sorted(found, reverse=True)
    assert (len(found), rest["next"]) == (3, None)


async def test_content_that_was_erased_is_not_published(pair):
    sent = await say(pair.kh, "sending-org.approval", APPROVAL)
    await pair.jp.store.write(
        lambda tx: tx._database.execute("UPDATE messages SET content = NULL, content_key = NULL")
    )
    with pytest.raises(NotFoundError, match="erased"):
        await publish(pair.jp, sent, place=PLACE)
    assert await shown(pair.jp) == {}


async def test_what_its_marking_closes_is_refused_and_recorded(pair, monkeypatch):
    sent = await say(pair.kh, "sending-org.approval", APPROVAL)

    def closed(*_, **__):
        raise NotPublicError(None)

    monkeypatch.setattr("gateway.delivery.showing.publishable", closed)
    with pytest.raises(NotPublicError):
        await publish(pair.jp, sent, place=PLACE)
    found = await facts(pair.jp, "SELECT record FROM evidence WHERE fact = 'release-refused'")
    assert [json.loads(row["record"])["detail"]["action"] for row in found] == ["publish"]
    assert await states(pair.jp) == [("published", "waiting")]
