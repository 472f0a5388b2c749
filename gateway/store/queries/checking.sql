-- name: messages
-- Signed texts, and content where it is kept in clear, from a row on.
SELECT seq, peer, direction, id, header_digest, jws, jws_digest, content_digest,
    CASE WHEN content_key IS NULL THEN content END AS clear
FROM messages WHERE seq > :seq ORDER BY seq LIMIT :limit;

-- name: entries
-- Entries that we gave, from one on.
SELECT peer, envelope_digest, id, header_digest, code, text FROM entries
WHERE (peer, envelope_digest) > (:peer, :envelope_digest)
ORDER BY peer, envelope_digest LIMIT :limit;

-- name: refusals
-- Signed headers that we refused, from one on.
SELECT peer, id, header_digest, jws FROM refusals
WHERE (peer, id, header_digest) > (:peer, :id, :header_digest)
ORDER BY peer, id, header_digest LIMIT :limit;

-- name: receipts
-- Receipts of peers, from one on.
SELECT digest, text FROM receipts WHERE digest > :digest ORDER BY digest LIMIT :limit;

-- name: statements
-- Statements of ours, from one on.
SELECT digest, text FROM statements WHERE digest > :digest ORDER BY digest LIMIT :limit;

-- name: sealings
-- Envelopes whose bytes are still kept, from one on.
SELECT envelope_digest, envelope FROM sealings
WHERE envelope_digest > :envelope_digest ORDER BY envelope_digest LIMIT :limit;

-- name: own_cards
-- Cards that this node handed out, from one on.
SELECT serial, digest, card FROM own_cards WHERE serial > :serial ORDER BY serial LIMIT :limit;

-- name: peers
-- Cards of the peers, from one on.
SELECT node, fingerprint, card FROM peers WHERE node > :node ORDER BY node LIMIT :limit;

-- name: count_messages
-- How many rows there are to look at.
SELECT count(*) AS count FROM messages;

-- name: count_entries
-- The same.
SELECT count(*) AS count FROM entries;

-- name: count_sealings
-- The same.
SELECT count(*) AS count FROM sealings;

-- name: published
-- What everybody may read, by the key of each row.
SELECT peer, register, entry, seq, since, status, fields, digest FROM published
WHERE (peer, register, entry, seq) > (:peer, :register, :entry, :seq)
ORDER BY peer, register, entry, seq LIMIT :limit;

-- name: register_versions
-- What lies open of the versions of register entries, from a row on.
SELECT seq, peer, register, entry, status, removed, valid_from, message, slot, change, public, digest
FROM register_versions WHERE seq > :seq ORDER BY seq LIMIT :limit;

-- name: disclosures
-- Decisions of the ledger from a number on, with their sources, their uses, and whether the evidence has them.
SELECT d.*,
    (SELECT json_group_array(json_array(originator, message_id, header_digest, pointers))
     FROM disclosure_sources WHERE ledger = d.seq) AS origins,
    (SELECT json_group_array(json_array(peer, consent_id, digest))
     FROM disclosure_uses WHERE ledger = d.seq) AS used,
    EXISTS (
        SELECT 1 FROM evidence AS e
        WHERE e.subject = d.message_id AND instr(e.record, d.digest) > 0
    ) AS is_witnessed
FROM disclosures AS d WHERE d.seq > :seq ORDER BY d.seq LIMIT :limit;

-- name: decisions
-- What the evidence says of decisions from a position on, and whether the ledger has each of them.
SELECT chain, position,
    CASE WHEN json_valid(record) THEN json_extract(record, '$.detail.ledger') END AS number,
    EXISTS (
        SELECT 1 FROM disclosures AS d
        WHERE json_valid(record) AND d.seq = json_extract(record, '$.detail.ledger')
    ) AS is_kept
FROM evidence INDEXED BY evidence_of_ledger
WHERE chain = 'local' AND fact IN ('release-decided', 'release-refused') AND position > :position
ORDER BY position LIMIT :limit;
