//! `cargo xtask schemathesis`: has a stranger try every address of the OpenAPI
//! document against the real server, with all of its checks.

use crate::build::{self, Profile};
use crate::cli::SchemathesisOptions;
use crate::error::XtaskError;
use crate::step::{Outcome, Steps};
use crate::tool::Tool;
use crate::workspace::Workspace;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// How many steps [`short`] takes.
pub(crate) const STEPS: usize = 2;
/// Examples of an operation in the test command.
const SHORT_EXAMPLES: u32 = 5;
/// The release that is installed.
const VERSION: &str = "4.32.5";

/// As a command of its own.
pub(crate) fn schemathesis(
    workspace: &Workspace,
    options: &SchemathesisOptions,
) -> Result<(), XtaskError> {
    let mut steps = Steps::new(STEPS + 1);
    steps.step("Building the server", || {
        build::compile_server(workspace, Profile::Debug)
    })?;
    run(workspace, options.examples, &mut steps)
}

/// A few examples, within the test command; the server is built.
pub(crate) fn short(workspace: &Workspace, steps: &mut Steps) -> Result<(), XtaskError> {
    run(workspace, SHORT_EXAMPLES, steps)
}

fn run(workspace: &Workspace, examples: u32, steps: &mut Steps) -> Result<(), XtaskError> {
    let mut program = PathBuf::new();
    steps.step("Installing schemathesis", || {
        let (path, outcome) = install(workspace)?;
        program = path;
        Ok(outcome)
    })?;
    let title = format!("The OpenAPI document against the server, {examples} examples each");
    steps.step(&title, || {
        let server = Running::start(workspace)?;
        let said = try_all(workspace, &program, &server, examples)?;
        Ok(Outcome::Noted(summary(&said)))
    })
}

/// Puts the program into an environment of its own in the build folder.
fn install(workspace: &Workspace) -> Result<(PathBuf, Outcome), XtaskError> {
    let folder = workspace.scratch().join("schemathesis");
    let program = folder.join("bin/schemathesis");
    let is_there = Tool::new(&program.to_string_lossy(), workspace.root())
        .arg("--version")
        .read("")
        .is_ok_and(|said| said.trim().ends_with(VERSION));
    if is_there {
        return Ok((program, Outcome::Fresh));
    }
    make_environment(workspace, &folder)?;
    Tool::new(&folder.join("bin/pip").to_string_lossy(), workspace.root())
        .args(["install", "--quiet", "--disable-pip-version-check"])
        .arg(format!("schemathesis=={VERSION}"))
        .capture(workspace, "Is the Python package index reachable?")?;
    Ok((program, Outcome::Done))
}

fn make_environment(workspace: &Workspace, folder: &Path) -> Result<(), XtaskError> {
    let make = |remedy: &str| {
        Tool::new("python3", workspace.root())
            .args(["-m", "venv", "--clear"])
            .arg(folder)
            .capture(workspace, remedy)
            .map(|_| ())
    };
    if make("").is_ok() {
        return Ok(());
    }
    build::python(workspace)?;
    make("Install Python 3.10 or newer with its venv module.")
}

fn try_all(
    workspace: &Workspace,
    program: &Path,
    server: &Running,
    examples: u32,
) -> Result<String, XtaskError> {
    let folder = workspace.path("tests/api");
    Tool::new(&program.to_string_lossy(), &folder)
        .arg("--config-file")
        .arg(folder.join("schemathesis.toml"))
        .arg("run")
        .arg(format!("{}/api/openapi.json", server.url))
        .args(["--checks", "all", "--continue-on-failure"])
        .args(["--max-examples", &examples.to_string()])
        // The same cases each time: what passed once passes again, until the
        // server or the document changes.
        .arg("--generation-deterministic")
        .args(["--suppress-health-check", "all", "--no-color"])
        .env("PYTHONPATH", &folder)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("SCHEMATHESIS_HOOKS", "hooks")
        .env(
            "HYPOTHESIS_STORAGE_DIRECTORY",
            workspace.scratch().join("hypothesis"),
        )
        .env("LOCKSTEP_URL", &server.url)
        .env("LOCKSTEP_SERVER", &server.binary)
        .env("LOCKSTEP_DATA", &server.data)
        .env("LOCKSTEP_ADMIN_TOKEN", &server.admin_token)
        .run(workspace)?
        .map_err(|output| {
            println!("\n{output}");
            XtaskError::Unexpected {
                what: "The server and its OpenAPI document differ".to_owned(),
                remedy: "See above, and correct the one or the other.".to_owned(),
            }
        })
}

/// The line that counts.
fn summary(said: &str) -> String {
    let line = said.lines().find(|line| line.contains(" generated"));
    line.unwrap_or("passed").trim().to_owned()
}

/// A server on a database of its own.
struct Running {
    child: Child,
    binary: PathBuf,
    data: PathBuf,
    url: String,
    admin_token: String,
}

impl Running {
    fn start(workspace: &Workspace) -> Result<Self, XtaskError> {
        let data = workspace
            .scratch()
            .join(format!("schemathesis-data-{}", std::process::id()));
        let binary = build::server_binary(workspace, Profile::Debug);
        let unstartable = |source| XtaskError::ToolUnstartable {
            tool: "lockstep-server".to_owned(),
            source,
        };
        let mut child = Command::new(&binary)
            .args(["serve", "--port", "0", "--data"])
            .arg(&data)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(unstartable)?;
        let mut line = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out)
                .read_line(&mut line)
                .map_err(unstartable)?;
        }
        let mut running = Self {
            child,
            binary,
            data,
            url: String::new(),
            admin_token: String::new(),
        };
        let url = line
            .trim()
            .strip_prefix("Lockstep is running at http://localhost:");
        running.url = url
            .map(|port| format!("http://127.0.0.1:{port}"))
            .ok_or_else(|| XtaskError::Unexpected {
                what: format!("The server said: {line}"),
                remedy: "Start it by hand and see.".to_owned(),
            })?;
        let token = Tool::new(&running.binary.to_string_lossy(), workspace.root())
            .args(["admin-token", "--data"])
            .arg(&running.data)
            .read("Start the server by hand and see.")?;
        running.admin_token = token.trim().to_owned();
        Ok(running)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // All of it fails only if it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.data);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_counts_is_told() {
        let said = "Test cases:\n  7321 generated, 7321 passed\n\nSeed: 1\n";
        assert_eq!(summary(said), "7321 generated, 7321 passed");
        assert_eq!(summary(""), "passed");
    }
}
