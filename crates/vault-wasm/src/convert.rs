//! Rust values to JavaScript values and back.

use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use vault_engine::{Answer, Command, Failure, Notice};
use vault_types::Code;
use wasm_bindgen::JsValue;

#[derive(Serialize)]
struct FailureView {
    code: &'static str,
    sentence: &'static str,
}

/// Plain objects, arrays and `null`, which a worker can post to its page.
fn to_js<T: Serialize>(value: &T) -> Result<JsValue, Failure> {
    value
        .serialize(&Serializer::json_compatible())
        .map_err(|_| Failure::from(Code::Internal))
}

/// Reads a command. The message of the parser stays here: it may quote the
/// command, and a command may hold a passphrase.
pub(crate) fn command(value: JsValue) -> Result<Command, Failure> {
    serde_wasm_bindgen::from_value(value).map_err(|_| Failure::from(Code::Misuse))
}

/// An answer as a settled promise takes it: a value, or `{code, sentence}`.
pub(crate) fn answer(answer: Answer) -> Result<JsValue, JsValue> {
    answer
        .and_then(|reply| to_js(&reply))
        .map_err(|failure| self::failure(failure.code))
}

/// `{code, sentence}`.
pub(crate) fn failure(code: Code) -> JsValue {
    let view = FailureView {
        code: code.as_str(),
        sentence: code.sentence(),
    };
    to_js(&view).unwrap_or(JsValue::NULL)
}

/// A notice; `None` if it cannot be told.
pub(crate) fn notice(notice: &Notice) -> Option<JsValue> {
    to_js(notice).ok()
}

/// `{type: "stopped"}`: this worker came to an end that nobody asked for.
pub(crate) fn stopped() -> JsValue {
    #[derive(Serialize)]
    struct Stopped {
        #[serde(rename = "type")]
        name: &'static str,
    }
    to_js(&Stopped { name: "stopped" }).unwrap_or(JsValue::NULL)
}
