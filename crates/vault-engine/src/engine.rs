//! The engine: one state machine for a device's vault.

use crate::command::{Command, Notice, Phase, Reply, RequestId, Unsent, VaultState};
use crate::context::{Context, Waiting};
use crate::device::Device;
use crate::effect::{
    Effect, EffectId, Event, Query, Response, Rows, Store, StoreError, Timer, Unreachable,
};
use crate::job::{Job, Patch};
use crate::lock::{self, Guard};
use crate::open_vault::OpenVault;
use crate::packs::Location;
use crate::policy;
use crate::read::{self, Wanted};
use crate::recovery;
use crate::slots;
use crate::sync::{Peer, Sync};
use crate::unlock::Unlocking;
use crate::wait::Wait;
use rand_core::CryptoRng;
use sync_core::Outbox;
use vault_core::{StretchError, StretchedKey};
use vault_types::{Code, limits};

/// The state machine of one device's vault.
///
/// The first event is [`Event::Start`]; what the driver must do is written at
/// [`crate::effect`]. Without events nothing happens, and `now_ms` may jump:
/// order comes from stamps, waiting times from differences.
///
/// After an answer or notice that the phase is [`Phase::Locked`], keys and
/// everything readable are wiped from this value. A driver that runs in a
/// process or worker of its own should then end that too.
#[derive(Default)]
pub struct Engine {
    pub(crate) device: Device,
    pub(crate) outbox: Outbox<Location>,
    pub(crate) waiting: Waiting,
    pub(crate) life: Life,
    pub(crate) sync: Sync,
    pub(crate) guard: Guard,
    /// A list of a newer epoch that the passphrase did not open, while it
    /// opened the one before.
    pub(crate) rejected: Option<Vec<u8>>,
}

/// How far the engine has come.
pub(crate) enum Life {
    /// The device's storage is being read; commands wait.
    Starting { queued: Vec<(RequestId, Command)> },
    /// The device's storage could not be read.
    Broken(Code),
    /// No vault is open.
    Closed,
    /// A passphrase is being tried.
    Unlocking(Unlocking),
    /// The vault is open.
    Open(Box<OpenVault>),
    /// Everything on this device is being forgotten.
    Leaving,
}

impl Default for Life {
    fn default() -> Self {
        Self::Starting { queued: Vec::new() }
    }
}

impl Engine {
    /// An engine that waits for [`Event::Start`].
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one event and says what is to be done.
    ///
    /// `now_ms` is the device's clock, Unix milliseconds.
    pub fn handle<R: CryptoRng>(&mut self, now_ms: u64, rng: &mut R, event: Event) -> Vec<Effect> {
        let mut cx = Context {
            now_ms,
            rng,
            effects: Vec::new(),
        };
        match event {
            Event::Start => self.start(&mut cx),
            Event::Command { request, command } => self.command(request, command, &mut cx),
            Event::Written { id, result } => self.written(id, result, &mut cx),
            Event::Loaded { id, result } => self.loaded(id, result, &mut cx),
            Event::Received { id, result } => self.received(id, result, &mut cx),
            Event::Stretched { id, result } => self.stretched(id, result, &mut cx),
            Event::Timer(timer) => self.timer(timer, &mut cx),
        }
        self.settle(&mut cx);
        cx.effects
    }

    /// What follows from every event: due jobs and due rounds.
    fn settle<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) {
        self.rejoin_if_due();
        self.pump(cx);
        self.rekey_if_due(cx);
        if let Life::Open(open) = &mut self.life {
            if !self.waiting.is_reading_packs() {
                open.packs.trim();
            }
            self.sync.run(&mut self.waiting, &mut self.outbox, cx);
        }
    }

    fn start<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) {
        let queries = vec![
            Query::All { store: Store::Meta },
            Query::All {
                store: Store::Outbox,
            },
        ];
        cx.read(&mut self.waiting, queries, Wait::Started);
    }

    pub(crate) fn peer(&self) -> Option<Peer> {
        let vault_id = self.device.session?.vault_id?;
        Some(Peer {
            vault_id,
            device_id: self.device.id?,
        })
    }

    /// Where the vault stands.
    pub(crate) fn state(&self) -> VaultState {
        let session = self.device.session;
        let vault_id = session.and_then(|session| session.vault_id);
        let phase = match (&self.life, session, vault_id) {
            (Life::Open(_), ..) => Phase::Unlocked,
            (_, None, _) => Phase::SignedOut,
            (_, Some(_), None) => Phase::NoVault,
            (_, Some(_), Some(_)) => Phase::Locked,
        };
        let open = match &self.life {
            Life::Open(open) => Some(open.as_ref()),
            _ => None,
        };
        VaultState {
            phase,
            account_id: session.map(|session| session.account_id.to_string()),
            device_id: self.device.id.map(|id| id.to_string()).unwrap_or_default(),
            vault_id: vault_id.map(|id| id.to_string()),
            idle_lock_ms: self.guard.settings.idle_ms,
            lock: self.lock_view(),
            reseal: open.and_then(|open| open.reseal.progress()),
            must_set_passphrase: open.is_some_and(|open| open.must_set),
            policy: open.map(policy::view),
            recovery: open.and_then(slots::recovery_view),
        }
    }

    pub(crate) fn command<R: CryptoRng>(
        &mut self,
        request: RequestId,
        command: Command,
        cx: &mut Context<'_, R>,
    ) {
        match &mut self.life {
            Life::Starting { queued } => return queued.push((request, command)),
            Life::Broken(code) if !is_way_out(&command) => return cx.answer(request, *code),
            Life::Leaving if !is_question(&command) => return cx.answer(request, Code::Stopped),
            Life::Open(open) if open.must_set && !is_before_passphrase(&command) => {
                return cx.answer(request, Code::SetPassphraseFirst);
            }
            _ => {}
        }
        match command {
            Command::State => cx.answer(request, Reply::State(self.state())),
            Command::SignIn { link, device_name } => self.sign_in(request, link, device_name, cx),
            Command::SignOut { unsent } => self.sign_out(request, unsent, cx),
            Command::CreateVault { passphrase } => self.create_vault(request, &passphrase, cx),
            Command::Unlock { passphrase } if self.is_locked_by_server() => {
                self.ask_before_unlock(request, passphrase, cx);
            }
            Command::Unlock { passphrase } => self.unlock(request, &passphrase, cx),
            Command::UnlockWithCode { code } => self.unlock_with_code(request, &code, cx),
            Command::CheckCode { code } => {
                cx.answer(request, Reply::CodeCheck(recovery::check(&code)));
            }
            Command::ResetVault { confirmation } => self.reset_vault(request, &confirmation, cx),
            Command::SyncStatus => cx.answer(request, Reply::Sync(self.sync.status(&self.outbox))),
            Command::CreateLink => self.create_link(request, cx),
            Command::Devices => self.list_devices(request, cx),
            Command::Lock { tier } => self.lock_by_hand(request, tier, cx),
            command => self.open_command(request, command, cx),
        }
    }

    /// Commands that need an open vault.
    fn open_command<R: CryptoRng>(
        &mut self,
        request: RequestId,
        command: Command,
        cx: &mut Context<'_, R>,
    ) {
        if !matches!(self.life, Life::Open(_)) {
            let answer = match command {
                Command::Activity => Ok(Reply::Done),
                Command::Visibility { visible, form } => {
                    self.seen(visible, form, cx);
                    Ok(Reply::Done)
                }
                _ if self.device.session.is_none() => Err(Code::SignedOut.into()),
                _ if self.peer().is_none() => Err(Code::NoVault.into()),
                _ => Err(Code::Locked.into()),
            };
            return cx.answer(request, answer);
        }
        if lock::reads(&command) && self.lock_if_due(cx) {
            return cx.answer(request, Code::Locked);
        }
        let Life::Open(open) = &mut self.life else {
            return cx.answer(request, Code::Locked);
        };
        match command {
            Command::Open { id } => {
                return read::open_record(open, &self.outbox, (request, id), &mut self.waiting, cx);
            }
            Command::List {
                kind,
                tag,
                offset,
                limit,
            } => {
                let reply = read::list(open, &self.outbox, (kind, tag), offset, limit);
                return cx.answer(request, reply);
            }
            Command::Search { query, limit, kind } => {
                let wanted = Wanted { query, limit, kind };
                return read::search(open, &self.outbox, (request, wanted), &mut self.waiting, cx);
            }
            Command::SetPassphrase { passphrase } => {
                return self.set_passphrase(request, &passphrase, cx);
            }
            Command::ChangePassphrase {
                current,
                passphrase,
            } => return self.change_passphrase(request, (&current, &passphrase), cx),
            Command::CreateRecoveryCodes { passphrase } => {
                return self.create_codes(request, &passphrase, cx);
            }
            Command::RecoveryCodes => return self.list_codes(request, cx),
            Command::RevokeRecoveryCodes { ids } => return self.revoke_codes(request, ids, cx),
            Command::RotateKey { passphrase } => return self.rotate_key(request, &passphrase, cx),
            Command::UpgradePolicy { passphrase } => {
                return self.upgrade_policy(request, &passphrase, cx);
            }
            Command::Rejoin => return self.rejoin(request, cx),
            Command::RenameDevice { id, name } => {
                return self.rename_device(request, (id, name), cx);
            }
            Command::RevokeDevice { id } => return self.revoke_device(request, id, cx),
            Command::ApiKeys => return self.list_api_keys(request, cx),
            Command::CreateApiKey { name } => return self.create_api_key(request, name, cx),
            Command::RevokeApiKey { id } => return self.revoke_api_key(request, id, cx),
            Command::Sync => return self.sync.check_now(Some(request), cx.now_ms),
            Command::Activity => {
                self.active(cx);
                return cx.answer(request, Reply::Done);
            }
            Command::Visibility { visible, form } => {
                self.seen(visible, form, cx);
                return cx.answer(request, Reply::Done);
            }
            Command::LockSettings => {
                return cx.answer(request, Reply::LockSettings(self.lock_settings_view()));
            }
            Command::SetLockSettings { settings, form } => {
                return self.set_lock_settings(request, (settings, form), cx);
            }
            Command::KeepAwake { token, on } => return self.keep_awake(request, token, on, cx),
            Command::Drafts => return self.list_drafts(request, cx),
            _ => {}
        }
        let shows_presence = lock::shows_presence(&command);
        match write_job(request, command) {
            Ok(job) => open.jobs.push_back(job),
            Err(code) => return cx.answer(request, code),
        }
        if shows_presence {
            self.active(cx);
        }
    }

    fn timer<R: CryptoRng>(&mut self, timer: Timer, cx: &mut Context<'_, R>) {
        match timer {
            Timer::Idle => {
                self.lock_if_due(cx);
            }
            Timer::Lock => self.lock_timer(cx),
            Timer::Tell => self.tell_timer(cx),
            // Every event ends with what is due.
            Timer::Check => {}
        }
    }

    fn written<R: CryptoRng>(
        &mut self,
        id: EffectId,
        result: Result<(), StoreError>,
        cx: &mut Context<'_, R>,
    ) {
        let Some(wait) = self.waiting.end(id) else {
            return;
        };
        let result = result.map_err(store_code);
        match wait {
            Wait::JobWritten => self.job_written(result, cx),
            Wait::SessionWritten { request } => self.session_written(request, result, cx),
            Wait::Cleared { request } => self.cleared(request, result, cx),
            Wait::VaultWritten { request, vault } => {
                self.vault_written(request, *vault, result, cx)
            }
            Wait::Rewritten { request } => self.rewritten(request, result, cx),
            Wait::LockNoted => self.lock_noted(cx),
            // What it changed is on the disk or not: everything is read anew.
            Wait::LateWrite => self.start(cx),
            Wait::SettingsWritten {
                request,
                settings,
                told,
                sealed,
            } => self.settings_written(request, (settings, told, sealed), result, cx),
            Wait::RekeyWritten {
                request,
                reply,
                slots,
                vault,
            } => self.rekey_written((request, reply), (*slots, vault), result, cx),
            Wait::NewSlotsWritten => self.lock_for_new_key(cx),
            Wait::AttemptWritten {
                request,
                code,
                vault_id,
            } => self.attempt_written(request, (code, vault_id), result, cx),
            Wait::ResetWritten { request, session } => {
                self.reset_written(request, session, result, cx);
            }
            _ => {}
        }
    }

    fn loaded<R: CryptoRng>(
        &mut self,
        id: EffectId,
        result: Result<Vec<Rows>, StoreError>,
        cx: &mut Context<'_, R>,
    ) {
        let Some(wait) = self.waiting.end(id) else {
            return;
        };
        let result = result.map_err(store_code);
        match wait {
            Wait::Started => self.started(result, cx),
            Wait::UnlockPages { request } => self.pages_loaded(request, result, cx),
            Wait::UnlockTurn { request } => self.open_rest(request, cx),
            Wait::UnlockPacks { request } => self.unlock_packs(request, result, cx),
            Wait::Segments => self.segments_loaded(result, cx),
            Wait::JobPacks { job, hashes } => self.job_packs((job, hashes), result, cx),
            Wait::UploadPacks => self.upload_packs(result, cx),
            Wait::RecordPacks { request, id } => {
                let Life::Open(open) = &mut self.life else {
                    return;
                };
                if self.guard.locking.is_some() {
                    return cx.answer(request, Code::Locked);
                }
                match result {
                    Ok(packs) => read::remember_packs(open, packs),
                    Err(code) => return cx.answer(request, code),
                }
                read::answer_record(open, &self.outbox, (request, id), cx);
            }
            Wait::HitPacks { request, found } => {
                let Life::Open(open) = &mut self.life else {
                    return;
                };
                if self.guard.locking.is_some() {
                    return cx.answer(request, Code::Locked);
                }
                read::remember_packs(open, result.unwrap_or_default());
                read::answer_hits(open, (request, *found), cx);
            }
            _ => {}
        }
    }

    fn received<R: CryptoRng>(
        &mut self,
        id: EffectId,
        result: Result<Response, Unreachable>,
        cx: &mut Context<'_, R>,
    ) {
        let Some(wait) = self.waiting.end(id) else {
            return;
        };
        match wait {
            Wait::Polled | Wait::Downloaded | Wait::Uploaded => {
                self.round_received(&wait, result, cx)
            }
            Wait::SessionChecked => self.session_checked(result, cx),
            Wait::LockTold => self.lock_told(result, cx),
            Wait::LockLifted => self.lock_lifted(result, cx),
            Wait::LockAsked => self.lock_asked(result, cx),
            Wait::LockAskedFirst {
                request,
                passphrase,
            } => self.lock_asked_first(request, &passphrase, result, cx),
            Wait::StrictTold { strict } => self.strict_told(strict, result, cx),
            Wait::SignedIn { request } => self.signed_in(request, result, cx),
            Wait::SignedOut { request } => self.signed_out(request, result, cx),
            Wait::PolicyFetched {
                request,
                passphrase,
            } => {
                self.policy_fetched(request, passphrase, result, cx);
            }
            Wait::VaultCreated {
                request,
                vault,
                session,
                slots,
            } => {
                self.vault_created(request, (vault, session, slots), result, cx);
            }
            Wait::SlotsFetched {
                request,
                passphrase,
                vault_id,
            } => {
                self.slots_fetched(request, passphrase, vault_id, result, cx);
            }
            Wait::SlotsOfRound { poll } => self.slots_of_round(&poll, result, cx),
            Wait::UnlockSlots { request } => self.unlock_slots(request, result, cx),
            Wait::RotationBegun { rekey } => self.rotation_begun(*rekey, result, cx),
            Wait::RekeyAsked { asked } => self.rekey_answered(asked, result, cx),
            Wait::RekeyChecked { asked } => self.rekey_checked(asked, result, cx),
            Wait::CodeValidated {
                request,
                code,
                vault_id,
            } => self.code_validated(request, (&code, vault_id), result, cx),
            Wait::CodesListed { request } => self.codes_listed(request, result, cx),
            Wait::CodesRevoked {
                request,
                slots,
                left,
            } => self.codes_revoked(request, (*slots, left), result, cx),
            Wait::PolicyAsked => self.policy_asked(result, cx),
            Wait::VaultReset { request } => self.vault_reset(request, result, cx),
            Wait::LinkMade { request } => self.link_made(request, result, cx),
            Wait::DevicesListed { request } => Self::devices_listed(request, result, cx),
            Wait::ApiKeysListed { request } => Self::api_keys_listed(request, result, cx),
            Wait::ApiKeyMade { request } => Self::api_key_made(request, result, cx),
            Wait::Changed { request } => Self::changed(request, result, cx),
            _ => {}
        }
    }

    fn stretched<R: CryptoRng>(
        &mut self,
        id: EffectId,
        result: Result<StretchedKey, StretchError>,
        cx: &mut Context<'_, R>,
    ) {
        let Some(wait) = self.waiting.end(id) else {
            return;
        };
        let result = result.map_err(|error| error.code());
        match wait {
            Wait::NewKey { request, policy } => self.new_key(request, &policy, result, cx),
            Wait::UnlockKey { request } => self.key_stretched(request, result, cx),
            Wait::RekeyProof { rekey } => self.rekey_proven(*rekey, result, cx),
            Wait::RekeyKey { rekey } => self.rekey_stretched(*rekey, result, cx),
            _ => {}
        }
    }

    /// Tells the application where the vault stands.
    pub(crate) fn tell_state<R: CryptoRng>(&self, cx: &mut Context<'_, R>) {
        cx.notify(Notice::State(self.state()));
    }
}

/// Whether a command helps where the device's storage is damaged.
const fn is_way_out(command: &Command) -> bool {
    matches!(
        command,
        Command::SignOut {
            unsent: Unsent::Discard
        }
    )
}

/// Whether a command only asks how things stand.
const fn is_question(command: &Command) -> bool {
    matches!(command, Command::State | Command::SyncStatus)
}

/// Whether a command is answered before a new passphrase is set.
const fn is_before_passphrase(command: &Command) -> bool {
    matches!(
        command,
        Command::State
            | Command::SyncStatus
            | Command::SetPassphrase { .. }
            | Command::CheckCode { .. }
            | Command::Lock { .. }
            | Command::KeepDraft(_)
            | Command::SignOut { .. }
            | Command::Activity
            | Command::Visibility { .. }
    )
}

fn write_job(request: RequestId, command: Command) -> Result<Job, Code> {
    Ok(match command {
        Command::Put { records } => Job::Put { request, records },
        Command::Save {
            id,
            title,
            text,
            tags,
            kind,
            base,
        } => Job::Save {
            request,
            id,
            patch: Patch {
                title,
                text,
                tags,
                kind,
                base,
            },
        },
        Command::Remove { id } => Job::Remove { request, id },
        Command::Restore { id } => Job::Restore { request, id },
        Command::Import { files } if files.len() > limits::IMPORT_BATCH_FILES_MAX => {
            return Err(Code::LimitExceeded);
        }
        Command::Import { files } => Job::Import { request, files },
        Command::KeepDraft(draft) => Job::KeepDraft { request, draft },
        Command::DiscardDraft { id } => Job::DiscardDraft { request, id },
        _ => return Err(Code::Misuse),
    })
}

const fn store_code(error: StoreError) -> Code {
    match error {
        StoreError::Full => Code::StorageFull,
        StoreError::Failed => Code::StorageFailed,
    }
}
