-- Times are Unix milliseconds. Ids are 16 bytes, hashes 32.
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
    account_id BLOB PRIMARY KEY CHECK (length(account_id) = 16),
    created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE device (
    account_id BLOB NOT NULL REFERENCES account (account_id),
    device_id BLOB NOT NULL CHECK (length(device_id) = 16),
    name TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    last_seen_ms INTEGER NOT NULL,
    PRIMARY KEY (account_id, device_id)
) STRICT, WITHOUT ROWID;

-- Tokens are never stored, only their SHA-256.
CREATE TABLE session (
    token_hash BLOB PRIMARY KEY CHECK (length(token_hash) = 32),
    account_id BLOB NOT NULL,
    device_id BLOB NOT NULL,
    last_used_ms INTEGER NOT NULL,
    FOREIGN KEY (account_id, device_id) REFERENCES device (account_id, device_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX session_of_device ON session (account_id, device_id);

CREATE TABLE link (
    token_hash BLOB PRIMARY KEY CHECK (length(token_hash) = 32),
    account_id BLOB NOT NULL REFERENCES account (account_id),
    expires_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One vault an account. Its id is unique within the account only: whether
-- another account uses an id must not show.
CREATE TABLE vault (
    vault_row INTEGER PRIMARY KEY,
    account_id BLOB NOT NULL UNIQUE REFERENCES account (account_id),
    vault_id BLOB NOT NULL CHECK (length(vault_id) = 16),
    policy_version INTEGER NOT NULL,
    slots_generation INTEGER NOT NULL,
    slot_list BLOB NOT NULL,
    head_cursor INTEGER NOT NULL,
    head_hash BLOB NOT NULL CHECK (length(head_hash) = 32),
    created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE op (
    op_row INTEGER PRIMARY KEY,
    vault_row INTEGER NOT NULL REFERENCES vault (vault_row),
    cursor INTEGER NOT NULL,
    op_id BLOB NOT NULL CHECK (length(op_id) = 16),
    op_hash BLOB NOT NULL CHECK (length(op_hash) = 32),
    history_hash BLOB NOT NULL CHECK (length(history_hash) = 32),
    bytes BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX op_at_cursor ON op (vault_row, cursor);
CREATE UNIQUE INDEX op_with_id ON op (vault_row, op_id);

CREATE TABLE record_head (
    vault_row INTEGER NOT NULL REFERENCES vault (vault_row),
    record_id BLOB NOT NULL CHECK (length(record_id) = 16),
    op_id BLOB NOT NULL CHECK (length(op_id) = 16),
    PRIMARY KEY (vault_row, record_id)
) STRICT, WITHOUT ROWID;
