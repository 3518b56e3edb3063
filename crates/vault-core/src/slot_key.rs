//! The secret that opens one slot, wherever it came from.

use crate::key::DerivedKey;
use crate::slot::SlotType;
use crate::stretch::{KdfRequest, StretchedKey};
use core::fmt;

/// Thirty-two secret bytes that make or open one key slot: a stretched
/// passphrase, or what a recovery code or a device's secret derives to.
pub struct SlotKey(Source);

enum Source {
    Passphrase(StretchedKey),
    Recovery(DerivedKey),
    Device(DerivedKey),
}

impl SlotKey {
    pub(crate) const fn of_recovery_code(key: DerivedKey) -> Self {
        Self(Source::Recovery(key))
    }

    pub(crate) const fn of_device(key: DerivedKey) -> Self {
        Self(Source::Device(key))
    }

    /// The type of the slots that it fits.
    #[must_use]
    pub const fn slot_type(&self) -> SlotType {
        match self.0 {
            Source::Passphrase(_) => SlotType::Passphrase,
            Source::Recovery(_) => SlotType::Recovery,
            Source::Device(_) => SlotType::Device,
        }
    }

    /// The derivation that it answers; recovery codes and device secrets are
    /// long enough to need none.
    pub(crate) const fn request(&self) -> Option<&KdfRequest> {
        match &self.0 {
            Source::Passphrase(stretched) => Some(stretched.request()),
            Source::Recovery(_) | Source::Device(_) => None,
        }
    }

    pub(crate) fn expose_key(&self) -> &[u8; 32] {
        match &self.0 {
            Source::Passphrase(stretched) => stretched.expose_key(),
            Source::Recovery(key) | Source::Device(key) => key.expose_key(),
        }
    }
}

impl From<StretchedKey> for SlotKey {
    fn from(stretched: StretchedKey) -> Self {
        Self(Source::Passphrase(stretched))
    }
}

impl fmt::Debug for SlotKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SlotKey(..)")
    }
}
