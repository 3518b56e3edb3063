//! `cargo xtask test`: everything that has to hold, in order, one command.

use crate::build::{self, Profile};
use crate::cli::TestOptions;
use crate::error::XtaskError;
use crate::fuzz;
use crate::schemathesis;
use crate::sim;
use crate::step::{Outcome, Steps};
use crate::tidy;
use crate::tool::Tool;
use crate::workspace::Workspace;
use std::cell::Cell;

/// The crates that are compiled for browsers.
const WASM_CRATES: [&str; 6] = [
    "vault-types",
    "vault-core",
    "search-index",
    "sync-core",
    "vault-engine",
    "vault-wasm",
];

/// Steps without a browser, those of the build among them.
const QUICK_STEPS: usize = build::STEPS + 13;
/// The browser, the vectors and two suites.
const BROWSER_STEPS: usize = 4;

const FIX: &str = "Fix what it says and run `cargo xtask test` again.";

/// Tests that ran, by what their runners said.
#[derive(Clone, Copy, Default)]
struct Tally {
    passed: u64,
    failed: u64,
}

/// Checks and tests everything, stopping at the first failure.
pub(crate) fn test(workspace: &Workspace, options: &TestOptions) -> Result<(), XtaskError> {
    let total = QUICK_STEPS
        + if options.quick {
            0
        } else {
            fuzz::STEPS + schemathesis::STEPS + BROWSER_STEPS
        };
    let mut run = Run {
        workspace,
        steps: Steps::new(total),
        tally: Cell::new(Tally::default()),
    };
    build::prepare(workspace, &mut run.steps)?;
    run.style()?;
    run.rust()?;
    run.build()?;
    // The app's types include those that the build has just made.
    run.check("ESLint", Tool::npm(workspace).args(["run", "lint"]))?;
    run.check(
        "TypeScript",
        Tool::npm(workspace).args(["run", "typecheck"]),
    )?;
    run.suite(
        "Unit tests of the TypeScript workspaces",
        &["pkg", "web", "sw"],
    )?;
    if !options.quick {
        fuzz::short(workspace, &mut run.steps)?;
        schemathesis::short(workspace, &mut run.steps)?;
        run.browser()?;
    }
    let Tally { passed, failed } = run.tally.get();
    println!("\n{passed} passed, {failed} failed");
    Ok(())
}

struct Run<'a> {
    workspace: &'a Workspace,
    steps: Steps,
    tally: Cell<Tally>,
}

impl Run<'_> {
    /// What needs no compiler, cheapest first.
    fn style(&mut self) -> Result<(), XtaskError> {
        let root = self.workspace.root();
        self.check(
            "rustfmt",
            Tool::cargo(root).args(["fmt", "--all", "--check"]),
        )?;
        self.check(
            "rustfmt of the fuzz targets",
            Tool::cargo(&root.join("fuzz")).args(["fmt", "--check"]),
        )?;
        self.check(
            "Prettier",
            Tool::npm(self.workspace).args(["run", "format:check"]),
        )?;
        let workspace = self.workspace;
        self.steps
            .step("Tidy", || tidy::check(workspace).map(|()| Outcome::Done))
    }

    fn rust(&mut self) -> Result<(), XtaskError> {
        let root = self.workspace.root();
        let native = [
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ];
        self.check("Clippy", Tool::cargo(root).args(native))?;
        let mut browsers = Tool::cargo(root).args(["clippy", "--target", "wasm32-unknown-unknown"]);
        for name in WASM_CRATES {
            browsers = browsers.args(["--package", name]);
        }
        self.check(
            "Clippy for browsers",
            browsers.args(["--", "-D", "warnings"]),
        )?;
        let workspace = self.workspace;
        self.steps
            .step("Finding PostgreSQL", || build::postgres(workspace))?;
        self.steps
            .step("Finding strace", || build::strace(workspace))?;
        let tests = Tool::cargo(root).args(["test", "--workspace", "--no-fail-fast"]);
        self.counted("Rust tests", tests)?;
        self.counted("Simulated histories", sim::short(self.workspace))
    }

    fn build(&mut self) -> Result<(), XtaskError> {
        build::products(self.workspace, Profile::Debug, &mut self.steps)
    }

    fn browser(&mut self) -> Result<(), XtaskError> {
        let workspace = self.workspace;
        let mut chromium = None;
        self.steps.step("Finding Chromium", || {
            let path = build::chromium(workspace)?;
            let note = path.display().to_string();
            chromium = Some(path);
            Ok(Outcome::Noted(note))
        })?;
        self.steps.step("Building the vectors' reader", || {
            build::vector_suite(workspace)
        })?;
        let suite = |folder: &str| {
            let tool = Tool::npm(workspace).args(["test", "--workspace", folder]);
            build::with_paths(tool, workspace, Profile::Debug, chromium.as_deref())
        };
        let (package, paths) = (suite("tests/wasm"), suite("tests/e2e"));
        self.counted("The package in Chromium", package)?;
        self.counted("A person's paths in Chromium", paths)
    }

    /// The `test` scripts of workspaces, where they have one.
    fn suite(&mut self, title: &str, folders: &[&str]) -> Result<(), XtaskError> {
        let mut tool = Tool::npm(self.workspace).args(["test", "--if-present"]);
        for folder in folders {
            tool = tool.args(["--workspace", folder]);
        }
        self.counted(title, tool)
    }

    fn check(&mut self, title: &str, tool: Tool) -> Result<(), XtaskError> {
        let workspace = self.workspace;
        self.steps.step(title, || {
            tool.capture(workspace, FIX).map(|_| Outcome::Done)
        })
    }

    fn counted(&mut self, title: &str, tool: Tool) -> Result<(), XtaskError> {
        let (workspace, tally) = (self.workspace, &self.tally);
        let sum = |output: &str| {
            let (new, old) = (count(output), tally.get());
            tally.set(Tally {
                passed: old.passed + new.passed,
                failed: old.failed + new.failed,
            });
            new
        };
        let mut said = Vec::new();
        let done = self.steps.step(title, || match tool.run(workspace)? {
            Ok(output) => {
                said = said_counts(&output);
                Ok(Outcome::Noted(format!("{} passed", sum(&output).passed)))
            }
            Err(output) => {
                sum(&output);
                println!("\n{output}");
                let Tally { passed, failed } = tally.get();
                Err(XtaskError::CheckFailed {
                    title: title.to_owned(),
                    passed,
                    failed,
                })
            }
        });
        for line in said {
            println!("  {line}");
        }
        done
    }
}

/// What tests count for a person to read: `counted: 1791 vectors`.
fn said_counts(output: &str) -> Vec<String> {
    let lines = output.lines().filter_map(|line| {
        let (_, said) = line.split_once("counted: ")?;
        Some(said.to_owned())
    });
    lines.collect()
}

/// Sums what cargo's runner (`test result: ok. 3 passed; 0 failed; …`) and
/// Node's (`ℹ pass 3`, or `# pass 3`) print at the end of each suite.
fn count(output: &str) -> Tally {
    let mut tally = Tally::default();
    for line in output.lines() {
        if let Some(result) = line.trim_start().strip_prefix("test result: ") {
            let before = |word: &str| -> u64 {
                let number = result
                    .split(word)
                    .next()
                    .unwrap_or("")
                    .split_whitespace()
                    .last();
                number.and_then(|number| number.parse().ok()).unwrap_or(0)
            };
            tally.passed += before(" passed;");
            tally.failed += before(" failed;");
        }
        let behind = |word: &str| -> u64 {
            ["ℹ ", "# "]
                .iter()
                .find_map(|mark| {
                    line.strip_prefix(mark)?
                        .strip_prefix(word)?
                        .trim()
                        .parse()
                        .ok()
                })
                .unwrap_or(0)
        };
        tally.passed += behind("pass ");
        tally.failed += behind("fail ");
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_what_both_runners_print() {
        let output = "test result: ok. 12 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out\n\
                      ℹ tests 5\nℹ pass 4\nℹ fail 1\n# pass 2\n# fail 0\n";
        let tally = count(output);
        assert_eq!((tally.passed, tally.failed), (18, 2));
    }

    #[test]
    fn what_tests_count_is_shown() {
        let output = "test a ... counted: 5 rows\ncounted: 7 bits\nok\n";
        assert_eq!(said_counts(output), ["5 rows", "7 bits"]);
    }

    #[test]
    fn text_that_only_looks_like_a_result_counts_nothing() {
        let tally = count("the test result: ok. 12 passed;\npass 3\n");
        assert_eq!((tally.passed, tally.failed), (0, 0));
    }
}
