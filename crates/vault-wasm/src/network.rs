//! The server, by `fetch` from inside the worker.

use js_sys::{Reflect, Uint8Array};
use vault_engine::{Method, Request, Response, Unreachable};
use vault_types::limits::RESPONSE_BYTES_MAX;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, Headers, ReadableStream, ReadableStreamDefaultReader, ReferrerPolicy,
    RequestCache, RequestCredentials, RequestInit, RequestRedirect, ResponseType,
    WorkerGlobalScope,
};

const MEDIA_TYPE: &str = "application/msgpack";

/// The status under which the engine hears of a redirect. Ours never
/// redirects: somebody stands in between, such as a hotel's sign-in page.
const REDIRECTED: u16 = 302;

/// The way to one server.
pub(crate) struct Network {
    origin: String,
}

impl Network {
    /// The server at that origin, such as `https://vault.example`.
    pub(crate) fn new(origin: &str) -> Self {
        Self {
            origin: origin.trim_end_matches('/').to_owned(),
        }
    }

    /// Sends a request and reads the answer, both within the deadline.
    pub(crate) async fn send(&self, request: Request) -> Result<Response, Unreachable> {
        let url = format!("{}{}", self.origin, request.path);
        let init = request_init(&request).map_err(|_| Unreachable)?;
        let scope: WorkerGlobalScope = js_sys::global().unchecked_into();
        let response: web_sys::Response =
            JsFuture::from(scope.fetch_with_str_and_init(&url, &init))
                .await
                .map_err(|_| Unreachable)?
                .dyn_into()
                .map_err(|_| Unreachable)?;
        if response.type_() == ResponseType::Opaqueredirect {
            return Ok(Response {
                status: REDIRECTED,
                media_type: String::new(),
                body: Vec::new(),
            });
        }
        let headers = response.headers();
        let media_type = header(&headers, "content-type")
            .map(|value| media_type(&value))
            .unwrap_or_default();
        let body = match response.body() {
            Some(stream) => read_body(&stream).await?,
            None => Vec::new(),
        };
        Ok(Response {
            status: response.status(),
            media_type,
            body,
        })
    }
}

fn request_init(request: &Request) -> Result<RequestInit, JsValue> {
    let headers = Headers::new()?;
    headers.set("Accept", MEDIA_TYPE)?;
    let init = RequestInit::new();
    init.set_method(method_name(request.method));
    if !request.body.is_empty() {
        headers.set("Content-Type", MEDIA_TYPE)?;
        init.set_body_opt_u8_array(Some(&Uint8Array::from(request.body.as_slice())));
    }
    init.set_headers_headers(&headers);
    init.set_credentials(RequestCredentials::SameOrigin);
    init.set_cache(RequestCache::NoStore);
    init.set_redirect(RequestRedirect::Manual);
    init.set_referrer_policy(ReferrerPolicy::NoReferrer);
    init.set_signal(Some(&AbortSignal::timeout_with_u32(request.deadline_ms)));
    Ok(init)
}

/// Reads a body to its end, and gives up as soon as it is beyond the limit,
/// whatever the headers said about its length.
async fn read_body(stream: &ReadableStream) -> Result<Vec<u8>, Unreachable> {
    let reader = ReadableStreamDefaultReader::new(stream).map_err(|_| Unreachable)?;
    let mut body = Vec::new();
    loop {
        let step = JsFuture::from(reader.read())
            .await
            .map_err(|_| Unreachable)?;
        let field = |name: &str| Reflect::get(&step, &JsValue::from_str(name));
        if field("done").map_err(|_| Unreachable)?.is_truthy() {
            return Ok(body);
        }
        let chunk: Uint8Array = field("value")
            .map_err(|_| Unreachable)?
            .dyn_into()
            .map_err(|_| Unreachable)?;
        let len = usize::try_from(chunk.length()).map_err(|_| Unreachable)?;
        if body.len() + len > RESPONSE_BYTES_MAX {
            // Whether the browser hears of it in time no longer matters.
            let _ = reader.cancel();
            return Err(Unreachable);
        }
        body.extend_from_slice(&chunk.to_vec());
    }
}

fn header(headers: &Headers, name: &str) -> Option<String> {
    headers.get(name).ok().flatten()
}

/// The media type of a `Content-Type`, without parameters, in lower case.
fn media_type(content_type: &str) -> String {
    content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase()
}

const fn method_name(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_lose_case_and_parameters() {
        assert_eq!(media_type("Application/MsgPack; charset=x"), MEDIA_TYPE);
        assert_eq!(media_type(" text/html"), "text/html");
        assert_eq!(media_type(""), "");
    }

    #[test]
    fn an_origin_loses_its_last_slash() {
        assert_eq!(
            Network::new("https://a.example/").origin,
            "https://a.example"
        );
    }
}
