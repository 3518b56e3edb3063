//! Makes the browser compile the cipher well before it is needed.
//!
//! A fresh worker runs what the browser compiled in a hurry; what proves to be
//! used often is compiled again, better. Left to itself that happens in the
//! midst of opening the catalogue, which then takes a third longer.

use crate::random::Random;
use rand_core::Rng;
use vault_core::{KdfRequest, NewSlot, Policy, VaultIdentity, create_vault};
use vault_types::{AccountId, CredentialId, ObjectType, VaultId, limits};
use zeroize::Zeroizing;

/// How many pages are opened: about as many bytes as the browser waits for.
const PAGES: usize = 16;

/// Opens a page of zeros in a vault that is thrown away, again and again.
/// Takes some ten milliseconds, which the thread has while WebCrypto derives a
/// key on another. If anything fails, the next unlock is as slow as it was.
pub(crate) fn cipher() {
    let _ = open_pages();
}

fn open_pages() -> Option<()> {
    let mut random = Random::new().ok()?;
    let identity = VaultIdentity {
        account_id: AccountId::NIL,
        vault_id: VaultId::NIL,
    };
    let slot = NewSlot {
        credential_id: CredentialId::NIL,
        label: "",
    };
    let request = KdfRequest::for_new_slot(&Policy::V1, &mut random).ok()?;
    let mut key = Zeroizing::new([0; 32]);
    random.fill_bytes(key.as_mut_slice());
    let stretched = request.accept_platform(key);
    let (vault, _) = create_vault(identity, &Policy::V1, slot, stretched, &mut random).ok()?;
    let (of, id, page) = (
        ObjectType::CataloguePage,
        [0; 16],
        vec![0; limits::PAGE_BYTES],
    );
    let sealed = vault.seal_object(of, &id, 1, &page, &mut random).ok()?;
    for _ in 0..PAGES {
        vault.open_object(of, &id, 1, &sealed).ok()?;
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_open() {
        assert_eq!(open_pages(), Some(()));
    }
}
