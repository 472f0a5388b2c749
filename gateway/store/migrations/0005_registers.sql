-- The registers: what both sides keep from what they tell each other, with the whole history.

-- One row for each version of an entry, in the order of `valid_from` and, within a second, of `seq`.
-- `message` brought it; `slot` is the first version of that message, whose place a correction or a
-- withdrawal takes. `public` may be shown and published. `change` is what the message said where that
-- is not the whole of `public`, so that the state can be worked out again once a message before it was
-- corrected. `search` is `public` as it is compared; what is personal or confidential is in `private`,
-- sealed under a key of its own.
CREATE TABLE register_versions (
    seq         INTEGER PRIMARY KEY,
    peer        TEXT NOT NULL,
    register    TEXT NOT NULL,
    entry       TEXT NOT NULL,
    status      TEXT NOT NULL,
    removed     INTEGER NOT NULL CHECK (removed IN (0, 1)),
    valid_from  TEXT NOT NULL,
    valid_to    TEXT CHECK (valid_to >= valid_from),
    message     INTEGER NOT NULL REFERENCES messages (seq),
    slot        INTEGER NOT NULL REFERENCES messages (seq),
    digest      TEXT NOT NULL,
    search      TEXT NOT NULL,
    public      TEXT NOT NULL,
    change      TEXT,
    content_key BLOB,
    private     BLOB,
    UNIQUE (message, peer, register, entry)
) STRICT;
CREATE UNIQUE INDEX register_versions_now ON register_versions (peer, register, entry)
WHERE valid_to IS NULL;
-- Lists and searches are answered from these two; only what is shown is read from the table.
CREATE INDEX register_versions_standing ON register_versions (
    peer, register, entry, status, valid_to, removed, search
) WHERE valid_to IS NULL AND removed = 0;
CREATE INDEX register_versions_then ON register_versions (
    peer, register, entry, valid_from, seq, valid_to, removed, status, search
);
CREATE INDEX register_versions_by_slot ON register_versions (slot);
CREATE INDEX register_versions_new ON register_versions (peer, register, valid_from, seq);

-- Numbers of licences, certificates and organisations, by their HMAC under the store key.
CREATE TABLE register_numbers (
    peer     TEXT NOT NULL,
    register TEXT NOT NULL,
    lookup   BLOB NOT NULL,
    entry    TEXT NOT NULL,
    PRIMARY KEY (peer, register, lookup, entry)
) STRICT, WITHOUT ROWID;

-- Lists that take a register from one version to the next: `seq` is the message that opened it. Nothing
-- is applied before all parts are there.
CREATE TABLE register_lists (
    seq          INTEGER PRIMARY KEY REFERENCES messages (seq),
    peer         TEXT NOT NULL,
    register     TEXT NOT NULL,
    list_version TEXT NOT NULL,
    base_version TEXT,
    as_of        TEXT NOT NULL,
    count        INTEGER NOT NULL CHECK (count >= 0),
    set_digest   TEXT NOT NULL,
    parts        INTEGER NOT NULL CHECK (parts >= 1),
    state        TEXT NOT NULL CHECK (state IN ('open', 'applied', 'dropped')),
    applied      TEXT
) STRICT;
CREATE INDEX register_lists_by_state ON register_lists (peer, register, state, applied, seq);

-- Which message is which part of a list; the one that opened it is the first.
CREATE TABLE register_parts (
    list INTEGER NOT NULL REFERENCES register_lists (seq),
    part INTEGER NOT NULL CHECK (part >= 1),
    seq  INTEGER NOT NULL UNIQUE REFERENCES messages (seq),
    PRIMARY KEY (list, part)
) STRICT, WITHOUT ROWID;

-- What the lists alone say at present, as the digest over the whole set needs it. Single messages change
-- the register between two lists, but not this. Where the marking of its message closes a part of it, a
-- line is `sealed` under a key of its own.
CREATE TABLE register_listed (
    peer        TEXT NOT NULL,
    register    TEXT NOT NULL,
    entry       TEXT NOT NULL,
    line        TEXT CHECK ((line IS NULL) = (sealed IS NOT NULL)),
    content_key BLOB,
    sealed      BLOB,
    PRIMARY KEY (peer, register, entry)
) STRICT, WITHOUT ROWID;

-- Messages that are valid but need a person's eye: they change no register until decided. `slot` is
-- the first version, whose place the next correction or withdrawal takes.
CREATE TABLE register_deferred (
    seq      INTEGER PRIMARY KEY REFERENCES messages (seq),
    slot     INTEGER NOT NULL REFERENCES messages (seq),
    peer     TEXT NOT NULL,
    register TEXT NOT NULL,
    reason   TEXT NOT NULL,
    at       TEXT NOT NULL,
    decided  TEXT,
    decision TEXT CHECK (decision IN ('applied', 'dropped', 'superseded')),
    uid      INTEGER
) STRICT;
CREATE INDEX register_deferred_open ON register_deferred (seq) WHERE decided IS NULL;
CREATE INDEX register_deferred_by_slot ON register_deferred (slot) WHERE decided IS NULL;
