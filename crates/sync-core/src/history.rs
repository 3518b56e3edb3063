//! The history of a vault as a device has verified it.
//!
//! `H(0)` is 32 zero bytes, `H(n) = SHA-256(H(n-1) ‖ SHA-256(op n))`. A device
//! keeps (cursor, hash) and recomputes the chain over every page, so that a
//! server that drops, reorders, replaces or replays an operation, or answers
//! from an older or another history, is found out by the next page.

use crate::message::{Accepted, Applied, DownloadResponse, Head, UploadResponse};
use core::fmt;
use sha2::{Digest, Sha256};
use vault_types::order::sort_by_key;
use vault_types::{Code, Cursor, HistoryHash, OpId, ServerEpoch};
use vault_types::{Op, OpParseError};

/// SHA-256 of an encoded operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpHash([u8; 32]);

impl OpHash {
    /// Takes a stored digest as it is.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// The hash of an encoded operation.
#[must_use]
pub fn op_hash(op_bytes: &[u8]) -> OpHash {
    OpHash(Sha256::digest(op_bytes).into())
}

/// The history's hash behind one more operation.
#[must_use]
pub fn chain(previous: HistoryHash, op: OpHash) -> HistoryHash {
    let mut sha = Sha256::new();
    sha.update(previous.as_bytes());
    sha.update(op.0);
    HistoryHash::from_bytes(sha.finalize().into())
}

impl Head {
    /// The head behind one more operation.
    #[must_use]
    pub fn then(self, op: OpHash) -> Self {
        Self {
            cursor: self.cursor.next(),
            hash: chain(self.hash, op),
        }
    }
}

/// Why an answer of the server does not continue the verified history.
/// Nothing of such an answer may be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryError {
    /// An operation is missing or out of order.
    Gap {
        /// The place that was due.
        due: Cursor,
        /// The place that came.
        came: Cursor,
    },
    /// The hashes differ: an operation was replaced, or this is another
    /// history.
    Rewritten {
        /// The place at which they differ.
        at: Cursor,
    },
    /// Another life of the server's database.
    ServerReset {
        /// The one that this device knows.
        known: ServerEpoch,
        /// The one that answered.
        came: ServerEpoch,
    },
    /// The server holds less than this device has verified.
    ServerBehind {
        /// Where this device is.
        known: Cursor,
        /// Where the server is.
        came: Cursor,
    },
}

impl HistoryError {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::Gap { .. } | Self::Rewritten { .. } => Code::HistoryRewritten,
            Self::ServerReset { .. } | Self::ServerBehind { .. } => Code::ServerReset,
        }
    }
}

impl fmt::Display for HistoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gap { due, came } => write!(f, "operation {due} was due, {came} came"),
            Self::Rewritten { at } => write!(f, "the history differs at {at}"),
            Self::ServerReset { known, came } => {
                write!(f, "the server's epoch was {known} and is {came}")
            }
            Self::ServerBehind { known, came } => {
                write!(f, "the server is at {came}, this device at {known}")
            }
        }
    }
}

impl core::error::Error for HistoryError {}

/// An operation whose place in the history holds. Its one constructor is
/// private to this file. That its body opens is checked elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedOp {
    head: Head,
    bytes: Vec<u8>,
}

impl VerifiedOp {
    /// Its place, and the history's hash behind it.
    #[must_use]
    pub const fn head(&self) -> Head {
        self.head
    }

    /// The encoded operation.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The encoded operation, given up.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Its header and sealed body.
    ///
    /// # Errors
    /// [`OpParseError`]. One of a newer version may be in a history that
    /// holds: keep its bytes and ask for an update.
    pub fn parse(&self) -> Result<Op, OpParseError> {
        Op::parse(&self.bytes)
    }
}

/// Where a device is in a vault's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct History {
    server_epoch: ServerEpoch,
    head: Head,
}

/// How a device's own upload relates to its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnExtension {
    /// The history now ends behind the device's own operations; nothing is to
    /// be downloaded up to there.
    Extended {
        /// The new history.
        history: History,
        /// The operations that are new in it, in order.
        ops: Vec<VerifiedOp>,
    },
    /// Others wrote before, so the device's own operations come with the next
    /// download.
    Behind,
}

impl History {
    /// The empty history of a vault on a server.
    #[must_use]
    pub fn start(server_epoch: ServerEpoch) -> Self {
        Self::resume(server_epoch, Head::default())
    }

    /// The history as this device stored it.
    #[must_use]
    pub const fn resume(server_epoch: ServerEpoch, head: Head) -> Self {
        Self { server_epoch, head }
    }

    /// Which life of the server's database it belongs to.
    #[must_use]
    pub const fn server_epoch(&self) -> ServerEpoch {
        self.server_epoch
    }

    /// Its end.
    #[must_use]
    pub const fn head(&self) -> Head {
        self.head
    }

    /// Whether a head that the server announces can be a continuation, and
    /// whether there is anything to download.
    ///
    /// # Errors
    /// [`HistoryError`]: another epoch, a lower head, or another hash at the
    /// same place.
    pub fn compare(
        &self,
        server_epoch: ServerEpoch,
        head: Head,
    ) -> Result<Announcement, HistoryError> {
        self.check_epoch(server_epoch)?;
        if head.cursor < self.head.cursor {
            return Err(HistoryError::ServerBehind {
                known: self.head.cursor,
                came: head.cursor,
            });
        }
        if head == self.head {
            return Ok(Announcement::UpToDate);
        }
        if head.cursor == self.head.cursor {
            return Err(HistoryError::Rewritten { at: head.cursor });
        }
        Ok(Announcement::More)
    }

    /// Verifies a page and goes to its end. All or nothing.
    ///
    /// # Errors
    /// [`HistoryError`]; this history stays where it is.
    pub fn extend(&self, page: DownloadResponse) -> Result<(Self, Vec<VerifiedOp>), HistoryError> {
        self.check_epoch(page.server_epoch)?;
        if page.server_cursor < self.head.cursor {
            return Err(HistoryError::ServerBehind {
                known: self.head.cursor,
                came: page.server_cursor,
            });
        }
        if page.since_hash != self.head.hash {
            return Err(HistoryError::Rewritten {
                at: self.head.cursor,
            });
        }
        let mut ops = Vec::with_capacity(page.changes.len());
        let mut head = self.head;
        for Accepted { cursor, op } in page.changes {
            let verified = next_op(head, cursor, op.into_vec())?;
            head = verified.head;
            ops.push(verified);
        }
        check_end(head, page.end)?;
        if page.more && ops.is_empty() {
            // Otherwise a server could keep a device asking for ever.
            return Err(HistoryError::Gap {
                due: head.cursor.next(),
                came: head.cursor,
            });
        }
        Ok((self.at(head), ops))
    }

    /// Goes over this device's own upload without downloading it again.
    /// `sent` holds every operation of the request.
    ///
    /// # Errors
    /// [`HistoryError`]; this history stays where it is.
    pub fn extend_own(
        &self,
        response: &UploadResponse,
        sent: &[(OpId, &[u8])],
    ) -> Result<OwnExtension, HistoryError> {
        if let Announcement::More = self.compare(self.server_epoch, response.previous)? {
            return Ok(OwnExtension::Behind);
        }
        let mut head = self.head;
        let mut ops = Vec::new();
        for applied in self.new_in_order(response) {
            let Some((_, bytes)) = sent.iter().find(|(op_id, _)| *op_id == applied.op_id) else {
                return Err(HistoryError::Rewritten { at: applied.cursor });
            };
            let verified = next_op(head, applied.cursor, bytes.to_vec())?;
            head = verified.head;
            ops.push(verified);
        }
        check_end(head, response.head())?;
        Ok(OwnExtension::Extended {
            history: self.at(head),
            ops,
        })
    }

    fn new_in_order(&self, response: &UploadResponse) -> Vec<Applied> {
        let mut new: Vec<Applied> = response
            .applied
            .iter()
            .copied()
            .filter(|applied| applied.cursor > self.head.cursor)
            .collect();
        sort_by_key(&mut new, |applied| applied.cursor);
        new.dedup();
        new
    }

    const fn at(self, head: Head) -> Self {
        Self { head, ..self }
    }

    fn check_epoch(&self, came: ServerEpoch) -> Result<(), HistoryError> {
        if came == self.server_epoch {
            Ok(())
        } else {
            Err(HistoryError::ServerReset {
                known: self.server_epoch,
                came,
            })
        }
    }
}

/// What an announced head means for a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Announcement {
    /// The device is there already.
    UpToDate,
    /// There is something to download.
    More,
}

fn next_op(head: Head, came: Cursor, bytes: Vec<u8>) -> Result<VerifiedOp, HistoryError> {
    let due = head.cursor.next();
    if came != due {
        return Err(HistoryError::Gap { due, came });
    }
    Ok(VerifiedOp {
        head: head.then(op_hash(&bytes)),
        bytes,
    })
}

fn check_end(computed: Head, stated: Head) -> Result<(), HistoryError> {
    if computed.cursor != stated.cursor {
        return Err(HistoryError::Gap {
            due: computed.cursor,
            came: stated.cursor,
        });
    }
    if computed.hash != stated.hash {
        return Err(HistoryError::Rewritten {
            at: computed.cursor,
        });
    }
    Ok(())
}
