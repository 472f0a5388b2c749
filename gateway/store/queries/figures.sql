-- name: queued
-- How much waits per peer and state, with the first row of each, which is the oldest. The table is
-- small; by an index each row would be looked up.
SELECT peer, state, count(*) AS count, min(seq) AS first
FROM outbox NOT INDEXED GROUP BY peer, state;

-- name: created
-- When a message was made.
SELECT created FROM messages WHERE seq = :seq;

-- name: missed
-- Levels whose deadline passed, per peer and direction.
SELECT peer, direction, act, count(*) AS count FROM duties INDEXED BY duties_by_message
WHERE missed IS NOT NULL AND closed IS NULL AND act <> 'repeated' GROUP BY peer, direction, act;

-- name: duties
-- What is owed, per peer, side and act, and how much of it is late.
SELECT peer, holder, act, count(*) AS count, count(missed) AS late FROM duties
WHERE closed IS NULL GROUP BY peer, holder, act;

-- name: refused_here
-- What we refused for good, per peer and reason.
SELECT peer, code, count(*) AS count FROM refusals GROUP BY peer, code;

-- name: refused_there
-- What a peer refused for good of ours, per reason.
SELECT peer, refusal AS code, count(*) AS count FROM messages
WHERE refusal IS NOT NULL GROUP BY peer, refusal;

-- name: unreadable
-- Arrivals that nobody could read, as far as they are kept.
SELECT peer, count(*) AS count FROM security_events GROUP BY peer;

-- name: alarms
-- Alarms that no person has looked at, per kind.
SELECT kind, count(*) AS count FROM alarms WHERE seen IS NULL GROUP BY kind;

-- name: links
-- How the link to each peer does, without the cards.
SELECT node, enabled, failures, last_contact, version, clock_offset, waiting IS NOT NULL AS is_waiting
FROM peers ORDER BY node;
