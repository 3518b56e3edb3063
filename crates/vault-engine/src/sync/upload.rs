//! Sending what is unsent, and taking the server's word for it.

use super::{Peer, Sync};
use crate::answer;
use crate::context::{Context, Waiting};
use crate::effect::{Method, Response, Unreachable};
use crate::hashes;
use crate::job::{Job, Outcome};
use crate::open_vault::OpenVault;
use crate::packs::Location;
use crate::read;
use crate::stage::{Stage, Staged};
use crate::wait::Wait;
use rand_core::CryptoRng;
use sync_core::message::{UploadRequest, UploadResponse};
use sync_core::{BatchLimits, Head, History, Outbox, OwnExtension, endpoint};
use vault_types::{Code, OpId, OpaqueBytes};

impl Sync {
    /// Begins an upload of the oldest unsent operations. `false` if there are
    /// none: the round is over.
    pub(crate) fn upload<R: CryptoRng>(
        &mut self,
        peer: Peer,
        open: &mut OpenVault,
        outbox: &mut Outbox<Location>,
        waiting: &mut Waiting,
        cx: &mut Context<'_, R>,
    ) -> Result<bool, Code> {
        let Some(batch) = outbox.next_batch(BatchLimits::default()) else {
            return Ok(false);
        };
        let missing = read::missing_packs(open, batch.iter().map(|pending| pending.payload));
        if missing.is_empty() {
            self.send(peer, open, outbox, waiting, cx)?;
        } else {
            cx.read(waiting, read::packs_query(missing), Wait::UploadPacks);
        }
        Ok(true)
    }

    /// Sends the batch under way, whose packs are in memory.
    pub(crate) fn send<R: CryptoRng>(
        &mut self,
        peer: Peer,
        open: &mut OpenVault,
        outbox: &Outbox<Location>,
        waiting: &mut Waiting,
        cx: &mut Context<'_, R>,
    ) -> Result<(), Code> {
        let history = self.history.ok_or(Code::Stopped)?;
        self.sent.clear();
        for pending in outbox.in_flight() {
            let bytes = open.packs.bytes(pending.payload).ok_or(Code::Corrupt)?;
            self.sent.push((pending.op_id, bytes.to_vec()));
        }
        let request = UploadRequest {
            vault_id: peer.vault_id,
            device_id: peer.device_id,
            client_cursor: history.head().cursor,
            server_epoch: history.server_epoch(),
            changes: self
                .sent
                .iter()
                .map(|(_, bytes)| OpaqueBytes::new(bytes.clone()))
                .collect(),
        };
        let body = sync_core::encode(&request).map_err(|_| Code::Internal)?;
        cx.send(
            waiting,
            Method::Post,
            endpoint::UPLOAD,
            body,
            Wait::Uploaded,
        );
        Ok(())
    }

    /// Takes the server's answer to an upload and has it noted.
    pub(crate) fn uploaded(
        &mut self,
        result: Result<Response, Unreachable>,
        open: &mut OpenVault,
    ) -> Result<(), Code> {
        let mut response: UploadResponse = answer::read(result)?;
        let history = self.history.ok_or(Code::Stopped)?;
        let sent: Vec<(OpId, &[u8])> = self
            .sent
            .iter()
            .map(|(op_id, bytes)| (*op_id, bytes.as_slice()))
            .collect();
        let extension = history
            .extend_own(&response, &sent)
            .map_err(|error| error.code())?;
        self.server_cursor = response.server_cursor;
        self.sent.clear();
        let (history, heads) = match extension {
            OwnExtension::Extended { history, ops } => (Some(history), hashes::heads(&ops)),
            OwnExtension::Behind => {
                // What was applied counts once the history shows it.
                response.applied.clear();
                (None, Vec::new())
            }
        };
        open.jobs.push_back(Job::Acknowledge {
            response,
            history,
            heads,
        });
        Ok(())
    }

    /// Settles the batch under way and stages what became of it. Nothing else
    /// may be staged in between: the outbox in memory is ahead of the disk.
    pub(crate) fn settle(
        &mut self,
        response: &UploadResponse,
        (history, heads): (Option<History>, Vec<Head>),
        outbox: &mut Outbox<Location>,
    ) -> Result<Staged, Code> {
        let settled = outbox.settle(response);
        let ahead = |(_, code): &(OpId, Code)| *code == Code::ClockAhead;
        self.is_ahead |= settled.refused.iter().any(ahead);
        if let Some((_, code)) = settled.refused.first() {
            self.failed = Some(*code);
        }
        let moved = !settled.acknowledged.is_empty() || !settled.refused.is_empty();
        if history.is_some() && !moved {
            // Else the same batch would be sent at once, for ever.
            return Err(Code::ServerFailed);
        }
        let acknowledged = settled.acknowledged;
        let ids = acknowledged.iter().map(|unsent| unsent.record_id).collect();
        let stage = Stage {
            sent: acknowledged,
            seen: history.map(|history| history.head().into()),
            heads,
            ..Stage::default()
        };
        Ok(Staged {
            stage,
            outcome: Outcome::Acknowledged { ids, history },
        })
    }

    /// The acknowledgement is stored: fetch what others wrote meanwhile, or
    /// send more.
    pub(crate) fn acknowledged<R: CryptoRng>(
        &mut self,
        history: Option<History>,
        peer: Peer,
        open: &mut OpenVault,
        waiting: &mut Waiting,
        cx: &mut Context<'_, R>,
    ) -> Result<(), Code> {
        match history {
            Some(history) => {
                self.advance(history);
                open.jobs.push_back(Job::Upload);
                Ok(())
            }
            None => self.download(peer, waiting, cx),
        }
    }
}
