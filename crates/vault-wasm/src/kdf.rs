//! Stretching a passphrase: PBKDF2 by WebCrypto where there is one, which
//! takes a third of the time; everything else, and everywhere else, here.

use js_sys::{Array, ArrayBuffer, Uint8Array};
use vault_core::{KdfParams, KdfRequest, Passphrase, StretchError, StretchedKey};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Crypto, CryptoKey, Pbkdf2Params, SubtleCrypto, WorkerGlobalScope};
use zeroize::Zeroizing;

/// Carries out a derivation. Both ways give the same bytes. `meanwhile` is
/// done while the browser derives on another thread, if it does.
pub(crate) async fn stretch(
    request: &KdfRequest,
    passphrase: &Passphrase,
    meanwhile: impl FnOnce(),
) -> Result<StretchedKey, StretchError> {
    match request.params() {
        KdfParams::Pbkdf2Sha256 { iterations } => {
            let salt = request.salt().as_bytes();
            let bytes = passphrase.expose_bytes();
            match platform_pbkdf2(bytes, salt, iterations, meanwhile).await {
                Some(derived) => Ok(request.accept_platform(derived)),
                None => request.stretch(passphrase),
            }
        }
        KdfParams::Argon2id { .. } => request.stretch(passphrase),
    }
}

/// WebCrypto; `None` on a page that is no secure context, or if it refuses.
fn platform() -> Option<SubtleCrypto> {
    let scope: WorkerGlobalScope = js_sys::global().unchecked_into();
    let crypto: Crypto = scope.crypto().ok()?;
    let subtle: JsValue = crypto.subtle().into();
    subtle.dyn_into().ok()
}

/// PBKDF2-HMAC-SHA-256 (RFC 8018, 5.2) by WebCrypto, 32 bytes.
async fn platform_pbkdf2(
    passphrase: &[u8],
    salt: &[u8; 16],
    iterations: u32,
    meanwhile: impl FnOnce(),
) -> Option<Zeroizing<[u8; 32]>> {
    let subtle = platform()?;
    let key = import(&subtle, passphrase).await?;
    let salt = Uint8Array::from(salt.as_slice());
    let params = Pbkdf2Params::new_with_str("PBKDF2", "SHA-256", iterations, &salt);
    let promise = subtle.derive_bits_with_object(&params, &key, 256).ok()?;
    meanwhile();
    let bits: ArrayBuffer = JsFuture::from(promise).await.ok()?.dyn_into().ok()?;
    let view = Uint8Array::new(&bits);
    let mut derived = Zeroizing::new([0; 32]);
    let fits = view.length() == 32;
    if fits {
        view.copy_to(derived.as_mut_slice());
    }
    wipe(&view);
    fits.then_some(derived)
}

async fn import(subtle: &SubtleCrypto, passphrase: &[u8]) -> Option<CryptoKey> {
    let bytes = Uint8Array::from(passphrase);
    let usages = Array::of1(&JsValue::from_str("deriveBits"));
    let promise = subtle.import_key_with_str("raw", &bytes, "PBKDF2", false, &usages);
    // WebCrypto copies its input before it returns.
    wipe(&bytes);
    JsFuture::from(promise.ok()?).await.ok()?.dyn_into().ok()
}

fn wipe(bytes: &Uint8Array) {
    bytes.fill(0, 0, bytes.length());
}
