//! What happened, counted.

macro_rules! counted {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A kind of thing that is counted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind {
            $($(#[$doc])* $name,)*
        }

        impl Kind {
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

counted! {
    /// A person did something.
    Action = "actions",
    /// A request to the server.
    Request = "requests",
    /// An operation in a final history.
    Operation = "operations",
    /// A conflict copy that was shown at the end.
    Copy = "conflict copies",
    /// An edit that lost a conflict and whose author's storage was taken away
    /// before it could keep a copy.
    Orphan = "edits lost with the storage of their author",
    /// A request that did not arrive.
    RequestLost = "requests lost",
    /// An answer that did not arrive.
    AnswerLost = "answers lost",
    /// A request that arrived twice.
    Duplicate = "requests duplicated",
    /// A message so slow that others overtook it.
    Delay = "messages delayed",
    /// A device without a network for a while.
    Partition = "partitions",
    /// The server away for a while.
    Outage = "server outages",
    /// The server's process ended, with what was not committed.
    ServerCrash = "server crashes",
    /// A device's process ended.
    Crash = "device crashes",
    /// The same, between two effects of one event.
    CrashMidway = "crashes amid effects",
    /// A worker that was ended because its vault was locked.
    WorkerEnd = "workers ended by a lock",
    /// A write that was refused.
    DiskRefusal = "writes refused",
    /// Storage that was full for a while.
    Quota = "quotas reached",
    /// Storage that failed for a while.
    DiskFailure = "disk failures",
    /// Storage that the browser took away.
    Eviction = "evictions",
    /// A clock that jumped by less than an hour.
    ClockNudge = "clock jumps, small",
    /// A clock that jumped by days or years.
    ClockJump = "clock jumps of days to years",
    /// A session that ended.
    SessionEnd = "sessions ended",
    /// A vault that was locked for every device.
    VaultLock = "vault locks",
    /// A lie that was told.
    LieTold = "lies told",
    /// A lie that reached a device that looked at it.
    LieHeard = "lies heard",
    /// A lie that a device named.
    LieDetected = "lies detected",
}

/// How often each kind of thing happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts([u64; Kind::ALL.len()]);

impl Default for Counts {
    fn default() -> Self {
        Self([0; Kind::ALL.len()])
    }
}

impl Counts {
    /// One more.
    pub(crate) const fn add(&mut self, kind: Kind) {
        self.more(kind, 1);
    }

    /// So many more.
    pub(crate) const fn more(&mut self, kind: Kind, count: u64) {
        self.0[kind as usize] += count;
    }

    /// How many.
    #[must_use]
    pub const fn of(&self, kind: Kind) -> u64 {
        self.0[kind as usize]
    }

    /// Adds what happened elsewhere.
    pub fn absorb(&mut self, other: &Self) {
        for (own, other) in self.0.iter_mut().zip(other.0) {
            *own += other;
        }
    }
}
