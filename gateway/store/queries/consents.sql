-- name: insert
-- Keep what a message that gives a consent says of it.
INSERT INTO consents (
    seq, peer, direction, consent_id, thread, request, digest, kids, not_before, not_after, uses,
    is_class, noted, code, ended, ended_by, mark
) VALUES (
    :seq, :peer, :direction, :consent_id, :thread, :request, :digest, :kids, :not_before, :not_after,
    :uses, :is_class, :noted, :code, :ended, :ended_by, :mark
);

-- name: insert_message
-- Keep which message a consent names.
INSERT INTO consent_messages (peer, direction, message_id, seq)
VALUES (:peer, :direction, :message_id, :seq) ON CONFLICT DO NOTHING;

-- name: get
-- One consent by the message that gave it.
SELECT * FROM consents WHERE seq = :seq;

-- name: by_id
-- The first consent of one id, but for one of ours that never counted; a later one is a replay.
SELECT * FROM consents
WHERE peer = :peer AND direction = :direction AND consent_id = :consent_id
    AND ifnull(ended_by, 0) <> seq
ORDER BY seq LIMIT 1;

-- name: by_prefix
-- Consents whose id starts with a prefix (`low` to `high`), the first of each id.
SELECT min(seq) AS seq, consent_id FROM consents
WHERE consent_id >= :low AND consent_id < :high
GROUP BY consent_id, peer, direction LIMIT 3;

-- name: of_thread
-- The consents given in one matter, the newest first.
SELECT * FROM consents WHERE peer = :peer AND thread = :thread AND direction = :direction
ORDER BY seq DESC LIMIT :limit;

-- name: of_message
-- The newest consents that name a message.
SELECT c.* FROM consent_messages AS n CROSS JOIN consents AS c ON c.seq = n.seq
WHERE n.peer = :peer AND n.direction = :direction AND n.message_id = :message_id
ORDER BY n.seq DESC LIMIT :limit;

-- name: of_class
-- The newest standing consents of a peer.
SELECT * FROM consents WHERE peer = :peer AND direction = :direction AND is_class = 1
ORDER BY seq DESC LIMIT :limit;

-- name: page
-- Consents given to us or by us, the newest first.
SELECT * FROM consents WHERE seq < :before AND direction = :direction ORDER BY seq DESC LIMIT :limit;

-- name: end
-- Note why a consent is worth nothing from now on.
UPDATE consents SET code = :code, ended = :ended, ended_by = :ended_by, mark = :mark WHERE seq = :seq;

-- name: witnessed_end
-- What the evidence says took the worth of a consent, by the message that gave it.
SELECT e.fact FROM messages AS m CROSS JOIN evidence AS e ON e.subject = m.id
WHERE m.seq = :seq AND e.fact IN ('consent-revoked', 'consent-superseded')
    AND json_extract(e.record, '$.detail.peer') = m.peer
    AND json_extract(e.record, '$.detail.direction') = m.direction
LIMIT 1;

-- name: ended_by
-- The consents that a message has ended, beside its own.
SELECT * FROM consents WHERE ended_by = :by AND seq <> :by;

-- name: tell
-- Note of which state the grantor is told.
UPDATE consents SET told = :told WHERE seq = :seq;

-- name: hear
-- Note what the other side says of a consent of ours, unless it has said something later.
UPDATE consents SET told = :told, told_code = :code, told_at = :at
WHERE seq = :seq AND ifnull(told_at, '') <= :at;

-- name: revoke
-- Note what is revoked, by which message.
INSERT INTO consent_revocations (peer, direction, consent_id, seq, reason, at)
VALUES (:peer, :direction, :consent_id, :seq, :reason, :at) ON CONFLICT DO NOTHING;

-- name: revocation
-- The first message that revokes a consent.
SELECT * FROM consent_revocations
WHERE peer = :peer AND direction = :direction AND consent_id = :consent_id ORDER BY seq LIMIT 1;

-- name: unrevoke
-- A message of ours that revoked never counted.
DELETE FROM consent_revocations WHERE seq = :seq;

-- name: to_end
-- Consents of which the grantor is not told yet that their time is over.
SELECT * FROM consents
WHERE direction = 'in' AND told IN ('active', 'not-yet-valid') AND not_after <= :now
ORDER BY not_after LIMIT :limit;

-- name: next_end
-- When the time of the next consent is over.
SELECT min(not_after) AS not_after FROM consents
WHERE direction = 'in' AND told IN ('active', 'not-yet-valid') AND not_after > :now;

-- name: counts
-- How many consents stand in each way, for metrics.
SELECT direction, CASE
        WHEN code IN ('consent-revoked', 'consent-superseded', 'consent-expired')
            THEN substr(code, 9)
        WHEN code IS NOT NULL OR told = 'refused' THEN 'refused'
        WHEN not_after <= :now THEN 'expired'
        WHEN told = 'exhausted' THEN 'exhausted'
        WHEN not_before > :now THEN 'not-yet-valid'
        ELSE 'active'
    END AS state, count(*) AS count
FROM consents GROUP BY direction, state;
