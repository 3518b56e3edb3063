//! Whole lives of a vault on several devices, simulated: the real engine and
//! the real server half, and between them a network, disks, clocks, people
//! and a server's owner, all of which fail in every way that they can.
//!
//! One seed is one history. The same seed gives the same history to the bit,
//! so that whatever fails can be looked at again. docs/simulator.md says what
//! is modelled and what is not.

mod agenda;
mod counts;
mod device;
mod dice;
mod disk;
mod ending;
mod faults;
mod founding;
mod liar;
mod network;
mod oracle;
mod person;
mod plan;
mod run;
mod server;
mod verdict;
mod world;

pub use counts::{Counts, Kind};
pub use liar::Lie;
pub use plan::Sabotage;
pub use run::{History, Tale, Total, live, live_many, live_sabotaged};
pub use verdict::Violation;
