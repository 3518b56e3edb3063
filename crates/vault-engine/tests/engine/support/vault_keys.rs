//! What the server in memory does about locks, key changes and recovery
//! codes: `sync_core` decides, this stores.

use super::vault_store::VaultStore;
use sync_core::message::{
    BeginRotation, CommitRotation, LockVaultRequest, LockedBy, NewRecoveryCode, RecoveryCodeEntry,
    RecoveryCodeList, ReplaceRecoveryCodes, ReplaceSlots, RotationBegun, SlotList,
    UnlockVaultRequest, ValidateRecoveryCode, ValidatedRecoveryCode, VaultExtent, VaultLock,
};
use sync_core::{
    HeldCode, Unlocker, check_rotation, check_unlock, find_code, lock_that_stands, may_try_code,
};
use vault_types::{Code, CredentialId, DeviceId, Epoch, LockTier, RotationId, limits};

/// What the server knows of a vault's keys.
#[derive(Clone, Default)]
pub(crate) struct Keys {
    pub(crate) codes: Vec<HeldCode>,
    /// When codes were tried.
    tries_ms: Vec<u64>,
    rotation: Option<(RotationId, Epoch, u64)>,
    rotations: u8,
    pub(crate) recovery_used: Option<(u64, DeviceId)>,
}

impl VaultStore {
    pub(crate) fn check_open(&self) -> Result<(), Code> {
        match self.info.lock {
            Some(_) => Err(Code::VaultLocked),
            None => Ok(()),
        }
    }

    pub(crate) fn slot_list(&self) -> SlotList {
        SlotList {
            slots_generation: self.info.slots_generation,
            slot_list: self.slots.clone(),
        }
    }

    pub(crate) fn lock_by_device(
        &mut self,
        device_id: DeviceId,
        request: LockVaultRequest,
        now_ms: u64,
    ) -> Result<VaultLock, Code> {
        if request.enforce_tier != LockTier::Vault {
            return Err(Code::Malformed);
        }
        Ok(self.lock(VaultLock {
            locked_at_ms: now_ms,
            reason: request.reason,
            enforce_tier: request.enforce_tier,
            by: LockedBy::Device,
            device_id: Some(device_id),
            statement: Some(request.statement),
        }))
    }

    /// Locks the vault, whoever says so.
    pub(crate) fn lock(&mut self, new: VaultLock) -> VaultLock {
        let lock = lock_that_stands(self.info.lock.take(), new);
        self.info.lock = Some(lock.clone());
        lock
    }

    pub(crate) fn unlock(
        &mut self,
        request: UnlockVaultRequest,
        unlocker: Unlocker,
    ) -> Result<(), Code> {
        check_unlock(self.info.lock.as_ref(), request, unlocker)?;
        self.info.lock = None;
        Ok(())
    }

    pub(crate) fn replace_slots(&mut self, slots: ReplaceSlots) -> Result<(), Code> {
        if slots.vault_id.is_some_and(|id| id != self.info.vault_id) {
            return Err(Code::UnknownVault);
        }
        self.check_open()?;
        if slots.slots_generation != self.info.slots_generation.next() {
            return Err(Code::SlotsConflict);
        }
        self.info.slots_generation = slots.slots_generation;
        self.slots = slots.slot_list;
        if let Some(version) = slots.policy_version {
            self.info.policy_version = version;
        }
        Ok(())
    }

    pub(crate) fn recovery_codes(&self) -> RecoveryCodeList {
        let entries = self.keys.codes.iter().map(|code| code.entry.clone());
        RecoveryCodeList {
            codes: entries.collect(),
        }
    }

    pub(crate) fn replace_recovery_codes(
        &mut self,
        request: ReplaceRecoveryCodes,
        now_ms: u64,
    ) -> Result<RecoveryCodeList, Code> {
        self.replace_slots(request.slots)?;
        self.keep_codes(request.codes, now_ms);
        Ok(self.recovery_codes())
    }

    fn keep_codes(&mut self, codes: Vec<NewRecoveryCode>, now_ms: u64) {
        let held = codes.into_iter().map(|code| HeldCode {
            entry: RecoveryCodeEntry {
                credential_id: code.credential_id,
                label: code.label,
                created_ms: now_ms,
                used_ms: None,
                used_by_device: None,
                revoked_ms: None,
            },
            verifier_hash: code.verifier_hash,
            used_attempt: None,
        });
        self.keys.codes = held.collect();
    }

    /// Revokes one code, or all.
    pub(crate) fn revoke_recovery_codes(
        &mut self,
        which: Option<CredentialId>,
        slots: ReplaceSlots,
        now_ms: u64,
    ) -> Result<RecoveryCodeList, Code> {
        let meant = |code: &HeldCode| which.is_none_or(|id| id == code.entry.credential_id);
        if which.is_some() && !self.keys.codes.iter().any(meant) {
            return Err(Code::UnknownRecoveryCode);
        }
        self.replace_slots(slots)?;
        for code in self.keys.codes.iter_mut().filter(|code| meant(code)) {
            code.entry.revoked_ms.get_or_insert(now_ms);
        }
        Ok(self.recovery_codes())
    }

    pub(crate) fn validate_recovery_code(
        &mut self,
        device_id: DeviceId,
        request: &ValidateRecoveryCode,
        now_ms: u64,
    ) -> Result<ValidatedRecoveryCode, Code> {
        self.check_open()?;
        if !may_try_code(self.keys.tries_ms.iter().copied(), now_ms) {
            return Err(Code::SlowDown);
        }
        self.keys.tries_ms.push(now_ms);
        let at = find_code(&self.keys.codes, request, device_id)?;
        let slots = self.slot_list();
        let code = &mut self.keys.codes[at];
        if code.entry.used_ms.is_none() {
            code.entry.used_ms = Some(now_ms);
            code.entry.used_by_device = Some(device_id);
            code.used_attempt.clone_from(&request.attempt_id);
            self.keys.recovery_used = Some((now_ms, device_id));
        }
        Ok(ValidatedRecoveryCode {
            credential_id: code.entry.credential_id,
            slots,
        })
    }

    pub(crate) fn extent(&self) -> VaultExtent {
        VaultExtent {
            key_epoch: self.info.key_epoch,
            record_count: self.record_count(),
            head: self.head(),
        }
    }

    pub(crate) fn begin_rotation(
        &mut self,
        request: &BeginRotation,
        now_ms: u64,
    ) -> Result<RotationBegun, Code> {
        self.check_open()?;
        check_rotation(request, &self.extent())?;
        self.keys.rotations += 1;
        let rotation_id = RotationId::from_random([self.keys.rotations; 16]);
        let expires_at_ms = now_ms + limits::ROTATION_LIFE_MS;
        self.keys.rotation = Some((rotation_id, request.to_epoch, expires_at_ms));
        Ok(RotationBegun {
            rotation_id,
            expires_at_ms,
        })
    }

    pub(crate) fn commit_rotation(
        &mut self,
        rotation_id: RotationId,
        request: CommitRotation,
        now_ms: u64,
    ) -> Result<(), Code> {
        self.check_open()?;
        let (_, to_epoch, _) = self
            .keys
            .rotation
            .filter(|(id, _, expires_at_ms)| *id == rotation_id && now_ms < *expires_at_ms)
            .ok_or(Code::RotationExpired)?;
        let held = self.slot_list();
        let repeated = self.info.key_epoch == to_epoch
            && held.slots_generation == request.slots.slots_generation
            && held.slot_list == request.slots.slot_list;
        if repeated {
            return Ok(());
        }
        if self.info.key_epoch == to_epoch {
            return Err(Code::RotationExpired);
        }
        self.replace_slots(request.slots)?;
        self.info.key_epoch = to_epoch;
        self.keep_codes(request.codes, now_ms);
        Ok(())
    }
}
