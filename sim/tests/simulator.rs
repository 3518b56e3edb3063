//! The simulator itself: it repeats, and it notices.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use sim::{Kind, Lie, Sabotage, Tale, live, live_many, live_sabotaged};

#[test]
fn a_seed_replays_bit_identically() {
    for seed in 0..24 {
        let (first, second) = (live(seed, Tale::Told), live(seed, Tale::Told));
        assert!(first == second, "seed {seed}");
        let untold = live(seed, Tale::Untold);
        assert_eq!(first.counts, untold.counts, "telling changes seed {seed}");
    }
}

#[test]
fn seeds_differ() {
    assert_ne!(live(1, Tale::Told).tale, live(2, Tale::Told).tale);
}

#[test]
fn every_fault_and_every_lie_occurs() {
    let total = live_many(0..400, 2, 1);
    assert!(total.failed.is_empty(), "{:?}", total.failed);
    for kind in Kind::ALL {
        assert!(total.counts.of(*kind) > 0, "no {}", kind.name());
    }
    for lie in Lie::ALL {
        assert!(total.lying.contains_key(lie.name()), "no {}", lie.name());
    }
}

/// The first seed in which a sabotaged world is found out.
fn found(sabotage: Sabotage) -> Option<u64> {
    (0..400).find(|seed| !live_sabotaged(*seed, sabotage).violations.is_empty())
}

#[test]
fn finds_a_server_that_answers_before_its_disk_has_it() {
    assert!(found(Sabotage::EarlyAnswer).is_some());
}

#[test]
fn finds_a_storage_that_forgets() {
    assert!(found(Sabotage::ForgetfulDisk).is_some());
}
