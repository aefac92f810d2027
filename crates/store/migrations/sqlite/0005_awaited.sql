-- Files that are named by a job and not there yet: when each is looked for next, and how often it was. Their job has no tasks until
-- the last of them has come.
CREATE TABLE awaited (
    job_id  BLOB NOT NULL,
    no      INTEGER NOT NULL,
    owner   TEXT NOT NULL,
    source  TEXT NOT NULL,
    look_at INTEGER NOT NULL,
    looks   INTEGER NOT NULL,
    PRIMARY KEY (job_id, no)
) WITHOUT ROWID;

CREATE INDEX awaited_next ON awaited (look_at);
CREATE INDEX awaited_source ON awaited (source);

ALTER TABLE job ADD COLUMN awaits INTEGER NOT NULL DEFAULT 0;
