//! Recovery codes that a person types, and policies that a server describes.

use crate::seeds::Counter;
use vault_core::{KdfParams, Policy, PolicyTerms, RecoveryCode, check_recovery_code};
use vault_types::PolicyVersion;

/// A code as typed. It is taken when every group of it is right and not
/// otherwise, and what was taken reads as itself.
pub(crate) fn code(data: &[u8]) {
    let Ok(typed) = core::str::from_utf8(data) else {
        return;
    };
    let looked_at = check_recovery_code(typed);
    assert!(looked_at.groups.len() <= 8);
    let parsed = RecoveryCode::parse(typed);
    assert_eq!(parsed.is_ok(), looked_at.complete);
    if let Ok(code) = parsed {
        let text = code.expose_text();
        let again = RecoveryCode::parse(&text).map(|again| again.expose_text() == text);
        assert_eq!(again, Ok(true));
    }
}

pub(crate) fn code_seeds() -> Vec<Vec<u8>> {
    let codes = RecoveryCode::generate_set(&mut Counter::default()).unwrap_or_default();
    assert!(!codes.is_empty(), "codes to start from");
    let texts = codes.iter().map(RecoveryCode::expose_text);
    texts.map(|text| text.as_bytes().to_vec()).collect()
}

/// Three numbers, a byte of choices, and the names of cipher and derivation
/// with the end of a line between. What is accepted lies within the bounds,
/// and no offer or calibration leaves them.
pub(crate) fn policy(data: &[u8]) {
    let Some((numbers, rest)) = data.split_first_chunk::<13>() else {
        return;
    };
    let number = |at: usize| {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(&numbers[at..at + 4]);
        u32::from_be_bytes(bytes)
    };
    let (choices, names) = (numbers[12], String::from_utf8_lossy(rest));
    let (aead, kdf) = names.split_once('\n').unwrap_or((&names, ""));
    let terms = PolicyTerms {
        aead,
        kdf,
        iterations: number(0),
        memory_kib: (choices & 1 == 0).then_some(number(4)),
        lanes: (choices & 2 == 0).then_some(number(8)),
    };
    let Ok(policy) = terms.check() else {
        return;
    };
    within_bounds(policy.kdf);
    within_bounds(policy.kdf.calibrated(number(4), number(8)));
    for (version, slot) in [(1, Policy::V1.kdf), (2, Policy::V2.kdf), (2, policy.kdf)] {
        if let Some(upgrade) = policy.upgrade_for(PolicyVersion(version), slot) {
            within_bounds(upgrade.policy.kdf);
            assert!(
                upgrade.policy.version.0 >= version,
                "a weaker suite was offered"
            );
        }
    }
}

fn within_bounds(kdf: KdfParams) {
    match kdf {
        KdfParams::Pbkdf2Sha256 { iterations } => {
            assert!((100_000..=10_000_000).contains(&iterations));
        }
        KdfParams::Argon2id {
            memory_kib,
            passes,
            lanes,
        } => {
            assert!((19 * 1024..=1024 * 1024).contains(&memory_kib));
            assert!((2..=64).contains(&passes) && (1..=16).contains(&lanes));
        }
    }
}

pub(crate) fn policy_seeds() -> Vec<Vec<u8>> {
    let seed = |numbers: [u32; 3], choices: u8, names: &str| {
        let mut bytes = numbers.map(u32::to_be_bytes).concat();
        bytes.push(choices);
        bytes.extend_from_slice(names.as_bytes());
        bytes
    };
    vec![
        seed([600_000, 0, 0], 3, "AES-256-GCM\nPBKDF2-HMAC-SHA256"),
        seed([3, 65_536, 1], 0, "XChaCha20-Poly1305\nArgon2id"),
        seed([3, 65_536, 1], 2, "AES-256-GCM\nArgon2id"),
    ]
}
