//! A server in memory: the endpoints of the protocol over `sync_core`'s own
//! half, and somebody on the wire who may meddle with it.

use super::account::Members;
use super::vault_store::VaultStore;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use sync_core::message::{
    CreateVaultRequest, CryptoPolicies, DownloadRequest, LockedBy, LogoutEverywhereRequest,
    NewLink, PolicyDescription, PolicyList, PollResponse, Problem, RESET_WORDS, ResetVaultRequest,
    RevokeRecoveryCodes, Session, SignInRequest, UploadRequest, VaultExtent, VaultLock,
};
use sync_core::{Unlocker, endpoint};
use vault_engine::{Method, Request, Response, Unreachable};
use vault_types::wire::{Decode, Encode};
use vault_types::{
    AccountId, Code, DeviceId, LockReason, LockTier, PolicyVersion, ServerEpoch, limits,
};

/// The server, as devices share it.
pub(crate) type Net = Rc<RefCell<Server>>;

/// Whose session a browser holds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cookie(Option<Live>);

/// A session.
#[derive(Debug, Clone, Copy)]
struct Live {
    account: AccountId,
    device: DeviceId,
    signed_in_ms: u64,
    /// How often everybody was signed out before it began.
    logouts: u32,
}

impl Cookie {
    /// The session expires.
    pub(crate) fn expire(&mut self) {
        self.0 = None;
    }
}

/// What becomes of one request on its way.
pub(crate) enum Meddling {
    /// It arrives, and so does the answer.
    Pass,
    /// It does not arrive.
    Lose,
    /// It arrives, and the answer is lost.
    LoseAnswer,
    /// Something else answers.
    Replace(Response),
    /// The answer is changed.
    AlterWith(Box<dyn Fn(Response) -> Response>),
}

type Meddler = Box<dyn FnMut(&Request) -> Meddling>;

/// The server of the tests.
pub(crate) struct Server {
    pub(crate) epoch: ServerEpoch,
    pub(crate) vaults: BTreeMap<AccountId, VaultStore>,
    members: BTreeMap<AccountId, Members>,
    /// How often an account was signed out everywhere.
    logouts: BTreeMap<AccountId, u32>,
    /// Nothing arrives.
    pub(crate) offline: bool,
    pub(crate) meddler: Option<Meddler>,
    /// Every request that was sent: path and body.
    pub(crate) log: Vec<(String, Vec<u8>)>,
    /// How far its clock is behind those of the devices.
    pub(crate) clock_behind_ms: u64,
    /// The policy that it names for new vaults.
    pub(crate) policy: u16,
}

pub(super) type Handled = Result<Response, Code>;

impl Server {
    pub(crate) fn new() -> Net {
        Rc::new(RefCell::new(Self {
            epoch: ServerEpoch::from_bytes([7; 16]),
            vaults: BTreeMap::new(),
            members: BTreeMap::new(),
            logouts: BTreeMap::new(),
            offline: false,
            meddler: None,
            log: Vec::new(),
            clock_behind_ms: 0,
            policy: 1,
        }))
    }

    /// The vault of the account that [`super::LINK`] signs in to.
    pub(crate) fn vault(&mut self) -> &mut VaultStore {
        self.vaults.values_mut().next().expect("a vault")
    }

    /// How many requests went to an address.
    pub(crate) fn count(&self, path: &str) -> usize {
        self.log.iter().filter(|(other, _)| other == path).count()
    }

    /// Has every request to an address meet this, once.
    pub(crate) fn meddle_once(&mut self, path: &'static str, meddling: Meddling) {
        let mut meddling = Some(meddling);
        self.meddler = Some(Box::new(move |request| {
            if request.path == path {
                meddling.take().unwrap_or(Meddling::Pass)
            } else {
                Meddling::Pass
            }
        }));
    }

    pub(crate) fn receive(
        &mut self,
        cookie: &mut Cookie,
        request: &Request,
        now_ms: u64,
    ) -> Result<Response, Unreachable> {
        self.log.push((request.path.clone(), request.body.clone()));
        let now_ms = now_ms - self.clock_behind_ms;
        if self.offline {
            return Err(Unreachable);
        }
        let meddling = match &mut self.meddler {
            Some(meddler) => meddler(request),
            None => Meddling::Pass,
        };
        match meddling {
            Meddling::Lose => Err(Unreachable),
            Meddling::Replace(response) => Ok(response),
            Meddling::Pass => Ok(self.respond(cookie, request, now_ms)),
            Meddling::LoseAnswer => {
                self.respond(cookie, request, now_ms);
                Err(Unreachable)
            }
            Meddling::AlterWith(alter) => Ok(alter(self.respond(cookie, request, now_ms))),
        }
    }

    fn respond(&mut self, cookie: &mut Cookie, request: &Request, now_ms: u64) -> Response {
        let account = cookie.0.map(|live| live.account);
        self.route(cookie, request, now_ms).unwrap_or_else(|code| {
            let vault = account.and_then(|account| self.vaults.get(&account));
            let extent = vault.filter(|_| code == Code::RotationConflict);
            refusal(code, extent.map(VaultStore::extent))
        })
    }

    fn route(&mut self, cookie: &mut Cookie, request: &Request, now_ms: u64) -> Handled {
        if (request.method, request.path.as_str()) == (Method::Post, endpoint::SESSION) {
            return self.sign_in(cookie, read(request)?, now_ms);
        }
        if let Some(answer) = self.policy_route(request) {
            return answer;
        }
        let live = cookie.0.ok_or(Code::SignedOut)?;
        let (account, device) = (live.account, live.device);
        if live.logouts != self.logouts_of(account) {
            return Err(Code::SignedOut);
        }
        let members = self.members.entry(account).or_default();
        if members.is_revoked(device) {
            return Err(Code::DeviceRevoked);
        }
        if let Some(answer) = members.route(device, request, now_ms) {
            return answer;
        }
        let epoch = self.epoch;
        match (request.method, request.path.as_str()) {
            (Method::Get, endpoint::SESSION) => Ok(message(&self.session(account, device))),
            (Method::Delete, endpoint::SESSION) => {
                cookie.expire();
                Ok(empty())
            }
            (Method::Post, endpoint::LINKS) => Ok(message(&NewLink {
                url: format!("https://server.example/#{}", super::LINK),
                token: super::LINK.to_owned(),
                expires_at_ms: now_ms + 1,
            })),
            (Method::Post, endpoint::LOGOUT_EVERYWHERE) => {
                let request: LogoutEverywhereRequest = read(request)?;
                *self.logouts.entry(account).or_default() += 1;
                cookie.expire();
                if let Some(vault) = self.vaults.get_mut(&account) {
                    vault.lock(VaultLock {
                        locked_at_ms: now_ms,
                        reason: LockReason::Logout,
                        enforce_tier: LockTier::Vault,
                        by: LockedBy::Device,
                        device_id: Some(device),
                        statement: request.statement,
                    });
                }
                Ok(empty())
            }
            (Method::Post, endpoint::VAULT) => self.create_vault(account, read(request)?),
            (Method::Get, endpoint::SLOTS) => {
                let vault = self.vaults.get(&account).ok_or(Code::NoVault)?;
                Ok(message(&vault.slot_list()))
            }
            (Method::Get, endpoint::POLL) => {
                let vault = self.vaults.get(&account).ok_or(Code::NoVault)?;
                Ok(message(&PollResponse {
                    server_epoch: epoch,
                    head: vault.head(),
                    vault_id: vault.info.vault_id,
                    lock: vault.info.lock.clone(),
                    recovery_used_ms: vault.keys.recovery_used.map(|used| used.0),
                    recovery_used_by: vault.keys.recovery_used.map(|used| used.1),
                    slots_generation: vault.info.slots_generation,
                    key_epoch: vault.info.key_epoch,
                    policy_version: vault.info.policy_version,
                }))
            }
            (Method::Post, endpoint::UPLOAD) => {
                let upload: UploadRequest = read(request)?;
                let vault = self.vaults.get_mut(&account).ok_or(Code::UnknownVault)?;
                vault
                    .upload(&upload, epoch, device, now_ms)
                    .map(|response| message(&response))
            }
            (Method::Post, endpoint::DOWNLOAD) => {
                let download: DownloadRequest = read(request)?;
                let vault = self.vaults.get(&account).ok_or(Code::UnknownVault)?;
                vault.download(&download, epoch).map(|page| message(&page))
            }
            (Method::Post, endpoint::RESET) => {
                let reset: ResetVaultRequest = read(request)?;
                if now_ms.saturating_sub(live.signed_in_ms) > limits::FRESH_SIGN_IN_MS {
                    return Err(Code::SignInAgain);
                }
                let vault = self.vaults.get(&account).ok_or(Code::UnknownVault)?;
                if reset.vault_id != vault.info.vault_id {
                    return Err(Code::UnknownVault);
                }
                if reset.confirm != RESET_WORDS {
                    return Err(Code::Malformed);
                }
                vault.check_open()?;
                self.vaults.remove(&account);
                Ok(empty())
            }
            _ => {
                let vault = self.vaults.get_mut(&account).ok_or(Code::NoVault)?;
                keys_route(vault, device, request, now_ms)
            }
        }
    }

    fn logouts_of(&self, account: AccountId) -> u32 {
        self.logouts.get(&account).copied().unwrap_or_default()
    }

    fn policy_route(&self, request: &Request) -> Option<Handled> {
        let version = request.path.strip_prefix(endpoint::CRYPTO_POLICY)?;
        if request.method != Method::Get {
            return Some(Err(Code::NotAdministrator));
        }
        Some(match version {
            "" => Ok(message(&CryptoPolicies {
                current: policy(self.policy),
            })),
            "/list" => Ok(message(&PolicyList {
                current: PolicyVersion(self.policy),
                policies: vec![policy(1), policy(2)],
            })),
            "/1" => Ok(message(&policy(1))),
            "/2" => Ok(message(&policy(2))),
            _ => Err(Code::UnknownPolicy),
        })
    }

    fn sign_in(&mut self, cookie: &mut Cookie, request: SignInRequest, now_ms: u64) -> Handled {
        // One account a link's first letter.
        let account = match request.link.as_bytes().first() {
            Some(letter @ b'a'..=b'z') => AccountId::from_bytes([*letter; 16]),
            _ => return Err(Code::LinkInvalid),
        };
        let device = request.device_id;
        let members = self.members.entry(account).or_default();
        members.enter(device, request.device_name);
        *cookie = Cookie(Some(Live {
            account,
            device,
            signed_in_ms: now_ms,
            logouts: self.logouts_of(account),
        }));
        Ok(message(&self.session(account, device)))
    }

    fn session(&self, account_id: AccountId, device_id: DeviceId) -> Session {
        Session {
            account_id,
            device_id,
            vault_id: self
                .vaults
                .get(&account_id)
                .map(|vault| vault.info.vault_id),
            server_epoch: self.epoch,
        }
    }

    fn create_vault(&mut self, account: AccountId, request: CreateVaultRequest) -> Handled {
        if self.vaults.contains_key(&account) {
            return Err(Code::VaultExists);
        }
        let vault = VaultStore::new(account, self.epoch, request);
        let info = message(&vault.info);
        self.vaults.insert(account, vault);
        Ok(info)
    }
}

/// A policy as the server tells of it.
fn policy(version: u16) -> PolicyDescription {
    let newer = version >= 2;
    PolicyDescription {
        version: PolicyVersion(version),
        aead: String::from(if newer {
            "XChaCha20-Poly1305"
        } else {
            "AES-256-GCM"
        }),
        kdf: String::from(if newer {
            "Argon2id"
        } else {
            "PBKDF2-HMAC-SHA256"
        }),
        kdf_iterations: if newer { 3 } else { 600_000 },
        kdf_memory_kib: newer.then_some(65_536),
        kdf_lanes: newer.then_some(1),
        created_ms: 0,
        deprecated_ms: None,
    }
}

/// Slots, settings, locks, recovery codes and the change of the key.
fn keys_route(vault: &mut VaultStore, device: DeviceId, request: &Request, now_ms: u64) -> Handled {
    match (request.method, request.path.as_str()) {
        (Method::Get, endpoint::VAULT) => Ok(message(&vault.described())),
        (Method::Put, endpoint::SLOTS) => vault.replace_slots(read(request)?).map(|()| empty()),
        (Method::Put, endpoint::SETTINGS) => {
            vault.check_open()?;
            vault.info.settings = read(request)?;
            Ok(empty())
        }
        (Method::Post, endpoint::LOCK) => {
            let lock = vault.lock_by_device(device, read(request)?, now_ms)?;
            Ok(message(&lock))
        }
        (Method::Post, endpoint::UNLOCK) => vault
            .unlock(read(request)?, Unlocker::Device)
            .map(|()| empty()),
        (Method::Get, endpoint::RECOVERY_CODES) => Ok(message(&vault.recovery_codes())),
        (Method::Post, endpoint::RECOVERY_CODES) => {
            let codes = vault.replace_recovery_codes(read(request)?, now_ms)?;
            Ok(message(&codes))
        }
        (Method::Post, endpoint::VALIDATE_RECOVERY_CODE) => {
            let valid = vault.validate_recovery_code(device, &read(request)?, now_ms)?;
            Ok(message(&valid))
        }
        (Method::Post, endpoint::REVOKE_RECOVERY_CODES) => {
            let revoke: RevokeRecoveryCodes = read(request)?;
            let codes = vault.revoke_recovery_codes(None, revoke.slots, now_ms)?;
            Ok(message(&codes))
        }
        (Method::Post, endpoint::ROTATION) => {
            let begun = vault.begin_rotation(&read(request)?, now_ms)?;
            Ok(message(&begun))
        }
        (Method::Post, path) => {
            if let Some(id) = id_in(path, endpoint::REVOKE_RECOVERY_CODE) {
                let id = id.parse().map_err(|_| Code::UnknownRecoveryCode)?;
                let revoke: RevokeRecoveryCodes = read(request)?;
                let codes = vault.revoke_recovery_codes(Some(id), revoke.slots, now_ms)?;
                return Ok(message(&codes));
            }
            let id = id_in(path, endpoint::COMMIT_ROTATION).ok_or(Code::NotFound)?;
            let id = id.parse().map_err(|_| Code::RotationExpired)?;
            let committed = vault.commit_rotation(id, read(request)?, now_ms);
            committed.map(|()| empty())
        }
        _ => Err(Code::NotFound),
    }
}

/// What stands in an address for its `{id}`.
pub(super) fn id_in<'a>(path: &'a str, address: &str) -> Option<&'a str> {
    let (before, behind) = address.split_once("{id}")?;
    path.strip_prefix(before)?.strip_suffix(behind)
}

pub(super) fn read<T: Decode>(request: &Request) -> Result<T, Code> {
    sync_core::decode(&request.body).map_err(|_| Code::Malformed)
}

/// A message as the body of an answer.
pub(crate) fn message<T: Encode>(message: &T) -> Response {
    Response {
        status: 200,
        media_type: endpoint::MSGPACK.to_owned(),
        body: sync_core::encode(message).unwrap(),
    }
}

pub(super) fn empty() -> Response {
    Response {
        status: 204,
        media_type: String::new(),
        body: Vec::new(),
    }
}

/// A refusal, as the protocol words it.
pub(crate) fn problem(code: Code) -> Response {
    refusal(code, None)
}

fn refusal(code: Code, extent: Option<VaultExtent>) -> Response {
    let status = match code {
        Code::SignedOut => 401,
        Code::VaultLocked | Code::LockedByServer => 423,
        Code::SlowDown => 429,
        _ => 409,
    };
    let problem = Problem {
        type_uri: String::from("about:blank"),
        title: String::from("Refused"),
        status,
        code: code.as_str().to_owned(),
        detail: code.sentence().to_owned(),
        extent,
    };
    Response {
        status,
        media_type: endpoint::PROBLEM.to_owned(),
        body: serde_json::to_vec(&problem).unwrap(),
    }
}
