//! Crypto policies, as far as a server can judge them. Floors and ceilings are
//! the clients' own: a server that could lower them would be the attacker.

use sync_core::message::{CreatePolicyRequest, PolicyDescription, PolicyList};
use vault_types::PolicyVersion;

const AEADS: [&str; 2] = ["AES-256-GCM", "XChaCha20-Poly1305"];
const PBKDF2: &str = "PBKDF2-HMAC-SHA256";
const ARGON2ID: &str = "Argon2id";

/// Whether a policy names what there is, with the numbers that it needs.
pub(crate) fn is_complete(policy: &CreatePolicyRequest) -> bool {
    let numbers = (policy.kdf_memory_kib, policy.kdf_lanes);
    let kdf = match policy.kdf.as_str() {
        PBKDF2 => numbers == (None, None),
        ARGON2ID => matches!(numbers, (Some(1..), Some(1..))),
        _ => false,
    };
    kdf && policy.version != PolicyVersion(0)
        && policy.kdf_iterations > 0
        && AEADS.contains(&policy.aead.as_str())
}

/// The policy for new vaults: the lowest version that is not deprecated.
pub(crate) fn current(policies: &[PolicyDescription]) -> Option<&PolicyDescription> {
    policies
        .iter()
        .filter(|policy| policy.deprecated_ms.is_none())
        .min_by_key(|policy| policy.version)
}

/// All policies and which is for new vaults.
pub(crate) fn list(policies: Vec<PolicyDescription>) -> Option<PolicyList> {
    let current = current(&policies)?.version;
    Some(PolicyList { current, policies })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pbkdf2() -> CreatePolicyRequest {
        CreatePolicyRequest {
            version: PolicyVersion(3),
            aead: "AES-256-GCM".to_owned(),
            kdf: PBKDF2.to_owned(),
            kdf_iterations: 1_000_000,
            kdf_memory_kib: None,
            kdf_lanes: None,
        }
    }

    fn argon2id() -> CreatePolicyRequest {
        CreatePolicyRequest {
            kdf: ARGON2ID.to_owned(),
            kdf_memory_kib: Some(65_536),
            kdf_lanes: Some(1),
            ..pbkdf2()
        }
    }

    #[test]
    fn a_policy_names_what_there_is_with_its_numbers() {
        assert!(is_complete(&pbkdf2()));
        assert!(is_complete(&argon2id()));
        let changes: [fn(&mut CreatePolicyRequest); 7] = [
            |policy| policy.version = PolicyVersion(0),
            |policy| policy.aead = "AES-128-ECB".to_owned(),
            |policy| policy.kdf = "MD5".to_owned(),
            |policy| policy.kdf_iterations = 0,
            |policy| policy.kdf_lanes = Some(0),
            |policy| policy.kdf = PBKDF2.to_owned(),
            |policy| policy.kdf_memory_kib = None,
        ];
        for change in changes {
            let mut policy = argon2id();
            change(&mut policy);
            assert!(!is_complete(&policy), "{policy:?}");
        }
    }
}
