-- name: insert
-- Queue a message; it leaves at once if nothing of its thread waits before it.
INSERT INTO outbox (seq, peer, thread, rank, immediate, head, state, judge_at)
VALUES (
    :seq, :peer, :thread, :rank, :immediate,
    CASE WHEN :immediate = 1 THEN 1 ELSE NOT EXISTS (
        SELECT 1 FROM outbox WHERE peer = :peer AND thread = :thread AND immediate = 0
    ) END,
    'queued', :judge_at
);

-- name: sealed
-- Remember an envelope before its first byte may leave.
INSERT INTO sealings (envelope_digest, seq, kid, at, envelope)
VALUES (:envelope_digest, :seq, :kid, :at, :envelope);

-- name: ready
-- Messages that may leave now, urgent ones first, without their bytes.
SELECT o.seq, o.thread, o.state, m.attempts, o.refused, m.id, m.header_digest,
    s.envelope_digest, s.kid, length(s.envelope) AS size,
    EXISTS (SELECT 1 FROM card_updates AS u WHERE u.seq = o.seq) AS card
FROM outbox AS o
JOIN messages AS m ON m.seq = o.seq
JOIN sealings AS s ON s.seq = o.seq AND s.envelope IS NOT NULL
WHERE o.peer = :peer AND o.head = 1 AND o.state <> 'held'
    AND (o.next_attempt <= :now OR o.next_attempt > :latest)
ORDER BY o.rank, o.seq LIMIT :limit;

-- name: envelope
-- The bytes of one envelope.
SELECT envelope FROM sealings WHERE envelope_digest = :envelope_digest;

-- name: next_time
-- When the next message of a peer may be tried, and when the first one is judged.
SELECT
    (SELECT min(next_attempt) FROM outbox
     WHERE peer = :peer AND head = 1 AND state <> 'held') AS attempt,
    (SELECT min(judge_at) FROM outbox WHERE peer = :peer) AS judge_at;

-- name: attempted
-- Note the first attempt before its first byte leaves, of those that may still leave.
UPDATE outbox SET attempted_at = ifnull(attempted_at, :at)
WHERE seq IN (SELECT value FROM json_each(:seqs)) AND state <> 'held' RETURNING seq;

-- name: count_attempt
-- Count an attempt.
UPDATE messages SET attempts = attempts + 1
WHERE seq IN (SELECT value FROM json_each(:seqs));

-- name: postpone
-- Try a message again later.
UPDATE outbox SET next_attempt = :next_attempt, refused = refused + :refused WHERE seq = :seq;

-- name: state
-- Hold a message, mark it overdue, or release it.
UPDATE outbox SET state = :state WHERE seq = :seq;

-- name: waiting
-- One message of the queue.
SELECT seq, peer, thread, state, judge_at, refused, attempted_at, next_attempt FROM outbox
WHERE seq = :seq;

-- name: patience
-- Try a message at once, as if nobody had refused it yet.
UPDATE outbox SET next_attempt = 0, refused = 0 WHERE seq = :seq;

-- name: patience_with_peer
-- The same for all that is queued for a peer.
UPDATE outbox SET next_attempt = 0 WHERE peer = :peer AND head = 1 AND state <> 'held';

-- name: of_thread
-- What of a thread is queued.
SELECT o.seq, o.attempted_at, m.id FROM outbox AS o JOIN messages AS m ON m.seq = o.seq
WHERE o.peer = :peer AND o.thread = :thread ORDER BY o.seq;

-- name: replies
-- What is queued for a peer and speaks of a message of ours: also the version that is to take its
-- place, whose `in_reply_to` names the first one.
SELECT o.seq, o.thread, o.attempted_at, m.id FROM outbox AS o JOIN messages AS m ON m.seq = o.seq
WHERE o.peer = :peer AND (
    m.in_reply_to = :id OR o.seq IN (SELECT s.new FROM supersessions AS s WHERE s.old = :seq)
);

-- name: unattempted
-- What no byte of has left yet, from a row on, with the threads that it moved; but for what tells a
-- peer our card, which is signed as the peer can verify it.
SELECT o.seq, o.peer, o.thread, m.id, m.in_reply_to, m.jws,
    (SELECT json_group_array(s.thread) FROM steps AS s WHERE s.seq = o.seq) AS moved
FROM outbox AS o JOIN messages AS m ON m.seq = o.seq
WHERE o.seq > :after AND o.attempted_at IS NULL
    AND NOT EXISTS (SELECT 1 FROM card_updates AS u WHERE u.seq = o.seq)
ORDER BY o.seq LIMIT :limit;

-- name: reissue
-- A message says under a new id what another one never could.
INSERT INTO reissues (old, old_id, new, new_id) VALUES (:old, :old_id, :new, :new_id);

-- name: reissued_as
-- What says the same as a message that never arrived.
SELECT new_id FROM reissues WHERE old = :seq;

-- name: bytes
-- The bytes of a message that is queued, with the digest they had when they were sealed.
SELECT envelope_digest, envelope FROM sealings WHERE seq = :seq AND envelope IS NOT NULL;

-- name: sealings
-- Every envelope that a message was sealed into.
SELECT at, envelope_digest FROM sealings WHERE seq = :seq;

-- name: remove
-- A message is final: it leaves the queue.
DELETE FROM outbox WHERE seq = :seq;

-- name: promote
-- The next message of the thread may leave.
UPDATE outbox SET head = 1 WHERE seq = (
    SELECT min(seq) FROM outbox WHERE peer = :peer AND thread = :thread AND immediate = 0
);

-- name: forget_envelopes
-- The bytes of a final message are not needed again; their digests stay.
UPDATE sealings SET envelope = NULL WHERE seq = :seq AND envelope IS NOT NULL;

-- name: by_envelope
-- Which message an envelope digest belongs to, for judging a receipt.
SELECT s.seq, m.peer, m.direction, m.id, m.header_digest, m.type, m.thread, m.state, m.entry,
    m.created, m.due, m.priority, m.received, m.handed_over, m.accepted, m.declined, m.answered
FROM sealings AS s JOIN messages AS m ON m.seq = s.seq
WHERE s.envelope_digest = :envelope_digest;

-- name: due
-- Queued messages that are to be judged: past their expiry, or past the grace after it.
SELECT o.seq, o.state, o.thread, o.attempted_at, o.judge_at, m.expires, m.id, m.header_digest
FROM outbox AS o JOIN messages AS m ON m.seq = o.seq
WHERE o.peer = :peer AND o.judge_at <= :now ORDER BY o.judge_at LIMIT 256;

-- name: judge_later
-- What was attempted is offered on; the end of the grace judges it again.
UPDATE outbox SET judge_at = :judge_at WHERE seq = :seq;

-- name: receipt
-- Keep a receipt that verified.
INSERT INTO receipts (digest, peer, at, text) VALUES (:digest, :peer, :at, :text)
ON CONFLICT DO NOTHING;

-- name: depth
-- How much waits per peer, and since when.
SELECT o.peer, count(*) AS waiting, min(m.created) AS oldest, sum(o.state = 'overdue') AS overdue,
    sum(o.state = 'held') AS held
FROM outbox AS o JOIN messages AS m ON m.seq = o.seq GROUP BY o.peer;
