-- Where an owner is told of all their jobs. Secrets must be whole to sign with, so they stand here as they are.
CREATE TABLE endpoint (
    id           uuid PRIMARY KEY,
    owner        text NOT NULL,
    url          text NOT NULL,
    on_json      text NOT NULL,
    secrets_json text NOT NULL,
    created_at   bigint NOT NULL,
    disabled_at  bigint,
    disabled_why text
);

CREATE INDEX endpoint_of_owner ON endpoint (owner);

-- Every try to tell somebody, newest last: what people look at when they were not told.
CREATE TABLE delivery (
    id          uuid PRIMARY KEY,
    effect_id   uuid NOT NULL,
    owner       text NOT NULL,
    endpoint_id uuid,
    job_id      uuid,
    event       text NOT NULL,
    receiver    text NOT NULL,
    at          bigint NOT NULL,
    took_ms     bigint NOT NULL,
    number      integer NOT NULL,
    state       text NOT NULL,
    error       text
);

CREATE INDEX delivery_of_endpoint ON delivery (endpoint_id, id) WHERE endpoint_id IS NOT NULL;
CREATE INDEX delivery_of_job ON delivery (job_id) WHERE job_id IS NOT NULL;
CREATE INDEX delivery_at ON delivery (at);

-- How many jobs of a group have not ended: whoever ends the last one sees it here.
CREATE TABLE group_count (
    owner text NOT NULL,
    name  text NOT NULL,
    open  bigint NOT NULL,
    PRIMARY KEY (owner, name)
);

INSERT INTO group_count
SELECT owner, group_name, sum(CASE WHEN ended_at IS NULL THEN 1 ELSE 0 END) FROM job WHERE group_name IS NOT NULL GROUP BY owner, group_name;
