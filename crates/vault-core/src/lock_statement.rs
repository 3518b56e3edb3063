//! What a device says when it locks the vault everywhere, so that the others
//! can tell its word from the server's.
//!
//! ```text
//! statement   version 1 · reason u8 · tier u8 · epoch u32 · device id 16
//!             · Unix milliseconds u64 · random 16 · MAC 32
//! MAC         HMAC(subkey "lockstep/lock-key/v1" of that epoch,
//!             label "lockstep/lock/v1" · account id 16 · vault id 16
//!             · the statement before the MAC)
//! ```

use crate::error::OpenError;
use crate::label::Label;
use crate::vault::{UnlockedVault, VaultIdentity};
use rand_core::CryptoRng;
use vault_types::{DecodeError, DeviceId, Epoch, LockReason, LockTier, Reader, Writer};

const VERSION: u8 = 1;
const NONCE_LEN: usize = 16;
const MAC_LEN: usize = 32;

/// A lock as the device that ordered it describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockStatement {
    /// The device.
    pub device_id: DeviceId,
    /// When, Unix milliseconds of that device's clock. A statement proves who
    /// spoke, not that it was just now: an old one can be shown again.
    pub at_ms: u64,
    /// Why.
    pub reason: LockReason,
    /// How far the lock reaches.
    pub tier: LockTier,
}

fn under_the_mac(identity: &VaultIdentity, head: &[u8]) -> Vec<u8> {
    let mut writer = Label::Lock.writer();
    writer
        .raw(identity.account_id.as_bytes())
        .raw(identity.vault_id.as_bytes())
        .raw(head);
    writer.finish()
}

impl UnlockedVault {
    /// The statement's bytes, authenticated by the vault key. The server
    /// stores them and cannot make any.
    pub fn state_lock<R: CryptoRng + ?Sized>(
        &self,
        statement: &LockStatement,
        rng: &mut R,
    ) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        rng.fill_bytes(&mut nonce);
        let keys = self.keyring.current();
        let mut writer = Writer::with_capacity(96);
        writer
            .u8(VERSION)
            .u8(statement.reason.number())
            .u8(statement.tier.number())
            .u32(keys.epoch.0)
            .raw(statement.device_id.as_bytes())
            .u64(statement.at_ms)
            .raw(&nonce);
        let mut bytes = writer.finish();
        let mac = keys.lock_mac(&under_the_mac(self.identity(), &bytes));
        bytes.extend_from_slice(&mac);
        bytes
    }

    /// Reads a statement that a device of this vault made.
    ///
    /// # Errors
    /// [`OpenError`]: of a newer version or an unknown epoch; otherwise
    /// [`OpenError::CannotOpen`], whatever is wrong with it.
    pub fn verify_lock(&self, bytes: &[u8]) -> Result<LockStatement, OpenError> {
        let Some((version, _)) = bytes.split_first() else {
            return Err(OpenError::CannotOpen);
        };
        if *version > VERSION {
            return Err(OpenError::NewerVersion { version: *version });
        }
        let head_len = bytes.len().saturating_sub(MAC_LEN);
        let (head, mac) = bytes.split_at(head_len);
        let (epoch, statement) = read(head).map_err(|_| OpenError::CannotOpen)?;
        let keys = self.keyring.epoch(epoch);
        let keys = keys.ok_or(OpenError::UnknownEpoch { epoch })?;
        if !keys.states_lock(&under_the_mac(self.identity(), head), mac) {
            return Err(OpenError::CannotOpen);
        }
        Ok(statement)
    }
}

fn read(head: &[u8]) -> Result<(Epoch, LockStatement), DecodeError> {
    let mut reader = Reader::new(head);
    if reader.u8()? != VERSION {
        return Err(DecodeError::UnknownValue);
    }
    let reason = LockReason::from_number(reader.u8()?).ok_or(DecodeError::UnknownValue)?;
    let tier = LockTier::from_number(reader.u8()?).ok_or(DecodeError::UnknownValue)?;
    let epoch = Epoch(reader.u32()?);
    let device_id = DeviceId::from_bytes(reader.array()?);
    let at_ms = reader.u64()?;
    reader.raw(NONCE_LEN)?;
    reader.finish()?;
    let statement = LockStatement {
        device_id,
        at_ms,
        reason,
        tier,
    };
    Ok((epoch, statement))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::identity;
    use vault_types::{AccountId, VaultId};

    #[test]
    fn the_bytes_under_the_mac_tell_account_and_vault_apart() {
        // The vault also enters the key. This shows that the MAC does not lean
        // on that.
        let here = identity();
        let original = under_the_mac(&here, b"head");
        let other_account = VaultIdentity {
            account_id: AccountId::NIL,
            ..here
        };
        let other_vault = VaultIdentity {
            vault_id: VaultId::NIL,
            ..here
        };
        assert_ne!(under_the_mac(&other_account, b"head"), original);
        assert_ne!(under_the_mac(&other_vault, b"head"), original);
        assert_ne!(under_the_mac(&here, b"hea"), original);
    }
}
