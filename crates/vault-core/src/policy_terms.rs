//! Policies as data: what a deployment asks for, held against what this
//! client knows and accepts, and whether a vault should move on to it.

use crate::policy::{KdfParams, KdfRefused, Policy};
use core::fmt;
use vault_types::{Code, PolicyVersion};

/// What a client accepts for a new slot at least; an existing slot may be
/// cheaper, see [`KdfParams::check`].
const NEW_SLOT_ITERATIONS_MIN: u32 = 600_000;

/// A policy as a server describes it: names and numbers that nobody has
/// looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyTerms<'a> {
    /// [`crate::Aead::name`].
    pub aead: &'a str,
    /// `PBKDF2-HMAC-SHA256` or `Argon2id`.
    pub kdf: &'a str,
    /// Rounds of PBKDF2, or passes of Argon2id.
    pub iterations: u32,
    /// Memory of Argon2id in KiB.
    pub memory_kib: Option<u32>,
    /// Lanes of Argon2id; one if absent.
    pub lanes: Option<u32>,
}

/// Terms that this client does not seal under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyRefused {
    /// A cipher or a derivation of a newer version: update this device.
    Unknown,
    /// Costs outside of the client's own bounds for new slots.
    Kdf(KdfRefused),
}

impl PolicyRefused {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> Code {
        match self {
            Self::Unknown => Code::NewerVersion,
            Self::Kdf(refused) => refused.code(),
        }
    }
}

impl fmt::Display for PolicyRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code().sentence())
    }
}

impl core::error::Error for PolicyRefused {}

impl PolicyTerms<'_> {
    /// The policy that new slots and new seals follow.
    ///
    /// A deployment numbers its policies as it likes. In slots and operations
    /// stands the number of the cipher suite, which this client alone gives a
    /// meaning: [`Policy::V1`] for AES-256-GCM, [`Policy::V2`] for
    /// XChaCha20-Poly1305. So a server can choose between ciphers and raise
    /// costs, and can teach a client neither a cipher nor a cost of its own.
    ///
    /// # Errors
    /// [`PolicyRefused`].
    pub fn check(&self) -> Result<Policy, PolicyRefused> {
        let mut suites = [Policy::V1, Policy::V2].into_iter();
        let suite = suites.find(|suite| suite.aead.name() == self.aead);
        let suite = suite.ok_or(PolicyRefused::Unknown)?;
        let kdf = match self.kdf {
            "PBKDF2-HMAC-SHA256" => KdfParams::Pbkdf2Sha256 {
                iterations: self.iterations,
            },
            "Argon2id" => KdfParams::Argon2id {
                memory_kib: self.memory_kib.unwrap_or_default(),
                passes: self.iterations,
                lanes: self.lanes.unwrap_or(1),
            },
            _ => return Err(PolicyRefused::Unknown),
        };
        kdf.check().map_err(PolicyRefused::Kdf)?;
        if is_weak(kdf) {
            let refused = KdfRefused::BelowFloor { found: kdf };
            return Err(PolicyRefused::Kdf(refused));
        }
        Ok(Policy { kdf, ..suite })
    }
}

/// Good enough to open, too cheap to be made today.
const fn is_weak(kdf: KdfParams) -> bool {
    matches!(kdf, KdfParams::Pbkdf2Sha256 { iterations } if iterations < NEW_SLOT_ITERATIONS_MIN)
}

/// Why a vault should move on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpgradeReason {
    /// Its passphrase is stretched with fewer rounds than are due today.
    WeakIterations,
    /// The deployment's policy is a newer one.
    NewerPolicy,
}

impl UpgradeReason {
    /// The reason in programming interfaces.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WeakIterations => "weak_iterations",
            Self::NewerPolicy => "newer_policy",
        }
    }
}

/// What to move on to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upgrade {
    /// Under what to wrap and seal from then on.
    pub policy: Policy,
    /// Why.
    pub reason: UpgradeReason,
}

impl Policy {
    /// Whether a vault that seals under `sealing`, and whose passphrase slot
    /// is stretched with `slot`, should move on to this policy, which has
    /// passed [`PolicyTerms::check`]. Never offers what is weaker: the cipher
    /// suite stays at least what it is, and so does the derivation's cost.
    #[must_use]
    pub fn upgrade_for(&self, sealing: PolicyVersion, slot: KdfParams) -> Option<Upgrade> {
        let suite = Self::by_version(sealing).filter(|suite| suite.version > self.version);
        let (kdf, due) = match (slot, self.kdf) {
            (KdfParams::Pbkdf2Sha256 { .. }, KdfParams::Argon2id { .. }) => {
                (self.kdf, Some(UpgradeReason::NewerPolicy))
            }
            (
                KdfParams::Pbkdf2Sha256 { iterations },
                KdfParams::Pbkdf2Sha256 { iterations: due },
            ) if iterations < due => (self.kdf, Some(UpgradeReason::WeakIterations)),
            // A cost that was fitted to a device is left alone.
            (kept, _) => (kept, None),
        };
        let policy = Self {
            kdf,
            ..suite.unwrap_or(*self)
        };
        let reason = if is_weak(slot) {
            UpgradeReason::WeakIterations
        } else if policy.version > sealing {
            UpgradeReason::NewerPolicy
        } else {
            due?
        };
        Some(Upgrade { policy, reason })
    }
}

impl KdfParams {
    /// Argon2id for this device: these parameters where the device is fast
    /// enough, less memory and then one pass less where it is not, and never
    /// below the floor. `measured_ms` is what these parameters took here,
    /// `aim_ms` what an unlock may take. Other derivations stay as they are.
    ///
    /// It never asks for more than these parameters: the vault is opened on
    /// the slowest device of its owner too.
    #[must_use]
    pub fn calibrated(self, measured_ms: u32, aim_ms: u32) -> Self {
        const STEP_KIB: u32 = 1024;
        let Self::Argon2id {
            memory_kib,
            passes,
            lanes,
        } = self
        else {
            return self;
        };
        if measured_ms <= aim_ms {
            return self;
        }
        // The time is that of memory times passes.
        let work = u64::from(memory_kib) * u64::from(passes);
        let budget = work * u64::from(aim_ms) / u64::from(measured_ms);
        let with = |passes: u32| {
            let memory = u32::try_from(budget / u64::from(passes)).unwrap_or(u32::MAX);
            let memory_kib = memory / STEP_KIB * STEP_KIB;
            Self::Argon2id {
                memory_kib,
                passes,
                lanes,
            }
        };
        let fewer = passes.saturating_sub(1).max(2);
        let choices = [with(passes), with(fewer)];
        let fits = choices.into_iter().find(|choice| choice.check().is_ok());
        fits.unwrap_or(Self::Argon2id {
            memory_kib: 19 * 1024,
            passes: 2,
            lanes,
        })
    }
}
