//! Running histories: one, or many on every processor.

use crate::counts::Counts;
use crate::plan::{Plan, Sabotage};
use crate::verdict::Violation;
use crate::world::World;
use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// What became of one seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// The seed.
    pub seed: u64,
    /// What happened, counted.
    pub counts: Counts,
    /// The lie that the server told, if it was to tell any.
    pub lie: Option<crate::liar::Lie>,
    /// What did not hold.
    pub violations: Vec<Violation>,
    /// What happened, in words, if that was asked for.
    pub tale: Vec<String>,
}

/// Whether to tell what happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tale {
    /// In words.
    Told,
    /// Only what comes of it.
    Untold,
}

/// Lives through the history of a seed.
#[must_use]
pub fn live(seed: u64, tale: Tale) -> History {
    live_through(Plan::of(seed), tale)
}

/// Lives through the history of a seed in a world that is broken on purpose.
#[must_use]
pub fn live_sabotaged(seed: u64, sabotage: Sabotage) -> History {
    // Much breaks, and there is time for it between an answer and the commit.
    let plan = Plan {
        sabotage,
        faults: 300,
        commit_ms: 3_000,
        ..Plan::of(seed)
    };
    live_through(plan, Tale::Untold)
}

fn live_through(plan: Plan, tale: Tale) -> History {
    let seed = plan.seed;
    let lie = plan.lie;
    let mut world = World::new(plan, tale == Tale::Told);
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| {
        if let Some(world) = &mut world {
            world.live();
            world.heal();
            world.tend();
            if world.violations.is_empty() {
                world.judge();
            }
        }
    }));
    let mut history = History {
        seed,
        counts: Counts::default(),
        lie,
        violations: Vec::new(),
        tale: Vec::new(),
    };
    match &mut world {
        Some(world) => {
            history.tale = world.take_tale();
            history.counts = world.counts.clone();
            history.violations.append(&mut world.violations);
        }
        None => history.violations.push(Violation::NoVault),
    }
    if let Err(panic) = outcome {
        let words = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|&words| words.to_owned()));
        let words = words.unwrap_or_default();
        history.violations.insert(0, Violation::Panicked { words });
    }
    history
}

/// What became of many seeds.
#[derive(Debug, Clone, Default)]
pub struct Total {
    /// How many there were.
    pub histories: u64,
    /// What happened in them.
    pub counts: Counts,
    /// How many had a server that lies, by lie.
    pub lying: BTreeMap<&'static str, u64>,
    /// Those in which something did not hold, by seed.
    pub failed: BTreeMap<u64, Vec<Violation>>,
}

impl Total {
    fn add(&mut self, history: History) {
        self.histories += 1;
        self.counts.absorb(&history.counts);
        if let Some(lie) = history.lie {
            *self.lying.entry(lie.name()).or_default() += 1;
        }
        if !history.violations.is_empty() {
            self.failed.insert(history.seed, history.violations);
        }
    }

    fn absorb(&mut self, mut other: Self) {
        self.histories += other.histories;
        self.counts.absorb(&other.counts);
        for (lie, count) in other.lying {
            *self.lying.entry(lie).or_default() += count;
        }
        self.failed.append(&mut other.failed);
    }
}

/// Lives through the histories of many seeds on so many threads. After
/// `failures_max` that failed, no other begins.
#[must_use]
pub fn live_many(seeds: Range<u64>, threads: usize, failures_max: u64) -> Total {
    let next = AtomicU64::new(seeds.start);
    let failures = AtomicU64::new(0);
    let one_by_one = || {
        let mut total = Total::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end || failures.load(Ordering::Relaxed) >= failures_max {
                return total;
            }
            let history = live(seed, Tale::Untold);
            if !history.violations.is_empty() {
                failures.fetch_add(1, Ordering::Relaxed);
            }
            total.add(history);
        }
    };
    let totals: Vec<Total> = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(one_by_one)).collect();
        let joined = threads.into_iter().map(|thread| thread.join());
        joined.map(Result::unwrap_or_default).collect()
    });
    let mut sum = Total::default();
    for total in totals {
        sum.absorb(total);
    }
    sum
}
