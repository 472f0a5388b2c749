-- name: get
-- One fact about this database.
SELECT value FROM meta WHERE name = :name;

-- name: put
-- Set a fact once, at init.
INSERT INTO meta (name, value) VALUES (:name, :value);

-- name: next
-- Count up and return the new value.
INSERT INTO counters (name, value) VALUES (:name, 1)
ON CONFLICT (name) DO UPDATE SET value = value + 1
RETURNING value;

-- name: idempotency_get
-- The message an earlier request with this key made.
SELECT request, id FROM idempotency WHERE uid = :uid AND key = :key;

-- name: idempotency_put
-- Remember which message a key made.
INSERT INTO idempotency (uid, key, request, id, at) VALUES (:uid, :key, :request, :id, :at);
