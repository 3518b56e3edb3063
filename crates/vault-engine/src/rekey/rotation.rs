//! A new vault key: a round first, then both phases with the server.

use super::{AfterRound, Asked, ROUNDS_MAX, Rekey, has_codes, passphrase_slot, policy_of, replace};
use crate::answer;
use crate::context::Context;
use crate::effect::{Method, Response, Unreachable};
use crate::engine::{Engine, Life};
use crate::recovery::NewCodes;
use crate::wait::Wait;
use rand_core::CryptoRng;
use sync_core::endpoint;
use sync_core::message::{BeginRotation, CommitRotation, RotationBegun};
use vault_core::{NewSlot, SlotKey};
use vault_types::{Code, RotationId};

impl Engine {
    /// Has a round made first, so that server and device know one vault.
    pub(super) fn rotate_after_round<R: CryptoRng>(
        &mut self,
        mut rekey: Rekey,
        cx: &mut Context<'_, R>,
    ) {
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
    pub(super) fn begin_rotation<R: CryptoRng>(&mut self, rekey: Rekey, cx: &mut Context<'_, R>) {
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

    pub(super) fn commit_rotation<R: CryptoRng>(
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
}
