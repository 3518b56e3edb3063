//! What can be typed behind `cargo xtask`.

use crate::build::Profile;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Builds, runs and checks Lockstep.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Build what changed and start the server
    Run(RunOptions),
    /// Print a new one-time sign-in link for the running server
    Link(LinkOptions),
    /// Build the wasm package, the web app and the server
    Build(BuildOptions),
    /// Check and test everything
    Test(TestOptions),
    /// Check the rules of style that a machine can check
    Tidy,
    /// Feed every parser what nobody thought of
    Fuzz(FuzzOptions),
    /// Live through simulated histories of several devices
    #[command(disable_help_flag = true)]
    Sim(SimOptions),
    /// Have every address of the OpenAPI document tried against the server
    Schemathesis(SchemathesisOptions),
    /// Break the key code in every small way and see whether tests notice
    Mutants(MutantsOptions),
    /// Write from many sides to PostgreSQL and see whether readers miss anything
    Gaps(GapsOptions),
    /// Kill the server, and let its disk fail, wherever it writes
    Crash(CrashOptions),
    /// Measure
    Bench(BenchOptions),
    /// Search the browser's memory for keys and words after lock and sign-out
    Memscan(MemscanOptions),
    /// Take a picture of every screen
    Screenshots(ScreenshotOptions),
    /// Print the sizes of the wasm and the JavaScript, raw and compressed
    Size,
}

#[derive(Args)]
pub(crate) struct RunOptions {
    /// Port to listen on
    #[arg(long, default_value_t = 8787)]
    pub(crate) port: u16,
    /// Folder of the database [default: data, at the top of the checkout]
    #[arg(long)]
    pub(crate) data: Option<PathBuf>,
    /// Address to listen on; 0.0.0.0 lets other machines in
    #[arg(long, default_value = "127.0.0.1")]
    pub(crate) host: String,
    /// Build the server with optimisations
    #[arg(long)]
    pub(crate) release: bool,
}

#[derive(Args)]
pub(crate) struct LinkOptions {
    /// Port that the server listens on
    #[arg(long, default_value_t = 8787)]
    pub(crate) port: u16,
    /// Folder of the server's database [default: data, at the top of the checkout]
    #[arg(long)]
    pub(crate) data: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct BuildOptions {
    /// Build the server with optimisations
    #[arg(long)]
    release: bool,
}

impl BuildOptions {
    pub(crate) fn profile(&self) -> Profile {
        Profile::chosen(self.release)
    }
}

#[derive(Args)]
pub(crate) struct TestOptions {
    /// Only what needs no browser and no fuzzer
    #[arg(long)]
    pub(crate) quick: bool,
}

#[derive(Args)]
pub(crate) struct FuzzOptions {
    /// Which targets, by the names of the files in fuzz/fuzz_targets [default: all]
    pub(crate) targets: Vec<String>,
    /// How long each runs
    #[arg(long, default_value_t = 10)]
    pub(crate) seconds: u32,
}

#[derive(Args)]
pub(crate) struct SimOptions {
    /// What the simulator takes; `cargo xtask sim --help` lists it
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub(crate) arguments: Vec<String>,
}

#[derive(Args)]
pub(crate) struct SchemathesisOptions {
    /// Examples of each operation
    #[arg(long, default_value_t = 1000)]
    pub(crate) examples: u32,
}

#[derive(Args)]
pub(crate) struct MutantsOptions {
    /// Which files of vault-core, without folder and ending [default: all that
    /// hold keys, associated data, floors or commitments]
    pub(crate) files: Vec<String>,
    /// How many mutants are tried at a time
    #[arg(long, default_value_t = 2)]
    pub(crate) jobs: u32,
}

#[derive(Args)]
pub(crate) struct GapsOptions {
    /// How many writes
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) writes: u64,
}

#[derive(Args)]
pub(crate) struct CrashOptions {
    /// Only each so many'th point, with one kind of failure
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) every: u32,
}

#[derive(Args)]
pub(crate) struct BenchOptions {
    /// What to measure
    pub(crate) which: Bench,
    /// Folder of Markdown notes to import; `unlock` takes the tests' own by default
    #[arg(long, required_if_eq("which", "main"))]
    pub(crate) notes: Option<PathBuf>,
    /// Where to write the figures as JSON
    #[arg(long)]
    pub(crate) json: Option<PathBuf>,
    /// How often each figure is measured; the median counts
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Bench {
    /// Import, unlock, search and sizes in Chromium
    Main,
    /// Sealing, opening and stretching beside other libraries, in Chromium
    Records,
    /// From Unlock to a list of 10,000 notes, step by step, in Chromium
    Unlock,
    /// Whether the time of a refusal tells how much of a guess was right
    Timing,
}

#[derive(Args)]
pub(crate) struct MemscanOptions {
    /// How often, each time with a new browser, vault, passphrase and notes
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) runs: u32,
}

#[derive(Args)]
pub(crate) struct ScreenshotOptions {
    /// Folder for the pictures
    pub(crate) folder: PathBuf,
}
