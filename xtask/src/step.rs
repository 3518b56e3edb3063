//! Numbered steps with a clock: `[2/7] Building the vault (wasm)… 41 s`.

use crate::error::XtaskError;
use std::io::{self, IsTerminal, Write};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// What a step came to.
pub(crate) enum Outcome {
    /// It was done.
    Done,
    /// Nothing had changed.
    Fresh,
    /// It was done, and this is worth a word.
    Noted(String),
}

/// Counts steps and shows how long each takes.
pub(crate) struct Steps {
    at: usize,
    total: usize,
}

impl Steps {
    /// A run of `total` steps.
    pub(crate) fn new(total: usize) -> Self {
        Self { at: 0, total }
    }

    /// Does one step.
    pub(crate) fn step(
        &mut self,
        title: &str,
        work: impl FnOnce() -> Result<Outcome, XtaskError>,
    ) -> Result<(), XtaskError> {
        self.at += 1;
        let head = format!("[{}/{}] {title}…", self.at, self.total);
        let clock = Clock::start(&head);
        let result = work();
        let elapsed = clock.stop();
        match &result {
            Ok(Outcome::Done) => println!(" {}", spoken(elapsed)),
            Ok(Outcome::Fresh) => println!(" up to date"),
            Ok(Outcome::Noted(note)) => println!(" {} ({note})", spoken(elapsed)),
            Err(_) => println!(" failed after {}", spoken(elapsed)),
        }
        result.map(|_| ())
    }
}

/// Shows on a terminal that something still goes on.
struct Clock {
    started: Instant,
    head: String,
    ticker: Option<(mpsc::Sender<()>, thread::JoinHandle<()>)>,
}

impl Clock {
    fn start(head: &str) -> Self {
        print!("{head}");
        flush();
        let started = Instant::now();
        let ticker = io::stdout().is_terminal().then(|| {
            let (stop, stopped) = mpsc::channel::<()>();
            let line = head.to_owned();
            let thread = thread::spawn(move || {
                let second = Duration::from_secs(1);
                while stopped.recv_timeout(second) == Err(mpsc::RecvTimeoutError::Timeout) {
                    print!("\r{line} {}", spoken(started.elapsed()));
                    flush();
                }
            });
            (stop, thread)
        });
        Self {
            started,
            head: head.to_owned(),
            ticker,
        }
    }

    fn stop(self) -> Duration {
        let elapsed = self.started.elapsed();
        if let Some((stop, thread)) = self.ticker {
            drop(stop);
            // A ticker that panicked has printed less; nothing else is lost.
            let _ = thread.join();
            print!("\r{}", self.head);
        }
        elapsed
    }
}

fn flush() {
    // Progress is a courtesy: a closed terminal must not stop the work.
    let _ = io::stdout().flush();
}

/// A duration as a person says it.
fn spoken(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => format!("{} ms", duration.as_millis()),
        1..=119 => format!("{seconds} s"),
        _ => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_spoken_in_a_fitting_unit() {
        assert_eq!(spoken(Duration::from_millis(12)), "12 ms");
        assert_eq!(spoken(Duration::from_secs(41)), "41 s");
        assert_eq!(spoken(Duration::from_secs(125)), "2 min 05 s");
    }
}
