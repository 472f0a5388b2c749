-- What a message obliges somebody to do, with its history: a row stays when its act is done.
--   act       a level above the receipt, or `repeated`: the next of its kind, until a matter is over
--   holder    who owes it, `us` or `them`
--   opened    from when on it was owed, and by which message: the one of the row, or what came later
--   due       by when, and who said so: the memorandum's profile, the sender, or both sides (agreed)
--   remind    when its holder is reminded; `reminded` when that was, `recalled` the same after `due`
--   missed    when we noted that it was late; `statement` the digest of what we signed about that
--   closed    when it ended, by which message (unknown where nothing says so) and how
CREATE TABLE duties (
    seq         INTEGER NOT NULL REFERENCES messages (seq),
    act         TEXT NOT NULL CHECK (act IN ('handed-over', 'accepted', 'answered', 'repeated')),
    turn        INTEGER NOT NULL CHECK (turn >= 0),
    peer        TEXT NOT NULL,
    direction   TEXT NOT NULL CHECK (direction IN ('in', 'out')),
    holder      TEXT NOT NULL CHECK (holder IN ('us', 'them')),
    opened      TEXT NOT NULL,
    opened_by   INTEGER NOT NULL,
    due         TEXT NOT NULL,
    source      TEXT NOT NULL CHECK (source IN ('profile', 'sender', 'agreed')),
    remind      TEXT,
    reminded    TEXT,
    reminded_by INTEGER,
    recalled    TEXT,
    recalled_by INTEGER,
    missed      TEXT,
    statement   TEXT,
    closed      TEXT,
    closed_by   INTEGER,
    outcome     TEXT CHECK (outcome IN ('done', 'declined', 'withdrawn', 'lapsed')),
    PRIMARY KEY (seq, act, turn),
    CHECK ((closed IS NULL) = (outcome IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX duties_ahead ON duties (due, holder) WHERE missed IS NULL AND closed IS NULL;
CREATE INDEX duties_by_message ON duties (direction, seq) WHERE missed IS NOT NULL AND closed IS NULL;
CREATE INDEX duties_open ON duties (due, seq, act, turn, peer, holder, missed, closed)
    WHERE closed IS NULL;
CREATE INDEX duties_by_due ON duties (due, seq, act, turn);
CREATE INDEX duties_closed_by ON duties (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX duties_repeated ON duties (opened_by) WHERE act = 'repeated';
CREATE INDEX duties_next_of_kind ON duties (peer, direction) WHERE act = 'repeated' AND closed IS NULL;
CREATE INDEX duties_to_remind ON duties (remind, holder)
    WHERE remind IS NOT NULL AND reminded IS NULL AND closed IS NULL;
CREATE INDEX duties_to_recall ON duties (peer, holder, due)
    WHERE missed IS NOT NULL AND recalled IS NULL AND closed IS NULL;

-- More time that both sides agreed upon: which message moved a due date, and from where.
CREATE TABLE extensions (
    by            INTEGER PRIMARY KEY REFERENCES messages (seq),
    seq           INTEGER NOT NULL,
    act           TEXT NOT NULL,
    turn          INTEGER NOT NULL,
    before        TEXT NOT NULL,
    before_source TEXT NOT NULL,
    before_remind TEXT,
    FOREIGN KEY (seq, act, turn) REFERENCES duties (seq, act, turn)
) STRICT;
CREATE INDEX extensions_of_duty ON extensions (seq, act, turn, by);

-- What stood open. That an answer is due was said in the signed header, the rest by the profile.
INSERT INTO duties (
    seq, act, turn, peer, direction, holder, opened, opened_by, due, source, missed, statement
)
SELECT d.seq, d.level, 0, d.peer, d.direction,
    CASE d.direction WHEN 'in' THEN 'us' ELSE 'them' END,
    ifnull(m.received, m.created), d.seq, d.due,
    CASE d.level WHEN 'answered' THEN 'sender' ELSE 'profile' END,
    d.missed, d.statement
FROM deadlines AS d JOIN messages AS m ON m.seq = d.seq;
-- What is done, as far as it can still be told: when an answer was due stands in the header.
INSERT INTO duties (
    seq, act, turn, peer, direction, holder, opened, opened_by, due, source, closed, closed_by,
    outcome
)
SELECT m.seq, 'answered', 0, m.peer, m.direction,
    CASE m.direction WHEN 'in' THEN 'us' ELSE 'them' END,
    ifnull(m.received, m.created), m.seq, m.due, 'sender', ifnull(m.answered, m.declined),
    (
        SELECT min(a.seq) FROM messages AS a
        WHERE m.answered IS NOT NULL AND a.thread = m.thread AND a.peer = m.peer
            AND a.direction <> m.direction AND a.in_reply_to = m.id AND a.created = m.answered
    ),
    CASE WHEN m.answered IS NULL THEN 'declined' ELSE 'done' END
FROM messages AS m
WHERE m.due IS NOT NULL AND (m.answered IS NOT NULL OR m.declined IS NOT NULL)
    AND m.state NOT IN ('refused', 'cancelled', 'expired')
ON CONFLICT DO NOTHING;

-- When somebody is to be reminded, and which reports are due, depends on calendars: the first start
-- works it out.
INSERT INTO meta (name, value)
SELECT 'to-do.duties', '4' WHERE EXISTS (SELECT 1 FROM messages);

DROP VIEW shown_messages;
DROP VIEW shown_threads;
DROP TABLE deadlines;

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
        SELECT group_concat(d.act) FROM duties AS d
        WHERE d.seq = m.seq AND d.missed IS NOT NULL AND d.closed IS NULL
    ) AS missed
FROM messages AS m
LEFT JOIN outbox AS o ON o.seq = m.seq
LEFT JOIN supersessions AS s ON s.old = m.seq
LEFT JOIN supersessions AS n ON n.new = m.seq
LEFT JOIN reissues AS a ON a.new = m.seq
LEFT JOIN reissues AS b ON b.old = m.seq;

-- What lists show of a thread: also by when the levels of what opened it are due, and whether a
-- duty of one of its messages was missed.
CREATE VIEW shown_threads AS
SELECT t.*,
    (
        SELECT group_concat(d.act || '=' || d.due) FROM messages AS m JOIN duties AS d ON d.seq = m.seq
        WHERE m.peer = t.peer AND m.direction = CASE t.opener WHEN 'us' THEN 'out' ELSE 'in' END
            AND m.id = t.thread AND d.missed IS NULL AND d.closed IS NULL AND d.act <> 'repeated'
    ) AS awaited,
    EXISTS (
        SELECT 1 FROM messages AS m JOIN duties AS d ON d.seq = m.seq
        WHERE m.thread = t.thread AND m.peer = t.peer AND d.missed IS NOT NULL AND d.closed IS NULL
    ) AS overdue
FROM threads AS t;
