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
SELECT * FROM shown_publications WHERE seq = :seq;

-- name: of_slot
-- The newest publication of any version of a message.
SELECT seq FROM publications WHERE slot = :slot ORDER BY seq DESC LIMIT 1;

-- name: replace
-- What waited for an earlier version waits no more.
UPDATE publications SET state = 'replaced' WHERE slot = :slot AND state = 'waiting';

-- name: replace_lists
-- The lists of a register that another one replaces wait no more.
UPDATE publications SET state = 'replaced', remark = NULL
WHERE state = 'waiting' AND state IN ('waiting', 'decided') AND peer = :peer AND register = :register
    AND seq <> :seq AND EXISTS (SELECT 1 FROM register_lists AS l WHERE l.seq = publications.seq);

-- name: waiting_list
-- The oldest list of a register that waits and came before another one.
SELECT p.seq FROM publications AS p CROSS JOIN register_lists AS l ON l.seq = p.seq
WHERE p.state = 'waiting' AND p.state IN ('waiting', 'decided') AND p.seq < :seq
    AND p.peer = :peer AND p.register = :register
ORDER BY p.seq LIMIT 1;

-- name: list_shown
-- The newest list of a register by which something is shown.
SELECT l.seq, l.list_version, l.as_of, l.applied FROM register_lists AS l
WHERE l.peer = :peer AND l.register = :register AND l.state = 'applied'
    AND EXISTS (SELECT 1 FROM published AS s WHERE s.seq = l.seq AND s.ended IS NULL)
ORDER BY l.applied DESC, l.seq DESC LIMIT 1;

-- name: replacing
-- The last list that has brought a register up to a whole set after another list.
SELECT l.seq FROM register_lists AS o JOIN register_lists AS l
    ON l.peer = o.peer AND l.register = o.register AND l.state = 'applied'
        AND (l.applied, l.seq) > (o.applied, o.seq)
WHERE o.seq = :seq AND o.state = 'applied' AND l.base_version IS NULL
ORDER BY l.applied DESC, l.seq DESC LIMIT 1;

-- name: page
-- Publications, the newest first.
SELECT * FROM shown_publications
WHERE seq < :before AND (:peer IS NULL OR peer = :peer)
ORDER BY seq DESC LIMIT :limit;

-- name: page_open
-- The same of one state that is not final; with a time, only those that were due before it.
SELECT p.*, m.id, m.type, m.thread, m.reference, m.direction, m.header_digest, f.type AS first_type,
    0 AS gone
FROM publications AS p JOIN messages AS m ON m.seq = p.seq JOIN messages AS f ON f.seq = p.slot
WHERE p.state = :state AND p.state IN ('waiting', 'decided') AND p.seq < :before
    AND (:peer IS NULL OR p.peer = :peer) AND (:due IS NULL OR p.due < :due)
ORDER BY p.seq DESC LIMIT :limit;

-- name: decide
-- Somebody has let it be made public or taken down, or decided that it stays closed.
UPDATE publications
SET state = 'decided', action = :action, decided = :at, uid = :uid, place = :place,
    fields = :fields, reason = :reason, reason_key = :reason_key, reason_text = :reason_text,
    remark = NULL
WHERE seq = :seq AND state = 'waiting';

-- name: finish
-- The pages show what was decided, and the other side is told: its message keeps the words.
UPDATE publications
SET state = CASE action WHEN 'not-published' THEN 'refused' ELSE 'done' END,
    confirmation = :confirmation,
    reason_key = CASE WHEN :confirmation IS NULL THEN reason_key END,
    reason_text = CASE WHEN :confirmation IS NULL THEN reason_text END
WHERE seq = :seq AND state = 'decided';

-- name: told_by
-- The publication of a version of one message of which a message of ours told.
SELECT seq FROM publications
WHERE slot = :slot AND confirmation = :confirmation AND state IN ('done', 'refused');

-- name: take_back
-- It was not told after all: somebody decides anew, unless a later version is decided about.
UPDATE publications
SET state = :state, action = :action, decided = NULL, uid = NULL, fields = NULL, reason = NULL,
    reason_key = NULL, reason_text = NULL, remark = :remark
WHERE seq = :seq;

-- name: remark
-- Why a person has to look before it goes on.
UPDATE publications SET remark = :remark WHERE seq = :seq AND state = 'waiting';

-- name: counts
-- How much waits, per peer, and by when the first of it is due.
SELECT peer, count(*) AS waiting, min(due) AS due
FROM publications WHERE state = 'waiting' AND state IN ('waiting', 'decided') GROUP BY peer;

-- name: show
-- What everybody may read of an entry from now on, by one message.
INSERT INTO published (peer, register, entry, seq, since, status, fields, at, digest)
VALUES (:peer, :register, :entry, :seq, :since, :status, :fields, :at, :digest)
ON CONFLICT DO UPDATE
SET since = :since, status = :status, fields = :fields, at = :at, ended = NULL, digest = :digest;

-- name: of_slot_shown
-- What the versions of one message let be read.
SELECT peer, register, entry, seq, since, status, fields, digest FROM published
WHERE seq IN (SELECT seq FROM publications WHERE slot = :slot) AND ended IS NULL;

-- name: reopen_slot
-- What the versions of one message let be read until a time can be read again.
UPDATE published SET ended = NULL
WHERE seq IN (SELECT seq FROM publications WHERE slot = :slot) AND ended = :at;

-- name: counted
-- When a message changed its register.
SELECT max(valid_from) AS at FROM register_versions WHERE message = :seq;

-- name: pending
-- The versions of an entry by corrections and withdrawals that wait for a decision, and that no page
-- follows yet: what was withdrawn comes off our page before a person has taken it down elsewhere.
SELECT v.message FROM register_versions AS v JOIN publications AS p ON p.seq = v.message
WHERE v.peer = :peer AND v.register = :register AND v.entry = :entry
    AND v.message <> v.slot AND p.state = 'waiting' AND p.action IN ('amended', 'withdrawn')
    AND EXISTS (
        SELECT 1 FROM publications AS o JOIN published AS s ON s.seq = o.seq
        WHERE o.slot = p.slot AND s.ended IS NULL
    );

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
SELECT peer, register, entry, seq, since, status, fields, digest FROM published AS p
WHERE peer = :peer AND register = :register AND entry > :after AND ended IS NULL
    AND fields IS NOT NULL
    AND NOT EXISTS (
        SELECT 1 FROM published AS q
        WHERE q.peer = p.peer AND q.register = p.register AND q.entry = p.entry
            AND (q.since, q.seq) > (p.since, p.seq) AND q.ended IS NULL
    )
ORDER BY entry LIMIT :limit;

-- name: of_entry
-- What messages let be read of one entry, the newest message first.
SELECT peer, register, entry, seq, since, status, fields, digest FROM published
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
