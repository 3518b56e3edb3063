//! What is measured and pictured in a real browser: builds, then hands over to
//! the scripts of `tests/e2e`, which share their page objects with its tests.

use crate::build::{self, Profile};
use crate::cli::{Bench, BenchOptions, MemscanOptions, ScreenshotOptions};
use crate::error::XtaskError;
use crate::tool::Tool;
use crate::workspace::{self, Workspace};
use std::path::{Path, PathBuf};

/// `cargo xtask bench`.
pub(crate) fn bench(workspace: &Workspace, options: &BenchOptions) -> Result<(), XtaskError> {
    let notes = options.notes.as_deref().map(folder_of_notes).transpose()?;
    let file = match options.which {
        Bench::Main => "tests/e2e/bench/main.ts",
        Bench::Records => "tests/e2e/bench/records/main.ts",
        Bench::Unlock => "tests/e2e/bench/unlock/main.ts",
        Bench::Timing => return timing(workspace),
    };
    if options.which == Bench::Records {
        build::measured(workspace)?;
    } else {
        build::everything(workspace, Profile::Release)?;
    }
    println!();
    let rounds = options.rounds.to_string();
    let mut script = script(workspace, file, Profile::Release)?.args(["--rounds", &rounds]);
    if let Some(notes) = &notes {
        script = script.arg("--notes").arg(notes);
    }
    if let Some(json) = &options.json {
        script = script.arg("--json").arg(workspace::here()?.join(json));
    }
    script.inherit("See what it says above.")
}

/// Native, since a browser's clock is too coarse.
fn timing(workspace: &Workspace) -> Result<(), XtaskError> {
    Tool::cargo(workspace.root())
        .args(["run", "--quiet", "--release", "--package", "vault-core"])
        .args(["--example", "timing"])
        .inherit("See what it says above.")
}

fn folder_of_notes(named: &Path) -> Result<PathBuf, XtaskError> {
    let notes = workspace::here()?.join(named);
    if notes.is_dir() {
        return Ok(notes);
    }
    Err(XtaskError::Missing {
        what: format!("The folder {}", notes.display()),
        remedy: "Name a folder of Markdown notes with --notes.".to_owned(),
    })
}

/// `cargo xtask memscan`.
pub(crate) fn memscan(workspace: &Workspace, options: &MemscanOptions) -> Result<(), XtaskError> {
    build::everything(workspace, Profile::Debug)?;
    println!();
    let chromium = build::chromium(workspace)?;
    let tests = Tool::npm(workspace)
        .args(["run", "memscan", "--workspace", "tests/e2e"])
        .env("LOCKSTEP_MEMORY_RUNS", options.runs.to_string());
    build::with_paths(tests, workspace, Profile::Debug, Some(&chromium))
        .inherit("See what it says above.")
}

/// `cargo xtask screenshots`.
pub(crate) fn screenshots(
    workspace: &Workspace,
    options: &ScreenshotOptions,
) -> Result<(), XtaskError> {
    let folder = workspace::here()?.join(&options.folder);
    build::everything(workspace, Profile::Debug)?;
    println!();
    build::fonts(workspace)?;
    script(workspace, "tests/e2e/screenshots/main.ts", Profile::Debug)?
        .arg(&folder)
        .inherit("See what it says above.")
}

fn script(workspace: &Workspace, file: &str, profile: Profile) -> Result<Tool, XtaskError> {
    let chromium = build::chromium(workspace)?;
    let tool = Tool::npx(workspace, "tsx").arg(workspace.path(file));
    Ok(build::with_paths(tool, workspace, profile, Some(&chromium)))
}
