//! A small client, and devices that speak the protocol with it.

use crate::process::Server;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;
use sync_core::message::{
    CreateVaultRequest, DownloadRequest, DownloadResponse, Problem, Session, SignInRequest,
    UploadRequest, UploadResponse, VaultInfo,
};
use sync_core::{decode, encode, endpoint};
use ureq::http::{HeaderMap, Request};
use vault_types::wire::Encode;
use vault_types::{
    Cursor, DeviceId, Epoch, Generation, Op, OpHeader, OpId, OpaqueBytes, PolicyVersion, RecordId,
    SealedBytes, Seen, Stamp, VaultId,
};

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    /// The code of a problem, whose form is checked on the way.
    pub(crate) fn code(&self) -> String {
        assert_eq!(self.header("content-type"), endpoint::PROBLEM, "{self:?}");
        assert_eq!(self.header("cache-control"), "no-store");
        let problem: Problem = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(problem.status, self.status);
        let code = problem.known_code().unwrap();
        assert_eq!(problem.detail, code.sentence());
        problem.code
    }

    pub(crate) fn json<T: DeserializeOwned>(&self) -> T {
        assert_eq!(self.header("content-type"), endpoint::JSON, "{self:?}");
        assert_eq!(self.header("cache-control"), "no-store");
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A client of one server; with or without a cookie.
#[derive(Clone)]
pub(crate) struct Client {
    agent: ureq::Agent,
    url: String,
    cookie: Option<String>,
    key: Option<String>,
}

impl Client {
    pub(crate) fn new(server: &Server) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .allow_non_standard_methods(true)
            .timeout_global(Some(Duration::from_secs(300)))
            // A connection of its own for every request: whether one can be
            // used again is what connections.rs asks, and nobody else.
            .max_idle_connections(0)
            .max_idle_connections_per_host(0)
            .build();
        Self {
            agent: config.new_agent(),
            url: server.url.clone(),
            cookie: None,
            key: None,
        }
    }

    pub(crate) fn with_cookie(&self, cookie: &str) -> Self {
        Self {
            cookie: Some(cookie.to_owned()),
            ..self.clone()
        }
    }

    /// A program with a key instead of a session.
    pub(crate) fn with_key(&self, key: &str) -> Self {
        Self {
            cookie: None,
            key: Some(key.to_owned()),
            ..self.clone()
        }
    }

    pub(crate) fn cookie(&self) -> &str {
        self.cookie.as_deref().unwrap()
    }

    pub(crate) fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Answer {
        self.try_send(method, path, headers, body).unwrap()
    }

    /// The same where the server may be gone in the middle.
    pub(crate) fn try_send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Option<Answer> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        if let Some(key) = &self.key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        let response = if matches!(method, "GET" | "DELETE") {
            self.agent.run(request.body(()).unwrap())
        } else {
            self.agent.run(request.body(body.to_vec()).unwrap())
        };
        let (parts, mut body) = response.ok()?.into_parts();
        Some(Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: body.with_config().limit(64 << 20).read_to_vec().ok()?,
        })
    }

    pub(crate) fn request(&self, path: &str) -> Answer {
        self.send("GET", path, &[], &[])
    }

    pub(crate) fn post_json(&self, path: &str, message: &impl Serialize) -> Answer {
        let body = serde_json::to_vec(message).unwrap();
        self.send("POST", path, &[("content-type", endpoint::JSON)], &body)
    }

    pub(crate) fn post_packed(&self, path: &str, message: &impl Encode) -> Answer {
        let headers = [
            ("content-type", endpoint::MSGPACK),
            ("accept", endpoint::MSGPACK),
        ];
        self.send("POST", path, &headers, &encode(message).unwrap())
    }
}

/// A signed-in device.
#[derive(Clone)]
pub(crate) struct Device {
    pub(crate) client: Client,
    pub(crate) session: Session,
}

pub(crate) fn device_id(number: u8) -> DeviceId {
    DeviceId::from_random([number; 16])
}

pub(crate) fn sign_in(client: &Client, link: &str, number: u8) -> Answer {
    client.post_json(
        endpoint::SESSION,
        &SignInRequest {
            link: link.to_owned(),
            device_id: device_id(number),
            device_name: format!("device {number}"),
        },
    )
}

impl Device {
    pub(crate) fn sign_in(server: &Server, link: &str, number: u8) -> Self {
        let client = Client::new(server);
        let answer = sign_in(&client, link, number);
        assert_eq!(answer.status, 200, "{answer:?}");
        let cookie = answer.header("set-cookie").split(';').next().unwrap();
        Self {
            client: client.with_cookie(cookie),
            session: answer.json(),
        }
    }

    /// A device of a server's first link, with a vault.
    pub(crate) fn first(server: &Server) -> (Self, VaultInfo) {
        let device = Self::sign_in(server, &server.link, 1);
        let answer = device.create_vault(2);
        assert_eq!(answer.status, 201, "{answer:?}");
        (device, answer.json())
    }

    pub(crate) fn create_vault(&self, number: u8) -> Answer {
        self.client.post_json(
            endpoint::VAULT,
            &CreateVaultRequest {
                vault_id: VaultId::from_random([number; 16]),
                policy_version: PolicyVersion(1),
                slot_list: OpaqueBytes::new(vec![5; 100]),
                slots_generation: Generation(1),
            },
        )
    }

    pub(crate) fn upload_request(&self, vault: &VaultInfo, ops: &[Op]) -> UploadRequest {
        UploadRequest {
            vault_id: vault.vault_id,
            device_id: self.session.device_id,
            client_cursor: Cursor(0),
            server_epoch: vault.server_epoch,
            changes: ops.iter().map(|op| OpaqueBytes::new(op.encode())).collect(),
        }
    }

    pub(crate) fn upload(&self, vault: &VaultInfo, ops: &[Op]) -> UploadResponse {
        let request = self.upload_request(vault, ops);
        let answer = self.client.post_packed(endpoint::UPLOAD, &request);
        assert_eq!(answer.status, 200, "{answer:?}");
        decode(&answer.body).unwrap()
    }

    pub(crate) fn download(&self, vault: &VaultInfo, since: Cursor) -> DownloadResponse {
        let request = DownloadRequest {
            vault_id: vault.vault_id,
            device_id: self.session.device_id,
            since,
            limit: None,
        };
        let answer = self.client.post_packed(endpoint::DOWNLOAD, &request);
        assert_eq!(answer.status, 200, "{answer:?}");
        decode(&answer.body).unwrap()
    }

    /// An operation of this device on a record of its own.
    pub(crate) fn op(&self, number: u32) -> Op {
        let mut random = [self.session.device_id.as_bytes()[0]; 10];
        random[6..].copy_from_slice(&number.to_be_bytes());
        let mut record = [random[0]; 16];
        record[..10].copy_from_slice(&random);
        Op {
            header: OpHeader {
                op_id: OpId::from_parts(1_700_000_000_000, random),
                record_id: RecordId::from_bytes(record),
                device_id: self.session.device_id,
                base: None,
                deleted: false,
                standard_kind: None,
                policy: PolicyVersion(1),
                epoch: Epoch(1),
                stamp: Stamp {
                    wall_ms: 1_700_000_000_000,
                    counter: 0,
                },
                seen: Seen::default(),
            },
            body: SealedBytes::new(vec![7; 300]),
        }
    }
}
