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

-- name: set
-- Set or change a fact that may change.
INSERT INTO meta (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: remove
-- Remove a fact that may change.
DELETE FROM meta WHERE name = :name;

-- name: idempotency_get
-- What an earlier request with this key made, while the key lives.
SELECT request, id FROM idempotency WHERE uid = :uid AND key = :key AND at >= :since;

-- name: idempotency_put
-- Remember what a key made; one whose time is over may be used again.
INSERT INTO idempotency (uid, key, request, id, at) VALUES (:uid, :key, :request, :id, :at)
ON CONFLICT (uid, key) DO UPDATE SET request = excluded.request, id = excluded.id, at = excluded.at;

-- name: idempotency_old
-- Keys whose time is over, the oldest first.
SELECT uid, key FROM idempotency WHERE at < :since ORDER BY at LIMIT :limit;

-- name: idempotency_remove
-- Forget a key.
DELETE FROM idempotency WHERE uid = :uid AND key = :key;
