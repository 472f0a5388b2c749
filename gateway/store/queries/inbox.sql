-- name: by_envelope
-- The final entry for these very bytes.
SELECT text FROM entries WHERE peer = :peer AND envelope_digest = :envelope_digest;

-- name: by_message
-- The final entry for a message that came in another envelope.
SELECT text FROM entries WHERE peer = :peer AND id = :id AND header_digest = :header_digest;

-- name: other_header
-- Whether the id already belongs to another header of the peer, or to a message of ours. Left to
-- itself, SQLite 3.40 reads every entry of the peer: both indexes begin with its name.
SELECT 1 FROM entries INDEXED BY entries_by_message
WHERE peer = :peer AND id = :id AND header_digest <> :header_digest AND code IS NOT 'id-conflict'
UNION ALL
SELECT 1 FROM messages WHERE peer = :peer AND direction = 'out' AND id = :id
LIMIT 1;

-- name: keep_entry
-- Keep a final entry.
INSERT INTO entries (peer, envelope_digest, id, header_digest, code, text)
VALUES (:peer, :envelope_digest, :id, :header_digest, :code, :text);

-- name: keep_refusal
-- Keep the signed header of what was refused for good.
INSERT INTO refusals (peer, id, header_digest, code, at, jws)
VALUES (:peer, :id, :header_digest, :code, :at, :jws) ON CONFLICT DO NOTHING;
