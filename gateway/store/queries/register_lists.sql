-- name: open
-- Note that a message opens a list.
INSERT INTO register_lists (
    seq, peer, register, list_version, base_version, as_of, count, set_digest, parts, state
) VALUES (
    :seq, :peer, :register, :list_version, :base_version, :as_of, :count, :set_digest, :parts, 'open'
);

-- name: get
-- A list by the message that opened it.
SELECT * FROM register_lists WHERE seq = :seq;

-- name: current
-- The list that a register was last brought up to.
SELECT * FROM register_lists
WHERE peer = :peer AND register = :register AND state = 'applied'
ORDER BY applied DESC, seq DESC LIMIT 1;

-- name: named_otherwise
-- A list by whose name a register was brought up to another set.
SELECT seq FROM register_lists
WHERE peer = :peer AND register = :register AND state = 'applied' AND list_version = :list_version
    AND set_digest <> :set_digest
LIMIT 1;

-- name: on_its_way
-- A list of ours with a message that has no final entry yet.
SELECT l.seq FROM register_lists AS l
WHERE l.peer = :peer AND l.register = :register AND l.state = 'open' AND l.seq <> :but
    AND EXISTS (
        SELECT 1 FROM register_parts AS p CROSS JOIN messages AS m ON m.seq = p.seq
        WHERE p.list = l.seq AND m.direction = 'out' AND m.state IN ('queued', 'held', 'overdue')
    )
LIMIT 1;

-- name: applied
-- A list was applied.
UPDATE register_lists SET state = 'applied', applied = :at WHERE seq = :seq;

-- name: drop
-- A list comes to nothing.
UPDATE register_lists SET state = 'dropped' WHERE seq = :seq AND state = 'open';

-- name: drop_others
-- The lists that a newer one overtakes come to nothing.
UPDATE register_lists SET state = 'dropped'
WHERE peer = :peer AND register = :register AND state = 'open' AND seq < :seq;

-- name: drop_oldest
-- Of the lists of which parts are missing, all but the newest come to nothing.
UPDATE register_lists SET state = 'dropped' WHERE seq IN (
    SELECT l.seq FROM register_lists AS l
    WHERE l.peer = :peer AND l.register = :register AND l.state = 'open' AND l.applied IS NULL
        AND l.parts > (SELECT count(*) FROM register_parts AS p WHERE p.list = l.seq)
    ORDER BY l.seq DESC LIMIT -1 OFFSET :most
);

-- name: add_part
-- Note which part of a list a message is.
INSERT INTO register_parts (list, part, seq) VALUES (:list, :part, :seq);

-- name: parts
-- The messages of a list in the order of its parts.
SELECT p.part, p.seq, m.state, m.received, m.attention
FROM register_parts AS p JOIN messages AS m ON m.seq = p.seq
WHERE p.list = :list ORDER BY p.part;

-- name: list_of
-- The list that a message is a part of.
SELECT l.* FROM register_parts AS p JOIN register_lists AS l ON l.seq = p.list WHERE p.seq = :seq;

-- name: remove_part
-- A message of ours never counted: its part can be sent again.
DELETE FROM register_parts WHERE seq = :seq;

-- name: listed
-- What the lists alone say.
SELECT peer, register, entry, line, content_key, sealed FROM register_listed
WHERE peer = :peer AND register = :register;

-- name: list_entry
-- A list says this of an entry.
INSERT INTO register_listed (peer, register, entry, line, content_key, sealed)
VALUES (:peer, :register, :entry, :line, :content_key, :sealed)
ON CONFLICT DO UPDATE SET
    line = excluded.line, content_key = excluded.content_key, sealed = excluded.sealed;

-- name: unlist_entry
-- A list leaves an entry out.
DELETE FROM register_listed WHERE peer = :peer AND register = :register AND entry = :entry;
