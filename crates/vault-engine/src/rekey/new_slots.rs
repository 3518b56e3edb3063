//! New slots: what the server is asked, and what comes of its answer.

use super::{Aim, Asked, Rekey, passphrase_slot, policy_of, replace};
use crate::answer;
use crate::command::{MadeCodes, Reply, RequestId};
use crate::context::Context;
use crate::device::Device;
use crate::effect::{Method, Response, Unreachable};
use crate::engine::{Engine, Life};
use crate::recovery::NewCodes;
use crate::reseal;
use crate::wait::Wait;
use rand_core::CryptoRng;
use sync_core::endpoint;
use sync_core::message::{ReplaceRecoveryCodes, SlotList as SlotListMessage};
use vault_core::{SlotList, SlotType, UnlockedVault};
use vault_types::Code;

impl Engine {
    /// Asks the server to take new slots around the same vault key.
    pub(super) fn ask_for_slots<R: CryptoRng>(
        &mut self,
        mut rekey: Rekey,
        cx: &mut Context<'_, R>,
    ) {
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
    pub(super) fn rekeyed<R: CryptoRng>(&mut self, asked: Asked, cx: &mut Context<'_, R>) {
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
