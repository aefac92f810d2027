-- Which task made what, by a hash of everything that it depends on: the same work of the same owner is answered from there.
CREATE TABLE result (
    owner   TEXT NOT NULL,
    key     TEXT NOT NULL,
    job_id  BLOB NOT NULL,
    file_no INTEGER NOT NULL,
    step    INTEGER NOT NULL,
    part    INTEGER NOT NULL,
    PRIMARY KEY (owner, key)
) WITHOUT ROWID;

CREATE INDEX result_of_job ON result (job_id);

ALTER TABLE job ADD COLUMN anew INTEGER NOT NULL DEFAULT 0;
