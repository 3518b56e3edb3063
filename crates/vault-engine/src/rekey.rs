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

mod new_slots;
mod rotation;

use crate::command::{Reply, RequestId, SecretText};
use crate::context::Context;
use crate::engine::{Engine, Life};
use crate::recovery::NewCodes;
use crate::wait::Wait;
use rand_core::CryptoRng;
use sync_core::message::ReplaceSlots;
use vault_core::{
    HeldKek, KdfRequest, NewSlot, Passphrase, Policy, SlotList, SlotType, StretchedKey,
    UnlockedVault,
};
use vault_types::{Code, CredentialId, OpaqueBytes};

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

/// The message that replaces the server's list.
pub(crate) fn replace(list: &SlotList, json: &[u8]) -> ReplaceSlots {
    ReplaceSlots {
        slots_generation: list.generation(),
        slot_list: OpaqueBytes::new(json.to_vec()),
        vault_id: Some(list.identity().vault_id),
        policy_version: None,
    }
}
