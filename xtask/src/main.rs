//! The one entry point of the repository: `cargo xtask COMMAND`.
//!
//! Each command is one file that reads as its list of steps; `build` holds
//! the steps that several commands share.

mod build;
mod campaign;
mod check;
mod cli;
mod error;
mod files;
mod fuzz;
mod link;
mod mutants;
mod page;
mod run;
mod schemathesis;
mod sim;
mod size;
mod step;
mod tidy;
mod tool;
mod workspace;

use clap::Parser;
use cli::{Cli, Command};
use error::XtaskError;
use std::process::ExitCode;
use workspace::Workspace;

fn main() -> ExitCode {
    match dispatch(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\n{error}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(cli: Cli) -> Result<(), XtaskError> {
    let workspace = Workspace::locate()?;
    match cli.command {
        Command::Run(options) => run::run(&workspace, &options),
        Command::Link(options) => link::link(&workspace, &options),
        Command::Build(options) => build::everything(&workspace, options.profile()),
        Command::Test(options) => check::test(&workspace, &options),
        Command::Tidy => tidy::tidy(&workspace),
        Command::Fuzz(options) => fuzz::fuzz(&workspace, &options),
        Command::Sim(options) => sim::sim(&workspace, &options),
        Command::Schemathesis(options) => schemathesis::schemathesis(&workspace, &options),
        Command::Mutants(options) => mutants::mutants(&workspace, &options),
        Command::Gaps(options) => campaign::gaps(&workspace, &options),
        Command::Crash(options) => campaign::crash(&workspace, &options),
        Command::Bench(options) => page::bench(&workspace, &options),
        Command::Memscan(options) => page::memscan(&workspace, &options),
        Command::Screenshots(options) => page::screenshots(&workspace, &options),
        Command::Size => size::size(&workspace),
    }
}
