//! The key schedule below a stretched key.

use crate::error::SealError;
use crate::label::Label;
use crate::randomness;
use crate::slot_key::SlotKey;
use core::fmt;
use hkdf::{Hkdf, HmacImpl};
use hmac::Hmac;
use rand_core::CryptoRng;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use vault_types::{Epoch, ObjectType, VaultId};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// HKDF-Expand (RFC 5869, 2.3) to one block.
fn expand(hkdf: &Hkdf<Sha256>, info: &[&[u8]]) -> DerivedKey {
    let mut key = DerivedKey([0; 32]);
    // HKDF refuses outputs beyond 255 blocks only, and a key left at zeros
    // would be worse than a stop.
    if hkdf.expand_multi_info(info, &mut key.0).is_err() {
        unreachable!("32 bytes are one block of HKDF-SHA-256");
    }
    key
}

/// HMAC-SHA-256 (RFC 2104).
pub(crate) fn keyed_hash(key: &DerivedKey, message: &[u8]) -> [u8; 32] {
    hash_on(
        <Hmac<Sha256> as HmacImpl>::new_from_slice(&key.0),
        &[message],
    )
}

/// The same, the key being taken in already, over parts.
fn hash_on(mut hmac: Hmac<Sha256>, parts: &[&[u8]]) -> [u8; 32] {
    for part in parts {
        HmacImpl::update(&mut hmac, part);
    }
    HmacImpl::finalize(hmac).into()
}

/// HKDF-SHA-256 (RFC 5869), whole, to one block.
pub(crate) fn extract_and_expand(secret: &[u8], salt: &[u8], info: &[u8]) -> DerivedKey {
    expand(&Hkdf::new(Some(salt), secret), &[info])
}

/// What a secret that needs no stretching derives to in one vault.
pub(crate) fn derive_slot_key(secret: &[u8], vault_id: VaultId, label: Label) -> DerivedKey {
    extract_and_expand(secret, vault_id.as_bytes(), &label.writer().finish())
}

/// Thirty-two bytes derived for one purpose.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct DerivedKey([u8; 32]);

impl DerivedKey {
    pub(crate) const fn expose_key(&self) -> &[u8; 32] {
        &self.0
    }

    /// A key of its own for one sealed thing: HKDF-SHA-256 (RFC 5869) over
    /// this key with a random salt, `info` naming the thing.
    pub(crate) fn derive_for(&self, salt: &[u8], info: &[u8]) -> Self {
        extract_and_expand(&self.0, salt, info)
    }

    #[cfg(feature = "primitives")]
    pub(crate) const fn of_vector(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for DerivedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DerivedKey(..)")
    }
}

/// What a slot key turns into for one slot: the key that wraps the
/// vault key, and the commitment that binds the slot to this key alone.
pub(crate) struct SlotKeys {
    pub(crate) wrap: DerivedKey,
    commitment: DerivedKey,
}

impl SlotKeys {
    /// `associated` is the canonical encoding of the slot's whole context.
    pub(crate) fn derive(slot_key: &SlotKey, associated: &[u8]) -> Self {
        let hkdf = Hkdf::<Sha256>::new(None, slot_key.expose_key());
        let under = |label: Label| expand(&hkdf, &[&label.writer().finish(), associated]);
        Self {
            wrap: under(Label::SlotWrap),
            commitment: under(Label::SlotCommitment),
        }
    }

    /// The commitment, which is public: it stands in the slot.
    pub(crate) fn commitment(&self) -> [u8; 32] {
        self.commitment.0
    }

    /// Compares in constant time.
    pub(crate) fn commits_to(&self, commitment: &[u8; 32]) -> bool {
        self.commitment.0.ct_eq(commitment).into()
    }
}

/// The vault key of one epoch: 32 random bytes, which leave this crate
/// wrapped or not at all.
pub(crate) struct Kek {
    pub(crate) epoch: Epoch,
    key: Zeroizing<[u8; 32]>,
}

impl Kek {
    pub(crate) const LEN: usize = 32;

    /// # Errors
    /// [`SealError::BrokenRandomness`]: a vault key must not be guessable.
    pub(crate) fn generate<R: CryptoRng + ?Sized>(
        epoch: Epoch,
        rng: &mut R,
    ) -> Result<Self, SealError> {
        let mut key = Zeroizing::new([0; Self::LEN]);
        rng.fill_bytes(key.as_mut_slice());
        randomness::check(key.as_slice())?;
        Ok(Self { epoch, key })
    }

    /// Takes an unwrapped key; `None` if it is not 32 bytes.
    pub(crate) fn from_unwrapped(epoch: Epoch, unwrapped: &[u8]) -> Option<Self> {
        let mut key = Zeroizing::new([0; Self::LEN]);
        if unwrapped.len() != Self::LEN {
            return None;
        }
        key.copy_from_slice(unwrapped);
        Some(Self { epoch, key })
    }

    pub(crate) fn expose_key(&self) -> &[u8; 32] {
        &self.key
    }
}

/// Every key that the vault key of one epoch gives, derived once at unlock.
///
/// ```text
/// passphrase ── NFKC ── KDF(cost, salt) ── StretchedKey ─┐
/// recovery code ── HKDF, salt = vault id ────────────────┤
/// device secret ── HKDF, salt = vault id ────────────────┤
///                                                     SlotKey
///                                             │ HKDF, info = label ‖ slot context
///                                 ┌───────────┴───────────┐
///                             wrap key                commitment
///                                 │ AEAD, AAD = slot context
///                          Kek, 32 random bytes, epoch n
///                                 │ HKDF, salt = vault id, info = label
///   ┌─────────┬────────┬──────────┼───────┬─────────┬───────────┬───────────────┬─────────┐
/// records  drafts  catalogue    index  devices  slot list  import ids  content marks  keyring
///   │         └────────┴────┬─────┴───────┘         │           └── HMAC ───────┘        │
///   │ HKDF, salt = 16       │ the same, info =     HMAC                         seals the Kek
///   │ random bytes, info =  │ type ‖ object id                                  of epoch n - 1
///   │ type ‖ record id      │
/// one key per revision    one key per object         (policy 2 seals with the subkey itself)
/// ```
///
/// Three more are not drawn: `history`, which stands beside `devices`, that of
/// the statements that lock the vault, and that which spreads salts and nonces
/// (see `envelope.rs`).
pub(crate) struct EpochKeys {
    pub(crate) epoch: Epoch,
    records: DerivedKey,
    drafts: DerivedKey,
    catalogue: DerivedKey,
    index: DerivedKey,
    devices: DerivedKey,
    history: DerivedKey,
    slot_list: DerivedKey,
    import_ids: DerivedKey,
    content_marks: DerivedKey,
    lock_statements: DerivedKey,
    /// Taken in by the hash already: every seal asks it.
    nonces: Hmac<Sha256>,
    pub(crate) keyring: DerivedKey,
}

impl EpochKeys {
    pub(crate) fn derive(kek: &Kek, vault_id: VaultId) -> Self {
        let hkdf = Hkdf::<Sha256>::new(Some(vault_id.as_bytes()), kek.expose_key());
        let under = |label: Label| expand(&hkdf, &[&label.writer().finish()]);
        Self {
            epoch: kek.epoch,
            records: under(Label::Records),
            drafts: under(Label::Drafts),
            catalogue: under(Label::Catalogue),
            index: under(Label::Index),
            devices: under(Label::Devices),
            history: under(Label::History),
            slot_list: under(Label::SlotListKey),
            import_ids: under(Label::ImportIdKey),
            content_marks: under(Label::ContentMarkKey),
            lock_statements: under(Label::LockKey),
            nonces: <Hmac<Sha256> as HmacImpl>::new_from_slice(&under(Label::NonceKey).0),
            keyring: under(Label::KeyringKey),
        }
    }

    /// The subkey under which things of that type are sealed.
    pub(crate) const fn subkey(&self, object_type: ObjectType) -> &DerivedKey {
        match object_type {
            ObjectType::Op => &self.records,
            ObjectType::Draft => &self.drafts,
            ObjectType::CataloguePage => &self.catalogue,
            ObjectType::IndexSegment => &self.index,
            ObjectType::LocalState => &self.devices,
            ObjectType::HistoryPage | ObjectType::Checkpoint => &self.history,
        }
    }

    /// The seal of the slot list over its canonical bytes.
    pub(crate) fn slot_list_seal(&self, canonical: &[u8]) -> [u8; 32] {
        keyed_hash(&self.slot_list, canonical)
    }

    /// Compares the slot list's seal in constant time.
    pub(crate) fn seals_slot_list(&self, canonical: &[u8], seal: &[u8; 32]) -> bool {
        self.slot_list_seal(canonical).ct_eq(seal).into()
    }

    /// The MAC of a statement that locks the vault.
    pub(crate) fn lock_mac(&self, statement: &[u8]) -> [u8; 32] {
        keyed_hash(&self.lock_statements, statement)
    }

    /// Compares such a MAC in constant time.
    pub(crate) fn states_lock(&self, statement: &[u8], mac: &[u8]) -> bool {
        self.lock_mac(statement).ct_eq(mac).into()
    }

    /// Thirty-two bytes for a salt and a nonce, of random ones and of what is
    /// being sealed.
    pub(crate) fn spread(&self, parts: &[&[u8]]) -> [u8; 32] {
        hash_on(self.nonces.clone(), parts)
    }

    /// Sixteen bytes that only this vault maps the message to.
    pub(crate) fn import_id(&self, message: &[u8]) -> [u8; 16] {
        let hash = keyed_hash(&self.import_ids, message);
        core::array::from_fn(|at| hash[at])
    }

    /// Eight bytes that only this vault maps the message to.
    pub(crate) fn content_mark(&self, message: &[u8]) -> u64 {
        let hash = keyed_hash(&self.content_marks, message);
        u64::from_be_bytes(core::array::from_fn(|at| hash[at]))
    }
}

impl fmt::Debug for EpochKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EpochKeys(epoch {}, ..)", self.epoch)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::StretchedKey;
    use crate::common::rng;

    #[test]
    fn debug_of_keys_shows_nothing() {
        let keys = EpochKeys::derive(&Kek::generate(Epoch(3), &mut rng(1)).unwrap(), VaultId::NIL);
        assert_eq!(format!("{keys:?}"), "EpochKeys(epoch 3, ..)");
        let subkey = keys.subkey(ObjectType::Op);
        assert_eq!(format!("{subkey:?}"), "DerivedKey(..)");
    }

    #[test]
    fn every_purpose_has_a_key_of_its_own() {
        let keys = EpochKeys::derive(&Kek::generate(Epoch(1), &mut rng(1)).unwrap(), VaultId::NIL);
        let all = [
            &keys.records,
            &keys.drafts,
            &keys.catalogue,
            &keys.index,
            &keys.devices,
            &keys.history,
            &keys.slot_list,
            &keys.import_ids,
            &keys.content_marks,
            &keys.lock_statements,
            &keys.keyring,
        ];
        for (at, key) in all.iter().enumerate() {
            assert!(all[at + 1..].iter().all(|other| other.0 != key.0));
        }
    }

    #[test]
    fn derivation_is_hkdf_of_rfc_5869() {
        // Test case 1 of the RFC, its first block.
        let ikm = [0x0b; 22];
        let salt: [u8; 13] = core::array::from_fn(|at| at as u8);
        let info: [u8; 10] = core::array::from_fn(|at| 0xf0 + at as u8);
        let key = expand(&Hkdf::new(Some(&salt), &ikm), &[&info]);
        let first_block = [
            0x3c, 0xb2, 0x5f, 0x25, 0xfa, 0xac, 0xd5, 0x7a, 0x90, 0x43, 0x4f, 0x64, 0xd0, 0x36,
            0x2f, 0x2a, 0x2d, 0x2d, 0x0a, 0x90, 0xcf, 0x1a, 0x5a, 0x4c, 0x5d, 0xb0, 0x2d, 0x56,
            0xec, 0xc4, 0xc5, 0xbf,
        ];
        assert_eq!(key.0, first_block);
    }

    #[test]
    fn a_dropped_key_is_wiped() {
        let mut key = DerivedKey([7; 32]);
        key.zeroize();
        assert_eq!(key.0, [0; 32]);
        const fn wipes_on_drop<T: ZeroizeOnDrop>() {}
        wipes_on_drop::<DerivedKey>();
        // Its state wipes itself, and that alone makes it need a drop.
        assert!(core::mem::needs_drop::<Hmac<Sha256>>());
        wipes_on_drop::<StretchedKey>();
        wipes_on_drop::<crate::Passphrase>();
        assert!(core::mem::needs_drop::<Kek>());
        assert!(core::mem::needs_drop::<crate::HeldKek>());
        assert!(core::mem::needs_drop::<crate::SlotKey>());
        assert!(core::mem::needs_drop::<crate::RecoveryCode>());
        assert!(core::mem::needs_drop::<crate::RecoveryVerifier>());
        assert!(core::mem::needs_drop::<crate::DeviceSecret>());
        assert!(core::mem::needs_drop::<crate::UnlockedVault>());
    }
}
