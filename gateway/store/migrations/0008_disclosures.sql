-- The ledger: every decision on content that would leave the contact point, allowed or refused.

-- What was decided, never what was said. `message` is what content was asked of, NULL for one of ours that
-- was refused before it was kept. `pointers` are the parts that leave, or, of a refusal, those that were
-- asked for; `redactions` what was left out, `pseudonymised` what has signs in place of its values, and
-- `refused` each part that may not leave, with its reason. `obligations` are what the used consents bind
-- to. Of a publication `audience` is `public`, and its name the place. `country` and `nearest` belong to a
-- refusal: whose consent is missing, and the consent that came nearest. `uid` asked, `vouched_uid` gave
-- their word that what a consent asks for in words is met. `is_outside`: it happened outside the gateway. `digest` covers the row, its sources and its uses;
-- the evidence of the decision names it.
CREATE TABLE disclosures (
    seq              INTEGER PRIMARY KEY,
    at               TEXT NOT NULL,
    action           TEXT NOT NULL
        CHECK (action IN ('show', 'send', 'disclose', 'export', 'print', 'publish')),
    is_allowed       INTEGER NOT NULL CHECK (is_allowed IN (0, 1)),
    reason           TEXT NOT NULL,
    message          INTEGER REFERENCES messages (seq),
    message_id       TEXT NOT NULL,
    header_digest    TEXT NOT NULL,
    peer             TEXT NOT NULL,
    audience         TEXT NOT NULL,
    audience_name    TEXT,
    audience_country TEXT NOT NULL,
    register         TEXT,
    purpose          TEXT NOT NULL,
    mode             TEXT NOT NULL,
    pointers         TEXT NOT NULL,
    redactions       TEXT NOT NULL,
    pseudonymised    TEXT NOT NULL,
    refused          TEXT NOT NULL,
    obligations      TEXT NOT NULL,
    country          TEXT,
    nearest          TEXT,
    uid              INTEGER NOT NULL,
    vouched_uid      INTEGER,
    is_outside       INTEGER NOT NULL CHECK (is_outside IN (0, 1)),
    label_digest     TEXT,
    content_digest   TEXT,
    policy_version   INTEGER NOT NULL,
    digest           TEXT NOT NULL
) STRICT;
CREATE INDEX disclosures_by_message ON disclosures (message_id, seq);
CREATE INDEX disclosures_of_message ON disclosures (message, seq) WHERE message IS NOT NULL;
CREATE INDEX disclosures_published ON disclosures (message, seq)
    WHERE action = 'publish' AND is_allowed = 1;

-- Whose content a row is about: the message itself, and each message that something was taken from.
CREATE TABLE disclosure_sources (
    ledger        INTEGER NOT NULL REFERENCES disclosures (seq),
    originator    TEXT NOT NULL,
    message_id    TEXT NOT NULL,
    header_digest TEXT NOT NULL,
    pointers      TEXT NOT NULL,
    PRIMARY KEY (ledger, originator, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX disclosure_sources_by_message ON disclosure_sources (originator, message_id, ledger);
CREATE INDEX disclosure_sources_by_originator ON disclosure_sources (originator, ledger);

-- Each use of a consent. What was used stays used, whatever became of the disclosure.
CREATE TABLE disclosure_uses (
    ledger     INTEGER NOT NULL REFERENCES disclosures (seq),
    peer       TEXT NOT NULL,
    consent_id TEXT NOT NULL,
    digest     TEXT NOT NULL,
    PRIMARY KEY (ledger, peer, consent_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX disclosure_uses_by_consent ON disclosure_uses (peer, consent_id, ledger);

-- What became of an allowed row: fetched or attempted for the first time, stopped before that, recalled.
CREATE TABLE disclosure_steps (
    ledger INTEGER NOT NULL REFERENCES disclosures (seq),
    step   TEXT NOT NULL CHECK (step IN ('transmitted', 'stopped', 'recalled')),
    at     TEXT NOT NULL,
    uid    INTEGER,
    reason TEXT,
    PRIMARY KEY (ledger, step)
) STRICT, WITHOUT ROWID;

-- Words of ours that leave in place of the content, or tell what happened outside; sealed.
CREATE TABLE disclosure_texts (
    ledger   INTEGER PRIMARY KEY REFERENCES disclosures (seq),
    text_key BLOB,
    text     BLOB
) STRICT;

CREATE TRIGGER disclosures_are_append_only BEFORE UPDATE ON disclosures
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only');
END;
CREATE TRIGGER disclosures_are_never_deleted BEFORE DELETE ON disclosures
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only');
END;
CREATE TRIGGER disclosure_sources_are_append_only BEFORE UPDATE ON disclosure_sources
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only');
END;
CREATE TRIGGER disclosure_sources_are_never_deleted BEFORE DELETE ON disclosure_sources
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only');
END;
CREATE TRIGGER disclosure_uses_are_append_only BEFORE UPDATE ON disclosure_uses
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only');
END;
CREATE TRIGGER disclosure_uses_are_never_deleted BEFORE DELETE ON disclosure_uses
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only');
END;

CREATE TRIGGER disclosure_steps_are_append_only BEFORE UPDATE ON disclosure_steps
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only');
END;
CREATE TRIGGER disclosure_steps_are_never_deleted BEFORE DELETE ON disclosure_steps
BEGIN
    SELECT RAISE(ABORT, 'the ledger is append-only');
END;

-- The evidence of decisions, by which the next number is found and missing rows are missed.
CREATE INDEX evidence_of_ledger ON evidence (chain, position)
    WHERE fact IN ('release-decided', 'release-refused');

-- What lists show of the ledger. What left is transmitted, also where it had been stopped before and a
-- person let it go.
CREATE VIEW shown_disclosures AS
SELECT d.*, t.at AS transmitted, s.at AS stopped, s.reason AS stopped_for, r.at AS recalled,
    CASE
        WHEN d.is_allowed = 0 THEN 'refused'
        WHEN r.at IS NOT NULL THEN 'recalled'
        WHEN t.at IS NOT NULL THEN 'transmitted'
        WHEN s.at IS NOT NULL THEN 'stopped'
        ELSE 'decided'
    END AS state
FROM disclosures AS d
LEFT JOIN disclosure_steps AS t ON t.ledger = d.seq AND t.step = 'transmitted'
LEFT JOIN disclosure_steps AS s ON s.ledger = d.seq AND s.step = 'stopped'
LEFT JOIN disclosure_steps AS r ON r.ledger = d.seq AND r.step = 'recalled';
