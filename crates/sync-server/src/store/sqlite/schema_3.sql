-- Devices that another device signed out, and keys for programs.
-- A session that was revoked stays until its time is over, so that its device
-- learns what happened.
ALTER TABLE session ADD COLUMN revoked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN revoked_ms INTEGER;

-- Only the hash of a key. Each has a device id of its own, under which it
-- writes.
CREATE TABLE api_key (
    token_hash BLOB PRIMARY KEY CHECK (length(token_hash) = 32),
    account_id BLOB NOT NULL REFERENCES account (account_id),
    device_id BLOB NOT NULL CHECK (length(device_id) = 16),
    name TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    last_used_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX api_key_of_account ON api_key (account_id, device_id);
