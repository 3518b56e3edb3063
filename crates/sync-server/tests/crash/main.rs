//! The server is killed, and its disk fails, at the calls by which SQLite
//! writes; afterwards nothing that was acknowledged is missing.
//!
//! A script of 1,000 requests is cut into segments, each of which begins at a
//! copy of what the one before left on the disk, as after a crash. A point is
//! one call of one kind in one segment. At each point (`LOCKSTEP_CRASH_EVERY`
//! says at which, see `cargo xtask crash`) the server runs the segment under
//! `strace`, which kills it there, or lets the call fail with ENOSPC or EIO.
//!
//! 1. Every acknowledged operation is where the server said that it put it.
//! 2. Of the request that was cut off, everything is there or nothing.
//! 3. The history's chain is whole, and `PRAGMA integrity_check` is content.
//! 4. The segment's other requests are taken, before or after a restart.
#![allow(dead_code)] // what other tests need of the shared files
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../server/client.rs"]
mod client;
#[path = "../server/process.rs"]
mod process;
mod script;
mod trace;

use process::{Folders, Server};
use script::{SEGMENT, SEGMENTS, Script};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use trace::{Calls, FAULTS, Fault, Point, traced, was_injected};

/// Which points the test command tries.
const EVERY: usize = 50;
/// Points that are tried at the same time.
const AT_ONCE: usize = 2;

/// The state before a segment, and the points in it.
struct Segment {
    number: usize,
    before: Folders,
    calls: Calls,
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for file in std::fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

/// The whole script, a segment at a time, without a fault; each under `strace`,
/// which counts the calls, and ended by a kill, so that the next begins with
/// what is on the disk then.
fn rehearse() -> (Script, Vec<Segment>) {
    let folders = Folders::new();
    let server = folders.start();
    let script = Script::begin(&server);
    server.kill();
    let mut segments = Vec::new();
    for number in 0..SEGMENTS {
        let before = Folders::new();
        copy(&folders.data(), &before.data());
        let log = before.root().join("calls");
        let server = Server::start(traced(&folders, &log, None));
        let client = script.device(&server);
        for request in script.of_segment(number) {
            assert!(request.send(&client), "without a fault nothing fails");
        }
        server.kill();
        segments.push(Segment {
            number,
            before,
            calls: Calls::count(&log),
        });
    }
    (script, segments)
}

/// Runs a segment with one fault in it and looks at what is left; whether the
/// fault was met: now and then a commit serves two requests, and so the last
/// calls of the rehearsal do not come.
fn attempt(script: &Script, segment: &Segment, point: Point, fault: Fault) -> bool {
    let folders = Folders::new();
    copy(&segment.before.data(), &folders.data());
    let log = folders.root().join("calls");
    let mut done = segment.number * SEGMENT;
    let requests = script.of_segment(segment.number);
    if let Ok(server) = Server::try_start(traced(&folders, &log, Some((point, fault)))) {
        let client = script.device(&server);
        for request in &requests {
            // Once more where the answer says that it failed: the disk fails
            // once.
            if !request.send(&client) && !request.send(&client) {
                break;
            }
            done += 1;
        }
        server.kill();
    }
    let was_cut = done < (segment.number + 1) * SEGMENT;
    let server = folders.start();
    script.verify(&server, done);
    let client = script.device(&server);
    for request in &requests[done - segment.number * SEGMENT..] {
        assert!(request.send(&client), "taken after the restart");
    }
    script.verify_all(&server, (segment.number + 1) * SEGMENT);
    server.kill();
    let verdict: String = folders
        .open_database()
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(verdict, "ok");
    was_cut || was_injected(&log)
}

#[test]
fn nothing_acknowledged_is_lost_wherever_the_server_or_its_disk_fails() {
    let every = std::env::var("LOCKSTEP_CRASH_EVERY").ok();
    let every = every.map_or(EVERY, |text| text.parse().expect("a number"));
    let (script, segments) = rehearse();
    let points: Vec<(&Segment, Point)> = segments
        .iter()
        .flat_map(|segment| segment.calls.points().map(move |point| (segment, point)))
        .collect();
    let chosen: Vec<_> = points.iter().step_by(every).collect();
    // The whole campaign tries every fault at every point; a part of it one
    // after the other.
    let tries: Vec<(&Segment, Point, Fault)> = chosen
        .iter()
        .zip(FAULTS.iter().cycle())
        .flat_map(|((segment, point), one)| {
            let faults = if every == 1 {
                FAULTS.as_slice()
            } else {
                std::slice::from_ref(one)
            };
            faults.iter().map(move |fault| (*segment, *point, *fault))
        })
        .collect();
    let (next, met) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some((segment, point, fault)) =
                    tries.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    let place = format!("{fault:?} at {point:?} of segment {}", segment.number);
                    let tried = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                        attempt(&script, segment, *point, *fault)
                    }));
                    let Ok(was_met) = tried else {
                        panic!("{place}")
                    };
                    met.fetch_add(usize::from(was_met), Ordering::Relaxed);
                }
            });
        }
    });
    let met = met.into_inner();
    assert!(met * 10 >= tries.len() * 9, "{met} of {}", tries.len());
    println!(
        "counted: {met} crashes and disk failures of the server at {} of {} points, nothing lost",
        chosen.len(),
        points.len()
    );
}
