"""What is left on a page once a message was taken back, corrected, or never counted."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.catalogue import Register
from gateway.delivery.showing import joined
from gateway.desk import Draft
from tests.nodes import OFFICER, Pair, facts, two_nodes
from tests.publishing import (
    NOBODY,
    OPERATOR,
    confirmations,
    correct,
    example,
    listed,
    open_site,
    organisations,
    say,
    shown,
    states,
    withdraw,
)
from tests.registering import standing

APPROVAL = example("sending-org.approval")
PLACE = "https://www.ministry.example/list.html"
ORGS = Register.SENDING_ORGS


def of_entry(name, **changes):
    """Return a body about the organisation of the approval."""
    about = {"entry": "so-0045", "licence": APPROVAL["licence"]} | changes
    return example(f"sending-org.{name}", **about)


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    async with two_nodes(tmp_path) as pair:
        yield pair


async def publish(node, view):
    done = await node.desk.publications.publish(view["id"], OPERATOR, place=PLACE)
    await node.settled()
    return done


async def public(pair, name, body):
    """Let the other side say something and make it public."""
    view = await say(pair.kh, f"sending-org.{name}", body)
    await publish(pair.jp, view)
    return view


async def only(node):
    """Return status and fields of the one entry that everybody may read."""
    (found,) = (await shown(node)).values()
    return found


async def confirm_by_hand(pair, view, **body):
    """Queue a confirmation that never leaves."""
    await pair.jp.desk.fetch(view["id"], OFFICER)
    await pair.jp.settled()
    await pair.jp.stop()
    said = {"action": "published", "register": "sending-orgs", "place": PLACE}
    said |= {"at": "2026-09-21T14:20:00Z"} | body
    draft = {"type": "publication.confirm", "in_reply_to": view["id"], "body": said}
    return await pair.jp.desk.send(Draft.from_json(draft), OFFICER)


async def test_what_followed_a_withdrawn_message_keeps_nothing_of_its_status(pair):
    await public(pair, "approval", APPROVAL)
    halted = await public(pair, "suspension", of_entry("suspension"))
    await public(pair, "change", of_entry("change"))
    assert (await only(pair.jp))[0] == "suspended"
    await withdraw(pair.kh, halted)
    assert (await only(pair.jp))[0] == "suspended"
    await publish(pair.jp, halted)
    status, fields = await only(pair.jp)
    assert (status, fields["changed_on"]) == ("approved", of_entry("change")["changed_on"])
    assert fields["scope"] == APPROVAL["scope"]


async def test_a_correction_does_not_keep_the_status_of_a_withdrawn_revocation(pair):
    approved = await public(pair, "approval", APPROVAL)
    revoked = await public(pair, "revocation", of_entry("revocation"))
    corrected = APPROVAL | {"approved_on": "2026-02-02"}
    await publish(pair.jp, await correct(pair.kh, approved, corrected))
    assert (await only(pair.jp))[0] == "revoked"
    await withdraw(pair.kh, revoked)
    await publish(pair.jp, revoked)
    status, fields = await only(pair.jp)
    assert (status, fields["approved_on"]) == ("approved", "2026-02-02")
    assert "decided_on" not in fields


async def test_nothing_of_a_withdrawn_approval_is_left_by_a_later_change(pair, tmp_path):
    folder = open_site(pair.jp, tmp_path / "public")
    approved = await public(pair, "approval", APPROVAL)
    await public(pair, "change", of_entry("change"))
    assert (await only(pair.jp))[1]["approved_on"] == APPROVAL["approved_on"]
    await withdraw(pair.kh, approved)
    await pair.jp.desk.publications.go_on(NOBODY)
    assert await standing(pair.jp, ORGS) == await shown(pair.jp) == {}
    assert "Mekong" not in "".join(path.read_text() for path in folder.rglob("*.html"))


async def test_what_a_correction_says_no_more_is_not_left_by_a_later_message(pair):
    approved = await public(pair, "approval", APPROVAL)
    await public(pair, "change", of_entry("change", licence={"number": "TEST-045"}))
    licence = APPROVAL["licence"] | {"expires_on": "2028-12-31"}
    await publish(pair.jp, await correct(pair.kh, approved, APPROVAL | {"licence": licence}))
    _, fields = await only(pair.jp)
    assert fields["licence"].get("expires_on") != APPROVAL["licence"]["expires_on"]


async def test_pages_follow_what_was_withdrawn_before_it_was_public_itself(pair, tmp_path):
    folder = open_site(pair.jp, tmp_path / "public")
    await public(pair, "approval", APPROVAL)
    halted = await say(pair.kh, "sending-org.suspension", of_entry("suspension"))
    await public(pair, "change", of_entry("change"))
    assert (await only(pair.jp))[0] == "suspended"
    (page,) = folder.rglob("*.json")
    assert '"suspended"' in page.read_text()
    await withdraw(pair.kh, halted)
    assert (await only(pair.jp))[0] == "approved"
    await pair.jp.desk.publications.go_on(NOBODY)
    assert '"suspended"' not in page.read_text()
    # What stands there already is not written again.
    page.unlink()
    await pair.jp.desk.publications.go_on(NOBODY)
    assert not page.exists()


async def test_a_list_keeps_no_status_that_was_withdrawn_after_it(pair):
    whole = organisations(1, 2)
    await public(pair, "list", listed(whole, "1"))
    number = {"entry": "so-1", "licence": whole["so-1"]["licence"]}
    halted = await public(pair, "suspension", example("sending-org.suspension", **number))
    said = organisations(1, 2)
    said["so-1"]["status"] = "suspended"
    said["so-1"]["approved_on"] = "2026-01-06"
    await public(pair, "list", listed(said, "2"))
    assert (await shown(pair.jp))["so-1"][0] == "suspended"
    await withdraw(pair.kh, halted)
    await publish(pair.jp, halted)
    status, fields = (await shown(pair.jp))["so-1"]
    assert status == (await standing(pair.jp, ORGS))["so-1"]
    assert fields["approved_on"] == "2026-01-06"


async def test_of_erased_content_no_more_is_shown_than_before(pair):
    await public(pair, "approval", APPROVAL)
    halted = await public(pair, "suspension", of_entry("suspension"))
    await public(pair, "change", of_entry("change"))
    before = (await only(pair.jp))[1]
    await pair.jp.store.write(
        lambda tx: tx._database.execute(
            "UPDATE messages SET content = NULL, content_key = NULL"
            " WHERE type = 'sending-org.change'"
        )
    )
    await withdraw(pair.kh, halted)
    await publish(pair.jp, halted)
    status, fields = await only(pair.jp)
    assert status == "approved"
    assert joined(before, fields) == before


async def test_a_revocation_that_a_person_applies_later_is_shown_over_the_approval(pair):
    revoked = await say(pair.kh, "sending-org.revocation", of_entry("revocation"))
    await public(pair, "approval", APPROVAL)
    decide = pair.jp.desk.registers.decide
    await decide(revoked["id"], apply=True, reason="It holds.", actor=OPERATOR)
    await publish(pair.jp, revoked)
    assert (await only(pair.jp))[0] == "revoked"
    (*_, told) = await confirmations(pair.kh, revoked["thread"])
    assert told["action"] == "published"


async def test_a_confirmation_by_hand_that_never_leaves_lets_somebody_decide_anew(pair):
    approved = await say(pair.kh, "sending-org.approval", APPROVAL)
    queued = await confirm_by_hand(pair, approved)
    assert await states(pair.jp) == [("published", "done")]
    await pair.jp.desk.queue.cancel(queued["id"], OFFICER)
    (item,) = (await pair.jp.desk.publications.page())["items"]
    assert (item["state"], item["remark"], item["confirmation"]) == ("waiting", "not-told", None)
    await pair.jp.start()
    await publish(pair.jp, approved)
    assert (await only(pair.jp))[0] == "approved"
    assert len(await confirmations(pair.kh, approved["thread"])) == 1


async def test_what_a_confirmation_by_hand_closed_is_shown_again_if_it_never_leaves(pair):
    approved = await public(pair, "approval", APPROVAL)
    corrected = await correct(pair.kh, approved, APPROVAL | {"approved_on": "2026-02-02"})
    queued = await confirm_by_hand(pair, corrected, action="amended")
    assert await shown(pair.jp) == {}
    await pair.jp.desk.queue.cancel(queued["id"], OFFICER)
    assert (await only(pair.jp))[1]["approved_on"] == APPROVAL["approved_on"]
    assert await states(pair.jp) == [("published", "done"), ("amended", "waiting")]


async def test_a_publication_whose_word_never_leaves_stays_public_and_is_told_anew(pair):
    approved = await say(pair.kh, "sending-org.approval", APPROVAL)
    await pair.jp.desk.fetch(approved["id"], OFFICER)
    await pair.jp.settled()
    await pair.jp.stop()
    done = await pair.jp.desk.publications.publish(approved["id"], OPERATOR, place=PLACE)
    await pair.jp.desk.queue.cancel(done["confirmation"], OFFICER)
    assert await states(pair.jp) == [("amended", "waiting")]
    assert (await only(pair.jp))[0] == "approved"
    await pair.jp.start()
    again = await publish(pair.jp, approved)
    assert again["confirmation"] not in (None, done["confirmation"])
    assert len(await confirmations(pair.kh, approved["thread"])) == 1


async def test_a_word_that_came_back_before_its_name_was_kept_is_no_word(pair):
    approved = await say(pair.kh, "sending-org.approval", APPROVAL)
    await pair.jp.desk.fetch(approved["id"], OFFICER)
    await pair.jp.settled()
    await pair.jp.stop()
    done = await pair.jp.desk.publications.publish(approved["id"], OPERATOR, place=PLACE)
    await pair.jp.store.write(
        lambda tx: tx._database.execute(
            "UPDATE publications SET state = 'decided', confirmation = NULL"
        )
    )
    await pair.jp.desk.queue.cancel(done["confirmation"], OFFICER)
    assert await states(pair.jp) == [("published", "decided")]
    await pair.jp.desk.publications.go_on(NOBODY)
    assert await states(pair.jp) == [("amended", "waiting")]


async def test_what_was_taken_down_stays_down_if_the_word_of_it_never_leaves(pair):
    approved = await public(pair, "approval", APPROVAL)
    corrected = await correct(pair.kh, approved, APPROVAL | {"approved_on": "2026-02-02"})
    await pair.jp.desk.fetch(corrected["id"], OFFICER)
    await pair.jp.settled()
    await pair.jp.stop()
    refuse = pair.jp.desk.publications.refuse
    done = await refuse(approved["id"], "other", "We ask first.", OPERATOR)
    await pair.jp.desk.queue.cancel(done["confirmation"], OFFICER)
    assert await shown(pair.jp) == {}
    assert (await states(pair.jp))[-1] == ("withdrawn", "waiting")


async def test_what_its_sender_has_withdrawn_meanwhile_is_not_shown_again(pair):
    approved = await public(pair, "approval", APPROVAL)
    corrected = await correct(pair.kh, approved, APPROVAL | {"approved_on": "2026-02-02"})
    queued = await confirm_by_hand(pair, corrected, action="amended")
    said = {"reason": {"en": "It was said by mistake."}}
    draft = {"type": "withdrawal", "in_reply_to": approved["id"], "body": said}
    await pair.kh.desk.send(Draft.from_json(draft), OFFICER)
    await pair.kh.settled()
    await pair.jp.desk.queue.cancel(queued["id"], OFFICER)
    assert await shown(pair.jp) == {}
    assert (await states(pair.jp))[-1] == ("published", "replaced")


async def test_why_a_publication_was_refused_lies_nowhere_in_clear(pair):
    approved = await say(pair.kh, "sending-org.approval", APPROVAL)
    refuse = pair.jp.desk.publications.refuse
    done = await refuse(approved["id"], "law", "CANARY: a court forbids.", OPERATOR)
    assert done["reason"] == {"code": "law"}
    (row,) = await facts(pair.jp, "SELECT reason, reason_text FROM publications")
    assert (row["reason"], row["reason_text"]) == ("law", None)
    (message,) = await facts(
        pair.jp, "SELECT marking, content_key FROM messages WHERE type = 'publication.confirm'"
    )
    assert (message["marking"], message["content_key"] is None) == ("confidential", False)


async def test_why_our_own_publication_was_refused_is_kept_sealed(pair):
    approved = await say(pair.kh, "sending-org.approval", APPROVAL)
    refuse = pair.kh.desk.publications.refuse
    done = await refuse(approved["id"], "other", "CANARY: not yet.", OPERATOR)
    assert done["reason"]["text"] == {"en": "CANARY: not yet."}
    (row,) = await facts(pair.kh, "SELECT * FROM publications")
    assert row["reason"] == "other"
    assert b"CANARY" not in row["reason_text"]
