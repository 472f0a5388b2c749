"""Making public by consent what the marking of a message keeps closed."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.catalogue import Level
from gateway.desk.marking import Wanted
from gateway.envelope import times
from gateway.policy.publishing import NotPublicError
from gateway.store import meta
from tests.consenting import granted, named, terms
from tests.nodes import OFFICER, START, Node, Pair, facts, two_nodes
from tests.publishing import (
    NOBODY,
    OPERATOR,
    PAGE,
    confirmations,
    example,
    listed,
    open_site,
    organisations,
    publish_at_once,
    say,
    shown,
    states,
)

View = dict[str, Any]

APPROVAL = example("sending-org.approval")
PLACE = "https://www.ministry.example/list.html"
UNPUBLISHED = Wanted(level=Level.CONFIDENTIAL, is_unpublished=True, reason="tightened")


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    async with two_nodes(tmp_path) as pair:
        yield pair


async def closed(pair: Pair, type_name: str, body: Mapping[str, Any]) -> View:
    """Let Cambodia say something of which nothing is to be made public."""
    sent = await say(pair.kh, type_name, dict(body))
    change = await pair.kh.desk.marking.mark(sent["id"], UNPUBLISHED, OFFICER)
    await pair.kh.desk.wait(change["id"], "received", 20)
    pair.kh.clock.now += 60
    return sent


async def offer(
    pair: Pair, message: View, *pointers: str, place: str = PLACE, **changes: Any
) -> View:
    """Let Cambodia consent to the publication of a message at a place."""
    epoch = (await pair.jp.store.read(meta.load)).epoch
    wanted: dict[str, Any] = {
        "recipients": None,
        "publication": {"register": "sending-orgs", "medium": place},
        "purpose": {"code": "publication", "text": {"en": "To tell applicants."}},
        "uses": 1,
        "epoch": epoch,
    }
    said = terms("kh/molvt", "jp/isa", named(message, *pointers), **(wanted | changes))
    return await say(pair.kh, "consent.offer", granted(pair.kh.keys, said))


async def revoke(pair: Pair, view: View) -> None:
    (row,) = await facts(
        pair.kh,
        "SELECT c.consent_id FROM consents AS c JOIN messages AS m ON m.seq = c.seq WHERE m.id = ?",
        view["id"],
    )
    body = {"consent_id": row["consent_id"], "reason": "other"}
    await say(pair.kh, "consent.revoke", body, in_reply_to=view["id"])


async def publish(pair: Pair, view: View, place: str | None = PLACE) -> View:
    done: View = await pair.jp.desk.publications.publish(view["id"], OPERATOR, place=place)
    await pair.jp.settled()
    return done


async def ledger(node: Node) -> list[tuple[str, str, str | None]]:
    """Return reason, state and consent of each decision to make public, the oldest first."""
    rows = await facts(
        node,
        "SELECT d.reason, d.state, u.consent_id FROM shown_disclosures AS d "
        "LEFT JOIN disclosure_uses AS u ON u.ledger = d.seq WHERE d.action = 'publish' "
        "ORDER BY d.seq",
    )
    return [(row["reason"], row["state"], row["consent_id"]) for row in rows]


async def test_what_a_marking_closes_is_public_by_consent_and_uses_it(pair: Pair) -> None:
    sent = await closed(pair, "sending-org.approval", APPROVAL)
    assert await states(pair.jp) == [("published", "replaced")]
    await offer(pair, sent, "/licence")
    (item,) = (await pair.jp.desk.publications.page(waiting=True))["items"]
    assert item["remark"] == "consented"
    preview = await pair.jp.desk.publications.look(sent["id"])
    assert preview["fields"] == ["/licence"]
    await publish(pair, sent)
    assert (await shown(pair.jp))["so-0045"] == ("approved", {"licence": APPROVAL["licence"]})
    ((reason, state, consent),) = await ledger(pair.jp)
    assert (reason, state) == ("consent", "transmitted")
    (kept,) = await facts(pair.jp, "SELECT consent_id FROM consents")
    assert consent == kept["consent_id"]
    (told,) = await confirmations(pair.kh, sent["thread"])
    assert told["fields_published"] == ["/licence"]


async def test_a_consent_to_a_publication_elsewhere_is_none_to_this_one(pair: Pair) -> None:
    sent = await closed(pair, "sending-org.approval", APPROVAL)
    await offer(pair, sent, "/licence")
    with pytest.raises(NotPublicError, match="consent-other-recipient"):
        await publish(pair, sent, "Official Gazette, 11 May 2026")
    assert await shown(pair.jp) == {}
    assert await ledger(pair.jp) == [("consent-other-recipient", "refused", None)]
    await publish(pair, sent)
    assert (await ledger(pair.jp))[1][:2] == ("consent", "transmitted")


async def test_what_was_public_by_a_revoked_consent_is_taken_down_and_stays_in_the_ledger(
    pair: Pair, tmp_path: Path
) -> None:
    folder = open_site(pair.jp, tmp_path / "public")
    sent = await closed(pair, "sending-org.approval", APPROVAL)
    view = await offer(pair, sent, "/organisation/name", place=PAGE)
    await publish(pair, sent, None)
    assert "Mekong" in "".join(path.read_text() for path in folder.rglob("*.html"))
    await revoke(pair, view)
    await pair.jp.desk.publications.go_on(NOBODY)
    assert await shown(pair.jp) == {}
    assert "Mekong" not in "".join(path.read_text() for path in folder.rglob("*.html"))
    assert await states(pair.jp) == [("withdrawn", "done")]
    assert (await ledger(pair.jp))[0][0] == "consent"
    (stopped,) = await facts(pair.jp, "SELECT reason FROM disclosure_steps WHERE step = 'stopped'")
    assert stopped["reason"] == "consent-revoked"


async def test_what_was_public_by_a_consent_comes_down_when_its_time_is_over(pair: Pair) -> None:
    sent = await closed(pair, "sending-org.approval", APPROVAL)
    until = {"not_before": times.text(START - 60), "not_after": times.text(START + 3_600)}
    await offer(pair, sent, "/licence", validity=until)
    await publish(pair, sent)
    await pair.jp.desk.publications.go_on(NOBODY)
    assert await shown(pair.jp) != {}, "its own last use does not end it"
    pair.jp.clock.now = START + 3_600
    await pair.jp.desk.publications.go_on(NOBODY)
    assert await shown(pair.jp) == {}
    assert await states(pair.jp) == [("withdrawn", "waiting")], "only a person takes it down there"


async def test_what_the_marking_opens_stays_when_a_consent_to_more_ends(pair: Pair) -> None:
    sent = await say(pair.kh, "sending-org.approval", APPROVAL)
    await publish(pair, sent)
    rows = await ledger(pair.jp)
    view = await offer(pair, sent, "/licence")
    await revoke(pair, view)
    await pair.jp.desk.publications.go_on(NOBODY)
    assert "licence" in (await shown(pair.jp))["so-0045"][1]
    assert await ledger(pair.jp) == rows
    assert rows == [("public", "transmitted", None)]


async def test_a_used_consent_publishes_nothing_again(pair: Pair) -> None:
    first = await closed(pair, "sending-org.approval", APPROVAL)
    await offer(pair, first, "/licence")
    await publish(pair, first)
    body = {"reason": {"en": "A slip."}, "body": APPROVAL | {"approved_on": "2026-02-02"}}
    await say(pair.kh, "correction", body, in_reply_to=first["id"])
    await pair.jp.desk.publications.go_on(NOBODY)
    uses = await facts(pair.jp, "SELECT count(*) AS count FROM disclosure_uses")
    assert uses[0]["count"] == 1


async def test_a_consent_is_used_by_a_person_and_not_by_the_configuration(
    pair: Pair, tmp_path: Path
) -> None:
    open_site(pair.jp, tmp_path / "public")
    publish_at_once(pair.jp, "sending-org.approval")
    sent = await closed(pair, "sending-org.approval", APPROVAL)
    await offer(pair, sent, "/licence", place=PAGE)
    await pair.jp.desk.publications.go_on(NOBODY)
    assert await shown(pair.jp) == {}
    assert await states(pair.jp) == [("published", "waiting")]


async def test_a_list_is_public_by_consent_until_that_is_revoked(pair: Pair) -> None:
    sent = await closed(pair, "sending-org.list", listed(organisations(1, 2), "v1"))
    view = await offer(pair, sent, "/entries")
    await publish(pair, sent)
    assert set(await shown(pair.jp)) == {"so-1", "so-2"}
    await revoke(pair, view)
    await pair.jp.desk.publications.go_on(NOBODY)
    assert await shown(pair.jp) == {}


async def test_what_a_list_has_marked_more_closely_comes_off_its_page(pair: Pair) -> None:
    sent = await say(pair.kh, "sending-org.list", listed(organisations(1, 2), "v1"))
    await publish(pair, sent)
    change = await pair.kh.desk.marking.mark(sent["id"], UNPUBLISHED, OFFICER)
    await pair.kh.desk.wait(change["id"], "received", 20)
    assert await shown(pair.jp) == {}
