//! One row: inputs, what must come out, and how it is checked.

use argon2::{Algorithm, Argon2, ParamsBuilder, Version};
use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::{Aead as _, KeyInit, Payload};
use hkdf::{Hkdf, HmacImpl};
use hmac::Hmac;
use serde_json::{Value, json};
use sha2::Sha256;
use vault_core::{Aead, primitives};

/// A cipher of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cipher {
    /// One of the core's.
    Core(Aead),
    /// What XChaCha20-Poly1305 is built on; the core seals nothing with it.
    ChaCha20Poly1305,
}

/// A vector. Whether it is valid stands in its [`Row`].
pub(super) enum Vector {
    /// An authenticated cipher. `text` is `None` where the source gives none.
    Aead {
        cipher: Cipher,
        key: Vec<u8>,
        nonce: Vec<u8>,
        associated: Vec<u8>,
        text: Option<Vec<u8>>,
        ciphertext: Vec<u8>,
        tag: Vec<u8>,
    },
    Hkdf {
        secret: Vec<u8>,
        salt: Vec<u8>,
        info: Vec<u8>,
        len: usize,
        output: Vec<u8>,
    },
    /// `tag` may be cut.
    Hmac {
        key: Vec<u8>,
        message: Vec<u8>,
        tag: Vec<u8>,
    },
    Pbkdf2 {
        passphrase: Vec<u8>,
        salt: Vec<u8>,
        iterations: u32,
        output: Vec<u8>,
    },
    Argon2id {
        passphrase: Vec<u8>,
        salt: Vec<u8>,
        memory_kib: u32,
        passes: u32,
        lanes: u32,
        secret: Vec<u8>,
        associated: Vec<u8>,
        output: Vec<u8>,
    },
}

/// A vector with its name in its source.
pub(super) struct Row {
    pub(super) name: String,
    /// Whether it must be accepted; otherwise it must be refused.
    pub(super) valid: bool,
    pub(super) vector: Vector,
}

impl Row {
    /// Whether it is within what the core's own functions take.
    pub(super) fn is_of_the_core(&self) -> bool {
        match &self.vector {
            Vector::Aead { cipher, .. } => *cipher != Cipher::ChaCha20Poly1305,
            Vector::Hmac { key, .. } => key.len() == 32,
            Vector::Argon2id {
                secret, associated, ..
            } => secret.is_empty() && associated.is_empty(),
            // Of HKDF the first block goes through the core.
            Vector::Hkdf { .. } | Vector::Pbkdf2 { .. } => true,
        }
    }

    /// Whether the row holds: a valid one gives what it says in both
    /// directions, an invalid one is refused.
    pub(super) fn check(&self) -> bool {
        match &self.vector {
            Vector::Aead { .. } => self.check_aead().unwrap_or(!self.valid),
            Vector::Hkdf {
                secret,
                salt,
                info,
                len,
                output,
            } => check_hkdf(secret, salt, info, *len).map_or(!self.valid, |found| {
                self.valid && found == *output && output.len() == *len
            }),
            Vector::Hmac { key, message, tag } => {
                let found = hmac(key, message);
                let same = !tag.is_empty() && found.starts_with(tag);
                same == self.valid
            }
            Vector::Pbkdf2 {
                passphrase,
                salt,
                iterations,
                output,
            } => {
                let mut found = vec![0; output.len()];
                primitives::pbkdf2(passphrase, salt, *iterations, &mut found);
                (found == *output) == self.valid
            }
            Vector::Argon2id { .. } => self.check_argon2id() == Some(self.valid),
        }
    }

    /// `None` if the inputs have lengths that cannot be used at all.
    fn check_aead(&self) -> Option<bool> {
        let Vector::Aead {
            cipher,
            key,
            nonce,
            associated,
            text,
            ciphertext,
            tag,
        } = &self.vector
        else {
            return None;
        };
        let key: [u8; 32] = key.as_slice().try_into().ok()?;
        let sealed = [ciphertext.as_slice(), tag].concat();
        let opened = cipher.open(key, nonce, associated, &sealed);
        if !self.valid {
            // What was refused left nothing behind.
            return Some(opened.is_err_and(|left| left.is_empty()));
        }
        let text = text.as_ref()?;
        let resealed = cipher.seal(key, nonce, associated, text);
        Some(opened.as_ref() == Ok(text) && resealed == Some(sealed))
    }

    fn check_argon2id(&self) -> Option<bool> {
        let Vector::Argon2id {
            passphrase,
            salt,
            memory_kib,
            passes,
            lanes,
            secret,
            associated,
            output,
        } = &self.vector
        else {
            return None;
        };
        let mut found = vec![0; output.len()];
        if self.is_of_the_core() {
            let cost = (*memory_kib, *passes, *lanes);
            let ran = primitives::argon2id(passphrase, salt, cost, &mut found);
            return Some(ran && found == *output);
        }
        let mut params = ParamsBuilder::new();
        params
            .m_cost(*memory_kib)
            .t_cost(*passes)
            .p_cost(*lanes)
            .data(argon2::AssociatedData::new(associated).ok()?)
            .output_len(output.len());
        let params = params.build().ok()?;
        let argon = Argon2::new_with_secret(secret, Algorithm::Argon2id, Version::V0x13, params);
        let argon = argon.ok()?;
        argon
            .hash_password_into(passphrase, salt, &mut found)
            .ok()?;
        Some(found == *output)
    }

    /// The row for another implementation.
    pub(super) fn to_json(&self) -> Value {
        let mut row = match &self.vector {
            Vector::Aead {
                cipher,
                key,
                nonce,
                associated,
                text,
                ciphertext,
                tag,
            } => json!({
                "primitive": cipher.name(), "key": hex(key), "nonce": hex(nonce),
                "associated": hex(associated), "text": text.as_deref().map(hex),
                "ciphertext": hex(ciphertext), "tag": hex(tag),
            }),
            Vector::Hkdf {
                secret,
                salt,
                info,
                len,
                output,
            } => json!({
                "primitive": "HKDF-SHA-256", "secret": hex(secret), "salt": hex(salt),
                "info": hex(info), "len": len, "output": hex(output),
            }),
            Vector::Hmac { key, message, tag } => json!({
                "primitive": "HMAC-SHA-256", "key": hex(key), "message": hex(message),
                "tag": hex(tag),
            }),
            Vector::Pbkdf2 {
                passphrase,
                salt,
                iterations,
                output,
            } => json!({
                "primitive": "PBKDF2-HMAC-SHA-256", "passphrase": hex(passphrase),
                "salt": hex(salt), "iterations": iterations, "output": hex(output),
            }),
            Vector::Argon2id { .. } => json!({ "primitive": "Argon2id" }),
        };
        row["name"] = json!(self.name);
        row["valid"] = json!(self.valid);
        row
    }
}

impl Cipher {
    const fn name(self) -> &'static str {
        match self {
            Self::Core(aead) => aead.name(),
            Self::ChaCha20Poly1305 => "ChaCha20-Poly1305",
        }
    }

    fn seal(self, key: [u8; 32], nonce: &[u8], aad: &[u8], text: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Core(aead) => {
                let mut buffer = text.to_vec();
                let tag = primitives::seal(aead, key, nonce, aad, &mut buffer)?;
                buffer.extend_from_slice(&tag);
                Some(buffer)
            }
            Self::ChaCha20Poly1305 => {
                let nonce = <&[u8; 12]>::try_from(nonce).ok()?;
                let payload = Payload { msg: text, aad };
                let cipher = ChaCha20Poly1305::new(&key.into());
                cipher.encrypt(nonce.into(), payload).ok()
            }
        }
    }

    /// What is left behind stands in the error.
    fn open(
        self,
        key: [u8; 32],
        nonce: &[u8],
        aad: &[u8],
        sealed: &[u8],
    ) -> Result<Vec<u8>, Vec<u8>> {
        match self {
            Self::Core(aead) => {
                let mut buffer = sealed.to_vec();
                if primitives::open(aead, key, nonce, aad, &mut buffer) {
                    Ok(buffer)
                } else {
                    Err(buffer)
                }
            }
            Self::ChaCha20Poly1305 => {
                let nonce = <&[u8; 12]>::try_from(nonce).map_err(|_| Vec::new())?;
                let payload = Payload { msg: sealed, aad };
                let cipher = ChaCha20Poly1305::new(&key.into());
                let opened = cipher.decrypt(nonce.into(), payload);
                opened.map_err(|_| Vec::new())
            }
        }
    }
}

/// The whole output by the library, and its first block by the core, which
/// must agree; `None` if there is no output of that length.
fn check_hkdf(secret: &[u8], salt: &[u8], info: &[u8], len: usize) -> Option<Vec<u8>> {
    let mut output = vec![0; len];
    let hkdf = Hkdf::<Sha256>::new(Some(salt), secret);
    hkdf.expand(info, &mut output).ok()?;
    let block = primitives::hkdf(secret, salt, info);
    let shared = len.min(block.len());
    if block[..shared] != output[..shared] {
        output.clear();
    }
    Some(output)
}

fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    match <[u8; 32]>::try_from(key) {
        Ok(key) => primitives::hmac(key, message),
        Err(_) => {
            let mut hmac = <Hmac<Sha256> as HmacImpl>::new_from_slice(key);
            HmacImpl::update(&mut hmac, message);
            HmacImpl::finalize(hmac).into()
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
