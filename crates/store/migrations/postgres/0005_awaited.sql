-- Files that are named by a job and not there yet: when each is looked for next, and how often it was. Their job has no tasks until
-- the last of them has come.
CREATE TABLE awaited (
    job_id  uuid NOT NULL,
    no      integer NOT NULL,
    owner   text NOT NULL,
    source  text NOT NULL,
    look_at bigint NOT NULL,
    looks   integer NOT NULL,
    PRIMARY KEY (job_id, no)
);

CREATE INDEX awaited_next ON awaited (look_at);
CREATE INDEX awaited_source ON awaited (source);

ALTER TABLE job ADD COLUMN awaits integer NOT NULL DEFAULT 0;
