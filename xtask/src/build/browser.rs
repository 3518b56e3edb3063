//! Finds Chromium for the tests, and installs it where that is ours to do.

use super::debian::{install, is_root, missing};
use crate::error::XtaskError;
use crate::tool::Tool;
use crate::workspace::Workspace;
use std::env;
use std::path::{Path, PathBuf};

/// Where distributions put it.
const PLACES: [&str; 5] = [
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
    "/snap/bin/chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/// The browser's binary: `CHROMIUM`, or the first of the usual places, or
/// freshly installed on Debian when we are root.
pub(crate) fn chromium(workspace: &Workspace) -> Result<PathBuf, XtaskError> {
    if let Some(path) = env::var_os("CHROMIUM").map(PathBuf::from) {
        return if path.is_file() {
            Ok(path)
        } else {
            Err(missing(
                "The browser that CHROMIUM names",
                "Correct the variable or unset it.",
            ))
        };
    }
    if let Some(found) = installed() {
        return Ok(found);
    }
    if !Path::new("/etc/debian_version").is_file() {
        return Err(missing(
            "Chromium",
            "Install it, or name its binary in CHROMIUM.",
        ));
    }
    install(workspace, "Chromium", &["chromium", "fonts-liberation"])?;
    installed().ok_or_else(|| missing("Chromium", "Install it by hand."))
}

/// Fonts for the scripts of the sample notes; without them pictures show
/// boxes, which is worth a word but stops nothing.
pub(crate) fn fonts(workspace: &Workspace) -> Result<(), XtaskError> {
    let covered = Tool::new("fc-list", workspace.root())
        .args([":lang=ja", "family"])
        .read("")
        .is_ok_and(|families| !families.trim().is_empty());
    if covered {
        return Ok(());
    }
    if Path::new("/etc/debian_version").is_file() && is_root(workspace) {
        return install(workspace, "A Japanese font", &["fonts-noto-cjk"]);
    }
    println!("No font for Japanese is installed: pictures will show boxes in its place.");
    Ok(())
}

fn installed() -> Option<PathBuf> {
    PLACES.iter().map(PathBuf::from).find(|path| path.is_file())
}
