//! Operations and a server's vault in memory.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test file uses its own part of this"
)]

use std::convert::Infallible;
use sync_core::message::{Accepted, DownloadResponse, Head, UploadResponse};
use sync_core::{KnownOp, Ledger, UploadContext, accept_upload, op_hash};
use vault_types::{
    Cursor, DeviceId, Epoch, HistoryHash, Op, OpHeader, OpId, OpaqueBytes, PolicyVersion, RecordId,
    SealedBytes, Seen, ServerEpoch, Stamp,
};

pub const NOW_MS: u64 = 1_700_000_000_000;
pub const EPOCH: ServerEpoch = ServerEpoch::from_random([9; 16]);
pub const DEVICE: DeviceId = DeviceId::from_random([1; 16]);

pub fn op_id(number: u8) -> OpId {
    OpId::from_parts(NOW_MS, [number; 10])
}

pub fn record(number: u8) -> RecordId {
    RecordId::from_random([number; 16])
}

pub fn op(number: u8, record_number: u8, base: Option<OpId>) -> Op {
    Op {
        header: OpHeader {
            op_id: op_id(number),
            record_id: record(record_number),
            device_id: DEVICE,
            base,
            deleted: false,
            standard_kind: None,
            policy: PolicyVersion(1),
            epoch: Epoch(1),
            stamp: Stamp {
                wall_ms: NOW_MS,
                counter: 0,
            },
            seen: Seen::default(),
        },
        body: SealedBytes::new(vec![number; 20]),
    }
}

pub fn bytes(op: &Op) -> OpaqueBytes {
    OpaqueBytes::new(op.encode())
}

/// What a server keeps of one vault.
#[derive(Clone, Default, Debug, PartialEq, Eq)]
pub struct MemoryVault {
    pub ops: Vec<(Op, HistoryHash)>,
}

impl Ledger for MemoryVault {
    type Error = Infallible;

    fn known_op(&mut self, op_id: OpId) -> Result<Option<KnownOp>, Infallible> {
        let at = self.ops.iter().position(|(op, _)| op.header.op_id == op_id);
        Ok(at.map(|at| KnownOp {
            cursor: Cursor(at as u64 + 1),
            hash: op_hash(&self.ops[at].0.encode()),
        }))
    }

    fn record_head(&mut self, record_id: RecordId) -> Result<Option<OpId>, Infallible> {
        let newest = self.ops.iter().rev();
        let mut newest = newest.filter(|(op, _)| op.header.record_id == record_id);
        Ok(newest.next().map(|(op, _)| op.header.op_id))
    }
}

impl MemoryVault {
    pub fn head(&self) -> Head {
        self.head_at(self.ops.len())
    }

    pub fn head_at(&self, len: usize) -> Head {
        Head {
            cursor: Cursor(len as u64),
            hash: len
                .checked_sub(1)
                .map_or(HistoryHash::START, |at| self.ops[at].1),
        }
    }

    pub fn upload(&mut self, changes: &[OpaqueBytes]) -> UploadResponse {
        let context = UploadContext {
            head: self.head(),
            device_id: DEVICE,
            now_ms: NOW_MS,
        };
        let decision = match accept_upload(context, changes, self) {
            Ok(decision) => decision,
            Err(never) => match never {},
        };
        for append in &decision.append {
            let op = Op::parse(changes[append.index].as_slice()).expect("was parsed before");
            self.ops.push((op, append.head.hash));
        }
        decision.response
    }

    pub fn page(&self, since: usize, limit: usize) -> DownloadResponse {
        let end = self.ops.len().min(since + limit);
        DownloadResponse {
            server_epoch: EPOCH,
            since_hash: self.head_at(since).hash,
            server_cursor: self.head().cursor,
            end: self.head_at(end),
            changes: (since..end)
                .map(|at| Accepted {
                    cursor: Cursor(at as u64 + 1),
                    op: bytes(&self.ops[at].0),
                })
                .collect(),
            more: end < self.ops.len(),
        }
    }
}
