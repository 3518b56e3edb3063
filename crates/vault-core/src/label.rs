//! Every domain separation string, in one enum with one exhaustive match.
//!
//! A label is never reused for a second purpose and never changes. In byte
//! strings it stands as one byte of length and its ASCII, so that no label
//! with what follows it can read as another.

use vault_types::Writer;

/// What a derived key, an authenticated byte string or a keyed hash is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label {
    /// Stretched key → key that wraps the vault key.
    SlotWrap,
    /// Stretched key → commitment of a slot.
    SlotCommitment,
    /// Recovery code → key of its slot.
    RecoverySlot,
    /// Recovery code → what proves to the server that its owner holds it.
    RecoveryVerifier,
    /// Device secret → key of its slot.
    DeviceSlot,
    /// Associated data of a wrapped vault key.
    Slot,
    /// Vault key → key of the slot list's seal.
    SlotListKey,
    /// Bytes under the slot list's seal.
    SlotList,
    /// Vault key → key that seals the vault key of the epoch before.
    KeyringKey,
    /// Associated data of a sealed older vault key.
    Keyring,
    /// Vault key → key of the statements by which a device locks the vault.
    LockKey,
    /// Bytes under such a statement's MAC.
    Lock,
    /// Vault key → key that spreads salts and nonces.
    NonceKey,
    /// Vault key → subkey of record bodies.
    Records,
    /// Vault key → subkey of drafts.
    Drafts,
    /// Vault key → subkey of catalogue pages.
    Catalogue,
    /// Vault key → subkey of search index segments.
    Index,
    /// Vault key → subkey of a device's own state.
    Devices,
    /// Vault key → subkey of history pages and checkpoints.
    History,
    /// Vault key → key of the ids of imported records.
    ImportIdKey,
    /// Bytes under the hash that becomes an imported record's id.
    ImportId,
    /// Vault key → key of content marks.
    ContentMarkKey,
    /// Bytes under the hash that becomes a content mark.
    ContentMark,
    /// Records subkey → key of one sealed revision.
    OpKey,
    /// Associated data of a sealed operation body.
    Op,
    /// Object subkey → key of one sealed object.
    ObjectKey,
    /// Associated data of a sealed object.
    Object,
}

impl Label {
    /// Every label, so that a test can tell that all differ.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 27] = [
        Self::SlotWrap,
        Self::SlotCommitment,
        Self::RecoverySlot,
        Self::RecoveryVerifier,
        Self::DeviceSlot,
        Self::Slot,
        Self::SlotListKey,
        Self::SlotList,
        Self::KeyringKey,
        Self::Keyring,
        Self::LockKey,
        Self::Lock,
        Self::NonceKey,
        Self::Records,
        Self::Drafts,
        Self::Catalogue,
        Self::Index,
        Self::Devices,
        Self::History,
        Self::ImportIdKey,
        Self::ImportId,
        Self::ContentMarkKey,
        Self::ContentMark,
        Self::OpKey,
        Self::Op,
        Self::ObjectKey,
        Self::Object,
    ];

    /// The label as ASCII.
    pub(crate) const fn text(self) -> &'static str {
        match self {
            Self::SlotWrap => "lockstep/slot-wrap/v1",
            Self::SlotCommitment => "lockstep/slot-commitment/v1",
            Self::RecoverySlot => "lockstep/recovery-slot/v1",
            Self::RecoveryVerifier => "lockstep/recovery-verifier/v1",
            Self::DeviceSlot => "lockstep/device-slot/v1",
            Self::Slot => "lockstep/slot/v1",
            Self::SlotListKey => "lockstep/slot-list-key/v1",
            Self::SlotList => "lockstep/slot-list/v1",
            Self::KeyringKey => "lockstep/keyring-key/v1",
            Self::Keyring => "lockstep/keyring/v1",
            Self::LockKey => "lockstep/lock-key/v1",
            Self::Lock => "lockstep/lock/v1",
            Self::NonceKey => "lockstep/nonce-key/v1",
            Self::Records => "lockstep/records/v1",
            Self::Drafts => "lockstep/drafts/v1",
            Self::Catalogue => "lockstep/catalogue/v1",
            Self::Index => "lockstep/index/v1",
            Self::Devices => "lockstep/devices/v1",
            Self::History => "lockstep/history/v1",
            Self::ImportIdKey => "lockstep/import-id-key/v1",
            Self::ImportId => "lockstep/import-id/v1",
            Self::ContentMarkKey => "lockstep/content-mark-key/v1",
            Self::ContentMark => "lockstep/content-mark/v1",
            Self::OpKey => "lockstep/op-key/v1",
            Self::Op => "lockstep/op/v1",
            Self::ObjectKey => "lockstep/object-key/v1",
            Self::Object => "lockstep/object/v1",
        }
    }

    /// A buffer that starts with the label.
    pub(crate) fn writer(self) -> Writer {
        let mut writer = Writer::with_capacity(256);
        writer.text(self.text());
        writer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_differ_and_their_length_is_one_byte() {
        for (at, label) in Label::ALL.iter().enumerate() {
            assert!(label.text().len() < 128 && label.text().is_ascii());
            let later = &Label::ALL[at + 1..];
            assert!(later.iter().all(|other| other.text() != label.text()));
        }
    }
}
