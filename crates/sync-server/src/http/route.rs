//! Every route of the interface, one by one: its address, its method, what
//! becomes of it while the vault is locked, who may ask, who answers it, and
//! which messages go in and out. The router and the OpenAPI document are made
//! of this list and of nothing else, so that a route cannot be forgotten where
//! all of them are meant.

use super::{
    App, api_keys, devices, lock, openapi, policy, recovery, rotation, sign_in, socket, sync, vault,
};
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

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Open,
    /// A device that is signed in.
    Session,
    /// A device that is signed in, or a program with a key.
    SessionOrKey,
    /// Whoever shows the administrator's token.
    Administrator,
}

/// What a route takes and gives, by the names of the schemas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Contract {
    /// A sentence.
    pub(super) summary: &'static str,
    /// The request's body, if there is one.
    pub(super) body: Option<&'static str>,
    /// The status of a success.
    pub(super) status: u16,
    /// The body of a success, if there is one.
    pub(super) answer: Option<&'static str>,
}

/// A schema's name; `Nothing` stands for no body.
fn schema(name: &'static str) -> Option<&'static str> {
    (name != "Nothing").then_some(name)
}

macro_rules! routes {
    ($(
        #[doc = $summary:literal]
        $name:ident: $method:ident $path:ident, $locked:ident, $access:ident,
            $handler:path, $body:ident => $status:literal $answer:ident;
    )*) => {
        /// A route of the interface.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Route {
            $(#[doc = $summary] $name,)*
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

            /// Who may ask.
            #[must_use]
            pub const fn access(self) -> Access {
                match self { $(Self::$name => Access::$access,)* }
            }

            pub(super) fn contract(self) -> Contract {
                match self { $(Self::$name => Contract {
                    summary: $summary.trim_ascii(),
                    body: schema(stringify!($body)),
                    status: $status,
                    answer: schema(stringify!($answer)),
                },)* }
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
    Who: Get SESSION, Answered, Session,
        sign_in::who::<S>, Nothing => 200 Session;
    /// Sign in.
    SignIn: Post SESSION, Answered, Open,
        sign_in::sign_in::<S>, SignInRequest => 200 Session;
    /// Sign out.
    SignOut: Delete SESSION, Answered, Session,
        sign_in::sign_out::<S>, Nothing => 204 Nothing;
    /// End every session.
    LogoutEverywhere: Post LOGOUT_EVERYWHERE, Answered, Session,
        lock::logout_everywhere::<S>, LogoutEverywhereRequest => 204 Nothing;
    /// Make a link.
    NewLink: Post LINKS, Answered, Session,
        sign_in::new_link::<S>, Nothing => 201 NewLink;
    /// The devices.
    Devices: Get DEVICES, Answered, Session,
        sign_in::devices::<S>, Nothing => 200 DeviceList;
    /// Rename a device.
    RenameDevice: Put DEVICE, Answered, Session,
        devices::rename::<S>, RenameDevice => 204 Nothing;
    /// Sign a device out.
    RevokeDevice: Post REVOKE_DEVICE, Answered, Session,
        devices::revoke::<S>, Nothing => 204 Nothing;
    /// The keys for programs.
    ApiKeys: Get API_KEYS, Answered, Session,
        api_keys::list::<S>, Nothing => 200 ApiKeyList;
    /// Make a key for programs.
    CreateApiKey: Post API_KEYS, Answered, Session,
        api_keys::create::<S>, CreateApiKey => 201 NewApiKey;
    /// End a key for programs.
    RevokeApiKey: Delete API_KEY, Answered, Session,
        api_keys::revoke::<S>, Nothing => 204 Nothing;
    /// The vault.
    Vault: Get VAULT, Answered, Session,
        vault::vault::<S>, Nothing => 200 VaultInfo;
    /// Make the vault; where there is one, it is refused for that.
    CreateVault: Post VAULT, Answered, Session,
        vault::create::<S>, CreateVaultRequest => 201 VaultInfo;
    /// The key slots.
    Slots: Get SLOTS, Answered, Session,
        vault::slots::<S>, Nothing => 200 SlotList;
    /// Replace the key slots.
    ReplaceSlots: Put SLOTS, Refused, Session,
        vault::replace_slots::<S>, ReplaceSlots => 204 Nothing;
    /// Keep settings.
    KeepSettings: Put SETTINGS, Refused, Session,
        vault::keep_settings::<S>, VaultSettings => 204 Nothing;
    /// Destroy the vault.
    ResetVault: Post RESET, Refused, Session,
        vault::reset::<S>, ResetVaultRequest => 204 Nothing;
    /// Lock the vault; a lock that is held stays.
    LockVault: Post LOCK, Answered, Session,
        lock::lock_vault::<S>, LockVaultRequest => 200 VaultLock;
    /// Unlock the vault.
    UnlockVault: Post UNLOCK, Answered, Session,
        lock::unlock_vault::<S>, UnlockVaultRequest => 204 Nothing;
    /// The recovery codes.
    RecoveryCodes: Get RECOVERY_CODES, Answered, Session,
        recovery::list::<S>, Nothing => 200 RecoveryCodeList;
    /// Replace the recovery codes.
    ReplaceRecoveryCodes: Post RECOVERY_CODES, Refused, Session,
        recovery::replace::<S>, ReplaceRecoveryCodes => 200 RecoveryCodeList;
    /// Use a recovery code.
    ValidateRecoveryCode: Post VALIDATE_RECOVERY_CODE, Refused, Session,
        recovery::validate::<S>, ValidateRecoveryCode => 200 ValidatedRecoveryCode;
    /// Revoke all.
    RevokeRecoveryCodes: Post REVOKE_RECOVERY_CODES, Refused, Session,
        recovery::revoke_all::<S>, RevokeRecoveryCodes => 200 RecoveryCodeList;
    /// Revoke one.
    RevokeRecoveryCode: Post REVOKE_RECOVERY_CODE, Refused, Session,
        recovery::revoke_one::<S>, RevokeRecoveryCodes => 200 RecoveryCodeList;
    /// Begin to change the key.
    BeginRotation: Post ROTATION, Refused, Session,
        rotation::begin::<S>, BeginRotation => 200 RotationBegun;
    /// Finish changing it.
    CommitRotation: Post COMMIT_ROTATION, Refused, Session,
        rotation::commit::<S>, CommitRotation => 204 Nothing;
    /// The policy for new vaults.
    CurrentPolicy: Get CRYPTO_POLICY, Answered, Open,
        policy::current::<S>, Nothing => 200 CryptoPolicies;
    /// Every policy.
    Policies: Get CRYPTO_POLICY_LIST, Answered, Open,
        policy::list::<S>, Nothing => 200 PolicyList;
    /// One policy.
    Policy: Get CRYPTO_POLICY_VERSION, Answered, Open,
        policy::by_version::<S>, Nothing => 200 PolicyDescription;
    /// Make a policy; no vault changes by it.
    CreatePolicy: Post CRYPTO_POLICY, Answered, Administrator,
        policy::create::<S>, CreatePolicyRequest => 201 PolicyDescription;
    /// Deprecate a policy; no vault changes by it.
    DeprecatePolicy: Post DEPRECATE_CRYPTO_POLICY, Answered, Administrator,
        policy::deprecate::<S>, Nothing => 200 PolicyDescription;
    /// Where the head is.
    Poll: Get POLL, Answered, SessionOrKey,
        sync::poll::<S>, Nothing => 200 PollResponse;
    /// The same again and again, as soon as it changes.
    Socket: Get SOCKET, Answered, Session,
        socket::socket::<S>, Nothing => 101 Nothing;
    /// Download by a query.
    Delta: Get DELTA, Answered, SessionOrKey,
        sync::delta::<S>, Nothing => 200 DownloadResponse;
    /// Upload.
    Upload: Post UPLOAD, Refused, SessionOrKey,
        sync::upload::<S>, UploadRequest => 200 UploadResponse;
    /// Download: ciphertext, so that devices stay current.
    Download: Post DOWNLOAD, Answered, SessionOrKey,
        sync::download::<S>, DownloadRequest => 200 DownloadResponse;
    /// Whether the process lives.
    Health: Get HEALTH, Answered, Open,
        sync::health, Nothing => 200 Status;
    /// Whether it can serve.
    Ready: Get READY, Answered, Open,
        sync::ready::<S>, Nothing => 200 Status;
    /// This interface, for programs: OpenAPI 3.1.
    OpenApi: Get OPENAPI, Answered, Open,
        openapi::serve, Nothing => 200 Document;
}
