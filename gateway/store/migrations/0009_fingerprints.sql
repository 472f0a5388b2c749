-- What received and own messages identify, as numbers that only the store key makes: the net under
-- undeclared copying (clause 3).

-- `mark` stands for a number or name, `anchor` for its first signs, by which a text is looked through,
-- and `size` is how many signs it has.
-- `by` is the node that said it, `us` for ourselves, and `seq` the message in which it first did.
-- `closed`: in confidence; `open`: for everybody; `independent`: known here from elsewhere, which a
-- person has said and another has approved. `alone`: it counts only where a whole text is made up of it.
CREATE TABLE fingerprints (
    mark     INTEGER NOT NULL,
    by       TEXT NOT NULL,
    anchor   INTEGER NOT NULL,
    size     INTEGER NOT NULL,
    seq      INTEGER NOT NULL REFERENCES messages (seq),
    kind     TEXT NOT NULL CHECK (kind IN ('document', 'licence', 'certificate', 'name', 'contact')),
    alone    INTEGER NOT NULL,
    standing TEXT NOT NULL CHECK (standing IN ('closed', 'open', 'independent')),
    PRIMARY KEY (mark, by)
) STRICT, WITHOUT ROWID;
CREATE INDEX fingerprints_by_anchor ON fingerprints (anchor, size);

-- How many each node has given, so that nobody fills the table.
CREATE TABLE fingerprint_counts (
    by    TEXT NOT NULL PRIMARY KEY,
    count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What was refused because it holds something received in confidence, one row for each find and
-- audience. `uid` wrote the draft, of the type `type`, and `pointer` is where in it the find stands;
-- no value is kept. `claimed`: a person says that it is known here from elsewhere (`reason` is sealed
-- under `reason_key`); `approved`: another person agrees, and it is `independent` from then on.
CREATE TABLE origin_hits (
    hit         INTEGER PRIMARY KEY AUTOINCREMENT,
    mark        INTEGER NOT NULL,
    by          TEXT NOT NULL,
    seq         INTEGER NOT NULL REFERENCES messages (seq),
    kind        TEXT NOT NULL,
    audience    TEXT NOT NULL,
    type        TEXT NOT NULL,
    pointer     TEXT NOT NULL,
    uid         INTEGER NOT NULL,
    at          TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('open', 'claimed', 'approved', 'rejected')),
    reason_key  BLOB,
    reason      BLOB,
    claimed_by  INTEGER,
    claimed_at  TEXT,
    judged_by   INTEGER CHECK (judged_by <> claimed_by),
    judged_at   TEXT,
    UNIQUE (mark, by, audience)
) STRICT;
CREATE INDEX origin_hits_open ON origin_hits (hit) WHERE state IN ('open', 'claimed');

-- What older versions have received is looked through at the first start.
INSERT INTO meta (name, value) SELECT 'to-do.fingerprints', '9' WHERE EXISTS (SELECT 1 FROM messages);
