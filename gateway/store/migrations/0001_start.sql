-- The first form of the store. Times are RFC 3339 UTC text, sizes are octets, digests are
-- `sha-256:<base64url>`. Everything is per peer.

-- One row a fact about this database: node, environment, epoch, format.
CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Nodes whose fingerprint an operator confirmed. `card` is the confirmed one, `keys` the newest
-- card whose keys and certificates apply, `waiting` one that an operator has yet to confirm.
CREATE TABLE peers (
    node         TEXT PRIMARY KEY,
    enabled      INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    fingerprint  TEXT NOT NULL,
    card         TEXT NOT NULL,
    keys         TEXT NOT NULL,
    keys_serial  INTEGER NOT NULL,
    waiting      TEXT,
    added        TEXT NOT NULL,
    failures     INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),
    next_attempt REAL NOT NULL DEFAULT 0,
    last_contact TEXT
) STRICT;

CREATE TABLE threads (
    peer      TEXT NOT NULL,
    thread    TEXT NOT NULL,
    kind      TEXT NOT NULL,
    state     TEXT NOT NULL,
    opener    TEXT NOT NULL CHECK (opener IN ('us', 'them')),
    reference TEXT,
    opened    TEXT NOT NULL,
    updated   TEXT NOT NULL,
    attention TEXT,
    PRIMARY KEY (peer, thread)
) STRICT, WITHOUT ROWID;
CREATE INDEX threads_by_update ON threads (updated, thread);
CREATE INDEX threads_by_reference ON threads (reference) WHERE reference IS NOT NULL;

-- Every message sent or received. `jws` is the signed text, kept for ever; `content` is sealed
-- with a key of its own, wrapped in `content_key` (NULL: the content is public and in clear). The
-- large columns stand last: SQLite walks through them to reach what stands behind.
CREATE TABLE messages (
    seq            INTEGER PRIMARY KEY,
    peer           TEXT NOT NULL,
    direction      TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    id             TEXT NOT NULL,
    header_digest  TEXT NOT NULL,
    type           TEXT NOT NULL,
    thread         TEXT NOT NULL,
    in_reply_to    TEXT,
    reference      TEXT,
    clauses        TEXT NOT NULL,
    priority       TEXT NOT NULL,
    marking        TEXT NOT NULL,
    caveats        TEXT NOT NULL,
    created        TEXT NOT NULL,
    expires        TEXT NOT NULL,
    due            TEXT,
    size           INTEGER NOT NULL CHECK (size >= 0),
    state          TEXT NOT NULL,
    received       TEXT,
    handed_over    TEXT,
    accepted       TEXT,
    declined       TEXT,
    answered       TEXT,
    attention      TEXT,
    refusal        TEXT,
    attempts       INTEGER NOT NULL DEFAULT 0,
    receipt        TEXT,
    entry          TEXT,
    jws_digest     TEXT NOT NULL,
    content_digest TEXT NOT NULL,
    content_key    BLOB,
    jws            TEXT NOT NULL,
    content        BLOB,
    UNIQUE (peer, direction, id)
) STRICT;
CREATE INDEX messages_by_id ON messages (id);
CREATE INDEX messages_by_thread ON messages (thread, seq);
CREATE INDEX messages_by_direction ON messages (direction, seq);
CREATE INDEX messages_by_state ON messages (direction, state, seq);
CREATE INDEX messages_by_reference ON messages (reference, seq) WHERE reference IS NOT NULL;

-- Messages of ours that have no final entry yet. `head` marks those that may leave: the first of
-- each thread, and every immediate one.
CREATE TABLE outbox (
    seq          INTEGER PRIMARY KEY REFERENCES messages (seq),
    peer         TEXT NOT NULL,
    thread       TEXT NOT NULL,
    rank         INTEGER NOT NULL,
    immediate    INTEGER NOT NULL CHECK (immediate IN (0, 1)),
    head         INTEGER NOT NULL CHECK (head IN (0, 1)),
    state        TEXT NOT NULL CHECK (state IN ('queued', 'overdue', 'held')),
    judge_at     TEXT NOT NULL,
    refused      INTEGER NOT NULL DEFAULT 0,
    attempted_at TEXT,
    next_attempt REAL NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX outbox_ready ON outbox (peer, rank, seq) WHERE head = 1 AND state <> 'held';
CREATE INDEX outbox_by_thread ON outbox (peer, thread, seq);
CREATE INDEX outbox_next ON outbox (peer, next_attempt) WHERE head = 1 AND state <> 'held';
CREATE INDEX outbox_by_judgement ON outbox (peer, judge_at);

-- What lists show of a message: neither its signed text nor its content.
CREATE VIEW shown_messages AS
SELECT m.seq, m.id, m.direction, m.peer, m.type, m.thread, m.reference, m.in_reply_to, m.clauses,
    m.priority, m.marking, m.caveats, m.created, m.expires, m.due, m.state, m.received, m.handed_over,
    m.accepted, m.declined, m.answered, m.attention, m.refusal, m.size, m.header_digest,
    m.attempts, o.next_attempt
FROM messages AS m LEFT JOIN outbox AS o ON o.seq = m.seq;

-- Each envelope that one of our messages was sealed into; the bytes go once the entry is final.
CREATE TABLE sealings (
    envelope_digest TEXT PRIMARY KEY,
    seq             INTEGER NOT NULL REFERENCES messages (seq),
    kid             TEXT NOT NULL,
    at              TEXT NOT NULL,
    envelope        BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX sealings_by_message ON sealings (seq);

-- Receipts of the peer that verified, each kept once for all messages it proves.
CREATE TABLE receipts (
    digest TEXT PRIMARY KEY,
    peer   TEXT NOT NULL,
    at     TEXT NOT NULL,
    text   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Final entries that we gave, as exact text, repeated byte for byte for ever: one per signed
-- header, in whatever envelopes it comes.
CREATE TABLE entries (
    peer            TEXT NOT NULL,
    envelope_digest TEXT NOT NULL,
    id              TEXT NOT NULL,
    header_digest   TEXT NOT NULL,
    code            TEXT,
    text            TEXT NOT NULL,
    PRIMARY KEY (peer, envelope_digest)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX entries_by_message ON entries (peer, id, header_digest);

-- Signed headers that we refused for good: the proof of what was refused, without its content.
CREATE TABLE refusals (
    peer          TEXT NOT NULL,
    id            TEXT NOT NULL,
    header_digest TEXT NOT NULL,
    code          TEXT NOT NULL,
    at            TEXT NOT NULL,
    jws           TEXT NOT NULL,
    PRIMARY KEY (peer, id, header_digest)
) STRICT, WITHOUT ROWID;

-- The append-only record: one chain per peer and the chain `local`.
CREATE TABLE chains (
    chain    TEXT PRIMARY KEY,
    size     INTEGER NOT NULL CHECK (size >= 0),
    head     TEXT NOT NULL,
    frontier BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE evidence (
    chain    TEXT NOT NULL,
    position INTEGER NOT NULL CHECK (position >= 0),
    fact     TEXT NOT NULL,
    subject  TEXT,
    hash     TEXT NOT NULL,
    record   TEXT NOT NULL,
    PRIMARY KEY (chain, position)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER evidence_is_append_only BEFORE UPDATE ON evidence
BEGIN
    SELECT RAISE(ABORT, 'evidence is append-only');
END;
CREATE TRIGGER evidence_is_never_deleted BEFORE DELETE ON evidence
BEGIN
    SELECT RAISE(ABORT, 'evidence is append-only');
END;

-- What needs a person: conflicts, held and overdue messages, pins that do not fit.
CREATE TABLE alarms (
    seq     INTEGER PRIMARY KEY,
    at      TEXT NOT NULL,
    peer    TEXT,
    kind    TEXT NOT NULL,
    subject TEXT,
    count   INTEGER NOT NULL DEFAULT 1,
    last    TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX alarms_once ON alarms (kind, ifnull(peer, ''), ifnull(subject, ''));

-- Arrivals that nobody could read or parse: peer, size and digest, the newest 1,000 per peer.
CREATE TABLE security_events (
    seq    INTEGER PRIMARY KEY,
    at     TEXT NOT NULL,
    peer   TEXT NOT NULL,
    code   TEXT NOT NULL,
    size   INTEGER NOT NULL,
    digest TEXT NOT NULL
) STRICT;
CREATE INDEX security_events_by_peer ON security_events (peer, seq);

-- Keys by which a local system repeats a request safely.
CREATE TABLE idempotency (
    uid     INTEGER NOT NULL,
    key     TEXT NOT NULL,
    request TEXT NOT NULL,
    id      TEXT NOT NULL,
    at      TEXT NOT NULL,
    PRIMARY KEY (uid, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
