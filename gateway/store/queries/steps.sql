-- name: of
-- What a message did to threads.
SELECT thread, step, before FROM steps WHERE seq = :seq;

-- name: next
-- The step of a thread that followed one.
SELECT s.seq FROM steps AS s JOIN messages AS m ON m.seq = s.seq
WHERE s.thread = :thread AND s.seq > :seq AND m.peer = :peer ORDER BY s.seq LIMIT 1;

-- name: without
-- What came in after a row and took no step in a thread, of what may take one.
SELECT m.seq FROM messages AS m
WHERE m.thread IN (:thread, :control) AND m.seq > :after AND +m.direction = 'in' AND m.peer = :peer
    AND (m.thread = :thread OR m.type IN ('acknowledgement.accepted', 'acknowledgement.declined'))
    AND NOT EXISTS (SELECT 1 FROM steps AS s WHERE s.seq = m.seq AND s.thread = :thread);

-- name: word
-- The newest message of the other side that stands in a thread and moved it.
SELECT m.seq, m.id, m.state FROM steps AS s JOIN messages AS m ON m.seq = s.seq
WHERE s.thread = :thread AND m.thread = :thread AND m.peer = :peer AND m.direction = 'in'
ORDER BY s.seq DESC LIMIT 1;

-- name: rebase
-- A step followed another one than was thought.
UPDATE steps SET before = :before WHERE seq = :seq AND thread = :thread;

-- name: remove
-- What a message did to a thread has not happened.
DELETE FROM steps WHERE seq = :seq AND thread = :thread;

-- name: unreach
-- A level was not reached after all.
UPDATE messages SET
    accepted = CASE WHEN :level = 'accepted' THEN NULL ELSE accepted END,
    declined = CASE WHEN :level = 'declined' THEN NULL ELSE declined END,
    answered = CASE WHEN :level = 'answered' THEN NULL ELSE answered END
WHERE seq = :seq;

-- name: levels
-- The levels of one message.
SELECT handed_over, accepted, declined, answered FROM messages WHERE seq = :seq;

-- name: unsupersede
-- A message did not take the place of another after all.
DELETE FROM supersessions WHERE new = :seq;

-- name: answered_otherwise
-- When we first replied to any version of a question, but for one reply that does not count.
SELECT min(r.created) AS at, r.seq FROM messages AS r
WHERE r.thread = :thread AND r.direction = 'out' AND r.peer = :peer AND r.seq <> :seq
    AND r.type = :type AND r.state IN ('queued', 'held', 'overdue', 'delivered')
    AND (r.in_reply_to = :question OR EXISTS (
        SELECT 1 FROM messages AS c
        WHERE c.peer = :peer AND c.direction = 'in' AND c.id = r.in_reply_to
            AND c.type = 'correction' AND c.in_reply_to = :question
    ));

-- name: set_answered
-- The level `answered` is reached by another reply.
UPDATE messages SET answered = :at WHERE seq = :seq;
