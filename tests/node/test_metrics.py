"""What `/metrics` serves is what stands in the table of names, and true."""

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.node.metrics import METRICS, Kind
from gateway.store.alarms import Alarm
from tests.node.watched import DAY, watched
from tests.store.filled import AT, DROP
from tests.store.tables import PEER


@pytest.fixture
async def node(tmp_path):
    async with watched(tmp_path) as parts:
        yield parts


async def families(node):
    page = (await node.metrics.page()).decode()
    return {each.name: each for each in text_string_to_metric_families(page)}


async def values(node):
    """Return every sample by its name and labels."""
    return {
        (sample.name, *(f"{name}={value}" for name, value in sorted(sample.labels.items()))): (
            sample.value
        )
        for family in (await families(node)).values()
        for sample in family.samples
    }


async def everything(node):
    """Let every number have something to tell."""
    for level, direction in (("accepted", "out"), ("answered", "in")):
        await node.run(
            "INSERT INTO duties (seq, act, turn, peer, direction, holder, opened, opened_by, due,"
            " source, missed) VALUES (1, ?, 0, ?, ?, ?, ?, 1, ?, 'profile', ?)",
            *(level, PEER, direction, "us" if direction == "in" else "them", AT, AT, AT),
        )
    await node.run(
        "INSERT INTO security_events (at, peer, code, size, digest) VALUES (?, ?, 'x', 1, 'd')",
        *(AT, PEER),
    )
    await node.run(
        "INSERT INTO publications (seq, slot, peer, register, action, rule, state, noted, due)"
        " VALUES (1, 1, ?, 'measures', 'published', 'required', 'waiting', ?, ?)",
        *(PEER, AT, AT),
    )
    await node.run(
        "INSERT INTO register_deferred (seq, slot, peer, register, reason, at)"
        " VALUES (1, 1, ?, 'measures', 'x', ?)",
        *(PEER, AT),
    )
    await node.run(
        "INSERT INTO consents (seq, peer, direction, consent_id, thread, digest, kids, not_after,"
        " is_class, noted, mark) VALUES (1, ?, 'in', 'c', 't', '', '[]', ?, 0, ?, x'00')",
        *(PEER, AT, AT),
    )
    await node.run("UPDATE peers SET failures = 4, last_contact = ?, clock_offset = -7.5", AT)
    node.refused["peer"].update({"403": 3, "handshake": 2})
    await node.verifying.verify(whole=True)


async def test_exactly_the_names_of_the_table_are_served_with_their_labels(node):
    await everything(node)
    found = await families(node)
    served = {
        name + ("_total" if family.type == "counter" else ""): family
        for name, family in found.items()
    }
    assert served.keys() == METRICS.keys()
    for name, family in served.items():
        described = METRICS[name]
        assert family.type == described.kind
        labels = {tuple(sorted(sample.labels)) for sample in family.samples}
        assert labels == {tuple(sorted(described.labels))}, name


def test_every_name_tells_what_it_means_and_is_of_one_form():
    for name, described in METRICS.items():
        assert re.fullmatch(r"(gateway|process)_[a-z_]+", name)
        assert described.meaning.endswith(".")
        assert name.endswith("_total") is (described.kind is Kind.COUNTER)


def test_a143_no_label_could_hold_an_id_a_type_or_a_name_of_a_person():
    labels = {label for described in METRICS.values() for label in described.labels}
    assert labels == {
        *("peer", "direction", "state", "level", "code", "kind", "chain", "use", "file", "port"),
        *("worker", "version", "sqlite", "environment", "node", "holder", "act"),
    }


async def test_the_numbers_are_those_of_the_store(node):
    await everything(node)
    found = await values(node)
    peer = f"peer={PEER}"
    expected = {
        ("gateway_messages", "direction=out", "state=queued"): 1,
        ("gateway_messages", "direction=in", "state=received"): 1,
        ("gateway_outbox_messages", peer, "state=queued"): 1,
        ("gateway_outbox_messages", peer, "state=held"): 0,
        ("gateway_overdue_messages", "direction=out", "level=accepted", peer): 1,
        ("gateway_overdue_messages", "direction=in", "level=answered", peer): 1,
        ("gateway_refusals", "code=unknown-type", "direction=in", peer): 1,
        ("gateway_refusals", "code=unknown-type", "direction=out", peer): 1,
        ("gateway_publications_waiting", peer): 1,
        ("gateway_publications_overdue_seconds", peer): 3600,
        ("gateway_registers_waiting", peer): 1,
        ("gateway_consents", "direction=in", "state=expired"): 1,
        ("gateway_unreadable_arrivals", peer): 1,
        ("gateway_peer_enabled", peer): 1,
        ("gateway_link_failures", peer): 4,
        ("gateway_last_contact_seconds", peer): 3600,
        ("gateway_clock_offset_seconds", peer): -7.5,
        ("gateway_alarms", "kind=held"): 1,
        ("gateway_alarms", "kind=restored"): 0,
        ("gateway_evidence_records", "chain=local"): 1,
        ("gateway_evidence_verified_records", f"chain={PEER}"): 9,
        ("gateway_evidence_broken", f"chain={PEER}"): 0,
        ("gateway_worker_degraded", "worker=delivery"): 0,
        ("gateway_http_refused_total", "kind=403", "port=peer"): 3,
        ("gateway_store_writable",): 1,
        ("gateway_card_days_left",): 299,
        ("gateway_key_days_left", "use=message"): 299,
    }
    assert {name: found.get(name) for name in expected} == expected
    database = node.store.path
    assert found["gateway_store_bytes", "file=database"] == database.stat().st_size
    assert found["gateway_store_bytes", "file=wal"] > 0
    assert 0 < found["gateway_disk_free_ratio",] < 1
    info = next(name for name in found if name[0] == "gateway_info")
    assert {"version=1.2.3", "node=jp/isa", "environment=test"} <= set(info)


async def test_the_age_of_the_oldest_is_that_of_the_first_that_waits(node):
    key = ("gateway_outbox_oldest_seconds", f"peer={PEER}")
    await node.run("UPDATE messages SET created = ? WHERE seq = 1", AT)
    assert (await values(node))[key] == 3600
    await node.run("DELETE FROM outbox")
    assert (await values(node))[key] == 0


async def test_what_is_overdue_in_the_queue_did_not_reach_the_first_level(node):
    key = ("gateway_overdue_messages", "direction=out", "level=received", f"peer={PEER}")
    assert key not in await values(node)
    await node.run("UPDATE outbox SET state = 'overdue'")
    assert (await values(node))[key] == 1


async def test_every_kind_of_alarm_has_a_number_before_it_is_first_raised(node):
    found = await values(node)
    assert {f"kind={kind}" for kind in Alarm} == {
        name[1] for name in found if name[0] == "gateway_alarms"
    }


async def test_days_left_fall_below_zero_and_the_key_that_holds_longest_counts(node):
    node.now += 300 * DAY
    found = await values(node)
    assert found["gateway_card_days_left",] == -1
    assert found["gateway_key_days_left", "use=encryption"] == -1
    assert found["gateway_certificate_days_left",] > 0


async def test_a_broken_chain_shows_as_such(node):
    def change(tx):
        for text in DROP.split(";")[:2]:
            tx._database.execute(text)
        tx._database.execute("UPDATE evidence SET subject = 'x' WHERE position = 4")

    await node.store.write(change)
    await node.verifying.verify(whole=True)
    found = await values(node)
    assert found["gateway_evidence_broken", f"chain={PEER}"] == 1
    assert found["gateway_evidence_verified_records", f"chain={PEER}"] == 4


async def test_f17_a_failed_store_still_has_the_numbers_that_need_no_look(node):
    node.store._failure = "disk I/O error"
    found = await values(node)
    assert found["gateway_store_writable",] == 0
    assert ("gateway_card_days_left",) in found
    assert not any(name[0] == "gateway_messages" for name in found)
