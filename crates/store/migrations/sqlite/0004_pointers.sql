-- What tells the submitted version of a file that is not a blob of ours from others: the entity tag of its server.
ALTER TABLE file ADD COLUMN tag TEXT;
