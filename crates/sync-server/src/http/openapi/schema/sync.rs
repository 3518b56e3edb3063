//! The history: uploads, pages, the poll.

use super::{
    Named, bytes, count, flag, hash, id, list, list_of, number, object, or_null, reference, time,
    words,
};
use serde_json::Value;
use vault_types::limits;

pub(super) fn schemas() -> Vec<Named> {
    [uploads(), pages()].concat()
}

fn operation() -> Value {
    bytes(0, limits::OP_BYTES_MAX)
}

fn uploads() -> Vec<Named> {
    let request = object(
        [
            ("vault_id", id()),
            ("device_id", id()),
            ("client_cursor", count()),
            ("server_epoch", id()),
            ("changes", list(operation(), limits::BATCH_OPS_MAX)),
        ],
        [],
    );
    let applied = object([("op_id", id()), ("cursor", count())], []);
    let conflict = object([("op_id", id()), ("head_op_id", or_null(id()))], []);
    let refused = object(
        [
            ("index", number(limits::BATCH_OPS_MAX as u64)),
            ("op_id", or_null(id())),
            ("code", words()),
        ],
        [],
    );
    let response = object(
        [
            ("previous", reference("Head")),
            ("server_cursor", count()),
            ("server_hash", hash()),
            ("applied", list_of(reference("Applied"))),
            ("conflicts", list_of(reference("Conflict"))),
            ("refused", list_of(reference("Refused"))),
        ],
        [],
    );
    vec![
        ("Head", object([("cursor", count()), ("hash", hash())], [])),
        ("UploadRequest", request),
        ("Applied", applied),
        ("Conflict", conflict),
        ("Refused", refused),
        ("UploadResponse", response),
    ]
}

fn pages() -> Vec<Named> {
    let request = object(
        [("vault_id", id()), ("device_id", id()), ("since", count())],
        [("limit", or_null(number(u64::from(u32::MAX))))],
    );
    let page = object(
        [
            ("server_epoch", id()),
            ("since_hash", hash()),
            ("server_cursor", count()),
            ("end", reference("Head")),
            (
                "changes",
                list(reference("Accepted"), limits::BATCH_OPS_MAX),
            ),
            ("more", flag()),
        ],
        [],
    );
    let poll = object(
        [
            ("server_epoch", id()),
            ("vault_id", id()),
            ("head", reference("Head")),
            ("lock", or_null(reference("VaultLock"))),
            ("recovery_used_ms", or_null(time())),
            ("recovery_used_by", or_null(id())),
            ("slots_generation", count()),
            ("key_epoch", number(u64::from(u32::MAX))),
            ("policy_version", number(u64::from(u16::MAX))),
        ],
        [],
    );
    vec![
        ("DownloadRequest", request),
        (
            "Accepted",
            object([("cursor", count()), ("op", operation())], []),
        ),
        ("DownloadResponse", page),
        ("PollResponse", poll),
    ]
}
