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
TAKEN = "s USING INDEX sqlite_autoindex_supersessions_1 (new=?)"
CONSUMER = "USING PRIMARY KEY (uid=? AND name=?)"
# What `shown_messages` looks up for each message.
SHOWN = (
    f"o {KEY}",
    f"s {KEY}",
    "n USING INDEX sqlite_autoindex_supersessions_1 (new=?)",
    "a USING INDEX sqlite_autoindex_reissues_1 (new=?)",
    f"b {KEY}",
    "p USING INDEX sqlite_autoindex_peers_1 (node=?)",
    "d USING PRIMARY KEY (seq=?)",
)

# What lists ask beside: who handles the matter, and what missed a deadline.
MISSED = "d USING PRIMARY KEY (seq=?)"
HANDLED = "t USING PRIMARY KEY (peer=? AND thread=?)"
LATE = "d USING INDEX duties_by_message (direction=?)"
DUTY = "duties USING PRIMARY KEY (seq=? AND act=? AND turn=?)"
# What `shown_threads` looks up for each matter: what is due of its opening, and what was missed.
OF_THREAD = (
    "m USING COVERING INDEX sqlite_autoindex_messages_1 (peer=? AND direction=? AND id=?)",
    MISSED,
    "m USING COVERING INDEX messages_by_thread (thread=?)",
    MISSED,
)

MARKED = "fingerprints USING PRIMARY KEY (mark=? AND by=?)"
MARKS = "fingerprints USING PRIMARY KEY (mark=?)"
ANCHORED = "USING COVERING INDEX fingerprints_by_anchor"

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
    "alarms.trim_events": [f"{EVENTS} (peer=? AND seq<?)", f"{EVENTS} (peer=?)"],
    "alarms.get": [f"alarms {KEY}"],
    "alarms.dismiss": [f"alarms {KEY}"],
    "alarms.page": ["alarms USING INTEGER PRIMARY KEY (rowid<?)"],
    "alarms.page_open": ["alarms USING INDEX alarms_open (seq<?)"],
    "duties.next_turn": ["duties USING PRIMARY KEY (seq=? AND act=?)"],
    "duties.close": ["duties USING PRIMARY KEY (seq=? AND act=?)"],
    "duties.withdrawn": [
        "duties USING PRIMARY KEY (seq=?)",
        TAKEN,
        TAKEN,
        f"w {KEY}",
        "f USING COVERING INDEX sqlite_autoindex_messages_1 (peer=? AND direction=? AND id=?)",
    ],
    "duties.closed_by": ["duties USING COVERING INDEX duties_closed_by (closed_by=?)"],
    "duties.reopen": ["duties USING COVERING INDEX duties_closed_by (closed_by=?)"],
    "duties.reopen_turns": [
        "duties USING COVERING INDEX duties_closed_by (closed_by=?)",
        "n USING INDEX duties_repeated (opened_by=? AND seq=? AND act=?)",
    ],
    "duties.not_begun": ["duties USING COVERING INDEX duties_repeated (opened_by=?)"],
    "duties.previous": ["d USING INDEX duties_next_of_kind (peer=? AND direction=?)", f"m {KEY}"],
    "duties.passed": ["d USING INDEX duties_ahead (due<?)", f"m {KEY}"],
    "duties.missed": [DUTY],
    "duties.of": ["duties USING PRIMARY KEY (seq=?)"],
    "duties.history": ["duties USING PRIMARY KEY (seq=?)"],
    "duties.one": ["duties USING PRIMARY KEY (seq=? AND act=?)"],
    "duties.open_requests": [
        "m USING INDEX messages_by_thread (thread=?)",
        "d USING PRIMARY KEY (seq=? AND act=?)",
    ],
    "duties.extend": [DUTY],
    "duties.extension": [f"extensions {KEY}"],
    "duties.later_extension": [
        "extensions USING COVERING INDEX extensions_of_duty (seq=? AND act=? AND turn=? AND by>?)"
    ],
    "duties.rebase_extension": [f"extensions {KEY}"],
    "duties.remove_extension": [f"extensions {KEY}"],
    "duties.next_reminder": ["duties USING INDEX duties_to_remind (remind>?)"],
    "duties.to_remind": [
        "d USING INDEX duties_to_remind (remind>? AND remind<?)",
        f"m {KEY}",
        "t USING PRIMARY KEY (peer=? AND thread=?)",
    ],
    "duties.to_recall": [
        "d USING INDEX duties_to_recall (peer=? AND holder=?)",
        f"m {KEY}",
        "t USING PRIMARY KEY (peer=? AND thread=?)",
    ],
    "duties.reminded": [DUTY],
    "duties.recalled": [DUTY],
    "duties.page_open": [
        "d USING INDEX duties_open ((due,seq,act,turn)>(?,?,?,?) AND due<?)",
        f"m {KEY}",
        f"b {KEY}",
    ],
    "duties.page_all": [
        "d USING INDEX duties_by_due ((due,seq,act,turn)<(?,?,?,?))",
        f"m {KEY}",
        f"b {KEY}",
        f"c {KEY}",
    ],
    "duties.report": ["d USING INDEX duties_by_due (due>? AND due<?)", f"c {KEY}"],
    "statements.get": ["statements USING PRIMARY KEY (digest=?)"],
    "steps.of": ["steps USING PRIMARY KEY (seq=?)"],
    "steps.next": ["s USING COVERING INDEX steps_by_thread (thread=? AND seq>?)", f"m {KEY}"],
    "steps.rebase": ["steps USING PRIMARY KEY (seq=? AND thread=?)"],
    "steps.remove": ["steps USING PRIMARY KEY (seq=? AND thread=?)"],
    "steps.unreach": [f"messages {KEY}"],
    "steps.levels": [f"messages {KEY}"],
    "steps.word": ["s USING COVERING INDEX steps_by_thread (thread=?)", f"m {KEY}"],
    "steps.without": [
        "m USING INDEX messages_by_thread (thread=? AND seq>?)",
        "s USING PRIMARY KEY (seq=? AND thread=?)",
    ],
    "steps.answered_otherwise": ["r USING INDEX messages_by_thread (thread=?)", f"c {BY_ID[9:]}"],
    "steps.set_answered": [f"messages {KEY}"],
    "steps.unsupersede": ["supersessions USING INDEX sqlite_autoindex_supersessions_1 (new=?)"],
    "messages.shown": [f"m {KEY}", *SHOWN],
    "messages.by_seq": [f"m {KEY}", f"o {KEY}"],
    "messages.by_id": [BY_ID],
    "messages.last_reply": ["messages USING INDEX messages_by_thread (thread=?)"],
    "messages.in_thread": [BY_ID],
    "messages.by_prefix": ["messages USING COVERING INDEX messages_by_id (id>? AND id<?)"],
    "messages.by_reference": ["messages USING INDEX messages_by_reference (reference=?)"],
    "messages.said_under": ["messages USING INDEX messages_by_reference (reference=?)"],
    "messages.recorded": ["evidence USING INDEX evidence_by_subject (subject=?)"],
    "lists.first_in": ["messages USING INDEX messages_arrived (received>?)"],
    "lists.last_in": ["messages USING INDEX messages_arrived (received<?)"],
    "lists.first_out": ["messages USING INDEX messages_written (created>?)"],
    "lists.last_out": ["messages USING INDEX messages_written (created<?)"],
    "lists.page_of_direction": [
        "m USING INDEX messages_by_direction (direction=? AND seq>? AND seq<?)",
        *SHOWN,
    ],
    "lists.page_in_state": [
        "m USING INDEX messages_by_state (direction=? AND state=? AND seq>? AND seq<?)",
        *SHOWN,
    ],
    "lists.page_of_thread": [
        "m USING INDEX messages_by_thread (thread=? AND seq>? AND seq<?)",
        MISSED,
        HANDLED,
        *SHOWN,
    ],
    "lists.page_overdue": [f"m {KEY}", LATE, HANDLED, *SHOWN],
    "lists.page_of_assignee": [
        f"m {KEY}",
        "t USING COVERING INDEX threads_by_assignee (assignee=?)",
        "m USING COVERING INDEX messages_by_thread (thread=? AND seq>? AND seq<?)",
        *SHOWN,
    ],
    "messages.reach": [f"messages {KEY}"],
    "messages.set_state": [f"messages {KEY}"],
    "messages.settle": [f"messages {KEY}"],
    "threads.get": [THREAD],
    "threads.advance": [THREAD],
    "threads.flag": [THREAD],
    "threads.shown": ["t USING PRIMARY KEY (peer=? AND thread=?)", *OF_THREAD],
    "threads.assign": [THREAD],
    "threads.attended": [THREAD],
    "threads.attended_messages": ["messages USING INDEX messages_by_thread (thread=?)"],
    "threads.page": [
        "t USING INDEX threads_by_update ((updated,thread)<(?,?))",
        LATE,
        f"m {KEY}",
        *OF_THREAD,
    ],
    "threads.page_of_assignee": [
        "t USING INDEX threads_by_assignee (assignee=? AND (updated,thread)<(?,?))",
        LATE,
        f"m {KEY}",
        *OF_THREAD,
    ],
    "threads.page_flagged": [
        "t USING INDEX threads_flagged ((updated,thread)<(?,?))",
        LATE,
        f"m {KEY}",
        *OF_THREAD,
    ],
    "notes.next": ["notes"],  # the last row alone
    "notes.of_thread": ["notes USING INDEX notes_by_thread (peer=? AND thread=?)"],
    "evidence.chain": [CHAIN],
    "evidence.page": ["evidence USING PRIMARY KEY (chain=? AND position>?)"],
    "figures.created": [f"messages {KEY}"],
    "peers.note_arrival": [PEER],
    "reported.get": [PEER],
    "reported.set": [PEER],
    "checking.decisions": [
        "evidence USING INDEX evidence_of_ledger (chain=? AND position>?)",
        f"d {KEY}",
    ],
    "checking.messages": ["messages USING INTEGER PRIMARY KEY (rowid>?)"],
    "checking.entries": ["entries USING PRIMARY KEY ((peer,envelope_digest)>(?,?))"],
    "checking.refusals": ["refusals USING PRIMARY KEY ((peer,id,header_digest)>(?,?,?))"],
    "checking.receipts": ["receipts USING PRIMARY KEY (digest>?)"],
    "checking.statements": ["statements USING PRIMARY KEY (digest>?)"],
    "checking.sealings": ["sealings USING PRIMARY KEY (envelope_digest>?)"],
    "checking.own_cards": ["own_cards USING INTEGER PRIMARY KEY (rowid>?)"],
    "checking.peers": ["peers USING INDEX sqlite_autoindex_peers_1 (node>?)"],
    "drafts.put": [],
    "drafts.get": ["drafts USING PRIMARY KEY (uid=? AND name=?)"],
    "drafts.all": ["drafts USING PRIMARY KEY (uid=?)"],
    "drafts.count": ["drafts USING PRIMARY KEY (uid=?)"],
    "drafts.delete": ["drafts USING PRIMARY KEY (uid=? AND name=?)"],
    "meta.get": ["meta USING PRIMARY KEY (name=?)"],
    "meta.number": ["counters USING PRIMARY KEY (name=?)"],
    "meta.idempotency_get": ["idempotency USING PRIMARY KEY (uid=? AND key=?)"],
    "meta.idempotency_old": ["idempotency USING COVERING INDEX idempotency_by_age (at<?)"],
    "meta.idempotency_remove": ["idempotency USING PRIMARY KEY (uid=? AND key=?)"],
    "events.page": ["events USING INTEGER PRIMARY KEY (rowid>?)"],
    # The first and the last row of a table are found without reading the others.
    "events.bounds": ["events", "events"],
    "consumers.get": [f"consumers {CONSUMER}"],
    "consumers.count": ["consumers USING PRIMARY KEY (uid=?)"],
    "consumers.newest": ["messages"],
    "consumers.move": [f"consumers {CONSUMER}"],
    "consumers.open": [f"p {CONSUMER}", f"m {KEY}"],
    "consumers.fresh": [
        "m USING INDEX messages_by_direction (direction=? AND seq>?)",
        "t USING PRIMARY KEY (peer=? AND thread=?)",
    ],
    "consumers.received": ["messages USING INDEX messages_by_id (id=?)"],
    "consumers.done": ["consumptions USING PRIMARY KEY (uid=? AND name=? AND seq=?)"],
    "outbox.insert": ["outbox USING INDEX outbox_by_thread (peer=? AND thread=?)"],
    "outbox.ready": [
        "o USING INDEX outbox_ready (peer=?)",
        f"m {KEY}",
        "s USING INDEX sealings_by_message (seq=?)",
        f"u {KEY}",
    ],
    "outbox.envelope": ["sealings USING PRIMARY KEY (envelope_digest=?)"],
    "outbox.next_time": [
        "outbox USING INDEX outbox_next (peer=?)",
        "outbox USING COVERING INDEX outbox_by_judgement (peer=?)",
    ],
    "outbox.attempted": [f"outbox {KEY}"],
    "outbox.count_attempt": [f"messages {KEY}"],
    "outbox.postpone": [f"outbox {KEY}"],
    "outbox.waiting": [f"outbox {KEY}"],
    "outbox.patience": [f"outbox {KEY}"],
    "outbox.patience_with_peer": ["outbox USING INDEX outbox_next (peer=?)"],
    "outbox.of_thread": ["o USING INDEX outbox_by_thread (peer=? AND thread=?)", f"m {KEY}"],
    "outbox.replies": ["o USING INDEX outbox_by_", f"m {KEY}", f"s {KEY}"],  # all that waits for it
    "outbox.unattempted": [
        "o USING INTEGER PRIMARY KEY (rowid>?)",
        f"u {KEY}",
        f"m {KEY}",
        "s USING PRIMARY KEY (seq=?)",
    ],
    "outbox.reissued_as": [f"reissues {KEY}"],
    "outbox.bytes": ["sealings USING INDEX sealings_by_message (seq=?)"],
    "outbox.sealings": ["sealings USING INDEX sealings_by_message (seq=?)"],
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
    "peers.know_card": [PEER],
    "alarms.raised": ["alarms USING INDEX alarms_once (kind=? AND <expr>=? AND <expr>=?)"],
    "own_cards.get": [f"own_cards {KEY}"],
    "own_cards.first_met": [f"own_cards {KEY}", "own_cards", "own_cards"],
    "own_cards.force": [f"own_cards {KEY}"],
    "own_cards.update": [f"card_updates {KEY}"],
    "own_cards.refused": [
        "m USING INDEX messages_refused (peer=? AND refusal=?)",
        f"r {KEY}",
        f"u {KEY}",
        "p USING PRIMARY KEY (digest=?)",
    ],
    "own_cards.last_update": [
        "u USING INDEX card_updates_by_peer (peer=?)",
        f"m {KEY}",
    ],
}

# Whether nothing is shown any more that a publication had let be read.
GONE = [
    "n USING INDEX publications_by_slot (slot=? AND seq>?)",
    "s USING COVERING INDEX published_by_message (seq=?)",
    "s USING INDEX published_by_message (seq=?)",
    "q USING PRIMARY KEY (peer=? AND register=? AND entry=?)",
]

PLANS |= {
    "checking.published": [
        "published USING PRIMARY KEY ((peer,register,entry,seq)>(?,?,?,?))",
    ],
    "markings.forget": ["markings USING PRIMARY KEY (seq=? AND by=?)"],
    "markings.of": ["k USING PRIMARY KEY (seq=?)", f"m {KEY}"],
    "markings.witnessed": ["evidence USING INDEX evidence_by_subject (subject=?)"],
    "markings.witnessed_changes": [
        "evidence USING INDEX evidence_by_subject (subject=? AND chain=?)"
    ],
    "markings.source": ["messages USING INDEX messages_by_id (id=?)"],
    "markings.derived": ["d USING COVERING INDEX derivations_by_source (source=?)", f"m {KEY}"],
    "markings.set": [f"messages {KEY}"],
    "fingerprints.close": [MARKED],
    "fingerprints.own": [MARKS],
    "fingerprints.own_open": [MARKS],
    "fingerprints.independent": [MARKED],
    "fingerprints.close_again": [MARKED],
    "fingerprints.sizes": [f"fingerprints {ANCHORED} (anchor=?)", f"f {ANCHORED} (anchor=? AND"],
    "fingerprints.of": [MARKS],
    "fingerprints.count": ["fingerprint_counts USING PRIMARY KEY (by=?)"],
    "fingerprints.version": ["messages USING INDEX messages_by_id (id=?)"],
    "fingerprints.after": ["messages USING INTEGER PRIMARY KEY (rowid>?)"],
    "origin_hits.get": [f"origin_hits {KEY}"],
    "origin_hits.page": ["origin_hits USING INTEGER PRIMARY KEY (rowid<?)"],
    "origin_hits.page_open": ["origin_hits USING INDEX origin_hits_open (hit<?)"],
    "origin_hits.claim": [f"origin_hits {KEY}"],
    "origin_hits.judge": [f"origin_hits {KEY}"],
    "consents.get": [f"consents {KEY}"],
    "consents.by_id": ["consents USING INDEX consents_by_id (consent_id=? AND peer=? AND"],
    "consents.by_prefix": ["consents USING COVERING INDEX consents_by_id (consent_id>?"],
    "consents.of_thread": ["consents USING INDEX consents_by_thread (peer=? AND thread=?)"],
    "consents.of_message": [
        "n USING PRIMARY KEY (peer=? AND direction=? AND message_id=?)",
        f"c {KEY}",
    ],
    "consents.of_class": ["consents USING INDEX consents_by_class (peer=? AND direction=?)"],
    "consents.page": ["consents USING INTEGER PRIMARY KEY (rowid<?)"],
    "consents.end": [f"consents {KEY}"],
    "consents.witnessed_end": [
        f"m {KEY}",
        "e USING INDEX evidence_by_subject (subject=?)",
    ],
    "consents.ended_by": ["consents USING INDEX consents_ended_by (ended_by=?)"],
    "consents.tell": [f"consents {KEY}"],
    "consents.hear": [f"consents {KEY}"],
    "consents.revocation": [
        "consent_revocations USING PRIMARY KEY (peer=? AND direction=? AND consent_id=?)"
    ],
    "consents.unrevoke": [
        "consent_revocations USING COVERING INDEX consent_revocations_by_message (seq=?)"
    ],
    "consents.to_end": ["consents USING INDEX consents_to_end (not_after<?)"],
    "consents.next_end": ["consents USING INDEX consents_to_end (not_after>?)"],
    "consent_notices.noted": ["consent_notices USING INDEX consent_notices_by_message (seq=?)"],
    "consent_notices.notices": ["consent_notices USING INDEX consent_notices_waiting (number>?)"],
    "consent_notices.finish": [f"consent_notices {KEY}"],
    "publications.insert": ["p USING INDEX publications_by_slot (slot=?)"],
    "publications.get": [f"p {KEY}", f"m {KEY}", f"f {KEY}", *GONE],
    "publications.of_slot": ["publications USING COVERING INDEX publications_by_slot (slot=?)"],
    "publications.replace": ["publications USING INDEX publications_by_slot (slot=?)"],
    "publications.replace_lists": [
        "publications USING INDEX publications_open (state=?)",
        f"l {KEY}",
    ],
    "publications.replacing": [f"o {KEY}", "l USING INDEX register_lists_by_state"],
    "publications.waiting_list": [
        "p USING INDEX publications_open (state=? AND seq<?)",
        f"l {KEY}",
    ],
    "publications.list_shown": [
        "l USING INDEX register_lists_by_state (peer=? AND register=? AND state=?)",
        "s USING INDEX published_by_message (seq=?)",
    ],
    "publications.page": [
        "p USING INTEGER PRIMARY KEY (rowid<?)",
        f"m {KEY}",
        f"f {KEY}",
        *GONE,
    ],
    "publications.page_open": [
        "p USING INDEX publications_open (state=? AND seq<?)",
        f"m {KEY}",
        f"f {KEY}",
    ],
    "publications.decide": [f"publications {KEY}"],
    "publications.finish": [f"publications {KEY}"],
    "publications.remark": [f"publications {KEY}"],
    "publications.counts": ["publications USING INDEX publications_open (state=?)"],
    "publications.show": [],
    "publications.told_by": ["publications USING INDEX publications_by_slot (slot=?)"],
    "publications.take_back": [f"publications {KEY}"],
    "publications.of_slot_shown": [
        "published USING INDEX published_by_message (seq=?)",
        "publications USING COVERING INDEX publications_by_slot (slot=?)",
    ],
    "publications.reopen_slot": [
        "published USING INDEX published_by_message (seq=?)",
        "publications USING COVERING INDEX publications_by_slot (slot=?)",
    ],
    "publications.counted": ["register_versions USING INDEX sqlite_autoindex_register_versions_1"],
    "publications.pending": [
        "v USING INDEX register_versions_then (peer=? AND register=? AND entry=?)",
        f"p {KEY}",
        "o USING COVERING INDEX publications_by_slot (slot=?)",
        "s USING INDEX published_by_message (seq=?)",
    ],
    "publications.end_slot": [
        "published USING INDEX published_by_message (seq=?)",
        "publications USING COVERING INDEX publications_by_slot (slot=?)",
    ],
    "publications.is_shown": [
        "p USING COVERING INDEX publications_by_slot (slot=?)",
        "s USING INDEX published_by_message (seq=?)",
    ],
    "publications.shown": [
        "p USING PRIMARY KEY (peer=? AND register=? AND entry>?)",
        "q USING PRIMARY KEY (peer=? AND register=? AND entry=?)",
    ],
    "publications.of_entry": ["published USING PRIMARY KEY (peer=? AND register=? AND entry=?)"],
    "publications.has_any": ["published USING PRIMARY KEY (peer=? AND register=?)"],
    "publications.parts": ["register_parts USING PRIMARY KEY (list=?)"],
    "publications.deferred": [f"register_deferred {KEY}"],
}

NOW = "register_versions USING INDEX register_versions_now (peer=? AND register=? AND entry=?)"
THEN = "register_versions USING INDEX register_versions_then (peer=? AND register=? AND entry=?"
STANDING = "USING COVERING INDEX register_versions_standing (peer=? AND register=?"
LIST_STATE = "INDEX register_lists_by_state (peer=? AND register=? AND state=?)"
VERSION = f"register_versions {KEY}"

PLANS |= {
    "checking.register_versions": ["register_versions USING INTEGER PRIMARY KEY (rowid>?)"],
    "registers.restate": [VERSION],
    "registers.end": [NOW],
    "registers.now": [NOW],
    "registers.then": [f"{THEN} AND valid_from<?)"],
    "registers.by_seq": [VERSION],
    "registers.history": [f"{THEN})"],
    "registers.page_now": [
        "USING INDEX register_versions_standing (peer=? AND register=? AND entry>?)"
    ],
    "registers.find_now": [VERSION, f"{STANDING} AND entry>?)"],
    "registers.page_then": [
        VERSION,
        "USING COVERING INDEX register_versions_then (peer=? AND register=? AND entry>?)",
    ],
    "registers.statuses": [f"{STANDING})"],
    "registers.count_now": [f"{STANDING})"],
    "registers.changed": [
        "register_versions_new (peer=? AND register=? AND valid_from>? AND valid_from<?)"
    ],
    "registers.of_message": ["register_versions USING INDEX sqlite_autoindex_register_versions_1"],
    "registers.of_slot": ["USING INDEX register_versions_by_slot (slot=?)"],
    "registers.said_by_slot": ["USING INDEX register_versions_by_slot (slot=?)"],
    "registers.sides": [f"n {KEY}", "v USING INDEX register_versions_then", f"m {KEY}"],
    "registers.named": [
        "n USING PRIMARY KEY (peer=? AND register=? AND lookup=?)",
        "v USING INDEX register_versions_now (peer=? AND register=? AND entry=?)",
    ],
    "registers.by_number": ["USING PRIMARY KEY (peer=? AND register=? AND lookup=?)"],
    "registers.deferred": [f"register_deferred {KEY}"],
    "registers.deferred_open": ["d USING INDEX register_deferred_open (seq>?)", f"m {KEY}"],
    "registers.supersede": ["register_deferred_by_slot (slot=?)"],
    "registers.decide": [f"register_deferred {KEY}"],
    "register_lists.get": [f"register_lists {KEY}"],
    "register_lists.current": [LIST_STATE],
    "register_lists.named_otherwise": [LIST_STATE],
    "register_lists.on_its_way": [LIST_STATE, "p USING PRIMARY KEY (list=?)", f"m {KEY}"],
    "register_lists.applied": [f"register_lists {KEY}"],
    "register_lists.drop": [f"register_lists {KEY}"],
    "register_lists.drop_others": [LIST_STATE],
    "register_lists.drop_oldest": [
        f"register_lists {KEY}",
        LIST_STATE.replace("state=?", "state=? AND applied=?"),
        "p USING PRIMARY KEY (list=?)",
    ],
    "register_lists.parts": ["p USING PRIMARY KEY (list=?)", f"m {KEY}"],
    "register_lists.list_of": [
        "p USING INDEX sqlite_autoindex_register_parts_1 (seq=?)",
        f"l {KEY}",
    ],
    "register_lists.remove_part": ["sqlite_autoindex_register_parts_1 (seq=?)"],
    "register_lists.listed": ["register_listed USING PRIMARY KEY (peer=? AND register=?)"],
    "register_lists.unlist_entry": [
        "register_listed USING PRIMARY KEY (peer=? AND register=? AND entry=?)"
    ],
}

# What `shown_disclosures` looks up for each decision.
LEDGER_STEP = "USING PRIMARY KEY (ledger=? AND step=?)"
STATE = (f"t {LEDGER_STEP}", f"s {LEDGER_STEP}", f"r {LEDGER_STEP}")

PLANS |= {
    "checking.disclosures": [
        "d USING INTEGER PRIMARY KEY (rowid>?)",
        "disclosure_sources USING PRIMARY KEY (ledger=?)",
        "disclosure_uses USING PRIMARY KEY (ledger=?)",
        "e USING INDEX evidence_by_subject (subject=?)",
    ],
    "disclosures.last": ["disclosures"],
    "disclosures.last_witnessed": ["evidence USING INDEX evidence_of_ledger (chain=?)"],
    "disclosures.uses_witnessed": ["evidence USING INDEX evidence_by_subject (subject=?)"],
    "disclosures.uses": ["INDEX disclosure_uses_by_consent (peer=? AND consent_id=?)"],
    "disclosures.sent": ["disclosures USING INDEX disclosures_of_message (message=?)"],
    "disclosures.published": ["disclosures USING INDEX disclosures_published (message=?)"],
    "disclosures.public_by_consent": [
        "u USING PRIMARY KEY (ledger=?)",
        "t USING PRIMARY KEY (ledger=? AND step=?)",
        "n USING INDEX disclosures_published (message=? AND seq>?)",
    ],
    "disclosures.get": [f"d {KEY}", *STATE],
    "disclosures.sources_of": ["disclosure_sources USING PRIMARY KEY (ledger=?)"],
    "disclosures.uses_of": ["disclosure_uses USING PRIMARY KEY (ledger=?)"],
    "disclosures.text_of": [f"disclosure_texts {KEY}"],
    "disclosures.witnessed": ["evidence USING INDEX evidence_by_subject (subject=?)"],
    "disclosures.page": [
        "d USING INTEGER PRIMARY KEY (rowid<?)",
        "s USING PRIMARY KEY (ledger=?)",
        *STATE,
    ],
    "disclosures.reported": [
        "s USING INDEX disclosure_sources_by_originator (originator=?)",
        f"d {KEY}",
        *STATE,
    ],
    "disclosures.reported_of": [
        "s USING INDEX disclosure_sources_by_message (originator=? AND message_id=?)",
        f"d {KEY}",
        *STATE,
    ],
    "disclosures.reported_under": [
        "u USING COVERING INDEX disclosure_uses_by_consent (peer=? AND consent_id=?)",
        "s USING PRIMARY KEY (ledger=? AND originator=?)",
        f"d {KEY}",
        *STATE,
    ],
}

# What may read a whole table or index, and why.
WHOLE = {
    "consents.counts": "SCAN consents",  # for metrics; hundreds a year
    "disclosures.public_by_consent": "SCAN d USING INDEX disclosures_published",  # publications
    "messages.counts": "SCAN messages USING COVERING INDEX messages_by_state",  # no row is read
    "outbox.depth": "SCAN o ",  # what waits, for `status`
    "threads.counts": "SCAN threads",  # for `status`
    "alarms.open": "SCAN alarms USING INDEX alarms_open",  # newest first, ended by its LIMIT
    "alarms.count": "SCAN alarms USING INDEX alarms_open",  # what nobody has dismissed
    "duties.next": "SCAN duties USING INDEX duties_ahead",  # ended by its LIMIT
    "duties.never_to_be_reminded": "SCAN duties USING INDEX duties_ahead",  # once, after an upgrade
    "duties.not_reported_on": "SCAN t",  # the same
    "evidence.chains": "SCAN chains",  # a row per peer
    "figures.queued": "SCAN outbox",  # what waits, small rows, for monitoring
    "figures.missed": "SCAN duties USING INDEX duties_by_message",  # only what was missed
    "figures.duties": "SCAN duties USING COVERING INDEX duties_open",  # only what is not done
    "figures.refused_here": "SCAN refusals USING COVERING INDEX refusals_by_code",  # no row is read
    "figures.refused_there": "SCAN messages USING COVERING INDEX messages_refused",  # the same
    "figures.unreadable": "SCAN security_events USING COVERING INDEX",  # 1,000 per peer at most
    "figures.alarms": "SCAN alarms",  # what needs a person, for monitoring
    "figures.links": "SCAN peers",  # a row per peer
    "checking.count_messages": "SCAN messages USING COVERING INDEX",  # `db check` reads all anyway
    "checking.count_entries": "SCAN entries USING COVERING INDEX",  # the same
    "checking.count_sealings": "SCAN sealings USING COVERING INDEX",  # the same
    # What waits for a person, small rows.
    "registers.count_deferred": "SCAN register_deferred USING INDEX register_deferred_open",
    "registers.waiting": "SCAN register_deferred USING INDEX register_deferred_open",
    "restoring.counters": "SCAN counters",  # a row per year, once in a restoring
    "restoring.last_event": "SCAN sqlite_sequence",  # a row per counted table
    "restoring.begin_events": "SCAN sqlite_sequence",  # the same
    "restoring.raise_events": "SCAN sqlite_sequence",  # the same
    "consumers.all": "SCAN c",  # a row per consumer
    "peers.all": "SCAN peers",  # a row per peer
    "fingerprints.counts": "SCAN fingerprint_counts",  # a row per peer
    "own_cards.all": "SCAN own_cards",  # some a year, when a peer refuses one
    "own_cards.newest": "SCAN own_cards",  # newest first, ended by its LIMIT
}
# A row of constants, the list of rows that came with the query, and what it makes of them itself.
_NO_TABLE = ("SCAN CONSTANT ROW", "SCAN json_each ", "SCAN begun")


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
