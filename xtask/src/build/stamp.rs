//! Remembers what a step was last made from and made, so that it can be left
//! out when neither has changed.

use crate::error::XtaskError;
use crate::workspace::Workspace;
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

/// Folders that hold products, not sources.
const PRODUCTS: [&str; 3] = ["node_modules", "dist", "target"];

/// A step's name, what it reads and what it writes.
pub(crate) struct Stamp {
    file: PathBuf,
    inputs: Vec<PathBuf>,
    outputs: Vec<PathBuf>,
}

impl Stamp {
    /// `inputs` and `outputs` are files or folders.
    pub(crate) fn new(
        workspace: &Workspace,
        step: &str,
        inputs: Vec<PathBuf>,
        outputs: Vec<PathBuf>,
    ) -> Self {
        Self {
            file: workspace.scratch().join(format!("{step}.stamp")),
            inputs,
            outputs,
        }
    }

    /// Whether inputs and outputs are what they were after the last run.
    pub(crate) fn is_fresh(&self) -> Result<bool, XtaskError> {
        if self.outputs.iter().any(|path| !path.exists()) {
            return Ok(false);
        }
        let Ok(stored) = fs::read_to_string(&self.file) else {
            return Ok(false);
        };
        Ok(stored == self.current()?)
    }

    /// Remembers the present state; call it when the step is done.
    pub(crate) fn set(&self) -> Result<(), XtaskError> {
        let file_error = |source| XtaskError::File {
            path: self.file.clone(),
            source,
        };
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder).map_err(file_error)?;
        }
        fs::write(&self.file, self.current()?).map_err(file_error)
    }

    fn current(&self) -> Result<String, XtaskError> {
        Ok(format!(
            "{:016x} {:016x}",
            digest(&self.inputs)?,
            digest(&self.outputs)?
        ))
    }
}

/// A digest of names and contents: not cryptographic, it only finds changes.
fn digest(paths: &[PathBuf]) -> Result<u64, XtaskError> {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        add(path, &mut hasher)?;
    }
    Ok(hasher.finish())
}

fn add(path: &Path, hasher: &mut DefaultHasher) -> Result<(), XtaskError> {
    let file_error = |source| XtaskError::File {
        path: path.to_owned(),
        source,
    };
    path.hash(hasher);
    if path.is_dir() {
        let mut children = fs::read_dir(path)
            .and_then(|entries| {
                entries
                    .map(|entry| entry.map(|e| e.path()))
                    .collect::<Result<Vec<_>, _>>()
            })
            .map_err(file_error)?;
        children.sort();
        for child in children {
            let name = child.file_name().unwrap_or_default();
            if !PRODUCTS.iter().any(|product| name == *product) {
                add(&child, hasher)?;
            }
        }
    } else if path.is_file() {
        fs::read(path).map_err(file_error)?.hash(hasher);
    }
    Ok(())
}
