-- name: chain
-- Where a chain stands.
SELECT size, head, frontier FROM chains WHERE chain = :chain;

-- name: advance
-- Move a chain on by one record.
INSERT INTO chains (chain, size, head, frontier) VALUES (:chain, :size, :head, :frontier)
ON CONFLICT (chain) DO UPDATE SET size = :size, head = :head, frontier = :frontier;

-- name: append
-- Add one record.
INSERT INTO evidence (chain, position, fact, subject, hash, record)
VALUES (:chain, :position, :fact, :subject, :hash, :record);

-- name: page
-- Records of a chain from a position on.
SELECT position, fact, subject, hash, record FROM evidence
WHERE chain = :chain AND position >= :position ORDER BY position LIMIT :limit;

-- name: chains
-- Every chain with its size.
SELECT chain, size, head FROM chains ORDER BY chain;
