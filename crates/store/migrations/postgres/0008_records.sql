-- What was read out of each file, as its owner sees it: the row that people look up, check and correct. It stays when the steps that made
-- it are forgotten, and goes with its job.
CREATE TABLE record (
    job_id      uuid NOT NULL,
    file_no     integer NOT NULL,
    owner       text NOT NULL,
    name        text NOT NULL,
    schema_name text NOT NULL,
    data_json   text NOT NULL,
    fields_json text NOT NULL,
    confidence  double precision NOT NULL,
    doubts      integer NOT NULL,
    state       text NOT NULL,
    revision    integer NOT NULL,
    created_at  bigint NOT NULL,
    changed_at  bigint NOT NULL,
    reviewer    text,
    reviewed_at bigint,
    PRIMARY KEY (job_id, file_no)
);

CREATE INDEX record_of_owner ON record (owner, state);

-- What people changed in records, newest last.
CREATE TABLE correction (
    id          uuid PRIMARY KEY,
    job_id      uuid NOT NULL,
    file_no     integer NOT NULL,
    path        text NOT NULL,
    before_json text,
    after_json  text,
    reviewer    text NOT NULL,
    at          bigint NOT NULL
);

CREATE INDEX correction_of_record ON correction (job_id, file_no, id);

-- What a file is opened with, when it asks for it.
ALTER TABLE file ADD COLUMN password text;
