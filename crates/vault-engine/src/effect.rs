//! What the engine asks of the world around it, and what it hears back.
//!
//! The driver's contract: call [`crate::Engine::handle`] with one event at a
//! time; carry out the effects in the order given, without waiting for one
//! before starting the next; report each `Write`, `Read`, `Send` and
//! `Stretch` back exactly once under its id, in any order. A `Write` is one
//! transaction: all of it or nothing. Two effects of one kind may be under
//! way at once.

use crate::command::{Answer, Command, Notice, RequestId};
use vault_core::{KdfRequest, Passphrase, StretchError, StretchedKey};

/// Names one effect; what comes of it carries the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EffectId(pub u32);

/// Where on the device something lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Store {
    /// Small single values: this device, the session, key slots, cursors.
    Meta,
    /// Sealed operations, many to a value.
    Packs,
    /// Sealed pages of the catalogue.
    Pages,
    /// Sealed segments of the search index.
    Segments,
    /// Which operations the server does not have yet.
    Outbox,
    /// Sealed pages of the hashes of the history that was followed.
    History,
}

impl Store {
    /// Every store.
    pub const ALL: [Self; 6] = [
        Self::Meta,
        Self::Packs,
        Self::Pages,
        Self::Segments,
        Self::Outbox,
        Self::History,
    ];

    /// The name of the object store.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Packs => "packs",
            Self::Pages => "pages",
            Self::Segments => "segments",
            Self::Outbox => "outbox",
            Self::History => "history",
        }
    }
}

/// One change of a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Put a value in the place of whatever is there.
    Put {
        /// Where.
        store: Store,
        /// Under which key.
        key: String,
        /// What.
        value: Vec<u8>,
    },
    /// Take a value away, if it is there.
    Delete {
        /// Where.
        store: Store,
        /// Under which key.
        key: String,
    },
    /// Take everything away.
    Clear {
        /// Where.
        store: Store,
    },
}

/// What a transaction must survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flush {
    /// The end of the process.
    Relaxed,
    /// The end of the machine's power: wait for the disk.
    Strict,
}

/// What to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// Some values; a missing one is left out of the answer.
    Keys {
        /// Where.
        store: Store,
        /// Under which keys.
        keys: Vec<String>,
    },
    /// Every value.
    All {
        /// Where.
        store: Store,
    },
}

/// Keys and values, as read.
pub type Rows = Vec<(String, Vec<u8>)>;

/// Why the device's storage did not do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreError {
    /// No room.
    Full,
    /// Anything else.
    Failed,
}

/// How to ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Read.
    Get,
    /// Do.
    Post,
    /// Replace.
    Put,
    /// Remove.
    Delete,
}

/// A request to the server: MessagePack out, MessagePack back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// How.
    pub method: Method,
    /// Path from the server's root, query included.
    pub path: String,
    /// Body, MessagePack; empty for none.
    pub body: Vec<u8>,
    /// When to give up, in milliseconds from now.
    pub deadline_ms: u32,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// Media type without parameters, lower case.
    pub media_type: String,
    /// Body, at most [`vault_types::limits::RESPONSE_BYTES_MAX`].
    pub body: Vec<u8>,
}

/// Nothing came back, or too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreachable;

/// What can be waited for. Setting one again replaces it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// Nobody touched the application: lock.
    Idle,
    /// The next check with the server is due.
    Check,
    /// A lock that has begun goes on.
    Lock,
    /// The server is to be told of a lock, or of the end of one.
    Tell,
}

/// What the driver is asked to do.
pub enum Effect {
    /// Answer a request.
    Answer {
        /// Which.
        request: RequestId,
        /// With what.
        answer: Answer,
    },
    /// Tell the application.
    Notify(Notice),
    /// Change the device's storage, all or nothing.
    Write {
        /// Reported back under this.
        id: EffectId,
        /// What to change.
        changes: Vec<Change>,
        /// What it must survive.
        flush: Flush,
    },
    /// Read the device's storage.
    Read {
        /// Reported back under this.
        id: EffectId,
        /// What to read, one answer each.
        queries: Vec<Query>,
    },
    /// Ask the server.
    Send {
        /// Reported back under this.
        id: EffectId,
        /// What.
        request: Request,
    },
    /// Stretch a passphrase.
    Stretch {
        /// Reported back under this.
        id: EffectId,
        /// How: parameters that were checked, and a salt.
        request: KdfRequest,
        /// From what.
        passphrase: Passphrase,
    },
    /// Wake the engine with [`Event::Timer`] at a time; `None` takes it back.
    SetTimer {
        /// Which.
        timer: Timer,
        /// Unix milliseconds.
        at_ms: Option<u64>,
    },
}

/// What the driver reports.
pub enum Event {
    /// The very first one.
    Start,
    /// A request of the application.
    Command {
        /// Answered under this.
        request: RequestId,
        /// What.
        command: Command,
    },
    /// What came of a `Write`.
    Written {
        /// Which.
        id: EffectId,
        /// Whether all of it is there.
        result: Result<(), StoreError>,
    },
    /// What came of a `Read`, one list a query.
    Loaded {
        /// Which.
        id: EffectId,
        /// What was there.
        result: Result<Vec<Rows>, StoreError>,
    },
    /// What came of a `Send`.
    Received {
        /// Which.
        id: EffectId,
        /// What came back.
        result: Result<Response, Unreachable>,
    },
    /// What came of a `Stretch`.
    Stretched {
        /// Which.
        id: EffectId,
        /// The key.
        result: Result<StretchedKey, StretchError>,
    },
    /// A timer's time has come.
    Timer(Timer),
}
