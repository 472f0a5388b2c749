-- name: set_epoch
-- A restored database begins a new life.
UPDATE meta SET value = :epoch WHERE name = 'epoch';

-- name: counters
-- Every number in use: one per year of references.
SELECT name, value FROM counters ORDER BY name;

-- name: raise_counter
-- No number above the kept one is free, as far as anybody knows.
INSERT INTO counters (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = max(value, :value);

-- name: last_event
-- The highest number that an event has borne.
SELECT seq FROM sqlite_sequence WHERE name = 'events';

-- name: raise_events
-- The next event gets a number that none has borne.
UPDATE sqlite_sequence SET seq = max(seq, :seq) WHERE name = 'events';

-- name: begin_events
-- The same where no event was ever written.
INSERT INTO sqlite_sequence (name, seq)
SELECT 'events', :seq WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'events');
