//! Tools of cargo that only some commands need, installed into the build
//! folder when the machine has none.

use crate::error::XtaskError;
use crate::tool::Tool;
use crate::workspace::Workspace;
use std::path::PathBuf;

/// Where a program of that crate is: on PATH, or in the build folder, where it
/// is compiled first if need be, which takes a minute or two.
pub(crate) fn installed(
    workspace: &Workspace,
    name: &str,
    version: &str,
) -> Result<PathBuf, XtaskError> {
    let runs = |program: &PathBuf| {
        let subcommand = name.trim_start_matches("cargo-");
        Tool::new(&program.to_string_lossy(), workspace.root())
            .args([subcommand, "--version"])
            .read("")
            .is_ok()
    };
    let on_path = PathBuf::from(name);
    if runs(&on_path) {
        return Ok(on_path);
    }
    let tools = workspace.scratch().join("tools");
    let ours = tools
        .join("bin")
        .join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if !runs(&ours) {
        // Not --locked: its lock file may name versions that a mirror lacks.
        Tool::cargo(workspace.root())
            .args(["install", name, "--version", version, "--root"])
            .arg(&tools)
            .capture(
                workspace,
                &format!("Without a network: put {name} {version} on PATH by other means."),
            )?;
    }
    Ok(ours)
}
