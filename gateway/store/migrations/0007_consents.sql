-- Consents under clause 3: those the other side has given us, and those we have given.

-- One row for each message that gives a consent, good or bad. What it says is read from the message's
-- signed text at each use; here stands how it is found and what has happened to it since. `code`: why it
-- is worth nothing, for ever; what time or uses make of it stands in no column. `ended_by` is the
-- message that took its worth. `told`: the state of which the grantor was told last, of ours what the
-- other side told us, with its code and time. `mark` is a keyed
-- digest of the row: one that was changed on the disk permits nothing.
CREATE TABLE consents (
    seq        INTEGER PRIMARY KEY REFERENCES messages (seq),
    peer       TEXT NOT NULL,
    direction  TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    consent_id TEXT NOT NULL,
    thread     TEXT NOT NULL,
    request    TEXT,
    digest     TEXT NOT NULL,
    kids       TEXT NOT NULL,
    not_before TEXT,
    not_after  TEXT,
    uses       INTEGER,
    is_class   INTEGER NOT NULL CHECK (is_class IN (0, 1)),
    noted      TEXT NOT NULL,
    code       TEXT,
    ended      TEXT,
    ended_by   INTEGER REFERENCES messages (seq),
    told       TEXT,
    told_code  TEXT,
    told_at    TEXT,
    mark       BLOB NOT NULL
) STRICT;
CREATE INDEX consents_by_id ON consents (consent_id, peer, direction, seq);
CREATE INDEX consents_by_thread ON consents (peer, thread, seq);
CREATE INDEX consents_ended_by ON consents (ended_by) WHERE ended_by IS NOT NULL;
CREATE INDEX consents_by_class ON consents (peer, direction, seq) WHERE is_class = 1;
CREATE INDEX consents_to_end ON consents (not_after)
    WHERE direction = 'in' AND told IN ('active', 'not-yet-valid');

-- Which messages of the grantor a consent names.
CREATE TABLE consent_messages (
    peer       TEXT NOT NULL,
    direction  TEXT NOT NULL,
    message_id TEXT NOT NULL,
    seq        INTEGER NOT NULL REFERENCES consents (seq),
    PRIMARY KEY (peer, direction, message_id, seq)
) STRICT, WITHOUT ROWID;

-- What was revoked, also before the consent itself came.
CREATE TABLE consent_revocations (
    peer       TEXT NOT NULL,
    direction  TEXT NOT NULL,
    consent_id TEXT NOT NULL,
    seq        INTEGER NOT NULL REFERENCES messages (seq),
    reason     TEXT NOT NULL,
    at         TEXT NOT NULL,
    PRIMARY KEY (peer, direction, consent_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX consent_revocations_by_message ON consent_revocations (seq);

-- What the other side is to be told by itself: how a consent stands, and what was disclosed. `seq` is the
-- message that is spoken of, `what` the state or the reason of the report. A notice is waiting until the
-- message that says so is kept, in one transaction with it; a dropped one has no matter to be said in.
CREATE TABLE consent_notices (
    number     INTEGER PRIMARY KEY,
    kind       TEXT NOT NULL CHECK (kind IN ('status', 'report')),
    seq        INTEGER NOT NULL REFERENCES messages (seq),
    peer       TEXT NOT NULL,
    consent_id TEXT,
    message_id TEXT,
    what       TEXT NOT NULL,
    code       TEXT,
    uses_left  INTEGER,
    noted      TEXT NOT NULL,
    state      TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'dropped')),
    told       TEXT
) STRICT;
CREATE INDEX consent_notices_waiting ON consent_notices (number) WHERE state = 'waiting';
CREATE INDEX consent_notices_by_message ON consent_notices (seq);
