//! The account's half of the server in memory: devices and keys for programs.

use super::server::{Handled, empty, id_in, message, read};
use std::collections::BTreeMap;
use sync_core::endpoint;
use sync_core::message::{
    ApiKeyEntry, ApiKeyList, CreateApiKey, DeviceEntry, DeviceList, NewApiKey, RenameDevice,
};
use vault_engine::{Method, Request};
use vault_types::{Code, DeviceId};

/// A device, as the account knows it.
struct Known {
    name: String,
    revoked_ms: Option<u64>,
}

/// The devices and keys of one account.
#[derive(Default)]
pub(crate) struct Members {
    devices: BTreeMap<DeviceId, Known>,
    keys: Vec<ApiKeyEntry>,
}

impl Members {
    pub(super) fn enter(&mut self, device: DeviceId, name: String) {
        let revoked_ms = None;
        self.devices.insert(device, Known { name, revoked_ms });
    }

    pub(super) fn is_revoked(&self, device: DeviceId) -> bool {
        let known = self.devices.get(&device);
        known.is_some_and(|known| known.revoked_ms.is_some())
    }

    /// Answers what is about devices and keys; `None` for anything else.
    pub(super) fn route(
        &mut self,
        asking: DeviceId,
        request: &Request,
        now_ms: u64,
    ) -> Option<Handled> {
        let path = request.path.as_str();
        Some(match (request.method, path) {
            (Method::Get, endpoint::DEVICES) => Ok(message(&self.list(asking))),
            (Method::Get, endpoint::API_KEYS) => {
                let keys = self.keys.clone();
                Ok(message(&ApiKeyList { keys }))
            }
            (Method::Post, endpoint::API_KEYS) => self.create_key(request, now_ms),
            (Method::Delete, path) => {
                let id = id_in(path, endpoint::API_KEY)?;
                let held = self.keys.len();
                self.keys.retain(|key| key.device_id.to_string() != id);
                if self.keys.len() < held {
                    Ok(empty())
                } else {
                    Err(Code::UnknownApiKey)
                }
            }
            (Method::Post, path) => {
                let id = id_in(path, endpoint::REVOKE_DEVICE)?;
                self.known(id).map(|known| {
                    known.revoked_ms.get_or_insert(now_ms);
                    empty()
                })
            }
            (Method::Put, path) => {
                let id = id_in(path, endpoint::DEVICE)?;
                let renamed = read::<RenameDevice>(request);
                renamed.and_then(|renamed| {
                    self.known(id)?.name = renamed.name;
                    Ok(empty())
                })
            }
            _ => return None,
        })
    }

    fn known(&mut self, id: &str) -> Result<&mut Known, Code> {
        let id: DeviceId = id.parse().map_err(|_| Code::UnknownDevice)?;
        self.devices.get_mut(&id).ok_or(Code::UnknownDevice)
    }

    fn create_key(&mut self, request: &Request, now_ms: u64) -> Handled {
        let CreateApiKey { name } = read(request)?;
        let number = u8::try_from(self.keys.len()).map_err(|_| Code::TooManyApiKeys)?;
        let device_id = DeviceId::from_random([number; 16]);
        self.keys.push(ApiKeyEntry {
            device_id,
            name,
            created_ms: now_ms,
            last_used_ms: None,
        });
        Ok(message(&NewApiKey {
            device_id,
            token: "lockstep_key_test".to_owned(),
        }))
    }

    fn list(&self, asking: DeviceId) -> DeviceList {
        let devices = self.devices.iter().map(|(id, known)| DeviceEntry {
            device_id: *id,
            name: known.name.clone(),
            created_ms: 1,
            last_seen_ms: 2,
            current: *id == asking,
            revoked_ms: known.revoked_ms,
        });
        DeviceList {
            devices: devices.collect(),
        }
    }
}
