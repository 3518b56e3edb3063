//! All key slots of a vault under one seal, so that a server cannot add,
//! drop, swap or roll back one unseen by who holds the vault key.

use crate::error::UnlockError;
use crate::key::EpochKeys;
use crate::keyring::OlderKek;
use crate::label::Label;
use crate::policy::Policy;
use crate::slot::WrappedKek;
use crate::vault::VaultIdentity;
use crate::wire::{FixedBytes, bounded_list};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use vault_types::wire::{Decode, Encode, NotAValue, ValueReader, ValueWriter, from_json, to_json};
use vault_types::{AccountId, Epoch, Generation, PolicyVersion, VaultId, fields, limits};

/// The version of the list's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ListVersion;

impl ListVersion {
    const NUMBER: u8 = 1;
}

impl Encode for ListVersion {
    fn encode(&self, out: &mut ValueWriter) {
        Self::NUMBER.encode(out);
    }
}

impl Decode for ListVersion {
    fn decode(from: &mut ValueReader<'_>) -> Result<Self, NotAValue> {
        match u8::decode(from)? {
            Self::NUMBER => Ok(Self),
            _ => Err(NotAValue),
        }
    }
}

impl Serialize for ListVersion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(Self::NUMBER)
    }
}

impl<'de> Deserialize<'de> for ListVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if u8::deserialize(deserializer)? == Self::NUMBER {
            Ok(Self)
        } else {
            Err(de::Error::custom("another version of the slot list"))
        }
    }
}

/// The key slots of a vault and the older vault keys, as the server stores
/// them. Of all this the server needs to read the generation alone.
///
/// A list proves that it was made by someone who held the vault key. That it
/// is the latest one it cannot prove: whoever keeps it across restarts calls
/// [`SlotList::refuse_older`] with the greatest generation ever seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlotList {
    version: ListVersion,
    generation: Generation,
    #[serde(rename = "user_id")]
    account_id: AccountId,
    vault_id: VaultId,
    #[serde(deserialize_with = "bounded_list::<_, _, { limits::SLOTS_MAX }>")]
    slots: Vec<WrappedKek>,
    #[serde(deserialize_with = "bounded_list::<_, _, { limits::OLDER_KEKS_MAX }>")]
    keyring: Vec<OlderKek>,
    seal: FixedBytes<32>,
}

fields!(strict SlotList {
    version,
    generation,
    account_id as "user_id",
    vault_id,
    slots: at_most(limits::SLOTS_MAX),
    keyring: at_most(limits::OLDER_KEKS_MAX),
    seal,
});

impl SlotList {
    /// A list under the seal of the current epoch's keys.
    pub(crate) fn seal(
        identity: &VaultIdentity,
        generation: Generation,
        slots: Vec<WrappedKek>,
        keyring: Vec<OlderKek>,
        keys: &EpochKeys,
    ) -> Self {
        let mut list = Self {
            version: ListVersion,
            generation,
            account_id: identity.account_id,
            vault_id: identity.vault_id,
            slots,
            keyring,
            seal: FixedBytes([0; 32]),
        };
        list.seal = FixedBytes(keys.slot_list_seal(&list.canonical()));
        list
    }

    /// Whether the list carries the seal of these keys.
    pub(crate) fn is_sealed_by(&self, keys: &EpochKeys) -> bool {
        keys.seals_slot_list(&self.canonical(), &self.seal.0)
    }

    /// The canonical bytes under the seal.
    pub(crate) fn canonical(&self) -> Vec<u8> {
        let mut writer = Label::SlotList.writer();
        writer
            .u8(ListVersion::NUMBER)
            .u64(self.generation.0)
            .raw(self.account_id.as_bytes())
            .raw(self.vault_id.as_bytes())
            .u32(self.slots.len() as u32);
        for slot in &self.slots {
            writer.bytes(&slot.canonical());
        }
        writer.u32(self.keyring.len() as u32);
        for older in &self.keyring {
            older.write(&mut writer);
        }
        writer.finish()
    }

    /// Reads the JSON form. Says nothing about who made it.
    ///
    /// # Errors
    /// [`UnlockError::NewerVersion`] or [`UnlockError::Corrupt`].
    pub fn parse_json(json: &[u8]) -> Result<Self, UnlockError> {
        from_json(json).map_err(|NotAValue| why_unreadable(json))
    }

    /// The JSON form.
    ///
    /// # Errors
    /// [`UnlockError::Corrupt`], which no list of this crate causes.
    pub fn to_json(&self) -> Result<Vec<u8>, UnlockError> {
        Ok(to_json(self))
    }

    /// How often the list has changed.
    #[must_use]
    pub const fn generation(&self) -> Generation {
        self.generation
    }

    /// Refuses a list that is older than one that this device has seen: the
    /// server, or a backup of it, shows slots that were replaced since.
    ///
    /// # Errors
    /// [`UnlockError::SlotsRolledBack`].
    pub fn refuse_older(&self, than: Generation) -> Result<(), UnlockError> {
        if self.generation < than {
            return Err(UnlockError::SlotsRolledBack);
        }
        Ok(())
    }

    /// The epoch of the vault key in its slots, as the list claims: proven by
    /// opening it alone. A device whose vault is open at a lower epoch has
    /// been left behind by a rotation.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        let epochs = self.slots.iter().map(WrappedKek::epoch);
        epochs.max().unwrap_or_default()
    }

    /// The policy under which a vault with these slots seals: the newest of
    /// any slot, so that a slot kept from before an upgrade takes none back.
    pub(crate) fn newest_policy(&self) -> PolicyVersion {
        let versions = self.slots.iter().map(|slot| slot.context().policy_version);
        let known = versions.filter(|version| Policy::by_version(*version).is_some());
        known.max().unwrap_or_default()
    }

    /// Whose keys these are.
    #[must_use]
    pub const fn identity(&self) -> VaultIdentity {
        VaultIdentity {
            account_id: self.account_id,
            vault_id: self.vault_id,
        }
    }

    /// The slots.
    #[must_use]
    pub fn slots(&self) -> &[WrappedKek] {
        &self.slots
    }

    pub(crate) fn older_keks(&self) -> &[OlderKek] {
        &self.keyring
    }
}

/// Tells a list of a newer version from one that is damaged.
fn why_unreadable(json: &[u8]) -> UnlockError {
    struct VersionsOnly {
        version: u64,
        slots: Vec<WrapVersionOnly>,
    }

    fields!(read VersionsOnly { version, slots: default });

    struct WrapVersionOnly {
        wrap_version: String,
    }
    fields!(read WrapVersionOnly { wrap_version });

    match from_json::<VersionsOnly>(json) {
        Ok(found) if found.version > u64::from(ListVersion::NUMBER) => UnlockError::NewerVersion,
        Ok(found) if found.slots.iter().any(|slot| slot.wrap_version != "v1") => {
            UnlockError::NewerVersion
        }
        _ => UnlockError::Corrupt,
    }
}
