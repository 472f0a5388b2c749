-- name: all
-- Every peer.
SELECT * FROM peers ORDER BY node;

-- name: get
-- One peer.
SELECT * FROM peers WHERE node = :node;

-- name: insert
-- Add a confirmed peer.
INSERT INTO peers (node, enabled, fingerprint, card, keys, keys_serial, added)
VALUES (:node, 1, :fingerprint, :card, :card, :serial, :at);

-- name: confirm
-- An operator confirmed a newer card as a whole.
UPDATE peers
SET fingerprint = :fingerprint, card = :card, keys = :card, keys_serial = :serial, waiting = NULL
WHERE node = :node;

-- name: keys
-- A newer card's keys and certificates apply; its other parts wait if they differ.
UPDATE peers SET keys = :card, keys_serial = :serial, waiting = :waiting WHERE node = :node;

-- name: enable
-- Enable or disable a peer.
UPDATE peers SET enabled = :enabled WHERE node = :node;

-- name: link
-- How the link to a peer does: failures in a row and when to try next.
UPDATE peers SET failures = :failures, next_attempt = :next_attempt WHERE node = :node;

-- name: contact
-- A peer showed life.
UPDATE peers SET failures = 0, next_attempt = 0, last_contact = :at WHERE node = :node;

-- name: note_arrival
-- Something came from a peer; how our own tries fare is another matter.
UPDATE peers SET last_contact = :at
WHERE node = :node AND (last_contact IS NULL OR last_contact < :since);

-- name: know_card
-- A peer has receipted one of our cards.
UPDATE peers SET card_known = max(ifnull(card_known, 0), :serial) WHERE node = :node;
