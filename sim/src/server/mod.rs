//! The server: the endpoints that a device asks while it lives with a vault
//! that was made before, over `sync_core`'s own decisions and codec.
//!
//! Sessions, locks and settings are committed at once. Uploads are committed
//! together a little later, and answered then, as the real server does.

mod history;

pub(crate) use history::Log;

use crate::founding::Founding;
use std::collections::{BTreeMap, BTreeSet};
use sync_core::message::{
    CryptoPolicies, DeviceEntry, DeviceList, DownloadRequest, LockVaultRequest, LockedBy,
    PolicyDescription, PollResponse, Problem, Session, SignInRequest, SlotList, UnlockVaultRequest,
    UploadRequest, UploadResponse, VaultLock, VaultSettings,
};
use sync_core::{Unlocker, check_unlock, endpoint, lock_that_stands};
use vault_engine::{Method, Request, Response};
use vault_types::wire::{Decode, Encode};
use vault_types::{
    Code, DeviceId, Epoch, Generation, LockTier, OpaqueBytes, PolicyVersion, ServerEpoch,
};

/// A session's name, as a browser's cookie jar holds it.
pub(crate) type Cookie = u64;

/// What the server says to one request.
pub(crate) enum Said {
    /// This, now, and this cookie with it.
    Now(Response, Option<Cookie>),
    /// This, once everything until now is committed.
    OnceCommitted(Response),
}

/// The server of one account.
pub(crate) struct Server {
    founding: Founding,
    pub(crate) epoch: ServerEpoch,
    pub(crate) log: Log,
    /// Links that can still be used.
    links: BTreeSet<String>,
    last_link: u64,
    sessions: BTreeMap<Cookie, DeviceId>,
    last_cookie: Cookie,
    devices: BTreeMap<DeviceId, String>,
    pub(crate) lock: Option<VaultLock>,
    settings: VaultSettings,
    /// Operations of one page of a download.
    pub(crate) page_ops_max: usize,
}

type Handled = Result<Response, Code>;

impl Server {
    pub(crate) fn new(founding: Founding, page_ops_max: usize) -> Self {
        Self {
            founding,
            epoch: ServerEpoch::from_bytes([7; 16]),
            log: Log::default(),
            links: BTreeSet::new(),
            last_link: 0,
            sessions: BTreeMap::new(),
            last_cookie: 0,
            devices: BTreeMap::new(),
            lock: None,
            settings: VaultSettings::default(),
            page_ops_max,
        }
    }

    /// A link that signs one device in, once.
    pub(crate) fn new_link(&mut self) -> String {
        self.last_link += 1;
        let link = format!("a-link-of-the-account-{}", self.last_link);
        self.links.insert(link.clone());
        link
    }

    /// Whether a session lives.
    pub(crate) fn has_session(&self, cookie: Option<Cookie>) -> bool {
        cookie.is_some_and(|cookie| self.sessions.contains_key(&cookie))
    }

    /// Ends a session.
    pub(crate) fn end_session(&mut self, cookie: Cookie) {
        self.sessions.remove(&cookie);
    }

    /// Answers a request that came with a cookie.
    pub(crate) fn respond(
        &mut self,
        cookie: Option<Cookie>,
        request: &Request,
        now_ms: u64,
    ) -> Said {
        if (request.method, request.path.as_str()) == (Method::Post, endpoint::SESSION) {
            return match read(request).and_then(|request| self.sign_in(request)) {
                Ok((response, cookie)) => Said::Now(response, Some(cookie)),
                Err(code) => Said::Now(problem(code), None),
            };
        }
        let device = cookie.and_then(|cookie| self.sessions.get(&cookie).copied());
        let handled = match device {
            _ if request.path == endpoint::CRYPTO_POLICY => {
                message(&CryptoPolicies { current: policy() })
            }
            Some(device) if request.path == endpoint::UPLOAD => {
                let answer = self.upload(device, request, now_ms);
                return match answer {
                    Ok(response) => Said::OnceCommitted(response),
                    Err(code) => Said::Now(problem(code), None),
                };
            }
            Some(device) => self.route(device, request, now_ms),
            None => Err(Code::SignedOut),
        };
        Said::Now(handled.unwrap_or_else(problem), None)
    }

    fn sign_in(&mut self, request: SignInRequest) -> Result<(Response, Cookie), Code> {
        if !self.links.remove(&request.link) {
            return Err(Code::LinkInvalid);
        }
        let device = request.device_id;
        self.devices.insert(device, request.device_name);
        self.sessions.retain(|_, other| *other != device);
        self.last_cookie += 1;
        self.sessions.insert(self.last_cookie, device);
        Ok((message(&self.session(device))?, self.last_cookie))
    }

    fn session(&self, device_id: DeviceId) -> Session {
        Session {
            account_id: self.founding.identity.account_id,
            device_id,
            vault_id: Some(self.founding.identity.vault_id),
            server_epoch: self.epoch,
        }
    }

    fn upload(&mut self, device: DeviceId, request: &Request, now_ms: u64) -> Handled {
        let upload: UploadRequest = read(request)?;
        if upload.vault_id != self.founding.identity.vault_id {
            return Err(Code::UnknownVault);
        }
        if upload.device_id != device {
            return Err(Code::WrongDevice);
        }
        if upload.server_epoch != self.epoch {
            return Err(Code::ServerReset);
        }
        self.check_open()?;
        message(&self.log.upload(&upload, device, now_ms))
    }

    /// What would be answered to an upload that is not kept. `None` where it
    /// would be refused.
    pub(crate) fn pretend_upload(
        &mut self,
        upload: &UploadRequest,
        now_ms: u64,
    ) -> Option<UploadResponse> {
        self.check_open().ok()?;
        let fits = upload.server_epoch == self.epoch
            && self.sessions.values().any(|it| *it == upload.device_id);
        fits.then(|| self.log.pretend(upload, upload.device_id, now_ms))
    }

    fn route(&mut self, device: DeviceId, request: &Request, now_ms: u64) -> Handled {
        match (request.method, request.path.as_str()) {
            (Method::Get, endpoint::SESSION) => message(&self.session(device)),
            (Method::Delete, endpoint::SESSION) => {
                self.sessions.retain(|_, other| *other != device);
                Ok(empty())
            }
            (Method::Get, endpoint::DEVICES) => message(&self.device_list(device)),
            (Method::Get, endpoint::SLOTS) => message(&SlotList {
                slots_generation: Generation(1),
                slot_list: OpaqueBytes::new(self.founding.slots.clone()),
            }),
            (Method::Get, endpoint::POLL) => message(&self.poll()),
            (Method::Post, endpoint::DOWNLOAD) => {
                let download: DownloadRequest = read(request)?;
                if download.vault_id != self.founding.identity.vault_id {
                    return Err(Code::UnknownVault);
                }
                let page = self.log.download(&download, self.epoch, self.page_ops_max);
                message(&page?)
            }
            (Method::Put, endpoint::SETTINGS) => {
                self.check_open()?;
                self.settings = read(request)?;
                Ok(empty())
            }
            (Method::Post, endpoint::LOCK) => {
                let lock = self.lock_by(device, read(request)?, now_ms)?;
                message(&lock)
            }
            (Method::Post, endpoint::UNLOCK) => {
                let unlock: UnlockVaultRequest = read(request)?;
                check_unlock(self.lock.as_ref(), unlock, Unlocker::Device)?;
                self.lock = None;
                Ok(empty())
            }
            _ => Err(Code::NotFound),
        }
    }

    pub(crate) fn poll(&self) -> PollResponse {
        PollResponse {
            server_epoch: self.epoch,
            head: self.log.head(),
            vault_id: self.founding.identity.vault_id,
            lock: self.lock.clone(),
            recovery_used_ms: None,
            recovery_used_by: None,
            slots_generation: Generation(1),
            key_epoch: Epoch(1),
            policy_version: PolicyVersion(1),
        }
    }

    fn device_list(&self, device: DeviceId) -> DeviceList {
        let devices = self.devices.iter().map(|(id, name)| DeviceEntry {
            device_id: *id,
            name: name.clone(),
            created_ms: 1,
            last_seen_ms: 2,
            current: *id == device,
            revoked_ms: None,
        });
        DeviceList {
            devices: devices.collect(),
        }
    }

    fn check_open(&self) -> Result<(), Code> {
        match self.lock {
            Some(_) => Err(Code::VaultLocked),
            None => Ok(()),
        }
    }

    fn lock_by(
        &mut self,
        device: DeviceId,
        request: LockVaultRequest,
        now_ms: u64,
    ) -> Result<VaultLock, Code> {
        if request.enforce_tier != LockTier::Vault {
            return Err(Code::Malformed);
        }
        let new = VaultLock {
            locked_at_ms: now_ms,
            reason: request.reason,
            enforce_tier: request.enforce_tier,
            by: LockedBy::Device,
            device_id: Some(device),
            statement: Some(request.statement),
        };
        let lock = lock_that_stands(self.lock.take(), new);
        self.lock = Some(lock.clone());
        Ok(lock)
    }
}

fn policy() -> PolicyDescription {
    PolicyDescription {
        version: PolicyVersion(1),
        aead: String::from("AES-256-GCM"),
        kdf: String::from("PBKDF2-HMAC-SHA256"),
        kdf_iterations: 600_000,
        kdf_memory_kib: None,
        kdf_lanes: None,
        created_ms: 0,
        deprecated_ms: None,
    }
}

/// Reads a message of a request.
pub(crate) fn read<T: Decode>(request: &Request) -> Result<T, Code> {
    sync_core::decode(&request.body).map_err(|_| Code::Malformed)
}

/// A message as the body of an answer.
pub(crate) fn message<T: Encode>(message: &T) -> Handled {
    let body = sync_core::encode(message).map_err(|_| Code::Internal)?;
    Ok(Response {
        status: 200,
        media_type: endpoint::MSGPACK.to_owned(),
        body,
    })
}

fn empty() -> Response {
    Response {
        status: 204,
        media_type: String::new(),
        body: Vec::new(),
    }
}

/// A refusal, as the protocol words it.
pub(crate) fn problem(code: Code) -> Response {
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
        extent: None,
    };
    Response {
        status,
        media_type: endpoint::PROBLEM.to_owned(),
        body: serde_json::to_vec(&problem).unwrap_or_default(),
    }
}
