-- Where an owner is told of all their jobs. Secrets must be whole to sign with, so they stand here as they are.
CREATE TABLE endpoint (
    id           BLOB PRIMARY KEY,
    owner        TEXT NOT NULL,
    url          TEXT NOT NULL,
    on_json      TEXT NOT NULL,
    secrets_json TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    disabled_at  INTEGER,
    disabled_why TEXT
);

CREATE INDEX endpoint_of_owner ON endpoint (owner);

-- Every try to tell somebody, newest last: what people look at when they were not told.
CREATE TABLE delivery (
    id          BLOB PRIMARY KEY,
    effect_id   BLOB NOT NULL,
    owner       TEXT NOT NULL,
    endpoint_id BLOB,
    job_id      BLOB,
    event       TEXT NOT NULL,
    receiver    TEXT NOT NULL,
    at          INTEGER NOT NULL,
    took_ms     INTEGER NOT NULL,
    number      INTEGER NOT NULL,
    state       TEXT NOT NULL,
    error       TEXT
);

CREATE INDEX delivery_of_endpoint ON delivery (endpoint_id, id) WHERE endpoint_id IS NOT NULL;
CREATE INDEX delivery_of_job ON delivery (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX delivery_at ON delivery (at);

-- How many jobs of a group have not ended: whoever ends the last one sees it here.
CREATE TABLE group_count (
    owner TEXT NOT NULL,
    name  TEXT NOT NULL,
    open  INTEGER NOT NULL,
    PRIMARY KEY (owner, name)
) WITHOUT ROWID;

INSERT INTO group_count
SELECT owner, group_name, sum(CASE WHEN ended_at IS NULL THEN 1 ELSE 0 END) FROM job WHERE group_name IS NOT NULL GROUP BY owner, group_name;
