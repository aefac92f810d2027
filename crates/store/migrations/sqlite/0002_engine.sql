-- Rows of the engine. Times are milliseconds since 1970, UTC, by the store's clock. JSON columns end in _json. A task is known by
-- its job, the number of its file, the number of its step in the job's plan, and its part (0: the whole step).
--
-- Hot rows stand apart from history: `task` holds only what waits, `lease` only what runs, both narrow and emptied as work goes on;
-- `ended` is appended to. So a claim costs the same however much is finished.

CREATE TABLE job (
    id               BLOB PRIMARY KEY,
    owner            TEXT NOT NULL,
    pipeline         TEXT NOT NULL,
    pipeline_version INTEGER NOT NULL,
    plan_json        TEXT NOT NULL,
    options_json     TEXT NOT NULL,
    metadata_json    TEXT NOT NULL,
    notify_json      TEXT,
    priority         INTEGER NOT NULL,
    group_name       TEXT,
    status           TEXT NOT NULL,
    files            INTEGER NOT NULL,
    open_files       INTEGER NOT NULL,
    released         INTEGER NOT NULL,
    succeeded        INTEGER NOT NULL,
    skipped          INTEGER NOT NULL,
    failed           INTEGER NOT NULL,
    cancelled        INTEGER NOT NULL,
    events           INTEGER NOT NULL,
    work_ms          INTEGER NOT NULL,
    done_ms          INTEGER NOT NULL,
    requeued         INTEGER NOT NULL,
    keep_files       INTEGER NOT NULL,
    warned           INTEGER NOT NULL,
    swept            INTEGER NOT NULL,
    timeout_ms       INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL,
    started_at       INTEGER,
    deadline_at      INTEGER,
    ended_at         INTEGER
) WITHOUT ROWID;

CREATE INDEX job_waiting ON job (expires_at) WHERE status = 'pending';
CREATE INDEX job_running ON job (deadline_at) WHERE status = 'processing';
CREATE INDEX job_ended ON job (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX job_unswept ON job (id) WHERE ended_at IS NOT NULL AND swept = 0;
CREATE INDEX job_group ON job (group_name) WHERE group_name IS NOT NULL;
CREATE INDEX job_of_owner ON job (owner, id);

CREATE TABLE idempotency (
    owner       TEXT NOT NULL,
    key         TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    job_id      BLOB NOT NULL,
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (owner, key)
) WITHOUT ROWID;

CREATE INDEX idempotency_age ON idempotency (created_at);

CREATE TABLE file (
    job_id         BLOB NOT NULL,
    no             INTEGER NOT NULL,
    name           TEXT NOT NULL,
    source         TEXT NOT NULL,
    bytes          INTEGER NOT NULL,
    sha256         TEXT NOT NULL,
    estimates_json TEXT NOT NULL,
    price          INTEGER NOT NULL,
    status         TEXT NOT NULL,
    money          INTEGER NOT NULL,
    round          INTEGER NOT NULL,
    error_json     TEXT,
    ended_at       INTEGER,
    PRIMARY KEY (job_id, no)
) WITHOUT ROWID;

-- What waits: for a worker, for its time (`due`), or for its parts (`parts_open`). `line` is the owner, and the limit key if there
-- is one; the index is in the order of claims.
CREATE TABLE task (
    job_id      BLOB NOT NULL,
    file_no     INTEGER NOT NULL,
    step        INTEGER NOT NULL,
    part        INTEGER NOT NULL,
    class       INTEGER NOT NULL,
    lane        INTEGER NOT NULL,
    line        TEXT NOT NULL,
    key         INTEGER NOT NULL,
    ready_at    INTEGER NOT NULL,
    due         INTEGER,
    parts_open  INTEGER NOT NULL,
    parts       INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    failures    INTEGER NOT NULL,
    losses      INTEGER NOT NULL,
    fence       INTEGER NOT NULL,
    progress    REAL NOT NULL,
    estimate_ms INTEGER NOT NULL,
    limit_most  INTEGER,
    spec_json   TEXT,
    PRIMARY KEY (job_id, file_no, step, part)
) WITHOUT ROWID;

CREATE INDEX task_ready ON task (class, lane, line, key) WHERE due IS NULL AND parts_open = 0;
-- Jobs that wait behind others of the same line, and what waits of one job.
CREATE INDEX task_of_job ON task (class, job_id, key) WHERE due IS NULL AND parts_open = 0;
CREATE INDEX task_due ON task (due) WHERE due IS NOT NULL;

-- What runs. A lease holds while its worker is alive and its deadline has not passed.
CREATE TABLE lease (
    job_id      BLOB NOT NULL,
    file_no     INTEGER NOT NULL,
    step        INTEGER NOT NULL,
    part        INTEGER NOT NULL,
    worker      BLOB NOT NULL,
    fence       INTEGER NOT NULL,
    class       INTEGER NOT NULL,
    lane        INTEGER NOT NULL,
    line        TEXT NOT NULL,
    ready_at    INTEGER NOT NULL,
    parts       INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    failures    INTEGER NOT NULL,
    losses      INTEGER NOT NULL,
    estimate_ms INTEGER NOT NULL,
    limit_most  INTEGER,
    spec_json   TEXT,
    started_at  INTEGER NOT NULL,
    deadline_at INTEGER NOT NULL,
    progress    REAL NOT NULL,
    phase       TEXT,
    PRIMARY KEY (job_id, file_no, step, part)
) WITHOUT ROWID;

CREATE INDEX lease_limited ON lease (line) WHERE limit_most IS NOT NULL;

CREATE TABLE worker (
    id          BLOB PRIMARY KEY,
    name        TEXT NOT NULL,
    version     TEXT NOT NULL,
    slots_json  TEXT NOT NULL,
    started_at  INTEGER NOT NULL,
    seen_at     INTEGER NOT NULL,
    alive_until INTEGER NOT NULL,
    draining    INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE ended (
    job_id      BLOB NOT NULL,
    file_no     INTEGER NOT NULL,
    step        INTEGER NOT NULL,
    part        INTEGER NOT NULL,
    state       TEXT NOT NULL,
    queue       INTEGER NOT NULL,
    attempts    INTEGER NOT NULL,
    failures    INTEGER NOT NULL,
    losses      INTEGER NOT NULL,
    fence       INTEGER NOT NULL,
    worker      BLOB,
    started_at  INTEGER,
    ended_at    INTEGER NOT NULL,
    error_json  TEXT,
    report_json TEXT,
    dead_until  INTEGER,
    PRIMARY KEY (job_id, file_no, step, part)
) WITHOUT ROWID;

CREATE INDEX ended_dead ON ended (dead_until) WHERE dead_until IS NOT NULL;

-- Attempts that did not end their task; the last one is told by `ended`.
CREATE TABLE attempt (
    job_id     BLOB NOT NULL,
    file_no    INTEGER NOT NULL,
    step       INTEGER NOT NULL,
    part       INTEGER NOT NULL,
    fence      INTEGER NOT NULL,
    number     INTEGER NOT NULL,
    worker     BLOB NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER NOT NULL,
    outcome    TEXT NOT NULL,
    error_json TEXT,
    PRIMARY KEY (job_id, file_no, step, part, fence)
) WITHOUT ROWID;

CREATE TABLE artifact (
    job_id     BLOB NOT NULL,
    file_no    INTEGER NOT NULL,
    name       TEXT NOT NULL,
    step       INTEGER NOT NULL,
    part       INTEGER NOT NULL,
    media_type TEXT NOT NULL,
    bytes      INTEGER NOT NULL,
    sha256     TEXT NOT NULL,
    blob       TEXT NOT NULL,
    PRIMARY KEY (job_id, file_no, name)
) WITHOUT ROWID;

CREATE TABLE checkpoint (
    job_id     BLOB NOT NULL,
    file_no    INTEGER NOT NULL,
    step       INTEGER NOT NULL,
    part       INTEGER NOT NULL,
    fence      INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    data_json  TEXT NOT NULL,
    blobs_json TEXT NOT NULL,
    PRIMARY KEY (job_id, file_no, step, part)
) WITHOUT ROWID;

-- Events of a job are numbered from 1 without gaps; a row is what one transaction did to one job.
CREATE TABLE event (
    job_id     BLOB NOT NULL,
    last       INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    items_json TEXT NOT NULL,
    PRIMARY KEY (job_id, last)
) WITHOUT ROWID;

CREATE TABLE account (
    owner     TEXT PRIMARY KEY,
    available INTEGER NOT NULL CHECK (available >= 0),
    held      INTEGER NOT NULL CHECK (held >= 0)
) WITHOUT ROWID;

-- Each row moves an amount from one account to another, so the sum over all accounts is zero by construction. `side` is 0 for a
-- hold (and a grant, which has no job), 1 for the capture or refund that ends it, and 2 for what gives a capture back: of a file,
-- each happens once a round.
CREATE TABLE transfer (
    id      BLOB PRIMARY KEY,
    at      INTEGER NOT NULL,
    owner   TEXT NOT NULL,
    kind    TEXT NOT NULL,
    amount  INTEGER NOT NULL CHECK (amount >= 0),
    job_id  BLOB,
    file_no INTEGER,
    round   INTEGER NOT NULL,
    side    INTEGER NOT NULL,
    note    TEXT
) WITHOUT ROWID;

CREATE UNIQUE INDEX transfer_once ON transfer (job_id, file_no, round, side) WHERE job_id IS NOT NULL;
CREATE INDEX transfer_of_owner ON transfer (owner, id);

CREATE TABLE effect (
    id         BLOB PRIMARY KEY,
    job_id     BLOB,
    owner      TEXT NOT NULL,
    kind       TEXT NOT NULL,
    body_json  TEXT NOT NULL,
    state      TEXT NOT NULL,
    tries      INTEGER NOT NULL,
    error      TEXT,
    created_at INTEGER NOT NULL,
    due        INTEGER NOT NULL,
    ended_at   INTEGER
) WITHOUT ROWID;

CREATE INDEX effect_due ON effect (due) WHERE state = 'open';
CREATE INDEX effect_of_job ON effect (job_id) WHERE job_id IS NOT NULL;

CREATE TABLE api_key (
    id         BLOB PRIMARY KEY,
    name       TEXT NOT NULL,
    owner      TEXT NOT NULL,
    role       TEXT NOT NULL,
    hash       TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER,
    used_at    INTEGER
) WITHOUT ROWID;

CREATE TABLE paused (
    queue TEXT PRIMARY KEY,
    at    INTEGER NOT NULL,
    who   TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE cron (
    name      TEXT NOT NULL,
    owner     TEXT NOT NULL,
    rule      TEXT NOT NULL,
    body_json TEXT NOT NULL,
    next_at   INTEGER NOT NULL,
    last_at   INTEGER,
    paused    INTEGER NOT NULL,
    PRIMARY KEY (owner, name)
) WITHOUT ROWID;

CREATE INDEX cron_due ON cron (next_at) WHERE paused = 0;
