-- name: note
-- Note that the other side is to be told something.
INSERT INTO consent_notices (kind, seq, peer, consent_id, message_id, what, code, uses_left, noted)
VALUES (:kind, :seq, :peer, :consent_id, :message_id, :what, :code, :uses_left, :noted);

-- name: noted
-- Whether a notice of this kind about a message waits already.
SELECT 1 FROM consent_notices
WHERE seq = :seq AND kind = :kind AND what = :what AND ifnull(consent_id, '') = :consent_id
    AND ifnull(message_id, '') = :message_id AND state = 'waiting' LIMIT 1;

-- name: notices
-- The oldest notices that wait.
SELECT * FROM consent_notices WHERE state = 'waiting' AND number > :after ORDER BY number LIMIT :limit;

-- name: finish
-- A notice is said, or has nowhere to be said.
UPDATE consent_notices SET state = :state, told = :told WHERE number = :number AND state = 'waiting';
