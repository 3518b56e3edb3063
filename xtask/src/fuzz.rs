//! `cargo xtask fuzz`: builds the targets under fuzz/ and runs each for a
//! while, from a corpus in the build folder that grows with every run.

use crate::build;
use crate::cli::FuzzOptions;
use crate::error::XtaskError;
use crate::step::{Outcome, Steps};
use crate::tool::Tool;
use crate::workspace::Workspace;
use std::collections::VecDeque;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;

/// How many steps [`steps`] takes.
pub(crate) const STEPS: usize = 2;
/// How long each target runs in the test command, in seconds.
pub(crate) const SHORT_S: u32 = 10;

/// Memory of one target, in MiB, beyond which it counts as a finding.
const MEMORY_MIB_MAX: u32 = 1024;
/// One input may take this long, in seconds: far more than any does, so that
/// a loaded machine finds nothing.
const INPUT_S_MAX: u32 = 120;

/// What one target came to.
struct Run {
    name: String,
    executions: u64,
    corpus: usize,
    /// What the fuzzer said, when it found something.
    finding: Option<String>,
}

/// Fuzzes as a command of its own.
pub(crate) fn fuzz(workspace: &Workspace, options: &FuzzOptions) -> Result<(), XtaskError> {
    let wanted = chosen(workspace, &options.targets)?;
    steps(workspace, &wanted, options.seconds, &mut Steps::new(STEPS))
}

/// Every target for [`SHORT_S`] seconds: two steps of a longer run.
pub(crate) fn short(workspace: &Workspace, shown: &mut Steps) -> Result<(), XtaskError> {
    steps(workspace, &chosen(workspace, &[])?, SHORT_S, shown)
}

fn steps(
    workspace: &Workspace,
    targets: &[String],
    seconds: u32,
    shown: &mut Steps,
) -> Result<(), XtaskError> {
    shown.step("Building the fuzz targets", || compile(workspace))?;
    let title = format!("Fuzzing {} targets, {seconds} s each", targets.len());
    shown.step(&title, || {
        let runs = run_all(workspace, targets, seconds)?;
        report(&runs)
    })
}

/// The targets by the names of their files; those that were asked for.
fn chosen(workspace: &Workspace, asked: &[String]) -> Result<Vec<String>, XtaskError> {
    let folder = workspace.path("fuzz/fuzz_targets");
    let file_error = |source| XtaskError::File {
        path: folder.clone(),
        source,
    };
    let mut names = Vec::new();
    for entry in fs::read_dir(&folder).map_err(file_error)? {
        let path = entry.map_err(file_error)?.path();
        names.extend(
            path.file_stem()
                .map(|name| name.to_string_lossy().into_owned()),
        );
    }
    names.sort_unstable();
    if let Some(unknown) = asked.iter().find(|name| !names.contains(name)) {
        return Err(XtaskError::Missing {
            what: format!("The fuzz target {unknown}"),
            remedy: format!("There are: {}.", names.join(", ")),
        });
    }
    if !asked.is_empty() {
        names.retain(|name| asked.contains(name));
    }
    Ok(names)
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target().join("fuzz")
}

/// Compiles every target, on the stable toolchain: its own checks for
/// overflow and bounds are what finds something in safe Rust.
fn compile(workspace: &Workspace) -> Result<Outcome, XtaskError> {
    if Tool::new("c++", workspace.root())
        .arg("--version")
        .read("")
        .is_err()
    {
        return Err(XtaskError::Missing {
            what: "A C++ compiler".to_owned(),
            remedy: "libFuzzer is compiled from source: on Debian or Ubuntu run \
                     `apt-get install g++`."
                .to_owned(),
        });
    }
    let cargo_fuzz = build::installed(workspace, "cargo-fuzz", "0.13.2")?;
    let output = Tool::new(&cargo_fuzz.to_string_lossy(), workspace.root())
        .args(["fuzz", "build", "--sanitizer", "none", "--debug-assertions"])
        .arg("--target-dir")
        .arg(folder(workspace))
        .capture(
            workspace,
            "Fix what the compiler says and run the command again.",
        )?;
    Ok(if output.contains("Compiling") {
        Outcome::Done
    } else {
        Outcome::Fresh
    })
}

/// As many at a time as there are processors.
fn run_all(
    workspace: &Workspace,
    targets: &[String],
    seconds: u32,
) -> Result<Vec<Run>, XtaskError> {
    let waiting = Mutex::new(targets.iter().collect::<VecDeque<_>>());
    let next = || {
        waiting
            .lock()
            .ok()
            .and_then(|mut waiting| waiting.pop_front())
    };
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let outcomes: Vec<_> = thread::scope(|scope| {
        let one_by_one = || {
            let mut runs = Vec::new();
            while let Some(name) = next() {
                runs.push(run(workspace, name, seconds));
            }
            runs
        };
        let threads: Vec<_> = (0..processors).map(|_| scope.spawn(one_by_one)).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap_or_default())
            .collect()
    });
    let mut runs = outcomes.into_iter().collect::<Result<Vec<_>, _>>()?;
    if runs.len() != targets.len() {
        return Err(XtaskError::Unexpected {
            what: format!("Of {} targets only {} ran", targets.len(), runs.len()),
            remedy: "Run the command again.".to_owned(),
        });
    }
    runs.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(runs)
}

fn run(workspace: &Workspace, name: &str, seconds: u32) -> Result<Run, XtaskError> {
    let corpus = folder(workspace).join("corpus").join(name);
    let findings = folder(workspace).join("findings").join(name);
    for path in [&corpus, &findings] {
        fs::create_dir_all(path).map_err(|source| XtaskError::File {
            path: path.clone(),
            source,
        })?;
    }
    let binary = binary(workspace, name)?;
    let finished = Tool::new(&binary.to_string_lossy(), workspace.root())
        .env("LOCKSTEP_FUZZ_SEEDS", &corpus)
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-rss_limit_mb={MEMORY_MIB_MAX}"))
        .arg(format!("-timeout={INPUT_S_MAX}"))
        .arg("-print_final_stats=1")
        .arg(format!("-artifact_prefix={}/", findings.display()))
        .arg(&corpus)
        .both_streams()?;
    let (output, finding) = match finished {
        Ok(output) => (output, None),
        Err(output) => (output.clone(), Some(output)),
    };
    Ok(Run {
        name: name.to_owned(),
        executions: executions(&output).unwrap_or(0),
        corpus: count_files(&corpus),
        finding,
    })
}

/// The compiled target, in the folder of whatever platform this is.
fn binary(workspace: &Workspace, name: &str) -> Result<PathBuf, XtaskError> {
    let below = Path::new("release").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let platforms = fs::read_dir(folder(workspace)).into_iter().flatten();
    platforms
        .filter_map(io::Result::ok)
        .map(|platform| platform.path().join(&below))
        .find(|path| path.is_file())
        .ok_or_else(|| XtaskError::Missing {
            what: format!("The compiled target {name}"),
            remedy: "Remove the folder fuzz in the build folder and try again.".to_owned(),
        })
}

fn count_files(folder: &Path) -> usize {
    fs::read_dir(folder).map_or(0, Iterator::count)
}

/// What libFuzzer counts at its end.
fn executions(output: &str) -> Option<u64> {
    let mut lines = output.lines();
    let rest = lines.find_map(|line| line.strip_prefix("stat::number_of_executed_units:"))?;
    rest.trim().parse().ok()
}

/// A line a target; an error when one found something, or did not run.
fn report(runs: &[Run]) -> Result<Outcome, XtaskError> {
    println!();
    for run in runs {
        let outcome = if run.finding.is_some() {
            "FINDING"
        } else {
            "nothing found"
        };
        println!(
            "  {:<18} {:>12} executions, corpus of {}, {outcome}",
            run.name, run.executions, run.corpus
        );
    }
    let total: u64 = runs.iter().map(|run| run.executions).sum();
    let idle = runs
        .iter()
        .find(|run| run.executions == 0 && run.finding.is_none());
    if let Some(idle) = idle {
        return Err(XtaskError::Unexpected {
            what: format!("The fuzz target {} executed nothing", idle.name),
            remedy: "See whether fuzz/src lists it.".to_owned(),
        });
    }
    let found: Vec<_> = runs
        .iter()
        .filter_map(|run| Some((run, run.finding.as_ref()?)))
        .collect();
    match found.first() {
        None => Ok(Outcome::Noted(format!("{total} executions, nothing found"))),
        Some((first, output)) => Err(XtaskError::ToolFailed {
            tool: format!("fuzz target {}", first.name),
            output_tail: tail(output),
            remedy: format!(
                "{} of {} targets found something. Make the input, whose place is named above, \
                 a unit test; then fix it.",
                found.len(),
                runs.len()
            ),
        }),
    }
}

/// The last lines, where the fuzzer says what it found and where it lies.
fn tail(output: &str) -> String {
    let lines: Vec<&str> = output.trim_end().lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(executions: u64, finding: Option<&str>) -> Run {
        Run {
            name: "slot".to_owned(),
            executions,
            corpus: 3,
            finding: finding.map(str::to_owned),
        }
    }

    #[test]
    fn reads_how_many_executions_there_were() {
        let output = "Done 5 runs\nstat::number_of_executed_units: 209453\nstat::average: 1\n";
        assert_eq!(executions(output), Some(209_453));
        assert_eq!(executions("Done 5 runs\n"), None);
    }

    #[test]
    fn a_finding_or_an_idle_target_is_a_failure() {
        assert!(report(&[ended(5, None)]).is_ok());
        assert!(report(&[ended(5, None), ended(5, Some("panicked"))]).is_err());
        assert!(report(&[ended(0, None)]).is_err());
    }
}
