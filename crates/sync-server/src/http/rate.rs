//! Slows down whoever guesses links. Tokens have 256 bits, so this guards
//! the log and the disk, not the account.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Failed attempts of one peer within the window.
const FAILURES_MAX: u32 = 20;
/// How long failures count.
const WINDOW: Duration = Duration::from_secs(60);
/// Peers that are remembered.
const PEERS_MAX: usize = 4_096;

/// The other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Failed sign-in attempts by peer.
#[derive(Default)]
pub(super) struct FailureRate {
    peers: Mutex<HashMap<IpAddr, Window>>,
}

struct Window {
    since: Instant,
    failures: u32,
}

/// Whether a peer may try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempt {
    /// It may.
    Allowed,
    /// It has failed too often of late.
    TooMany,
}

impl FailureRate {
    /// Whether a peer may try now.
    pub(super) fn attempt(&self, peer: Peer, now: Instant) -> Attempt {
        let peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        match peers.get(&peer.0) {
            Some(window) if window.is_full(now) => Attempt::TooMany,
            _ => Attempt::Allowed,
        }
    }

    /// Notes that a peer failed.
    pub(super) fn failed(&self, peer: Peer, now: Instant) {
        let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        if peers.len() >= PEERS_MAX {
            peers.retain(|_, window| window.counts(now));
        }
        if peers.len() >= PEERS_MAX && !peers.contains_key(&peer.0) {
            // So many peers at once are an attack in itself; forgetting all
            // keeps memory bounded and costs nothing but their counts.
            peers.clear();
        }
        let window = peers.entry(peer.0).or_insert(Window {
            since: now,
            failures: 0,
        });
        if !window.counts(now) {
            *window = Window {
                since: now,
                failures: 0,
            };
        }
        window.failures = window.failures.saturating_add(1);
    }
}

impl Window {
    fn counts(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) < WINDOW
    }

    fn is_full(&self, now: Instant) -> bool {
        self.counts(now) && self.failures >= FAILURES_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn peer(number: u32) -> Peer {
        Peer(IpAddr::V4(Ipv4Addr::from(number)))
    }

    #[test]
    fn a_peer_is_held_up_for_a_window_and_others_are_not() {
        let rate = FailureRate::default();
        let now = Instant::now();
        for _ in 0..FAILURES_MAX {
            assert_eq!(rate.attempt(peer(1), now), Attempt::Allowed);
            rate.failed(peer(1), now);
        }
        assert_eq!(rate.attempt(peer(1), now), Attempt::TooMany);
        assert_eq!(rate.attempt(peer(2), now), Attempt::Allowed);
        assert_eq!(rate.attempt(peer(1), now + WINDOW), Attempt::Allowed);
    }

    #[test]
    fn memory_is_bounded() {
        let rate = FailureRate::default();
        let now = Instant::now();
        for number in 0..3 * u32::try_from(PEERS_MAX).unwrap_or(0) {
            rate.failed(peer(number), now);
        }
        let peers = rate.peers.lock().map(|peers| peers.len()).unwrap_or(0);
        assert!(peers > 0 && peers <= PEERS_MAX);
    }
}
