//! The vault that every history begins with, and the keys by which the
//! simulator itself can read what the devices wrote.

use crate::dice;
use sha2::{Digest, Sha256};
use vault_core::{
    KdfRequest, NewSlot, Passphrase, Policy, StretchedKey, UnlockedVault, VaultIdentity,
    create_vault,
};
use vault_types::{AccountId, CredentialId, VaultId};
use zeroize::Zeroizing;

/// The passphrase of every vault here.
pub(crate) const PASSPHRASE: &str = "correct horse battery";

/// What the server holds of the vault from the start.
pub(crate) struct Founding {
    pub(crate) identity: VaultIdentity,
    pub(crate) slots: Vec<u8>,
}

/// Makes the vault of a seed. `None` if the core refuses to, which is a fault
/// of the simulator.
pub(crate) fn found(seed: u64) -> Option<(Founding, UnlockedVault)> {
    let mut rng = dice::stream(seed, 0);
    let identity = VaultIdentity {
        account_id: AccountId::from_bytes([1; 16]),
        vault_id: VaultId::from_bytes([2; 16]),
    };
    let kdf = KdfRequest::for_new_slot(&Policy::V1, &mut rng).ok()?;
    let passphrase = Passphrase::new(PASSPHRASE).ok()?;
    let slot = NewSlot {
        credential_id: CredentialId::from_random([5; 16]),
        label: "Passphrase",
    };
    let key = quick_key(&kdf, &passphrase);
    let (vault, slots) = create_vault(identity, &Policy::V1, slot, key, &mut rng).ok()?;
    let slots = slots.to_json().ok()?;
    Some((Founding { identity, slots }, vault))
}

/// One hash in the place of 600,000, as a very fast platform would have it:
/// the engine takes the platform's word.
pub(crate) fn quick_key(request: &KdfRequest, passphrase: &Passphrase) -> StretchedKey {
    let mut sha = Sha256::new();
    sha.update(request.salt().as_bytes());
    sha.update(passphrase.expose_bytes());
    request.accept_platform(Zeroizing::new(sha.finalize().into()))
}
