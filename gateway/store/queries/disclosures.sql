-- name: insert
-- Keep a decision.
INSERT INTO disclosures (
    seq, at, action, is_allowed, reason, message, message_id, header_digest, peer, audience,
    audience_name, audience_country, register, purpose, mode, pointers, redactions, pseudonymised, refused,
    obligations, country, nearest, uid, vouched_uid, is_outside, label_digest, content_digest, policy_version, digest
) VALUES (
    :seq, :at, :action, :is_allowed, :reason, :message, :message_id, :header_digest, :peer, :audience,
    :audience_name, :audience_country, :register, :purpose, :mode, :pointers, :redactions, :pseudonymised,
    :refused, :obligations, :country, :nearest, :uid, :vouched_uid, :is_outside, :label_digest, :content_digest, :policy_version, :digest
);

-- name: last
-- The number of the newest decision.
SELECT ifnull(max(seq), 0) AS seq FROM disclosures;

-- name: last_witnessed
-- The number of the newest decision that the evidence has. Older versions recorded refusals without one.
SELECT json_extract(record, '$.detail.ledger') AS seq
FROM evidence INDEXED BY evidence_of_ledger
WHERE chain = 'local' AND fact IN ('release-decided', 'release-refused')
    AND CASE WHEN json_valid(record) THEN json_extract(record, '$.detail.ledger') END IS NOT NULL
ORDER BY position DESC LIMIT 1;

-- name: source
-- Whose content a decision was about.
INSERT INTO disclosure_sources (ledger, originator, message_id, header_digest, pointers)
VALUES (:ledger, :originator, :message_id, :header_digest, :pointers);

-- name: use
-- Use a consent.
INSERT INTO disclosure_uses (ledger, peer, consent_id, digest)
VALUES (:ledger, :peer, :consent_id, :digest);

-- name: text
-- Keep words of ours, sealed.
INSERT INTO disclosure_texts (ledger, text_key, text) VALUES (:ledger, :text_key, :text);

-- name: text_of
-- The sealed words of a decision.
SELECT text_key, text FROM disclosure_texts WHERE ledger = :seq;

-- name: step
-- Note what became of an allowed decision; the first of its kind stands.
INSERT INTO disclosure_steps (ledger, step, at, uid, reason)
VALUES (:seq, :step, :at, :uid, :reason) ON CONFLICT DO NOTHING;

-- name: uses
-- How often a consent was used.
SELECT count(*) AS count FROM disclosure_uses WHERE peer = :peer AND consent_id = :consent_id;

-- name: uses_witnessed
-- The same by the evidence; a record that nobody can read counts.
SELECT count(*) AS count FROM evidence
WHERE subject = :consent_id AND fact = 'consent-used'
    AND CASE WHEN json_valid(record) THEN json_extract(record, '$.detail.peer') = :peer ELSE 1 END;

-- name: get
-- One decision.
SELECT * FROM shown_disclosures WHERE seq = :seq;

-- name: sources_of
-- Whose content a decision was about.
SELECT originator, message_id, header_digest, pointers FROM disclosure_sources
WHERE ledger = :seq ORDER BY originator, message_id;

-- name: uses_of
-- The consents that a decision used.
SELECT peer, consent_id, digest FROM disclosure_uses
WHERE ledger = :seq ORDER BY peer, consent_id;

-- name: page
-- Decisions, the newest first.
SELECT * FROM shown_disclosures
WHERE seq < :before
    AND (:audience IS NULL OR audience = :audience)
    AND (:message_id IS NULL OR message_id = :message_id OR EXISTS (
        SELECT 1 FROM disclosure_sources AS s
        WHERE s.ledger = shown_disclosures.seq AND s.message_id = :message_id
    ))
    AND (:is_allowed IS NULL OR is_allowed = :is_allowed)
    AND (:since IS NULL OR at >= :since)
ORDER BY seq DESC LIMIT :limit;

-- name: reported
-- What left of an originator's content to others than the two sides, the oldest first.
SELECT d.*, s.originator, s.message_id AS source_id, s.header_digest AS source_digest,
    s.pointers AS source_pointers
FROM disclosure_sources AS s INDEXED BY disclosure_sources_by_originator
CROSS JOIN shown_disclosures AS d ON d.seq = s.ledger
WHERE s.originator = :peer
    AND d.is_allowed = 1 AND d.state <> 'stopped'
    AND (
        d.action = 'publish'
        OR d.reason NOT IN ('internal-signatory', 'return-to-originator', 'public')
    )
    AND (:since IS NULL OR ifnull(d.transmitted, d.at) >= :since)
    AND (:until IS NULL OR ifnull(d.transmitted, d.at) < :until)
ORDER BY s.ledger LIMIT :limit;

-- name: reported_of
-- The same of one message.
SELECT d.*, s.originator, s.message_id AS source_id, s.header_digest AS source_digest,
    s.pointers AS source_pointers
FROM disclosure_sources AS s CROSS JOIN shown_disclosures AS d ON d.seq = s.ledger
WHERE s.originator = :peer AND s.message_id = :message_id
    AND d.is_allowed = 1 AND d.state <> 'stopped'
    AND (
        d.action = 'publish'
        OR d.reason NOT IN ('internal-signatory', 'return-to-originator', 'public')
    )
    AND (:since IS NULL OR ifnull(d.transmitted, d.at) >= :since)
    AND (:until IS NULL OR ifnull(d.transmitted, d.at) < :until)
ORDER BY s.ledger LIMIT :limit;

-- name: reported_under
-- The same of one consent.
SELECT d.*, s.originator, s.message_id AS source_id, s.header_digest AS source_digest,
    s.pointers AS source_pointers
FROM disclosure_uses AS u
CROSS JOIN disclosure_sources AS s ON s.ledger = u.ledger AND s.originator = u.peer
CROSS JOIN shown_disclosures AS d ON d.seq = u.ledger
WHERE u.peer = :peer AND u.consent_id = :consent_id
    AND (:message_id IS NULL OR s.message_id = :message_id)
    AND d.is_allowed = 1 AND d.state <> 'stopped'
    AND (
        d.action = 'publish'
        OR d.reason NOT IN ('internal-signatory', 'return-to-originator', 'public')
    )
    AND (:since IS NULL OR ifnull(d.transmitted, d.at) >= :since)
    AND (:until IS NULL OR ifnull(d.transmitted, d.at) < :until)
ORDER BY u.ledger LIMIT :limit;

-- name: sent
-- The decision by which a message of ours may leave, if it carries content of others.
SELECT max(seq) AS seq FROM disclosures
WHERE message = :message AND action = 'send' AND is_allowed = 1;

-- name: published
-- The decision by which content of a message is public, if it is content of others.
SELECT max(seq) AS seq FROM disclosures
WHERE message = :message AND action = 'publish' AND is_allowed = 1;

-- name: public_by_consent
-- The newest such decision of each message, of those that rest on a consent which was not over.
SELECT d.seq FROM disclosures AS d INDEXED BY disclosures_published
WHERE d.action = 'publish' AND d.is_allowed = 1
    AND EXISTS (SELECT 1 FROM disclosure_uses AS u WHERE u.ledger = d.seq)
    AND NOT EXISTS (
        SELECT 1 FROM disclosure_steps AS t WHERE t.ledger = d.seq AND t.step = 'stopped'
    )
    AND NOT EXISTS (
        SELECT 1 FROM disclosures AS n INDEXED BY disclosures_published
        WHERE n.message = d.message AND n.seq > d.seq AND n.action = 'publish' AND n.is_allowed = 1
    );

-- name: witnessed
-- What the evidence says of the decisions on a message.
SELECT record, hash FROM evidence
WHERE subject = :message_id AND fact IN ('release-decided', 'release-refused');
