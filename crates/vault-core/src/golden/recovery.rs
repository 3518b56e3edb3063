//! Recovery codes: how they are made, written, typed and derived from.

use super::{Recorder, golden, hex};
use crate::common::identity;
use crate::{GroupStatus, RecoveryCode, check_recovery_code};
use serde_json::{Value, json};

/// What is said of a text that is typed.
fn typed(name: &str, typed: &str) -> Value {
    let judged = check_recovery_code(typed);
    let statuses = judged.groups.iter().map(|group| group.status.name());
    let mut case = json!({
        "name": name,
        "typed": hex(typed.as_bytes()),
        "groups": statuses.collect::<Vec<_>>(),
        "complete": judged.complete,
    });
    match RecoveryCode::parse(typed) {
        Ok(code) => case["text"] = json!(*code.expose_text()),
        Err(error) => case["refused"] = json!(error.code().as_str()),
    }
    case
}

#[test]
fn recovery_codes() {
    let mut rng = Recorder::new(40);
    let vault_id = identity().vault_id;
    let set = RecoveryCode::generate_set(&mut rng).unwrap();
    let codes = set.iter().map(|code| {
        let verifier = code.verifier(vault_id);
        json!({
            "text": *code.expose_text(),
            "slot_key": hex(code.slot_key(vault_id).expose_key()),
            "verifier": hex(verifier.expose_bytes()),
            "verifier_hash": hex(&verifier.hash()),
        })
    });
    let mut cases = vec![json!({
        "name": "a set",
        "vault_id": vault_id,
        "random": rng.take(),
        "codes": codes.collect::<Vec<_>>(),
    })];
    let text = set[0].expose_text();
    let group = |at: usize| &text[at * 6..at * 6 + 5];
    cases.extend([
        typed("as printed", &text),
        typed(
            "in lower case without dashes",
            &text.replace('-', "").to_lowercase(),
        ),
        typed(
            "with spaces and en dashes",
            &text.replace('-', " \u{2013} "),
        ),
        typed("I, l and o", &text.replace('1', "I").replace('0', "o")),
        typed("nothing", ""),
        typed("two groups and a half", &text[..14]),
        typed("U, which no code has", "0123U"),
        typed(
            "two groups that changed places",
            &text.replacen(&text[..11], &format!("{}-{}", group(1), group(0)), 1),
        ),
        typed("one group too many", &format!("{}-00000", *text)),
    ]);
    let right = check_recovery_code(&text);
    assert!(
        right
            .groups
            .iter()
            .all(|group| group.status == GroupStatus::Ok)
    );
    golden(
        "recovery-code.json",
        "A set of codes of the random bytes drawn, and texts as typed (UTF-8).",
        cases,
    );
}
