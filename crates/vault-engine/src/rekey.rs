//! Changing the vault's keys: another passphrase, another policy, a new set
//! of recovery codes, a new vault key.
//!
//! ```text
//! passphrase ─▶ HeldKek ─▶ new passphrase ─▶ (rotation: a round, phase one) ─▶ server ─▶ disk ─▶ answer
//! ```
//! Nothing is remembered on the way: until the server has taken the new list
//! of slots, the old one counts; from then on the new one does, and whoever
//! missed it (another device, or this one after a kill) learns of it by the
//! next poll (`slots.rs`) or when the old list does not open any more
//! (`unlock.rs`).

use crate::answer;
use crate::command::{MadeCodes, Reply, RequestId, SecretText};
use crate::context::Context;
use crate::device::Device;
use crate::effect::{Method, Response, Unreachable};
use crate::engine::{Engine, Life};
use crate::recovery::NewCodes;
use crate::reseal;
use crate::wait::Wait;
use rand_core::CryptoRng;
use sync_core::endpoint;
use sync_core::message::{
    BeginRotation, CommitRotation, ReplaceRecoveryCodes, ReplaceSlots, RotationBegun,
    SlotList as SlotListMessage,
};
use vault_core::{
    HeldKek, KdfRequest, NewSlot, Passphrase, Policy, SlotKey, SlotList, SlotType, StretchedKey,
    UnlockedVault,
};
use vault_types::{Code, CredentialId, OpaqueBytes, RotationId};

/// How often a rotation waits for what was written meanwhile to be sent.
const ROUNDS_MAX: u8 = 4;

/// What is to come of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aim {
    /// Another passphrase around the same vault key.
    Passphrase,
    /// The same passphrase under another policy.
    Upgrade(Policy),
    /// A new set of recovery codes.
    Codes,
    /// A new vault key.
    Rotation,
}

/// A change of the keys under way.
pub(crate) struct Rekey {
    pub(crate) request: RequestId,
    aim: Aim,
    /// The passphrase to be, until it is stretched.
    passphrase: Option<Passphrase>,
    held: Option<HeldKek>,
    key: Option<StretchedKey>,
    /// Rounds that were waited for.
    rounds: u8,
}

/// A change that the server is asked to make.
pub(crate) struct Asked {
    pub(crate) rekey: Rekey,
    list: SlotList,
    json: Vec<u8>,
    /// The vault under its new key.
    vault: Option<Box<UnlockedVault>>,
    codes: Option<NewCodes>,
}

/// A rotation that waits for a round to end.
pub(crate) struct AfterRound {
    rekey: Rekey,
    /// The number that the round ends with.
    round: u32,
}

impl AfterRound {
    /// Who asked for it.
    pub(crate) const fn request(&self) -> RequestId {
        self.rekey.request
    }
}

/// The same passphrase once more.
pub(crate) fn again(passphrase: &Passphrase) -> Option<Passphrase> {
    let text = core::str::from_utf8(passphrase.expose_bytes()).ok()?;
    Passphrase::for_unlock(text).ok()
}

impl Engine {
    /// Asks for the current passphrase before anything else.
    pub(crate) fn change_passphrase<R: CryptoRng>(
        &mut self,
        request: RequestId,
        (current, passphrase): (&SecretText, &SecretText),
        cx: &mut Context<'_, R>,
    ) {
        match Passphrase::new(passphrase.expose_text()) {
            Ok(passphrase) => self.prove(request, (Aim::Passphrase, Some(passphrase)), current, cx),
            Err(error) => cx.answer(request, error.code()),
        }
    }

    /// A new set of recovery codes in place of the old one.
    pub(crate) fn create_codes<R: CryptoRng>(
        &mut self,
        request: RequestId,
        current: &SecretText,
        cx: &mut Context<'_, R>,
    ) {
        self.prove(request, (Aim::Codes, None), current, cx);
    }

    /// A new vault key under the same passphrase.
    pub(crate) fn rotate_key<R: CryptoRng>(
        &mut self,
        request: RequestId,
        current: &SecretText,
        cx: &mut Context<'_, R>,
    ) {
        let again = Passphrase::for_unlock(current.expose_text()).ok();
        self.prove(request, (Aim::Rotation, again), current, cx);
    }

    /// The policy that was offered.
    pub(crate) fn upgrade_policy<R: CryptoRng>(
        &mut self,
        request: RequestId,
        current: &SecretText,
        cx: &mut Context<'_, R>,
    ) {
        let Life::Open(open) = &self.life else {
            return cx.answer(request, Code::Locked);
        };
        let Some(upgrade) = crate::policy::upgrade(open) else {
            return cx.answer(request, Reply::State(self.state()));
        };
        let again = Passphrase::for_unlock(current.expose_text()).ok();
        self.prove(request, (Aim::Upgrade(upgrade.policy), again), current, cx);
    }

    /// A passphrase after a recovery code: the vault gets a new key too,
    /// since the server could hand out the code's slot again.
    pub(crate) fn set_passphrase<R: CryptoRng>(
        &mut self,
        request: RequestId,
        passphrase: &SecretText,
        cx: &mut Context<'_, R>,
    ) {
        let passphrase = match Passphrase::new(passphrase.expose_text()) {
            Ok(passphrase) => passphrase,
            Err(error) => return cx.answer(request, error.code()),
        };
        let Life::Open(open) = &mut self.life else {
            return cx.answer(request, Code::Locked);
        };
        // Another attempt under way has it.
        let Some(held) = open.held.take() else {
            return cx.answer(request, Code::Misuse);
        };
        let rekey = Rekey {
            request,
            aim: Aim::Rotation,
            passphrase: Some(passphrase),
            held: Some(*held),
            key: None,
            rounds: 0,
        };
        self.stretch_new(rekey, cx);
    }

    /// Stretches the current passphrase, to unwrap the vault key with it.
    fn prove<R: CryptoRng>(
        &mut self,
        request: RequestId,
        (aim, passphrase): (Aim, Option<Passphrase>),
        current: &SecretText,
        cx: &mut Context<'_, R>,
    ) {
        let Life::Open(open) = &mut self.life else {
            return cx.answer(request, Code::Locked);
        };
        if open.after_round.is_some() || self.waiting.is_rekeying() {
            return cx.answer(request, Code::Misuse);
        }
        let kdf = open.vault.locked().kdf_request().map_err(|e| e.code());
        let current = Passphrase::for_unlock(current.expose_text()).map_err(|_| Code::CannotUnlock);
        match kdf.and_then(|kdf| Ok((kdf, current?))) {
            Ok((kdf, current)) => {
                let rekey = Box::new(Rekey {
                    request,
                    aim,
                    passphrase,
                    held: None,
                    key: None,
                    rounds: 0,
                });
                cx.stretch(&mut self.waiting, kdf, current, Wait::RekeyProof { rekey });
            }
            Err(code) => cx.answer(request, code),
        }
    }

    /// The current passphrase is stretched: is it the vault's?
    pub(crate) fn rekey_proven<R: CryptoRng>(
        &mut self,
        mut rekey: Rekey,
        stretched: Result<StretchedKey, Code>,
        cx: &mut Context<'_, R>,
    ) {
        let Life::Open(open) = &mut self.life else {
            return cx.answer(rekey.request, Code::Stopped);
        };
        let held = stretched.and_then(|key| open.vault.hold(key).map_err(|e| e.code()));
        match held {
            Ok(held) => {
                rekey.held = Some(held);
                self.stretch_new(rekey, cx);
            }
            Err(code) => self.rekey_failed(rekey, code, cx),
        }
    }

    /// Stretches the passphrase to be, if there is one.
    fn stretch_new<R: CryptoRng>(&mut self, mut rekey: Rekey, cx: &mut Context<'_, R>) {
        let Life::Open(open) = &mut self.life else {
            return cx.answer(rekey.request, Code::Stopped);
        };
        let Some(passphrase) = rekey.passphrase.take() else {
            return self.ask_for_slots(rekey, cx);
        };
        let policy = policy_of(rekey.aim, &open.vault);
        match policy.and_then(|policy| {
            KdfRequest::for_new_slot(&policy, cx.rng).map_err(|error| error.code())
        }) {
            Ok(kdf) => {
                let rekey = Box::new(rekey);
                cx.stretch(&mut self.waiting, kdf, passphrase, Wait::RekeyKey { rekey });
            }
            Err(code) => self.rekey_failed(rekey, code, cx),
        }
    }

    /// The passphrase to be is stretched.
    pub(crate) fn rekey_stretched<R: CryptoRng>(
        &mut self,
        mut rekey: Rekey,
        stretched: Result<StretchedKey, Code>,
        cx: &mut Context<'_, R>,
    ) {
        match stretched {
            Ok(key) => {
                rekey.key = Some(key);
                if rekey.aim == Aim::Rotation {
                    self.rotate_after_round(rekey, cx);
                } else {
                    self.ask_for_slots(rekey, cx);
                }
            }
            Err(code) => self.rekey_failed(rekey, code, cx),
        }
    }

    /// Has a round made first, so that server and device know one vault.
    fn rotate_after_round<R: CryptoRng>(&mut self, mut rekey: Rekey, cx: &mut Context<'_, R>) {
        let Life::Open(open) = &mut self.life else {
            return cx.answer(rekey.request, Code::Stopped);
        };
        rekey.rounds += 1;
        self.sync.check_now(None, cx.now_ms);
        let round = self.sync.next_round();
        open.after_round = Some(Box::new(AfterRound { rekey, round }));
    }

    /// Goes on with what waited for a round, if that has ended.
    pub(crate) fn rekey_if_due<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) {
        let Life::Open(open) = &mut self.life else {
            return;
        };
        let due = |after: &mut Box<AfterRound>| self.sync.has_ended(after.round);
        let Some(after) = open.after_round.take_if(due) else {
            return;
        };
        let rekey = after.rekey;
        if let Some(code) = self.sync.failure() {
            return self.rekey_failed(rekey, code, cx);
        }
        let is_quiet = self.outbox.is_empty() && open.busy.is_none() && open.jobs.is_empty();
        if is_quiet {
            self.begin_rotation(rekey, cx);
        } else if rekey.rounds < ROUNDS_MAX {
            self.rotate_after_round(rekey, cx);
        } else {
            self.rekey_failed(rekey, Code::UnsentWork, cx);
        }
    }

    /// Phase one: the server confirms that this device knows the whole vault.
    fn begin_rotation<R: CryptoRng>(&mut self, rekey: Rekey, cx: &mut Context<'_, R>) {
        let Life::Open(open) = &mut self.life else {
            return cx.answer(rekey.request, Code::Stopped);
        };
        let message = BeginRotation {
            from_epoch: open.vault.epoch(),
            to_epoch: open.vault.epoch().next(),
            record_count: open.catalogue.len() as u64,
            head: self.sync.seen().into(),
        };
        match sync_core::encode(&message) {
            Ok(body) => {
                let rekey = Box::new(rekey);
                let (method, path) = (Method::Post, endpoint::ROTATION);
                cx.send(
                    &mut self.waiting,
                    method,
                    path,
                    body,
                    Wait::RotationBegun { rekey },
                );
            }
            Err(_) => self.rekey_failed(rekey, Code::Internal, cx),
        }
    }

    /// Phase two: the new slots and codes, at once.
    pub(crate) fn rotation_begun<R: CryptoRng>(
        &mut self,
        rekey: Rekey,
        result: Result<Response, Unreachable>,
        cx: &mut Context<'_, R>,
    ) {
        match answer::read::<RotationBegun>(result) {
            Ok(begun) => self.commit_rotation(rekey, begun.rotation_id, cx),
            // Somebody wrote in between.
            Err(Code::RotationConflict) if rekey.rounds < ROUNDS_MAX => {
                self.rotate_after_round(rekey, cx);
            }
            Err(code) => self.rekey_failed(rekey, code, cx),
        }
    }

    fn commit_rotation<R: CryptoRng>(
        &mut self,
        mut rekey: Rekey,
        id: RotationId,
        cx: &mut Context<'_, R>,
    ) {
        let Life::Open(open) = &mut self.life else {
            return cx.answer(rekey.request, Code::Stopped);
        };
        let vault = &open.vault;
        let made = rekey.key.take().ok_or(Code::Internal).and_then(|key| {
            let held = rekey.held.as_ref().ok_or(Code::Internal)?;
            let policy = policy_of(rekey.aim, vault)?;
            let codes = if has_codes(vault) {
                Some(NewCodes::generate(cx)?)
            } else {
                None
            };
            let mut slots: Vec<(NewSlot<'_>, SlotKey)> = vec![(passphrase_slot(cx), key.into())];
            for code in codes.iter().flat_map(NewCodes::slots) {
                let (slot, code) = code;
                slots.push((slot, code.slot_key(vault.identity().vault_id)));
            }
            let rotated = vault.rotate(held, &policy, &slots, cx.rng);
            let (vault, list) = rotated.map_err(|error| error.code())?;
            Ok((vault, list, codes))
        });
        let prepared = made.and_then(|(vault, list, codes)| {
            let json = list.to_json().map_err(|error| error.code())?;
            let verifiers = codes.as_ref();
            let message = CommitRotation {
                slots: replace(&list, &json),
                codes: verifiers
                    .map(|codes| codes.messages(vault.identity().vault_id))
                    .unwrap_or_default(),
            };
            let body = sync_core::encode(&message).map_err(|_| Code::Internal)?;
            Ok((body, vault, list, json, codes))
        });
        match prepared {
            Ok((body, vault, list, json, codes)) => {
                let asked = Box::new(Asked {
                    rekey,
                    list,
                    json,
                    vault: Some(Box::new(vault)),
                    codes,
                });
                let path = endpoint::commit_rotation(id);
                let wait = Wait::RekeyAsked { asked };
                cx.send(&mut self.waiting, Method::Post, path, body, wait);
            }
            Err(code) => self.rekey_failed(rekey, code, cx),
        }
    }

    /// Asks the server to take new slots around the same vault key.
    fn ask_for_slots<R: CryptoRng>(&mut self, mut rekey: Rekey, cx: &mut Context<'_, R>) {
        let Life::Open(open) = &mut self.life else {
            return cx.answer(rekey.request, Code::Stopped);
        };
        let made = edit(&open.vault, &mut rekey, cx);
        let prepared = made.and_then(|(list, codes)| {
            let json = list.to_json().map_err(|error| error.code())?;
            let mut slots = replace(&list, &json);
            if let Aim::Upgrade(policy) = rekey.aim {
                slots.policy_version = Some(policy.version);
            }
            let vault_id = open.vault.identity().vault_id;
            let (method, path, body) = match &codes {
                Some(codes) => {
                    let codes = codes.messages(vault_id);
                    let message = ReplaceRecoveryCodes { codes, slots };
                    let body = sync_core::encode(&message);
                    (Method::Post, endpoint::RECOVERY_CODES, body)
                }
                None => (Method::Put, endpoint::SLOTS, sync_core::encode(&slots)),
            };
            Ok((
                method,
                path,
                body.map_err(|_| Code::Internal)?,
                list,
                json,
                codes,
            ))
        });
        match prepared {
            Ok((method, path, body, list, json, codes)) => {
                let asked = Box::new(Asked {
                    rekey,
                    list,
                    json,
                    vault: None,
                    codes,
                });
                let wait = Wait::RekeyAsked { asked };
                cx.send(&mut self.waiting, method, path, body, wait);
            }
            Err(code) => self.rekey_failed(rekey, code, cx),
        }
    }

    /// The server has taken the new slots, or not. If nobody knows, it is
    /// asked what it has.
    pub(crate) fn rekey_answered<R: CryptoRng>(
        &mut self,
        asked: Box<Asked>,
        result: Result<Response, Unreachable>,
        cx: &mut Context<'_, R>,
    ) {
        match answer::accept(result) {
            Ok(_) => self.rekeyed(*asked, cx),
            Err(Code::Offline | Code::NotOurServer | Code::ServerFailed) => {
                let (method, path) = (Method::Get, endpoint::SLOTS);
                let wait = Wait::RekeyChecked { asked };
                cx.send(&mut self.waiting, method, path, Vec::new(), wait);
            }
            Err(code) => self.rekey_failed(asked.rekey, code, cx),
        }
    }

    /// What the server has, after an answer that was lost.
    pub(crate) fn rekey_checked<R: CryptoRng>(
        &mut self,
        asked: Box<Asked>,
        result: Result<Response, Unreachable>,
        cx: &mut Context<'_, R>,
    ) {
        match answer::read::<SlotListMessage>(result) {
            Ok(message) if message.slot_list.as_slice() == asked.json => self.rekeyed(*asked, cx),
            Ok(_) => self.rekey_failed(asked.rekey, Code::SlotsConflict, cx),
            Err(code) => self.rekey_failed(asked.rekey, code, cx),
        }
    }

    /// The server has taken them: they count. A new vault key seals nothing
    /// before the slots that hold it are on the disk.
    fn rekeyed<R: CryptoRng>(&mut self, asked: Asked, cx: &mut Context<'_, R>) {
        let Asked {
            rekey,
            list,
            json,
            vault,
            codes,
        } = asked;
        let request = rekey.request;
        let Life::Open(open) = &mut self.life else {
            return cx.answer(request, Code::Stopped);
        };
        if vault.is_none() {
            if let Err(error) = open.vault.adopt_slots(list.clone()) {
                return cx.answer(request, error.code());
            }
            reseal::count(open);
        }
        let codes = codes.map(|codes| codes.shown());
        let reply = match (&vault, codes) {
            (Some(_), codes) => Some(Reply::Rotated(MadeCodes { codes })),
            (None, Some(codes)) => Some(Reply::Codes(MadeCodes { codes: Some(codes) })),
            (None, None) => None,
        };
        let changes = Device::keep_slots(&json, list.identity().vault_id, list.generation());
        let slots = Box::new((list, json));
        let wait = Wait::RekeyWritten {
            request,
            reply: reply.map(Box::new),
            slots,
            vault,
        };
        cx.write(&mut self.waiting, changes, wait);
    }

    /// The new slots are on the disk. If they are not, this device goes on as
    /// it was, and the next poll tells it what it has missed.
    pub(crate) fn rekey_written<R: CryptoRng>(
        &mut self,
        (request, reply): (RequestId, Option<Box<Reply>>),
        ((list, json), vault): ((SlotList, Vec<u8>), Option<Box<UnlockedVault>>),
        result: Result<(), Code>,
        cx: &mut Context<'_, R>,
    ) {
        if result.is_ok() {
            self.device.take_slots(json, &list);
            if let (Life::Open(open), Some(vault)) = (&mut self.life, vault) {
                open.vault = *vault;
                open.must_set = false;
                reseal::count(open);
            }
        }
        self.sync.check_now(None, cx.now_ms);
        let reply = reply.map_or_else(|| Reply::State(self.state()), |reply| *reply);
        cx.answer(request, reply);
        self.tell_state(cx);
    }

    /// Nothing was changed.
    fn rekey_failed<R: CryptoRng>(&mut self, rekey: Rekey, code: Code, cx: &mut Context<'_, R>) {
        if let Life::Open(open) = &mut self.life {
            if open.must_set {
                open.held = rekey.held.map(Box::new);
            }
            if code == Code::SlotsConflict {
                self.sync.check_now(None, cx.now_ms);
            }
        }
        cx.answer(rekey.request, code);
    }
}

fn policy_of(aim: Aim, vault: &UnlockedVault) -> Result<Policy, Code> {
    match aim {
        Aim::Upgrade(policy) => Ok(policy),
        _ => Policy::by_version(vault.policy_version()).ok_or(Code::NewerVersion),
    }
}

fn has_codes(vault: &UnlockedVault) -> bool {
    let mut slots = vault.slots().slots().iter();
    slots.any(|slot| slot.slot_type() == SlotType::Recovery)
}

fn passphrase_slot<R: CryptoRng>(cx: &mut Context<'_, R>) -> NewSlot<'static> {
    NewSlot {
        credential_id: CredentialId::from_random(cx.random()),
        label: "Passphrase",
    }
}

/// The new list around the same vault key, and the codes that go with it.
fn edit<R: CryptoRng>(
    vault: &UnlockedVault,
    rekey: &mut Rekey,
    cx: &mut Context<'_, R>,
) -> Result<(SlotList, Option<NewCodes>), Code> {
    let held = rekey.held.as_ref().ok_or(Code::Internal)?;
    let policy = policy_of(rekey.aim, vault)?;
    let mut edit = vault.edit_slots();
    let mut codes = None;
    match rekey.key.take() {
        Some(key) => {
            edit.remove_all(SlotType::Passphrase);
            let slot = passphrase_slot(cx);
            edit.add(held, &policy, slot, &key.into(), cx.rng)
                .map_err(|error| error.code())?;
        }
        None => {
            edit.remove_all(SlotType::Recovery);
            let made = NewCodes::generate(cx)?;
            for (slot, code) in made.slots() {
                let key = code.slot_key(vault.identity().vault_id);
                edit.add(held, &policy, slot, &key, cx.rng)
                    .map_err(|error| error.code())?;
            }
            codes = Some(made);
        }
    }
    Ok((edit.finish().map_err(|error| error.code())?, codes))
}

/// The message that replaces the server's list.
pub(crate) fn replace(list: &SlotList, json: &[u8]) -> ReplaceSlots {
    ReplaceSlots {
        slots_generation: list.generation(),
        slot_list: OpaqueBytes::new(json.to_vec()),
        vault_id: Some(list.identity().vault_id),
        policy_version: None,
    }
}
