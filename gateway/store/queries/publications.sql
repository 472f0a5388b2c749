-- name: insert
-- Note that a version of a message is to be made public, or taken down where the one before is.
INSERT INTO publications (seq, slot, peer, register, action, rule, state, noted, due, place)
VALUES (
    :seq, :slot, :peer, :register, :action, :rule, 'waiting', :at, :due,
    (
        SELECT p.place FROM publications AS p
        WHERE p.slot = :slot AND p.place IS NOT NULL ORDER BY p.seq DESC LIMIT 1
    )
)
ON CONFLICT DO NOTHING;

-- name: get
-- One publication, with what lists show of its message.
SELECT p.*, m.id, m.type, m.thread, m.reference, m.direction, m.header_digest, f.type AS first_type
FROM publications AS p JOIN messages AS m ON m.seq = p.seq JOIN messages AS f ON f.seq = p.slot
WHERE p.seq = :seq;

-- name: of_slot
-- The newest publication of any version of a message.
SELECT seq FROM publications WHERE slot = :slot ORDER BY seq DESC LIMIT 1;

-- name: replace
-- What waited for an earlier version waits no more.
UPDATE publications SET state = 'replaced' WHERE slot = :slot AND state = 'waiting';

-- name: page
-- Publications, the newest first.
SELECT p.*, m.id, m.type, m.thread, m.reference, m.direction, m.header_digest, f.type AS first_type
FROM publications AS p JOIN messages AS m ON m.seq = p.seq JOIN messages AS f ON f.seq = p.slot
WHERE p.seq < :before AND (:peer IS NULL OR p.peer = :peer)
ORDER BY p.seq DESC LIMIT :limit;

-- name: page_open
-- The same of one state that is not final; with a time, only those that were due before it.
SELECT p.*, m.id, m.type, m.thread, m.reference, m.direction, m.header_digest, f.type AS first_type
FROM publications AS p JOIN messages AS m ON m.seq = p.seq JOIN messages AS f ON f.seq = p.slot
WHERE p.state = :state AND p.state IN ('waiting', 'decided') AND p.seq < :before
    AND (:peer IS NULL OR p.peer = :peer) AND (:due IS NULL OR p.due < :due)
ORDER BY p.seq DESC LIMIT :limit;

-- name: decide
-- Somebody has let it be made public or taken down, or decided that it stays closed.
UPDATE publications
SET state = 'decided', action = :action, decided = :at, uid = :uid, place = :place,
    fields = :fields, reason = :reason, remark = NULL
WHERE seq = :seq AND state = 'waiting';

-- name: finish
-- The pages show what was decided, and the other side is told.
UPDATE publications
SET state = CASE action WHEN 'not-published' THEN 'refused' ELSE 'done' END,
    confirmation = :confirmation
WHERE seq = :seq AND state = 'decided';

-- name: remark
-- Why a person has to look before it goes on.
UPDATE publications SET remark = :remark WHERE seq = :seq AND state = 'waiting';

-- name: counts
-- How much waits, per peer, and by when the first of it is due.
SELECT peer, count(*) AS waiting, min(due) AS due
FROM publications WHERE state = 'waiting' AND state IN ('waiting', 'decided') GROUP BY peer;

-- name: show
-- What everybody may read of an entry from now on, by one message.
INSERT INTO published (peer, register, entry, seq, status, fields, at, digest)
VALUES (:peer, :register, :entry, :seq, :status, :fields, :at, :digest)
ON CONFLICT DO UPDATE
SET status = :status, fields = :fields, at = :at, ended = NULL, digest = :digest;

-- name: end_slot
-- What the versions of one message let be read is closed again.
UPDATE published SET ended = :at
WHERE seq IN (SELECT seq FROM publications WHERE slot = :slot) AND ended IS NULL;

-- name: is_shown
-- Whether any version of a message lets something be read.
SELECT 1 FROM publications AS p JOIN published AS s ON s.seq = p.seq
WHERE p.slot = :slot AND s.ended IS NULL LIMIT 1;

-- name: shown
-- What everybody may read of a register, by entry.
SELECT peer, register, entry, seq, status, fields, digest FROM published AS p
WHERE peer = :peer AND register = :register AND entry > :after AND ended IS NULL
    AND fields IS NOT NULL
    AND NOT EXISTS (
        SELECT 1 FROM published AS q
        WHERE q.peer = p.peer AND q.register = p.register AND q.entry = p.entry AND q.seq > p.seq
            AND q.ended IS NULL
    )
ORDER BY entry LIMIT :limit;

-- name: of_entry
-- What messages let be read of one entry, the newest first.
SELECT peer, register, entry, seq, status, fields, digest FROM published
WHERE peer = :peer AND register = :register AND entry = :entry AND ended IS NULL
ORDER BY seq DESC LIMIT :limit;

-- name: has_any
-- Whether anything of a register was ever made public.
SELECT 1 FROM published WHERE peer = :peer AND register = :register LIMIT 1;

-- name: parts
-- The messages that are the parts of a list.
SELECT seq FROM register_parts WHERE list = :list ORDER BY part;

-- name: deferred
-- Whether a message waits for a person before it changes a register, or was dropped by one.
SELECT 1 FROM register_deferred WHERE seq = :seq AND decision IS NOT 'applied';
