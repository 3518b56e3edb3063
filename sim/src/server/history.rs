//! The vault's history as the server keeps it: `sync_core` decides, several
//! uploads are committed together, and only what is committed is shown.

use core::convert::Infallible;
use std::collections::BTreeMap;
use sync_core::message::{
    Accepted, DownloadRequest, DownloadResponse, Head, UploadRequest, UploadResponse,
};
use sync_core::{KnownOp, Ledger, UploadContext, accept_upload};
use vault_types::{Code, Cursor, DeviceId, OpId, OpaqueBytes, RecordId, ServerEpoch};

/// An operation in its place.
pub(crate) struct Stored {
    pub(crate) head: Head,
    pub(crate) bytes: Vec<u8>,
    op_id: OpId,
    record_id: RecordId,
    /// What was the record's newest before it.
    before: Option<OpId>,
}

/// The operations in order.
#[derive(Default)]
pub(crate) struct Log {
    ops: Vec<Stored>,
    /// How many of them are on the disk.
    committed: usize,
    known: BTreeMap<OpId, KnownOp>,
    heads: BTreeMap<RecordId, OpId>,
}

impl Ledger for &mut Log {
    type Error = Infallible;

    fn known_op(&mut self, op_id: OpId) -> Result<Option<KnownOp>, Infallible> {
        Ok(self.known.get(&op_id).copied())
    }

    fn record_head(&mut self, record_id: RecordId) -> Result<Option<OpId>, Infallible> {
        Ok(self.heads.get(&record_id).copied())
    }
}

impl Log {
    /// What everybody may see.
    pub(crate) fn committed(&self) -> &[Stored] {
        &self.ops[..self.committed]
    }

    /// The head of that.
    pub(crate) fn head(&self) -> Head {
        head_of(self.committed())
    }

    /// The head behind so many operations.
    pub(crate) fn head_at(&self, len: usize) -> Head {
        head_of(&self.ops[..len.min(self.committed)])
    }

    /// What is there now is on the disk.
    pub(crate) const fn commit(&mut self) {
        self.committed = self.ops.len();
    }

    /// The process ends: what was not committed never happened.
    pub(crate) fn crash(&mut self) {
        self.roll_back(self.committed);
    }

    /// Back to so many operations.
    pub(crate) fn roll_back(&mut self, len: usize) {
        while self.ops.len() > len {
            let Some(gone) = self.ops.pop() else { break };
            self.known.remove(&gone.op_id);
            match gone.before {
                Some(before) => self.heads.insert(gone.record_id, before),
                None => self.heads.remove(&gone.record_id),
            };
        }
        self.committed = self.committed.min(len);
    }

    /// Takes an upload in. It is not committed yet.
    pub(crate) fn upload(
        &mut self,
        request: &UploadRequest,
        device_id: DeviceId,
        now_ms: u64,
    ) -> UploadResponse {
        let context = UploadContext {
            head: head_of(&self.ops),
            device_id,
            now_ms,
        };
        let Ok(decision) = accept_upload(context, &request.changes, &mut &mut *self);
        for append in decision.append {
            let header = append.header;
            let known = KnownOp {
                cursor: append.head.cursor,
                hash: append.hash,
            };
            self.known.insert(header.op_id, known);
            let before = self.heads.insert(header.record_id, header.op_id);
            self.ops.push(Stored {
                head: append.head,
                bytes: request.changes[append.index].as_slice().to_vec(),
                op_id: header.op_id,
                record_id: header.record_id,
                before,
            });
        }
        decision.response
    }

    /// What would be answered to an upload, which is then forgotten.
    pub(crate) fn pretend(
        &mut self,
        request: &UploadRequest,
        device_id: DeviceId,
        now_ms: u64,
    ) -> UploadResponse {
        let len = self.ops.len();
        let answer = self.upload(request, device_id, now_ms);
        self.roll_back(len);
        answer
    }

    /// A page of what is committed.
    pub(crate) fn download(
        &self,
        request: &DownloadRequest,
        server_epoch: ServerEpoch,
        page_ops_max: usize,
    ) -> Result<DownloadResponse, Code> {
        let ops = self.committed();
        let since = usize::try_from(request.since.0).unwrap_or(usize::MAX);
        let Some(behind) = ops.get(since..) else {
            return Err(Code::CursorAhead);
        };
        let page: Vec<Accepted> = behind.iter().take(page_ops_max).map(accepted).collect();
        let end = since + page.len();
        Ok(DownloadResponse {
            server_epoch,
            since_hash: self.head_at(since).hash,
            server_cursor: Cursor(ops.len() as u64),
            end: self.head_at(end),
            changes: page,
            more: end < ops.len(),
        })
    }
}

fn head_of(ops: &[Stored]) -> Head {
    ops.last().map_or_else(Head::default, |op| op.head)
}

fn accepted(op: &Stored) -> Accepted {
    Accepted {
        cursor: op.head.cursor,
        op: OpaqueBytes::new(op.bytes.clone()),
    }
}
