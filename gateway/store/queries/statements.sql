-- name: insert
-- Keep a statement that this node signed.
INSERT INTO statements (digest, peer, at, text) VALUES (:digest, :peer, :at, :text)
ON CONFLICT DO NOTHING;

-- name: get
-- One statement.
SELECT peer, at, text FROM statements WHERE digest = :digest;
