//! The npm side of the build.

use super::stamp::Stamp;
use crate::error::XtaskError;
use crate::step::Outcome;
use crate::tool::Tool;
use crate::workspace::Workspace;
use std::fs;
use std::time::{Duration, SystemTime};

/// npm writes the lock file and its own copy one after the other.
const SAME_RUN: Duration = Duration::from_secs(10);

/// `npm ci`, unless what is installed is as new as the lock file.
pub(crate) fn install(workspace: &Workspace) -> Result<Outcome, XtaskError> {
    let changed = |below: &str| -> Option<SystemTime> {
        fs::metadata(workspace.path(below))
            .and_then(|metadata| metadata.modified())
            .ok()
    };
    let locked = changed("package-lock.json");
    if let (Some(installed), Some(locked)) = (changed("node_modules/.package-lock.json"), locked)
        && installed + SAME_RUN >= locked
    {
        return Ok(Outcome::Fresh);
    }
    Tool::npm(workspace)
        .args(["ci", "--no-audit", "--no-fund"])
        .capture(
            workspace,
            "Check that this machine reaches its npm registry and run the command again.",
        )?;
    Ok(Outcome::Done)
}

/// The page side and the worker of the package, around the packed wasm.
pub(crate) fn build_package(workspace: &Workspace) -> Result<Outcome, XtaskError> {
    let dist = workspace.package_dist();
    let stamp = Stamp::new(
        workspace,
        "package",
        vec![
            workspace.path("pkg"),
            workspace.path("package-lock.json"),
            dist.join("lockstep.js"),
            dist.join("lockstep_bg.wasm"),
        ],
        vec![dist.join("index.js"), dist.join("worker.js")],
    );
    build_workspace(workspace, "pkg", &stamp)
}

/// The app and its service worker.
pub(crate) fn build_web(workspace: &Workspace) -> Result<Outcome, XtaskError> {
    let stamp = Stamp::new(
        workspace,
        "web",
        vec![
            workspace.path("web"),
            workspace.path("sw"),
            workspace.package_dist(),
            workspace.path("package-lock.json"),
        ],
        vec![workspace.web_dist().join("index.html")],
    );
    build_workspace(workspace, "web", &stamp)
}

fn build_workspace(
    workspace: &Workspace,
    name: &str,
    stamp: &Stamp,
) -> Result<Outcome, XtaskError> {
    if stamp.is_fresh()? {
        return Ok(Outcome::Fresh);
    }
    Tool::npm(workspace)
        .args(["run", "build", "--workspace", name])
        .capture(workspace, "Fix what it says and run the command again.")?;
    stamp.set()?;
    Ok(Outcome::Done)
}
