//! Making a vault, and opening it: passphrase → stretched key → vault key →
//! catalogue → list.

use crate::answer;
use crate::command::{Reply, RequestId, SecretText};
use crate::context::Context;
use crate::device::{Device, Session};
use crate::effect::{Method, Query, Response, Rows, Store, Unreachable};
use crate::engine::{Engine, Life};
use crate::index::SegmentId;
use crate::job::Job;
use crate::open_vault::OpenVault;
use crate::read;
use crate::wait::Wait;
use rand_core::CryptoRng;
use sync_core::endpoint;
use sync_core::message::{
    CreateVaultRequest, CryptoPolicies, SlotList as SlotListMessage, VaultInfo,
};
use vault_core::{
    KdfRequest, LockedVault, NewSlot, Passphrase, Policy, SlotList, StretchedKey, UnlockedVault,
    VaultIdentity, create_vault,
};
use vault_types::{Code, CredentialId, Generation, OpaqueBytes, VaultId};

/// An unlock under way: two things that are fetched side by side.
pub(crate) struct Unlocking {
    request: RequestId,
    locked: LockedVault,
    key: Option<StretchedKey>,
    pages: Option<Rows>,
}

impl Engine {
    pub(crate) fn create_vault<R: CryptoRng>(
        &mut self,
        request: RequestId,
        passphrase: &SecretText,
        cx: &mut Context<'_, R>,
    ) {
        let refused = match self.device.session {
            None => Some(Code::SignedOut),
            Some(session) if session.vault_id.is_some() => Some(Code::VaultExists),
            Some(_) => None,
        };
        if let Some(code) = refused {
            return cx.answer(request, code);
        }
        match Passphrase::new(passphrase.expose_text()) {
            Ok(passphrase) => {
                let wait = Wait::PolicyFetched {
                    request,
                    passphrase,
                };
                let (method, path) = (Method::Get, endpoint::CRYPTO_POLICY);
                cx.send(&mut self.waiting, method, path, Vec::new(), wait);
            }
            Err(error) => cx.answer(request, error.code()),
        }
    }

    /// The deployment names a policy; what is in it, this client knows.
    pub(crate) fn policy_fetched<R: CryptoRng>(
        &mut self,
        request: RequestId,
        passphrase: Passphrase,
        result: Result<Response, Unreachable>,
        cx: &mut Context<'_, R>,
    ) {
        let request_of = |policy: &Policy, rng: &mut R| {
            KdfRequest::for_new_slot(policy, rng).map_err(|error| error.code())
        };
        let prepared = answer::read::<CryptoPolicies>(result).and_then(|policies| {
            let policy = Policy::by_version(policies.current.version).ok_or(Code::NewerVersion)?;
            Ok((request_of(&policy, cx.rng)?, policy))
        });
        match prepared {
            Ok((kdf, policy)) => {
                let wait = Wait::NewKey { request, policy };
                cx.stretch(&mut self.waiting, kdf, passphrase, wait);
            }
            Err(code) => cx.answer(request, code),
        }
    }

    pub(crate) fn new_key<R: CryptoRng>(
        &mut self,
        request: RequestId,
        policy: &Policy,
        key: Result<StretchedKey, Code>,
        cx: &mut Context<'_, R>,
    ) {
        let Some(session) = self.device.session else {
            return cx.answer(request, Code::SignedOut);
        };
        let vault_id = VaultId::from_random(cx.random());
        let identity = VaultIdentity {
            account_id: session.account_id,
            vault_id,
        };
        let slot = NewSlot {
            credential_id: CredentialId::from_random(cx.random()),
            label: "Passphrase",
        };
        let made = key.and_then(|key| {
            create_vault(identity, policy, slot, key, cx.rng).map_err(|error| error.code())
        });
        let prepared = made.and_then(|(vault, slots)| {
            let slots = slots.to_json().map_err(|error| error.code())?;
            let message = CreateVaultRequest {
                vault_id,
                policy_version: policy.version,
                slot_list: OpaqueBytes::new(slots.clone()),
                slots_generation: Generation(1),
            };
            let body = sync_core::encode(&message).map_err(|_| Code::Internal)?;
            Ok((vault, slots, body))
        });
        match prepared {
            Ok((vault, slots, body)) => {
                let session = Session {
                    vault_id: Some(vault_id),
                    ..session
                };
                let wait = Wait::VaultCreated {
                    request,
                    vault: Box::new(vault),
                    session,
                    slots,
                };
                cx.send(&mut self.waiting, Method::Post, endpoint::VAULT, body, wait);
            }
            Err(code) => cx.answer(request, code),
        }
    }

    pub(crate) fn vault_created<R: CryptoRng>(
        &mut self,
        request: RequestId,
        (vault, session, slots): (Box<UnlockedVault>, Session, Vec<u8>),
        result: Result<Response, Unreachable>,
        cx: &mut Context<'_, R>,
    ) {
        if self.device.session.map(|own| own.account_id) != Some(session.account_id)
            || matches!(self.life, Life::Leaving)
        {
            return cx.answer(request, Code::Stopped);
        }
        let info = answer::read::<VaultInfo>(result);
        match info.map(|info| info.vault_id == vault.identity().vault_id) {
            Ok(true) => {
                let changes = vec![Device::put_session(&session), Device::put_slots(&slots)];
                self.device.session = Some(session);
                self.device.slots = Some(slots);
                cx.write(
                    &mut self.waiting,
                    changes,
                    Wait::VaultWritten { request, vault },
                );
            }
            Ok(false) => cx.answer(request, Code::NotOurServer),
            Err(Code::VaultExists) => {
                // Another device was faster: its vault is the account's.
                cx.answer(request, Code::VaultExists);
                self.check_session(cx);
            }
            Err(code) => cx.answer(request, code),
        }
    }

    pub(crate) fn vault_written<R: CryptoRng>(
        &mut self,
        request: RequestId,
        vault: UnlockedVault,
        result: Result<(), Code>,
        cx: &mut Context<'_, R>,
    ) {
        if self.identity() != Some(*vault.identity()) || matches!(self.life, Life::Leaving) {
            return cx.answer(request, Code::Stopped);
        }
        if matches!(self.life, Life::Open(_)) {
            return cx.answer(request, Reply::State(self.state()));
        }
        // An unlock that was quicker to ask has lost to this.
        self.stop_unlocking(cx);
        // Whatever the disk did, the vault is on the server: it can be opened.
        match result.and_then(|()| OpenVault::load(vault, &Rows::new(), &self.outbox)) {
            Ok(open) => self.opened(request, open, cx),
            Err(code) => cx.answer(request, code),
        }
    }

    pub(crate) fn unlock<R: CryptoRng>(
        &mut self,
        request: RequestId,
        passphrase: &SecretText,
        cx: &mut Context<'_, R>,
    ) {
        match self.life {
            Life::Open(_) => return cx.answer(request, Reply::State(self.state())),
            Life::Unlocking(_) => return cx.answer(request, Code::Misuse),
            _ => {}
        }
        let Some(session) = self.device.session else {
            return cx.answer(request, Code::SignedOut);
        };
        let Some(vault_id) = session.vault_id else {
            return cx.answer(request, Code::NoVault);
        };
        let passphrase = match Passphrase::for_unlock(passphrase.expose_text()) {
            Ok(passphrase) => passphrase,
            Err(_) => return cx.answer(request, Code::CannotUnlock),
        };
        match self.device.slots.clone() {
            Some(slots) => self.try_slots(request, passphrase, &slots, cx),
            None => {
                let wait = Wait::SlotsFetched {
                    request,
                    passphrase,
                    vault_id,
                };
                cx.send(
                    &mut self.waiting,
                    Method::Get,
                    endpoint::SLOTS,
                    Vec::new(),
                    wait,
                );
            }
        }
    }

    pub(crate) fn slots_fetched<R: CryptoRng>(
        &mut self,
        request: RequestId,
        passphrase: Passphrase,
        vault_id: VaultId,
        result: Result<Response, Unreachable>,
        cx: &mut Context<'_, R>,
    ) {
        match self.life {
            Life::Open(_) => return cx.answer(request, Reply::State(self.state())),
            Life::Unlocking(_) => return cx.answer(request, Code::Misuse),
            _ => {}
        }
        let same = self.peer().map(|peer| peer.vault_id) == Some(vault_id);
        if !same || matches!(self.life, Life::Leaving) {
            return cx.answer(request, Code::Stopped);
        }
        match answer::read::<SlotListMessage>(result) {
            Ok(message) => {
                let slots = message.slot_list.into_vec();
                self.try_slots(request, passphrase, &slots, cx);
            }
            Err(code) => cx.answer(request, code),
        }
    }

    /// Stretches the passphrase and reads the catalogue, side by side.
    fn try_slots<R: CryptoRng>(
        &mut self,
        request: RequestId,
        passphrase: Passphrase,
        slots: &[u8],
        cx: &mut Context<'_, R>,
    ) {
        let Some(identity) = self.identity() else {
            return cx.answer(request, Code::NoVault);
        };
        let prepared = SlotList::parse_json(slots).and_then(|slots| {
            let locked = LockedVault::new(identity, slots)?;
            Ok((locked.kdf_request()?, locked))
        });
        match prepared {
            Ok((kdf, locked)) => {
                let unlocking = Unlocking {
                    request,
                    locked,
                    key: None,
                    pages: None,
                };
                self.life = Life::Unlocking(Box::new(unlocking));
                let key = Wait::UnlockKey { request };
                cx.stretch(&mut self.waiting, kdf, passphrase, key);
                let pages = vec![Query::All {
                    store: Store::Pages,
                }];
                cx.read(&mut self.waiting, pages, Wait::UnlockPages { request });
            }
            Err(error) => cx.answer(request, error.code()),
        }
    }

    fn identity(&self) -> Option<VaultIdentity> {
        let session = self.device.session?;
        Some(VaultIdentity {
            account_id: session.account_id,
            vault_id: session.vault_id?,
        })
    }

    /// The unlock that a request asked for, unless that has failed meanwhile.
    fn unlocking(&mut self, request: RequestId) -> Option<&mut Unlocking> {
        match &mut self.life {
            Life::Unlocking(unlocking) if unlocking.request == request => Some(unlocking),
            _ => None,
        }
    }

    /// Ends an unlock under way.
    pub(crate) fn stop_unlocking<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) {
        if matches!(self.life, Life::Unlocking(_)) {
            self.unlock_failed(Code::Stopped, cx);
        }
    }

    pub(crate) fn key_stretched<R: CryptoRng>(
        &mut self,
        request: RequestId,
        key: Result<StretchedKey, Code>,
        cx: &mut Context<'_, R>,
    ) {
        let Some(unlocking) = self.unlocking(request) else {
            return;
        };
        match key {
            Ok(key) => unlocking.key = Some(key),
            Err(code) => return self.unlock_failed(code, cx),
        }
        self.try_key(cx);
    }

    pub(crate) fn pages_loaded<R: CryptoRng>(
        &mut self,
        request: RequestId,
        result: Result<Vec<Rows>, Code>,
        cx: &mut Context<'_, R>,
    ) {
        let Some(unlocking) = self.unlocking(request) else {
            return;
        };
        match result {
            Ok(results) => unlocking.pages = Some(results.into_iter().flatten().collect()),
            Err(code) => return self.unlock_failed(code, cx),
        }
        self.try_key(cx);
    }

    fn unlock_failed<R: CryptoRng>(&mut self, code: Code, cx: &mut Context<'_, R>) {
        if let Life::Unlocking(unlocking) = core::mem::replace(&mut self.life, Life::Closed) {
            cx.answer(unlocking.request, code);
        }
    }

    /// Once both are there.
    fn try_key<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) {
        let Life::Unlocking(unlocking) = &mut self.life else {
            return;
        };
        if unlocking.key.is_none() || unlocking.pages.is_none() {
            return;
        }
        let Life::Unlocking(unlocking) = core::mem::replace(&mut self.life, Life::Closed) else {
            return;
        };
        let Unlocking {
            request,
            locked,
            key: Some(key),
            pages: Some(pages),
        } = *unlocking
        else {
            return;
        };
        let opened = locked
            .unlock(key)
            .map_err(|error| error.code())
            .and_then(|vault| OpenVault::load(vault, &pages, &self.outbox));
        match opened {
            Ok(open) => self.opened(request, open, cx),
            Err(code) => cx.answer(request, code),
        }
    }

    /// The vault is open: answer, then read the index, then sync.
    fn opened<R: CryptoRng>(
        &mut self,
        request: RequestId,
        mut open: OpenVault,
        cx: &mut Context<'_, R>,
    ) {
        self.remember_slots(&open, cx);
        open.jobs.push_back(Job::ForgetDeleted);
        self.life = Life::Open(Box::new(open));
        cx.answer(request, Reply::State(self.state()));
        self.tell_state(cx);
        let segments = vec![Query::All {
            store: Store::Segments,
        }];
        cx.read(&mut self.waiting, segments, Wait::Segments);
        if let Some(session) = self.device.session {
            self.sync.resume(&session, self.device.seen, cx.now_ms);
        }
        self.touch(cx);
    }

    /// Slots that opened the vault and carry its seal are kept for offline.
    fn remember_slots<R: CryptoRng>(&mut self, open: &OpenVault, cx: &mut Context<'_, R>) {
        if self.device.slots.is_some() {
            return;
        }
        if let Ok(slots) = open.vault.slots().to_json() {
            let changes = vec![Device::put_slots(&slots)];
            self.device.slots = Some(slots);
            cx.write(
                &mut self.waiting,
                changes,
                Wait::SessionWritten { request: None },
            );
        }
    }

    /// Takes in the index. What is damaged or missing is indexed again.
    pub(crate) fn segments_loaded<R: CryptoRng>(
        &mut self,
        result: Result<Vec<Rows>, Code>,
        cx: &mut Context<'_, R>,
    ) {
        let Life::Open(open) = &mut self.life else {
            return;
        };
        let rows = result.unwrap_or_default().into_iter().flatten();
        let read = rows
            .filter_map(|(key, sealed)| Some((SegmentId::from_key(&key)?, sealed)))
            .map(|(id, sealed)| (id, open.open_segment(id, &sealed)))
            .collect();
        open.index.load(read);
        open.jobs.push_back(Job::Reindex);
        cx.notify(crate::command::Notice::SearchReady);
        for asked in core::mem::take(&mut open.searches) {
            read::search(open, &self.outbox, asked, &mut self.waiting, cx);
        }
    }
}
