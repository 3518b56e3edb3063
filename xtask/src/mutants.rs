//! `cargo xtask mutants`: breaks the key code in every small way, one at a
//! time, and sees whether its tests notice. A survivor is a failure, unless
//! docs/mutants.md argues why it changes nothing.

use crate::build;
use crate::cli::MutantsOptions;
use crate::error::XtaskError;
use crate::step::{Outcome, Steps};
use crate::tool::Tool;
use crate::workspace::Workspace;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Keys, associated data, floors, commitments: files under
/// crates/vault-core/src.
const FILES: [&str; 19] = [
    "aead",
    "device_secret",
    "envelope",
    "key",
    "keyring",
    "label",
    "lock_statement",
    "policy",
    "policy_terms",
    "randomness",
    "recovery",
    "rotation",
    "sealed_object",
    "sealed_op",
    "slot",
    "slot_edit",
    "slot_key",
    "slot_list",
    "vault",
];

/// Where survivors are argued.
const ARGUED: &str = "docs/mutants.md";
/// How long the tests of one mutant may take, in seconds: far more than they
/// do, so that only an endless loop gets there.
const TEST_S_MAX: u32 = 600;

/// Mutants by name, without line and column, and how many bear it.
type Names = BTreeMap<String, usize>;

/// Tries every mutant.
pub(crate) fn mutants(workspace: &Workspace, options: &MutantsOptions) -> Result<(), XtaskError> {
    let files = chosen(&options.files)?;
    let mut steps = Steps::new(2);
    let mut program = None;
    steps.step("Finding cargo-mutants", || {
        program = Some(build::installed(workspace, "cargo-mutants", "27.1.0")?);
        Ok(Outcome::Done)
    })?;
    let title = format!("Mutants of {} files, which takes hours", files.len());
    steps.step(&title, || {
        let program = program.as_deref().unwrap_or(Path::new("cargo-mutants"));
        run(workspace, program, &files, options.jobs)?;
        let folder = workspace.scratch().join("mutants/mutants.out");
        let read = |name: &str| read(&folder.join(name));
        let argued = argued(&read_argued(workspace)?);
        let caught = read("caught.txt")?.lines().count() + read("timeout.txt")?.lines().count();
        judge(&names(&read("missed.txt")?), &argued, &files, caught)
    })
}

fn chosen(asked: &[String]) -> Result<Vec<&str>, XtaskError> {
    if let Some(unknown) = asked.iter().find(|name| !FILES.contains(&name.as_str())) {
        return Err(XtaskError::Missing {
            what: format!("The file {unknown}"),
            remedy: format!("There are: {}.", FILES.join(", ")),
        });
    }
    let wanted = |name: &&str| asked.is_empty() || asked.iter().any(|asked| asked == name);
    Ok(FILES.into_iter().filter(wanted).collect())
}

fn run(workspace: &Workspace, program: &Path, files: &[&str], jobs: u32) -> Result<(), XtaskError> {
    let output = workspace.scratch().join("mutants");
    fs::create_dir_all(&output).map_err(|source| XtaskError::File {
        path: output.clone(),
        source,
    })?;
    // Every job builds in its own copy of the checkout.
    let mut tool = Tool::new(&program.to_string_lossy(), workspace.root())
        .without("CARGO_TARGET_DIR")
        .args(["mutants", "--package", "vault-core", "--profile", "mutants"])
        .args([
            "--jobs",
            &jobs.to_string(),
            "--no-shuffle",
            "--colors",
            "never",
        ])
        .args(["--timeout", &TEST_S_MAX.to_string()])
        .arg("--output")
        .arg(&output);
    for file in files {
        tool = tool
            .arg("--file")
            .arg(format!("crates/vault-core/src/{file}.rs"));
    }
    // Its own exit code says whether there were survivors, argued or not; what
    // counts is whether it came to its end.
    match tool.args(["--", "--lib", "--tests"]).both_streams()? {
        Ok(_) => Ok(()),
        Err(printed) if printed.contains(" mutants tested in ") => Ok(()),
        Err(printed) => Err(XtaskError::ToolFailed {
            tool: "cargo mutants".to_owned(),
            output_tail: printed,
            remedy: "The tests must pass without a mutant first.".to_owned(),
        }),
    }
}

fn read(path: &Path) -> Result<String, XtaskError> {
    fs::read_to_string(path).map_err(|source| XtaskError::File {
        path: path.to_owned(),
        source,
    })
}

fn read_argued(workspace: &Workspace) -> Result<String, XtaskError> {
    read(&workspace.path(ARGUED))
}

/// `crates/…/key.rs:12:9: replace a with b` without its line and column,
/// which every edit moves.
fn names(lines: &str) -> Names {
    let mut names = Names::new();
    for line in lines.lines() {
        let mut parts = line.splitn(4, ':');
        let file = parts.next().unwrap_or("");
        let what = parts.nth(2).unwrap_or("").trim();
        let name = format!(
            "{}: {what}",
            file.trim_start_matches("crates/vault-core/src/")
        );
        *names.entry(name).or_default() += 1;
    }
    names
}

/// The rows of the table: how many, which, why.
fn argued(text: &str) -> Names {
    let rows = text.lines().filter_map(|line| {
        let mut cells = line.strip_prefix('|')?.split(" | ");
        let count = cells.next()?.trim().parse().ok()?;
        let name = cells.next()?.trim().trim_matches('`').to_owned();
        // A row without a reason argues nothing.
        let why = cells.next()?.trim_matches(['|', ' ']);
        (!why.is_empty()).then_some((name, count))
    });
    rows.collect()
}

fn judge(
    survivors: &Names,
    argued: &Names,
    files: &[&str],
    caught: usize,
) -> Result<Outcome, XtaskError> {
    let ran = |name: &str| {
        files
            .iter()
            .any(|file| name.starts_with(&format!("{file}.rs:")))
    };
    let mut wrong = Vec::new();
    for (name, count) in survivors {
        let allowed = argued.get(name).copied().unwrap_or(0);
        if *count > allowed {
            wrong.push(format!("{count} survive, {allowed} argued: {name}"));
        }
    }
    for (name, count) in argued.iter().filter(|(name, _)| ran(name)) {
        if survivors.get(name).copied().unwrap_or(0) < *count {
            wrong.push(format!("argued, and caught by now: {name}"));
        }
    }
    if wrong.is_empty() {
        let survived: usize = survivors.values().sum();
        let note = format!("{caught} caught, {survived} survived and are argued in {ARGUED}");
        return Ok(Outcome::Noted(note));
    }
    Err(XtaskError::ToolFailed {
        tool: "cargo mutants".to_owned(),
        output_tail: wrong.join("\n"),
        remedy: format!("Write the test that notices, or argue it in {ARGUED}."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MISSED: &str = "crates/vault-core/src/key.rs:12:9: replace + with - in f\n\
                          crates/vault-core/src/key.rs:14:3: replace + with - in f\n";
    const TABLE: &str = "| how many | which | why |\n|---|---|---|\n\
                         | 2 | `key.rs: replace + with - in f` | capacity alone |\n";

    #[test]
    fn a_survivor_fails_unless_it_is_argued_as_often() {
        let two = names(MISSED);
        assert!(judge(&two, &Names::new(), &["key"], 0).is_err());
        assert!(judge(&two, &argued(TABLE), &["key"], 0).is_ok());
        let three = names(&format!("{MISSED}{MISSED}"));
        assert!(judge(&three, &argued(TABLE), &["key"], 0).is_err());
    }

    #[test]
    fn an_argument_without_a_reason_or_a_survivor_fails() {
        let bare = argued("| 2 | `key.rs: replace + with - in f` | |\n");
        assert!(judge(&names(MISSED), &bare, &["key"], 0).is_err());
        let none = Names::new();
        assert!(judge(&none, &argued(TABLE), &["key"], 0).is_err());
        assert!(judge(&none, &argued(TABLE), &["slot"], 0).is_ok());
    }
}
