//! A secret that one device holds: 32 random bytes of its own, or the output
//! of a passkey's pseudo-random function (WebAuthn level 3, `prf`).

use crate::key::{DerivedKey, derive_slot_key};
use crate::label::Label;
use crate::slot_key::SlotKey;
use core::fmt;
use vault_types::{Code, VaultId};
use zeroize::Zeroizing;

/// Bytes that are no secret: not 32 of them, or all zero. A platform that
/// knows no `prf` hands such bytes over without an error, and a slot under
/// them would be open to everyone or closed to its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceSecretRefused;

impl DeviceSecretRefused {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> Code {
        Code::DeviceSecretRefused
    }
}

impl fmt::Display for DeviceSecretRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code().sentence())
    }
}

impl core::error::Error for DeviceSecretRefused {}

/// Thirty-two secret bytes of one device.
pub struct DeviceSecret(Zeroizing<[u8; Self::LEN]>);

impl DeviceSecret {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// Takes what the platform gave.
    ///
    /// # Errors
    /// [`DeviceSecretRefused`] if it is missing, of another length, or zeros.
    pub fn from_platform(bytes: &[u8]) -> Result<Self, DeviceSecretRefused> {
        let mut secret = Zeroizing::new([0; Self::LEN]);
        if bytes.len() != Self::LEN || bytes.iter().all(|byte| *byte == 0) {
            return Err(DeviceSecretRefused);
        }
        secret.copy_from_slice(bytes);
        Ok(Self(secret))
    }

    /// The key of this device's slot in that vault.
    #[must_use]
    pub fn slot_key(&self, vault_id: VaultId) -> SlotKey {
        let key: DerivedKey = derive_slot_key(self.0.as_slice(), vault_id, Label::DeviceSlot);
        SlotKey::of_device(key)
    }
}

impl fmt::Debug for DeviceSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceSecret(..)")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_missing_short_long_or_zero_is_refused() {
        for len in (0..=64).filter(|len| *len != DeviceSecret::LEN) {
            let refused = DeviceSecret::from_platform(&vec![7; len]);
            assert_eq!(refused.err(), Some(DeviceSecretRefused), "{len}");
        }
        let zeros = DeviceSecret::from_platform(&[0; DeviceSecret::LEN]);
        assert_eq!(zeros.err(), Some(DeviceSecretRefused));
        let mut almost = [0; DeviceSecret::LEN];
        almost[31] = 1;
        assert!(DeviceSecret::from_platform(&almost).is_ok());
    }

    #[test]
    fn each_vault_has_a_slot_key_of_its_own() {
        let secret = DeviceSecret::from_platform(&[7; 32]).unwrap();
        let one = secret.slot_key(VaultId::from_random([1; 16]));
        let other = secret.slot_key(VaultId::from_random([2; 16]));
        assert_ne!(one.expose_key(), other.expose_key());
        assert_ne!(one.expose_key(), &[7; 32]);
        assert_eq!(
            format!("{secret:?} {one:?}"),
            "DeviceSecret(..) SlotKey(..)"
        );
    }
}
