//! The files that belong to the project.

use crate::error::XtaskError;
use crate::tool::Tool;
use crate::workspace::Workspace;
use std::fs;

/// A text file by its path from the top of the checkout, with `/`.
pub(crate) struct TextFile {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl TextFile {
    /// What follows the last dot of the name.
    pub(crate) fn extension(&self) -> &str {
        self.path
            .rsplit_once('.')
            .map_or("", |(_, extension)| extension)
    }
}

/// Every text file that git tracks or would track.
pub(crate) fn tracked(workspace: &Workspace) -> Result<Vec<TextFile>, XtaskError> {
    let listed = Tool::new("git", workspace.root())
        .args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "-z",
        ])
        .read("Run this inside a git checkout.")?;
    let mut files = Vec::new();
    for path in listed.split('\0').filter(|path| !path.is_empty()) {
        let full = workspace.path(path);
        // A file may be listed and deleted, and may be no text.
        let Ok(bytes) = fs::read(&full) else { continue };
        if let Ok(text) = String::from_utf8(bytes) {
            files.push(TextFile {
                path: path.to_owned(),
                text,
            });
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files.dedup_by(|a, b| a.path == b.path);
    Ok(files)
}
