//! Statements that lock the vault.

use super::vaults::{POLICIES, vault};
use super::{Recorder, golden, hex};
use crate::LockStatement;
use serde_json::json;
use vault_types::{DeviceId, LockReason, LockTier};

#[test]
fn lock_statements() {
    let mut cases = Vec::new();
    for policy in POLICIES {
        let (vault, _) = vault(policy);
        let mut rng = Recorder::new(70);
        for (reason, tier) in [
            (LockReason::Idle, LockTier::Device),
            (LockReason::Logout, LockTier::Vault),
            (LockReason::Storage, LockTier::Vault),
        ] {
            let statement = LockStatement {
                device_id: DeviceId::from_random([4; 16]),
                at_ms: 1_700_000_000_000,
                reason,
                tier,
            };
            let bytes = vault.state_lock(&statement, &mut rng);
            cases.push(json!({
                "policy": policy.version,
                "device_id": statement.device_id,
                "at_ms": statement.at_ms,
                "reason": statement.reason,
                "tier": statement.tier,
                "random": rng.take(),
                "bytes": hex(&bytes),
            }));
        }
    }
    golden(
        "lock-statement.json",
        "Locks as devices of the vaults of slot-list.json state them.",
        cases,
    );
}
