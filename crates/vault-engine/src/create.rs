//! Making a vault: the deployment's policy → stretched key → a vault key in
//! its first slot → the server → this disk.

use crate::answer;
use crate::catalogue::Catalogue;
use crate::command::{Reply, RequestId, SecretText};
use crate::context::Context;
use crate::device::{Device, Session};
use crate::effect::{Method, Response, Unreachable};
use crate::engine::{Engine, Life};
use crate::open_vault::OpenVault;
use crate::wait::Wait;
use rand_core::CryptoRng;
use sync_core::endpoint;
use sync_core::message::{CreateVaultRequest, CryptoPolicies, VaultInfo};
use vault_core::{
    KdfRequest, NewSlot, Passphrase, Policy, StretchedKey, UnlockedVault, VaultIdentity,
    create_vault,
};
use vault_types::{Code, CredentialId, Generation, OpaqueBytes, VaultId};

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
            let policy = crate::policy::checked(&policies.current)?;
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
                let mut changes = vec![Device::put_session(&session)];
                changes.extend(self.device.take_slots(slots, vault.slots()));
                self.device.session = Some(session);
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
        match result {
            Ok(()) => {
                let open = OpenVault::new(vault, Catalogue::default(), &self.outbox);
                self.opened(request, open, cx);
            }
            Err(code) => cx.answer(request, code),
        }
    }
}
