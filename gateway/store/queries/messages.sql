-- name: insert
-- Keep a message; its id is unique per peer and direction.
INSERT INTO messages (
    peer, direction, id, header_digest, type, thread, in_reply_to, reference, clauses, priority,
    marking, caveats, created, expires, due, jws, jws_digest, content, content_key, content_digest, size,
    state, received, attention, entry
) VALUES (
    :peer, :direction, :id, :header_digest, :type, :thread, :in_reply_to, :reference, :clauses,
    :priority, :marking, :caveats, :created, :expires, :due, :jws, :jws_digest, :content, :content_key,
    :content_digest, :size, :state, :received, :attention, :entry
);

-- name: step
-- What a message did to a thread, and the state before.
INSERT INTO steps (seq, thread, step, before) VALUES (:seq, :thread, :step, :before);

-- name: supersede
-- One message takes the place of another; the first one that does stays.
INSERT INTO supersessions (old, old_id, new, new_id, mode)
VALUES (:old, :old_id, :new, :new_id, :mode) ON CONFLICT DO NOTHING;

-- name: shown
-- What lists show of one message.
SELECT * FROM shown_messages WHERE seq = :seq;

-- name: by_seq
-- One message by its row, with its signed text and content.
SELECT m.*, o.next_attempt
FROM messages AS m LEFT JOIN outbox AS o ON o.seq = m.seq WHERE m.seq = :seq;

-- name: by_id
-- One message of a peer and direction.
SELECT seq, id, thread, type, state, header_digest FROM messages
WHERE peer = :peer AND direction = :direction AND id = :id;

-- name: last_reply
-- The newest message of a type by which we answered one of the other side.
SELECT seq, id FROM messages
WHERE peer = :peer AND thread = :thread AND direction = 'out' AND type = :type AND in_reply_to = :id
ORDER BY seq DESC LIMIT 1;

-- name: in_thread
-- A message of a peer in either direction, for references; both are named for the index's sake.
SELECT seq, direction, thread, type, header_digest FROM messages
WHERE peer = :peer AND direction IN ('in', 'out') AND id = :id;

-- name: by_prefix
-- Messages whose id starts with a prefix (`low` to `high`).
SELECT seq, id FROM messages WHERE id >= :low AND id < :high ORDER BY id LIMIT 3;

-- name: by_reference
-- The first message that carries a reference, per peer.
SELECT min(seq) AS seq FROM messages WHERE reference = :reference GROUP BY peer LIMIT 3;

-- name: said_under
-- What was said in matters of a reference, by either side, the newest first.
SELECT seq, id, peer, type, direction FROM messages WHERE reference = :reference
ORDER BY seq DESC LIMIT :limit;

-- name: recorded
-- Where the evidence speaks of a message.
SELECT chain, position, fact, json_extract(record, '$.at') AS at, hash FROM evidence
WHERE subject = :id LIMIT 200;

-- name: reach
-- Note that a level was reached; the first time stands.
UPDATE messages SET
    received = CASE WHEN :level = 'received' THEN ifnull(received, :at) ELSE received END,
    handed_over = CASE WHEN :level = 'handed-over' THEN ifnull(handed_over, :at) ELSE handed_over END,
    accepted = CASE WHEN :level = 'accepted' THEN ifnull(accepted, :at) ELSE accepted END,
    declined = CASE WHEN :level = 'declined' THEN ifnull(declined, :at) ELSE declined END,
    answered = CASE WHEN :level = 'answered' THEN ifnull(answered, :at) ELSE answered END
WHERE seq = :seq;

-- name: set_state
-- Move a message's state on.
UPDATE messages SET state = :state WHERE seq = :seq;

-- name: settle
-- Keep the peer's final entry and the receipt that proves it.
UPDATE messages SET state = :state, entry = :entry, receipt = :receipt, refusal = :refusal
WHERE seq = :seq;

-- name: counts
-- How many messages stand in each state.
SELECT direction, state, count(*) AS count FROM messages GROUP BY direction, state;
