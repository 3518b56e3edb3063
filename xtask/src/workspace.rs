//! Where things lie in this checkout.

use crate::error::XtaskError;
use crate::tool::Tool;
use std::env;
use std::path::{Path, PathBuf};

/// The checkout and its build folder.
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Asks cargo, which knows of `CARGO_TARGET_DIR` and of its own settings.
    pub(crate) fn locate() -> Result<Self, XtaskError> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let text = Tool::cargo(here)
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .read("Is this a complete checkout?")?;
        let unexpected = || XtaskError::Unexpected {
            what: "`cargo metadata` did not name the workspace".to_owned(),
            remedy: "Update Rust with `rustup update`.".to_owned(),
        };
        let metadata: serde_json::Value = serde_json::from_str(&text).map_err(|_| unexpected())?;
        let path = |key: &str| {
            metadata[key]
                .as_str()
                .map(PathBuf::from)
                .ok_or_else(unexpected)
        };
        Ok(Self {
            root: path("workspace_root")?,
            target: path("target_directory")?,
        })
    }

    /// The top of the checkout.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A path below the top.
    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.root.join(below)
    }

    /// Cargo's build folder.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Our own folder in it.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.target.join("xtask")
    }

    /// Where the browser side of the package is put together.
    pub(crate) fn package_dist(&self) -> PathBuf {
        self.path("pkg/dist")
    }

    /// Where the web app is put together.
    pub(crate) fn web_dist(&self) -> PathBuf {
        self.path("web/dist")
    }

    /// The server's data folder: as given, or the usual one.
    pub(crate) fn data(&self, given: Option<&Path>) -> PathBuf {
        given.map_or_else(|| self.path("data"), Path::to_owned)
    }

    /// Where the golden vectors' reader for browsers is put together.
    pub(crate) fn vector_suite(&self) -> PathBuf {
        self.target.join("vector-suite")
    }

    /// Where what is measured in a page of its own is put together.
    pub(crate) fn bench_suite(&self) -> PathBuf {
        self.target.join("bench-suite")
    }
}

/// Where the command was typed: relative paths of its arguments start here.
pub(crate) fn here() -> Result<PathBuf, XtaskError> {
    env::current_dir().map_err(|source| XtaskError::File {
        path: PathBuf::from("."),
        source,
    })
}
