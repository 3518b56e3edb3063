-- What sqlite/schema_3.sql says, in PostgreSQL's words.
ALTER TABLE session ADD COLUMN revoked BIGINT NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN revoked_ms BIGINT;

CREATE TABLE api_key (
    token_hash BYTEA PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    account_id BYTEA NOT NULL REFERENCES account (account_id),
    device_id BYTEA NOT NULL CHECK (octet_length(device_id) = 16),
    name TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    last_used_ms BIGINT
);
CREATE UNIQUE INDEX api_key_of_account ON api_key (account_id, device_id);
