//! Which policy the vault seals under, and whether it should move on.

use crate::answer;
use crate::command::{PolicyView, UpgradeView};
use crate::context::Context;
use crate::effect::{Method, Response, Unreachable};
use crate::engine::{Engine, Life};
use crate::open_vault::OpenVault;
use crate::wait::Wait;
use rand_core::CryptoRng;
use sync_core::endpoint;
use sync_core::message::{CryptoPolicies, PolicyDescription};
use vault_core::{KdfParams, Policy, PolicyTerms, Upgrade};
use vault_types::Code;

/// A policy as a server describes it, held against what this client accepts.
///
/// # Errors
/// [`Code::BelowPolicy`], [`Code::NewerVersion`].
pub(crate) fn checked(policy: &PolicyDescription) -> Result<Policy, Code> {
    let terms = PolicyTerms {
        aead: &policy.aead,
        kdf: &policy.kdf,
        iterations: policy.kdf_iterations,
        memory_kib: policy.kdf_memory_kib,
        lanes: policy.kdf_lanes,
    };
    terms.check().map_err(|refused| refused.code())
}

/// What the vault can move on to: what the deployment asks for, else the
/// strongest policy that this client knows. The second is the owner's choice
/// and none of the server's.
pub(crate) fn upgrade(open: &OpenVault) -> Option<Upgrade> {
    let due = open.deployment.unwrap_or(Policy::V1);
    let kdf = open.vault.locked().kdf_request().ok()?;
    let sealing = open.vault.policy_version();
    due.upgrade_for(sealing, kdf.params())
        .or_else(|| Policy::V2.upgrade_for(sealing, kdf.params()))
}

/// For the application.
pub(crate) fn view(open: &OpenVault) -> PolicyView {
    let kdf = open.vault.locked().kdf_request().map(|kdf| kdf.params());
    PolicyView {
        version: open.vault.policy_version().0,
        iterations: match kdf {
            Ok(KdfParams::Pbkdf2Sha256 { iterations }) => Some(iterations),
            _ => None,
        },
        upgrade: upgrade(open).map(|upgrade| UpgradeView {
            version: upgrade.policy.version.0,
            reason: upgrade.reason.name(),
        }),
    }
}

impl Engine {
    /// Asks once after each unlock what the deployment's policy is.
    pub(crate) fn ask_policy<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) {
        let (method, path) = (Method::Get, endpoint::CRYPTO_POLICY);
        cx.send(
            &mut self.waiting,
            method,
            path,
            Vec::new(),
            Wait::PolicyAsked,
        );
    }

    /// Without an answer, or with one that this client does not accept, the
    /// offer is its own.
    pub(crate) fn policy_asked<R: CryptoRng>(
        &mut self,
        result: Result<Response, Unreachable>,
        cx: &mut Context<'_, R>,
    ) {
        let Life::Open(open) = &mut self.life else {
            return;
        };
        let before = upgrade(open);
        let answer = answer::read::<CryptoPolicies>(result);
        if let Ok(policy) = answer.and_then(|policies| checked(&policies.current)) {
            open.deployment = Some(policy);
        }
        if upgrade(open) != before {
            self.tell_state(cx);
        }
    }
}
