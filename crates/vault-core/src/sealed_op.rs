//! Sealing and opening operations.
//!
//! ```text
//! key info          "lockstep/op-key/v1" · object type 1 · record id 16
//! associated data   "lockstep/op/v1" · object type 1 · account id 16
//!                   · vault id 16 · the 124 bytes of the operation's header
//! ```
//! A label has its length in one byte before it. The sealed body is that of
//! `envelope.rs`.

use crate::envelope::{Envelope, Once};
use crate::error::{OpenError, SealError};
use crate::label::Label;
use crate::padding;
use crate::policy::Policy;
use crate::record::OpBody;
use crate::vault::{UnlockedVault, VaultIdentity};
use rand_core::CryptoRng;
use vault_types::{
    DecodeError, DeviceId, ObjectType, Op, OpHeader, OpId, RecordId, SealedBytes, Seen, Stamp,
};

/// The header up to its stamp: everything but what the author had seen.
const USED_ONCE_LEN: usize = 84;

/// An operation on a private record, before it is sealed. Policy, epoch and
/// the deleted flag come from the vault and the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpDraft {
    /// The operation.
    pub op_id: OpId,
    /// The record that it revises.
    pub record_id: RecordId,
    /// The device that makes it.
    pub device_id: DeviceId,
    /// The revision that was edited; `None` for the first.
    pub base: Option<OpId>,
    /// When it is made.
    pub stamp: Stamp,
    /// What this device has seen of the vault's history.
    pub seen: Seen,
}

fn key_info(record_id: RecordId) -> Vec<u8> {
    let mut writer = Label::OpKey.writer();
    writer.u8(ObjectType::Op.number()).raw(record_id.as_bytes());
    writer.finish()
}

fn associated_data(identity: &VaultIdentity, header: &OpHeader) -> Vec<u8> {
    let mut writer = Label::Op.writer();
    writer
        .u8(ObjectType::Op.number())
        .raw(identity.account_id.as_bytes())
        .raw(identity.vault_id.as_bytes())
        .raw(&header.encode());
    writer.finish()
}

impl UnlockedVault {
    /// Seals a body as the next revision of a private record.
    ///
    /// # Errors
    /// [`SealError::LimitExceeded`].
    pub fn seal_op<R: CryptoRng + ?Sized>(
        &self,
        draft: &OpDraft,
        body: &OpBody,
        rng: &mut R,
    ) -> Result<Op, SealError> {
        let keys = self.keyring.current();
        let header = OpHeader {
            op_id: draft.op_id,
            record_id: draft.record_id,
            device_id: draft.device_id,
            base: draft.base,
            deleted: body.is_tombstone(),
            standard_kind: None,
            policy: self.policy.version,
            epoch: keys.epoch,
            stamp: draft.stamp,
            seen: draft.seen,
        };
        let encoded = header.encode();
        let once = Once::Head(&encoded[..USED_ONCE_LEN]);
        let mut sealed = Vec::new();
        Envelope {
            aead: self.policy.aead,
            keys,
            object_type: ObjectType::Op,
            info: &key_info(header.record_id),
            associated: &associated_data(self.identity(), &header),
        }
        .seal(&body.encode()?, once, &mut sealed, rng)?;
        Ok(Op {
            header,
            body: SealedBytes::new(sealed),
        })
    }

    /// Opens the body of an operation, sealed under any policy this version
    /// knows and any epoch this device holds.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open_op(&self, op: &Op) -> Result<OpBody, OpenError> {
        let header = &op.header;
        if header.standard_kind.is_some() {
            return Err(OpenError::NotSealed);
        }
        let policy = header.policy;
        let policy = Policy::by_version(policy).ok_or(OpenError::UnknownPolicy { policy })?;
        let epoch = header.epoch;
        let keys = self.keyring.epoch(epoch);
        let keys = keys.ok_or(OpenError::UnknownEpoch { epoch })?;
        let padded = Envelope {
            aead: policy.aead,
            keys,
            object_type: ObjectType::Op,
            info: &key_info(header.record_id),
            associated: &associated_data(self.identity(), header),
        }
        .open(op.body.as_slice())?;
        let body = OpBody::parse(padding::unpad(&padded)?)?;
        if body.is_tombstone() != header.deleted {
            return Err(DecodeError::UnknownValue.into());
        }
        Ok(body)
    }

    /// Seals many, in one call from a host whose calls are dear.
    ///
    /// # Errors
    /// [`SealError`] of the first that was refused; none is returned then.
    pub fn seal_ops<'a, R: CryptoRng + ?Sized>(
        &self,
        drafts: impl IntoIterator<Item = (&'a OpDraft, &'a OpBody)>,
        rng: &mut R,
    ) -> Result<Vec<Op>, SealError> {
        drafts
            .into_iter()
            .map(|(draft, body)| self.seal_op(draft, body, rng))
            .collect()
    }

    /// Opens many; each has its own outcome.
    pub fn open_ops<'a>(
        &self,
        ops: impl IntoIterator<Item = &'a Op>,
    ) -> Vec<Result<OpBody, OpenError>> {
        ops.into_iter().map(|op| self.open_op(op)).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::common::{draft, identity, rng, unlocked};
    use vault_types::{AccountId, VaultId};

    #[test]
    fn associated_data_tells_account_vault_and_header_apart() {
        // Vault and policy also enter the choice of the key. This shows that
        // the seal does not lean on that.
        let vault = unlocked(Policy::V1);
        let op = vault.seal_op(&draft(1), &OpBody::Tombstone, &mut rng(1));
        let header = op.unwrap().header;
        let original = associated_data(&identity(), &header);
        let mut others = Vec::new();
        let mut other = identity();
        other.account_id = AccountId::NIL;
        others.push(associated_data(&other, &header));
        let mut other = identity();
        other.vault_id = VaultId::NIL;
        others.push(associated_data(&other, &header));
        let mut other = header;
        other.policy = Policy::V2.version;
        others.push(associated_data(&identity(), &other));
        let mut other = header;
        other.epoch = other.epoch.next();
        others.push(associated_data(&identity(), &other));
        assert!(others.iter().all(|other| *other != original));
        assert!(original.ends_with(&header.encode()));
    }
}
