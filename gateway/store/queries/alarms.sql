-- name: raise
-- Raise an alarm, or count it again; raised again it needs a person again.
INSERT INTO alarms (at, peer, kind, subject, last) VALUES (:at, :peer, :kind, :subject, :at)
ON CONFLICT DO UPDATE SET count = count + 1, last = :at, seen = NULL, seen_by = NULL;

-- name: raised
-- Whether an alarm about ourselves was raised at a time or later.
SELECT 1 FROM alarms
WHERE kind = :kind AND ifnull(peer, '') = '' AND ifnull(subject, '') = :subject AND last >= :since;

-- name: open
-- The newest alarms that nobody has dismissed.
SELECT seq, at, peer, kind, subject, count, last FROM alarms
WHERE seen IS NULL ORDER BY seq DESC LIMIT :limit;

-- name: count
-- How many alarms nobody has dismissed.
SELECT count(*) AS count FROM alarms WHERE seen IS NULL;

-- name: page
-- All alarms, newest first.
SELECT seq, at, peer, kind, subject, count, last, seen, seen_by FROM alarms
WHERE seq < :before ORDER BY seq DESC LIMIT :limit;

-- name: page_open
-- The same without those that were dismissed.
SELECT seq, at, peer, kind, subject, count, last, seen, seen_by FROM alarms
WHERE seen IS NULL AND seq < :before ORDER BY seq DESC LIMIT :limit;

-- name: get
-- One alarm.
SELECT seq, at, peer, kind, subject, count, last, seen, seen_by FROM alarms WHERE seq = :seq;

-- name: dismiss
-- A person has looked.
UPDATE alarms SET seen = :at, seen_by = :uid WHERE seq = :seq AND seen IS NULL;

-- name: event
-- Note an arrival that nobody could read.
INSERT INTO security_events (at, peer, code, size, digest)
VALUES (:at, :peer, :code, :size, :digest);

-- name: trim_events
-- Keep the newest 1,000 per peer.
DELETE FROM security_events WHERE peer = :peer AND seq <= (
    SELECT seq FROM security_events WHERE peer = :peer ORDER BY seq DESC LIMIT 1 OFFSET 1000
);
