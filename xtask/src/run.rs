//! `cargo xtask run`: build what changed, then become the server.

use crate::build::{self, Profile};
use crate::cli::RunOptions;
use crate::error::XtaskError;
use crate::step::Steps;
use crate::tool::Tool;
use crate::workspace::{self, Workspace};
use std::net::TcpListener;

/// Builds and serves until stopped.
pub(crate) fn run(workspace: &Workspace, options: &RunOptions) -> Result<(), XtaskError> {
    // Better known now than after minutes of building.
    if TcpListener::bind((options.host.as_str(), options.port))
        .is_err_and(|error| error.kind() == std::io::ErrorKind::AddrInUse)
    {
        return Err(XtaskError::PortInUse { port: options.port });
    }
    let profile = Profile::chosen(options.release);
    build::steps(workspace, profile, &mut Steps::new(build::STEPS))?;
    println!();
    let server = Tool::new(
        &build::server_binary(workspace, profile).to_string_lossy(),
        &workspace::here()?,
    )
    .arg("serve")
    .arg("--data")
    .arg(workspace.data(options.data.as_deref()))
    .arg("--port")
    .arg(options.port.to_string())
    .arg("--host")
    .arg(&options.host)
    .arg("--web")
    .arg(workspace.web_dist());
    Err(server.become_it())
}
