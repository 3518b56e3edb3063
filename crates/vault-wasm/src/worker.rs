//! What JavaScript sees of the vault.

use crate::convert;
use crate::driver::Driver;
use js_sys::{Function, Promise};
use std::cell::RefCell;
use std::panic;
use std::rc::Rc;
use vault_types::Code;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

/// The vault, to be made once in a worker of its own.
///
/// Ends with its worker: terminating that is what wipes the key for good.
#[wasm_bindgen]
pub struct VaultWorker {
    driver: Rc<Driver>,
}

#[wasm_bindgen]
impl VaultWorker {
    /// Opens the database `name` and speaks to the server at the origin
    /// `server`. `notify` is called with every notice.
    ///
    /// # Errors
    /// `{code, sentence}` with the code `unsupported` if the browser has no
    /// source of randomness.
    #[wasm_bindgen(constructor)]
    pub fn new(server: &str, name: &str, notify: Function) -> Result<Self, JsValue> {
        tell_of_panics(notify.clone());
        let driver =
            Driver::start(server, name, notify).map_err(|_| convert::failure(Code::Unsupported))?;
        Ok(Self { driver })
    }

    /// Does what a command asks for. The promise is fulfilled with the reply
    /// or rejected with `{code, sentence}`.
    pub fn request(&self, command: JsValue) -> Promise {
        let driver = Rc::clone(&self.driver);
        future_to_promise(async move {
            let answer = match convert::command(&command) {
                Ok(command) => driver.request(command).await,
                Err(failure) => Err(failure),
            };
            convert::answer(answer)
        })
    }
}

thread_local! {
    static TOLD: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// A fault of ours ends the worker and would leave every request hanging: the
/// page has to hear of it. What the fault says stays out of it, since it may
/// quote what it was working on; where it was is safe to print.
fn tell_of_panics(notify: Function) {
    TOLD.set(Some(notify));
    panic::set_hook(Box::new(|fault| {
        if let Some(place) = fault.location() {
            let text = format!("Lockstep stopped at {}:{}", place.file(), place.line());
            web_sys::console::error_1(&JsValue::from_str(&text));
        }
        if let Some(notify) = TOLD.take() {
            // There is nobody left to tell if this fails.
            let _ = notify.call1(&JsValue::NULL, &convert::stopped());
        }
    }));
}
