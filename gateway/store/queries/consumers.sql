-- name: get
-- One consumer of an account.
SELECT uid, name, created, after_seq FROM consumers WHERE uid = :uid AND name = :name;

-- name: count
-- How many an account has.
SELECT count(*) AS count FROM consumers WHERE uid = :uid;

-- name: insert
-- A new consumer, which has had everything up to a row.
INSERT INTO consumers (uid, name, created, after_seq) VALUES (:uid, :name, :at, :after);

-- name: newest
-- The newest message, for a consumer that begins now.
SELECT ifnull(max(seq), 0) AS seq FROM messages;

-- name: move
-- How far a consumer has come.
UPDATE consumers SET after_seq = :seq WHERE uid = :uid AND name = :name;

-- name: remove
-- Forget a consumer, and with it all it was given.
DELETE FROM consumers WHERE uid = :uid AND name = :name;

-- name: all
-- Every consumer, with what it has not acknowledged.
SELECT c.uid, c.name, c.created, c.after_seq,
    (
        SELECT count(*) FROM consumptions AS p
        WHERE p.uid = c.uid AND p.name = c.name AND p.quarantined IS NULL
    ) AS open
FROM consumers AS c ORDER BY c.uid, c.name;

-- name: open
-- What a consumer was given and has not acknowledged, and what waits behind it; oldest first.
SELECT p.seq, p.tries, p.quarantined, m.id, m.peer, m.thread, m.type, m.reference, m.size
FROM consumptions AS p JOIN messages AS m ON m.seq = p.seq
WHERE p.uid = :uid AND p.name = :name ORDER BY p.seq;

-- name: fresh
-- What came in behind a row; `is_matter` leaves out the control thread.
SELECT m.seq, m.id, m.peer, m.thread, m.size, ifnull(t.kind <> 'control', 0) AS is_matter
FROM messages AS m LEFT JOIN threads AS t ON t.peer = m.peer AND t.thread = m.thread
WHERE m.direction = 'in' AND m.seq > :after ORDER BY m.seq LIMIT :limit;

-- name: received
-- The rows of a received id, one for each peer that used it; `+` keeps to the index of the ids.
SELECT seq FROM messages WHERE id = :id AND +direction = 'in' LIMIT 16;

-- name: give
-- Count that a message is given out once more.
INSERT INTO consumptions (uid, name, seq, tries) VALUES (:uid, :name, :seq, 1)
ON CONFLICT (uid, name, seq) DO UPDATE SET tries = tries + 1;

-- name: keep_waiting
-- A message that may not be given yet.
INSERT INTO consumptions (uid, name, seq, tries) VALUES (:uid, :name, :seq, 0);

-- name: quarantine
-- Set a message apart for this consumer.
UPDATE consumptions SET quarantined = :at WHERE uid = :uid AND name = :name AND seq = :seq;

-- name: release
-- Let a message be given again as if it never had been.
UPDATE consumptions SET quarantined = NULL, tries = 0
WHERE uid = :uid AND name = :name AND seq = :seq;

-- name: done
-- A message is acknowledged.
DELETE FROM consumptions WHERE uid = :uid AND name = :name AND seq = :seq;
