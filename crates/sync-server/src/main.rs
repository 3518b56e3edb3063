//! `lockstep-server`: see [`sync_server::command`].

use std::process::ExitCode;

fn main() -> ExitCode {
    sync_server::command::run()
}
