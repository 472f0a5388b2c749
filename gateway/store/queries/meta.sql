-- name: get
-- One fact about this database.
SELECT value FROM meta WHERE name = :name;

-- name: put
-- Set a fact once, at init.
INSERT INTO meta (name, value) VALUES (:name, :value);

-- name: number
-- The highest number in use.
SELECT value FROM counters WHERE name = :name;

-- name: note_number
-- A number is in use.
INSERT INTO counters (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = max(value, :value);

-- name: idempotency_get
-- The message an earlier request with this key made.
SELECT request, id FROM idempotency WHERE uid = :uid AND key = :key;

-- name: idempotency_put
-- Remember which message a key made.
INSERT INTO idempotency (uid, key, request, id, at) VALUES (:uid, :key, :request, :id, :at);
