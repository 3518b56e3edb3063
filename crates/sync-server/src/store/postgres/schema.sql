-- The tables of sqlite/, in PostgreSQL's words; a test holds that both have the
-- same ones. Times are Unix milliseconds. Ids are 16 bytes, hashes 32.
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value BYTEA NOT NULL
);

CREATE TABLE account (
    account_id BYTEA PRIMARY KEY CHECK (octet_length(account_id) = 16),
    created_ms BIGINT NOT NULL
);

CREATE TABLE device (
    account_id BYTEA NOT NULL REFERENCES account (account_id),
    device_id BYTEA NOT NULL CHECK (octet_length(device_id) = 16),
    name TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    last_seen_ms BIGINT NOT NULL,
    PRIMARY KEY (account_id, device_id)
);

-- Tokens are never stored, only their SHA-256.
CREATE TABLE session (
    token_hash BYTEA PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    account_id BYTEA NOT NULL,
    device_id BYTEA NOT NULL,
    last_used_ms BIGINT NOT NULL,
    signed_in_ms BIGINT NOT NULL DEFAULT 0,
    FOREIGN KEY (account_id, device_id) REFERENCES device (account_id, device_id)
);
CREATE INDEX session_of_device ON session (account_id, device_id);

CREATE TABLE link (
    token_hash BYTEA PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    account_id BYTEA NOT NULL REFERENCES account (account_id),
    expires_at_ms BIGINT NOT NULL
);

-- One vault an account. Its id is unique within the account only: whether
-- another account uses an id must not show.
CREATE TABLE vault (
    vault_row BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id BYTEA NOT NULL UNIQUE REFERENCES account (account_id),
    vault_id BYTEA NOT NULL CHECK (octet_length(vault_id) = 16),
    policy_version BIGINT NOT NULL,
    slots_generation BIGINT NOT NULL,
    slot_list BYTEA NOT NULL,
    head_cursor BIGINT NOT NULL,
    head_hash BYTEA NOT NULL CHECK (octet_length(head_hash) = 32),
    created_ms BIGINT NOT NULL,
    -- 1 where the end of a session locks the vault for every device.
    strict BIGINT NOT NULL DEFAULT 0,
    key_epoch BIGINT NOT NULL DEFAULT 1,
    -- The lock; none where locked_at_ms is null.
    locked_at_ms BIGINT,
    lock_reason TEXT,
    lock_by TEXT,
    lock_device_id BYTEA,
    lock_statement BYTEA,
    -- The last use of a recovery code, which outlives the code.
    recovery_used_ms BIGINT,
    recovery_used_by BYTEA
);

CREATE TABLE op (
    op_row BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    vault_row BIGINT NOT NULL REFERENCES vault (vault_row),
    cursor BIGINT NOT NULL,
    op_id BYTEA NOT NULL CHECK (octet_length(op_id) = 16),
    op_hash BYTEA NOT NULL CHECK (octet_length(op_hash) = 32),
    history_hash BYTEA NOT NULL CHECK (octet_length(history_hash) = 32),
    bytes BYTEA NOT NULL
);
-- Ciphertext does not compress.
ALTER TABLE op ALTER COLUMN bytes SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX op_at_cursor ON op (vault_row, cursor);
CREATE UNIQUE INDEX op_with_id ON op (vault_row, op_id);

CREATE TABLE record_head (
    vault_row BIGINT NOT NULL REFERENCES vault (vault_row),
    record_id BYTEA NOT NULL CHECK (octet_length(record_id) = 16),
    op_id BYTEA NOT NULL CHECK (octet_length(op_id) = 16),
    PRIMARY KEY (vault_row, record_id)
);

-- No code, no verifier, nothing that opens a slot: only the verifier's SHA-256.
CREATE TABLE recovery_code (
    vault_row BIGINT NOT NULL REFERENCES vault (vault_row),
    position BIGINT NOT NULL,
    credential_id BYTEA NOT NULL CHECK (octet_length(credential_id) = 16),
    label TEXT NOT NULL,
    verifier_hash BYTEA NOT NULL CHECK (octet_length(verifier_hash) = 32),
    created_ms BIGINT NOT NULL,
    used_ms BIGINT,
    used_by BYTEA,
    used_attempt BYTEA,
    revoked_ms BIGINT,
    PRIMARY KEY (vault_row, position)
);
CREATE UNIQUE INDEX recovery_code_with_id ON recovery_code (vault_row, credential_id);

-- When an account tried a code, for an hour.
CREATE TABLE recovery_try (
    try_row BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id BYTEA NOT NULL REFERENCES account (account_id),
    tried_ms BIGINT NOT NULL
);
CREATE INDEX recovery_try_of_account ON recovery_try (account_id, tried_ms);

-- The last change of a vault's key that was begun.
CREATE TABLE rotation (
    vault_row BIGINT PRIMARY KEY REFERENCES vault (vault_row),
    rotation_id BYTEA NOT NULL CHECK (octet_length(rotation_id) = 16),
    to_epoch BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL
);

CREATE TABLE policy (
    version BIGINT PRIMARY KEY,
    aead TEXT NOT NULL,
    kdf TEXT NOT NULL,
    kdf_iterations BIGINT NOT NULL,
    kdf_memory_kib BIGINT,
    kdf_lanes BIGINT,
    created_ms BIGINT NOT NULL,
    deprecated_ms BIGINT
);
-- Those that ship. The lowest that is not deprecated is for new vaults.
INSERT INTO policy VALUES (1, 'AES-256-GCM', 'PBKDF2-HMAC-SHA256', 600000, NULL, NULL, 0, NULL);
INSERT INTO policy VALUES (2, 'XChaCha20-Poly1305', 'Argon2id', 3, 65536, 1, 0, NULL);
