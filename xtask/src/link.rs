//! `cargo xtask link`: a new one-time link for one more device.

use crate::build::{self, Profile};
use crate::cli::LinkOptions;
use crate::error::XtaskError;
use crate::tool::Tool;
use crate::workspace::{self, Workspace};

/// Asks the server's binary, building it first if there is none.
pub(crate) fn link(workspace: &Workspace, options: &LinkOptions) -> Result<(), XtaskError> {
    let built = [Profile::Debug, Profile::Release]
        .map(|profile| build::server_binary(workspace, profile))
        .into_iter()
        .find(|path| path.is_file());
    let binary = match built {
        Some(path) => path,
        None => {
            build::compile_server(workspace, Profile::Debug)?;
            build::server_binary(workspace, Profile::Debug)
        }
    };
    let server = Tool::new(&binary.to_string_lossy(), &workspace::here()?)
        .arg("link")
        .arg("--data")
        .arg(workspace.data(options.data.as_deref()))
        .arg("--port")
        .arg(options.port.to_string());
    Err(server.become_it())
}
