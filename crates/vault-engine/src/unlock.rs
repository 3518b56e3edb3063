//! Opening a vault: passphrase → stretched key → vault key → catalogue →
//! list.

mod newest;

use crate::answer;
use crate::catalogue::{Catalogue, NEWEST};
use crate::command::{Notice, Reply, RequestId, SecretText};
use crate::context::Context;
use crate::effect::{Method, Query, Response, Rows, Store, Unreachable};
use crate::engine::{Engine, Life};
use crate::hashes::Hashes;
use crate::index::SegmentId;
use crate::job::Job;
use crate::open_vault::OpenVault;
use crate::read;
use crate::rekey::again;
use crate::reseal;
use crate::wait::Wait;
use newest::keyed;
use rand_core::CryptoRng;
use sync_core::endpoint;
use sync_core::message::SlotList as SlotListMessage;
use vault_core::{
    HeldKek, KdfRequest, LockedVault, Passphrase, SlotList, StretchedKey, UnlockError,
    UnlockedVault, VaultIdentity,
};
use vault_types::{Code, Generation, VaultId, limits};

/// What an unlock gathers.
type KeyParts = (
    Box<LockedVault>,
    Option<StretchedKey>,
    Option<Found>,
    Option<Box<Spare>>,
);

/// What the disk holds of the catalogue, sealed.
pub(crate) struct Found {
    pages: Rows,
    newest: Option<Vec<u8>>,
}

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
        found: Option<Found>,
        spare: Option<Box<Spare>>,
    },
    /// No list here opens: the server is asked whether there is a newer one.
    Asking {
        found: Found,
        passphrase: Box<Passphrase>,
        tried: Generation,
    },
    /// The newest rows are told; what follows is worth a turn of its own.
    Shown {
        vault: Box<UnlockedVault>,
        pages: Rows,
    },
    /// A recovery code opened it; the catalogue is being read.
    Coded {
        vault: Box<UnlockedVault>,
        held: Box<HeldKek>,
    },
    /// The catalogue is damaged: everything is read, to make it anew.
    Packs {
        vault: Box<UnlockedVault>,
        held: Option<Box<HeldKek>>,
    },
    /// The new catalogue is being written.
    Rewriting { open: Box<OpenVault> },
}

/// What else to try with a passphrase that opens nothing of the first list.
pub(crate) struct Spare {
    passphrase: Passphrase,
    /// The list from before a rotation, by whose key this device still reads.
    kept: Option<Vec<u8>>,
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
            Some((slots, kept)) => {
                let spare = again(&passphrase).map(|passphrase| Spare { passphrase, kept });
                self.try_slots(request, (passphrase, spare), &slots, cx);
            }
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

    /// The slots on this disk: those to try first, and those to try then.
    /// Damaged or older ones are fetched like missing ones.
    fn kept_slots(&self) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
        let holds = |json: &&Vec<u8>| {
            let slots = SlotList::parse_json(json).map_err(|error| error.code());
            slots.is_ok_and(|slots| self.device.refuse_older(&slots).is_ok())
        };
        let kept = self.device.slots.as_ref().filter(holds).cloned();
        match self.device.slots_new.as_ref().filter(holds) {
            Some(new) => Some((new.clone(), kept)),
            None => Some((kept?, None)),
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
                self.try_slots(request, (passphrase, None), &slots, cx);
            }
            Err(code) => cx.answer(request, code),
        }
    }

    /// Stretches the passphrase and reads the catalogue, side by side.
    fn try_slots<R: CryptoRng>(
        &mut self,
        request: RequestId,
        (passphrase, spare): (Passphrase, Option<Spare>),
        slots: &[u8],
        cx: &mut Context<'_, R>,
    ) {
        match self.prepare(slots) {
            Ok((kdf, locked)) => {
                self.ask_lock(cx);
                let step = Step::Key {
                    locked: Box::new(locked),
                    key: None,
                    found: None,
                    spare: spare.map(Box::new),
                };
                self.life = Life::Unlocking(Unlocking { request, step });
                let key = Wait::UnlockKey { request };
                cx.stretch(&mut self.waiting, kdf, passphrase, key);
                let (pages, newest) = (Store::Pages, keyed(NEWEST));
                let found = vec![Query::All { store: pages }, newest];
                cx.read(&mut self.waiting, found, Wait::UnlockPages { request });
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
        if let Some(Step::Key {
            locked,
            found,
            spare,
            ..
        }) = self.take_unlocking(request)
        {
            match stretched {
                Ok(key) => self.try_key(request, (locked, Some(key), found, spare), cx),
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
        let Some(step) = self.take_unlocking(request) else {
            return;
        };
        let found = match result {
            Ok(results) => Found::of(results),
            Err(code) => return cx.answer(request, code),
        };
        match step {
            Step::Key {
                locked, key, spare, ..
            } => self.try_key(request, (locked, key, Some(found), spare), cx),
            Step::Coded { vault, held } => {
                self.open_catalogue(request, (*vault, Some(held)), &found.pages, cx);
            }
            other => {
                self.life = Life::Unlocking(Unlocking {
                    request,
                    step: other,
                })
            }
        }
    }

    /// Goes on once both are there.
    fn try_key<R: CryptoRng>(
        &mut self,
        request: RequestId,
        parts: KeyParts,
        cx: &mut Context<'_, R>,
    ) {
        let (key, found, locked, spare) = match parts {
            (locked, Some(key), Some(found), spare) => (key, found, locked, spare),
            (locked, key, found, spare) => {
                let step = Step::Key {
                    locked,
                    key,
                    found,
                    spare,
                };
                self.life = Life::Unlocking(Unlocking { request, step });
                return;
            }
        };
        match (locked.unlock(key), spare) {
            (Ok(vault), _) => self.show_newest(request, vault, found, cx),
            (Err(error), Some(spare))
                if error == UnlockError::CannotUnlock || spare.kept.is_some() =>
            {
                let tried = locked.slots().generation();
                self.try_spare(request, (*spare, tried), found, cx);
            }
            (Err(error), _) => cx.answer(request, error.code()),
        }
    }

    /// Tries the list from before a rotation, then asks the server: another
    /// device may have changed the passphrase while this one was locked.
    fn try_spare<R: CryptoRng>(
        &mut self,
        request: RequestId,
        (spare, tried): (Spare, Generation),
        found: Found,
        cx: &mut Context<'_, R>,
    ) {
        let Spare { passphrase, kept } = spare;
        if let Some(kept) = kept {
            self.rejected = self.device.slots_new.take();
            let spare = again(&passphrase).map(|passphrase| {
                let kept = None;
                Box::new(Spare { passphrase, kept })
            });
            return self.stretch_again(request, (passphrase, spare), (&kept, found), cx);
        }
        let step = Step::Asking {
            found,
            passphrase: Box::new(passphrase),
            tried,
        };
        self.life = Life::Unlocking(Unlocking { request, step });
        cx.send_within(
            &mut self.waiting,
            limits::UNLOCK_ASK_MS,
            (Method::Get, endpoint::SLOTS),
            Wait::UnlockSlots { request },
        );
    }

    /// The server's list, if it is newer than what did not open.
    pub(crate) fn unlock_slots<R: CryptoRng>(
        &mut self,
        request: RequestId,
        result: Result<Response, Unreachable>,
        cx: &mut Context<'_, R>,
    ) {
        let Some(Step::Asking {
            found,
            passphrase,
            tried,
        }) = self.take_unlocking(request)
        else {
            return;
        };
        let newer = answer::read::<SlotListMessage>(result)
            .ok()
            .and_then(|message| {
                let json = message.slot_list.into_vec();
                let slots = SlotList::parse_json(&json).ok()?;
                (slots.generation() > tried).then_some(json)
            });
        match newer {
            Some(json) => self.stretch_again(request, (*passphrase, None), (&json, found), cx),
            None => cx.answer(request, Code::CannotUnlock),
        }
    }

    /// Stretches the passphrase for another list.
    fn stretch_again<R: CryptoRng>(
        &mut self,
        request: RequestId,
        (passphrase, spare): (Passphrase, Option<Box<Spare>>),
        (slots, found): (&[u8], Found),
        cx: &mut Context<'_, R>,
    ) {
        match self.prepare(slots) {
            Ok((kdf, locked)) => {
                let step = Step::Key {
                    locked: Box::new(locked),
                    key: None,
                    found: Some(found),
                    spare,
                };
                self.life = Life::Unlocking(Unlocking { request, step });
                let key = Wait::UnlockKey { request };
                cx.stretch(&mut self.waiting, kdf, passphrase, key);
            }
            Err(code) => cx.answer(request, code),
        }
    }

    /// A list that may count, and what to derive for it.
    fn prepare(&self, slots: &[u8]) -> Result<(KdfRequest, LockedVault), Code> {
        let identity = self.identity().ok_or(Code::NoVault)?;
        let slots = SlotList::parse_json(slots).map_err(|error| error.code())?;
        self.device.refuse_older(&slots)?;
        let locked = LockedVault::new(identity, slots).map_err(|error| error.code())?;
        let kdf = locked.kdf_request().map_err(|error| error.code())?;
        Ok((kdf, locked))
    }

    /// Opens the catalogue with the keys.
    fn open_catalogue<R: CryptoRng>(
        &mut self,
        request: RequestId,
        (vault, held): (UnlockedVault, Option<Box<HeldKek>>),
        pages: &Rows,
        cx: &mut Context<'_, R>,
    ) {
        match Catalogue::open(&vault, pages) {
            Ok(catalogue) => {
                let open = OpenVault::new(vault, catalogue, &self.outbox);
                self.opened(request, open.must_set(held), cx);
            }
            Err(Code::Corrupt) => self.rebuild(request, (vault, held), cx),
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
        let segments = Query::All {
            store: Store::Segments,
        };
        let queries = vec![segments, Hashes::last_query(self.device.seen)];
        cx.read(&mut self.waiting, queries, Wait::Segments);
        if let Some(session) = self.device.session {
            self.sync.resume(&session, self.device.seen, cx.now_ms);
        }
        self.guard_opened(cx);
        self.ask_policy(cx);
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
                let mut results = results.into_iter();
                let segments = results.next().unwrap_or_default().into_iter();
                let hashes = results.next().unwrap_or_default();
                open.hashes
                    .load_last(&open.vault, &hashes, self.device.seen);
                let read = segments
                    .filter_map(|(key, sealed)| Some((SegmentId::from_key(&key)?, sealed)))
                    .map(|(id, sealed)| (id, open.open_segment(id, &sealed)))
                    .collect();
                open.index.load(read);
                open.next_doc = open.next_doc.max(open.index.next_doc());
            }
            Err(_) => {
                open.hashes
                    .load_last(&open.vault, &Rows::new(), self.device.seen);
                open.index.lose();
            }
        }
        open.jobs.push_front(Job::Reindex);
        cx.notify(Notice::SearchReady);
        for asked in core::mem::take(&mut open.searches) {
            read::search(open, &self.outbox, asked, &mut self.waiting, cx);
        }
    }
}
