//! The schedule of checks on a virtual clock.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use sync_core::{Begin, CheckOutcome, Due, Schedule, ScheduleConfig, Visibility};

const CONFIG: ScheduleConfig = ScheduleConfig {
    interval_ms: 25_000,
    hidden_interval_ms: 100_000,
    jitter_ms: 5_000,
    backoff_ms: 2_000,
    backoff_ms_max: 300_000,
    deadline_ms: 30_000,
};

fn running_at(now_ms: u64) -> Schedule {
    let mut schedule = Schedule::new(CONFIG);
    schedule.resume(now_ms);
    assert_eq!(schedule.begin(now_ms), Begin::Go);
    schedule
}

fn wait_ms(schedule: &Schedule, now_ms: u64) -> u64 {
    match schedule.due(now_ms) {
        Due::At { time_ms } => time_ms - now_ms,
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_is_due_before_the_first_resume() {
    let mut schedule = Schedule::new(CONFIG);
    assert_eq!(schedule.due(1_000_000), Due::Nothing);
    assert_eq!(schedule.begin(1_000_000), Begin::NotNow);
    schedule.resume(5);
    assert_eq!(schedule.due(5), Due::Check);
}

#[test]
fn the_next_check_follows_the_interval_and_its_jitter() {
    let mut schedule = running_at(100);
    schedule.finish(200, CheckOutcome::Done, 7_777);
    assert_eq!(wait_ms(&schedule, 200), 25_000 + 7_777 % 5_001);
    assert_eq!(schedule.last_done_ms(), Some(200));
}

#[test]
fn checks_are_rarer_while_nobody_looks_and_due_when_somebody_does() {
    let mut schedule = running_at(0);
    schedule.set_visibility(0, Visibility::Hidden);
    schedule.finish(0, CheckOutcome::Done, 0);
    assert_eq!(wait_ms(&schedule, 0), 100_000);
    schedule.set_visibility(10, Visibility::Visible);
    assert_eq!(schedule.due(10), Due::Check);
}

#[test]
fn backoff_doubles_and_is_capped() {
    let mut schedule = running_at(0);
    let mut waits = Vec::new();
    for _ in 0..70 {
        schedule.finish(0, CheckOutcome::Failed, 0);
        waits.push(wait_ms(&schedule, 0));
        schedule.begin(0);
    }
    assert_eq!(waits[..4], [2_000, 4_000, 8_000, 16_000]);
    assert_eq!(waits.last(), Some(&300_000));
    schedule.finish(0, CheckOutcome::Done, 0);
    assert_eq!(schedule.failures(), 0);
}

#[test]
fn a_write_while_offline_keeps_to_the_backoff_and_a_person_does_not() {
    let mut schedule = running_at(0);
    schedule.finish(0, CheckOutcome::Failed, 0);
    schedule.check_soon(1);
    assert_eq!(wait_ms(&schedule, 1), 1_999);
    schedule.check_now(1);
    assert_eq!(schedule.due(1), Due::Check);
}

#[test]
fn what_is_asked_during_a_check_follows_it_at_once() {
    let mut schedule = running_at(0);
    schedule.check_soon(10);
    schedule.finish(20, CheckOutcome::Done, 0);
    assert_eq!(schedule.due(20), Due::Check);
    schedule.begin(20);
    schedule.finish(30, CheckOutcome::Done, 0);
    assert_eq!(wait_ms(&schedule, 30), 25_000, "and only once");
}

#[test]
fn a_check_is_aborted_at_its_deadline_or_when_the_clock_jumps_back() {
    let schedule = running_at(1_000);
    assert_eq!(schedule.due(30_999), Due::At { time_ms: 31_000 });
    assert_eq!(schedule.due(31_000), Due::Abort);
    assert_eq!(schedule.due(999), Due::Abort);
}

#[test]
fn a_pause_begins_nothing_and_resume_checks_at_once() {
    let mut schedule = running_at(0);
    schedule.pause();
    schedule.finish(10, CheckOutcome::Done, 0);
    schedule.check_now(10);
    assert_eq!(schedule.due(1_000_000), Due::Nothing);
    schedule.resume(1_000_000);
    assert_eq!(schedule.due(1_000_000), Due::Check);
}

#[derive(Debug, Clone)]
enum Call {
    Begin,
    Finish(CheckOutcome, u64),
    Now,
    Soon,
    Pause,
    Resume,
    Sleep(u32),
}

fn calls() -> impl Strategy<Value = Vec<Call>> {
    let outcome = prop_oneof![
        Just(CheckOutcome::Done),
        Just(CheckOutcome::Failed),
        Just(CheckOutcome::More)
    ];
    let call = prop_oneof![
        Just(Call::Begin),
        (outcome, any::<u64>()).prop_map(|(outcome, random)| Call::Finish(outcome, random)),
        Just(Call::Now),
        Just(Call::Soon),
        Just(Call::Pause),
        Just(Call::Resume),
        any::<u32>().prop_map(Call::Sleep),
    ];
    prop::collection::vec(call, 0..200)
}

proptest! {
    #[test]
    fn never_two_checks_at_once_and_never_stuck(calls in calls()) {
        let mut schedule = Schedule::new(CONFIG);
        let mut now_ms = 0;
        let mut paused = true;
        for call in calls {
            let was_running = schedule.is_running();
            match call {
                Call::Begin => {
                    let begun = schedule.begin(now_ms) == Begin::Go;
                    prop_assert_eq!(begun, !was_running && !paused);
                }
                Call::Finish(outcome, random) => schedule.finish(now_ms, outcome, random),
                Call::Now => schedule.check_now(now_ms),
                Call::Soon => schedule.check_soon(now_ms),
                Call::Pause => {
                    schedule.pause();
                    paused = true;
                }
                Call::Resume => {
                    schedule.resume(now_ms);
                    paused = false;
                }
                Call::Sleep(ms) => now_ms += u64::from(ms),
            }
            match schedule.due(now_ms) {
                Due::Check => prop_assert!(!schedule.is_running() && !paused),
                Due::Abort => prop_assert!(schedule.is_running()),
                Due::At { time_ms } => {
                    prop_assert!(time_ms > now_ms);
                    prop_assert!(time_ms - now_ms <= 305_000);
                }
                Due::Nothing => prop_assert!(paused && !schedule.is_running()),
            }
        }
    }
}
