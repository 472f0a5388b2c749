-- name: next
-- The row of the next note; it is sealed to its row, so that must be known first.
SELECT ifnull(max(seq), 0) + 1 AS seq FROM notes;

-- name: insert
-- Keep a note.
INSERT INTO notes (seq, peer, thread, at, uid, author, content_key, content)
VALUES (:seq, :peer, :thread, :at, :uid, :author, :content_key, :content);

-- name: of_thread
-- The newest notes of a thread.
SELECT * FROM notes WHERE peer = :peer AND thread = :thread ORDER BY seq DESC LIMIT :limit;
