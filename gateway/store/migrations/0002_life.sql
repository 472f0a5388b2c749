-- What people and systems add to the exchange: deadlines per level, drafts, notes, consumers, a feed
-- of content-free events, and this node's own cards.

-- What a message did to a thread and the state that the thread had before, so that the step can be
-- undone. An acknowledgement steps in the threads of what it lists. Not columns of `messages`: new ones
-- would stand behind the content.
CREATE TABLE steps (
    seq    INTEGER NOT NULL REFERENCES messages (seq),
    thread TEXT NOT NULL,
    step   TEXT NOT NULL,
    before TEXT NOT NULL,
    PRIMARY KEY (seq, thread)
) STRICT, WITHOUT ROWID;
CREATE INDEX steps_by_thread ON steps (thread, seq);

-- Which message took the place of which; both are of one peer and direction.
CREATE TABLE supersessions (
    old    INTEGER PRIMARY KEY REFERENCES messages (seq),
    old_id TEXT NOT NULL,
    new    INTEGER NOT NULL UNIQUE REFERENCES messages (seq),
    new_id TEXT NOT NULL,
    mode   TEXT NOT NULL CHECK (mode IN ('correct', 'withdraw'))
) STRICT;

-- Messages of ours that never counted at the peer, and the ones that say the same under a new id. The
-- peer knows nothing of the old ones, so this is no supersession.
CREATE TABLE reissues (
    old    INTEGER PRIMARY KEY REFERENCES messages (seq),
    old_id TEXT NOT NULL,
    new    INTEGER NOT NULL UNIQUE REFERENCES messages (seq),
    new_id TEXT NOT NULL
) STRICT;

-- By when a level above the receipt is to be reached. The row goes when it is; `missed` says when we
-- noted that it was not, `statement` is the digest of what we signed about that.
CREATE TABLE deadlines (
    seq       INTEGER NOT NULL REFERENCES messages (seq),
    level     TEXT NOT NULL CHECK (level IN ('handed-over', 'accepted', 'answered')),
    peer      TEXT NOT NULL,
    direction TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    due       TEXT NOT NULL,
    missed    TEXT,
    statement TEXT,
    PRIMARY KEY (seq, level)
) STRICT, WITHOUT ROWID;
CREATE INDEX deadlines_ahead ON deadlines (due) WHERE missed IS NULL;
CREATE INDEX deadlines_by_message ON deadlines (direction, seq) WHERE missed IS NOT NULL;
CREATE INDEX deadlines_missed ON deadlines (peer, direction, level) WHERE missed IS NOT NULL;

-- What the first form of the store had no place for, as far as it can still be told. Answers that are
-- owed, by the day that stands in the signed header:
INSERT INTO deadlines (seq, level, peer, direction, due)
SELECT seq, 'answered', peer, direction, due FROM messages
WHERE due IS NOT NULL AND answered IS NULL AND declined IS NULL
    AND state NOT IN ('refused', 'cancelled', 'expired');
-- The steps of replies that are still queued, so that one which never arrives can be undone. The last
-- answer of a matter that is answered was the answer, every other one a part.
INSERT INTO steps (seq, thread, step, before)
SELECT o.seq, o.thread,
    CASE
        WHEN t.state = 'answered' AND NOT EXISTS (
            SELECT 1 FROM messages AS l WHERE l.thread = o.thread AND l.seq > o.seq
                AND l.direction = 'out' AND l.peer = o.peer AND l.type = 'inquiry.answer'
        ) THEN 'answer'
        ELSE 'part'
    END,
    CASE
        WHEN EXISTS (
            SELECT 1 FROM messages AS e WHERE e.thread = o.thread AND e.seq < o.seq
                AND e.direction = 'out' AND e.peer = o.peer AND e.type = 'inquiry.answer'
        ) THEN 'in-progress'
        WHEN q.accepted IS NOT NULL THEN 'accepted'
        ELSE 'requested'
    END
FROM outbox AS o
JOIN messages AS m ON m.seq = o.seq AND m.type = 'inquiry.answer'
JOIN threads AS t ON t.peer = o.peer AND t.thread = o.thread
JOIN messages AS q ON q.peer = o.peer AND q.direction = 'in' AND q.id = o.thread
WHERE t.state IN ('in-progress', 'answered');
-- Which messages an acknowledgement lists is sealed; its second tells, if nothing else was accepted or
-- declined then.
INSERT INTO steps (seq, thread, step, before)
SELECT o.seq, q.thread,
    CASE a.type WHEN 'acknowledgement.accepted' THEN 'accept' ELSE 'decline' END,
    CASE WHEN a.type = 'acknowledgement.declined' AND q.accepted IS NOT NULL THEN 'accepted'
        ELSE 'requested' END
FROM outbox AS o
JOIN messages AS a ON a.seq = o.seq
JOIN messages AS q ON q.peer = o.peer AND q.direction = 'in' AND q.type = 'inquiry.request'
    AND CASE a.type WHEN 'acknowledgement.accepted' THEN q.accepted
        WHEN 'acknowledgement.declined' THEN q.declined END = a.created
WHERE NOT EXISTS (
    SELECT 1 FROM messages AS other WHERE other.peer = a.peer AND other.direction = 'out'
        AND other.type = a.type AND other.created = a.created AND other.seq <> a.seq
);

-- Statements that this node signed alone, as exact text: that a level was not reached in time.
CREATE TABLE statements (
    digest TEXT PRIMARY KEY,
    peer   TEXT NOT NULL,
    at     TEXT NOT NULL,
    text   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- A person has looked at an alarm; raised again it needs one again.
ALTER TABLE alarms ADD COLUMN seen TEXT;
ALTER TABLE alarms ADD COLUMN seen_by INTEGER;
CREATE INDEX alarms_open ON alarms (seq) WHERE seen IS NULL;

-- Who handles a matter here, and what is noted about it; neither is ever sent.
ALTER TABLE threads ADD COLUMN assignee TEXT;
CREATE INDEX threads_by_assignee ON threads (assignee, updated, thread) WHERE assignee IS NOT NULL;
CREATE TABLE notes (
    seq         INTEGER PRIMARY KEY,
    peer        TEXT NOT NULL,
    thread      TEXT NOT NULL,
    at          TEXT NOT NULL,
    uid         INTEGER NOT NULL,
    author      TEXT NOT NULL,
    content_key BLOB NOT NULL,
    content     BLOB NOT NULL
) STRICT;
CREATE INDEX notes_by_thread ON notes (peer, thread, seq);

-- Messages that an officer has begun to write, sealed like messages.
CREATE TABLE drafts (
    uid         INTEGER NOT NULL,
    name        TEXT NOT NULL,
    updated     TEXT NOT NULL,
    type        TEXT,
    peer        TEXT,
    content_key BLOB NOT NULL,
    content     BLOB NOT NULL,
    PRIMARY KEY (uid, name)
) STRICT, WITHOUT ROWID;

-- Local systems that take what comes in, one after another, and acknowledge it. Up to `after_seq` a
-- system has acknowledged everything that has no row in `consumptions`; a row is what it was given (how
-- often, and when it was set apart for failing), or what waits behind such a one.
CREATE TABLE consumers (
    uid       INTEGER NOT NULL,
    name      TEXT NOT NULL,
    created   TEXT NOT NULL,
    after_seq INTEGER NOT NULL,
    PRIMARY KEY (uid, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE consumptions (
    uid         INTEGER NOT NULL,
    name        TEXT NOT NULL,
    seq         INTEGER NOT NULL REFERENCES messages (seq),
    tries       INTEGER NOT NULL CHECK (tries >= 0),
    quarantined TEXT,
    PRIMARY KEY (uid, name, seq),
    FOREIGN KEY (uid, name) REFERENCES consumers (uid, name) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- Every card that this node has handed out, which of them each peer has receipted, and by which
-- message of ours. `forced`: when an operator had its newest certificate shown without waiting for
-- every peer to know it.
CREATE TABLE own_cards (
    serial INTEGER PRIMARY KEY,
    digest TEXT NOT NULL,
    at     TEXT NOT NULL,
    forced TEXT,
    card   TEXT NOT NULL
) STRICT;
CREATE TABLE card_updates (
    seq    INTEGER PRIMARY KEY REFERENCES messages (seq),
    peer   TEXT NOT NULL,
    serial INTEGER NOT NULL
) STRICT;
CREATE INDEX card_updates_by_peer ON card_updates (peer, seq);
ALTER TABLE peers ADD COLUMN card_known INTEGER;
ALTER TABLE peers ADD COLUMN version TEXT;
ALTER TABLE peers ADD COLUMN clock_offset REAL;

CREATE INDEX idempotency_by_age ON idempotency (at);

-- For monitoring, which counts refusals by reason without reading what was refused.
CREATE INDEX refusals_by_code ON refusals (peer, code);
CREATE INDEX messages_refused ON messages (peer, refusal) WHERE refusal IS NOT NULL;

-- What happened, in order and without content, for whoever follows: written by the triggers below,
-- so that no change of a state is without its event.
CREATE TABLE events (
    seq       INTEGER PRIMARY KEY AUTOINCREMENT,
    kind      TEXT NOT NULL,
    peer      TEXT,
    id        TEXT,
    type      TEXT,
    thread    TEXT,
    reference TEXT,
    state     TEXT
) STRICT;

CREATE TRIGGER event_of_new_message AFTER INSERT ON messages
BEGIN
    INSERT INTO events (kind, peer, id, type, thread, reference, state)
    VALUES (
        CASE NEW.direction WHEN 'in' THEN 'message.received' ELSE 'message.queued' END,
        NEW.peer, NEW.id, NEW.type, NEW.thread, NEW.reference, NEW.state
    );
END;
CREATE TRIGGER event_of_message_state AFTER UPDATE OF state ON messages
WHEN NEW.state <> OLD.state
BEGIN
    INSERT INTO events (kind, peer, id, type, thread, reference, state)
    VALUES (
        'message.' || NEW.state, NEW.peer, NEW.id, NEW.type, NEW.thread, NEW.reference, NEW.state
    );
END;
-- The levels that the other side reports of a message of ours, which keeps its state `delivered`.
CREATE TRIGGER event_of_message_level
AFTER UPDATE OF handed_over, accepted, declined, answered ON messages
WHEN NEW.direction = 'out' AND (
    NEW.handed_over IS NOT OLD.handed_over OR NEW.accepted IS NOT OLD.accepted
    OR NEW.declined IS NOT OLD.declined OR NEW.answered IS NOT OLD.answered
)
BEGIN
    INSERT INTO events (kind, peer, id, type, thread, reference, state)
    VALUES (
        CASE
            WHEN NEW.answered IS NOT OLD.answered THEN 'level.answered'
            WHEN NEW.declined IS NOT OLD.declined THEN 'level.declined'
            WHEN NEW.accepted IS NOT OLD.accepted THEN 'level.accepted'
            ELSE 'level.handed-over'
        END,
        NEW.peer, NEW.id, NEW.type, NEW.thread, NEW.reference, NEW.state
    );
END;
CREATE TRIGGER event_of_new_thread AFTER INSERT ON threads WHEN NEW.kind <> 'control'
BEGIN
    INSERT INTO events (kind, peer, thread, reference, state)
    VALUES ('thread.opened', NEW.peer, NEW.thread, NEW.reference, NEW.state);
END;
CREATE TRIGGER event_of_thread_state AFTER UPDATE OF state ON threads WHEN NEW.state <> OLD.state
BEGIN
    INSERT INTO events (kind, peer, thread, reference, state)
    VALUES ('thread.moved', NEW.peer, NEW.thread, NEW.reference, NEW.state);
END;
CREATE TRIGGER event_of_attention AFTER UPDATE OF attention ON threads
WHEN NEW.attention IS NOT NULL AND OLD.attention IS NULL
BEGIN
    INSERT INTO events (kind, peer, thread, reference, state)
    VALUES ('thread.attention', NEW.peer, NEW.thread, NEW.reference, NEW.state);
END;
CREATE TRIGGER event_of_new_alarm AFTER INSERT ON alarms
BEGIN
    INSERT INTO events (kind, peer, id, state) VALUES ('alarm', NEW.peer, NEW.subject, NEW.kind);
END;
CREATE TRIGGER event_of_alarm_again AFTER UPDATE OF seen ON alarms
WHEN OLD.seen IS NOT NULL AND NEW.seen IS NULL
BEGIN
    INSERT INTO events (kind, peer, id, state) VALUES ('alarm', NEW.peer, NEW.subject, NEW.kind);
END;
-- The feed is for those who follow, not an archive: the evidence is.
CREATE TRIGGER events_are_bounded AFTER INSERT ON events WHEN NEW.seq % 1000 = 0
BEGIN
    DELETE FROM events WHERE seq <= NEW.seq - 100000;
END;

-- Lists pass over what a filter leaves out without reading its row: type and peer stand in the index.
-- Times have an index of their own, to find the first and last row that a list may show.
DROP INDEX messages_by_direction;
CREATE INDEX messages_by_direction ON messages (direction, seq, type, peer);
DROP INDEX messages_by_state;
CREATE INDEX messages_by_state ON messages (direction, state, seq, type, peer);
DROP INDEX messages_by_thread;
CREATE INDEX messages_by_thread ON messages (thread, seq, direction, peer);
CREATE INDEX messages_arrived ON messages (received) WHERE direction = 'in';
CREATE INDEX messages_written ON messages (created) WHERE direction = 'out';
CREATE INDEX threads_flagged ON threads (updated, thread) WHERE attention IS NOT NULL;
CREATE INDEX evidence_by_subject ON evidence (subject) WHERE subject IS NOT NULL;

DROP VIEW shown_messages;
CREATE VIEW shown_messages AS
SELECT m.seq, m.id, m.direction, m.peer, m.type, m.thread, m.reference, m.in_reply_to, m.clauses,
    m.priority, m.marking, m.caveats, m.created, m.expires, m.due, m.state, m.received, m.handed_over,
    m.accepted, m.declined, m.answered, m.attention, m.refusal, m.size, m.header_digest,
    m.attempts,
    -- It leaves when its own time and that of the link to its peer have come.
    max(o.next_attempt, (SELECT p.next_attempt FROM peers AS p WHERE p.node = m.peer))
        AS next_attempt,
    n.old_id AS supersedes, s.new_id AS superseded_by,
    s.mode AS superseded_mode, a.old_id AS reissue_of, b.new_id AS reissued_as,
    -- When we first had it: from here on it is in the lists.
    CASE m.direction WHEN 'in' THEN m.received ELSE m.created END AS noted,
    (
        SELECT group_concat(d.level) FROM deadlines AS d
        WHERE d.seq = m.seq AND d.missed IS NOT NULL
    ) AS missed
FROM messages AS m
LEFT JOIN outbox AS o ON o.seq = m.seq
LEFT JOIN supersessions AS s ON s.old = m.seq
LEFT JOIN supersessions AS n ON n.new = m.seq
LEFT JOIN reissues AS a ON a.new = m.seq
LEFT JOIN reissues AS b ON b.old = m.seq;

-- What lists show of a thread: also by when the levels of what opened it are due, and whether a level
-- of one of its messages was missed.
CREATE VIEW shown_threads AS
SELECT t.*,
    (
        SELECT group_concat(d.level || '=' || d.due) FROM messages AS m JOIN deadlines AS d ON d.seq = m.seq
        WHERE m.peer = t.peer AND m.direction = CASE t.opener WHEN 'us' THEN 'out' ELSE 'in' END
            AND m.id = t.thread AND d.missed IS NULL
    ) AS awaited,
    EXISTS (
        SELECT 1 FROM messages AS m JOIN deadlines AS d ON d.seq = m.seq
        WHERE m.thread = t.thread AND m.peer = t.peer AND d.missed IS NOT NULL
    ) AS overdue
FROM threads AS t;
