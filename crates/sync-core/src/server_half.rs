//! What a server decides about an upload. It reads headers, never bodies.
//!
//! The caller opens a transaction, takes the vault's head in it, calls
//! [`accept_upload`], stores [`Decision::append`] and [`Decision::head`],
//! commits, and only then answers. Cursors are thereby dense and in the order
//! of commits.

use crate::history::{OpHash, op_hash};
use crate::message::{Applied, Conflict, Head, Refused, UploadResponse};
use vault_types::{
    Code, Cursor, DeviceId, Map, Op, OpHeader, OpId, OpParseError, OpaqueBytes, RecordId, limits,
};

/// An operation that the server holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownOp {
    /// Its place.
    pub cursor: Cursor,
    /// Its hash.
    pub hash: OpHash,
}

/// What the server looks up in its transaction, all of one vault.
pub trait Ledger {
    /// Why a lookup failed.
    type Error;

    /// The operation with that id.
    ///
    /// # Errors
    /// The storage failed.
    fn known_op(&mut self, op_id: OpId) -> Result<Option<KnownOp>, Self::Error>;

    /// The newest operation of a record.
    ///
    /// # Errors
    /// The storage failed.
    fn record_head(&mut self, record_id: RecordId) -> Result<Option<OpId>, Self::Error>;
}

/// An operation to be appended to the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    /// Its place, and the history's hash behind it.
    pub head: Head,
    /// Its header; the record's head becomes its op id.
    pub header: OpHeader,
    /// Its hash.
    pub hash: OpHash,
    /// Its place in the request's `changes`, where its bytes are.
    pub index: usize,
}

/// What to store and what to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// To be stored, in order.
    pub append: Vec<Append>,
    /// The answer, to be given after the commit.
    pub response: UploadResponse,
}

impl Decision {
    /// The vault's head after the commit.
    #[must_use]
    pub const fn head(&self) -> Head {
        self.response.head()
    }
}

/// Who uploads, when and onto what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UploadContext {
    /// The vault's head in this transaction.
    pub head: Head,
    /// The session's device.
    pub device_id: DeviceId,
    /// The server's clock, Unix milliseconds.
    pub now_ms: u64,
}

/// Decides about every operation of an upload. Idempotent: an operation that
/// is held already is answered with the place that it has.
///
/// # Errors
/// Only what the ledger returns; a bad operation is refused in the answer and
/// holds up no other.
pub fn accept_upload<L: Ledger>(
    context: UploadContext,
    changes: &[OpaqueBytes],
    ledger: &mut L,
) -> Result<Decision, L::Error> {
    let mut batch = Batch::new(context);
    for (index, bytes) in changes.iter().enumerate() {
        batch.consider(index, bytes.as_slice(), ledger)?;
    }
    Ok(batch.finish())
}

enum Verdict {
    Refuse {
        op_id: Option<OpId>,
        code: Code,
    },
    Held {
        op_id: OpId,
        cursor: Cursor,
    },
    New {
        header: OpHeader,
        hash: OpHash,
        record_head: Option<OpId>,
    },
}

impl Verdict {
    const fn refuse(op_id: Option<OpId>, code: Code) -> Self {
        Self::Refuse { op_id, code }
    }
}

struct Batch {
    context: UploadContext,
    head: Head,
    /// Operations and record heads of this very batch, over the ledger's.
    new_ops: Map<OpId, KnownOp>,
    new_heads: Map<RecordId, OpId>,
    append: Vec<Append>,
    applied: Vec<Applied>,
    conflicts: Vec<Conflict>,
    refused: Vec<Refused>,
}

impl Batch {
    const fn new(context: UploadContext) -> Self {
        Self {
            context,
            head: context.head,
            new_ops: Map::new(),
            new_heads: Map::new(),
            append: Vec::new(),
            applied: Vec::new(),
            conflicts: Vec::new(),
            refused: Vec::new(),
        }
    }

    fn consider<L: Ledger>(
        &mut self,
        index: usize,
        bytes: &[u8],
        ledger: &mut L,
    ) -> Result<(), L::Error> {
        match self.judge(bytes, ledger)? {
            Verdict::Refuse { op_id, code } => self.refuse(index, op_id, code),
            Verdict::Held { op_id, cursor } => self.apply(op_id, cursor),
            Verdict::New {
                header,
                hash,
                record_head,
            } => self.append(index, header, hash, record_head),
        }
        Ok(())
    }

    fn judge<L: Ledger>(&self, bytes: &[u8], ledger: &mut L) -> Result<Verdict, L::Error> {
        let header = match Op::parse(bytes) {
            Ok(op) => op.header,
            Err(error) => return Ok(Verdict::refuse(None, parse_code(error))),
        };
        let op_id = header.op_id;
        if op_id.is_nil() {
            return Ok(Verdict::refuse(None, Code::Malformed));
        }
        if header.device_id != self.context.device_id {
            return Ok(Verdict::refuse(Some(op_id), Code::WrongDevice));
        }
        let hash = op_hash(bytes);
        let held = match self.new_ops.get(&op_id) {
            Some(known) => Some(*known),
            None => ledger.known_op(op_id)?,
        };
        // Before the stamp is looked at: a retry of something held is fine
        // whatever the clocks say by now.
        if let Some(known) = held {
            return Ok(if known.hash == hash {
                Verdict::Held {
                    op_id,
                    cursor: known.cursor,
                }
            } else {
                Verdict::refuse(Some(op_id), Code::OpIdReused)
            });
        }
        if header.stamp.ahead_of_ms(self.context.now_ms) > limits::STAMP_AHEAD_MS_MAX {
            return Ok(Verdict::refuse(Some(op_id), Code::ClockAhead));
        }
        let record_head = match self.new_heads.get(&header.record_id) {
            Some(op_id) => Some(*op_id),
            None => ledger.record_head(header.record_id)?,
        };
        Ok(Verdict::New {
            header,
            hash,
            record_head,
        })
    }

    fn append(&mut self, index: usize, header: OpHeader, hash: OpHash, held: Option<OpId>) {
        if header.base != held {
            self.conflicts.push(Conflict {
                op_id: header.op_id,
                head_op_id: held,
            });
        }
        self.head = self.head.then(hash);
        let cursor = self.head.cursor;
        self.new_ops.insert(header.op_id, KnownOp { cursor, hash });
        self.new_heads.insert(header.record_id, header.op_id);
        self.apply(header.op_id, cursor);
        self.append.push(Append {
            head: self.head,
            header,
            hash,
            index,
        });
    }

    fn apply(&mut self, op_id: OpId, cursor: Cursor) {
        self.applied.push(Applied { op_id, cursor });
    }

    fn refuse(&mut self, index: usize, op_id: Option<OpId>, code: Code) {
        self.refused.push(Refused {
            index: u32::try_from(index).unwrap_or(u32::MAX),
            op_id,
            code,
        });
    }

    fn finish(self) -> Decision {
        Decision {
            append: self.append,
            response: UploadResponse {
                previous: self.context.head,
                server_cursor: self.head.cursor,
                server_hash: self.head.hash,
                applied: self.applied,
                conflicts: self.conflicts,
                refused: self.refused,
            },
        }
    }
}

const fn parse_code(error: OpParseError) -> Code {
    match error {
        OpParseError::NewerVersion { .. } => Code::NewerVersion,
        OpParseError::Malformed(_) => Code::Malformed,
        OpParseError::TooLong => Code::TooLarge,
    }
}
