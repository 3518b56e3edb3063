//! `cargo xtask sim`: lives through simulated histories of several devices,
//! to see whether any edit is lost or any lie believed.

use crate::cli::SimOptions;
use crate::error::XtaskError;
use crate::tool::Tool;
use crate::workspace::Workspace;

/// How many seeds the test command lives through.
const SHORT_SEEDS: &str = "2000";

/// Simulates as a command of its own, at full speed.
pub(crate) fn sim(workspace: &Workspace, options: &SimOptions) -> Result<(), XtaskError> {
    program(workspace)
        .arg("--release")
        .arg("--")
        .args(&options.arguments)
        .inherit("Each seed that failed is printed above, with how to replay it.")
}

/// The seeds of the test command, as a step of it: in the build that its
/// tests have made already.
pub(crate) fn short(workspace: &Workspace) -> Tool {
    program(workspace).args(["--", "--seeds", SHORT_SEEDS])
}

fn program(workspace: &Workspace) -> Tool {
    Tool::cargo(workspace.root()).args(["run", "--quiet", "--package", "sim"])
}
