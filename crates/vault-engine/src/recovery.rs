//! Recovery codes: making a set, looking at what is typed, using one, and
//! the list of those that there are.

use crate::answer;
use crate::command::{
    CodeCheck, CodeView, MadeCode, RecoveryCodes, Reply, RequestId, SecretText, TypedGroupView,
};
use crate::context::Context;
use crate::device::{Attempt, Device};
use crate::effect::{Method, Query, Response, Store, Unreachable};
use crate::engine::{Engine, Life};
use crate::rekey::replace;
use crate::unlock::{Step, Unlocking};
use crate::wait::Wait;
use rand_core::CryptoRng;
use sync_core::endpoint;
use sync_core::message::{
    NewRecoveryCode, RecoveryCodeList, RevokeRecoveryCodes, ValidateRecoveryCode,
    ValidatedRecoveryCode, Verifier, VerifierHash,
};
use vault_core::{
    HeldKek, LockedVault, NewSlot, RecoveryCode, SlotList, SlotType, UnlockedVault,
    check_recovery_code,
};
use vault_types::order::sort_by_key;
use vault_types::{Code, CredentialId, OpaqueBytes, VaultId};

/// A set of recovery codes that is being made.
pub(crate) struct NewCodes {
    made: Vec<(CredentialId, String, RecoveryCode)>,
}

impl NewCodes {
    pub(crate) fn generate<R: CryptoRng>(cx: &mut Context<'_, R>) -> Result<Self, Code> {
        let codes = RecoveryCode::generate_set(cx.rng).map_err(|error| error.code())?;
        let made = (1..).zip(codes).map(|(number, code)| {
            let id = CredentialId::from_random(cx.random());
            (id, format!("Code {number}"), code)
        });
        Ok(Self {
            made: made.collect(),
        })
    }

    /// The slots to be, and the codes that open them.
    pub(crate) fn slots(&self) -> impl Iterator<Item = (NewSlot<'_>, &RecoveryCode)> {
        self.made.iter().map(|(credential_id, label, code)| {
            let slot = NewSlot {
                credential_id: *credential_id,
                label,
            };
            (slot, code)
        })
    }

    /// What the server keeps of them.
    pub(crate) fn messages(&self, vault_id: VaultId) -> Vec<NewRecoveryCode> {
        let codes = self.made.iter();
        codes
            .map(|(credential_id, label, code)| NewRecoveryCode {
                credential_id: *credential_id,
                label: label.clone(),
                verifier_hash: VerifierHash::from_bytes(code.verifier(vault_id).hash()),
            })
            .collect()
    }

    /// What their owner is shown, once.
    pub(crate) fn shown(&self) -> Vec<MadeCode> {
        let codes = self.made.iter();
        codes
            .map(|(id, label, code)| MadeCode {
                id: id.to_string(),
                label: label.clone(),
                code: code.expose_text(),
            })
            .collect()
    }
}

/// Looks at a code while it is typed.
pub(crate) fn check(typed: &SecretText) -> CodeCheck {
    let checked = check_recovery_code(typed.expose_text());
    let groups = checked.groups.into_iter().map(|group| TypedGroupView {
        text: group.text,
        status: group.status.name(),
    });
    CodeCheck {
        groups: groups.collect(),
        complete: checked.complete,
    }
}

/// How many codes a vault's list of slots has.
pub(crate) fn left(slots: &SlotList) -> u32 {
    let slots = slots.slots().iter();
    let codes = slots.filter(|slot| slot.slot_type() == SlotType::Recovery);
    codes.count() as u32
}

impl Engine {
    /// Opens the vault with a recovery code. Whether that was used already
    /// the server alone knows, so that it has to be asked.
    pub(crate) fn unlock_with_code<R: CryptoRng>(
        &mut self,
        request: RequestId,
        typed: &SecretText,
        cx: &mut Context<'_, R>,
    ) {
        match self.life {
            Life::Open(_) => return cx.answer(request, Reply::State(self.state())),
            Life::Unlocking(_) => return cx.answer(request, Code::Misuse),
            _ => {}
        }
        let vault_id = match self.device.session {
            None => return cx.answer(request, Code::SignedOut),
            Some(session) => match session.vault_id {
                None => return cx.answer(request, Code::NoVault),
                Some(vault_id) => vault_id,
            },
        };
        let code = match RecoveryCode::parse(typed.expose_text()) {
            Ok(code) => code,
            Err(error) => return cx.answer(request, error.code()),
        };
        // The same try of the same code may be repeated by this device, after
        // an answer that was lost or a kill before the new passphrase was set.
        let hash = code.verifier(vault_id).hash();
        let attempt = match self.device.attempt {
            Some(attempt) if attempt.hash == hash => attempt,
            _ => Attempt {
                hash,
                id: cx.random(),
            },
        };
        self.device.attempt = Some(attempt);
        let changes = vec![Device::put_attempt(&attempt)];
        let code = Box::new(code);
        cx.write(
            &mut self.waiting,
            changes,
            Wait::AttemptWritten {
                request,
                code,
                vault_id,
            },
        );
    }

    /// The try is noted: ask the server.
    pub(crate) fn attempt_written<R: CryptoRng>(
        &mut self,
        request: RequestId,
        (code, vault_id): (Box<RecoveryCode>, VaultId),
        result: Result<(), Code>,
        cx: &mut Context<'_, R>,
    ) {
        let prepared = result.and_then(|()| {
            let attempt = self.device.attempt.ok_or(Code::Stopped)?;
            let message = ValidateRecoveryCode {
                credential_id: None,
                verifier: Verifier::from_bytes(*code.verifier(vault_id).expose_bytes()),
                attempt_id: Some(OpaqueBytes::new(attempt.id.to_vec())),
            };
            sync_core::encode(&message).map_err(|_| Code::Internal)
        });
        match prepared {
            Ok(body) => {
                let (method, path) = (Method::Post, endpoint::VALIDATE_RECOVERY_CODE);
                let wait = Wait::CodeValidated {
                    request,
                    code,
                    vault_id,
                };
                cx.send(&mut self.waiting, method, path, body, wait);
            }
            Err(code) => cx.answer(request, code),
        }
    }

    /// The server has taken the code, or not.
    pub(crate) fn code_validated<R: CryptoRng>(
        &mut self,
        request: RequestId,
        (code, vault_id): (&RecoveryCode, VaultId),
        result: Result<Response, Unreachable>,
        cx: &mut Context<'_, R>,
    ) {
        let identity = self.identity().filter(|own| own.vault_id == vault_id);
        let (Some(identity), Life::Closed) = (identity, &self.life) else {
            return cx.answer(request, Code::Stopped);
        };
        let opened = answer::read::<ValidatedRecoveryCode>(result).and_then(|validated| {
            let slots = validated.slots.slot_list;
            let slots = SlotList::parse_json(slots.as_slice()).map_err(|error| error.code())?;
            self.device.refuse_older(&slots)?;
            let locked = LockedVault::new(identity, slots).map_err(|error| error.code())?;
            let opened = locked.unlock_and_hold(code.slot_key(vault_id));
            opened.map_err(|error| error.code())
        });
        match opened {
            Ok((vault, held)) => self.read_coded(request, vault, held, cx),
            Err(code) => cx.answer(request, code),
        }
    }

    fn read_coded<R: CryptoRng>(
        &mut self,
        request: RequestId,
        vault: UnlockedVault,
        held: HeldKek,
        cx: &mut Context<'_, R>,
    ) {
        let step = Step::Coded {
            vault: Box::new(vault),
            held: Box::new(held),
        };
        self.life = Life::Unlocking(Unlocking { request, step });
        let pages = vec![Query::All {
            store: Store::Pages,
        }];
        cx.read(&mut self.waiting, pages, Wait::UnlockPages { request });
    }

    /// Asks for the list of codes.
    pub(crate) fn list_codes<R: CryptoRng>(&mut self, request: RequestId, cx: &mut Context<'_, R>) {
        let (method, path) = (Method::Get, endpoint::RECOVERY_CODES);
        let wait = Wait::CodesListed { request };
        cx.send(&mut self.waiting, method, path, Vec::new(), wait);
    }

    pub(crate) fn codes_listed<R: CryptoRng>(
        &mut self,
        request: RequestId,
        result: Result<Response, Unreachable>,
        cx: &mut Context<'_, R>,
    ) {
        let answer = answer::read::<RecoveryCodeList>(result).map(|list| {
            let standing = list.codes.into_iter();
            let standing = standing.filter(|code| code.revoked_ms.is_none());
            let codes = standing.map(|code| CodeView {
                id: code.credential_id.to_string(),
                label: code.label,
                created_ms: code.created_ms as f64,
                used_ms: code.used_ms.map(|ms| ms as f64),
                used_by: code.used_by_device.map(|id| id.to_string()),
            });
            Reply::RecoveryCodes(RecoveryCodes {
                codes: codes.collect(),
            })
        });
        cx.answer(request, answer.map_err(Into::into));
    }

    /// Ends codes: those named, one after the other, or all.
    pub(crate) fn revoke_codes<R: CryptoRng>(
        &mut self,
        request: RequestId,
        ids: Option<Vec<CredentialId>>,
        cx: &mut Context<'_, R>,
    ) {
        let Life::Open(open) = &mut self.life else {
            return cx.answer(request, Code::Locked);
        };
        let named = ids.is_some();
        let mut left = ids.unwrap_or_default();
        sort_by_key(&mut left, |id| *id);
        left.dedup();
        if named && left.is_empty() {
            return self.list_codes(request, cx);
        }
        let mut edit = open.vault.edit_slots();
        let (path, removed) = match left.pop() {
            None => {
                edit.remove_all(SlotType::Recovery);
                (endpoint::REVOKE_RECOVERY_CODES.to_owned(), Ok(()))
            }
            Some(id) => (endpoint::revoke_recovery_code(id), edit.remove(id)),
        };
        let prepared = removed.and_then(|()| edit.finish()).map_err(|e| e.code());
        let prepared = prepared.and_then(|list| {
            let json = list.to_json().map_err(|error| error.code())?;
            let slots = replace(&list, &json);
            let body = sync_core::encode(&RevokeRecoveryCodes { slots });
            Ok((list, json, body.map_err(|_| Code::Internal)?))
        });
        match prepared {
            Ok((list, json, body)) => {
                let wait = Wait::CodesRevoked {
                    request,
                    slots: Box::new((list, json)),
                    left,
                };
                cx.send(&mut self.waiting, Method::Post, path, body, wait);
            }
            Err(code) => cx.answer(request, code),
        }
    }

    /// The server has ended codes: keep the slots without them.
    pub(crate) fn codes_revoked<R: CryptoRng>(
        &mut self,
        request: RequestId,
        ((list, json), left): ((SlotList, Vec<u8>), Vec<CredentialId>),
        result: Result<Response, Unreachable>,
        cx: &mut Context<'_, R>,
    ) {
        let Life::Open(open) = &mut self.life else {
            return cx.answer(request, Code::Stopped);
        };
        let taken = answer::accept(result).and_then(|_| {
            let adopted = open.vault.adopt_slots(list.clone());
            adopted.map_err(|error| error.code())
        });
        if let Err(code) = taken {
            // Whether it was done shows by the next poll.
            self.sync.check_now(None, cx.now_ms);
            return cx.answer(request, code);
        }
        let changes = self.device.take_slots(json, &list);
        let wait = Wait::SessionWritten { request: None };
        cx.write(&mut self.waiting, changes, wait);
        if left.is_empty() {
            self.list_codes(request, cx);
        } else {
            self.revoke_codes(request, Some(left), cx);
        }
    }
}
