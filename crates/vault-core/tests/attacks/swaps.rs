//! Something of one slot in another's place.

use super::world::{POLICIES, World, fooled, identity};
use super::{Attack, Extent};
use serde_json::Value;

/// What one slot can be given of another, apart and together.
const PARTS: [&str; 10] = [
    "slot_type",
    "nonce",
    "cipher",
    "commitment",
    "kdf",
    "epoch",
    "aad/user_id",
    "aad/vault_id",
    "aad/credential_id",
    "aad/policy_version",
];

fn give(part: &str, from: &Value, to: &mut Value) {
    let pointer = format!("/{part}");
    let given = from.pointer(&pointer).cloned();
    match (given, to.pointer_mut(&pointer)) {
        (Some(given), Some(place)) => *place = given,
        (Some(given), None) => to[part] = given,
        (None, Some(_)) => drop(to.as_object_mut().unwrap().remove(part)),
        (None, None) => {}
    }
}

/// Between every two slots of one list, every set of parts.
pub(crate) fn parts() -> Attack {
    let mut attack = Attack::new("parts of one slot given to another of its list");
    for policy in POLICIES {
        let world = World::new(identity(1, 2), policy, 2);
        let list = world.json();
        for (from, to) in pairs(3) {
            for set in 1..1 << PARTS.len() {
                let mut changed = list.clone();
                let given = list["slots"][from].clone();
                for (at, part) in PARTS.iter().enumerate() {
                    if set >> at & 1 == 1 {
                        give(part, &given, &mut changed["slots"][to]);
                    }
                }
                let fooled = fooled(&world, changed.to_string().as_bytes());
                attack.tried(fooled, || format!("{from} to {to}, parts {set:b}"));
            }
        }
    }
    attack
}

/// Whole slots, between lists of other accounts, vaults, epochs and policies
/// with the same vault key, as they are and with any ids rewritten to fit.
pub(crate) fn slots(extent: Extent) -> Attack {
    const TO_FIT: [&str; 5] = [
        "aad/user_id",
        "aad/vault_id",
        "aad/credential_id",
        "aad/policy_version",
        "epoch",
    ];
    let mut attack = Attack::new("a slot of another account, vault, epoch or policy");
    let mut worlds = Vec::new();
    for policy in POLICIES {
        for (account, vault) in [(1, 2), (3, 2), (1, 4)] {
            for epoch in [1, 2] {
                worlds.push(World::new(identity(account, vault), policy, epoch));
            }
        }
    }
    let targets = match extent {
        Extent::Everything => worlds.len(),
        Extent::Core => 2,
    };
    let lists: Vec<Value> = worlds.iter().map(World::json).collect();
    for (world, list) in worlds.iter().zip(&lists).take(targets) {
        for (source, given) in lists.iter().enumerate().filter(|(_, given)| *given != list) {
            for (from, to) in (0..9).map(|pair| (pair / 3, pair % 3)) {
                for set in 0..1 << TO_FIT.len() {
                    let mut slot = given["slots"][from].clone();
                    for (at, part) in TO_FIT.iter().enumerate() {
                        if set >> at & 1 == 1 {
                            give(part, &list["slots"][to], &mut slot);
                        }
                    }
                    let mut changed = list.clone();
                    changed["slots"][to] = slot;
                    let fooled = fooled(world, changed.to_string().as_bytes());
                    attack.tried(fooled, || format!("{source}, {from} to {to}, {set:b}"));
                }
            }
        }
    }
    attack
}

/// The slots and older keys of one list left out, repeated or in another
/// order; a whole list under another's seal, generation or older keys.
pub(crate) fn arrangements() -> Attack {
    let mut attack = Attack::new("slots left out, repeated or moved");
    for policy in POLICIES {
        let world = World::new(identity(1, 2), policy, 3);
        let list = world.json();
        for field in ["slots", "keyring"] {
            let members = list[field].as_array().unwrap();
            for arrangement in arrangements_of(members.len()) {
                let picked: Vec<Value> =
                    arrangement.iter().map(|at| members[*at].clone()).collect();
                let mut changed = list.clone();
                changed[field] = Value::Array(picked);
                let fooled = fooled(&world, changed.to_string().as_bytes());
                attack.tried(fooled, || format!("{field} as {arrangement:?}"));
            }
        }
        for epoch in [1, 2] {
            let other = World::new(identity(1, 2), policy, epoch).json();
            for set in 1..1 << 4 {
                let mut changed = list.clone();
                for (at, field) in ["slots", "keyring", "seal", "generation"]
                    .iter()
                    .enumerate()
                {
                    if set >> at & 1 == 1 {
                        changed[*field] = other[*field].clone();
                    }
                }
                // All four together are the other list itself: a replay, which
                // the generation tells.
                if set != 15 {
                    let fooled = fooled(&world, changed.to_string().as_bytes());
                    attack.tried(fooled, || format!("of epoch {epoch}, fields {set:b}"));
                }
            }
        }
    }
    attack
}

/// Every sequence of up to one more than there are, but for the right one.
fn arrangements_of(count: usize) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    let mut shorter = all.clone();
    for _ in 0..=count {
        shorter = shorter
            .iter()
            .flat_map(|start| (0..count).map(|next| [start.as_slice(), &[next]].concat()))
            .collect();
        all.extend_from_slice(&shorter);
    }
    all.retain(|arrangement| *arrangement != (0..count).collect::<Vec<_>>());
    all
}

fn pairs(count: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..count * count)
        .map(move |pair| (pair / count, pair % count))
        .filter(|(from, to)| from != to)
}
