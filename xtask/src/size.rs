//! `cargo xtask size`: what a first visit downloads, and what a build holds.

use crate::build::{self, Profile};
use crate::error::XtaskError;
use crate::tool::Tool;
use crate::workspace::Workspace;

/// Builds, then prints raw and compressed sizes.
pub(crate) fn size(workspace: &Workspace) -> Result<(), XtaskError> {
    build::everything(workspace, Profile::Debug)?;
    println!();
    Tool::npx(workspace, "tsx")
        .arg(workspace.path("tests/e2e/bench/size.ts"))
        .arg(workspace.package_dist())
        .arg(workspace.web_dist())
        .inherit("See what it says above.")
}
