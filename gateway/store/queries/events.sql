-- name: page
-- Events in their order, behind a number.
SELECT seq, kind, peer, id, type, thread, reference, state FROM events
WHERE seq > :after ORDER BY seq LIMIT :limit;

-- name: bounds
-- The numbers of the first and the last event that are kept.
SELECT ifnull((SELECT min(seq) FROM events), 1) AS oldest,
    ifnull((SELECT max(seq) FROM events), 0) AS newest;
