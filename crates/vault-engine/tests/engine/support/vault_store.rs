//! One vault of the server in memory: its history.

use super::vault_keys::Keys;
use core::convert::Infallible;
use std::collections::HashMap;
use sync_core::message::{
    Accepted, CreateVaultRequest, DownloadRequest, DownloadResponse, Head, UploadRequest,
    UploadResponse, VaultInfo, VaultSettings,
};
use sync_core::{KnownOp, Ledger, UploadContext, accept_upload};
use vault_types::{
    AccountId, Code, Cursor, DeviceId, Epoch, Op, OpId, OpaqueBytes, RecordId, ServerEpoch, limits,
};

#[derive(Clone)]
pub(crate) struct VaultStore {
    pub(crate) info: VaultInfo,
    pub(crate) slots: OpaqueBytes,
    pub(crate) keys: Keys,
    /// The operations in order, each with the head behind it.
    pub(crate) ops: Vec<(Head, Vec<u8>)>,
    known: HashMap<OpId, KnownOp>,
    heads: HashMap<RecordId, OpId>,
    /// Operations of one page of a download.
    pub(crate) page_ops_max: usize,
}

impl Ledger for &mut VaultStore {
    type Error = Infallible;

    fn known_op(&mut self, op_id: OpId) -> Result<Option<KnownOp>, Infallible> {
        Ok(self.known.get(&op_id).copied())
    }

    fn record_head(&mut self, record_id: RecordId) -> Result<Option<OpId>, Infallible> {
        Ok(self.heads.get(&record_id).copied())
    }
}

impl VaultStore {
    pub(crate) fn new(
        account_id: AccountId,
        server_epoch: ServerEpoch,
        request: CreateVaultRequest,
    ) -> Self {
        Self {
            info: VaultInfo {
                vault_id: request.vault_id,
                account_id,
                server_epoch,
                policy_version: request.policy_version,
                slots_generation: request.slots_generation,
                key_epoch: Epoch(1),
                head: Head::default(),
                lock: None,
                settings: VaultSettings::default(),
            },
            slots: request.slot_list,
            keys: Keys::default(),
            ops: Vec::new(),
            known: HashMap::new(),
            heads: HashMap::new(),
            page_ops_max: limits::BATCH_OPS_MAX,
        }
    }

    pub(crate) fn head(&self) -> Head {
        self.ops
            .last()
            .map_or_else(Head::default, |(head, _)| *head)
    }

    /// How many records, deleted ones included.
    pub(crate) fn record_count(&self) -> u64 {
        self.heads.len() as u64
    }

    /// What the vault says about itself.
    pub(crate) fn described(&self) -> VaultInfo {
        VaultInfo {
            head: self.head(),
            ..self.info.clone()
        }
    }

    /// The server comes back from a backup that ends there.
    pub(crate) fn roll_back(&mut self, len: usize) {
        for (_, bytes) in self.ops.drain(len..) {
            let op = Op::parse(&bytes).unwrap();
            self.known.remove(&op.header.op_id);
            self.heads.remove(&op.header.record_id);
        }
    }

    /// The server makes its history of whatever operations it likes, and its
    /// own chain fits.
    pub(crate) fn retell(&mut self, ops: impl IntoIterator<Item = Vec<u8>>) {
        self.ops.clear();
        self.known.clear();
        self.heads.clear();
        for bytes in ops {
            self.append(bytes);
        }
    }

    /// The server puts an operation at the end, whoever made it.
    pub(crate) fn append(&mut self, bytes: Vec<u8>) {
        let head = self.head().then(sync_core::op_hash(&bytes));
        let header = Op::parse(&bytes).unwrap().header;
        let known = KnownOp {
            cursor: head.cursor,
            hash: sync_core::op_hash(&bytes),
        };
        self.known.insert(header.op_id, known);
        self.heads.insert(header.record_id, header.op_id);
        self.ops.push((head, bytes));
    }

    /// The operations, in order.
    pub(crate) fn told(&self) -> Vec<Vec<u8>> {
        self.ops.iter().map(|(_, bytes)| bytes.clone()).collect()
    }

    /// Changes the sealed body of an operation, and the hashes to fit.
    pub(crate) fn tamper(&mut self, at: usize) {
        *self.ops[at].1.last_mut().unwrap() ^= 1;
        self.chain_again(at);
    }

    /// Has an operation claim another base, and the hashes fit.
    pub(crate) fn forge_base(&mut self, at: usize, base: OpId) {
        let mut op = Op::parse(&self.ops[at].1).unwrap();
        op.header.base = Some(base);
        self.ops[at].1 = op.encode();
        self.chain_again(at);
    }

    fn chain_again(&mut self, at: usize) {
        let mut head = match at {
            0 => Head::default(),
            _ => self.ops[at - 1].0,
        };
        for (own, bytes) in &mut self.ops[at..] {
            head = head.then(sync_core::op_hash(bytes));
            *own = head;
        }
        for (head, bytes) in &self.ops[at..] {
            let known = KnownOp {
                cursor: head.cursor,
                hash: sync_core::op_hash(bytes),
            };
            self.known
                .insert(Op::parse(bytes).unwrap().header.op_id, known);
        }
    }

    pub(crate) fn upload(
        &mut self,
        request: &UploadRequest,
        epoch: ServerEpoch,
        device_id: DeviceId,
        now_ms: u64,
    ) -> Result<UploadResponse, Code> {
        if request.vault_id != self.info.vault_id {
            return Err(Code::UnknownVault);
        }
        if request.device_id != device_id {
            return Err(Code::WrongDevice);
        }
        if request.server_epoch != epoch {
            return Err(Code::ServerReset);
        }
        self.check_open()?;
        let context = UploadContext {
            head: self.head(),
            device_id,
            now_ms,
        };
        let decided = accept_upload(context, &request.changes, &mut &mut *self);
        let Ok(decision) = decided;
        for append in decision.append {
            let header = append.header;
            let known = KnownOp {
                cursor: append.head.cursor,
                hash: append.hash,
            };
            self.known.insert(header.op_id, known);
            self.heads.insert(header.record_id, header.op_id);
            let bytes = request.changes[append.index].as_slice().to_vec();
            self.ops.push((append.head, bytes));
        }
        Ok(decision.response)
    }

    pub(crate) fn download(
        &self,
        request: &DownloadRequest,
        epoch: ServerEpoch,
    ) -> Result<DownloadResponse, Code> {
        if request.vault_id != self.info.vault_id {
            return Err(Code::UnknownVault);
        }
        let since = request.since.0 as usize;
        if since > self.ops.len() {
            return Err(Code::CursorAhead);
        }
        let page: Vec<_> = self.ops[since..].iter().take(self.page_ops_max).collect();
        let head_at = |at: usize| match at {
            0 => Head::default(),
            _ => self.ops[at - 1].0,
        };
        let end = since + page.len();
        Ok(DownloadResponse {
            server_epoch: epoch,
            since_hash: head_at(since).hash,
            server_cursor: Cursor(self.ops.len() as u64),
            end: head_at(end),
            changes: page
                .into_iter()
                .map(|(head, bytes)| Accepted {
                    cursor: head.cursor,
                    op: OpaqueBytes::new(bytes.clone()),
                })
                .collect(),
            more: end < self.ops.len(),
        })
    }
}
