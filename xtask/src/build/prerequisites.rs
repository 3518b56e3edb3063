//! What has to be on the machine, and how to get it.

use crate::error::XtaskError;
use crate::step::Outcome;
use crate::tool::Tool;
use crate::workspace::Workspace;

/// The oldest Node that runs the build tools.
const NODE_MIN: (u32, u32) = (20, 19);
const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Checks Node, npm and a C compiler, and adds the wasm target if need be.
pub(crate) fn check(workspace: &Workspace) -> Result<Outcome, XtaskError> {
    check_node(workspace)?;
    if Tool::npm(workspace).arg("--version").read("").is_err() {
        return Err(missing(
            "npm",
            "It comes with Node.js: install Node 20.19 or newer.",
        ));
    }
    let compilers = ["cc", "gcc", "clang"];
    if !compilers.iter().any(|name| {
        Tool::new(name, workspace.root())
            .arg("--version")
            .read("")
            .is_ok()
    }) {
        return Err(missing(
            "A C compiler",
            "SQLite is compiled from source: on Debian or Ubuntu run `apt-get install gcc libc6-dev`.",
        ));
    }
    add_wasm_target(workspace)
}

fn check_node(workspace: &Workspace) -> Result<(), XtaskError> {
    let remedy = "Install Node.js 20.19 or newer, for example from nodejs.org.";
    let Ok(version) = Tool::new("node", workspace.root())
        .arg("--version")
        .read(remedy)
    else {
        return Err(missing("Node.js", remedy));
    };
    match parse_node_version(&version) {
        Some(found) if found >= NODE_MIN => Ok(()),
        _ => Err(XtaskError::Unexpected {
            what: format!("Node.js {} is too old", version.trim()),
            remedy: remedy.to_owned(),
        }),
    }
}

/// `v20.19.4` is (20, 19).
fn parse_node_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().strip_prefix('v')?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// Asks the compiler itself: rustup may not be what installed it.
fn add_wasm_target(workspace: &Workspace) -> Result<Outcome, XtaskError> {
    let libraries = Tool::new("rustc", workspace.root())
        .args(["--print", "target-libdir", "--target", WASM_TARGET])
        .read("Install Rust from rustup.rs.")?;
    if std::path::Path::new(libraries.trim()).is_dir() {
        return Ok(Outcome::Done);
    }
    let remedy =
        format!("Install the compiler target {WASM_TARGET} by hand and run the command again.");
    Tool::new("rustup", workspace.root())
        .args(["target", "add", WASM_TARGET])
        .capture(workspace, &remedy)?;
    Ok(Outcome::Noted("added the wasm target".to_owned()))
}

fn missing(what: &str, remedy: &str) -> XtaskError {
    XtaskError::Missing {
        what: what.to_owned(),
        remedy: remedy.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_versions_compare_by_number() {
        assert_eq!(parse_node_version("v20.20.2\n"), Some((20, 20)));
        assert!(parse_node_version("v20.9.0") < Some(NODE_MIN));
        assert!(parse_node_version("v22.0.1") > Some(NODE_MIN));
        assert_eq!(parse_node_version("20"), None);
    }
}
