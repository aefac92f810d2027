-- Bytes on their way in. What has arrived stands in segments_json, in order: each a blob of its own.
CREATE TABLE upload (
    id            BLOB PRIMARY KEY,
    owner         TEXT NOT NULL,
    name          TEXT NOT NULL,
    metadata      TEXT NOT NULL,
    partial       INTEGER NOT NULL,
    length        INTEGER NOT NULL,
    received      INTEGER NOT NULL,
    segments_json TEXT NOT NULL,
    hash          TEXT,
    prefixes_json TEXT NOT NULL,
    multipart     TEXT,
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL
) WITHOUT ROWID;

CREATE INDEX upload_of_owner ON upload (owner);
CREATE INDEX upload_age ON upload (expires_at);
