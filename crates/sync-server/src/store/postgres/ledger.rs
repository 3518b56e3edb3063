//! What an upload is decided by, fetched at once for a whole group.

use std::collections::HashMap;
use sync_core::{Append, Head, KnownOp, Ledger, OpHash};
use vault_types::{Cursor, HistoryHash, OpHeader, OpId, RecordId};

/// Operations and record heads of a vault, as far as a group names them.
#[derive(Default)]
pub(super) struct Fetched {
    known: HashMap<OpId, KnownOp>,
    heads: HashMap<RecordId, OpId>,
}

impl Fetched {
    /// Takes note of an operation that the database holds.
    pub(super) fn knows(&mut self, op_id: OpId, known: KnownOp) {
        self.known.insert(op_id, known);
    }

    /// Takes note of a record's newest operation.
    pub(super) fn heads(&mut self, record_id: RecordId, op_id: OpId) {
        self.heads.insert(record_id, op_id);
    }

    /// Takes note of what the transaction will append: the next upload of the
    /// group finds it there.
    pub(super) fn appends(&mut self, append: &Append) {
        let known = KnownOp {
            cursor: append.head.cursor,
            hash: append.hash,
        };
        self.knows(append.header.op_id, known);
        self.heads(append.header.record_id, append.header.op_id);
    }
}

impl Ledger for Fetched {
    type Error = core::convert::Infallible;

    fn known_op(&mut self, op_id: OpId) -> Result<Option<KnownOp>, Self::Error> {
        Ok(self.known.get(&op_id).copied())
    }

    fn record_head(&mut self, record_id: RecordId) -> Result<Option<OpId>, Self::Error> {
        Ok(self.heads.get(&record_id).copied())
    }
}

/// What a group's operations name, to be fetched.
#[derive(Default)]
pub(super) struct Named {
    pub(super) op_ids: Vec<Vec<u8>>,
    pub(super) record_ids: Vec<Vec<u8>>,
}

impl Named {
    /// Takes note of an operation that somebody wants to append.
    pub(super) fn by(&mut self, header: &OpHeader) {
        self.op_ids.push(header.op_id.as_bytes().to_vec());
        self.record_ids.push(header.record_id.as_bytes().to_vec());
    }
}

/// What a group appends, column by column.
#[derive(Default)]
pub(super) struct Columns<'a> {
    pub(super) cursors: Vec<i64>,
    pub(super) op_ids: Vec<Vec<u8>>,
    pub(super) op_hashes: Vec<Vec<u8>>,
    pub(super) history_hashes: Vec<Vec<u8>>,
    pub(super) bytes: Vec<&'a [u8]>,
    /// The newest operation of each record.
    record_heads: HashMap<RecordId, OpId>,
}

impl<'a> Columns<'a> {
    /// Adds a row.
    pub(super) fn append(&mut self, append: &Append, bytes: &'a [u8]) {
        self.cursors.push(signed(append.head.cursor));
        self.op_ids.push(append.header.op_id.as_bytes().to_vec());
        self.op_hashes.push(append.hash.as_bytes().to_vec());
        self.history_hashes
            .push(append.head.hash.as_bytes().to_vec());
        self.bytes.push(bytes);
        let header = append.header;
        self.record_heads.insert(header.record_id, header.op_id);
    }

    /// Whether there is nothing to append.
    pub(super) const fn is_empty(&self) -> bool {
        self.cursors.is_empty()
    }

    /// Records and their newest operations, in one order for all servers, so
    /// that no two wait for each other.
    pub(super) fn record_heads(&self) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
        let mut heads: Vec<_> = self.record_heads.iter().collect();
        heads.sort_unstable();
        heads
            .into_iter()
            .map(|(record_id, op_id)| (record_id.as_bytes().to_vec(), op_id.as_bytes().to_vec()))
            .unzip()
    }
}

/// A place in a history as a column.
pub(super) fn signed(cursor: Cursor) -> i64 {
    i64::try_from(cursor.0).unwrap_or(i64::MAX)
}

/// A head from two columns; `None` if they hold something else.
pub(super) fn head(cursor: i64, hash: &[u8]) -> Option<Head> {
    Some(Head {
        cursor: Cursor(u64::try_from(cursor).ok()?),
        hash: HistoryHash::from_bytes(hash.try_into().ok()?),
    })
}

/// A known operation from its columns; `None` if they hold something else.
pub(super) fn known(cursor: i64, hash: &[u8]) -> Option<KnownOp> {
    Some(KnownOp {
        cursor: Cursor(u64::try_from(cursor).ok()?),
        hash: OpHash::from_bytes(hash.try_into().ok()?),
    })
}
