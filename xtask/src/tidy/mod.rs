//! `cargo xtask tidy`: the rules of style that a machine can check.
//!
//! Each rule is a function from files or packages to violations, so that its
//! test can show it failing on a bad sample.

mod boundaries;
mod codes;
mod constant_time;
mod heads;
mod labels;
mod layers;
mod manifests;
mod purity;
mod secrecy;

use crate::error::XtaskError;
use crate::files;
use crate::workspace::Workspace;
use std::fmt;

/// One broken rule at one place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Violation {
    /// File or package.
    place: String,
    /// What is wrong, and what would be right.
    what: String,
}

impl Violation {
    fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            what: what.into(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Checks as a command of its own.
pub(crate) fn tidy(workspace: &Workspace) -> Result<(), XtaskError> {
    check(workspace)?;
    println!("Tidy.");
    Ok(())
}

/// Checks every rule and prints each violation.
///
/// # Errors
/// [`XtaskError::Untidy`] when there is one.
pub(crate) fn check(workspace: &Workspace) -> Result<(), XtaskError> {
    let files = files::tracked(workspace)?;
    let packages = layers::packages(workspace)?;
    let mut found = layers::check(&packages);
    found.extend(boundaries::check(&packages, &files));
    found.extend(layers::check_io(workspace)?);
    for file in &files {
        found.extend(heads::check(file));
        found.extend(secrecy::check(file));
        found.extend(manifests::check(file));
    }
    found.extend(purity::check(&files));
    found.extend(labels::check(&files));
    found.extend(codes::check(&files));
    found.extend(constant_time::check(&files));
    if found.is_empty() {
        return Ok(());
    }
    eprintln!();
    for violation in &found {
        eprintln!("{violation}");
    }
    Err(XtaskError::Untidy { count: found.len() })
}

#[cfg(test)]
fn sample(path: &str, text: &str) -> crate::files::TextFile {
    crate::files::TextFile {
        path: path.to_owned(),
        text: text.to_owned(),
    }
}
