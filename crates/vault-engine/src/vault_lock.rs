//! Locks that reach every device of the vault, as this device tells and
//! hears of them.
//!
//! The server's refusal while there is such a lock is authorization, not
//! cryptography. What a device owes to it: it locks itself within the poll
//! that shows the lock, and lifts a device's lock only after the vault was
//! opened with its passphrase knowing of that lock.

use crate::answer;
use crate::command::{RequestId, SecretText};
use crate::context::Context;
use crate::device::Device;
use crate::effect::{Change, Method, Response, Timer, Unreachable};
use crate::engine::{Engine, Life};
use crate::lock_note::{LiftedBy, LockIntent, LockNote, LockOrigin};
use crate::lock_policy::Told;
use crate::open_vault::OpenVault;
use crate::wait::Wait;
use rand_core::CryptoRng;
use sync_core::endpoint;
use sync_core::message::{
    LockVaultRequest, PollResponse, UnlockVaultRequest, VaultLock, VaultSettings,
};
use vault_core::LockStatement;
use vault_types::{Code, LockReason, LockTier, OpaqueBytes};

/// A lock of this device is not lifted sooner than this after it began, so
/// that every other device has seen it in a poll.
const LIFT_AFTER_MS: u64 = 35 * 1000;
/// First wait before the server is told again; doubled each time.
const RETRY_MS: u64 = 2_000;
/// Longest such wait.
const RETRY_MS_MAX: u64 = 5 * 60 * 1000;

/// The vault lock that opening this vault is to lift.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lift {
    /// The server's time of the lock.
    server_ms: u64,
    /// Not sooner than this, by this device's clock.
    not_before_ms: u64,
}

impl Lift {
    /// What opening the vault lifts of a lock that was noted.
    pub(crate) fn of(note: &LockNote) -> Option<Self> {
        let server_ms = note.server_ms?;
        let own = note.origin == LockOrigin::ThisDevice;
        let not_before_ms = if own { note.at_ms + LIFT_AFTER_MS } else { 0 };
        (note.lifted_by == LiftedBy::Passphrase).then_some(Self {
            server_ms,
            not_before_ms,
        })
    }
}

impl Engine {
    /// This device's word for a lock that reaches every device.
    pub(crate) fn statement<R: CryptoRng>(
        &self,
        open: &OpenVault,
        note: &LockNote,
        cx: &mut Context<'_, R>,
    ) -> Vec<u8> {
        match self.device.id {
            Some(device_id) if is_told(note) => {
                let statement = LockStatement {
                    device_id,
                    at_ms: note.at_ms,
                    reason: note.reason,
                    tier: note.tier,
                };
                open.vault.state_lock(&statement, cx.rng)
            }
            _ => Vec::new(),
        }
    }

    /// Keeps in mind that the server is to be told, if it is. `false` if not.
    pub(crate) fn intend(
        &mut self,
        note: &LockNote,
        statement: Vec<u8>,
        changes: &mut Vec<Change>,
    ) -> bool {
        if !is_told(note) {
            return false;
        }
        let intent = LockIntent {
            reason: note.reason,
            at_ms: note.at_ms,
            statement,
        };
        changes.push(intent.put());
        self.device.lock_intent = Some(intent);
        self.guard.tell_failures = 0;
        true
    }

    /// Tells the server of a lock that it does not know of.
    pub(crate) fn tell_lock<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) {
        let Some(intent) = &self.device.lock_intent else {
            return;
        };
        if self.peer().is_none() || self.waiting.is_telling_lock() {
            return;
        }
        let message = LockVaultRequest {
            reason: intent.reason,
            enforce_tier: LockTier::Vault,
            statement: OpaqueBytes::new(intent.statement.clone()),
        };
        if let Ok(body) = sync_core::encode(&message) {
            let (method, path) = (Method::Post, endpoint::LOCK);
            cx.send(&mut self.waiting, method, path, body, Wait::LockTold);
        }
    }

    /// The server's answer to a lock of this device.
    pub(crate) fn lock_told<R: CryptoRng>(
        &mut self,
        result: Result<Response, Unreachable>,
        cx: &mut Context<'_, R>,
    ) {
        match answer::read::<VaultLock>(result) {
            Ok(lock) => self.lock_taken(&lock, cx),
            Err(code) if is_final(code) => self.forget_intent(Vec::new(), cx),
            // The next sign-in tells it.
            Err(Code::SignedOut | Code::DeviceRevoked) => {}
            Err(_) => {
                let doublings = self.guard.tell_failures.min(16);
                let wait_ms = RETRY_MS_MAX.min(RETRY_MS << doublings);
                self.guard.tell_failures += 1;
                cx.set_timer(Timer::Tell, Some(cx.now_ms + wait_ms));
            }
        }
        self.lock_at_server(cx);
    }

    /// The server has the lock. If this vault was opened again meanwhile, it
    /// is lifted once the others have heard of it.
    fn lock_taken<R: CryptoRng>(&mut self, lock: &VaultLock, cx: &mut Context<'_, R>) {
        let mut changes = Vec::new();
        if let Some(note) = &mut self.device.lock {
            note.server_ms = Some(lock.locked_at_ms);
            changes.push(note.put());
        } else if matches!(self.life, Life::Open(_)) && !lock.is_servers_alone() {
            let not_before_ms = cx.now_ms + LIFT_AFTER_MS;
            self.guard.lift = Some(Lift {
                server_ms: lock.locked_at_ms,
                not_before_ms,
            });
            cx.set_timer(Timer::Tell, Some(not_before_ms));
        }
        self.forget_intent(changes, cx);
    }

    fn forget_intent<R: CryptoRng>(&mut self, mut changes: Vec<Change>, cx: &mut Context<'_, R>) {
        self.device.lock_intent = None;
        self.guard.tell_failures = 0;
        changes.push(LockIntent::delete());
        let wait = Wait::SessionWritten { request: None };
        cx.write(&mut self.waiting, changes, wait);
    }

    /// It is time to tell the server again, or to lift a lock.
    pub(crate) fn tell_timer<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) {
        self.tell_lock(cx);
        self.lift_vault_lock(cx);
    }

    /// Asks, beside an unlock, whether the vault is locked for every device.
    pub(crate) fn ask_lock<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) {
        let (method, path) = (Method::Get, endpoint::POLL);
        cx.send(&mut self.waiting, method, path, Vec::new(), Wait::LockAsked);
    }

    /// The answer to that.
    pub(crate) fn lock_asked<R: CryptoRng>(
        &mut self,
        result: Result<Response, Unreachable>,
        cx: &mut Context<'_, R>,
    ) {
        let Ok(PollResponse { lock, .. }) = answer::read(result) else {
            return;
        };
        let Some(lock) = lock.filter(|lock| lock.enforce_tier == LockTier::Vault) else {
            return;
        };
        if lock.is_servers_alone() {
            return self.heed_lock(&lock, cx);
        }
        // The passphrase was typed while this lock stood.
        let noted = self.device.lock.as_ref().and_then(Lift::of);
        let known = self.guard.lift.or(noted);
        let same = known.filter(|lift| lift.server_ms == lock.locked_at_ms);
        self.guard.lift = Some(same.unwrap_or(Lift {
            server_ms: lock.locked_at_ms,
            not_before_ms: 0,
        }));
        self.lift_vault_lock(cx);
    }

    /// Whether only the administrator can lift the lock that is known.
    pub(crate) fn is_locked_by_server(&self) -> bool {
        let note = self.device.lock.as_ref();
        note.is_some_and(|note| note.lifted_by == LiftedBy::Administrator)
    }

    /// Asks the server first whether its lock still stands.
    pub(crate) fn ask_before_unlock<R: CryptoRng>(
        &mut self,
        request: RequestId,
        passphrase: SecretText,
        cx: &mut Context<'_, R>,
    ) {
        let wait = Wait::LockAskedFirst {
            request,
            passphrase,
        };
        let (method, path) = (Method::Get, endpoint::POLL);
        cx.send(&mut self.waiting, method, path, Vec::new(), wait);
    }

    /// The answer to that. What is not known to be lifted stands.
    pub(crate) fn lock_asked_first<R: CryptoRng>(
        &mut self,
        request: RequestId,
        passphrase: &SecretText,
        result: Result<Response, Unreachable>,
        cx: &mut Context<'_, R>,
    ) {
        let stands = match answer::read::<PollResponse>(result) {
            Ok(poll) => poll.lock.is_some_and(|lock| lock.is_servers_alone()),
            Err(_) => true,
        };
        if stands {
            return cx.answer(request, Code::LockedByServer);
        }
        if let Some(note) = &mut self.device.lock {
            note.lifted_by = LiftedBy::Passphrase;
            note.server_ms = None;
        }
        self.unlock(request, passphrase, cx);
    }

    /// What a poll of an open vault says about locks.
    ///
    /// # Errors
    /// [`Code::VaultLocked`] if the round is over because of one.
    pub(crate) fn heed_poll<R: CryptoRng>(
        &mut self,
        poll: &PollResponse,
        cx: &mut Context<'_, R>,
    ) -> Result<(), Code> {
        self.session_lives(cx);
        let lock = poll.lock.as_ref();
        let Some(lock) = lock.filter(|lock| lock.enforce_tier == LockTier::Vault) else {
            self.guard.lift = None;
            self.tell_strict(cx);
            return Ok(());
        };
        let known = self.guard.lift.map(|lift| lift.server_ms);
        if lock.is_servers_alone() || known != Some(lock.locked_at_ms) {
            self.heed_lock(lock, cx);
        } else {
            self.lift_vault_lock(cx);
        }
        Err(Code::VaultLocked)
    }

    /// Locks this device because the vault is locked.
    fn heed_lock<R: CryptoRng>(&mut self, lock: &VaultLock, cx: &mut Context<'_, R>) {
        let note = self.note_of(lock);
        match &self.life {
            Life::Open(_) => {
                self.guard.lift = None;
                self.begin_lock(note, cx);
            }
            Life::Unlocking(unlocking) if note.lifted_by == LiftedBy::Administrator => {
                cx.answer(unlocking.request, Code::LockedByServer);
                self.life = Life::Closed;
                self.note_heard(note, cx);
            }
            _ => self.note_heard(note, cx),
        }
    }

    fn note_heard<R: CryptoRng>(&mut self, note: LockNote, cx: &mut Context<'_, R>) {
        let changes = vec![note.put()];
        self.device.lock = Some(note);
        let wait = Wait::SessionWritten { request: None };
        cx.write(&mut self.waiting, changes, wait);
        self.tell_state(cx);
    }

    /// A lock as this device notes it. Who locked is believed only if the
    /// statement is that of a device of this vault; otherwise it was the
    /// server, for all that anybody can tell.
    fn note_of(&self, lock: &VaultLock) -> LockNote {
        let stated = match (&self.life, &lock.statement) {
            (Life::Open(open), Some(bytes)) => open.vault.verify_lock(bytes.as_slice()).ok(),
            _ => None,
        };
        let lifted_by = if lock.is_servers_alone() {
            LiftedBy::Administrator
        } else {
            LiftedBy::Passphrase
        };
        let note = LockNote {
            origin: LockOrigin::Server,
            lifted_by,
            server_ms: Some(lock.locked_at_ms),
            ..LockNote::own(lock.reason, LockTier::Vault, lock.locked_at_ms)
        };
        match stated {
            Some(said) if Some(said.device_id) == self.device.id => LockNote {
                origin: LockOrigin::ThisDevice,
                reason: said.reason,
                at_ms: said.at_ms,
                ..note
            },
            Some(said) => LockNote {
                origin: LockOrigin::OtherDevice,
                reason: said.reason,
                at_ms: said.at_ms,
                device: Some(said.device_id),
                ..note
            },
            None => note,
        }
    }

    /// Lifts the lock that the passphrase was typed for.
    pub(crate) fn lift_vault_lock<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) {
        let Some(lift) = self.guard.lift else { return };
        if !matches!(self.life, Life::Open(_)) || self.waiting.is_lifting_lock() {
            return;
        }
        // A clock that was set back must not make it wait for ever.
        let left_ms = lift.not_before_ms.saturating_sub(cx.now_ms);
        if (1..=LIFT_AFTER_MS).contains(&left_ms) {
            return cx.set_timer(Timer::Tell, Some(lift.not_before_ms));
        }
        let message = UnlockVaultRequest {
            locked_at_ms: Some(lift.server_ms),
        };
        if let Ok(body) = sync_core::encode(&message) {
            let (method, path) = (Method::Post, endpoint::UNLOCK);
            cx.send(&mut self.waiting, method, path, body, Wait::LockLifted);
        }
    }

    /// The lock is lifted: what waited can be sent. If not, the next poll
    /// says what stands.
    pub(crate) fn lock_lifted<R: CryptoRng>(
        &mut self,
        result: Result<Response, Unreachable>,
        cx: &mut Context<'_, R>,
    ) {
        if answer::accept(result).is_ok() && matches!(self.life, Life::Open(_)) {
            self.sync.check_now(None, cx.now_ms);
        }
    }

    /// The server refused something within a round. A session that ended
    /// while the vault was open locks this device, once; one that had ended
    /// before has been outlived by the passphrase. A vault lock is heeded with the poll that
    /// begins the next round: an upload does not hear who locked it.
    pub(crate) fn round_refused<R: CryptoRng>(&mut self, code: Code, cx: &mut Context<'_, R>) {
        let reason = match code {
            Code::SignedOut => LockReason::SessionExpired,
            Code::DeviceRevoked => LockReason::Revoked,
            _ => return,
        };
        if !self.device.session_ended {
            self.device.session_ended = true;
            let changes = vec![Device::put_session_ended()];
            let wait = Wait::SessionWritten { request: None };
            cx.write(&mut self.waiting, changes, wait);
            if matches!(&self.life, Life::Open(open) if open.session_lived) {
                self.lock_for(reason, cx);
            }
        }
    }

    /// The server takes this device's session.
    pub(crate) fn session_lives<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) {
        if let Life::Open(open) = &mut self.life {
            open.session_lived = true;
        }
        if core::mem::take(&mut self.device.session_ended) {
            let changes = vec![Device::delete_session_ended()];
            let wait = Wait::SessionWritten { request: None };
            cx.write(&mut self.waiting, changes, wait);
        }
    }

    /// Tells the server of the strict setting, which it acts on when a
    /// session ends.
    pub(crate) fn tell_strict<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) {
        if self.guard.strict_told == Told::Yes {
            return;
        }
        let strict = self.guard.settings.strict;
        if let Ok(body) = sync_core::encode(&VaultSettings { strict }) {
            let (method, path) = (Method::Put, endpoint::SETTINGS);
            let wait = Wait::StrictTold { strict };
            cx.send(&mut self.waiting, method, path, body, wait);
        }
    }

    /// The server knows it, or will be told with the next poll.
    pub(crate) fn strict_told<R: CryptoRng>(
        &mut self,
        strict: bool,
        result: Result<Response, Unreachable>,
        cx: &mut Context<'_, R>,
    ) {
        let is_current = self.guard.settings.strict == strict;
        if answer::accept(result).is_ok() && is_current && matches!(self.life, Life::Open(_)) {
            self.guard.strict_told = Told::Yes;
            self.keep_lock_settings(cx);
        }
    }
}

/// Whether the server is to be told of it. Of a session that ended it knows,
/// and without one it would not listen.
fn is_told(note: &LockNote) -> bool {
    note.tier == LockTier::Vault
        && note.origin == LockOrigin::ThisDevice
        && !matches!(
            note.reason,
            LockReason::SessionExpired | LockReason::Revoked
        )
}

/// Answers after which telling again would be in vain.
const fn is_final(code: Code) -> bool {
    matches!(
        code,
        Code::UnknownVault
            | Code::NoVault
            | Code::VaultLocked
            | Code::LockedByServer
            | Code::Malformed
            | Code::LimitExceeded
            | Code::TooLarge
            | Code::NotFound
            | Code::MethodNotAllowed
    )
}
