//! A server that lies, one kind of lie a history.
//!
//! It knows everything but the keys. The chain is not recomputed around these
//! lies, so each must be named by the device that hears it, at once or with
//! the next exchange.

use crate::counts::Kind;
use crate::dice::Dice;
use crate::server::{Log, Server, message, read};
use crate::verdict::Violation;
use crate::world::World;
use std::collections::{BTreeMap, BTreeSet};
use sync_core::endpoint;
use sync_core::message::{
    Accepted, DownloadRequest, DownloadResponse, PollResponse, UploadRequest,
};
use vault_engine::{EffectId, Request, Response, SyncStatus};
use vault_types::{Cursor, HistoryHash, OpaqueBytes, ServerEpoch};

macro_rules! lies {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A kind of lie.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Lie {
            $($(#[$doc])* $name,)*
        }

        impl Lie {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its name, as printed.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

lies! {
    /// An older head than the device has verified, for a while.
    Rollback = "rollback",
    /// Fewer operations than the poll has just announced.
    Prefix = "prefix",
    /// An operation is left out of a page.
    Subset = "subset",
    /// Two operations of a page change places.
    Swap = "swapped operations",
    /// An operation comes twice.
    Replay = "replay",
    /// One bit of an operation is flipped.
    FlippedBit = "flipped bit",
    /// An operation that no device made.
    Forgery = "forged operation",
    /// Another hash at the device's own place.
    OtherHistory = "another history",
    /// Another life of the database.
    OtherEpoch = "another epoch",
    /// Bytes that are no answer.
    Garbage = "garbage",
    /// "I have it", without having it.
    FalseReceipt = "false receipt",
    /// A backup in the place of the history, for good.
    OldBackup = "old backup",
}

impl Lie {
    /// Whether what it leaves behind stays when the server is honest again.
    pub(crate) const fn lasts(self) -> bool {
        matches!(self, Self::FalseReceipt | Self::OldBackup)
    }

    /// How many requests may go out between hearing and naming it.
    const fn slack(self) -> u32 {
        match self {
            // The rest of the round, and the poll of the next.
            Self::FalseReceipt => 3,
            // The page behind a poll that only shows a greater cursor.
            Self::OldBackup => 1,
            _ => 0,
        }
    }
}

/// Codes by which a device names a lie.
const NAMED: [&str; 6] = [
    "history_rewritten",
    "history_forked",
    "record_rolled_back",
    "server_reset",
    "cursor_ahead",
    "not_our_server",
];

/// Whoever has the server.
pub(crate) struct Liar {
    lie: Option<Lie>,
    dice: Dice,
    /// How far each device has verified the history, at least.
    known: BTreeMap<usize, u64>,
    /// Whether a backup has taken the place of the history.
    rolled_back: bool,
    /// Devices that knew more than it, and have not met it yet.
    deceived: BTreeSet<usize>,
}

impl Liar {
    pub(crate) fn new(lie: Option<Lie>, seed: u64) -> Self {
        Self {
            lie,
            dice: Dice::new(seed, 3),
            known: BTreeMap::new(),
            rolled_back: false,
            deceived: BTreeSet::new(),
        }
    }

    /// A device has shown how far it is.
    fn learn(&mut self, device: usize, request: &Request) {
        let cursor = match request.path.as_str() {
            endpoint::DOWNLOAD => read(request).map(|it: DownloadRequest| it.since),
            endpoint::UPLOAD => read(request).map(|it: UploadRequest| it.client_cursor),
            _ => return,
        };
        if let Ok(Cursor(cursor)) = cursor {
            self.known.insert(device, cursor);
        }
    }

    /// The device's storage is empty: it knows nothing any more.
    pub(crate) fn forget(&mut self, device: usize) {
        self.known.remove(&device);
        self.deceived.remove(&device);
    }

    /// Does something to the history itself, now and then.
    pub(crate) fn meddle(&mut self, log: &mut Log) -> Option<Lie> {
        let len = log.committed().len() as u64;
        let due = self.lie == Some(Lie::OldBackup) && !self.rolled_back && len > 1;
        if !due || !self.dice.chance(60) {
            return None;
        }
        let backup = self.dice.below(len);
        log.roll_back(backup as usize);
        self.rolled_back = true;
        let knew_more = self.known.iter().filter(|(_, known)| **known > backup);
        self.deceived = knew_more.map(|(device, _)| *device).collect();
        self.lie
    }

    /// Answers an upload without keeping it.
    pub(crate) fn instead(
        &mut self,
        server: &mut Server,
        device: usize,
        request: &Request,
        now_ms: u64,
    ) -> Option<(Response, Lie)> {
        self.learn(device, request);
        let lie = self.lie.filter(|lie| *lie == Lie::FalseReceipt)?;
        if request.path != endpoint::UPLOAD || !self.dice.chance(300) {
            return None;
        }
        let upload: UploadRequest = read(request).ok()?;
        let answer = server.pretend_upload(&upload, now_ms)?;
        // Behind the history, the device goes by the next page and not by
        // this answer; and what was there before is no lie.
        let counts = answer.previous.cursor == upload.client_cursor
            && answer.server_cursor > answer.previous.cursor;
        let answer = message(&answer).ok()?;
        counts.then_some((answer, lie))
    }

    /// Changes an honest answer.
    pub(crate) fn twist(
        &mut self,
        log: &Log,
        device: usize,
        request: &Request,
        response: &mut Response,
    ) -> Option<Lie> {
        let lie = self.lie?;
        if lie == Lie::OldBackup {
            return self.meets_backup(device, request).then_some(lie);
        }
        if !self.dice.chance(300) {
            return None;
        }
        let twisted = match (lie, request.path.as_str()) {
            (Lie::Garbage, _) => Some(self.garbage(response)),
            (_, endpoint::POLL) => {
                let mut poll: PollResponse = sync_core::decode(&response.body).ok()?;
                // A locked vault is heeded before anything else is looked at.
                if poll.lock.is_some() {
                    return None;
                }
                self.twist_poll(lie, device, log, &mut poll)?;
                message(&poll).ok()
            }
            (_, endpoint::DOWNLOAD) => {
                let mut page: DownloadResponse = sync_core::decode(&response.body).ok()?;
                self.twist_page(lie, log, &mut page)?;
                message(&page).ok()
            }
            _ => None,
        };
        *response = twisted?;
        Some(lie)
    }

    fn meets_backup(&mut self, device: usize, request: &Request) -> bool {
        request.path == endpoint::POLL && self.deceived.remove(&device)
    }

    fn garbage(&mut self, response: &Response) -> Response {
        let mut body = response.body.clone();
        let middle = self.dice.place(body.len().max(1)).unwrap_or(0);
        body.truncate(middle);
        if self.dice.chance(500) {
            body.insert(0, 0xc1);
        }
        Response {
            status: 200,
            body,
            media_type: endpoint::MSGPACK.to_owned(),
        }
    }

    fn twist_poll(
        &mut self,
        lie: Lie,
        device: usize,
        log: &Log,
        poll: &mut PollResponse,
    ) -> Option<()> {
        let known = self.known.get(&device).copied().unwrap_or(0);
        match lie {
            Lie::Rollback if known > 0 => {
                poll.head = log.head_at(self.dice.below(known) as usize);
            }
            Lie::OtherHistory if known > 0 && poll.head.cursor == Cursor(known) => {
                poll.head.hash = flipped(poll.head.hash);
            }
            Lie::OtherEpoch => poll.server_epoch = ServerEpoch::from_bytes([9; 16]),
            _ => return None,
        }
        Some(())
    }

    fn twist_page(&mut self, lie: Lie, log: &Log, page: &mut DownloadResponse) -> Option<()> {
        let at = self.dice.place(page.changes.len())?;
        match lie {
            Lie::Prefix => {
                let end = place_before(page, at);
                page.changes.truncate(at);
                page.end = log.head_at(end as usize);
                page.server_cursor = page.end.cursor;
                page.more = false;
            }
            Lie::Subset => {
                page.changes.remove(at);
            }
            Lie::Swap => {
                let other = (at + 1) % page.changes.len();
                if page.changes[at].op == page.changes[other].op {
                    return None;
                }
                let op = page.changes[at].op.clone();
                page.changes[at].op = core::mem::replace(&mut page.changes[other].op, op);
            }
            Lie::Replay => {
                let op = page.changes[at].op.clone();
                let cursor = page.end.cursor.next();
                page.changes.push(Accepted { cursor, op });
            }
            Lie::FlippedBit => {
                let mut bytes = page.changes[at].op.as_slice().to_vec();
                let place = self.dice.place(bytes.len())?;
                bytes[place] ^= 1 << self.dice.below(8);
                page.changes[at].op = OpaqueBytes::new(bytes);
            }
            Lie::Forgery => {
                let mut bytes = page.changes[at].op.as_slice().to_vec();
                let len = self.dice.between(1, bytes.len() as u64) as usize;
                bytes.rotate_left(len / 2 + 1);
                bytes.push(1);
                page.changes[at].op = OpaqueBytes::new(bytes);
            }
            Lie::OtherHistory => page.since_hash = flipped(page.since_hash),
            Lie::OtherEpoch => page.server_epoch = ServerEpoch::from_bytes([9; 16]),
            _ => return None,
        }
        Some(())
    }
}

/// The place before the operation at `at` of a page.
fn place_before(page: &DownloadResponse, at: usize) -> u64 {
    let op = page.changes.get(at);
    op.map_or(0, |op| op.cursor.0.saturating_sub(1))
}

fn flipped(hash: HistoryHash) -> HistoryHash {
    let mut bytes = *hash.as_bytes();
    bytes[0] ^= 1;
    HistoryHash::from_bytes(bytes)
}

impl World {
    /// A device goes on to its next exchange: what it has heard before, it
    /// has believed, unless it said otherwise.
    pub(crate) fn next_exchange(&mut self, device: usize) {
        match &mut self.devices[device].lie {
            Some((lie, 0)) => {
                let lie = *lie;
                self.violations.push(Violation::LieBelieved { device, lie });
            }
            Some((_, left)) => *left -= 1,
            None => {}
        }
    }

    /// A request of a round goes out.
    pub(crate) fn note_exchange(&mut self, device: usize, _id: EffectId, request: &Request) {
        if [endpoint::UPLOAD, endpoint::DOWNLOAD].contains(&request.path.as_str()) {
            self.next_exchange(device);
        }
    }

    /// A lie reaches a device that looks at it.
    pub(crate) fn heard_lie(&mut self, device: usize, lie: Lie) {
        if self.devices[device].is_open && self.devices[device].lie.is_none() {
            self.counts.add(Kind::LieHeard);
            self.devices[device].lie = Some((lie, lie.slack()));
        }
    }

    /// A device says how its sync stands.
    pub(crate) fn judge_lie(&mut self, device: usize, status: &SyncStatus) {
        let named = status.code.is_some_and(|code| NAMED.contains(&code));
        if named && self.devices[device].lie.take().is_some() {
            self.counts.add(Kind::LieDetected);
        }
    }
}
