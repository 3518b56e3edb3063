//! Earlier states of the vault's own list, shown again.

use super::Attack;
use super::world::{POLICIES, TYPES, World, identity, open_parsed};
use vault_core::{SlotList, SlotType, UnlockError};
use vault_types::Generation;

/// A vault's lists from its first day on: a slot added, the key rotated, a
/// slot added, the key rotated, …
fn history(policy: vault_core::Policy) -> Vec<SlotList> {
    let mut lists: Vec<SlotList> = (1..=4)
        .map(|epoch| World::new(identity(1, 2), policy, epoch).list)
        .collect();
    lists.sort_by_key(SlotList::generation);
    lists
}

/// Every earlier list, to a device that has seen a later one; as it is, and
/// with the later one's generation written into it.
pub(crate) fn lists() -> Attack {
    let mut attack = Attack::new("an earlier slot list replayed");
    for policy in POLICIES {
        let lists = history(policy);
        for (at, seen) in lists.iter().enumerate() {
            for earlier in &lists[..at] {
                let taken = earlier.refuse_older(seen.generation());
                let taken = taken != Err(UnlockError::SlotsRolledBack);
                attack.tried(taken, || format!("{:?}", earlier.generation()));
                for ahead in 0..3 {
                    let generation = Generation(seen.generation().0 + ahead);
                    let mut json: serde_json::Value =
                        serde_json::from_slice(&earlier.to_json().unwrap()).unwrap();
                    json["generation"] = generation.0.into();
                    let raised = SlotList::parse_json(json.to_string().as_bytes()).unwrap();
                    for with in TYPES {
                        let opened = open_parsed(identity(1, 2), raised.clone(), with);
                        attack.tried(opened.is_ok(), || format!("raised to {generation:?}"));
                    }
                }
            }
        }
    }
    attack
}

/// After a rotation, the slots of every earlier epoch in the newest list.
pub(crate) fn keys() -> Attack {
    let mut attack = Attack::new("a slot from before a rotation in the list of after");
    for policy in POLICIES {
        let lists = history(policy);
        let (newest, earlier) = lists.split_last().unwrap();
        let newest: serde_json::Value = serde_json::from_slice(&newest.to_json().unwrap()).unwrap();
        for old in earlier {
            let old: serde_json::Value = serde_json::from_slice(&old.to_json().unwrap()).unwrap();
            for slot in old["slots"].as_array().unwrap() {
                for place in 0..=3 {
                    let mut changed = newest.clone();
                    let slots = changed["slots"].as_array_mut().unwrap();
                    if place < slots.len() {
                        slots[place] = slot.clone();
                    } else {
                        slots.push(slot.clone());
                    }
                    let json = changed.to_string();
                    let Ok(list) = SlotList::parse_json(json.as_bytes()) else {
                        attack.tried(false, String::new);
                        continue;
                    };
                    for with in TYPES {
                        let opened = open_parsed(identity(1, 2), list.clone(), with);
                        attack.tried(opened.is_ok(), || format!("{with:?} at {place}"));
                    }
                }
            }
        }
        // And the other way: no secret that the rotation left without a slot.
        let rotated = World::new(identity(1, 2), policy, 2);
        let mut bare = rotated.json();
        bare["slots"].as_array_mut().unwrap().truncate(1);
        if let Ok(list) = SlotList::parse_json(bare.to_string().as_bytes()) {
            for with in [SlotType::Recovery, SlotType::Device] {
                let opened = open_parsed(identity(1, 2), list.clone(), with);
                attack.tried(opened.is_ok(), || format!("{with:?} without a slot"));
            }
        }
    }
    attack
}
