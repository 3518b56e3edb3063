//! Runs other programs and keeps what they print until it is needed.

use crate::error::XtaskError;
use crate::workspace::Workspace;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Lines of a failed tool's output that are shown.
const TAIL_LINES: usize = 60;

/// A program with its arguments.
pub(crate) struct Tool {
    name: String,
    command: Command,
}

impl Tool {
    /// A program by name, run in a folder.
    pub(crate) fn new(program: &str, folder: &Path) -> Self {
        let mut command = Command::new(program);
        command.current_dir(folder).stdin(Stdio::null());
        Self {
            name: program.to_owned(),
            command,
        }
    }

    /// The cargo that runs us.
    pub(crate) fn cargo(folder: &Path) -> Self {
        let mut tool = Self::new(
            &env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()),
            folder,
        );
        tool.name = "cargo".to_owned();
        // What cargo tells its programs would make nested builds differ from
        // those typed by hand, and so build everything twice.
        for (key, _) in env::vars_os() {
            let Some(text) = key.to_str() else { continue };
            if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
                tool.command.env_remove(&key);
            }
        }
        tool
    }

    /// npm at the top of the checkout.
    pub(crate) fn npm(workspace: &Workspace) -> Self {
        Self::new("npm", workspace.root())
    }

    /// A program of an npm package, run by Node.
    pub(crate) fn npx(workspace: &Workspace, program: &str) -> Self {
        let mut tool = Self::new("node", workspace.root());
        tool.command
            .arg(workspace.path("node_modules/.bin").join(program));
        tool.name = program.to_owned();
        tool
    }

    /// Adds one argument.
    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.name.push(' ');
        self.name.push_str(&argument.as_ref().to_string_lossy());
        self.command.arg(argument);
        self
    }

    /// Adds arguments.
    pub(crate) fn args<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(self, arguments: I) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    /// Sets a variable of its environment.
    pub(crate) fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(key, value);
        self
    }

    /// Keeps a variable of our environment from it.
    pub(crate) fn without(mut self, key: &str) -> Self {
        self.command.env_remove(key);
        self
    }

    /// Runs it and returns all that it printed, on either stream.
    ///
    /// # Errors
    /// [`XtaskError::ToolFailed`] with the end of the output and `remedy`.
    pub(crate) fn capture(self, workspace: &Workspace, remedy: &str) -> Result<String, XtaskError> {
        let tool = self.name.clone();
        self.run(workspace)?
            .map_err(|output| XtaskError::ToolFailed {
                tool,
                output_tail: tail(&output),
                remedy: remedy.to_owned(),
            })
    }

    /// Runs it and returns all that it printed: `Ok` when it reported
    /// success, `Err` when it did not.
    pub(crate) fn run(
        mut self,
        workspace: &Workspace,
    ) -> Result<Result<String, String>, XtaskError> {
        // One file for both streams keeps the lines in their order.
        let folder = workspace.scratch();
        let path = folder.join(format!("output-{}.log", std::process::id()));
        let file_error = |source| XtaskError::File {
            path: path.clone(),
            source,
        };
        fs::create_dir_all(&folder).map_err(file_error)?;
        let out = fs::File::create(&path).map_err(file_error)?;
        let err = out.try_clone().map_err(file_error)?;
        let status = self
            .command
            .stdout(out)
            .stderr(err)
            .status()
            .map_err(|source| XtaskError::ToolUnstartable {
                tool: self.name.clone(),
                source,
            })?;
        let output = String::from_utf8_lossy(&fs::read(&path).map_err(file_error)?).into_owned();
        fs::remove_file(&path).map_err(file_error)?;
        Ok(if status.success() {
            Ok(output)
        } else {
            Err(output)
        })
    }

    /// Runs it and returns what it printed on standard output.
    pub(crate) fn read(mut self, remedy: &str) -> Result<String, XtaskError> {
        let output = self
            .command
            .output()
            .map_err(|source| XtaskError::ToolUnstartable {
                tool: self.name.clone(),
                source,
            })?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(XtaskError::ToolFailed {
            tool: self.name,
            output_tail: tail(&String::from_utf8_lossy(&output.stderr)),
            remedy: remedy.to_owned(),
        })
    }

    /// Runs it beside others of its kind and returns what it printed on both
    /// streams, one behind the other: `Ok` when it reported success.
    pub(crate) fn both_streams(mut self) -> Result<Result<String, String>, XtaskError> {
        let output = self
            .command
            .output()
            .map_err(|source| XtaskError::ToolUnstartable {
                tool: self.name.clone(),
                source,
            })?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let printed = text(&output.stdout) + &text(&output.stderr);
        Ok(if output.status.success() {
            Ok(printed)
        } else {
            Err(printed)
        })
    }

    /// Runs it with this terminal as its own.
    pub(crate) fn inherit(mut self, remedy: &str) -> Result<(), XtaskError> {
        let status = self
            .command
            .status()
            .map_err(|source| XtaskError::ToolUnstartable {
                tool: self.name.clone(),
                source,
            })?;
        if status.success() {
            return Ok(());
        }
        Err(XtaskError::ToolFailed {
            tool: self.name,
            output_tail: String::new(),
            remedy: remedy.to_owned(),
        })
    }

    /// Becomes that program, so that signals reach it and its exit code is
    /// ours. Returns only when it could not be started.
    #[cfg(unix)]
    pub(crate) fn become_it(mut self) -> XtaskError {
        use std::os::unix::process::CommandExt;
        let source = self.command.exec();
        XtaskError::ToolUnstartable {
            tool: self.name,
            source,
        }
    }

    /// Runs that program and ends with its exit code. Returns only when it
    /// could not be started.
    #[cfg(not(unix))]
    pub(crate) fn become_it(mut self) -> XtaskError {
        match self.command.status() {
            Ok(status) => std::process::exit(status.code().unwrap_or(1)),
            Err(source) => XtaskError::ToolUnstartable {
                tool: self.name,
                source,
            },
        }
    }
}

/// The last lines, where tools say what is wrong.
fn tail(output: &str) -> String {
    let lines: Vec<&str> = output.trim_end().lines().collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}
