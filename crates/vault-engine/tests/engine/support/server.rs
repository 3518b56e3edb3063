//! A server in memory: the endpoints of the protocol over `sync_core`'s own
//! half, and somebody on the wire who may meddle with it.

use super::vault_store::VaultStore;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use sync_core::endpoint;
use sync_core::message::{
    CreateVaultRequest, CryptoPolicies, DeviceEntry, DeviceList, DownloadRequest, NewLink,
    PolicyDescription, PollResponse, Problem, Session, SignInRequest, SlotList, UploadRequest,
};
use vault_engine::{Method, Request, Response, Unreachable};
use vault_types::{AccountId, Code, DeviceId, PolicyVersion, ServerEpoch};

/// The server, as devices share it.
pub(crate) type Net = Rc<RefCell<Server>>;

/// Whose session a browser holds.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Cookie(Option<(AccountId, DeviceId)>);

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
    devices: BTreeMap<(AccountId, DeviceId), String>,
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

type Handled = Result<Response, Code>;

impl Server {
    pub(crate) fn new() -> Net {
        Rc::new(RefCell::new(Self {
            epoch: ServerEpoch::from_bytes([7; 16]),
            vaults: BTreeMap::new(),
            devices: BTreeMap::new(),
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
        self.route(cookie, request, now_ms).unwrap_or_else(problem)
    }

    fn route(&mut self, cookie: &mut Cookie, request: &Request, now_ms: u64) -> Handled {
        if (request.method, request.path.as_str()) == (Method::Post, endpoint::SESSION) {
            return self.sign_in(cookie, read(request)?);
        }
        let (account, device) = cookie.0.ok_or(Code::SignedOut)?;
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
            (Method::Get, endpoint::DEVICES) => Ok(message(&self.device_list(account, device))),
            (Method::Get, endpoint::CRYPTO_POLICY) => Ok(message(&self.policies())),
            (Method::Post, endpoint::VAULT) => self.create_vault(account, read(request)?),
            (Method::Get, endpoint::SLOTS) => {
                let vault = self.vaults.get(&account).ok_or(Code::NoVault)?;
                Ok(message(&SlotList {
                    slots_generation: vault.info.slots_generation,
                    slot_list: vault.slots.clone(),
                }))
            }
            (Method::Get, endpoint::POLL) => {
                let vault = self.vaults.get(&account).ok_or(Code::NoVault)?;
                Ok(message(&PollResponse {
                    server_epoch: epoch,
                    head: vault.head(),
                    vault_id: vault.info.vault_id,
                    lock: None,
                    recovery_used_ms: None,
                    recovery_used_by: None,
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
            _ => Err(Code::NotFound),
        }
    }

    fn sign_in(&mut self, cookie: &mut Cookie, request: SignInRequest) -> Handled {
        // One account a link's first letter.
        let account = match request.link.as_bytes().first() {
            Some(letter @ b'a'..=b'z') => AccountId::from_bytes([*letter; 16]),
            _ => return Err(Code::LinkInvalid),
        };
        let device = request.device_id;
        self.devices.insert((account, device), request.device_name);
        *cookie = Cookie(Some((account, device)));
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

    fn device_list(&self, account: AccountId, device: DeviceId) -> DeviceList {
        let of_account = self
            .devices
            .iter()
            .filter(|((owner, _), _)| *owner == account);
        let devices = of_account.map(|((_, id), name)| DeviceEntry {
            device_id: *id,
            name: name.clone(),
            created_ms: 1,
            last_seen_ms: 2,
            current: *id == device,
        });
        DeviceList {
            devices: devices.collect(),
        }
    }

    fn policies(&self) -> CryptoPolicies {
        CryptoPolicies {
            current: PolicyDescription {
                version: PolicyVersion(self.policy),
                aead: String::from("AES-256-GCM"),
                kdf: String::from("PBKDF2"),
                kdf_iterations: 1,
                kdf_memory_kib: None,
                kdf_lanes: None,
                created_ms: 0,
                deprecated_ms: None,
            },
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

fn read<T: DeserializeOwned>(request: &Request) -> Result<T, Code> {
    sync_core::decode(&request.body).map_err(|_| Code::Malformed)
}

/// A message as the body of an answer.
pub(crate) fn message<T: Serialize>(message: &T) -> Response {
    Response {
        status: 200,
        media_type: endpoint::MSGPACK.to_owned(),
        body: sync_core::encode(message).unwrap(),
    }
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
    let status = if code == Code::SignedOut { 401 } else { 409 };
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
        body: serde_json::to_vec(&problem).unwrap(),
    }
}
