//! One bit at a time, in every field and in the text; and every cut.

use super::world::{POLICIES, TYPES, World, fooled, identity, open};
use super::{Attack, Extent};
use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::Value;

/// Fields that hold bytes as base64url.
const BYTES: [&str; 5] = ["nonce", "cipher", "commitment", "seal", "salt"];
/// Fields that hold an id.
const IDS: [&str; 3] = ["user_id", "vault_id", "credential_id"];

fn worlds() -> Vec<World> {
    let with = |policy| [1, 3].map(|epoch| World::new(identity(1, 2), policy, epoch));
    POLICIES.into_iter().flat_map(with).collect()
}

/// Every bit of every field of list, slots and older keys, and every field
/// left out. These are all the canonical bytes under slot and list seals.
pub(crate) fn fields() -> Attack {
    let mut attack = Attack::new("a bit flipped in a field of a slot list");
    for world in worlds() {
        let list = world.json();
        for pointer in leaves(&list, String::new()) {
            let value = list.pointer(&pointer).unwrap();
            let name = pointer.rsplit('/').next().unwrap_or("");
            for (at, changed) in flipped(name, value).into_iter().enumerate() {
                let mut list = list.clone();
                *list.pointer_mut(&pointer).unwrap() = changed;
                let fooled = fooled(&world, list.to_string().as_bytes());
                attack.tried(fooled, || format!("{pointer}, change {at}"));
            }
            let (parent, _) = pointer.rsplit_once('/').unwrap();
            let mut list = list.clone();
            if let Some(fields) = list.pointer_mut(parent).and_then(Value::as_object_mut) {
                fields.remove(name);
                let fooled = fooled(&world, list.to_string().as_bytes());
                attack.tried(fooled, || format!("{pointer} left out"));
            }
        }
    }
    attack
}

/// Every bit of the JSON text.
pub(crate) fn texts(extent: Extent) -> Attack {
    let mut attack = Attack::new("a bit flipped in the text of a slot list");
    let worlds = match extent {
        Extent::Everything => POLICIES.to_vec(),
        Extent::Core => POLICIES[..1].to_vec(),
    };
    for policy in worlds {
        let world = World::new(identity(1, 2), policy, 1);
        let json = world.list.to_json().unwrap();
        for bit in 0..json.len() * 8 {
            let mut changed = json.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            attack.tried(fooled(&world, &changed), || format!("bit {bit}"));
        }
    }
    attack
}

/// The text cut at every length.
pub(crate) fn truncations() -> Attack {
    let mut attack = Attack::new("a slot list cut off");
    for world in worlds() {
        let json = world.list.to_json().unwrap();
        for len in 0..json.len() {
            let opened = TYPES
                .iter()
                .any(|with| open(world.identity, &json[..len], *with).is_ok());
            attack.tried(opened, || format!("at {len}"));
        }
    }
    attack
}

/// The pointers of everything that is neither list nor map.
pub(crate) fn leaves(value: &Value, pointer: String) -> Vec<String> {
    match value {
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, value)| leaves(value, format!("{pointer}/{name}")))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .flat_map(|(at, value)| leaves(value, format!("{pointer}/{at}")))
            .collect(),
        _ => vec![pointer],
    }
}

/// The value with each bit of it flipped, one at a time.
pub(crate) fn flipped(name: &str, value: &Value) -> Vec<Value> {
    match value {
        Value::Number(number) => {
            let number = number.as_u64().unwrap();
            (0..64).map(|bit| (number ^ (1 << bit)).into()).collect()
        }
        Value::String(text) if BYTES.contains(&name) => {
            let bytes = Base64UrlUnpadded::decode_vec(text).unwrap();
            let encode = |bytes: Vec<u8>| Base64UrlUnpadded::encode_string(&bytes).into();
            flips(&bytes).map(encode).collect()
        }
        Value::String(text) if IDS.contains(&name) => {
            // An id is 32 digits and dashes: every bit of every digit.
            let digits: Vec<usize> = (0..text.len())
                .filter(|at| text.as_bytes()[*at] != b'-')
                .collect();
            let flip = |at: usize, bit: u32| {
                let digit = text.as_bytes()[at] as char;
                let other = digit.to_digit(16).unwrap() ^ (1 << bit);
                let mut text = text.clone();
                let digit = char::from_digit(other, 16).unwrap().to_string();
                text.replace_range(at..=at, &digit);
                Value::from(text)
            };
            let bits = digits.iter().flat_map(|at| (0..4).map(|bit| (*at, bit)));
            bits.map(|(at, bit)| flip(at, bit)).collect()
        }
        Value::String(text) => flips(text.as_bytes())
            .filter_map(|bytes| String::from_utf8(bytes).ok())
            .map(Value::from)
            .collect(),
        _ => Vec::new(),
    }
}

pub(super) fn flips(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    (0..bytes.len() * 8).map(|bit| {
        let mut changed = bytes.to_vec();
        changed[bit / 8] ^= 1 << (bit % 8);
        changed
    })
}
