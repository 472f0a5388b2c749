-- name: close
-- A peer said something in confidence: not if we knew it before, or it has said it to everybody.
INSERT INTO fingerprints (mark, by, anchor, size, seq, kind, alone, standing)
SELECT :mark, :by, :anchor, :size, :seq, :kind, :alone, 'closed'
WHERE NOT EXISTS (SELECT 1 FROM fingerprints WHERE mark = :mark AND by = 'us')
ON CONFLICT (mark, by) DO NOTHING;

-- name: open
-- A peer said something to everybody.
INSERT INTO fingerprints (mark, by, anchor, size, seq, kind, alone, standing)
VALUES (:mark, :by, :anchor, :size, :seq, :kind, :alone, 'open')
ON CONFLICT (mark, by) DO UPDATE SET seq = excluded.seq, standing = 'open'
WHERE standing = 'closed';

-- name: own_open
-- We said something to everybody: that frees nothing that a peer has told us in confidence.
INSERT INTO fingerprints (mark, by, anchor, size, seq, kind, alone, standing)
SELECT :mark, 'us', :anchor, :size, :seq, :kind, :alone, 'open'
WHERE NOT EXISTS (
    SELECT 1 FROM fingerprints WHERE mark = :mark AND by <> 'us' AND standing = 'closed'
)
ON CONFLICT (mark, by) DO UPDATE SET seq = excluded.seq, standing = 'open'
WHERE standing = 'closed';

-- name: own
-- We said something: it is ours, unless a peer has told us it in confidence.
INSERT INTO fingerprints (mark, by, anchor, size, seq, kind, alone, standing)
SELECT :mark, 'us', :anchor, :size, :seq, :kind, :alone, 'closed'
WHERE NOT EXISTS (
    SELECT 1 FROM fingerprints WHERE mark = :mark AND by <> 'us' AND standing = 'closed'
)
ON CONFLICT (mark, by) DO NOTHING;

-- name: independent
-- Something is known here from elsewhere.
INSERT INTO fingerprints (mark, by, anchor, size, seq, kind, alone, standing)
SELECT mark, 'us', anchor, size, seq, kind, alone, 'independent'
FROM fingerprints WHERE mark = :mark AND by = :by
ON CONFLICT (mark, by) DO UPDATE SET standing = 'independent';

-- name: close_again
-- What a message had said to everybody is in confidence from now on.
UPDATE fingerprints SET standing = 'closed'
WHERE mark = :mark AND by = :by AND seq = :seq AND standing = 'open';

-- name: sizes
-- Of the first signs of many places, those with which anything begins, and each length it has: from
-- length to length, never through all that begins with the same signs.
WITH RECURSIVE begun (anchor, size) AS (
    SELECT value, (SELECT min(size) FROM fingerprints WHERE anchor = value)
    FROM json_each(:anchors)
    UNION ALL
    SELECT begun.anchor, (
        SELECT min(f.size) FROM fingerprints AS f
        WHERE f.anchor = begun.anchor AND f.size > begun.size
    )
    FROM begun WHERE begun.size IS NOT NULL
)
SELECT anchor, size FROM begun WHERE size IS NOT NULL;

-- name: of
-- All that is known of many numbers and names.
SELECT mark, by, seq, kind, alone, standing FROM fingerprints
WHERE mark IN (SELECT value FROM json_each(:marks));

-- name: count
-- How many a node has given.
SELECT count FROM fingerprint_counts WHERE by = :by;

-- name: counts
-- How many each node has given.
SELECT by, count FROM fingerprint_counts;

-- name: add
-- A node has given more.
INSERT INTO fingerprint_counts (by, count) VALUES (:by, :count)
ON CONFLICT (by) DO UPDATE SET count = count + excluded.count;

-- name: version
-- The rows of one very version of a message, by whomever it was exchanged.
SELECT seq FROM messages WHERE id = :id AND header_digest = :header_digest;

-- name: after
-- The messages after a row, in the order in which they came.
SELECT seq FROM messages WHERE seq > :after ORDER BY seq LIMIT :limit;
