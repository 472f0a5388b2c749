-- name: note
-- A message changes the marking of another.
INSERT INTO markings (seq, by) VALUES (:seq, :by) ON CONFLICT DO NOTHING;

-- name: of
-- The messages that changed the marking of one.
SELECT k.by AS seq, m.created, m.id, m.direction, m.peer
FROM markings AS k JOIN messages AS m ON m.seq = k.by
WHERE k.seq = :seq;

-- name: forget
-- A message does not change the marking of another after all.
DELETE FROM markings WHERE seq = :seq AND by = :by;

-- name: source
-- A message kept here that bears an id and a header, whoever exchanged it with us.
SELECT seq FROM messages WHERE id = :id AND header_digest = :header_digest ORDER BY seq LIMIT 1;

-- name: witnessed
-- What the evidence says of a message's coming or going.
SELECT record, hash FROM evidence
WHERE subject = :id AND fact IN ('received', 'submitted', 'issued-anew');

-- name: witnessed_changes
-- What the evidence says changed the marking of a message.
SELECT position, fact, record FROM evidence
WHERE subject = :id AND chain = 'local' AND fact IN ('marked', 'not-marked');

-- name: derive
-- A message took over content of another.
INSERT INTO derivations (seq, number, source) VALUES (:seq, :number, :source) ON CONFLICT DO NOTHING;

-- name: derived
-- What took over content of a message.
SELECT DISTINCT d.seq, m.peer, m.direction, m.id, m.state, m.created
FROM derivations AS d JOIN messages AS m ON m.seq = d.seq
WHERE d.source = :source ORDER BY d.seq LIMIT 200;

-- name: set
-- What lists show of a marking; content that is not public any more is sealed.
UPDATE messages SET marking = :marking, caveats = :caveats, content = :content, content_key = :content_key
WHERE seq = :seq;
