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

-- name: page
-- Threads by last change, newest first.
SELECT * FROM threads
WHERE (updated, thread) < (:before, :before_thread)
    AND (:peer IS NULL OR peer = :peer) AND (:state IS NULL OR state = :state)
    AND kind <> 'control'
ORDER BY updated DESC, thread DESC LIMIT :limit;

-- name: counts
-- How many threads stand in each state.
SELECT state, count(*) AS count FROM threads WHERE kind <> 'control' GROUP BY state;
