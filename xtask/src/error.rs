//! What can go wrong here, and what to do about it.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a command stopped.
#[derive(Debug)]
pub(crate) enum XtaskError {
    /// Something that has to be installed is not there.
    Missing { what: String, remedy: String },
    /// A tool ran and reported failure.
    ToolFailed {
        tool: String,
        output_tail: String,
        remedy: String,
    },
    /// A tool could not be started.
    ToolUnstartable { tool: String, source: io::Error },
    /// A file could not be read or written.
    File { path: PathBuf, source: io::Error },
    /// A file or a tool's output is not what it should be.
    Unexpected { what: String, remedy: String },
    /// Something already listens on the port.
    PortInUse { port: u16 },
    /// Rules of style are broken.
    Untidy { count: usize },
    /// A check of the whole run failed; its output was shown.
    CheckFailed {
        title: String,
        passed: u64,
        failed: u64,
    },
}

impl fmt::Display for XtaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { what, remedy } => write!(f, "{what} is missing. {remedy}"),
            Self::ToolFailed {
                tool,
                output_tail,
                remedy,
            } => {
                write!(f, "{output_tail}\n\n`{tool}` failed. {remedy}")
            }
            Self::ToolUnstartable { tool, source } => {
                write!(
                    f,
                    "`{tool}` could not be started ({source}). Is it installed and on PATH?"
                )
            }
            Self::File { path, source } => write!(f, "{}: {source}.", path.display()),
            Self::Unexpected { what, remedy } => write!(f, "{what}. {remedy}"),
            Self::PortInUse { port } => write!(
                f,
                "Port {port} is in use. Stop what listens there, or choose another with --port."
            ),
            Self::Untidy { count } => {
                write!(f, "Rules of style are broken in {count} places, see above.")
            }
            Self::CheckFailed {
                title,
                passed,
                failed,
            } => write!(
                f,
                "Stopped at: {title}. {passed} passed, {failed} failed so far; the steps behind it did not run."
            ),
        }
    }
}

impl std::error::Error for XtaskError {}
