-- name: note
-- Something was refused; the same find again tells of the newest draft, unless a person has judged it.
INSERT INTO origin_hits (mark, by, seq, kind, audience, type, pointer, uid, at, state)
VALUES (:mark, :by, :seq, :kind, :audience, :type, :pointer, :uid, :at, 'open')
ON CONFLICT (mark, by, audience) DO UPDATE SET
    type = excluded.type, pointer = excluded.pointer, uid = excluded.uid, at = excluded.at,
    state = CASE state WHEN 'rejected' THEN 'open' ELSE state END
RETURNING hit;

-- name: get
-- One find.
SELECT * FROM origin_hits WHERE hit = :hit;

-- name: page
-- Finds, newest first.
SELECT * FROM origin_hits WHERE hit < :before ORDER BY hit DESC LIMIT :limit;

-- name: page_open
-- Finds that wait for a person, newest first.
SELECT * FROM origin_hits
WHERE hit < :before AND state IN ('open', 'claimed') ORDER BY hit DESC LIMIT :limit;

-- name: claim
-- A person says that it is known here from elsewhere.
UPDATE origin_hits SET state = 'claimed', claimed_by = :uid, claimed_at = :at,
    reason_key = :reason_key, reason = :reason
WHERE hit = :hit AND state IN ('open', 'rejected');

-- name: judge
-- Another person agrees, or does not.
UPDATE origin_hits SET state = :state, judged_by = :uid, judged_at = :at
WHERE hit = :hit AND state = 'claimed' AND claimed_by <> :uid;
