//! What the test command tries in part, tried whole.

use crate::build;
use crate::cli::{CrashOptions, GapsOptions};
use crate::error::XtaskError;
use crate::tool::Tool;
use crate::workspace::Workspace;

const FIX: &str = "What it says is a fault: fix it and run the command again.";

/// Readers that poll while many write to PostgreSQL.
pub(crate) fn gaps(workspace: &Workspace, options: &GapsOptions) -> Result<(), XtaskError> {
    build::postgres(workspace)?;
    tests(workspace, "store", "gaps")
        .env("LOCKSTEP_GAP_WRITES", options.writes.to_string())
        .inherit(FIX)
}

/// The server and its disk failing at every call by which SQLite writes.
pub(crate) fn crash(workspace: &Workspace, options: &CrashOptions) -> Result<(), XtaskError> {
    build::strace(workspace)?;
    tests(workspace, "crash", "")
        .env("LOCKSTEP_CRASH_EVERY", options.every.to_string())
        .inherit(FIX)
}

fn tests(workspace: &Workspace, suite: &str, filter: &str) -> Tool {
    let tool = Tool::cargo(workspace.root());
    let tool = tool.args(["test", "--package", "sync-server", "--test", suite]);
    tool.args([filter, "--", "--nocapture"])
}
