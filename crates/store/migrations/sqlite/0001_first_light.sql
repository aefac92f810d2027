-- Jobs, their files, tasks, attempts, artifacts and events. Times are milliseconds since 1970, UTC.
-- Ids are text with their kind in front; JSON columns end in _json. States are checked by the code that reads them.

CREATE TABLE job (
    id               TEXT PRIMARY KEY,
    owner            TEXT NOT NULL,
    pipeline         TEXT NOT NULL,
    pipeline_version INTEGER NOT NULL,
    options_json     TEXT NOT NULL,
    priority         INTEGER NOT NULL,
    group_name       TEXT,
    metadata_json    TEXT NOT NULL,
    status           TEXT NOT NULL,
    cancelling       INTEGER NOT NULL DEFAULT 0,
    files            INTEGER NOT NULL,
    succeeded        INTEGER NOT NULL DEFAULT 0,
    skipped          INTEGER NOT NULL DEFAULT 0,
    failed           INTEGER NOT NULL DEFAULT 0,
    cancelled        INTEGER NOT NULL DEFAULT 0,
    created_at       INTEGER NOT NULL,
    started_at       INTEGER,
    ended_at         INTEGER,
    swept            INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE INDEX job_open ON job (status) WHERE ended_at IS NULL;
CREATE INDEX job_ended ON job (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX job_unswept ON job (id) WHERE ended_at IS NOT NULL AND swept = 0;
CREATE INDEX job_group ON job (group_name) WHERE group_name IS NOT NULL;

CREATE TABLE idempotency (
    owner       TEXT NOT NULL,
    key         TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    job_id      TEXT NOT NULL,
    created_at  INTEGER NOT NULL,
    PRIMARY KEY (owner, key)
) WITHOUT ROWID;

CREATE TABLE file (
    job_id     TEXT NOT NULL,
    id         TEXT NOT NULL,
    name       TEXT NOT NULL,
    source     TEXT NOT NULL,
    bytes      INTEGER NOT NULL,
    sha256     TEXT NOT NULL,
    status     TEXT NOT NULL,
    error_json TEXT,
    ended_at   INTEGER,
    PRIMARY KEY (job_id, id)
) WITHOUT ROWID;

-- `seq` is the order of submission: files in order, steps in order. The ready index is the order of claims.
CREATE TABLE task (
    seq          INTEGER PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    job_id       TEXT NOT NULL,
    file_id      TEXT NOT NULL,
    step         TEXT NOT NULL,
    op           TEXT NOT NULL,
    after_json   TEXT NOT NULL,
    options_json TEXT NOT NULL,
    accepts_json TEXT NOT NULL,
    retry_json   TEXT NOT NULL,
    class        TEXT NOT NULL,
    priority     INTEGER NOT NULL,
    timeout_ms   INTEGER NOT NULL,
    estimate_ms  INTEGER NOT NULL,
    optional     INTEGER NOT NULL,
    state        TEXT NOT NULL,
    run_at       INTEGER NOT NULL,
    attempts     INTEGER NOT NULL DEFAULT 0,
    failures     INTEGER NOT NULL DEFAULT 0,
    losses       INTEGER NOT NULL DEFAULT 0,
    fence        INTEGER NOT NULL DEFAULT 0,
    worker       TEXT,
    lease_until  INTEGER,
    deadline_at  INTEGER,
    progress     REAL NOT NULL DEFAULT 0,
    phase        TEXT,
    started_at   INTEGER,
    ended_at     INTEGER,
    error_json   TEXT,
    report_json  TEXT
);

CREATE INDEX task_ready ON task (class, priority, run_at, seq) WHERE state = 'ready';
CREATE INDEX task_running ON task (worker) WHERE state = 'running';
CREATE INDEX task_of_file ON task (job_id, file_id);

CREATE TABLE attempt (
    task_id    TEXT NOT NULL,
    fence      INTEGER NOT NULL,
    number     INTEGER NOT NULL,
    worker     TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER,
    outcome    TEXT,
    error_json TEXT,
    PRIMARY KEY (task_id, fence)
) WITHOUT ROWID;

CREATE TABLE artifact (
    job_id     TEXT NOT NULL,
    file_id    TEXT NOT NULL,
    name       TEXT NOT NULL,
    task_id    TEXT NOT NULL,
    media_type TEXT NOT NULL,
    bytes      INTEGER NOT NULL,
    sha256     TEXT NOT NULL,
    blob       TEXT NOT NULL,
    PRIMARY KEY (job_id, file_id, name)
) WITHOUT ROWID;

CREATE TABLE event (
    seq       INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id    TEXT NOT NULL,
    at        INTEGER NOT NULL,
    kind      TEXT NOT NULL,
    data_json TEXT NOT NULL
);

CREATE INDEX event_of_job ON event (job_id, seq);
