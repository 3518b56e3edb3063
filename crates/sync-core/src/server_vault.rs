//! What a server decides about a vault's lock, the change of its key and its
//! recovery codes. It looks at what it stores; the caller holds a transaction
//! and stores the outcome in it.

use crate::message::{
    BeginRotation, RecoveryCodeEntry, UnlockVaultRequest, ValidateRecoveryCode, VaultExtent,
    VaultLock, VerifierHash,
};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use vault_types::{Code, DeviceId, OpaqueBytes, limits};

const MINUTE_MS: u64 = 60 * 1000;
const HOUR_MS: u64 = 60 * MINUTE_MS;

/// Who wants to lift a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlocker {
    /// A device, after it has opened the vault.
    Device,
    /// Whoever runs the server.
    Administrator,
}

/// Which of two locks stands: the first one, unless an administrator's comes.
#[must_use]
pub fn lock_that_stands(held: Option<VaultLock>, new: VaultLock) -> VaultLock {
    match held {
        Some(held) if held.is_servers_alone() || !new.is_servers_alone() => held,
        _ => new,
    }
}

/// Whether a lock may be lifted. Without a lock there is nothing to refuse.
///
/// # Errors
/// [`Code::LockedByServer`] if only an administrator may, [`Code::VaultLocked`]
/// if another lock than the one meant has come.
pub fn check_unlock(
    held: Option<&VaultLock>,
    request: UnlockVaultRequest,
    unlocker: Unlocker,
) -> Result<(), Code> {
    let Some(held) = held else { return Ok(()) };
    if held.is_servers_alone() && unlocker == Unlocker::Device {
        return Err(Code::LockedByServer);
    }
    match request.locked_at_ms {
        Some(meant) if meant != held.locked_at_ms => Err(Code::VaultLocked),
        _ => Ok(()),
    }
}

/// Whether a device that wants to change the key knows the whole vault.
///
/// # Errors
/// [`Code::Malformed`] if the new epoch is not the next,
/// [`Code::RotationConflict`] if the device knows another vault than this.
pub fn check_rotation(request: &BeginRotation, held: &VaultExtent) -> Result<(), Code> {
    if request.from_epoch.0.checked_add(1) != Some(request.to_epoch.0) {
        return Err(Code::Malformed);
    }
    let known = VaultExtent {
        key_epoch: request.from_epoch,
        record_count: request.record_count,
        head: request.head,
    };
    if known == *held {
        Ok(())
    } else {
        Err(Code::RotationConflict)
    }
}

/// Whether an account may try another recovery code, by when it tried before.
/// A time to come, as after the clock was set back, counts as now.
pub fn may_try_code(tries_ms: impl IntoIterator<Item = u64>, now_ms: u64) -> bool {
    let (mut of_minute, mut of_hour) = (0_u32, 0_u32);
    for tried_ms in tries_ms {
        let age_ms = now_ms.saturating_sub(tried_ms);
        of_minute += u32::from(age_ms < MINUTE_MS);
        of_hour += u32::from(age_ms < HOUR_MS);
    }
    of_minute < limits::RECOVERY_TRIES_A_MINUTE && of_hour < limits::RECOVERY_TRIES_AN_HOUR
}

/// A recovery code as a server holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldCode {
    /// What everybody may see.
    pub entry: RecoveryCodeEntry,
    /// The hash of its verifier.
    pub verifier_hash: VerifierHash,
    /// Which try of the device has used it.
    pub used_attempt: Option<OpaqueBytes>,
}

impl HeldCode {
    fn may_be_used(&self, device_id: DeviceId, attempt: Option<&OpaqueBytes>) -> bool {
        if self.entry.revoked_ms.is_some() {
            return false;
        }
        let is_the_same_try = attempt.is_some()
            && self.used_attempt.as_ref() == attempt
            && self.entry.used_by_device == Some(device_id);
        self.entry.used_ms.is_none() || is_the_same_try
    }
}

/// The place of the code that a verifier belongs to and that may be used. Every
/// code is compared, in constant time, whichever it is.
///
/// # Errors
/// [`Code::RecoveryCodeRefused`] for an unknown, used or revoked code alike.
pub fn find_code(
    codes: &[HeldCode],
    request: &ValidateRecoveryCode,
    device_id: DeviceId,
) -> Result<usize, Code> {
    let shown = request.verifier.hash();
    let (mut found, mut at) = (Choice::from(0), 0_u64);
    for (place, code) in (0_u64..).zip(codes) {
        let same = shown.as_bytes().ct_eq(code.verifier_hash.as_bytes());
        at.conditional_assign(&place, same);
        found |= same;
    }
    let at = usize::try_from(at).map_err(|_| Code::RecoveryCodeRefused)?;
    let code = codes.get(at).filter(|_| found.into());
    let meant = |code: &&HeldCode| {
        let named = request.credential_id;
        named.is_none_or(|named| named == code.entry.credential_id)
            && code.may_be_used(device_id, request.attempt_id.as_ref())
    };
    code.filter(meant)
        .map(|_| at)
        .ok_or(Code::RecoveryCodeRefused)
}
