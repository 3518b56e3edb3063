//! What whoever runs the server does to its database, also while the server
//! runs: locks, crypto policies, the administrator's token.

use crate::clock::now_ms;
use crate::database::DatabaseArguments;
use crate::failure::StartError;
use crate::policy;
use crate::store::{NewLock, PolicyCreated, PolicyDeprecated, SqlStore, Store, StoreError, Unlock};
use crate::token::Token;
use clap::{Args, Subcommand};
use sync_core::Unlocker;
use sync_core::message::{CreatePolicyRequest, LockedBy, PolicyDescription, VaultLock};
use vault_types::{AccountId, Code, LockReason, LockTier, PolicyVersion, VaultId};

/// Whose vault: the owner's, unless named.
#[derive(Args)]
pub(crate) struct VaultArguments {
    #[command(flatten)]
    database: DatabaseArguments,
    /// The account whose vault is meant; the owner's if left out.
    #[arg(long, value_name = "ID", conflicts_with = "vault")]
    account: Option<AccountId>,
    /// The vault that is meant.
    #[arg(long, value_name = "ID")]
    vault: Option<VaultId>,
}

/// What is done to a vault's lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LockChange {
    /// It is set, and only this command line lifts it.
    Lock,
    /// It is lifted, whoever set it.
    Unlock,
}

#[derive(Subcommand)]
pub(crate) enum PolicyCommand {
    /// Lists every crypto policy; the one for new vaults has a star.
    List(DatabaseArguments),
    /// Makes a crypto policy. New vaults use the lowest number that is not
    /// deprecated.
    Create(CreateArguments),
    /// Takes a crypto policy from new vaults; old ones stay readable.
    Deprecate(DeprecateArguments),
}

#[derive(Args)]
pub(crate) struct CreateArguments {
    #[command(flatten)]
    database: DatabaseArguments,
    /// A number that no policy has.
    #[arg(long = "number", value_name = "N")]
    version: u16,
    /// AES-256-GCM or XChaCha20-Poly1305.
    #[arg(long, value_name = "NAME")]
    aead: String,
    /// PBKDF2-HMAC-SHA256 or Argon2id.
    #[arg(long, value_name = "NAME")]
    kdf: String,
    /// Iterations of PBKDF2, or passes of Argon2id.
    #[arg(long, value_name = "N")]
    iterations: u32,
    /// Memory of Argon2id in KiB.
    #[arg(long, value_name = "KIB")]
    memory_kib: Option<u32>,
    /// Lanes of Argon2id.
    #[arg(long, value_name = "N")]
    lanes: Option<u32>,
}

#[derive(Args)]
pub(crate) struct DeprecateArguments {
    #[command(flatten)]
    database: DatabaseArguments,
    /// The policy's number.
    #[arg(long = "number", value_name = "N")]
    version: u16,
}

/// Opens a database that there is.
pub(crate) async fn open(arguments: &DatabaseArguments) -> Result<SqlStore, StartError> {
    arguments.database()?.open_existing().await
}

pub(crate) fn refused(code: Code) -> StartError {
    StartError::Refused { code }
}

/// Locks or unlocks vaults; returns what to say.
pub(crate) async fn change_lock(
    arguments: &VaultArguments,
    change: LockChange,
) -> Result<String, StartError> {
    let store = open(&arguments.database).await?;
    let accounts = match (arguments.vault, arguments.account) {
        (Some(vault_id), _) => store.accounts_of_vault(vault_id).await?,
        (None, Some(account_id)) => vec![account_id],
        (None, None) => vec![store.owner()],
    };
    if accounts.is_empty() {
        return Err(refused(Code::UnknownVault));
    }
    for account_id in accounts {
        let outcome = match change {
            LockChange::Lock => {
                let lock = administrators_lock();
                let locked = store.lock_vault(NewLock { account_id, lock }).await?;
                locked.map(|_| ())
            }
            LockChange::Unlock => {
                let unlock = Unlock {
                    account_id,
                    unlocker: Unlocker::Administrator,
                    locked_at_ms: None,
                };
                store.unlock_vault(unlock).await?
            }
        };
        outcome.map_err(|refusal| refused(refusal.code()))?;
    }
    store.close().await;
    Ok(match change {
        LockChange::Lock => "The vault is locked on every device.",
        LockChange::Unlock => "The vault is not locked any more.",
    }
    .to_owned())
}

fn administrators_lock() -> VaultLock {
    VaultLock {
        locked_at_ms: now_ms(),
        reason: LockReason::Administrator,
        enforce_tier: LockTier::Vault,
        by: LockedBy::Server,
        device_id: None,
        statement: None,
    }
}

/// Does something with crypto policies; returns what to say.
pub(crate) async fn policies(command: PolicyCommand) -> Result<String, StartError> {
    match command {
        PolicyCommand::List(arguments) => {
            let store = open(&arguments).await?;
            let text = listed(&store.policies().await?);
            store.close().await;
            Ok(text)
        }
        PolicyCommand::Create(arguments) => create(arguments).await,
        PolicyCommand::Deprecate(arguments) => {
            let store = open(&arguments.database).await?;
            let version = PolicyVersion(arguments.version);
            let outcome = store.deprecate_policy(version, now_ms()).await?;
            store.close().await;
            match outcome {
                PolicyDeprecated::Unknown => Err(refused(Code::UnknownPolicy)),
                PolicyDeprecated::Last => Err(refused(Code::LastPolicy)),
                PolicyDeprecated::Deprecated => Ok(format!(
                    "Policy {} is not for new vaults any more.",
                    version.0
                )),
            }
        }
    }
}

async fn create(arguments: CreateArguments) -> Result<String, StartError> {
    let version = arguments.version;
    let request = CreatePolicyRequest {
        version: PolicyVersion(version),
        aead: arguments.aead,
        kdf: arguments.kdf,
        kdf_iterations: arguments.iterations,
        kdf_memory_kib: arguments.memory_kib,
        kdf_lanes: arguments.lanes,
    };
    if !policy::is_complete(&request) {
        return Err(StartError::IncompletePolicy);
    }
    let store = open(&arguments.database).await?;
    let outcome = store.create_policy(request, now_ms()).await?;
    store.close().await;
    match outcome {
        PolicyCreated::Created => Ok(format!("Policy {version} is there.")),
        PolicyCreated::Exists => Err(refused(Code::PolicyExists)),
    }
}

fn listed(policies: &[PolicyDescription]) -> String {
    let current = policy::current(policies).map(|policy| policy.version);
    let lines: Vec<String> = policies
        .iter()
        .map(|policy| {
            let star = current
                .filter(|current| *current == policy.version)
                .map_or(" ", |_| "*");
            let memory = policy
                .kdf_memory_kib
                .map_or_else(String::new, |kib| format!(", {kib} KiB"));
            let lanes = policy
                .kdf_lanes
                .map_or_else(String::new, |lanes| format!(", lanes {lanes}"));
            let deprecated = match policy.deprecated_ms {
                Some(_) => ", deprecated",
                None => "",
            };
            format!(
                "{star} {} {}, {}, iterations {}{memory}{lanes}{deprecated}",
                policy.version.0, policy.aead, policy.kdf, policy.kdf_iterations
            )
        })
        .collect();
    lines.join("\n")
}

/// Makes the administrator's token anew; returns it.
pub(crate) async fn make_token(arguments: &DatabaseArguments) -> Result<String, StartError> {
    let store = open(arguments).await?;
    let token = Token::generate().map_err(|_| StoreError::Failed { number: -1 })?;
    store.keep_admin_token(token.hash()).await?;
    store.close().await;
    Ok(token.expose_text())
}
