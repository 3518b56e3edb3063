-- What stands in front of a vault's keys: its lock, its recovery codes, the
-- change of its key, and the crypto policies.
ALTER TABLE session ADD COLUMN signed_in_ms INTEGER NOT NULL DEFAULT 0;

-- 1 where the end of a session locks the vault for every device.
ALTER TABLE vault ADD COLUMN strict INTEGER NOT NULL DEFAULT 0;
ALTER TABLE vault ADD COLUMN key_epoch INTEGER NOT NULL DEFAULT 1;
-- The lock; none where locked_at_ms is null.
ALTER TABLE vault ADD COLUMN locked_at_ms INTEGER;
ALTER TABLE vault ADD COLUMN lock_reason TEXT;
ALTER TABLE vault ADD COLUMN lock_by TEXT;
ALTER TABLE vault ADD COLUMN lock_device_id BLOB;
ALTER TABLE vault ADD COLUMN lock_statement BLOB;
-- The last use of a recovery code, which outlives the code.
ALTER TABLE vault ADD COLUMN recovery_used_ms INTEGER;
ALTER TABLE vault ADD COLUMN recovery_used_by BLOB;

-- No code, no verifier, nothing that opens a slot: only the verifier's SHA-256.
CREATE TABLE recovery_code (
    vault_row INTEGER NOT NULL REFERENCES vault (vault_row),
    position INTEGER NOT NULL,
    credential_id BLOB NOT NULL CHECK (length(credential_id) = 16),
    label TEXT NOT NULL,
    verifier_hash BLOB NOT NULL CHECK (length(verifier_hash) = 32),
    created_ms INTEGER NOT NULL,
    used_ms INTEGER,
    used_by BLOB,
    used_attempt BLOB,
    revoked_ms INTEGER,
    PRIMARY KEY (vault_row, position)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX recovery_code_with_id ON recovery_code (vault_row, credential_id);

-- When an account tried a code, for an hour.
CREATE TABLE recovery_try (
    try_row INTEGER PRIMARY KEY,
    account_id BLOB NOT NULL REFERENCES account (account_id),
    tried_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX recovery_try_of_account ON recovery_try (account_id, tried_ms);

-- The last change of a vault's key that was begun.
CREATE TABLE rotation (
    vault_row INTEGER PRIMARY KEY REFERENCES vault (vault_row),
    rotation_id BLOB NOT NULL CHECK (length(rotation_id) = 16),
    to_epoch INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE policy (
    version INTEGER PRIMARY KEY,
    aead TEXT NOT NULL,
    kdf TEXT NOT NULL,
    kdf_iterations INTEGER NOT NULL,
    kdf_memory_kib INTEGER,
    kdf_lanes INTEGER,
    created_ms INTEGER NOT NULL,
    deprecated_ms INTEGER
) STRICT;
-- Those that ship. The lowest that is not deprecated is for new vaults.
INSERT INTO policy VALUES (1, 'AES-256-GCM', 'PBKDF2-HMAC-SHA256', 600000, NULL, NULL, 0, NULL);
INSERT INTO policy VALUES (2, 'XChaCha20-Poly1305', 'Argon2id', 3, 65536, 1, 0, NULL);
