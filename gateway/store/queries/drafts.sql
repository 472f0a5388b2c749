-- name: put
-- Keep a draft under its name, in place of the one before.
INSERT INTO drafts (uid, name, updated, type, peer, content_key, content)
VALUES (:uid, :name, :updated, :type, :peer, :content_key, :content)
ON CONFLICT (uid, name) DO UPDATE SET
    updated = :updated, type = :type, peer = :peer,
    content_key = :content_key, content = :content;

-- name: get
-- One draft of an officer.
SELECT name, updated, type, peer, content_key, content FROM drafts
WHERE uid = :uid AND name = :name;

-- name: all
-- The drafts of an officer, by name; the limit is the most that one may have.
SELECT name, updated, type, peer FROM drafts WHERE uid = :uid ORDER BY name LIMIT :limit;

-- name: count
-- How many drafts an officer has.
SELECT count(*) AS count FROM drafts WHERE uid = :uid;

-- name: delete
-- A draft is sent, or not wanted any more.
DELETE FROM drafts WHERE uid = :uid AND name = :name;
