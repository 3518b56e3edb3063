//! Who is signed in on this device.

use crate::answer;
use crate::command::{Reply, RequestId, SignInLink, Unsent};
use crate::context::Context;
use crate::device::{Device, Session};
use crate::effect::{Change, Method, Response, Rows, Store, Unreachable};
use crate::engine::{Engine, Life};
use crate::job::Job;
use crate::outbox_rows;
use crate::packs::PackId;
use crate::wait::Wait;
use rand_core::CryptoRng;
use sync_core::message::{NewLink, Session as SessionMessage, SignInRequest};
use sync_core::{Outbox, endpoint};
use vault_types::order::sort_by_key;
use vault_types::{Code, DeviceId, Seen, limits};

impl Engine {
    /// The device's storage was read.
    pub(crate) fn started<R: CryptoRng>(
        &mut self,
        result: Result<Vec<Rows>, Code>,
        cx: &mut Context<'_, R>,
    ) {
        match result.and_then(load) {
            Ok((device, outbox)) => {
                self.device = device;
                self.outbox = outbox;
                self.tell_lock(cx);
            }
            Err(code) => return self.resume_commands(Life::Broken(code), cx),
        }
        if self.device.id.is_none() {
            let id = DeviceId::from_random(cx.random());
            self.device.id = Some(id);
            let changes = vec![Device::put_id(id)];
            cx.write(
                &mut self.waiting,
                changes,
                Wait::SessionWritten { request: None },
            );
        }
        if self.peer().is_some() {
            self.resume_commands(Life::Closed, cx);
        } else {
            // Storage may have been cleared, or another device made the vault.
            self.check_session(cx);
        }
    }

    pub(crate) fn check_session<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) {
        let (method, path) = (Method::Get, endpoint::SESSION);
        cx.send(
            &mut self.waiting,
            method,
            path,
            Vec::new(),
            Wait::SessionChecked,
        );
    }

    fn resume_commands<R: CryptoRng>(&mut self, life: Life, cx: &mut Context<'_, R>) {
        if !matches!(self.life, Life::Starting { .. }) {
            return;
        }
        if let Life::Starting { queued } = core::mem::replace(&mut self.life, life) {
            for (request, command) in queued {
                self.command(request, command, cx);
            }
        }
    }

    pub(crate) fn session_checked<R: CryptoRng>(
        &mut self,
        result: Result<Response, Unreachable>,
        cx: &mut Context<'_, R>,
    ) {
        match answer::read::<SessionMessage>(result) {
            Ok(message) => self.take_session(None, &message, cx),
            Err(Code::SignedOut | Code::DeviceRevoked)
                if matches!(self.life, Life::Starting { .. }) =>
            {
                self.device.session = None;
            }
            Err(_) => {}
        }
        self.resume_commands(Life::Closed, cx);
    }

    pub(crate) fn sign_in<R: CryptoRng>(
        &mut self,
        request: RequestId,
        link: String,
        device_name: String,
        cx: &mut Context<'_, R>,
    ) {
        let Some(device_id) = self.device.id else {
            return cx.answer(request, Code::Internal);
        };
        let device_name = crate::import::cut(device_name, limits::DEVICE_NAME_BYTES_MAX);
        let message = SignInRequest {
            link,
            device_id,
            device_name,
        };
        match sync_core::encode(&message) {
            Ok(body) => {
                let wait = Wait::SignedIn { request };
                cx.send(
                    &mut self.waiting,
                    Method::Post,
                    endpoint::SESSION,
                    body,
                    wait,
                );
            }
            Err(_) => cx.answer(request, Code::LinkInvalid),
        }
    }

    pub(crate) fn signed_in<R: CryptoRng>(
        &mut self,
        request: RequestId,
        result: Result<Response, Unreachable>,
        cx: &mut Context<'_, R>,
    ) {
        match answer::read::<SessionMessage>(result) {
            Ok(message) => self.take_session(Some(request), &message, cx),
            Err(code) => cx.answer(request, code),
        }
    }

    /// Takes a session over, unless this device holds what belongs to another
    /// account.
    fn take_session<R: CryptoRng>(
        &mut self,
        request: Option<RequestId>,
        message: &SessionMessage,
        cx: &mut Context<'_, R>,
    ) {
        if matches!(self.life, Life::Leaving) {
            if let Some(request) = request {
                cx.answer(request, Code::Stopped);
            }
            return;
        }
        let session = Session {
            account_id: message.account_id,
            server_epoch: message.server_epoch,
            vault_id: message.vault_id,
        };
        let known = self.device.session;
        let foreign = known.is_some_and(|known| {
            known.account_id != session.account_id
                || (known.vault_id.is_some() && known.vault_id != session.vault_id)
        });
        if foreign {
            if let Some(request) = request {
                cx.answer(request, Code::OtherAccount);
            }
            return;
        }
        // The history that this device has verified belongs to the epoch that
        // it knows: a new one must show as a reset server, not slip in here.
        let server_epoch = known.map_or(session.server_epoch, |known| {
            if self.device.seen == Seen::default() {
                session.server_epoch
            } else {
                known.server_epoch
            }
        });
        let session = Session {
            server_epoch,
            ..session
        };
        // The id once more: when it was made, the disk may not have taken it,
        // and a session without its device would be another device's for ever.
        let changes = vec![
            Device::put_session(&session),
            Device::put_id(message.device_id),
        ];
        self.device.id = Some(message.device_id);
        self.device.session = Some(session);
        cx.write(&mut self.waiting, changes, Wait::SessionWritten { request });
        self.session_lives(cx);
        if matches!(self.life, Life::Open(_)) {
            self.sync.check_now(None, cx.now_ms);
        }
        self.tell_lock(cx);
    }

    pub(crate) fn session_written<R: CryptoRng>(
        &mut self,
        request: Option<RequestId>,
        result: Result<(), Code>,
        cx: &mut Context<'_, R>,
    ) {
        let Some(request) = request else { return };
        match result {
            Ok(()) => {
                cx.answer(request, Reply::State(self.state()));
                self.tell_state(cx);
            }
            Err(code) => cx.answer(request, code),
        }
    }

    /// Signs out behind the writes that were asked for.
    pub(crate) fn sign_out<R: CryptoRng>(
        &mut self,
        request: RequestId,
        unsent: Unsent,
        cx: &mut Context<'_, R>,
    ) {
        match &mut self.life {
            Life::Open(open) => open.jobs.push_back(Job::SignOut { request, unsent }),
            _ => self.leave(request, unsent, cx),
        }
    }

    /// Locks, then ends the session at the server, then forgets everything.
    pub(crate) fn leave<R: CryptoRng>(
        &mut self,
        request: RequestId,
        unsent: Unsent,
        cx: &mut Context<'_, R>,
    ) {
        let is_clear = self.outbox.is_empty() && self.device.drafts.is_empty();
        if unsent == Unsent::Keep && !is_clear {
            return cx.answer(request, Code::UnsentWork);
        }
        for asked in self.wipe(cx) {
            cx.answer(asked, Code::Stopped);
        }
        self.announce_lock(cx);
        self.stop_unlocking(cx);
        self.life = Life::Leaving;
        let wait = Wait::SignedOut { request };
        cx.send(
            &mut self.waiting,
            Method::Delete,
            endpoint::SESSION,
            Vec::new(),
            wait,
        );
    }

    /// Without a server the session ends there by itself; what is on this
    /// device goes in any case.
    pub(crate) fn signed_out<R: CryptoRng>(
        &mut self,
        request: RequestId,
        _result: Result<Response, Unreachable>,
        cx: &mut Context<'_, R>,
    ) {
        let changes = Store::ALL
            .into_iter()
            .map(|store| Change::Clear { store })
            .collect();
        cx.write(&mut self.waiting, changes, Wait::Cleared { request });
    }

    pub(crate) fn cleared<R: CryptoRng>(
        &mut self,
        request: RequestId,
        result: Result<(), Code>,
        cx: &mut Context<'_, R>,
    ) {
        self.life = Life::Closed;
        if let Err(code) = result {
            return cx.answer(request, code);
        }
        let id = DeviceId::from_random(cx.random());
        self.device = Device {
            id: Some(id),
            ..Device::default()
        };
        self.outbox = Outbox::new();
        self.sync = crate::sync::Sync::default();
        self.guard = crate::lock::Guard::default();
        let changes = vec![Device::put_id(id)];
        cx.write(
            &mut self.waiting,
            changes,
            Wait::SessionWritten {
                request: Some(request),
            },
        );
    }

    pub(crate) fn create_link<R: CryptoRng>(
        &mut self,
        request: RequestId,
        cx: &mut Context<'_, R>,
    ) {
        let wait = Wait::LinkMade { request };
        cx.send(
            &mut self.waiting,
            Method::Post,
            endpoint::LINKS,
            Vec::new(),
            wait,
        );
    }

    pub(crate) fn link_made<R: CryptoRng>(
        &mut self,
        request: RequestId,
        result: Result<Response, Unreachable>,
        cx: &mut Context<'_, R>,
    ) {
        let answer = answer::read::<NewLink>(result).map(|link| {
            Reply::Link(SignInLink {
                url: link.url,
                expires_at_ms: link.expires_at_ms as f64,
            })
        });
        cx.answer(request, answer.map_err(Into::into));
    }
}

fn load(results: Vec<Rows>) -> Result<(Device, Outbox<crate::packs::Location>), Code> {
    let mut results = results.into_iter();
    let device = Device::load(results.next().unwrap_or_default()).map_err(|_| Code::Corrupt)?;
    let mut rows: Vec<(PackId, Vec<u8>)> = Vec::new();
    for (key, row) in results.next().unwrap_or_default() {
        rows.push((PackId::from_key(&key).ok_or(Code::Corrupt)?, row));
    }
    sort_by_key(&mut rows, |(pack, _)| *pack);
    let mut outbox = Outbox::new();
    for (pack, row) in rows {
        for unsent in outbox_rows::decode(pack, &row).map_err(|_| Code::Corrupt)? {
            outbox.restore(unsent);
        }
    }
    Ok((device, outbox))
}
