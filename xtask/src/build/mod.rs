//! The steps from sources to something that runs, shared by the commands.

mod browser;
mod debian;
mod install;
mod npm;
mod prerequisites;
mod stamp;
mod wasm;

use crate::error::XtaskError;
use crate::step::{Outcome, Steps};
use crate::tool::Tool;
use crate::workspace::Workspace;
use std::path::{Path, PathBuf};

pub(crate) use browser::{chromium, fonts};
pub(crate) use debian::{postgres, python, strace};
pub(crate) use install::installed;

/// How many steps [`steps`] takes.
pub(crate) const STEPS: usize = 7;

/// How the server is compiled.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Compiles fast.
    Debug,
    /// Runs fast.
    Release,
}

impl Profile {
    /// From the command line's switch.
    pub(crate) fn chosen(release: bool) -> Self {
        if release { Self::Release } else { Self::Debug }
    }
}

/// Builds everything as a command of its own.
pub(crate) fn everything(workspace: &Workspace, profile: Profile) -> Result<(), XtaskError> {
    steps(workspace, profile, &mut Steps::new(STEPS))
}

/// From a bare checkout to a server binary and the app that it serves.
pub(crate) fn steps(
    workspace: &Workspace,
    profile: Profile,
    steps: &mut Steps,
) -> Result<(), XtaskError> {
    prepare(workspace, steps)?;
    products(workspace, profile, steps)
}

/// What is made from our own sources: five steps.
pub(crate) fn products(
    workspace: &Workspace,
    profile: Profile,
    steps: &mut Steps,
) -> Result<(), XtaskError> {
    steps.step("Building the vault (wasm)", || {
        wasm::compile(workspace, wasm::VAULT)
    })?;
    steps.step("Packing the vault (wasm)", || wasm::pack_vault(workspace))?;
    steps.step("Building the package", || npm::build_package(workspace))?;
    steps.step("Building the web app", || npm::build_web(workspace))?;
    steps.step("Building the server", || compile_server(workspace, profile))
}

/// The tools and packages that every other step needs: two steps.
pub(crate) fn prepare(workspace: &Workspace, steps: &mut Steps) -> Result<(), XtaskError> {
    steps.step("Checking the tools", || prerequisites::check(workspace))?;
    steps.step("Installing npm packages", || npm::install(workspace))
}

/// The golden vectors' reader, for the browser tests.
pub(crate) fn vector_suite(workspace: &Workspace) -> Result<Outcome, XtaskError> {
    wasm::compile(workspace, wasm::VECTOR_SUITE)?;
    wasm::pack_vector_suite(workspace)
}

/// What `bench records` measures, and no more: four steps.
pub(crate) fn measured(workspace: &Workspace) -> Result<(), XtaskError> {
    let mut steps = Steps::new(4);
    prepare(workspace, &mut steps)?;
    steps.step("Building what is measured (wasm)", || {
        wasm::compile(workspace, wasm::BENCH_SUITE)
    })?;
    steps.step("Packing what is measured (wasm)", || {
        wasm::pack_bench_suite(workspace)
    })
}

/// The server's binary.
pub(crate) fn server_binary(workspace: &Workspace, profile: Profile) -> PathBuf {
    let folder = match profile {
        Profile::Debug => "debug",
        Profile::Release => "release",
    };
    let name = format!("lockstep-server{}", std::env::consts::EXE_SUFFIX);
    workspace.target().join(folder).join(name)
}

/// Tells a browser suite where the browser and the products are.
pub(crate) fn with_paths(
    tool: Tool,
    workspace: &Workspace,
    profile: Profile,
    chromium: Option<&Path>,
) -> Tool {
    let tool = tool
        .env("LOCKSTEP_SERVER", server_binary(workspace, profile))
        .env("LOCKSTEP_WEB", workspace.web_dist())
        .env("LOCKSTEP_VECTOR_SUITE", workspace.vector_suite())
        .env("LOCKSTEP_BENCH_SUITE", workspace.bench_suite());
    match chromium {
        Some(path) => tool.env("CHROMIUM", path),
        None => tool,
    }
}

/// Compiles the server.
pub(crate) fn compile_server(
    workspace: &Workspace,
    profile: Profile,
) -> Result<Outcome, XtaskError> {
    // With the features that the whole workspace agrees on, as in the tests:
    // otherwise each would build the dependencies of the other anew.
    let arguments = ["build", "--workspace", "--bin", "lockstep-server"];
    let mut tool = Tool::cargo(workspace.root()).args(arguments);
    if profile == Profile::Release {
        tool = tool.arg("--release");
    }
    let output = tool.capture(
        workspace,
        "Fix what the compiler says and run the command again.",
    )?;
    Ok(if output.contains("Compiling") {
        Outcome::Done
    } else {
        Outcome::Fresh
    })
}
