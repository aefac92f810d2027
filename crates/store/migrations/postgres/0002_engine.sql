-- Rows of the engine. Times are milliseconds since 1970, UTC, by the store's clock. JSON columns end in _json. A task is known by
-- its job, the number of its file, the number of its step in the job's plan, and its part (0: the whole step).
--
-- Hot rows stand apart from history: `task` holds only what waits, `lease` only what runs, both narrow and emptied as work goes on;
-- `ended` is appended to. So a claim costs the same however much is finished.

CREATE TABLE job (
    id               uuid PRIMARY KEY,
    owner            text NOT NULL,
    pipeline         text NOT NULL,
    pipeline_version integer NOT NULL,
    plan_json        text NOT NULL,
    options_json     text NOT NULL,
    metadata_json    text NOT NULL,
    notify_json      text,
    priority         smallint NOT NULL,
    group_name       text,
    status           text NOT NULL,
    files            integer NOT NULL,
    open_files       integer NOT NULL,
    released         integer NOT NULL,
    succeeded        integer NOT NULL,
    skipped          integer NOT NULL,
    failed           integer NOT NULL,
    cancelled        integer NOT NULL,
    events           bigint NOT NULL,
    work_ms          bigint NOT NULL,
    done_ms          bigint NOT NULL,
    requeued         smallint NOT NULL,
    keep_files       smallint NOT NULL,
    warned           smallint NOT NULL,
    swept            smallint NOT NULL,
    timeout_ms       bigint NOT NULL,
    created_at       bigint NOT NULL,
    expires_at       bigint NOT NULL,
    started_at       bigint,
    deadline_at      bigint,
    ended_at         bigint
) WITH (fillfactor = 80);

CREATE INDEX job_waiting ON job (expires_at) WHERE status = 'pending';
CREATE INDEX job_running ON job (deadline_at) WHERE status = 'processing';
CREATE INDEX job_ended ON job (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX job_unswept ON job (id) WHERE ended_at IS NOT NULL AND swept = 0;
CREATE INDEX job_group ON job (group_name) WHERE group_name IS NOT NULL;
CREATE INDEX job_of_owner ON job (owner, id);

CREATE TABLE idempotency (
    owner       text NOT NULL,
    key         text NOT NULL,
    fingerprint text NOT NULL,
    job_id      uuid NOT NULL,
    created_at  bigint NOT NULL,
    PRIMARY KEY (owner, key)
);

CREATE INDEX idempotency_age ON idempotency (created_at);

CREATE TABLE file (
    job_id         uuid NOT NULL,
    no             integer NOT NULL,
    name           text NOT NULL,
    source         text NOT NULL,
    bytes          bigint NOT NULL,
    sha256         text NOT NULL,
    estimates_json text NOT NULL,
    price          bigint NOT NULL,
    status         text NOT NULL,
    money          smallint NOT NULL,
    round          integer NOT NULL,
    error_json     text,
    ended_at       bigint,
    PRIMARY KEY (job_id, no)
) WITH (fillfactor = 80);

-- What waits: for a worker, for its time (`due`), or for its parts (`parts_open`). `line` is the owner, and the limit key if there
-- is one; the index is in the order of claims.
CREATE TABLE task (
    job_id      uuid NOT NULL,
    file_no     integer NOT NULL,
    step        smallint NOT NULL,
    part        integer NOT NULL,
    class       smallint NOT NULL,
    lane        smallint NOT NULL,
    line        text COLLATE "C" NOT NULL,
    key         bigint NOT NULL,
    ready_at    bigint NOT NULL,
    due         bigint,
    parts_open  integer NOT NULL,
    parts       integer NOT NULL,
    attempts    integer NOT NULL,
    failures    integer NOT NULL,
    losses      integer NOT NULL,
    fence       bigint NOT NULL,
    progress    double precision NOT NULL,
    estimate_ms bigint NOT NULL,
    limit_most  integer,
    spec_json   text,
    PRIMARY KEY (job_id, file_no, step, part)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

CREATE INDEX task_ready ON task (class, lane, line, key) WHERE due IS NULL AND parts_open = 0;
-- Jobs that wait behind others of the same line, and what waits of one job.
CREATE INDEX task_of_job ON task (class, job_id, key) WHERE due IS NULL AND parts_open = 0;
CREATE INDEX task_due ON task (due) WHERE due IS NOT NULL;

-- What runs. A lease holds while its worker is alive and its deadline has not passed.
CREATE TABLE lease (
    job_id      uuid NOT NULL,
    file_no     integer NOT NULL,
    step        smallint NOT NULL,
    part        integer NOT NULL,
    worker      uuid NOT NULL,
    fence       bigint NOT NULL,
    class       smallint NOT NULL,
    lane        smallint NOT NULL,
    line        text COLLATE "C" NOT NULL,
    ready_at    bigint NOT NULL,
    parts       integer NOT NULL,
    attempts    integer NOT NULL,
    failures    integer NOT NULL,
    losses      integer NOT NULL,
    estimate_ms bigint NOT NULL,
    limit_most  integer,
    spec_json   text,
    started_at  bigint NOT NULL,
    deadline_at bigint NOT NULL,
    progress    double precision NOT NULL,
    phase       text,
    PRIMARY KEY (job_id, file_no, step, part)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

CREATE INDEX lease_limited ON lease (line) WHERE limit_most IS NOT NULL;

CREATE TABLE worker (
    id          uuid PRIMARY KEY,
    name        text NOT NULL,
    version     text NOT NULL,
    slots_json  text NOT NULL,
    started_at  bigint NOT NULL,
    seen_at     bigint NOT NULL,
    alive_until bigint NOT NULL,
    draining    smallint NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE ended (
    job_id      uuid NOT NULL,
    file_no     integer NOT NULL,
    step        smallint NOT NULL,
    part        integer NOT NULL,
    state       text NOT NULL,
    queue       smallint NOT NULL,
    attempts    integer NOT NULL,
    failures    integer NOT NULL,
    losses      integer NOT NULL,
    fence       bigint NOT NULL,
    worker      uuid,
    started_at  bigint,
    ended_at    bigint NOT NULL,
    error_json  text,
    report_json text,
    dead_until  bigint,
    PRIMARY KEY (job_id, file_no, step, part)
);

CREATE INDEX ended_dead ON ended (dead_until) WHERE dead_until IS NOT NULL;

-- Attempts that did not end their task; the last one is told by `ended`.
CREATE TABLE attempt (
    job_id     uuid NOT NULL,
    file_no    integer NOT NULL,
    step       smallint NOT NULL,
    part       integer NOT NULL,
    fence      bigint NOT NULL,
    number     integer NOT NULL,
    worker     uuid NOT NULL,
    started_at bigint NOT NULL,
    ended_at   bigint NOT NULL,
    outcome    text NOT NULL,
    error_json text,
    PRIMARY KEY (job_id, file_no, step, part, fence)
);

CREATE TABLE artifact (
    job_id     uuid NOT NULL,
    file_no    integer NOT NULL,
    name       text NOT NULL,
    step       smallint NOT NULL,
    part       integer NOT NULL,
    media_type text NOT NULL,
    bytes      bigint NOT NULL,
    sha256     text NOT NULL,
    blob       text NOT NULL,
    PRIMARY KEY (job_id, file_no, name)
);

CREATE TABLE checkpoint (
    job_id     uuid NOT NULL,
    file_no    integer NOT NULL,
    step       smallint NOT NULL,
    part       integer NOT NULL,
    fence      bigint NOT NULL,
    at         bigint NOT NULL,
    data_json  text NOT NULL,
    blobs_json text NOT NULL,
    PRIMARY KEY (job_id, file_no, step, part)
);

-- Events of a job are numbered from 1 without gaps; a row is what one transaction did to one job.
CREATE TABLE event (
    job_id     uuid NOT NULL,
    last       bigint NOT NULL,
    at         bigint NOT NULL,
    items_json text NOT NULL,
    PRIMARY KEY (job_id, last)
);

CREATE TABLE account (
    owner     text PRIMARY KEY,
    available bigint NOT NULL CHECK (available >= 0),
    held      bigint NOT NULL CHECK (held >= 0)
) WITH (fillfactor = 50);

-- Each row moves an amount from one account to another, so the sum over all accounts is zero by construction. `side` is 0 for a
-- hold (and a grant, which has no job), 1 for the capture or refund that ends it, and 2 for what gives a capture back: of a file,
-- each happens once a round.
CREATE TABLE transfer (
    id      uuid PRIMARY KEY,
    at      bigint NOT NULL,
    owner   text NOT NULL,
    kind    text NOT NULL,
    amount  bigint NOT NULL CHECK (amount >= 0),
    job_id  uuid,
    file_no integer,
    round   integer NOT NULL,
    side    smallint NOT NULL,
    note    text
);

CREATE UNIQUE INDEX transfer_once ON transfer (job_id, file_no, round, side) WHERE job_id IS NOT NULL;
CREATE INDEX transfer_of_owner ON transfer (owner, id);

CREATE TABLE effect (
    id         uuid PRIMARY KEY,
    job_id     uuid,
    owner      text NOT NULL,
    kind       text NOT NULL,
    body_json  text NOT NULL,
    state      text NOT NULL,
    tries      integer NOT NULL,
    error      text,
    created_at bigint NOT NULL,
    due        bigint NOT NULL,
    ended_at   bigint
) WITH (fillfactor = 70);

CREATE INDEX effect_due ON effect (due) WHERE state = 'open';
CREATE INDEX effect_of_job ON effect (job_id) WHERE job_id IS NOT NULL;

CREATE TABLE api_key (
    id         uuid PRIMARY KEY,
    name       text NOT NULL,
    owner      text NOT NULL,
    role       text NOT NULL,
    hash       text NOT NULL,
    created_at bigint NOT NULL,
    revoked_at bigint,
    used_at    bigint
);

CREATE TABLE paused (
    queue text PRIMARY KEY,
    at    bigint NOT NULL,
    who   text NOT NULL
);

CREATE TABLE cron (
    name      text NOT NULL,
    owner     text NOT NULL,
    rule      text NOT NULL,
    body_json text NOT NULL,
    next_at   bigint NOT NULL,
    last_at   bigint,
    paused    smallint NOT NULL,
    PRIMARY KEY (owner, name)
);

CREATE INDEX cron_due ON cron (next_at) WHERE paused = 0;
