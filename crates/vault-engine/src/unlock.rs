//! Opening a vault: passphrase → stretched key → vault key → catalogue →
//! list.

use crate::answer;
use crate::catalogue::Catalogue;
use crate::command::{Notice, Reply, RequestId, SecretText};
use crate::context::Context;
use crate::effect::{Method, Query, Response, Rows, Store, Unreachable};
use crate::engine::{Engine, Life};
use crate::index::SegmentId;
use crate::job::Job;
use crate::open_vault::OpenVault;
use crate::read;
use crate::reseal;
use crate::wait::Wait;
use rand_core::CryptoRng;
use sync_core::endpoint;
use sync_core::message::SlotList as SlotListMessage;
use vault_core::{LockedVault, Passphrase, SlotList, StretchedKey, UnlockedVault, VaultIdentity};
use vault_types::{Code, VaultId};

/// An unlock under way.
pub(crate) struct Unlocking {
    pub(crate) request: RequestId,
    pub(crate) step: Step,
}

/// How far an unlock has come.
pub(crate) enum Step {
    /// Two things are fetched side by side.
    Key {
        locked: Box<LockedVault>,
        key: Option<StretchedKey>,
        pages: Option<Rows>,
    },
    /// The catalogue is damaged: everything is read, to make it anew.
    Packs { vault: Box<UnlockedVault> },
    /// The new catalogue is being written.
    Rewriting { open: Box<OpenVault> },
}

impl Engine {
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
        match self.kept_slots() {
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

    /// The slots on this disk. Damaged or older ones are fetched like missing
    /// ones.
    fn kept_slots(&self) -> Option<Vec<u8>> {
        let kept = self.device.slots.as_ref()?;
        let slots = SlotList::parse_json(kept).ok()?;
        self.device.refuse_older(&slots).ok()?;
        Some(kept.clone())
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
        let parsed = SlotList::parse_json(slots).map_err(|error| error.code());
        let prepared = parsed.and_then(|slots| {
            self.device.refuse_older(&slots)?;
            let locked = LockedVault::new(identity, slots).map_err(|error| error.code())?;
            let kdf = locked.kdf_request().map_err(|error| error.code())?;
            Ok((kdf, locked))
        });
        match prepared {
            Ok((kdf, locked)) => {
                self.ask_lock(cx);
                let step = Step::Key {
                    locked: Box::new(locked),
                    key: None,
                    pages: None,
                };
                self.life = Life::Unlocking(Unlocking { request, step });
                let key = Wait::UnlockKey { request };
                cx.stretch(&mut self.waiting, kdf, passphrase, key);
                let pages = vec![Query::All {
                    store: Store::Pages,
                }];
                cx.read(&mut self.waiting, pages, Wait::UnlockPages { request });
            }
            Err(code) => cx.answer(request, code),
        }
    }

    pub(crate) fn identity(&self) -> Option<VaultIdentity> {
        let session = self.device.session?;
        Some(VaultIdentity {
            account_id: session.account_id,
            vault_id: session.vault_id?,
        })
    }

    /// Takes up the unlock that a request asked for, unless that has ended
    /// meanwhile. What is not put back is over.
    pub(crate) fn take_unlocking(&mut self, request: RequestId) -> Option<Step> {
        match core::mem::replace(&mut self.life, Life::Closed) {
            Life::Unlocking(unlocking) if unlocking.request == request => Some(unlocking.step),
            other => {
                self.life = other;
                None
            }
        }
    }

    /// Ends an unlock under way.
    pub(crate) fn stop_unlocking<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) {
        if let Life::Unlocking(unlocking) = &self.life {
            cx.answer(unlocking.request, Code::Stopped);
            self.life = Life::Closed;
        }
    }

    pub(crate) fn key_stretched<R: CryptoRng>(
        &mut self,
        request: RequestId,
        stretched: Result<StretchedKey, Code>,
        cx: &mut Context<'_, R>,
    ) {
        if let Some(Step::Key { locked, pages, .. }) = self.take_unlocking(request) {
            match stretched {
                Ok(key) => self.try_key(request, (locked, Some(key), pages), cx),
                Err(code) => cx.answer(request, code),
            }
        }
    }

    pub(crate) fn pages_loaded<R: CryptoRng>(
        &mut self,
        request: RequestId,
        result: Result<Vec<Rows>, Code>,
        cx: &mut Context<'_, R>,
    ) {
        if let Some(Step::Key { locked, key, .. }) = self.take_unlocking(request) {
            match result {
                Ok(results) => {
                    let pages = results.into_iter().flatten().collect();
                    self.try_key(request, (locked, key, Some(pages)), cx);
                }
                Err(code) => cx.answer(request, code),
            }
        }
    }

    /// Goes on once both are there.
    fn try_key<R: CryptoRng>(
        &mut self,
        request: RequestId,
        parts: (Box<LockedVault>, Option<StretchedKey>, Option<Rows>),
        cx: &mut Context<'_, R>,
    ) {
        let (key, pages, locked) = match parts {
            (locked, Some(key), Some(pages)) => (key, pages, locked),
            (locked, key, pages) => {
                let step = Step::Key { locked, key, pages };
                self.life = Life::Unlocking(Unlocking { request, step });
                return;
            }
        };
        let vault = match locked.unlock(key) {
            Ok(vault) => vault,
            Err(error) => return cx.answer(request, error.code()),
        };
        match Catalogue::open(&vault, &pages) {
            Ok(catalogue) => {
                let open = OpenVault::new(vault, catalogue, &self.outbox);
                self.opened(request, open, cx);
            }
            Err(Code::Corrupt) => self.rebuild(request, vault, cx),
            Err(code) => cx.answer(request, code),
        }
    }

    /// The vault is open: answer, then read the index, then sync.
    pub(crate) fn opened<R: CryptoRng>(
        &mut self,
        request: RequestId,
        mut open: OpenVault,
        cx: &mut Context<'_, R>,
    ) {
        self.remember_slots(&open, cx);
        open.jobs.push_back(Job::ForgetDeleted);
        reseal::count(&mut open);
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
        self.guard_opened(cx);
    }

    /// Slots that opened the vault and carry its seal are kept for offline.
    fn remember_slots<R: CryptoRng>(&mut self, open: &OpenVault, cx: &mut Context<'_, R>) {
        let slots = open.vault.slots();
        let known = self.device.generation_of(slots.identity().vault_id);
        if let Ok(json) = slots.to_json()
            && (self.device.slots.as_ref() != Some(&json) || known != slots.generation())
        {
            let changes = self.device.take_slots(json, slots);
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
        match result {
            Ok(results) => {
                let rows = results.into_iter().flatten();
                let read = rows
                    .filter_map(|(key, sealed)| Some((SegmentId::from_key(&key)?, sealed)))
                    .map(|(id, sealed)| (id, open.open_segment(id, &sealed)))
                    .collect();
                open.index.load(read);
                open.next_doc = open.next_doc.max(open.index.next_doc());
            }
            Err(_) => open.index.lose(),
        }
        open.jobs.push_front(Job::Reindex);
        cx.notify(Notice::SearchReady);
        for asked in core::mem::take(&mut open.searches) {
            read::search(open, &self.outbox, asked, &mut self.waiting, cx);
        }
    }
}
