-- name: insert
-- What a message obliges somebody to do. What stands keeps its due date; only when it began may be
-- known better now.
INSERT INTO duties (
    seq, act, turn, peer, direction, holder, opened, opened_by, due, source, remind
) VALUES (
    :seq, :act, :turn, :peer, :direction, :holder, :opened, :opened_by, :due, :source, :remind
)
ON CONFLICT (seq, act, turn) DO UPDATE SET opened = excluded.opened
WHERE closed IS NULL AND opened <> excluded.opened;

-- name: next_turn
-- Which turn of an act comes next on account of one message; one in between may have been taken out.
SELECT ifnull(max(turn), -1) + 1 AS turn FROM duties WHERE seq = :seq AND act = :act;

-- name: close
-- Acts of a message that are owed no more; what its own sender owes only where that is meant. Nothing
-- is done before it was owed, whatever a clock says.
UPDATE duties SET closed = max(opened, :at), closed_by = :by, outcome = :outcome
WHERE seq = :seq AND act IN (SELECT value FROM json_each(:acts)) AND closed IS NULL
    AND (:with_own OR (direction = 'out') = (holder = 'them'));

-- name: withdrawn
-- What the other side owes no more, for a withdrawal takes back what obliged it: the newest
-- version, and the first one. What its own sender owes on account of it stays.
UPDATE duties SET closed = :at, closed_by = :seq, outcome = 'withdrawn'
WHERE closed IS NULL AND (direction = 'out') = (holder = 'them') AND seq IN (
    SELECT s.old FROM supersessions AS s WHERE s.new = :seq AND s.mode = 'withdraw'
    UNION ALL
    SELECT f.seq FROM supersessions AS s
    JOIN messages AS w ON w.seq = s.new
    JOIN messages AS f ON f.peer = w.peer AND f.direction = w.direction AND f.id = w.in_reply_to
    WHERE s.new = :seq AND s.mode = 'withdraw'
);

-- name: closed_by
-- The messages whose duties one message ended.
SELECT DISTINCT seq FROM duties WHERE closed_by = :by;

-- name: reopen
-- What a message had ended is owed again.
UPDATE duties SET closed = NULL, closed_by = NULL, outcome = NULL WHERE closed_by = :by;

-- name: reopen_turns
-- What a message that does not count had ended of what is owed again and again. If another one has
-- ended meanwhile what the first had begun, that is the end of the turn before.
UPDATE duties SET (closed, closed_by, outcome) = (
    SELECT n.closed, n.closed_by, n.outcome FROM duties AS n
    WHERE n.opened_by = :by AND n.act = 'repeated' AND n.seq IN (duties.seq, :by)
        AND n.closed_by IS NOT NULL
)
WHERE closed_by = :by AND act = 'repeated';

-- name: not_begun
-- What one message had begun on account of another is not owed.
DELETE FROM duties WHERE opened_by = :by AND act = 'repeated' AND seq <> :by;

-- name: previous
-- What the sender of a message still owes on account of an earlier one of its type.
SELECT DISTINCT d.seq FROM duties AS d JOIN messages AS m ON m.seq = d.seq
WHERE d.closed IS NULL AND d.act = 'repeated' AND d.peer = :peer AND d.direction = :direction
    AND d.seq <> :seq AND m.type = :type;

-- name: never_to_be_reminded
-- What is owed and was noted by a version that reminded nobody.
SELECT seq, act, turn, peer, holder, opened, due FROM duties INDEXED BY duties_ahead
WHERE missed IS NULL AND closed IS NULL AND remind IS NULL;

-- name: set_reminder
-- When the holder of a duty is to be reminded of it.
UPDATE duties SET remind = :remind WHERE seq = :seq AND act = :act AND turn = :turn;

-- name: not_reported_on
-- What opened a matter that asks for reports, and had none awaited by an older version.
SELECT m.seq FROM threads AS t CROSS JOIN messages AS m
    ON m.peer = t.peer AND m.id = t.thread
    AND m.direction = CASE t.opener WHEN 'us' THEN 'out' ELSE 'in' END
WHERE m.type = :type AND NOT EXISTS (
    SELECT 1 FROM duties AS d WHERE d.seq = m.seq AND d.act = 'repeated'
);

-- name: reports_on
-- The reports that count in a matter, and when each was given: by its writer's word, but never later
-- than it came.
SELECT seq, CASE direction WHEN 'in' THEN min(created, received) ELSE created END AS at
FROM messages
WHERE thread = :thread AND peer = :peer AND type = :type
    AND state NOT IN ('refused', 'cancelled', 'expired') AND attention IS NULL
ORDER BY seq;

-- name: next
-- When the next deadline passes, of those that one side holds or of all. What is noted as late does
-- not stand in the index.
SELECT due FROM duties INDEXED BY duties_ahead
WHERE missed IS NULL AND closed IS NULL AND (:holder IS NULL OR holder = :holder)
ORDER BY due LIMIT 1;

-- name: passed
-- Deadlines that have passed and are not noted yet, the oldest first.
SELECT d.seq, d.act, d.turn, d.peer, d.direction, d.holder, d.due, m.id, m.thread, m.header_digest
FROM duties AS d INDEXED BY duties_ahead JOIN messages AS m ON m.seq = d.seq
WHERE d.missed IS NULL AND d.closed IS NULL AND d.due < :now
    AND (:holder IS NULL OR d.holder = :holder)
ORDER BY d.due LIMIT :limit;

-- name: missed
-- Note that a deadline passed, if it still stands.
UPDATE duties SET missed = :at, statement = :statement
WHERE seq = :seq AND act = :act AND turn = :turn AND due = :due
    AND missed IS NULL AND closed IS NULL;

-- name: of
-- What is owed of one message.
SELECT act, due, holder, missed, statement FROM duties WHERE seq = :seq AND closed IS NULL;

-- name: history
-- Everything that a message ever obliged somebody to do.
SELECT * FROM duties WHERE seq = :seq ORDER BY act, turn;

-- name: one
-- One duty that is not done, whose date may be moved.
SELECT seq, act, turn, holder, opened, due, source, remind FROM duties
WHERE seq = :seq AND act = :act AND holder = :holder AND closed IS NULL;

-- name: open_requests
-- The messages of one type in a matter whose answer is still owed.
SELECT m.seq, m.id, m.in_reply_to, d.holder
FROM messages AS m CROSS JOIN duties AS d ON d.seq = m.seq
WHERE m.thread = :thread AND m.peer = :peer AND m.type = :type
    AND d.act = 'answered' AND d.closed IS NULL
ORDER BY m.seq;

-- name: extend
-- Another date was agreed. What was late by the earlier one is not late any more, and whoever was
-- reminded of the earlier one is to be reminded of this.
UPDATE duties SET due = :due, source = :source, remind = :remind, missed = NULL,
    reminded = NULL, reminded_by = NULL, recalled = NULL, recalled_by = NULL
WHERE seq = :seq AND act = :act AND turn = :turn;

-- name: note_extension
-- Which message moved a date.
INSERT INTO extensions (by, seq, act, turn, before, before_source, before_remind)
VALUES (:by, :seq, :act, :turn, :before, :before_source, :before_remind)
ON CONFLICT DO NOTHING;

-- name: extension
-- What one message moved.
SELECT by, seq, act, turn, before, before_source, before_remind FROM extensions WHERE by = :by;

-- name: later_extension
-- The next message that moved the same date.
SELECT by FROM extensions WHERE seq = :seq AND act = :act AND turn = :turn AND by > :by
ORDER BY by LIMIT 1;

-- name: rebase_extension
-- A date was moved from another one than was thought.
UPDATE extensions SET before = :before, before_source = :before_source,
    before_remind = :before_remind
WHERE by = :by;

-- name: remove_extension
-- What one message moved, it did not move.
DELETE FROM extensions WHERE by = :by;

-- name: next_reminder
-- When somebody is to be reminded next.
SELECT remind FROM duties
WHERE remind > :now AND remind IS NOT NULL AND reminded IS NULL AND closed IS NULL
ORDER BY remind LIMIT 1;

-- name: to_remind
-- Whom to remind before the due date: of ours anybody, whatever is unclear in the matter; of theirs
-- what the other side has by its own word, where nothing is unclear.
SELECT d.seq, d.act, d.turn, d.peer, d.direction, d.holder, d.due, m.id, m.thread, m.type
FROM duties AS d JOIN messages AS m ON m.seq = d.seq
WHERE d.remind <= :now AND d.remind IS NOT NULL AND d.reminded IS NULL AND d.closed IS NULL
    AND d.missed IS NULL
    AND d.holder = :holder AND (:peer IS NULL OR d.peer = :peer)
    AND (d.holder = 'us' OR m.direction = 'in' OR m.state = 'delivered')
    AND (d.holder = 'us' OR NOT EXISTS (
        SELECT 1 FROM threads AS t
        WHERE t.peer = d.peer AND t.thread = m.thread AND t.attention IS NOT NULL
    ))
ORDER BY d.remind LIMIT :limit;

-- name: to_recall
-- Whom to remind after the due date, by the same rule; our own lateness is an alarm already.
SELECT d.seq, d.act, d.turn, d.peer, d.direction, d.holder, d.due, m.id, m.thread, m.type
FROM duties AS d JOIN messages AS m ON m.seq = d.seq
WHERE d.holder = 'them' AND d.peer = :peer
    AND d.missed IS NOT NULL AND d.recalled IS NULL AND d.closed IS NULL
    AND d.act <> 'handed-over' AND (m.direction = 'in' OR m.state = 'delivered')
    AND NOT EXISTS (
        SELECT 1 FROM threads AS t
        WHERE t.peer = d.peer AND t.thread = m.thread AND t.attention IS NOT NULL
    )
ORDER BY d.due LIMIT :limit;

-- name: reminded
-- Its holder was reminded in good time.
UPDATE duties SET reminded = :at, reminded_by = :by
WHERE seq = :seq AND act = :act AND turn = :turn AND reminded IS NULL AND closed IS NULL;

-- name: recalled
-- Its holder was reminded of what is late.
UPDATE duties SET recalled = :at, recalled_by = :by
WHERE seq = :seq AND act = :act AND turn = :turn AND recalled IS NULL AND closed IS NULL;

-- name: page_open
-- What is owed, the most pressing first.
SELECT d.*, m.id, m.type, m.thread, m.reference, m.priority,
    (SELECT b.id FROM messages AS b WHERE b.seq = d.opened_by) AS opened_id, NULL AS closed_id
FROM duties AS d JOIN messages AS m ON m.seq = d.seq
WHERE d.closed IS NULL AND (d.due, d.seq, d.act, d.turn) > (:due, :seq, :act, :turn)
    AND d.due < :before
    AND (:peer IS NULL OR d.peer = :peer) AND (:holder IS NULL OR d.holder = :holder)
    AND (:reading OR d.act <> 'handed-over')
ORDER BY d.due, d.seq, d.act, d.turn LIMIT :limit;

-- name: page_all
-- What is owed and what is done, the latest due date first.
SELECT d.*, m.id, m.type, m.thread, m.reference, m.priority,
    (SELECT b.id FROM messages AS b WHERE b.seq = d.opened_by) AS opened_id,
    (SELECT c.id FROM messages AS c WHERE c.seq = d.closed_by) AS closed_id
FROM duties AS d JOIN messages AS m ON m.seq = d.seq
WHERE (d.due, d.seq, d.act, d.turn) < (:due, :seq, :act, :turn)
    AND (:peer IS NULL OR d.peer = :peer) AND (:holder IS NULL OR d.holder = :holder)
    AND (:reading OR d.act <> 'handed-over')
ORDER BY d.due DESC, d.seq DESC, d.act DESC, d.turn DESC LIMIT :limit;

-- name: report
-- How what fell due in a period was done, per peer, holder and act. What was taken back or came to
-- nothing is nobody's merit or fault; declining is how an acceptance may be answered. That something
-- was read is no act that is judged. What the other side did is done when its word of it was here: it
-- dates its messages itself.
WITH judged AS (
    SELECT d.peer, d.holder, d.act, d.opened, d.due, d.closed IS NULL AS open,
        d.outcome = 'done' OR (d.act = 'accepted' AND d.outcome = 'declined') AS done,
        max(d.closed, ifnull(c.received, d.closed)) AS at
    FROM duties AS d
    LEFT JOIN messages AS c ON d.holder = 'them' AND c.seq = d.closed_by AND c.direction = 'in'
    WHERE d.due >= :since AND d.due < :until AND d.act <> 'handed-over'
        AND (:peer IS NULL OR d.peer = :peer)
)
SELECT peer, holder, act,
    count(*) FILTER (WHERE done) AS done,
    count(*) FILTER (WHERE done AND at <= due) AS in_time,
    count(*) FILTER (WHERE open) AS open,
    count(*) FILTER (WHERE open AND due < :now) AS overdue,
    avg(julianday(at) - julianday(opened)) FILTER (WHERE done) AS mean_days
FROM judged GROUP BY peer, holder, act;
