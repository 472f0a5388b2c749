"""How SQLite goes about each query: what runs for every message or turn reads no whole table.

The plans are those of a new file without statistics (`ANALYZE` never runs), so they are the same
with a hundred thousand messages, and every SQLite from 3.40 on has to choose them.
"""

import re

import pytest

from gateway.store.transaction import QUERIES

KEY = "USING INTEGER PRIMARY KEY (rowid=?)"
BY_ID = "messages USING INDEX sqlite_autoindex_messages_1 (peer=? AND direction=? AND id=?)"
OWN_ID = "messages USING COVERING INDEX sqlite_autoindex_messages_1"
THREAD = "threads USING PRIMARY KEY (peer=? AND thread=?)"
PEER = "peers USING INDEX sqlite_autoindex_peers_1 (node=?)"
CHAIN = "chains USING PRIMARY KEY (chain=?)"
EVENTS = "INDEX security_events_by_peer"
# What `shown_messages` looks up for each message.
SHOWN = (
    f"o {KEY}",
    f"s {KEY}",
    "n USING INDEX sqlite_autoindex_supersessions_1 (new=?)",
    "d USING PRIMARY KEY (seq=?)",
)

# What runs per message or per turn of a worker, and the searches that it must consist of.
PLANS = {
    "inbox.by_envelope": ["entries USING PRIMARY KEY (peer=? AND envelope_digest=?)"],
    "inbox.by_message": [
        "entries USING INDEX entries_by_message (peer=? AND id=? AND header_digest=?)"
    ],
    "inbox.other_header": [
        "entries USING INDEX entries_by_message (peer=? AND id=?)",
        f"{OWN_ID} (peer=? AND direction=? AND id=?)",
    ],
    "inbox.trim_events": [f"{EVENTS} (peer=? AND seq<?)", f"{EVENTS} (peer=?)"],
    "messages.shown": [f"m {KEY}", *SHOWN],
    "messages.by_seq": [f"m {KEY}", f"o {KEY}"],
    "messages.by_id": [BY_ID],
    "messages.in_thread": [BY_ID],
    "messages.by_prefix": ["messages USING COVERING INDEX messages_by_id (id>? AND id<?)"],
    "messages.by_reference": ["messages USING INDEX messages_by_reference (reference=?)"],
    "messages.page": ["m USING INTEGER PRIMARY KEY (rowid<?)", *SHOWN],
    "messages.page_of_direction": [
        "m USING INDEX messages_by_direction (direction=? AND seq<?)",
        *SHOWN,
    ],
    "messages.page_in_state": [
        "m USING INDEX messages_by_state (direction=? AND state=? AND seq<?)",
        *SHOWN,
    ],
    "messages.page_of_thread": [
        "m USING INDEX messages_by_thread (thread=? AND seq<?)",
        *SHOWN,
    ],
    "messages.reach": [f"messages {KEY}"],
    "messages.set_state": [f"messages {KEY}"],
    "messages.settle": [f"messages {KEY}"],
    "threads.get": [THREAD],
    "threads.advance": [THREAD],
    "threads.flag": [THREAD],
    "threads.page": ["threads USING INDEX threads_by_update ((updated,thread)<(?,?))"],
    "evidence.chain": [CHAIN],
    "evidence.page": ["evidence USING PRIMARY KEY (chain=? AND position>?)"],
    "meta.get": ["meta USING PRIMARY KEY (name=?)"],
    "meta.number": ["counters USING PRIMARY KEY (name=?)"],
    "meta.idempotency_get": ["idempotency USING PRIMARY KEY (uid=? AND key=?)"],
    "outbox.insert": ["outbox USING INDEX outbox_by_thread (peer=? AND thread=?)"],
    "outbox.ready": [
        "o USING INDEX outbox_ready (peer=?)",
        f"m {KEY}",
        "s USING INDEX sealings_by_message (seq=?)",
    ],
    "outbox.envelope": ["sealings USING PRIMARY KEY (envelope_digest=?)"],
    "outbox.next_time": [
        "outbox USING INDEX outbox_next (peer=?)",
        "outbox USING COVERING INDEX outbox_by_judgement (peer=?)",
    ],
    "outbox.attempted": [f"outbox {KEY}"],
    "outbox.count_attempt": [f"messages {KEY}"],
    "outbox.postpone": [f"outbox {KEY}"],
    "outbox.state": [f"outbox {KEY}"],
    "outbox.remove": [f"outbox {KEY}"],
    "outbox.promote": [f"outbox {KEY}", "outbox_by_thread (peer=? AND thread=?)"],
    "outbox.forget_envelopes": ["sealings USING INDEX sealings_by_message (seq=?)"],
    "outbox.by_envelope": ["s USING PRIMARY KEY (envelope_digest=?)", f"m {KEY}"],
    "outbox.due": ["o USING INDEX outbox_by_judgement (peer=? AND judge_at<?)", f"m {KEY}"],
    "outbox.judge_later": [f"outbox {KEY}"],
    "peers.get": [PEER],
    "peers.keys": [PEER],
    "peers.link": [PEER],
    "peers.contact": [PEER],
}

# What may read a whole table or index, and why.
WHOLE = {
    "messages.counts": "SCAN messages USING COVERING INDEX messages_by_state",  # no row is read
    "outbox.depth": "SCAN o ",  # what waits, for `status`
    "threads.counts": "SCAN threads",  # for `status`
    "inbox.alarms": "SCAN alarms",  # newest first, ended by its LIMIT
    "evidence.chains": "SCAN chains",  # a row per peer
    "peers.all": "SCAN peers",  # a row per peer
}
# A row of constants, and the list of rows that came with the query.
_NO_TABLE = ("SCAN CONSTANT ROW", "SCAN json_each ")


def plan(tx, query):
    """Return the steps of a query that go through a table."""
    text = re.sub(r"--.*|'[^']*'", "", QUERIES[query])
    values = dict.fromkeys(re.findall(r":(\w+)", text))
    found = tx._database.execute(f"EXPLAIN QUERY PLAN {QUERIES[query]}", values).fetchall()
    return [row["detail"] for row in found]


@pytest.mark.parametrize("query", PLANS)
def test_a_query_of_every_message_or_turn_goes_by_its_index(tx, query):
    searches = [step for step in plan(tx, query) if step.startswith("SEARCH ")]
    assert len(searches) == len(PLANS[query]), searches
    for step, expected in zip(searches, PLANS[query], strict=True):
        assert expected in step


@pytest.mark.parametrize("query", QUERIES)
def test_no_query_reads_a_whole_table_unless_it_says_why(tx, query):
    steps = [step for step in plan(tx, query) if not step.startswith(_NO_TABLE)]
    scans = [step for step in steps if step.startswith("SCAN ")]
    if query in WHOLE:
        assert len(scans) == 1
        assert scans[0].startswith(WHOLE[query])
    else:
        assert scans == []
    assert not any("AUTOMATIC" in step for step in steps)


# Sorting what was found needs all of it: a LIMIT would not bound the work.
ORDERED = [name for name in QUERIES if "ORDER BY" in QUERIES[name]]


@pytest.mark.parametrize("query", ORDERED)
def test_an_ordered_query_reads_in_its_order_and_sorts_nothing(tx, query):
    assert not any("TEMP B-TREE FOR ORDER BY" in step for step in plan(tx, query))
