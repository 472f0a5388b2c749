-- name: insert
-- By when a message is to reach a level; what stands already stays.
INSERT INTO deadlines (seq, level, peer, direction, due)
VALUES (:seq, :level, :peer, :direction, :due) ON CONFLICT DO NOTHING;

-- name: reached
-- The levels of a message that are reached are awaited no more, missed or not.
DELETE FROM deadlines WHERE seq = :seq AND level IN (SELECT value FROM json_each(:levels));

-- name: drop
-- Nothing more is awaited of a message.
DELETE FROM deadlines WHERE seq = :seq;

-- name: withdrawn
-- Nothing more is awaited of what a withdrawal takes back: the newest version, and the first one.
DELETE FROM deadlines WHERE seq IN (
    SELECT s.old FROM supersessions AS s WHERE s.new = :seq AND s.mode = 'withdraw'
    UNION ALL
    SELECT f.seq FROM supersessions AS s
    JOIN messages AS w ON w.seq = s.new
    JOIN messages AS f ON f.peer = w.peer AND f.direction = w.direction AND f.id = w.in_reply_to
    WHERE s.new = :seq AND s.mode = 'withdraw'
);

-- name: next
-- When the next deadline passes, of a direction or of either.
SELECT due FROM deadlines
WHERE missed IS NULL AND (:direction IS NULL OR direction = :direction) ORDER BY due LIMIT 1;

-- name: passed
-- Deadlines that have passed and are not noted yet, the oldest first.
SELECT d.seq, d.level, d.peer, d.direction, d.due, m.id, m.thread, m.header_digest
FROM deadlines AS d JOIN messages AS m ON m.seq = d.seq
WHERE d.missed IS NULL AND d.due < :now
    AND (:direction IS NULL OR d.direction = :direction)
ORDER BY d.due LIMIT :limit;

-- name: missed
-- Note that a deadline passed, if it still stands.
UPDATE deadlines SET missed = :at, statement = :statement
WHERE seq = :seq AND level = :level AND due = :due AND missed IS NULL;

-- name: of
-- What is awaited of one message.
SELECT level, due, missed, statement FROM deadlines WHERE seq = :seq;

-- name: overdue
-- How many levels are overdue, per peer and direction.
SELECT peer, direction, level, count(*) AS count FROM deadlines
WHERE missed IS NOT NULL GROUP BY peer, direction, level;
