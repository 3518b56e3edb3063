//! Destroying the vault: at the server, then on this device. Another device
//! keeps what it holds until its owner signs out there.

use crate::answer;
use crate::command::{Reply, RequestId};
use crate::context::Context;
use crate::device::{Device, Session};
use crate::effect::{Change, Method, Response, Store, Unreachable};
use crate::engine::{Engine, Life};
use crate::wait::Wait;
use rand_core::CryptoRng;
use sync_core::message::{RESET_WORDS, ResetVaultRequest};
use sync_core::{Outbox, endpoint};
use vault_types::Code;

impl Engine {
    /// Asks the server to destroy the vault, if the words are the right ones.
    pub(crate) fn reset_vault<R: CryptoRng>(
        &mut self,
        request: RequestId,
        confirmation: &str,
        cx: &mut Context<'_, R>,
    ) {
        let Some(session) = self.device.session else {
            return cx.answer(request, Code::SignedOut);
        };
        let Some(vault_id) = session.vault_id else {
            return cx.answer(request, Code::NoVault);
        };
        if confirmation.trim() != RESET_WORDS {
            return cx.answer(request, Code::NotConfirmed);
        }
        let message = ResetVaultRequest {
            vault_id,
            confirm: RESET_WORDS.to_owned(),
        };
        match sync_core::encode(&message) {
            Ok(body) => {
                let wait = Wait::VaultReset { request };
                cx.send(&mut self.waiting, Method::Post, endpoint::RESET, body, wait);
            }
            Err(_) => cx.answer(request, Code::Internal),
        }
    }

    /// The vault is gone at the server: forget it here, and stay signed in.
    pub(crate) fn vault_reset<R: CryptoRng>(
        &mut self,
        request: RequestId,
        result: Result<Response, Unreachable>,
        cx: &mut Context<'_, R>,
    ) {
        if let Err(code) = answer::accept(result) {
            return cx.answer(request, code);
        }
        let (Some(session), Some(id)) = (self.device.session, self.device.id) else {
            return cx.answer(request, Code::Stopped);
        };
        self.lock(None, cx);
        self.stop_unlocking(cx);
        self.life = Life::Leaving;
        let session = Session {
            vault_id: None,
            ..session
        };
        let mut changes: Vec<Change> = Store::ALL
            .into_iter()
            .map(|store| Change::Clear { store })
            .collect();
        changes.push(Device::put_id(id));
        changes.push(Device::put_session(&session));
        let wait = Wait::ResetWritten { request, session };
        cx.write(&mut self.waiting, changes, wait);
    }

    pub(crate) fn reset_written<R: CryptoRng>(
        &mut self,
        request: RequestId,
        session: Session,
        result: Result<(), Code>,
        cx: &mut Context<'_, R>,
    ) {
        self.life = Life::Closed;
        if let Err(code) = result {
            return cx.answer(request, code);
        }
        self.device = Device {
            id: self.device.id,
            session: Some(session),
            ..Device::default()
        };
        self.outbox = Outbox::new();
        self.sync = crate::sync::Sync::default();
        cx.answer(request, Reply::State(self.state()));
        self.tell_state(cx);
    }
}
