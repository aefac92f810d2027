-- Which task made what, by a hash of everything that it depends on: the same work of the same owner is answered from there.
CREATE TABLE result (
    owner   text NOT NULL,
    key     text NOT NULL,
    job_id  uuid NOT NULL,
    file_no integer NOT NULL,
    step    smallint NOT NULL,
    part    integer NOT NULL,
    PRIMARY KEY (owner, key)
);

CREATE INDEX result_of_job ON result (job_id);

ALTER TABLE job ADD COLUMN anew smallint NOT NULL DEFAULT 0;
