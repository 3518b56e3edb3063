//! From a crate to a wasm file with its JavaScript.

use super::stamp::Stamp;
use crate::error::XtaskError;
use crate::step::Outcome;
use crate::tool::Tool;
use crate::workspace::Workspace;
use std::fs;
use std::path::{Path, PathBuf};
use wasm_bindgen_cli_support::Bindgen;

/// The crate behind the npm package.
pub(crate) const VAULT: &str = "vault-wasm";
/// The crate that reads the golden vectors in a browser.
pub(crate) const VECTOR_SUITE: &str = "vector-suite";

/// The crate whose functions are measured.
pub(crate) const BENCH_SUITE: &str = "bench-suite";

/// What every browser of our support range has, and what rustc emits. SIMD
/// stays off: it would shut out older phones for nothing that we measured.
const WASM_OPT: [&str; 11] = [
    "-Oz",
    // A function with one caller stays one: more alike is less to download.
    "-ocimfs",
    "0",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-multivalue",
    "--strip-producers",
];

/// Compiles a crate for browsers.
pub(crate) fn compile(workspace: &Workspace, package: &str) -> Result<Outcome, XtaskError> {
    let output = Tool::cargo(workspace.root())
        .args(["build", "--package", package])
        .args(["--target", "wasm32-unknown-unknown", "--profile", "wasm"])
        .capture(
            workspace,
            "Fix what the compiler says and run the command again.",
        )?;
    Ok(if output.contains("Compiling") {
        Outcome::Done
    } else {
        Outcome::Fresh
    })
}

/// Puts `lockstep.js` and `lockstep_bg.wasm` where the package's build finds them.
pub(crate) fn pack_vault(workspace: &Workspace) -> Result<Outcome, XtaskError> {
    pack(workspace, VAULT, "lockstep", &workspace.package_dist())
}

/// Puts the vectors' reader where the browser tests find it.
pub(crate) fn pack_vector_suite(workspace: &Workspace) -> Result<Outcome, XtaskError> {
    pack(
        workspace,
        VECTOR_SUITE,
        "vector_suite",
        &workspace.vector_suite(),
    )
}

/// Puts the measured functions where their page finds them.
pub(crate) fn pack_bench_suite(workspace: &Workspace) -> Result<Outcome, XtaskError> {
    pack(
        workspace,
        BENCH_SUITE,
        "bench_suite",
        &workspace.bench_suite(),
    )
}

fn pack(
    workspace: &Workspace,
    package: &str,
    name: &str,
    folder: &Path,
) -> Result<Outcome, XtaskError> {
    let compiled = compiled_file(workspace, package);
    let wasm = folder.join(format!("{name}_bg.wasm"));
    let script = folder.join(format!("{name}.js"));
    let stamp = Stamp::new(
        workspace,
        package,
        vec![compiled.clone()],
        vec![wasm.clone(), script],
    );
    if stamp.is_fresh()? {
        return Ok(Outcome::Fresh);
    }
    check_versions(workspace)?;
    let file_error = |source| XtaskError::File {
        path: folder.to_owned(),
        source,
    };
    fs::create_dir_all(folder).map_err(file_error)?;
    bind(&compiled, name, folder)?;
    let before = fs::metadata(&wasm).map_err(file_error)?.len();
    Tool::npx(workspace, "wasm-opt")
        .args(WASM_OPT)
        .arg(&wasm)
        .arg("-o")
        .arg(&wasm)
        .capture(workspace, "Run `npm ci` and try again.")?;
    let after = fs::metadata(&wasm).map_err(file_error)?.len();
    stamp.set()?;
    Ok(Outcome::Noted(format!(
        "{} KiB, {} before wasm-opt",
        after / 1024,
        before / 1024
    )))
}

fn compiled_file(workspace: &Workspace, package: &str) -> PathBuf {
    workspace
        .target()
        .join("wasm32-unknown-unknown/wasm")
        .join(format!("{}.wasm", package.replace('-', "_")))
}

fn bind(compiled: &Path, name: &str, folder: &Path) -> Result<(), XtaskError> {
    let unexpected = |what: String| XtaskError::Unexpected {
        what,
        remedy: "Remove the build folder and run the command again.".to_owned(),
    };
    let mut bindgen = Bindgen::new();
    bindgen
        .web(true)
        .map_err(|error| unexpected(format!("wasm-bindgen refused its settings: {error:#}")))?
        .input_path(compiled)
        .out_name(name)
        .typescript(true)
        .remove_name_section(true)
        .remove_producers_section(true);
    bindgen
        .generate(folder)
        .map_err(|error| unexpected(format!("wasm-bindgen could not read the wasm: {error:#}")))
}

/// The JavaScript half of wasm-bindgen is made by the library that is linked
/// here; the Rust half was compiled into the wasm. They must be of one version.
fn check_versions(workspace: &Workspace) -> Result<(), XtaskError> {
    let path = workspace.path("Cargo.lock");
    let lock = fs::read_to_string(&path).map_err(|source| XtaskError::File { path, source })?;
    let ours = locked_version(&lock, "wasm-bindgen-cli-support");
    let theirs = locked_version(&lock, "wasm-bindgen");
    // Nothing uses wasm-bindgen: then there is nothing to differ from.
    if theirs.is_none() || ours == theirs {
        return Ok(());
    }
    let spoken = |version: Option<&str>| version.unwrap_or("absent").to_owned();
    Err(XtaskError::Unexpected {
        what: format!(
            "Cargo.lock holds wasm-bindgen {} and wasm-bindgen-cli-support {}",
            spoken(theirs),
            spoken(ours)
        ),
        remedy: "Set the version in xtask/Cargo.toml to that of wasm-bindgen.".to_owned(),
    })
}

/// The version of a package in the text of a Cargo.lock.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let head = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != head);
    lines
        .nth(1)?
        .strip_prefix("version = \"")?
        .strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_locked_version_of_the_exact_name() {
        let lock = "[[package]]\nname = \"wasm-bindgen-cli-support\"\nversion = \"0.2.1\"\n\n[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.2\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.2"));
        assert_eq!(
            locked_version(lock, "wasm-bindgen-cli-support"),
            Some("0.2.1")
        );
        assert_eq!(locked_version(lock, "wasm"), None);
    }
}
