//! What the tests of this crate share.
#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used)]

use core::convert::Infallible;
use rand_core::{Rng, TryCryptoRng, TryRng};
use sha2::{Digest, Sha256};
use vault_core::{
    KdfRequest, NewSlot, OpBody, OpDraft, Policy, RecordBody, SlotList, StretchedKey,
    UnlockedVault, VaultIdentity, create_vault,
};
use vault_types::{
    AccountId, CredentialId, Cursor, DeviceId, HistoryHash, Kind, OpId, RecordId, Seen, Stamp,
    VaultId,
};
use zeroize::Zeroizing;

/// A random source that repeats itself in every run: SHA-256 of seed and
/// counter.
pub(crate) struct FixedRng {
    seed: u64,
    counter: u64,
}

pub(crate) fn rng(seed: u64) -> FixedRng {
    FixedRng { seed, counter: 0 }
}

impl TryRng for FixedRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_be_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for chunk in out.chunks_mut(32) {
            let mut hash = Sha256::new();
            hash.update(self.seed.to_be_bytes());
            hash.update(self.counter.to_be_bytes());
            self.counter += 1;
            chunk.copy_from_slice(&hash.finalize()[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for FixedRng {}

pub(crate) fn identity() -> VaultIdentity {
    VaultIdentity {
        account_id: AccountId::from_random([1; 16]),
        vault_id: VaultId::from_random([2; 16]),
    }
}

/// A stretched key as a platform would hand it over, at no cost.
pub(crate) fn stretched(request: &KdfRequest, fill: u8) -> StretchedKey {
    request.accept_platform(Zeroizing::new([fill; 32]))
}

pub(crate) fn create(
    identity: VaultIdentity,
    policy: Policy,
    seed: u64,
) -> (UnlockedVault, SlotList, KdfRequest) {
    let mut rng = rng(seed);
    let request = KdfRequest::for_new_slot(&policy, &mut rng).unwrap();
    let mut id = [0; 16];
    rng.fill_bytes(&mut id);
    let slot = NewSlot {
        credential_id: CredentialId::from_random(id),
        label: "Passphrase",
    };
    let key = stretched(&request, 5);
    let (vault, slots) = create_vault(identity, &policy, slot, key, &mut rng).unwrap();
    (vault, slots, request)
}

pub(crate) fn unlocked(policy: Policy) -> UnlockedVault {
    create(identity(), policy, 7).0
}

pub(crate) fn draft(number: u8) -> OpDraft {
    OpDraft {
        op_id: OpId::from_parts(1_700_000_000_000, [number; 10]),
        record_id: RecordId::from_random([number; 16]),
        device_id: DeviceId::from_random([4; 16]),
        base: None,
        stamp: Stamp {
            wall_ms: 1_700_000_000_000,
            counter: 3,
        },
        seen: Seen {
            cursor: Cursor(5),
            hash: HistoryHash::from_bytes([6; 32]),
        },
    }
}

pub(crate) fn record(text: &str) -> RecordBody {
    RecordBody {
        kind: Kind::Infobase,
        title: "Title".into(),
        text: text.into(),
        tags: vec!["one".into(), "two".into()],
        created_ms: 1_700_000_000_000,
        updated_ms: 1_700_000_000_001,
        source: None,
        conflict_of: None,
    }
}

pub(crate) fn note(text: &str) -> OpBody {
    OpBody::Record(record(text))
}
