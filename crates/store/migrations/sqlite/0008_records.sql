-- What was read out of each file, as its owner sees it: the row that people look up, check and correct. It stays when the steps that made
-- it are forgotten, and goes with its job.
CREATE TABLE record (
    job_id      BLOB NOT NULL,
    file_no     INTEGER NOT NULL,
    owner       TEXT NOT NULL,
    name        TEXT NOT NULL,
    schema_name TEXT NOT NULL,
    data_json   TEXT NOT NULL,
    fields_json TEXT NOT NULL,
    confidence  REAL NOT NULL,
    doubts      INTEGER NOT NULL,
    state       TEXT NOT NULL,
    revision    INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    changed_at  INTEGER NOT NULL,
    reviewer    TEXT,
    reviewed_at INTEGER,
    PRIMARY KEY (job_id, file_no)
) WITHOUT ROWID;

CREATE INDEX record_of_owner ON record (owner, state);

-- What people changed in records, newest last.
CREATE TABLE correction (
    id          BLOB PRIMARY KEY,
    job_id      BLOB NOT NULL,
    file_no     INTEGER NOT NULL,
    path        TEXT NOT NULL,
    before_json TEXT,
    after_json  TEXT,
    reviewer    TEXT NOT NULL,
    at          INTEGER NOT NULL
);

CREATE INDEX correction_of_record ON correction (job_id, file_no, id);

-- What a file is opened with, when it asks for it.
ALTER TABLE file ADD COLUMN password TEXT;
