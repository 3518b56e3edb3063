//! The server under `strace`, which counts calls or lets one of them fail.

use crate::process::Folders;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

/// The calls by which SQLite brings bytes to the disk.
const CALLS: [&str; 3] = ["fsync", "fdatasync", "pwrite64"];

/// What happens at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Kill,
    DiskFull,
    DiskFails,
}

pub(crate) const FAULTS: [Fault; 3] = [Fault::Kill, Fault::DiskFull, Fault::DiskFails];

impl Fault {
    const fn injected(self) -> &'static str {
        match self {
            Self::Kill => "signal=SIGKILL",
            Self::DiskFull => "error=ENOSPC",
            Self::DiskFails => "error=EIO",
        }
    }
}

/// The `number`th call of that name by a thread, the first being 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Point {
    call: &'static str,
    number: u32,
}

/// How often the busiest thread made each call.
pub(crate) struct Calls([u32; CALLS.len()]);

impl Calls {
    /// Counts what `strace` wrote down: a thread's number, a call, its values.
    pub(crate) fn count(log: &Path) -> Self {
        let text = std::fs::read_to_string(log).unwrap();
        let mut of_threads: BTreeMap<&str, [u32; CALLS.len()]> = BTreeMap::new();
        for line in text.lines() {
            let (thread, call) = line.split_once(' ').unwrap();
            let name = call.trim_start().split('(').next().unwrap();
            if let Some(place) = CALLS.iter().position(|known| *known == name) {
                of_threads.entry(thread).or_default()[place] += 1;
            }
        }
        let mut greatest = [0; CALLS.len()];
        for counts in of_threads.values() {
            for (most, count) in greatest.iter_mut().zip(counts) {
                *most = (*most).max(*count);
            }
        }
        assert!(greatest.iter().sum::<u32>() > 0, "strace saw nothing");
        Self(greatest)
    }

    /// Every point.
    pub(crate) fn points(&self) -> impl Iterator<Item = Point> + '_ {
        CALLS
            .into_iter()
            .zip(self.0)
            .flat_map(|(call, count)| (1..=count).map(move |number| Point { call, number }))
    }
}

/// The server on a folder under `strace`, which is no parent of it, so that
/// ending the child ends the server.
pub(crate) fn traced(folders: &Folders, log: &Path, fault: Option<(Point, Fault)>) -> Command {
    let mut command = Command::new("strace");
    command.args(["-D", "-f", "-o"]).arg(log);
    if !matches!(fault, Some((_, Fault::Kill))) {
        // Stops at these calls only, which is fast, but then sends no signals.
        command.arg("--seccomp-bpf");
    }
    match fault {
        None => command.args(["-e", &format!("trace={}", CALLS.join(","))]),
        Some((Point { call, number }, fault)) => {
            let inject = format!("inject={call}:{}:when={number}", fault.injected());
            command.args(["-e", &format!("trace={call}"), "-e", &inject])
        }
    };
    let server = folders.serve();
    command.arg(server.get_program()).args(server.get_args());
    command
}

/// Whether what `strace` wrote down has a call that was made to fail.
pub(crate) fn was_injected(log: &Path) -> bool {
    std::fs::read_to_string(log).unwrap().contains("INJECTED")
}
