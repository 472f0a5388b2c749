-- name: insert
-- Keep a version of an entry.
INSERT INTO register_versions (
    peer, register, entry, status, removed, valid_from, valid_to, message, slot, digest, search, public,
    change, content_key, private
) VALUES (
    :peer, :register, :entry, :status, :removed, :valid_from, :valid_to, :message, :slot, :digest,
    :search, :public, :change, :content_key, :private
);

-- name: restate
-- What a version says once one before it has changed.
UPDATE register_versions SET
    status = :status, removed = :removed, valid_to = :valid_to, digest = :digest, search = :search,
    public = :public, change = :change, content_key = :content_key, private = :private
WHERE seq = :seq;

-- name: end
-- Another version follows; the one that held until then ends, unless it began later.
UPDATE register_versions INDEXED BY register_versions_now SET valid_to = :at
WHERE peer = :peer AND register = :register AND entry = :entry AND valid_to IS NULL
    AND valid_from <= :at;

-- name: now
-- The version of an entry that holds.
SELECT * FROM register_versions
WHERE peer = :peer AND register = :register AND entry = :entry AND valid_to IS NULL;

-- name: then
-- The version of an entry that held at a time.
SELECT * FROM register_versions
WHERE peer = :peer AND register = :register AND entry = :entry AND valid_from <= :as_of
    AND (valid_to IS NULL OR valid_to > :as_of)
ORDER BY valid_from DESC, seq DESC LIMIT 1;

-- name: by_seq
-- One version.
SELECT * FROM register_versions WHERE seq = :seq;

-- name: history
-- Every version of an entry, in order.
SELECT * FROM register_versions
WHERE peer = :peer AND register = :register AND entry = :entry ORDER BY valid_from, seq;

-- name: page_now
-- Entries that stand in a register, by id.
SELECT * FROM register_versions INDEXED BY register_versions_standing
WHERE peer = :peer AND register = :register AND entry > :after AND valid_to IS NULL AND removed = 0
    AND (:status IS NULL OR status = :status)
ORDER BY entry LIMIT :limit;

-- name: find_now
-- Entries that stand in a register and hold every word, by id.
SELECT * FROM register_versions WHERE seq IN (
    SELECT seq FROM register_versions INDEXED BY register_versions_standing
    WHERE peer = :peer AND register = :register AND entry > :after AND valid_to IS NULL AND removed = 0
        AND (:status IS NULL OR status = :status)
        AND (:word0 IS NULL OR instr(search, :word0) > 0)
        AND (:word1 IS NULL OR instr(search, :word1) > 0)
        AND (:word2 IS NULL OR instr(search, :word2) > 0)
        AND (:word3 IS NULL OR instr(search, :word3) > 0)
        AND (:word4 IS NULL OR instr(search, :word4) > 0)
        AND (:word5 IS NULL OR instr(search, :word5) > 0)
        AND (:word6 IS NULL OR instr(search, :word6) > 0)
        AND (:word7 IS NULL OR instr(search, :word7) > 0)
    ORDER BY entry LIMIT :limit
);

-- name: page_then
-- Entries that stood in a register at a time and hold every word, by id.
SELECT * FROM register_versions WHERE seq IN (
    SELECT seq FROM register_versions INDEXED BY register_versions_then
    WHERE peer = :peer AND register = :register AND entry > :after AND valid_from <= :as_of
        AND (valid_to IS NULL OR valid_to > :as_of) AND removed = 0
        AND (:status IS NULL OR status = :status)
        AND (:word0 IS NULL OR instr(search, :word0) > 0)
        AND (:word1 IS NULL OR instr(search, :word1) > 0)
        AND (:word2 IS NULL OR instr(search, :word2) > 0)
        AND (:word3 IS NULL OR instr(search, :word3) > 0)
        AND (:word4 IS NULL OR instr(search, :word4) > 0)
        AND (:word5 IS NULL OR instr(search, :word5) > 0)
        AND (:word6 IS NULL OR instr(search, :word6) > 0)
        AND (:word7 IS NULL OR instr(search, :word7) > 0)
    ORDER BY entry LIMIT :limit
);

-- name: statuses
-- The entries that stand in a register, each with its status.
SELECT entry, status FROM register_versions INDEXED BY register_versions_standing
WHERE peer = :peer AND register = :register AND valid_to IS NULL AND removed = 0;

-- name: count_now
-- How many entries stand in a register, by status.
SELECT status, count(*) AS count FROM register_versions INDEXED BY register_versions_standing
WHERE peer = :peer AND register = :register AND valid_to IS NULL AND removed = 0
GROUP BY status ORDER BY status;

-- name: changed
-- Versions that began within a time, in order.
SELECT * FROM register_versions
WHERE peer = :peer AND register = :register AND valid_from > :since AND valid_from <= :until
ORDER BY valid_from, seq LIMIT :limit;

-- name: of_message
-- The versions that a message brought.
SELECT * FROM register_versions WHERE message = :message ORDER BY peer, register, entry;

-- name: of_slot
-- The entries that a message and what took its place have changed.
SELECT DISTINCT peer, register, entry FROM register_versions WHERE slot = :slot
ORDER BY peer, register, entry;

-- name: said_by_slot
-- What the newest version of a message says of each entry that any of them has changed.
SELECT entry, change, max(seq) AS seq FROM register_versions WHERE slot = :slot
GROUP BY peer, register, entry ORDER BY peer, register, entry;

-- name: sides
-- Of each version of an entry, whether it comes before what a message says now, whatever the clocks
-- say, and whether the other side has brought it. What arrives comes after all that has arrived from
-- there. Two of our own messages may pass each other on their way: of them, the one made later comes
-- later only if it takes the place of the other, or the clock was put back between the two.
SELECT v.valid_from, m.direction <> n.direction AS is_theirs,
    m.direction = n.direction AND (n.direction = 'in'
        OR (m.seq < n.seq AND (v.slot = :slot OR m.created > n.created))) AS is_before
FROM messages AS n CROSS JOIN register_versions AS v CROSS JOIN messages AS m ON m.seq = v.message
WHERE n.seq = :message AND v.peer = :peer AND v.register = :register AND v.entry = :entry;

-- name: named
-- The entries that bear or bore a number, and whether each stands.
SELECT n.entry, v.removed FROM register_numbers AS n
    CROSS JOIN register_versions AS v INDEXED BY register_versions_now
        ON v.peer = n.peer AND v.register = n.register AND v.entry = n.entry AND v.valid_to IS NULL
WHERE n.peer = :peer AND n.register = :register AND n.lookup = :lookup
ORDER BY n.entry LIMIT :limit;

-- name: add_number
-- Note a number under which an entry is found.
INSERT INTO register_numbers (peer, register, lookup, entry)
VALUES (:peer, :register, :lookup, :entry) ON CONFLICT DO NOTHING;

-- name: by_number
-- The entries that bear or bore a number.
SELECT entry FROM register_numbers
WHERE peer = :peer AND register = :register AND lookup = :lookup ORDER BY entry LIMIT :limit;

-- name: defer
-- Note that a message changes no register until a person has decided.
INSERT INTO register_deferred (seq, slot, peer, register, reason, at)
VALUES (:seq, :slot, :peer, :register, :reason, :at);

-- name: deferred
-- One such message.
SELECT * FROM register_deferred WHERE seq = :seq;

-- name: deferred_open
-- Those that wait, of a peer and a register or of all, with what lists show of the message.
SELECT d.seq, d.peer, d.register, d.reason, d.at, m.id, m.type, m.thread, m.reference, m.direction
FROM register_deferred AS d INDEXED BY register_deferred_open JOIN messages AS m ON m.seq = d.seq
WHERE d.decided IS NULL AND (:peer IS NULL OR d.peer = :peer)
    AND (:register IS NULL OR d.register = :register) AND d.seq > :after
ORDER BY d.seq LIMIT :limit;

-- name: count_deferred
-- How many of a peer and a register wait.
SELECT count(*) AS count FROM register_deferred INDEXED BY register_deferred_open
WHERE decided IS NULL AND peer = :peer AND register = :register;

-- name: waiting
-- How many of each peer wait.
SELECT peer, count(*) AS count FROM register_deferred INDEXED BY register_deferred_open
WHERE decided IS NULL GROUP BY peer;

-- name: supersede
-- Whatever of a message and its corrections waits is nobody's to decide any more.
UPDATE register_deferred SET decided = :at, decision = :decision
WHERE slot = :slot AND decided IS NULL;

-- name: decide
-- What became of one; the first decision stands.
UPDATE register_deferred SET decided = :at, decision = :decision, uid = :uid
WHERE seq = :seq AND decided IS NULL;
