//! `cargo xtask sim`: lives through histories and prints what came of them.

use clap::Parser;
use sim::{Kind, Lie, Tale, Total, live, live_many};
use std::process::ExitCode;
use std::thread;
use std::time::Instant;

/// Lives through simulated histories
#[derive(Parser)]
#[command(name = "cargo xtask sim", bin_name = "cargo xtask sim")]
struct Options {
    /// How many histories
    #[arg(long, default_value_t = 2_000)]
    seeds: u64,
    /// The first seed
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// One seed only
    #[arg(long)]
    seed: Option<u64>,
    /// Tell that history in words
    #[arg(long, requires = "seed")]
    trace: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// How many at a time [default: one a processor]
    #[arg(long)]
    threads: Option<usize>,
    /// Stop after so many failures
    #[arg(long, default_value_t = 10)]
    failures: u64,
}

fn main() -> ExitCode {
    let options = Options::parse();
    match options.seed {
        Some(seed) if options.trace => tell(seed),
        Some(seed) => many(&options, seed, 1),
        None => many(&options, options.from, options.seeds),
    }
}

/// One history in words.
fn tell(seed: u64) -> ExitCode {
    let history = live(seed, Tale::Told);
    for line in &history.tale {
        println!("{line}");
    }
    for violation in &history.violations {
        println!("FAILED: {violation}");
    }
    outcome(history.violations.is_empty())
}

fn many(options: &Options, from: u64, seeds: u64) -> ExitCode {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let started = Instant::now();
    let threads = options.threads.unwrap_or(processors);
    let total = live_many(from..from.saturating_add(seeds), threads, options.failures);
    let seconds = started.elapsed().as_secs_f64();
    if options.json {
        println!("{}", as_json(&total, from, threads, seconds));
    } else {
        print(&total, threads, seconds);
    }
    outcome(total.failed.is_empty())
}

const fn outcome(held: bool) -> ExitCode {
    if held {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn print(total: &Total, threads: usize, seconds: f64) {
    for kind in Kind::ALL {
        println!("{:>12}  {}", total.counts.of(*kind), kind.name());
    }
    println!("Servers that lie:");
    for lie in Lie::ALL {
        let count = total.lying.get(lie.name()).copied().unwrap_or(0);
        println!("{count:>12}  {}", lie.name());
    }
    for (seed, violations) in &total.failed {
        for violation in violations {
            println!("FAILED: seed {seed}: {violation}");
        }
        println!("  replay: cargo xtask sim --seed {seed} --trace");
    }
    let rate = total.histories as f64 / seconds.max(0.001);
    println!(
        "counted: {} histories, {} failed, {seconds:.1} s on {threads} threads, {rate:.0} a second",
        total.histories,
        total.failed.len()
    );
}

fn as_json(total: &Total, from: u64, threads: usize, seconds: f64) -> serde_json::Value {
    let counts = Kind::ALL
        .iter()
        .map(|kind| (kind.name().to_owned(), total.counts.of(*kind).into()));
    let failed = total.failed.iter().map(|(seed, violations)| {
        let words: Vec<String> = violations.iter().map(ToString::to_string).collect();
        (seed.to_string(), words.into())
    });
    serde_json::json!({
        "from": from,
        "histories": total.histories,
        "threads": threads,
        "seconds": seconds,
        "counts": counts.collect::<serde_json::Map<_, _>>(),
        "lying": total.lying,
        "failed": failed.collect::<serde_json::Map<_, _>>(),
    })
}
