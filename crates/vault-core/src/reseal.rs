//! Sealing what is there already under the current epoch and policy.

use crate::error::ResealError;
use crate::sealed_op::OpDraft;
use crate::vault::UnlockedVault;
use rand_core::CryptoRng;
use vault_types::{DeviceId, ObjectType, Op, OpHeader, OpId, Seen};

/// Who seals an operation anew, and as which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reseal {
    /// The new operation.
    pub op_id: OpId,
    /// The device that makes it.
    pub device_id: DeviceId,
    /// What that device has seen of the vault's history.
    pub seen: Seen,
}

impl UnlockedVault {
    /// Whether a private operation was sealed under an older epoch or another
    /// policy than the vault seals under now.
    #[must_use]
    pub fn needs_reseal(&self, header: &OpHeader) -> bool {
        header.standard_kind.is_none()
            && (header.epoch < self.epoch() || header.policy != self.policy_version())
    }

    /// The same for an object; also for bytes that are none, which do not open.
    #[must_use]
    pub fn object_needs_reseal(&self, object_type: ObjectType, sealed: &[u8]) -> bool {
        let now = (self.policy_version(), self.epoch());
        self.object_sealed_under(object_type, sealed) != Some(now)
    }

    /// Seals the body of an operation anew, as an operation that follows it:
    /// same record, same stamp, same body. A concurrent edit bears a later
    /// stamp and wins.
    ///
    /// # Errors
    /// [`ResealError`].
    pub fn reseal_op<R: CryptoRng + ?Sized>(
        &self,
        op: &Op,
        reseal: Reseal,
        rng: &mut R,
    ) -> Result<Op, ResealError> {
        let body = self.open_op(op).map_err(ResealError::Open)?;
        let draft = OpDraft {
            op_id: reseal.op_id,
            record_id: op.header.record_id,
            device_id: reseal.device_id,
            base: Some(op.header.op_id),
            stamp: op.header.stamp,
            seen: reseal.seen,
        };
        self.seal_op(&draft, &body, rng).map_err(ResealError::Seal)
    }
}
