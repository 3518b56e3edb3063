//! Stretching a passphrase, as an unlock does it.

use crate::kdf;
use crate::random::Random;
use vault_core::{KdfRequest, Passphrase, Policy};
use vault_types::PolicyVersion;
use wasm_bindgen::prelude::*;

/// What a policy's passphrase slot asks for.
#[wasm_bindgen]
pub struct Stretching {
    request: KdfRequest,
    passphrase: Passphrase,
}

#[wasm_bindgen]
impl Stretching {
    /// A new slot of that policy.
    ///
    /// # Errors
    /// A sentence, if there is no such policy.
    #[wasm_bindgen(constructor)]
    pub fn new(policy: u16, passphrase: &str) -> Result<Self, JsError> {
        let policy = Policy::by_version(PolicyVersion(policy))
            .ok_or_else(|| JsError::new("no such policy"))?;
        let mut random = Random::new().map_err(|_| JsError::new("no randomness"))?;
        Ok(Self {
            request: KdfRequest::for_new_slot(&policy, &mut random)?,
            passphrase: Passphrase::for_unlock(passphrase)?,
        })
    }

    /// The salt, so that a peer can derive the same.
    #[must_use]
    pub fn salt(&self) -> Vec<u8> {
        self.request.salt().as_bytes().to_vec()
    }

    /// Derives as the product does: through WebCrypto what WebCrypto has.
    /// The key stays here.
    ///
    /// # Errors
    /// Too little memory.
    pub async fn run(&self) -> Result<(), JsError> {
        let key = kdf::stretch(&self.request, &self.passphrase, || ()).await?;
        drop(key);
        Ok(())
    }
}
