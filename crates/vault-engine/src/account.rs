//! The account's devices and keys for programs: asked of the server, shown,
//! and changed there.

use crate::answer;
use crate::command::{ApiKeyView, DeviceView, NewApiKeyView, Reply, RequestId};
use crate::context::Context;
use crate::effect::{Method, Response, Unreachable};
use crate::engine::Engine;
use crate::wait::Wait;
use rand_core::CryptoRng;
use sync_core::endpoint;
use sync_core::message::{ApiKeyList, CreateApiKey, DeviceList, NewApiKey, RenameDevice};
use vault_types::wire::Encode;
use vault_types::{Code, DeviceId};

impl Engine {
    pub(crate) fn list_devices<R: CryptoRng>(
        &mut self,
        request: RequestId,
        cx: &mut Context<'_, R>,
    ) {
        let wait = Wait::DevicesListed { request };
        let (method, path) = (Method::Get, endpoint::DEVICES);
        cx.send(&mut self.waiting, method, path, Vec::new(), wait);
    }

    pub(crate) fn devices_listed<R: CryptoRng>(
        request: RequestId,
        result: Result<Response, Unreachable>,
        cx: &mut Context<'_, R>,
    ) {
        let answer = answer::read::<DeviceList>(result).map(|list| {
            let devices = list.devices.into_iter().map(|device| DeviceView {
                device_id: device.device_id.to_string(),
                name: device.name,
                last_seen_ms: device.last_seen_ms as f64,
                current: device.current,
                revoked_ms: device.revoked_ms.map(|ms| ms as f64),
            });
            Reply::Devices(devices.collect())
        });
        cx.answer(request, answer.map_err(Into::into));
    }

    pub(crate) fn rename_device<R: CryptoRng>(
        &mut self,
        request: RequestId,
        (id, name): (DeviceId, String),
        cx: &mut Context<'_, R>,
    ) {
        let (method, path) = (Method::Put, endpoint::device(id));
        self.change(request, (method, &path), Some(&RenameDevice { name }), cx);
    }

    pub(crate) fn revoke_device<R: CryptoRng>(
        &mut self,
        request: RequestId,
        id: DeviceId,
        cx: &mut Context<'_, R>,
    ) {
        let (method, path) = (Method::Post, endpoint::revoke_device(id));
        self.change::<R, RenameDevice>(request, (method, &path), None, cx);
    }

    pub(crate) fn revoke_api_key<R: CryptoRng>(
        &mut self,
        request: RequestId,
        id: DeviceId,
        cx: &mut Context<'_, R>,
    ) {
        let (method, path) = (Method::Delete, endpoint::api_key(id));
        self.change::<R, RenameDevice>(request, (method, &path), None, cx);
    }

    /// Asks for something that is answered without a message.
    fn change<R: CryptoRng, T: Encode>(
        &mut self,
        request: RequestId,
        (method, path): (Method, &str),
        message: Option<&T>,
        cx: &mut Context<'_, R>,
    ) {
        let body = message.map_or(Ok(Vec::new()), sync_core::encode);
        let Ok(body) = body else {
            return cx.answer(request, Code::LimitExceeded);
        };
        let wait = Wait::Changed { request };
        cx.send(&mut self.waiting, method, path, body, wait);
    }

    pub(crate) fn changed<R: CryptoRng>(
        request: RequestId,
        result: Result<Response, Unreachable>,
        cx: &mut Context<'_, R>,
    ) {
        let answer = answer::accept(result).map(|_| Reply::Done);
        cx.answer(request, answer.map_err(Into::into));
    }

    pub(crate) fn list_api_keys<R: CryptoRng>(
        &mut self,
        request: RequestId,
        cx: &mut Context<'_, R>,
    ) {
        let wait = Wait::ApiKeysListed { request };
        let (method, path) = (Method::Get, endpoint::API_KEYS);
        cx.send(&mut self.waiting, method, path, Vec::new(), wait);
    }

    pub(crate) fn api_keys_listed<R: CryptoRng>(
        request: RequestId,
        result: Result<Response, Unreachable>,
        cx: &mut Context<'_, R>,
    ) {
        let answer = answer::read::<ApiKeyList>(result).map(|list| {
            let keys = list.keys.into_iter().map(|key| ApiKeyView {
                id: key.device_id.to_string(),
                name: key.name,
                created_ms: key.created_ms as f64,
                last_used_ms: key.last_used_ms.map(|ms| ms as f64),
            });
            Reply::ApiKeys(keys.collect())
        });
        cx.answer(request, answer.map_err(Into::into));
    }

    pub(crate) fn create_api_key<R: CryptoRng>(
        &mut self,
        request: RequestId,
        name: String,
        cx: &mut Context<'_, R>,
    ) {
        let Ok(body) = sync_core::encode(&CreateApiKey { name }) else {
            return cx.answer(request, Code::LimitExceeded);
        };
        let wait = Wait::ApiKeyMade { request };
        let (method, path) = (Method::Post, endpoint::API_KEYS);
        cx.send(&mut self.waiting, method, path, body, wait);
    }

    pub(crate) fn api_key_made<R: CryptoRng>(
        request: RequestId,
        result: Result<Response, Unreachable>,
        cx: &mut Context<'_, R>,
    ) {
        let answer = answer::read::<NewApiKey>(result).map(|key| {
            Reply::ApiKey(NewApiKeyView {
                id: key.device_id.to_string(),
                token: key.token,
            })
        });
        cx.answer(request, answer.map_err(Into::into));
    }
}
