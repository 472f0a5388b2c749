-- What is to be made public, and what is public: clauses 5(1), 5(6), 6(2) and 6(3).

-- One row for each version of a message that is to be made public, or taken down again. `slot` is the
-- first version. `waiting`: nobody has decided; `decided`: the pages and the confirmation follow;
-- `done`: they have; `refused`: it stays closed; `replaced`: another version came before a decision.
-- `uid` decided, `place` is where it was made public, `fields` what of the message (pointers), `reason`
-- the code of why it was not, and `reason_text` the words for it, sealed under a key of their own until
-- a message tells them; `remark` is why a person is waited for. `confirmation` is the id of our message
-- that says so; of one that waits again, of the message that never counted.
CREATE TABLE publications (
    seq          INTEGER PRIMARY KEY REFERENCES messages (seq),
    slot         INTEGER NOT NULL REFERENCES messages (seq),
    peer         TEXT NOT NULL,
    register     TEXT NOT NULL,
    action       TEXT NOT NULL
        CHECK (action IN ('published', 'amended', 'withdrawn', 'not-published')),
    rule         TEXT NOT NULL CHECK (rule IN ('permitted', 'required')),
    state        TEXT NOT NULL
        CHECK (state IN ('waiting', 'decided', 'done', 'refused', 'replaced')),
    noted        TEXT NOT NULL,
    due          TEXT,
    decided      TEXT,
    uid          INTEGER,
    place        TEXT,
    reason       TEXT,
    reason_key   BLOB,
    reason_text  BLOB,
    fields       TEXT,
    remark       TEXT,
    confirmation TEXT
) STRICT;
CREATE INDEX publications_by_slot ON publications (slot, seq);
CREATE INDEX publications_open ON publications (state, seq) WHERE state IN ('waiting', 'decided');

-- What everybody may read of each entry, by the message that let it be. `since` is when that message
-- changed the register: the newest row by `since` and `seq` that has not ended is shown. `fields` is NULL
-- where the entry stands no more. The pages are made of this alone.
CREATE TABLE published (
    peer     TEXT NOT NULL,
    register TEXT NOT NULL,
    entry    TEXT NOT NULL,
    seq      INTEGER NOT NULL REFERENCES messages (seq),
    since    TEXT NOT NULL,
    status   TEXT NOT NULL,
    fields   TEXT,
    at       TEXT NOT NULL,
    ended    TEXT,
    digest   TEXT NOT NULL,
    PRIMARY KEY (peer, register, entry, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX published_by_message ON published (seq);

-- What lists show of a publication and of its message. `gone`: a later version is decided about, or
-- nothing that it made public is shown any more.
CREATE VIEW shown_publications AS
SELECT p.*, m.id, m.type, m.thread, m.reference, m.direction, m.header_digest, f.type AS first_type,
    EXISTS (
        SELECT 1 FROM publications AS n
        WHERE n.slot = p.slot AND n.seq > p.seq AND n.state IN ('decided', 'done') AND p.state = 'done'
    ) OR EXISTS (SELECT 1 FROM published AS s WHERE s.seq = p.seq) AND NOT EXISTS (
        SELECT 1 FROM published AS s WHERE s.seq = p.seq AND s.ended IS NULL AND NOT EXISTS (
            SELECT 1 FROM published AS q
            WHERE q.peer = s.peer AND q.register = s.register AND q.entry = s.entry
                AND (q.since, q.seq) > (s.since, s.seq) AND q.ended IS NULL
        )
    ) AS gone
FROM publications AS p JOIN messages AS m ON m.seq = p.seq JOIN messages AS f ON f.seq = p.slot;
