"""Decided once more at the first attempt: what was allowed to leave may not be any more."""

import pytest

from gateway.catalogue import Level
from gateway.desk import Draft
from gateway.desk.marking import Wanted
from gateway.errors import NotFoundError
from gateway.store import disclosures
from tests.consenting import granted, named, terms
from tests.nodes import OFFICER, alarms, facts, three_nodes, until

pytestmark = pytest.mark.clause("3")

NEPAL = {
    "org_id": "np/moless",
    "name": "Ministry of Labour, Employment and Social Security of Nepal",
    "country": "np",
    "kind": "authority",
}
GROUND = {
    "legal_basis": "Law on Labour, article 20",
    "destination_country": "np",
    "safeguards": "For the contact point alone.",
}


@pytest.fixture
async def trio(tmp_path):
    async with three_nodes(tmp_path) as trio:
        yield trio


async def send(node, draft):
    return await node.desk.send(Draft.from_json(draft), OFFICER)


async def received(node, view):
    async def there():
        try:
            return await node.desk.message(view["id"])
        except NotFoundError:
            return None

    return await until(node, there)


async def consented(trio, **changes):
    """Have Cambodia tell something and consent that Nepal learns it; return message and offer."""
    body = {"topic": "documents", "subject": {"en": "Heard"}, "summary": {"en": "A broker asks."}}
    told = await send(trio.kh, {"type": "info.share", "to": "jp/isa", "body": body})
    source = await received(trio.jp, told)
    changes = {"recipients": [NEPAL], "personal_data": GROUND} | changes
    said = terms("kh/molvt", "jp/isa", named(source), **changes)
    draft = {"type": "consent.offer", "to": "jp/isa", "body": granted(trio.kh.keys, said)}
    offer = await send(trio.kh, draft)
    await received(trio.jp, offer)
    return source, offer, said["consent_id"]


async def waiting(trio, source, **changes):
    """Have Japan pass it on to Nepal while nothing of Japan's leaves."""
    await trio.jp.stop()
    body = {"topic": "documents", "subject": {"en": "Passed on"}, "summary": {"en": "As told."}}
    draft = {"type": "info.share", "to": "np/moless", "body": body}
    return await send(trio.jp, {**draft, "derived_from": [{"source": source["id"], **changes}]})


async def revoked(trio, offer, consent_id):
    body = {"consent_id": consent_id, "reason": "changed"}
    draft = {"type": "consent.revoke", "to": "jp/isa", "body": body, "in_reply_to": offer["id"]}
    await received(trio.jp, await send(trio.kh, draft))


async def state_of(trio, view):
    return (await trio.jp.desk.message(view["id"]))["state"]


async def held(trio, view):
    async def is_held():
        return await state_of(trio, view) == "held"

    await until(trio.jp, is_held)


async def ledger(trio):
    return [
        (row["state"], row["reason"], row["stopped_for"])
        for row in await trio.jp.store.read(lambda tx: disclosures.page(tx, limit=9))
    ]


async def test_what_is_allowed_still_leaves_and_is_noted_as_transmitted(trio):
    source, _, _ = await consented(trio)
    sent = await waiting(trio, source)
    assert await ledger(trio) == [("decided", "consent", None)]
    await trio.jp.start()
    await received(trio.np, sent)
    assert await ledger(trio) == [("transmitted", "consent", None)]


async def test_a_revocation_before_the_first_attempt_stops_it(trio):
    source, offer, consent_id = await consented(trio)
    sent = await waiting(trio, source)
    await revoked(trio, offer, consent_id)
    await trio.jp.start()
    await held(trio, sent)
    assert await ledger(trio) == [("stopped", "consent", "consent-revoked")]
    assert "release-stopped" in await alarms(trio.jp)
    attempted = await facts(trio.jp, "SELECT attempts FROM messages WHERE id = ?", sent["id"])
    assert attempted == [{"attempts": 0}]
    # A person who lets it go does not let it leave: it is decided again.
    await trio.jp.desk.queue.release(sent["id"], OFFICER)
    await held(trio, sent)
    with pytest.raises(NotFoundError):
        await trio.np.desk.message(sent["id"])


async def test_a_consent_that_ended_before_the_first_attempt_stops_it(trio):
    source, _, _ = await consented(trio)
    sent = await waiting(trio, source)
    trio.clock.now += 31 * 86_400
    await trio.jp.start()
    await held(trio, sent)
    assert await ledger(trio) == [("stopped", "consent", "consent-expired")]


async def test_its_own_use_of_the_last_one_does_not_stop_it(trio):
    source, _, _ = await consented(trio, uses=1, epoch=trio.jp.us.epoch)
    sent = await waiting(trio, source)
    await trio.jp.start()
    await received(trio.np, sent)


async def test_what_was_attempted_once_is_offered_whatever_happens(trio):
    source, offer, consent_id = await consented(trio)
    sent = await waiting(trio, source)
    trio.wire.down.add("np/moless")
    await trio.jp.start()

    async def is_attempted():
        return (await trio.jp.desk.message(sent["id"]))["attempts"]

    await until(trio.jp, is_attempted)
    await revoked(trio, offer, consent_id)
    trio.wire.down.clear()
    trio.jp.delivery.alive("np/moless")
    await received(trio.np, sent)
    assert await ledger(trio) == [("transmitted", "consent", None)]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ("UPDATE messages SET marking = 'public' WHERE id = ?", "source"),
        ("UPDATE messages SET jws = replace(jws, 'a', 'b') WHERE id = ?", "source"),
        ("UPDATE disclosures SET audience = 'kh/molvt' WHERE message_id = ?", "sent"),
        ("DELETE FROM disclosure_uses WHERE ?1 = ?1", "sent"),
    ],
)
async def test_what_was_changed_in_the_database_does_not_leave(trio, change, where):
    source, _, _ = await consented(trio)
    sent = await waiting(trio, source)
    id = {"source": source, "sent": sent}[where]["id"]

    def tamper(tx):
        for name in tx._database.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'disclosure%'"
        ).fetchall():
            tx._database.execute(f"DROP TRIGGER {name['name']}")
        tx._database.execute(change, (id,))

    await trio.jp.store.write(tamper)
    await trio.jp.start()
    await held(trio, sent)
    # Of a source that cannot be read any more the marking is gone with it.
    assert (await ledger(trio))[0][2] in {"source-changed", "marker-missing"}


async def test_a_bare_name_does_not_leave_once_nobody_may_be_tipped_off(trio):
    source, _, _ = await consented(trio)
    sent = await waiting(trio, source, mode="reference")
    assert await ledger(trio) == []
    wanted = Wanted(caveats=("no-tip-off",), reason="tightened")
    await received(trio.jp, await trio.kh.desk.marking.mark(source["id"], wanted, OFFICER))
    await trio.jp.start()
    await held(trio, sent)
    assert "release-stopped" in await alarms(trio.jp)


async def test_a_bare_name_leaves_where_everybody_may_hear_of_it(trio):
    source, _, _ = await consented(trio)
    sent = await waiting(trio, source, mode="reference")
    await trio.jp.start()
    await received(trio.np, sent)


async def test_what_the_ledger_does_not_know_any_more_does_not_leave(trio):
    source, _, _ = await consented(trio)
    # Even what everybody may have: somebody has meddled with the file.
    wanted = Wanted(level=Level.PUBLIC, no_caveats=("personal-data",), reason="mistake")
    await received(trio.jp, await trio.kh.desk.marking.mark(source["id"], wanted, OFFICER))
    sent = await waiting(trio, source)

    def remove(tx):
        for row in tx._database.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'disclosure%'"
        ).fetchall():
            tx._database.execute(f"DROP TRIGGER {row['name']}")
        for table in ("disclosure_sources", "disclosure_uses", "disclosures"):
            tx._database.execute(f"DELETE FROM {table}")

    await trio.jp.store.write(remove)
    await trio.jp.start()
    await held(trio, sent)
    assert await ledger(trio) == []
    assert "release-stopped" in await alarms(trio.jp)
    with pytest.raises(NotFoundError):
        await trio.np.desk.message(sent["id"])


async def test_what_carries_nothing_of_others_is_not_asked_about(trio):
    await trio.jp.stop()
    body = {"topic": "documents", "subject": {"en": "Ours"}, "summary": {"en": "Our own."}}
    sent = await send(trio.jp, {"type": "info.share", "to": "np/moless", "body": body})
    await trio.jp.start()
    await received(trio.np, sent)
    assert await ledger(trio) == []
