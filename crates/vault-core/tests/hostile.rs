//! A hostile server against the real client: every attack of `attacks`, and
//! not one success; and what a refusal tells.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod attacks;
mod common;

use attacks::{Attack, Extent};
use common::{create, identity, stretched};
use serde_json::Value;
use std::io::Write;
use std::sync::Mutex;
use vault_core::{LockedVault, Policy, SlotList, UnlockError};
use vault_types::Code;

/// Fewer would mean that an attack has quietly become a smaller one.
const CASES_MIN: usize = 340_000;

#[test]
fn no_attack_of_a_hostile_server_succeeds() {
    let waiting = Mutex::new(attacks::ALL.into_iter());
    let done = Mutex::new(Vec::new());
    let one_by_one = || {
        while let Some(attack) = { waiting.lock().unwrap().next() } {
            let outcome = attack(Extent::Everything);
            done.lock().unwrap().push(outcome);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(one_by_one);
        }
    });
    let attacks = done.into_inner().unwrap();
    assert_eq!(attacks.len(), attacks::ALL.len());
    let total: usize = attacks.iter().map(|attack| attack.cases).sum();
    // Past the test runner, which would keep it to itself.
    let mut out = std::io::stdout().lock();
    for attack in &attacks {
        let Attack { name, cases, .. } = attack;
        let successes = attack.successes.len();
        writeln!(out, "counted: {name}: {cases} times, {successes} successes").unwrap();
    }
    writeln!(out, "counted: {total} attacks of a hostile server, native").unwrap();
    drop(out);
    for attack in &attacks {
        assert!(attack.cases > 0, "{} was not tried", attack.name);
        let some: Vec<_> = attack.successes.iter().take(10).collect();
        let count = attack.successes.len();
        assert!(some.is_empty(), "{} ({count}): {some:#?}", attack.name);
    }
    assert!(total >= CASES_MIN, "{total}");
}

/// What a person, a log or a program can see of a refusal.
fn seen(error: UnlockError) -> (UnlockError, String, String, Code) {
    let (debug, display) = (format!("{error:?}"), error.to_string());
    (error, debug, display, error.code())
}

#[test]
fn a_damaged_slot_says_what_a_wrong_passphrase_says() {
    for policy in [Policy::V1, Policy::V2] {
        let (_, list, _) = create(identity(), policy, 7);
        let refusal = |json: &Value, fill| {
            let list = SlotList::parse_json(json.to_string().as_bytes()).unwrap();
            let locked = LockedVault::new(identity(), list).unwrap();
            let request = locked.kdf_request().unwrap();
            seen(locked.unlock(stretched(&request, fill)).unwrap_err())
        };
        let whole: Value = serde_json::from_slice(&list.to_json().unwrap()).unwrap();
        let wrong_passphrase = refusal(&whole, 6);
        assert_eq!(wrong_passphrase.3, Code::CannotUnlock);
        let parts = attacks::flips::leaves(&whole["slots"][0], "/slots/0".to_owned());
        let parts = parts.iter().filter(|pointer| {
            let secret = ["nonce", "cipher", "commitment", "salt"];
            secret.iter().any(|name| pointer.ends_with(name))
        });
        let mut cases = 0;
        for pointer in parts {
            let name = pointer.rsplit('/').next().unwrap();
            let value = whole.pointer(pointer).unwrap();
            for changed in attacks::flips::flipped(name, value) {
                let mut damaged = whole.clone();
                *damaged.pointer_mut(pointer).unwrap() = changed;
                // With the right passphrase, and with a wrong one.
                assert_eq!(refusal(&damaged, 5), wrong_passphrase, "{pointer}");
                assert_eq!(refusal(&damaged, 6), wrong_passphrase, "{pointer}");
                cases += 1;
            }
        }
        // Nonce, cipher with tag, commitment and salt, bit by bit.
        assert_eq!(cases, 8 * (policy.aead.nonce_len() + 48 + 32 + 16));
    }
}
