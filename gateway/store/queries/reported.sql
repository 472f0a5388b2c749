-- name: get
-- What a peer last told of itself.
SELECT version, clock_offset FROM peers WHERE node = :node;

-- name: set
-- Keep what a peer tells of itself.
UPDATE peers SET version = :version, clock_offset = :clock_offset WHERE node = :node;
