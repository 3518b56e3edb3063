//! The lock settings of this device: sealed with the vault's key, so that
//! nobody else can loosen them, and known only while the vault is open.

use crate::command::{LockSettingsView, Reply, RequestId};
use crate::context::Context;
use crate::effect::{Change, Store};
use crate::engine::{Engine, Life};
use crate::lock_policy::{FormFactor, LockSettings, SETTINGS_FORMAT, SETTINGS_ID, Told};
use crate::wait::Wait;
use rand_core::CryptoRng;
use vault_types::{Code, ObjectType};

/// The key in `meta`.
pub(crate) const LOCK_SETTINGS: &str = "lock_settings";

impl Engine {
    /// Opens the settings. Those that do not open are as if never made: the
    /// defaults are the careful choice.
    pub(crate) fn load_lock_settings(&mut self) {
        self.guard.settings = LockSettings::default();
        self.guard.strict_told = Told::Yes;
        let (Life::Open(open), Some(sealed)) = (&self.life, &self.device.lock_settings) else {
            return;
        };
        let object = ObjectType::LocalState;
        let opened = open
            .vault
            .open_object(object, &SETTINGS_ID, SETTINGS_FORMAT, sealed);
        let read = opened.ok().map(|bytes| LockSettings::decode(&bytes));
        if let Some(Ok((settings, told))) = read {
            self.guard.settings = settings;
            self.guard.strict_told = told;
        }
    }

    /// The settings as the application sees them.
    pub(crate) fn lock_settings_view(&self) -> LockSettingsView {
        let (settings, form) = (self.guard.settings, self.guard.attention.form);
        LockSettingsView {
            idle_ms: settings.idle_ms,
            background_ms: settings.background_ms,
            background_after_ms: settings.background_lock_ms(form) as u32,
            strict: settings.strict,
            form,
        }
    }

    /// Takes new settings, once they are on the disk.
    pub(crate) fn set_lock_settings<R: CryptoRng>(
        &mut self,
        request: RequestId,
        (settings, form): (LockSettings, Option<FormFactor>),
        cx: &mut Context<'_, R>,
    ) {
        let settings = match settings.checked() {
            Ok(settings) => settings,
            Err(code) => return cx.answer(request, code),
        };
        if let Some(form) = form {
            self.guard.attention.form = form;
        }
        let told = if settings.strict == self.guard.settings.strict {
            self.guard.strict_told
        } else {
            Told::No
        };
        match self.seal_settings(settings, told, cx) {
            Ok((sealed, change)) => {
                let wait = Wait::SettingsWritten {
                    request,
                    settings,
                    told,
                    sealed,
                };
                cx.write(&mut self.waiting, vec![change], wait);
            }
            Err(code) => cx.answer(request, code),
        }
    }

    /// The settings are on the disk: from now on they hold.
    pub(crate) fn settings_written<R: CryptoRng>(
        &mut self,
        request: RequestId,
        (settings, told, sealed): (LockSettings, Told, Vec<u8>),
        result: Result<(), Code>,
        cx: &mut Context<'_, R>,
    ) {
        if let Err(code) = result {
            return cx.answer(request, code);
        }
        self.device.lock_settings = Some(sealed);
        if !matches!(self.life, Life::Open(_)) {
            return cx.answer(request, Code::Stopped);
        }
        self.guard.settings = settings;
        self.guard.strict_told = told;
        cx.answer(request, Reply::LockSettings(self.lock_settings_view()));
        self.tell_state(cx);
        self.tell_strict(cx);
        self.active(cx);
    }

    /// Keeps the settings as they are now.
    pub(crate) fn keep_lock_settings<R: CryptoRng>(&mut self, cx: &mut Context<'_, R>) {
        let (settings, told) = (self.guard.settings, self.guard.strict_told);
        if let Ok((sealed, change)) = self.seal_settings(settings, told, cx) {
            self.device.lock_settings = Some(sealed);
            let wait = Wait::SessionWritten { request: None };
            cx.write(&mut self.waiting, vec![change], wait);
        }
    }

    fn seal_settings<R: CryptoRng>(
        &self,
        settings: LockSettings,
        told: Told,
        cx: &mut Context<'_, R>,
    ) -> Result<(Vec<u8>, Change), Code> {
        let Life::Open(open) = &self.life else {
            return Err(Code::Locked);
        };
        let (object, content) = (ObjectType::LocalState, settings.encode(told));
        let sealed = open
            .vault
            .seal_object(object, &SETTINGS_ID, SETTINGS_FORMAT, &content, cx.rng)
            .map_err(|error| error.code())?;
        let change = Change::Put {
            store: Store::Meta,
            key: LOCK_SETTINGS.to_owned(),
            value: sealed.clone(),
        };
        Ok((sealed, change))
    }
}
