//! Every limit of Lockstep, in one place. Lengths are in bytes unless a name
//! says otherwise. A limit that both sides hold is checked by both.

/// Text of one note. Beyond it an import lists the file and goes on.
pub const NOTE_TEXT_BYTES_MAX: usize = 5 * 1024 * 1024;
/// Title of one note.
pub const NOTE_TITLE_BYTES_MAX: usize = 4 * 1024;
/// One tag.
pub const TAG_BYTES_MAX: usize = 256;
/// Tags of one note.
pub const TAGS_MAX: usize = 64;
/// Path of an imported file.
pub const SOURCE_PATH_BYTES_MAX: usize = 4 * 1024;

/// Plaintext of one sealed object, padding included.
pub const PLAINTEXT_BYTES_MAX: usize = 6 * 1024 * 1024;
/// One encoded operation: header, sealed body.
pub const OP_BYTES_MAX: usize = 6 * 1024 * 1024 + 1024;
/// Operations of one upload or of one page of a download.
pub const BATCH_OPS_MAX: usize = 1_000;
/// Operation bytes of one upload or of one page of a download. One operation
/// of the greatest length always fits.
pub const BATCH_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Body of any request that is not an upload.
pub const REQUEST_BYTES_MAX: usize = 64 * 1024;
/// Body of an upload: a batch in base64 and its framing.
pub const UPLOAD_REQUEST_BYTES_MAX: usize = 12 * 1024 * 1024;
/// Body of a response that a client is ready to read.
pub const RESPONSE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Passphrase, in Unicode characters after NFKC.
pub const PASSPHRASE_CHARS_MIN: usize = 8;
/// Passphrase, in bytes of UTF-8 after NFKC.
pub const PASSPHRASE_BYTES_MAX: usize = 1024;
/// Key slots of one vault.
pub const SLOTS_MAX: usize = 32;
/// Older vault keys of one vault: as many rotations. With them the list of
/// slots stays below [`REQUEST_BYTES_MAX`].
pub const OLDER_KEKS_MAX: usize = 256;
/// Recovery codes of a set.
pub const RECOVERY_CODES: usize = 8;
/// Characters of a typed recovery code that are looked at.
pub const RECOVERY_CODE_TYPED_CHARS_MAX: usize = 256;

/// Recovery codes of one vault.
pub const RECOVERY_CODES_MAX: usize = 16;
/// Label of a recovery code, in bytes.
pub const RECOVERY_LABEL_BYTES_MAX: usize = 128;
/// Tries of recovery codes that an account has within a minute.
pub const RECOVERY_TRIES_A_MINUTE: u32 = 5;
/// Tries of recovery codes that an account has within an hour.
pub const RECOVERY_TRIES_AN_HOUR: u32 = 20;
/// How long a change of the vault's key may take between its two phases.
pub const ROTATION_LIFE_MS: u64 = 10 * 60 * 1000;
/// A device's statement about a lock, in bytes.
pub const LOCK_STATEMENT_BYTES_MAX: usize = 1024;
/// How long after its sign-in a session may destroy the vault.
pub const FRESH_SIGN_IN_MS: u64 = 5 * 60 * 1000;

/// Name of a device, in bytes.
pub const DEVICE_NAME_BYTES_MAX: usize = 128;
/// Devices of one account.
pub const DEVICES_MAX: usize = 64;
/// Keys for programs of one account.
pub const API_KEYS_MAX: usize = 32;
/// One-time sign-in links that may be open at once.
pub const OPEN_LINKS_MAX: usize = 16;
/// How long a one-time sign-in link can be used.
pub const LINK_LIFE_S: u64 = 15 * 60;
/// How long a session lives without being used.
pub const SESSION_LIFE_S: u64 = 30 * 24 * 60 * 60;

/// How far ahead of the server's clock a stamp may lie.
pub const STAMP_AHEAD_MS_MAX: u64 = 5 * 60 * 1000;
/// Idle time after which the vault locks.
pub const IDLE_LOCK_MS: u64 = 10 * 60 * 1000;
/// Shortest idle time that a person can choose.
pub const IDLE_LOCK_MS_MIN: u64 = 15 * 1000;
/// Longest idle time that a person can choose.
pub const IDLE_LOCK_MS_MAX: u64 = 12 * 60 * 60 * 1000;
/// Time out of sight after which a desktop's vault locks.
pub const BACKGROUND_LOCK_DESKTOP_MS: u64 = 60 * 1000;
/// Time out of sight after which a phone's vault locks.
pub const BACKGROUND_LOCK_PHONE_MS: u64 = 0;
/// Longest time out of sight that a person can choose.
pub const BACKGROUND_LOCK_MS_MAX: u64 = 12 * 60 * 60 * 1000;
/// How long an application may take to hand over unsaved typing once a lock
/// has begun that it did not ask for.
pub const LOCK_GRACE_MS: u64 = 1000;
/// How long a lock waits for writes that were asked for before it.
pub const LOCK_WRITES_MS_MAX: u64 = 5 * 1000;
/// How long one token keeps a vault from locking by itself.
pub const KEEP_AWAKE_MS_MAX: u64 = 12 * 60 * 60 * 1000;
/// Tokens that keep a vault awake, at one time.
pub const KEEP_AWAKE_TOKENS_MAX: usize = 16;
/// One such token.
pub const KEEP_AWAKE_TOKEN_BYTES_MAX: usize = 64;
/// Drafts of unsaved typing on one device.
pub const DRAFTS_MAX: usize = 64;
/// All drafts of one device, sealed.
pub const DRAFTS_BYTES_MAX: usize = 24 * 1024 * 1024;
/// Time between two polls while the application is visible, before jitter.
pub const POLL_INTERVAL_MS: u64 = 25 * 1000;
/// Deadline of one check with the server.
pub const CHECK_DEADLINE_MS: u64 = 30 * 1000;
/// Time between two messages of a socket on which nothing happens.
pub const SOCKET_BEAT_MS: u64 = 30 * 1000;
/// Silence after which a device takes a socket for dead.
pub const SOCKET_SILENCE_MS_MAX: u64 = 75 * 1000;
/// Time between two polls, before jitter, while a socket is open.
pub const PUSHED_POLL_INTERVAL_MS: u64 = 5 * 60 * 1000;
/// What a device is ready to read in one message of a socket.
pub const SOCKET_MESSAGE_BYTES_MAX: usize = 4 * 1024;
/// Open sockets of one device.
pub const SOCKETS_OF_DEVICE_MAX: usize = 4;
/// Open sockets of one account.
pub const SOCKETS_OF_ACCOUNT_MAX: usize = 128;
/// Open sockets of one server.
pub const SOCKETS_MAX: usize = 8 * 1024;
/// How long an unlock waits for the server's key slots when none here opens.
pub const UNLOCK_ASK_MS: u32 = 6 * 1000;
/// How long a deleted note can be brought back with Undo.
pub const UNDO_MS: u64 = 15 * 1000;

/// The highest number of a revision in the search index that a catalogue page
/// may name, so that a damaged one cannot ask for gigabytes. Beyond it the
/// catalogue is made anew, which numbers from 1 again.
pub const INDEX_NUMBER_MAX: u32 = 1 << 22;

/// Records that are sealed anew in one transaction: so few that typing does
/// not wait.
pub const RESEAL_SLICE_OPS_MAX: usize = 128;
/// The same in sealed bytes; a single longer record goes alone.
pub const RESEAL_SLICE_BYTES_MAX: usize = 256 * 1024;

/// Aim for the size of a page in device storage.
pub const PAGE_BYTES: usize = 64 * 1024;
/// Letters of a search query that are looked at.
pub const QUERY_CHARS_MAX: usize = 10_000;
/// Hits of one search.
pub const SEARCH_HITS_MAX: usize = 1_000;
/// Files of one import batch that crosses into the worker.
pub const IMPORT_BATCH_FILES_MAX: usize = 1_000;
