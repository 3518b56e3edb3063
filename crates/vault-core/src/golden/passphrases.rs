//! Passphrases and what they stretch to.

use super::{golden, hex};
use crate::policy::{KdfParams, Policy};
use crate::stretch::{KdfRequest, KdfSalt};
use crate::{Passphrase, PassphraseError};
use serde_json::{Value, json};

fn refusal(error: PassphraseError) -> &'static str {
    error.code().as_str()
}

#[test]
fn passphrases() {
    let too_long = "a".repeat(1025);
    let longest = "ａ".repeat(1024);
    let typed = [
        ("ASCII", "correct horse battery staple"),
        ("composed", "caf\u{e9} au lait"),
        ("decomposed", "cafe\u{301} au lait"),
        ("full width", "ｃａｆé　au lait"),
        ("ligatures", "ﬁﬁﬁﬁ"),
        (
            "Hangul jamo",
            "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af} eight",
        ),
        ("two marks in the wrong order", "a\u{301}\u{323} and so on"),
        ("beyond the first plane", "🗝🗝🗝🗝🗝🗝🗝🗝"),
        ("seven characters", "1234567"),
        ("nothing", ""),
        ("the longest, after normalization", &longest),
        ("too long", &too_long),
    ];
    let cases = typed.map(|(name, typed)| {
        let mut case = json!({ "name": name, "typed": hex(typed.as_bytes()) });
        match Passphrase::for_unlock(typed) {
            Ok(passphrase) => case["nfkc"] = json!(hex(passphrase.expose_bytes())),
            Err(error) => case["refused"] = json!(refusal(error)),
        }
        if let Err(error) = Passphrase::new(typed) {
            case["refused_for_a_new_slot"] = json!(refusal(error));
        }
        case
    });
    golden(
        "passphrase.json",
        "UTF-8 as typed, and in Unicode normalization form KC.",
        cases.into(),
    );
}

/// KDF parameters as they stand in a slot, without the salt.
pub(super) fn kdf_json(params: KdfParams) -> Value {
    match params {
        KdfParams::Pbkdf2Sha256 { iterations } => {
            json!({ "name": "PBKDF2-HMAC-SHA256", "iterations": iterations })
        }
        KdfParams::Argon2id {
            memory_kib,
            passes,
            lanes,
        } => json!({
            "name": "Argon2id",
            "memory_kib": memory_kib,
            "passes": passes,
            "lanes": lanes,
        }),
    }
}

#[test]
fn stretched_keys() {
    let floor = KdfParams::Pbkdf2Sha256 {
        iterations: 100_000,
    };
    let argon2_floor = KdfParams::Argon2id {
        memory_kib: 19 * 1024,
        passes: 2,
        lanes: 1,
    };
    let lanes = KdfParams::Argon2id {
        memory_kib: 20 * 1024,
        passes: 3,
        lanes: 4,
    };
    let mut cases = Vec::new();
    for (params, typed, fill) in [
        (Policy::V1.kdf, "correct horse battery staple", 1),
        (Policy::V2.kdf, "correct horse battery staple", 2),
        (floor, "cafe\u{301} au lait", 3),
        (floor, "caf\u{e9} au lait", 3),
        (argon2_floor, "caf\u{e9} au lait", 4),
        (lanes, "🗝🗝🗝🗝🗝🗝🗝🗝", 5),
    ] {
        let salt = KdfSalt::from_bytes([fill; 16]);
        let request = KdfRequest::new(params.check().unwrap(), salt);
        let passphrase = Passphrase::new(typed).unwrap();
        let stretched = request.stretch(&passphrase).unwrap();
        cases.push(json!({
            "kdf": kdf_json(params),
            "salt": hex(salt.as_bytes()),
            "typed": hex(typed.as_bytes()),
            "stretched": hex(stretched.expose_key()),
        }));
    }
    assert_eq!(cases[2]["stretched"], cases[3]["stretched"]);
    golden(
        "kdf.json",
        "Passphrases as typed (UTF-8), stretched to 32 bytes.",
        cases,
    );
}
