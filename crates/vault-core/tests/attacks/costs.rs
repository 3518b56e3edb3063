//! Costs outside of the client's bounds, in a list and in a policy.

use super::Attack;
use super::world::{POLICIES, World, identity};
use serde_json::{Value, json};
use vault_core::{KdfParams, LockedVault, PolicyTerms, SlotList};

/// Numbers around every bound, and every power of two around those.
fn numbers() -> Vec<u32> {
    let edges = [
        0,
        1,
        2,
        16,
        64,
        4_096,
        19 * 1024,
        65_536,
        100_000,
        600_000,
        1024 * 1024,
        10_000_000,
    ];
    let near = edges
        .iter()
        .flat_map(|edge: &u32| [edge.saturating_sub(1), *edge, edge + 1]);
    let powers = (0..32).map(|bit| 1 << bit);
    let mut all: Vec<u32> = near.chain(powers).chain([u32::MAX]).collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn acceptable(params: KdfParams) -> bool {
    match params {
        KdfParams::Pbkdf2Sha256 { iterations } => (100_000..=10_000_000).contains(&iterations),
        KdfParams::Argon2id {
            memory_kib,
            passes,
            lanes,
        } => {
            (19 * 1024..=1024 * 1024).contains(&memory_kib)
                && (2..=64).contains(&passes)
                && (1..=16).contains(&lanes)
        }
    }
}

/// A request to derive is what a passphrase is stretched by: there must be
/// none for a cost outside of the bounds, written here a second time.
pub(crate) fn refused() -> Attack {
    let mut attack = Attack::new("a derivation that is too cheap or too dear");
    let mut judge = |mut list: Value, params: KdfParams| {
        let kdf = match params {
            KdfParams::Pbkdf2Sha256 { iterations } => {
                json!({ "PBKDF2-HMAC-SHA256": { "iterations": iterations, "salt": SALT } })
            }
            KdfParams::Argon2id {
                memory_kib,
                passes,
                lanes,
            } => json!({ "Argon2id": {
                "memory_kib": memory_kib, "passes": passes, "lanes": lanes, "salt": SALT,
            } }),
        };
        list["slots"][0]["kdf"] = kdf;
        let list = SlotList::parse_json(list.to_string().as_bytes()).unwrap();
        let locked = LockedVault::new(identity(1, 2), list).unwrap();
        let id = locked.slots().slots()[0].context().credential_id;
        let asked = [locked.kdf_request(), locked.kdf_request_for(id)];
        let wanted = acceptable(params);
        let wrong = asked.iter().any(|asked| asked.is_ok() != wanted);
        attack.tried(wrong, || format!("a slot with {params:?}"));
        let described = describe(params).check();
        let wrong = described.is_ok_and(|policy| !acceptable(policy.kdf));
        attack.tried(wrong, || format!("a policy with {params:?}"));
    };
    for policy in POLICIES {
        let list = World::new(identity(1, 2), policy, 1).json();
        for number in numbers() {
            judge(list.clone(), KdfParams::Pbkdf2Sha256 { iterations: number });
            for (memory_kib, passes, lanes) in [
                (number, 3, 1),
                (65_536, number, 1),
                (65_536, 3, number),
                (number, number, 1),
                (number, 1, 1),
                (1, number, number),
            ] {
                let params = KdfParams::Argon2id {
                    memory_kib,
                    passes,
                    lanes,
                };
                judge(list.clone(), params);
            }
        }
    }
    attack
}

const SALT: &str = "AAAAAAAAAAAAAAAAAAAAAA";

const fn describe(params: KdfParams) -> PolicyTerms<'static> {
    match params {
        KdfParams::Pbkdf2Sha256 { iterations } => PolicyTerms {
            aead: "AES-256-GCM",
            kdf: "PBKDF2-HMAC-SHA256",
            iterations,
            memory_kib: None,
            lanes: None,
        },
        KdfParams::Argon2id {
            memory_kib,
            passes,
            lanes,
        } => PolicyTerms {
            aead: "XChaCha20-Poly1305",
            kdf: "Argon2id",
            iterations: passes,
            memory_kib: Some(memory_kib),
            lanes: Some(lanes),
        },
    }
}
