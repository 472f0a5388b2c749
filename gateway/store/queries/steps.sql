-- name: of
-- What a message did to threads.
SELECT thread, step, before FROM steps WHERE seq = :seq;

-- name: next
-- The step of a thread that followed one.
SELECT s.seq FROM steps AS s JOIN messages AS m ON m.seq = s.seq
WHERE s.thread = :thread AND s.seq > :seq AND m.peer = :peer ORDER BY s.seq LIMIT 1;

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
