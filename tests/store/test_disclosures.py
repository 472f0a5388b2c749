"""The ledger: what was decided stays as it was, and every use of a consent is counted once."""

import sqlite3
from dataclasses import replace

import pytest

from gateway.errors import NotFoundError
from gateway.policy import Action, Allowed, Denied
from gateway.store import checking, disclosures, evidence
from gateway.store.disclosures import Decided, Origin, Step, Use
from gateway.store.sealing import CorruptError
from tests.store.tables import PEER, behind_the_back, message, sql

AT = "2026-09-21T14:13:20Z"
USE = Use(peer=PEER, consent_id="01990000-0000-7000-8000-000000000001", digest="sha-256:i")


def decided(seq=None, header=None, **changes):
    id = "01990000-0000-7000-8000-0000000000aa" if header is None else header.id
    origin = Origin(originator=PEER, message_id=id, header_digest="sha-256:h", pointers=("/org",))
    found = Decided(
        at=AT,
        action=Action.DISCLOSE,
        reason=Allowed.CONSENT,
        message=seq,
        message_id=id,
        header_digest="sha-256:h",
        peer=PEER,
        audience="jp/labour-bureau-osaka",
        audience_name="Osaka Labour Bureau",
        audience_country="jp",
        purpose="ssw-operation",
        mode="verbatim",
        pointers=("/org",),
        origins=(origin,),
        uses=(USE,),
        uid=1000,
        content_digest="sha-256:c",
    )
    return replace(found, **changes)


def refused(**changes):
    return decided(reason=Denied.NO_CONSENT, uses=(), content_digest=None, **changes)


async def last_record(store):
    rows = await store.read(
        lambda tx: sql(tx, "SELECT fact, record FROM evidence ORDER BY position DESC LIMIT 1")
    )
    return rows[0]["fact"], rows[0]["record"]


async def test_a_decision_is_kept_with_its_evidence_and_uses_the_consent(store):
    seq = await store.write(lambda tx: disclosures.note(tx, decided()))
    row = await store.read(lambda tx: disclosures.get(tx, seq))
    assert (row["state"], row["reason"], row["pointers"]) == ("decided", "consent", '["/org"]')
    assert await store.read(lambda tx: disclosures.uses(tx, PEER, USE.consent_id)) == 1
    fact, record = await last_record(store)
    assert fact == "release-decided"
    assert row["digest"] in record
    await store.read(lambda tx: disclosures.check(tx, row))


async def test_a_refusal_uses_nothing(store):
    seq = await store.write(lambda tx: disclosures.note(tx, refused()))
    row = await store.read(lambda tx: disclosures.get(tx, seq))
    assert (row["state"], row["reason"]) == ("refused", "no-consent")
    assert await store.read(lambda tx: disclosures.uses(tx, PEER, USE.consent_id)) == 0
    assert (await last_record(store))[0] == "release-refused"


async def test_a_use_stays_used_when_the_disclosure_is_stopped(store):
    def act(tx):
        row = disclosures.get(tx, disclosures.note(tx, decided()))
        assert disclosures.advance(tx, row, Step.STOPPED, at=AT, reason="consent-revoked")
        return disclosures.get(tx, row["seq"])

    row = await store.write(act)
    assert (row["state"], row["stopped_for"]) == ("stopped", "consent-revoked")
    assert await store.read(lambda tx: disclosures.uses(tx, PEER, USE.consent_id)) == 1


async def test_the_first_fetch_is_noted_once(store):
    def act(tx):
        row = disclosures.get(tx, disclosures.note(tx, decided()))
        return [disclosures.advance(tx, row, Step.TRANSMITTED, at=AT, uid=1) for _ in range(2)]

    assert await store.write(act) == [True, False]
    # The decision, the use and the fetch.
    assert await store.read(lambda tx: evidence.verify(tx, "local")) == 3


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE disclosures SET audience = 'jp/npa'",
        "UPDATE disclosures SET content_digest = 'sha-256:x'",
        "UPDATE disclosures SET digest = 'sha-256:x'",
        "UPDATE disclosure_uses SET consent_id = 'another'",
        "DELETE FROM disclosure_uses",
        "UPDATE disclosure_sources SET pointers = '[\"\"]'",
        "UPDATE evidence SET subject = 'another'",
        "UPDATE evidence SET record = replace(record, 'jp/labour', 'jp/neighbour')",
    ],
)
async def test_a_row_that_was_changed_on_the_disk_is_found(store, change):
    seq = await store.write(lambda tx: disclosures.note(tx, decided()))

    def tamper(tx):
        for name in sql(tx, "SELECT name FROM sqlite_schema WHERE type = 'trigger'"):
            sql(tx, f"DROP TRIGGER {name['name']}")
        sql(tx, change)

    await store.write(tamper)
    row = await store.read(lambda tx: disclosures.get(tx, seq))
    with pytest.raises(CorruptError, match=f"number {seq} of the ledger"):
        await store.read(lambda tx: disclosures.check(tx, row))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE disclosures SET reason = 'public'",
        "DELETE FROM disclosures",
        "UPDATE disclosure_uses SET peer = 'np/moless'",
        "DELETE FROM disclosure_uses",
        "UPDATE disclosure_sources SET pointers = '[]'",
        "DELETE FROM disclosure_sources",
        "UPDATE disclosure_steps SET step = 'recalled'",
        "DELETE FROM disclosure_steps",
    ],
)
async def test_the_ledger_is_append_only(store, change):
    def act(tx):
        row = disclosures.get(tx, disclosures.note(tx, decided()))
        disclosures.advance(tx, row, Step.TRANSMITTED, at=AT)

    await store.write(act)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        await store.write(lambda tx: sql(tx, change))


async def test_words_of_ours_are_sealed(store):
    seq = await store.write(lambda tx: disclosures.note(tx, decided(text="មួយ paraphrase".encode())))
    assert await store.read(lambda tx: disclosures.text_of(tx, seq)) == "មួយ paraphrase".encode()
    kept = await store.read(lambda tx: sql(tx, "SELECT text FROM disclosure_texts"))
    assert b"paraphrase" not in kept[0]["text"]


async def test_a_report_names_what_third_parties_got_of_one_peer_alone(store):
    others = Origin(originator="np/moless", message_id="n", header_digest="sha-256:n")

    def act(tx):
        first = disclosures.note(tx, decided())
        disclosures.note(tx, refused())
        inside = decided(reason=Allowed.INTERNAL_SIGNATORY, uses=(), audience="jp/npa")
        disclosures.note(tx, inside)
        disclosures.note(tx, decided(origins=(others,), uses=()))
        stopped = disclosures.get(tx, disclosures.note(tx, decided()))
        disclosures.advance(tx, stopped, Step.STOPPED, at=AT)
        return first

    first = await store.write(act)
    found = await store.read(lambda tx: disclosures.reported(tx, peer=PEER))
    assert [(row["seq"], row["source_digest"]) for row in found] == [(first, "sha-256:h")]
    under = await store.read(
        lambda tx: disclosures.reported(tx, peer=PEER, consent_id=USE.consent_id)
    )
    assert [row["seq"] for row in under] == [first]
    later = "2027-01-01T00:00:00Z"
    assert await store.read(lambda tx: disclosures.reported(tx, peer=PEER, since=later)) == []


async def test_what_was_stopped_and_left_after_all_is_reported_at_the_time_it_left(store):
    later = "2026-10-01T00:00:00Z"

    def act(tx):
        row = disclosures.get(tx, disclosures.note(tx, decided()))
        disclosures.advance(tx, row, Step.STOPPED, at=AT)
        disclosures.advance(tx, row, Step.TRANSMITTED, at=later)
        return disclosures.get(tx, row["seq"])["state"]

    assert await store.write(act) == "transmitted"

    async def number(**span):
        found = await store.read(lambda tx: disclosures.reported(tx, peer=PEER, **span))
        return [row["seq"] for row in found]

    assert await number(since=later) == [1]
    assert await number(until=later) == []


async def test_a_row_that_is_taken_away_gives_back_neither_its_number_nor_its_use(store):
    def act(tx):
        disclosures.note(tx, decided())
        disclosures.note(tx, decided())
        for name in sql(tx, "SELECT name FROM sqlite_schema WHERE type = 'trigger'"):
            sql(tx, f"DROP TRIGGER {name['name']}")
        for table in ("uses", "sources"):
            sql(tx, f"DELETE FROM disclosure_{table} WHERE ledger = 2")
        sql(tx, "DELETE FROM disclosures WHERE seq = 2")
        left = disclosures.uses(tx, PEER, USE.consent_id)
        other = disclosures.uses(tx, "np/moless", USE.consent_id)
        return left, other, disclosures.note(tx, decided())

    assert await store.write(act) == (2, 0, 3)


async def test_what_happened_outside_is_reported_and_uses_nothing(store):
    outside = refused(is_outside=True, text=b'{"en":"A court ordered it."}')
    await store.write(lambda tx: disclosures.note(tx, outside))
    found = await store.read(lambda tx: disclosures.reported(tx, peer=PEER))
    assert [(row["is_outside"], row["reason"]) for row in found] == [(1, "no-consent")]


async def test_pages_go_by_audience_message_and_outcome(store):
    def act(tx):
        seq, header = message(tx)
        disclosures.note(tx, decided(seq, header))
        disclosures.note(tx, refused())
        disclosures.note(tx, refused(audience="jp/npa"))
        return seq, header.id

    seq, id = await store.write(act)

    async def numbers(**wanted):
        rows = await store.read(lambda tx: disclosures.page(tx, limit=9, **wanted))
        return [row["seq"] for row in rows]

    assert await numbers() == [3, 2, 1]
    assert await numbers(before=3) == [2, 1]
    assert await numbers(is_allowed=False) == [3, 2]
    assert await numbers(audience="jp/npa") == [3]
    assert await numbers(message_id=id) == [1]
    assert await numbers(since="2027-01-01T00:00:00Z") == []
    assert (await store.read(lambda tx: disclosures.sent(tx, seq))) is None


TRIGGERS = (
    *("disclosures_are_append_only", "disclosures_are_never_deleted"),
    *("disclosure_sources_are_append_only", "disclosure_sources_are_never_deleted"),
    *("disclosure_uses_are_append_only", "disclosure_uses_are_never_deleted"),
)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE disclosures SET reason = 'public'", "not the one that was kept"),
        ("DELETE FROM disclosure_uses", "not the one that was kept"),
        ("UPDATE disclosure_sources SET originator = 'np/moless'", "not the one that was kept"),
        ("UPDATE disclosures SET message_id = 'x', digest = ''", "not the one that was kept"),
    ],
)
async def test_the_check_of_the_database_names_a_changed_decision(store, path, change, words):
    await store.write(lambda tx: disclosures.note(tx, decided()))
    await store.close()
    assert checking.check(path).faults == []
    for name in TRIGGERS:
        behind_the_back(path, f"DROP TRIGGER {name}")
    assert behind_the_back(path, change) == 1
    (fault,) = checking.check(path).faults
    assert (fault.table, fault.row) == ("disclosures", "1")
    assert words in fault.text


async def test_the_check_finds_a_decision_that_the_evidence_does_not_have(store, path):
    def forge(tx):
        seq = disclosures.note(tx, decided())
        row = disclosures.get(tx, seq)
        columns = {name: row[name] for name in disclosures._COLUMNS} | {"seq": 2}
        name = disclosures._digest(columns, [], [])
        tx.run("disclosures.insert", **columns, digest=name)

    await store.write(forge)
    await store.close()
    (fault,) = checking.check(path).faults
    assert (fault.row, fault.text) == ("2", "the evidence has no such decision")


async def test_the_check_finds_a_decision_that_the_ledger_lost(store, path):
    await store.write(lambda tx: disclosures.note(tx, refused(origins=())))
    await store.close()
    for name in TRIGGERS:
        behind_the_back(path, f"DROP TRIGGER {name}")
    assert behind_the_back(path, "DELETE FROM disclosures") == 1
    (fault,) = checking.check(path).faults
    assert (fault.table, fault.row) == ("evidence", "local 0")
    assert fault.text == "the ledger has no number 1 any more"


async def test_the_ledger_says_so_where_it_has_no_such_number(store):
    with pytest.raises(NotFoundError, match="no number 7"):
        await store.read(lambda tx: disclosures.get(tx, 7))
