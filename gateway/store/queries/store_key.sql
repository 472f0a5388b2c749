-- name: put
-- What only the store key in use opens.
INSERT INTO meta (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = :value;
