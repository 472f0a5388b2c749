-- name: first_in
-- The first message that arrived at a time or later. Left to itself, SQLite walks by direction and
-- reads each row on its way.
SELECT min(seq) AS seq FROM messages INDEXED BY messages_arrived
WHERE direction = 'in' AND received >= :since;

-- name: first_out
-- The first message that was written at a time or later.
SELECT min(seq) AS seq FROM messages INDEXED BY messages_written
WHERE direction = 'out' AND created >= :since;

-- name: last_in
-- The last message that arrived before a time.
SELECT max(seq) AS seq FROM messages INDEXED BY messages_arrived
WHERE direction = 'in' AND received < :until;

-- name: last_out
-- The last message that was written before a time.
SELECT max(seq) AS seq FROM messages INDEXED BY messages_written
WHERE direction = 'out' AND created < :until;

-- name: page_of_direction
-- Newest first, filtered; NULL means any. `type` is one, `types` several: `|ping|card.update|`.
SELECT * FROM shown_messages
WHERE direction = :direction AND seq BETWEEN :first AND :last
    AND (:peer IS NULL OR peer = :peer)
    AND (:type IS NULL OR type = :type)
    AND (:types IS NULL OR instr(:types, '|' || type || '|'))
    AND (:since IS NULL OR noted >= :since) AND (:until IS NULL OR noted < :until)
ORDER BY seq DESC LIMIT :limit;

-- name: page_in_state
-- The same in one state of a direction.
SELECT * FROM shown_messages
WHERE direction = :direction AND state = :state AND seq BETWEEN :first AND :last
    AND (:peer IS NULL OR peer = :peer)
    AND (:type IS NULL OR type = :type)
    AND (:types IS NULL OR instr(:types, '|' || type || '|'))
    AND (:since IS NULL OR noted >= :since) AND (:until IS NULL OR noted < :until)
ORDER BY seq DESC LIMIT :limit;

-- name: page_of_thread
-- The same of one thread, of either direction.
SELECT * FROM shown_messages AS v
WHERE thread = :thread AND seq BETWEEN :first AND :last
    AND (:direction IS NULL OR direction = :direction)
    AND (:state IS NULL OR state = :state)
    AND (:peer IS NULL OR peer = :peer)
    AND (:type IS NULL OR type = :type)
    AND (:types IS NULL OR instr(:types, '|' || type || '|'))
    AND (:since IS NULL OR noted >= :since) AND (:until IS NULL OR noted < :until)
    AND (:overdue = 0 OR missed IS NOT NULL)
    AND (:assignee IS NULL OR EXISTS (
        SELECT 1 FROM threads AS t
        WHERE t.peer = v.peer AND t.thread = v.thread AND t.assignee = :assignee
    ))
ORDER BY seq DESC LIMIT :limit;

-- name: page_overdue
-- The same of those that missed a deadline.
SELECT * FROM shown_messages AS v
WHERE seq IN (
        SELECT d.seq FROM duties AS d
        WHERE d.direction = :direction AND d.missed IS NOT NULL AND d.closed IS NULL
    )
    AND seq BETWEEN :first AND :last
    AND (:state IS NULL OR state = :state)
    AND (:peer IS NULL OR peer = :peer)
    AND (:type IS NULL OR type = :type)
    AND (:types IS NULL OR instr(:types, '|' || type || '|'))
    AND (:since IS NULL OR noted >= :since) AND (:until IS NULL OR noted < :until)
    AND (:assignee IS NULL OR EXISTS (
        SELECT 1 FROM threads AS t
        WHERE t.peer = v.peer AND t.thread = v.thread AND t.assignee = :assignee
    ))
ORDER BY seq DESC LIMIT :limit;

-- name: page_of_assignee
-- The same of all matters that somebody handles; CROSS JOIN keeps the order of looking up.
SELECT * FROM shown_messages
WHERE seq IN (
        SELECT m.seq FROM threads AS t
        CROSS JOIN messages AS m ON m.thread = t.thread AND m.peer = t.peer
        WHERE t.assignee = :assignee AND m.direction = :direction
            AND m.seq BETWEEN :first AND :last
    )
    AND (:state IS NULL OR state = :state)
    AND (:peer IS NULL OR peer = :peer)
    AND (:type IS NULL OR type = :type)
    AND (:types IS NULL OR instr(:types, '|' || type || '|'))
    AND (:since IS NULL OR noted >= :since) AND (:until IS NULL OR noted < :until)
ORDER BY seq DESC LIMIT :limit;
