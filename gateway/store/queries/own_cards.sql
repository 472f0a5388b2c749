-- name: all
-- Every card, the oldest first.
SELECT serial, card FROM own_cards ORDER BY serial;

-- name: newest
-- The card that was handed out last.
SELECT serial, digest, at, forced, card FROM own_cards ORDER BY serial DESC LIMIT 1;

-- name: first_met
-- The card that was in force before a time, or the first one of this database.
SELECT serial, digest, at, forced, card FROM own_cards
WHERE serial = ifnull(
    (SELECT max(serial) FROM own_cards WHERE at < :at), (SELECT min(serial) FROM own_cards)
);

-- name: get
-- One of our cards.
SELECT serial, digest, at, forced, card FROM own_cards WHERE serial = :serial;

-- name: add
-- A card is handed out from now on.
INSERT INTO own_cards (serial, digest, at, card) VALUES (:serial, :digest, :at, :card);

-- name: force
-- Show the newest certificate of a card without waiting for anybody; the first time stands.
UPDATE own_cards SET forced = :at WHERE serial = :serial AND forced IS NULL;

-- name: note_update
-- A message of ours carries one of our cards.
INSERT INTO card_updates (seq, peer, serial) VALUES (:seq, :peer, :serial);

-- name: update
-- Which card a message carries.
SELECT peer, serial FROM card_updates WHERE seq = :seq;

-- name: refused
-- What a peer refused for the pair that signed it, and nobody has said again; but for our cards, which
-- are offered again by themselves.
SELECT m.seq, m.id, m.jws, p.at AS refused_at FROM messages AS m
JOIN receipts AS p ON p.digest = m.receipt
WHERE m.peer = :peer AND m.refusal = 'key-revoked'
    AND NOT EXISTS (SELECT 1 FROM reissues AS r WHERE r.old = m.seq)
    AND NOT EXISTS (SELECT 1 FROM card_updates AS u WHERE u.seq = m.seq);

-- name: last_update
-- The message that last carried a card to a peer.
SELECT u.seq, u.serial, m.state, m.created, m.jws FROM card_updates AS u
JOIN messages AS m ON m.seq = u.seq
WHERE u.peer = :peer ORDER BY u.seq DESC LIMIT 1;
