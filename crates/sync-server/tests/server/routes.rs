//! Every route of the list, none forgotten: without a session, and while the
//! vault is locked.

use crate::client::{Answer, Client, Device};
use crate::process::Folders;
use crate::protect::{code, lock_request, replace_slots, revoke, verifier};
use serde::Serialize;
use sync_core::endpoint;
use sync_core::message::{
    BeginRotation, CommitRotation, CreateApiKey, CreatePolicyRequest, CreateVaultRequest,
    DownloadRequest, LogoutEverywhereRequest, RESET_WORDS, RenameDevice, ReplaceRecoveryCodes,
    ResetVaultRequest, SignInRequest, UnlockVaultRequest, ValidateRecoveryCode, VaultInfo,
    VaultSettings,
};
use sync_server::{Access, Method, Route, WhileLocked};
use vault_types::{
    CredentialId, Cursor, DeviceId, Epoch, Generation, OpaqueBytes, PolicyVersion, RotationId,
    VaultId,
};

/// A well-formed body for a route. Without a wildcard: whoever adds a route
/// says here how it is asked.
fn body_of(route: Route, device: &Device, vault: &VaultInfo) -> Vec<u8> {
    fn json(message: &impl Serialize) -> Vec<u8> {
        serde_json::to_vec(message).unwrap()
    }
    match route {
        Route::SignIn => json(&SignInRequest {
            link: "none".to_owned(),
            device_id: device.session.device_id,
            device_name: String::new(),
        }),
        Route::LogoutEverywhere => json(&LogoutEverywhereRequest { statement: None }),
        Route::CreateVault => json(&CreateVaultRequest {
            vault_id: VaultId::from_random([2; 16]),
            policy_version: PolicyVersion(1),
            slot_list: OpaqueBytes::new(vec![1]),
            slots_generation: Generation(1),
        }),
        Route::RenameDevice => json(&RenameDevice {
            name: "Desk".to_owned(),
        }),
        Route::CreateApiKey => json(&CreateApiKey {
            name: "Backup".to_owned(),
        }),
        Route::ReplaceSlots => json(&replace_slots(2)),
        Route::KeepSettings => json(&VaultSettings { strict: true }),
        Route::ResetVault => json(&ResetVaultRequest {
            vault_id: vault.vault_id,
            confirm: RESET_WORDS.to_owned(),
        }),
        Route::LockVault => json(&lock_request()),
        Route::UnlockVault => json(&UnlockVaultRequest::default()),
        Route::ReplaceRecoveryCodes => json(&ReplaceRecoveryCodes {
            codes: vec![code(1)],
            slots: replace_slots(2),
        }),
        Route::ValidateRecoveryCode => json(&ValidateRecoveryCode {
            credential_id: None,
            verifier: verifier(1),
            attempt_id: None,
        }),
        Route::RevokeRecoveryCodes | Route::RevokeRecoveryCode => json(&revoke(2)),
        Route::BeginRotation => json(&BeginRotation {
            from_epoch: Epoch(1),
            to_epoch: Epoch(2),
            record_count: 0,
            head: vault.head,
        }),
        Route::CommitRotation => json(&CommitRotation {
            slots: replace_slots(2),
            codes: vec![],
        }),
        Route::CreatePolicy => json(&CreatePolicyRequest {
            version: PolicyVersion(9),
            aead: "AES-256-GCM".to_owned(),
            kdf: "PBKDF2-HMAC-SHA256".to_owned(),
            kdf_iterations: 1,
            kdf_memory_kib: None,
            kdf_lanes: None,
        }),
        Route::Upload => json(&device.upload_request(vault, &[device.op(1)])),
        Route::Download => json(&DownloadRequest {
            vault_id: vault.vault_id,
            device_id: device.session.device_id,
            since: Cursor(0),
            limit: None,
        }),
        Route::DeprecatePolicy | Route::NewLink | Route::RevokeDevice => Vec::new(),
        Route::Who
        | Route::SignOut
        | Route::Devices
        | Route::ApiKeys
        | Route::RevokeApiKey
        | Route::Vault
        | Route::Slots
        | Route::RecoveryCodes
        | Route::CurrentPolicy
        | Route::Policies
        | Route::Policy
        | Route::Poll
        | Route::Socket
        | Route::Delta
        | Route::Health
        | Route::Ready
        | Route::OpenApi => Vec::new(),
    }
}

fn path_of(route: Route) -> String {
    match route {
        Route::RevokeRecoveryCode => {
            endpoint::revoke_recovery_code(CredentialId::from_random([1; 16]))
        }
        Route::CommitRotation => endpoint::commit_rotation(RotationId::from_random([1; 16])),
        Route::RenameDevice => endpoint::device(DeviceId::from_random([1; 16])),
        Route::RevokeDevice => endpoint::revoke_device(DeviceId::from_random([8; 16])),
        Route::RevokeApiKey => endpoint::api_key(DeviceId::from_random([8; 16])),
        Route::Policy => endpoint::crypto_policy(PolicyVersion(1)),
        Route::DeprecatePolicy => endpoint::deprecate_crypto_policy(PolicyVersion(1)),
        Route::Delta => format!("{}?since=0", endpoint::DELTA),
        _ => route.path().to_owned(),
    }
}

pub(crate) fn ask(client: &Client, route: Route, device: &Device, vault: &VaultInfo) -> Answer {
    let headers = [("content-type", endpoint::JSON)];
    let body = body_of(route, device, vault);
    client.send(route.method().name(), &path_of(route), &headers, &body)
}

/// Routes whose success ends the session that the test goes on with.
const ENDS_THE_SESSION: [Route; 2] = [Route::SignOut, Route::LogoutEverywhere];

#[test]
fn a_locked_vault_refuses_every_change_and_answers_everything_else() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    for route in Route::ALL {
        if ENDS_THE_SESSION.contains(route) {
            continue;
        }
        let locked = device.client.post_json(endpoint::LOCK, &lock_request());
        assert_eq!(locked.status, 200);
        let before: VaultInfo = device.client.request(endpoint::VAULT).json();
        let answer = ask(&device.client, *route, &device, &vault);
        if route.while_locked() == WhileLocked::Refused {
            let refused = (answer.status, answer.code());
            assert_eq!(refused, (423, "vault_locked".to_owned()), "{route:?}");
            let after: VaultInfo = device.client.request(endpoint::VAULT).json();
            assert_eq!(after, before, "{route:?}");
        } else {
            assert_ne!(answer.status, 423, "{route:?}");
        }
    }
    device.client.post_json(endpoint::LOCK, &lock_request());
    for route in ENDS_THE_SESSION {
        let again = Device::sign_in(&server, &folders.link(), 2).client;
        assert_eq!(ask(&again, route, &device, &vault).status, 204, "{route:?}");
    }
}

#[test]
fn what_changes_a_vault_is_refused_while_it_is_locked_or_says_why_not() {
    // Beside the list itself: a route of the vault that is not a reading one
    // is refused, save those that are named here.
    let lets_through = [Route::CreateVault, Route::LockVault, Route::UnlockVault];
    for route in Route::ALL {
        let of_the_vault =
            route.path().starts_with(endpoint::VAULT) || route.path() == endpoint::UPLOAD;
        if of_the_vault && route.method() != Method::Get && !lets_through.contains(route) {
            assert_eq!(route.while_locked(), WhileLocked::Refused, "{route:?}");
        }
    }
}

#[test]
fn without_a_session_every_route_but_the_open_ones_is_signed_out() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    let nobody = Client::new(&server);
    for route in Route::ALL {
        let answer = ask(&nobody, *route, &device, &vault);
        match route.access() {
            Access::Open if *route == Route::SignIn => assert_eq!(answer.code(), "link_invalid"),
            Access::Open => assert_eq!(answer.status, 200, "{route:?}"),
            Access::Administrator => assert_eq!(answer.code(), "not_administrator", "{route:?}"),
            Access::Session | Access::SessionOrKey => {
                assert_eq!(answer.code(), "signed_out", "{route:?}");
            }
        }
    }
}

#[test]
fn what_anybody_may_ask_is_as_short_as_it_can_be() {
    let open = [
        Route::SignIn,
        Route::CurrentPolicy,
        Route::Policies,
        Route::Policy,
        Route::Health,
        Route::Ready,
        Route::OpenApi,
    ];
    for route in Route::ALL {
        let is_open = route.access() == Access::Open;
        assert_eq!(is_open, open.contains(route), "{route:?}");
    }
}

#[test]
fn no_body_that_is_malformed_changes_anything() {
    let folders = Folders::new();
    let server = folders.start();
    let (device, vault) = Device::first(&server);
    for route in Route::ALL {
        if route.method() == Method::Get || body_of(*route, &device, &vault).is_empty() {
            continue;
        }
        let before: VaultInfo = device.client.request(endpoint::VAULT).json();
        let path = path_of(*route);
        let body = body_of(*route, &device, &vault);
        let headers = [("content-type", endpoint::JSON)];
        let cut = &body[..body.len() - 1];
        for bad in [&b""[..], cut, b"null", b"7", b"\xff", &b"[".repeat(20_000)] {
            let answer = device
                .client
                .send(route.method().name(), &path, &headers, bad);
            let expected = match route {
                Route::CreatePolicy => "not_administrator",
                _ => "malformed",
            };
            assert_eq!(answer.code(), expected, "{route:?}");
        }
        let after: VaultInfo = device.client.request(endpoint::VAULT).json();
        assert_eq!(after, before, "{route:?}");
    }
}
