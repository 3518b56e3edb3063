//! Sealing and opening what a device keeps for itself.
//!
//! ```text
//! object            envelope header · sealed body as in `envelope.rs`
//! envelope header   version 1 · object type · policy version u16 · epoch u32
//! key info          "lockstep/object-key/v1" · object type · object id 16
//! associated data   "lockstep/object/v1" · account id 16 · vault id 16
//!                   · object id 16 · format version · envelope header 8
//! ```
//! A label has its length in one byte before it. The format version is that
//! of the content; it is not in the bytes, the reader must know it.

use crate::envelope::{Envelope, Once};
use crate::error::{OpenError, SealError};
use crate::label::Label;
use crate::padding;
use crate::policy::Policy;
use crate::vault::{UnlockedVault, VaultIdentity};
use rand_core::CryptoRng;
use vault_types::{DecodeError, Epoch, ObjectType, PolicyVersion, Reader, Writer};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const HEADER_LEN: usize = 8;

/// The place of an object, which it opens in and in no other.
struct Place<'a> {
    object_type: ObjectType,
    object_id: &'a [u8; 16],
    format_version: u8,
}

impl Place<'_> {
    fn header(&self, policy: PolicyVersion, epoch: Epoch) -> Vec<u8> {
        let mut writer = Writer::with_capacity(HEADER_LEN);
        writer
            .u8(VERSION)
            .u8(self.object_type.number())
            .u16(policy.0)
            .u32(epoch.0);
        writer.finish()
    }

    fn key_info(&self) -> Vec<u8> {
        let mut writer = Label::ObjectKey.writer();
        writer.u8(self.object_type.number()).raw(self.object_id);
        writer.finish()
    }

    fn associated_data(&self, identity: &VaultIdentity, header: &[u8]) -> Vec<u8> {
        let mut writer = Label::Object.writer();
        writer
            .raw(identity.account_id.as_bytes())
            .raw(identity.vault_id.as_bytes())
            .raw(self.object_id)
            .u8(self.format_version)
            .raw(header);
        writer.finish()
    }
}

impl UnlockedVault {
    /// Seals an object: a draft, a catalogue page, an index segment, local
    /// state. It opens under the same type, id and format version only.
    ///
    /// # Errors
    /// [`SealError::LimitExceeded`]; [`SealError::NotAnObject`] for
    /// [`ObjectType::Op`].
    pub fn seal_object<R: CryptoRng + ?Sized>(
        &self,
        object_type: ObjectType,
        object_id: &[u8; 16],
        format_version: u8,
        content: &[u8],
        rng: &mut R,
    ) -> Result<Vec<u8>, SealError> {
        if object_type == ObjectType::Op {
            return Err(SealError::NotAnObject);
        }
        let place = Place {
            object_type,
            object_id,
            format_version,
        };
        let keys = self.keyring.current();
        let mut sealed = place.header(self.policy.version, keys.epoch);
        let associated = place.associated_data(self.identity(), &sealed);
        Envelope {
            aead: self.policy.aead,
            keys,
            object_type,
            info: &place.key_info(),
            associated: &associated,
        }
        .seal(content, Once::Content, &mut sealed, rng)?;
        Ok(sealed)
    }

    /// Opens an object in its place.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open_object(
        &self,
        object_type: ObjectType,
        object_id: &[u8; 16],
        format_version: u8,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let place = Place {
            object_type,
            object_id,
            format_version,
        };
        let (policy, epoch) = read_header(sealed, object_type)?;
        let (header, body) = sealed.split_at(HEADER_LEN);
        let keys = self.keyring.epoch(epoch);
        let keys = keys.ok_or(OpenError::UnknownEpoch { epoch })?;
        let mut padded = Envelope {
            aead: policy.aead,
            keys,
            object_type,
            info: &place.key_info(),
            associated: &place.associated_data(self.identity(), header),
        }
        .open(body)?;
        padding::unpad_in_place(&mut padded)?;
        Ok(padded)
    }
}

impl UnlockedVault {
    /// The policy and epoch that an object of this version claims.
    pub(crate) fn object_sealed_under(
        &self,
        object_type: ObjectType,
        sealed: &[u8],
    ) -> Option<(PolicyVersion, Epoch)> {
        let (policy, epoch) = read_header(sealed, object_type).ok()?;
        Some((policy.version, epoch))
    }
}

/// The policy and epoch that an object claims; its seal vouches for both.
fn read_header(sealed: &[u8], object_type: ObjectType) -> Result<(Policy, Epoch), OpenError> {
    let mut reader = Reader::new(sealed);
    let mut header = || {
        let version = reader.u8()?;
        let number = reader.u8()?;
        let policy = PolicyVersion(reader.u16()?);
        Ok::<_, DecodeError>((version, number, policy, Epoch(reader.u32()?)))
    };
    let (version, number, policy, epoch) = header().map_err(|_| OpenError::CannotOpen)?;
    if version > VERSION {
        return Err(OpenError::NewerVersion { version });
    }
    if version != VERSION || number != object_type.number() {
        return Err(OpenError::CannotOpen);
    }
    let policy = Policy::by_version(policy).ok_or(OpenError::UnknownPolicy { policy })?;
    Ok((policy, epoch))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::common::identity;
    use vault_types::{AccountId, VaultId};

    #[test]
    fn associated_data_tells_every_place_apart() {
        let data = |identity, object_type, object_id, format_version, policy, epoch| {
            let place = Place {
                object_type,
                object_id: &[object_id; 16],
                format_version,
            };
            place.associated_data(
                &identity,
                &place.header(PolicyVersion(policy), Epoch(epoch)),
            )
        };
        let here = identity();
        let other_account = VaultIdentity {
            account_id: AccountId::NIL,
            ..here
        };
        let other_vault = VaultIdentity {
            vault_id: VaultId::NIL,
            ..here
        };
        let original = data(here, ObjectType::Draft, 1, 1, 1, 1);
        let others = [
            data(other_account, ObjectType::Draft, 1, 1, 1, 1),
            data(other_vault, ObjectType::Draft, 1, 1, 1, 1),
            data(here, ObjectType::LocalState, 1, 1, 1, 1),
            data(here, ObjectType::Draft, 2, 1, 1, 1),
            data(here, ObjectType::Draft, 1, 2, 1, 1),
            data(here, ObjectType::Draft, 1, 1, 2, 1),
            data(here, ObjectType::Draft, 1, 1, 1, 2),
        ];
        assert!(others.iter().all(|other| *other != original));
    }
}
