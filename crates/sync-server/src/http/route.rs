//! Every route of the interface, one by one: its address, its method, what
//! becomes of it while the vault is locked, and who answers it. The router is
//! made of this list and of nothing else, so that a route cannot be forgotten
//! where all of them are meant.

use super::{App, lock, policy, recovery, rotation, sign_in, socket, sync, vault};
use crate::store::Store;
use axum::routing::{MethodRouter, delete, get, post, put};
use std::sync::Arc;
use sync_core::endpoint;

/// How a route is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Does.
    Post,
    /// Replaces.
    Put,
    /// Ends.
    Delete,
}

impl Method {
    /// As in a request.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// What becomes of a request while the vault is locked for every device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhileLocked {
    /// It changes nothing of the vault.
    Answered,
    /// It would change the vault: 423.
    Refused,
}

macro_rules! routes {
    ($($(#[$doc:meta])* $name:ident: $method:ident $path:ident, $locked:ident, $handler:path;)*) => {
        /// A route of the interface.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Route {
            $($(#[$doc])* $name,)*
        }

        impl Route {
            /// Every route.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// Its address, with `{id}` and `{version}` where they go.
            #[must_use]
            pub const fn path(self) -> &'static str {
                match self { $(Self::$name => endpoint::$path,)* }
            }

            /// How it is asked.
            #[must_use]
            pub const fn method(self) -> Method {
                match self { $(Self::$name => Method::$method,)* }
            }

            /// What becomes of it while the vault is locked.
            #[must_use]
            pub const fn while_locked(self) -> WhileLocked {
                match self { $(Self::$name => WhileLocked::$locked,)* }
            }

            pub(super) fn handler<S: Store>(self) -> MethodRouter<Arc<App<S>>> {
                match self { $(Self::$name => routes!(@ $method $handler),)* }
            }
        }
    };
    (@ Get $handler:path) => { get($handler) };
    (@ Post $handler:path) => { post($handler) };
    (@ Put $handler:path) => { put($handler) };
    (@ Delete $handler:path) => { delete($handler) };
}

routes! {
    /// Who is signed in.
    Who: Get SESSION, Answered, sign_in::who::<S>;
    /// Sign in.
    SignIn: Post SESSION, Answered, sign_in::sign_in::<S>;
    /// Sign out.
    SignOut: Delete SESSION, Answered, sign_in::sign_out::<S>;
    /// End every session.
    LogoutEverywhere: Post LOGOUT_EVERYWHERE, Answered, lock::logout_everywhere::<S>;
    /// Make a link.
    NewLink: Post LINKS, Answered, sign_in::new_link::<S>;
    /// The devices.
    Devices: Get DEVICES, Answered, sign_in::devices::<S>;
    /// The vault.
    Vault: Get VAULT, Answered, vault::vault::<S>;
    /// Make the vault; where there is one, it is refused for that.
    CreateVault: Post VAULT, Answered, vault::create::<S>;
    /// The key slots.
    Slots: Get SLOTS, Answered, vault::slots::<S>;
    /// Replace the key slots.
    ReplaceSlots: Put SLOTS, Refused, vault::replace_slots::<S>;
    /// Keep settings.
    KeepSettings: Put SETTINGS, Refused, vault::keep_settings::<S>;
    /// Destroy the vault.
    ResetVault: Post RESET, Refused, vault::reset::<S>;
    /// Lock the vault; a lock that is held stays.
    LockVault: Post LOCK, Answered, lock::lock_vault::<S>;
    /// Unlock the vault.
    UnlockVault: Post UNLOCK, Answered, lock::unlock_vault::<S>;
    /// The recovery codes.
    RecoveryCodes: Get RECOVERY_CODES, Answered, recovery::list::<S>;
    /// Replace the recovery codes.
    ReplaceRecoveryCodes: Post RECOVERY_CODES, Refused, recovery::replace::<S>;
    /// Use a recovery code.
    ValidateRecoveryCode: Post VALIDATE_RECOVERY_CODE, Refused, recovery::validate::<S>;
    /// Revoke all.
    RevokeRecoveryCodes: Post REVOKE_RECOVERY_CODES, Refused, recovery::revoke_all::<S>;
    /// Revoke one.
    RevokeRecoveryCode: Post REVOKE_RECOVERY_CODE, Refused, recovery::revoke_one::<S>;
    /// Begin to change the key.
    BeginRotation: Post ROTATION, Refused, rotation::begin::<S>;
    /// Finish changing it.
    CommitRotation: Post COMMIT_ROTATION, Refused, rotation::commit::<S>;
    /// The policy for new vaults.
    CurrentPolicy: Get CRYPTO_POLICY, Answered, policy::current::<S>;
    /// Every policy.
    Policies: Get CRYPTO_POLICY_LIST, Answered, policy::list::<S>;
    /// One policy.
    Policy: Get CRYPTO_POLICY_VERSION, Answered, policy::by_version::<S>;
    /// Make a policy; no vault changes by it.
    CreatePolicy: Post CRYPTO_POLICY, Answered, policy::create::<S>;
    /// Deprecate a policy; no vault changes by it.
    DeprecatePolicy: Post DEPRECATE_CRYPTO_POLICY, Answered, policy::deprecate::<S>;
    /// Where the head is.
    Poll: Get POLL, Answered, sync::poll::<S>;
    /// The same again and again, as soon as it changes.
    Socket: Get SOCKET, Answered, socket::socket::<S>;
    /// Download by a query.
    Delta: Get DELTA, Answered, sync::delta::<S>;
    /// Upload.
    Upload: Post UPLOAD, Refused, sync::upload::<S>;
    /// Download: ciphertext, so that devices stay current.
    Download: Post DOWNLOAD, Answered, sync::download::<S>;
    /// Whether the process lives.
    Health: Get HEALTH, Answered, sync::health;
    /// Whether it can serve.
    Ready: Get READY, Answered, sync::ready::<S>;
}
