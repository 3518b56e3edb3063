//! What is measured and pictured in a real browser: builds, then hands over to
//! the scripts of `tests/e2e`, which share their page objects with its tests.

use crate::build::{self, Profile};
use crate::cli::{Bench, BenchOptions, ScreenshotOptions};
use crate::error::XtaskError;
use crate::tool::Tool;
use crate::workspace::{self, Workspace};

/// `cargo xtask bench`.
pub(crate) fn bench(workspace: &Workspace, options: &BenchOptions) -> Result<(), XtaskError> {
    let Bench::Main = options.which;
    let here = workspace::here()?;
    let notes = here.join(&options.notes);
    if !notes.is_dir() {
        return Err(XtaskError::Missing {
            what: format!("The folder {}", notes.display()),
            remedy: "Name a folder of Markdown notes with --notes.".to_owned(),
        });
    }
    build::everything(workspace, Profile::Release)?;
    println!();
    let mut script = script(workspace, "tests/e2e/bench/main.ts", Profile::Release)?
        .arg("--notes")
        .arg(&notes)
        .arg("--rounds")
        .arg(options.rounds.to_string());
    if let Some(json) = &options.json {
        script = script.arg("--json").arg(here.join(json));
    }
    script.inherit("See what it says above.")
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
