-- Bytes on their way in. What has arrived stands in segments_json, in order: each a blob of its own.
CREATE TABLE upload (
    id            uuid PRIMARY KEY,
    owner         text NOT NULL,
    name          text NOT NULL,
    metadata      text NOT NULL,
    partial       smallint NOT NULL,
    length        bigint NOT NULL,
    received      bigint NOT NULL,
    segments_json text NOT NULL,
    hash          text,
    prefixes_json text NOT NULL,
    multipart     text,
    created_at    bigint NOT NULL,
    expires_at    bigint NOT NULL
);

CREATE INDEX upload_of_owner ON upload (owner);
CREATE INDEX upload_age ON upload (expires_at);
