//! Packages of Debian and Ubuntu that tests need, installed where that is ours
//! to do.

use crate::error::XtaskError;
use crate::step::Outcome;
use crate::tool::Tool;
use crate::workspace::Workspace;
use std::path::{Path, PathBuf};

/// Where Debian keeps PostgreSQL's programs, a folder for each version.
const POSTGRES: &str = "/usr/lib/postgresql";

/// Sees to it that tests find PostgreSQL's programs.
pub(crate) fn postgres(workspace: &Workspace) -> Result<Outcome, XtaskError> {
    let folder = || {
        let of_debian = std::fs::read_dir(POSTGRES).into_iter().flatten();
        let of_debian = of_debian.filter_map(|version| Some(version.ok()?.path().join("bin")));
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut folders = std::env::split_paths(&path).chain(of_debian);
        folders.find(|folder| folder.join("initdb").is_file())
    };
    found_or_installed(workspace, "PostgreSQL", "postgresql", folder)
}

/// Sees to it that tests find `strace`, which makes calls fail.
pub(crate) fn strace(workspace: &Workspace) -> Result<Outcome, XtaskError> {
    let folder = || {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::split_paths(&path).find(|folder| folder.join("strace").is_file())
    };
    found_or_installed(workspace, "strace", "strace", folder)
}

/// Python and its module for environments, where there is none.
pub(crate) fn python(workspace: &Workspace) -> Result<(), XtaskError> {
    if !Path::new("/etc/debian_version").is_file() {
        return Err(missing("Python 3 with venv", "Install it by hand."));
    }
    install(
        workspace,
        "Python 3 with venv",
        &["python3", "python3-venv"],
    )
}

/// A folder that is there, or is once the package is installed.
fn found_or_installed(
    workspace: &Workspace,
    what: &str,
    package: &str,
    folder: impl Fn() -> Option<PathBuf>,
) -> Result<Outcome, XtaskError> {
    if let Some(folder) = folder() {
        return Ok(Outcome::Noted(folder.display().to_string()));
    }
    let remedy = format!("Install it and put its programs on the path: on Debian, `{package}`.");
    if !Path::new("/etc/debian_version").is_file() {
        return Err(missing(what, &remedy));
    }
    install(workspace, what, &[package])?;
    match folder() {
        Some(folder) => Ok(Outcome::Noted(format!("installed {}", folder.display()))),
        None => Err(missing(what, &remedy)),
    }
}

/// Installs Debian packages when we are root, else says how.
pub(super) fn install(
    workspace: &Workspace,
    what: &str,
    packages: &[&str],
) -> Result<(), XtaskError> {
    let command = format!("apt-get install {}", packages.join(" "));
    if !is_root(workspace) {
        return Err(missing(what, &format!("Run `sudo {command}`.")));
    }
    let remedy = format!("Run `{command}` by hand and see what it says.");
    let apt = |arguments: &[&str]| {
        Tool::new("apt-get", workspace.root())
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .capture(workspace, &remedy)
    };
    apt(&["update"])?;
    let mut arguments = vec!["install", "--yes", "--no-install-recommends"];
    arguments.extend(packages);
    apt(&arguments).map(|_| ())
}

pub(super) fn is_root(workspace: &Workspace) -> bool {
    Tool::new("id", workspace.root())
        .arg("-u")
        .read("")
        .is_ok_and(|id| id.trim() == "0")
}

/// Something is not there.
pub(super) fn missing(what: &str, remedy: &str) -> XtaskError {
    XtaskError::Missing {
        what: what.to_owned(),
        remedy: remedy.to_owned(),
    }
}
