//! Whether the time of a refusal tells how much of a guess was right: Welch's
//! t-test between two classes of wrong bytes, after "Dude, is my code constant
//! time?" (Reparaz, Balasch, Verbauwhede, 2017). `cargo xtask bench timing`.
//!
//! One class is wrong in its first byte, the other in its last. A comparison
//! that stops at the first difference takes longer for the second class. The
//! last line is such a comparison, to show that the test would see it. |t|
//! beyond 4.5 is taken for a difference. It is a measurement, not a proof, and
//! no test depends on it.
#![allow(clippy::unwrap_used, reason = "a program for the command line")]

#[path = "../tests/common/mod.rs"]
mod common;

use common::{create, identity, rng, stretched};
use std::hint::black_box;
use std::time::Instant;
use vault_core::{LockStatement, LockedVault, Policy, SlotList};
use vault_types::{DeviceId, LockReason, LockTier};

const SAMPLES: usize = 400_000;
const THRESHOLD: f64 = 4.5;

fn main() {
    let (vault, list, request) = create(identity(), Policy::V2, 7);
    let json = String::from_utf8(list.to_json().unwrap()).unwrap();
    let locked = |field: &str, at: usize| {
        let start = json.find(&format!("\"{field}\":\"")).unwrap() + field.len() + 4;
        let mut changed = json.clone().into_bytes();
        // Another letter of the alphabet, with other bits in its byte.
        let letter = &mut changed[start + at];
        *letter = if *letter == b'A' { b'Q' } else { b'A' };
        let list = SlotList::parse_json(&changed).unwrap();
        LockedVault::new(identity(), list).unwrap()
    };
    // 32 bytes are 43 letters; the last of them carries but four bits.
    for (name, field) in [
        ("slot commitment", "commitment"),
        ("slot list seal", "seal"),
    ] {
        let classes = [locked(field, 0), locked(field, 41)];
        report(name, &classes, |locked| {
            locked.unlock(stretched(&request, 5)).is_err()
        });
    }

    let statement = LockStatement {
        device_id: DeviceId::from_random([4; 16]),
        at_ms: 1,
        reason: LockReason::Manual,
        tier: LockTier::Vault,
    };
    let stated = vault.state_lock(&statement, &mut rng(1));
    let wrong = |at: usize| {
        let mut changed = stated.clone();
        changed[at] ^= 1;
        changed
    };
    let classes = [wrong(stated.len() - 32), wrong(stated.len() - 1)];
    report("lock statement", &classes, |bytes| {
        vault.verify_lock(bytes).is_err()
    });
    report("a comparison that stops early", &classes, |bytes| {
        let refused = vault.verify_lock(bytes).is_err();
        refused & !stops_early(black_box(bytes), black_box(&stated))
    });
}

/// What no code of the product does.
#[inline(never)]
fn stops_early(given: &[u8], secret: &[u8]) -> bool {
    let from = given.len() - 32;
    (from..given.len()).all(|at| black_box(given[at]) == black_box(secret[at]))
}

/// Times both classes in a random order and prints the test's t.
fn report<T>(name: &str, classes: &[T; 2], refuse: impl Fn(&T) -> bool) {
    let mut times = [Vec::new(), Vec::new()];
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..SAMPLES {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let class = (random >> 32 & 1) as usize;
        let start = Instant::now();
        let refused = black_box(refuse(black_box(&classes[class])));
        let took = start.elapsed().as_nanos() as f64;
        assert!(refused, "what is measured is a refusal");
        times[class].push(took);
    }
    // What the scheduler did to the slowest tenth is not the code's.
    let mut all: Vec<f64> = times.concat();
    all.sort_by(f64::total_cmp);
    let limit = all[all.len() * 9 / 10];
    let moments = times.map(|times| moments(times.into_iter().filter(|took| *took < limit)));
    let [one, two] = &moments;
    let t = (one.mean - two.mean) / (one.variance / one.count + two.variance / two.count).sqrt();
    let verdict = if t.abs() > THRESHOLD {
        "a difference"
    } else {
        "no difference seen"
    };
    println!(
        "{name:<30} {:>9.1} ns, {:>9.1} ns, t = {t:>7.2}: {verdict}",
        one.mean, two.mean
    );
}

struct Moments {
    count: f64,
    mean: f64,
    variance: f64,
}

fn moments(values: impl Iterator<Item = f64>) -> Moments {
    let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
    for value in values {
        count += 1.0;
        let off = value - mean;
        mean += off / count;
        squares += off * (value - mean);
    }
    let variance = squares / (count - 1.0);
    Moments {
        count,
        mean,
        variance,
    }
}
