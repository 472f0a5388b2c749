-- name: get
-- One thread of a peer.
SELECT * FROM threads WHERE peer = :peer AND thread = :thread;

-- name: insert
-- Open a thread.
INSERT INTO threads (peer, thread, kind, state, opener, reference, opened, updated)
VALUES (:peer, :thread, :kind, :state, :opener, :reference, :at, :at);

-- name: advance
-- Move a thread on.
UPDATE threads SET state = :state, updated = :at WHERE peer = :peer AND thread = :thread;

-- name: flag
-- Flag a thread for a person's attention.
UPDATE threads SET attention = ifnull(attention, :attention), updated = :at
WHERE peer = :peer AND thread = :thread;

-- name: shown
-- What lists show of one thread.
SELECT * FROM shown_threads WHERE peer = :peer AND thread = :thread;

-- name: assign
-- Note who handles a thread.
UPDATE threads SET assignee = :assignee WHERE peer = :peer AND thread = :thread;

-- name: attended
-- A person has dealt with what a thread was flagged for.
UPDATE threads SET attention = NULL
WHERE peer = :peer AND thread = :thread AND attention IS NOT NULL;

-- name: attended_messages
-- And with what its messages were flagged for.
UPDATE messages SET attention = NULL
WHERE thread = :thread AND peer = :peer AND attention IS NOT NULL;

-- name: page
-- Threads by last change, newest first.
SELECT * FROM shown_threads
WHERE (updated, thread) < (:before, :before_thread)
    AND (:peer IS NULL OR peer = :peer) AND (:state IS NULL OR state = :state)
    AND kind <> 'control'
    AND (:overdue = 0 OR (peer, thread) IN (
        SELECT m.peer, m.thread FROM duties AS d JOIN messages AS m ON m.seq = d.seq
        WHERE d.direction IN ('in', 'out') AND d.missed IS NOT NULL AND d.closed IS NULL
    ))
ORDER BY updated DESC, thread DESC LIMIT :limit;

-- name: page_of_assignee
-- The same of those that somebody handles.
SELECT * FROM shown_threads
WHERE assignee = :assignee AND (updated, thread) < (:before, :before_thread)
    AND (:peer IS NULL OR peer = :peer) AND (:state IS NULL OR state = :state)
    AND kind <> 'control'
    AND (:flagged = 0 OR attention IS NOT NULL)
    AND (:overdue = 0 OR (peer, thread) IN (
        SELECT m.peer, m.thread FROM duties AS d JOIN messages AS m ON m.seq = d.seq
        WHERE d.direction IN ('in', 'out') AND d.missed IS NOT NULL AND d.closed IS NULL
    ))
ORDER BY updated DESC, thread DESC LIMIT :limit;

-- name: page_flagged
-- The same of those that are flagged for a person.
SELECT * FROM shown_threads
WHERE attention IS NOT NULL AND (updated, thread) < (:before, :before_thread)
    AND (:peer IS NULL OR peer = :peer) AND (:state IS NULL OR state = :state)
    AND kind <> 'control'
    AND (:overdue = 0 OR (peer, thread) IN (
        SELECT m.peer, m.thread FROM duties AS d JOIN messages AS m ON m.seq = d.seq
        WHERE d.direction IN ('in', 'out') AND d.missed IS NOT NULL AND d.closed IS NULL
    ))
ORDER BY updated DESC, thread DESC LIMIT :limit;

-- name: counts
-- How many threads stand in each state.
SELECT state, count(*) AS count FROM threads WHERE kind <> 'control' GROUP BY state;
