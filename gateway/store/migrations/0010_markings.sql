-- Markings that changed after the message was sent, and what messages took over from others.

-- Which `marking.change` (`by`) speaks of which message (`seq`). Only where to look: what the marking is
-- now is read from the signed text of the newest of them that counts, never from here.
CREATE TABLE markings (
    seq INTEGER NOT NULL REFERENCES messages (seq),
    by  INTEGER NOT NULL REFERENCES messages (seq),
    PRIMARY KEY (seq, by)
) STRICT, WITHOUT ROWID;

-- Which message took over content of which other one that is kept here: entry `number` of its
-- provenance. Only where to look, too.
CREATE TABLE derivations (
    seq    INTEGER NOT NULL REFERENCES messages (seq),
    number INTEGER NOT NULL,
    source INTEGER NOT NULL REFERENCES messages (seq),
    PRIMARY KEY (seq, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX derivations_by_source ON derivations (source, seq);
