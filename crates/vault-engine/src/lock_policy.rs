//! When a vault locks by itself, and how far such a lock reaches.
//!
//! | trigger | default tier |
//! |---|---|
//! | idle, background, by hand, storage, key changed elsewhere | device |
//! | sign-out everywhere, session expiry, administrator | vault |
//!
//! The strict setting makes every trigger `vault`. The settings are a sealed
//! object of this device:
//!
//! ```text
//! idle lock u32 ms · has background u8 · background u32 ms · strict u8 · told u8
//! ```

use vault_types::{Code, DecodeError, LockReason, LockTier, Reader, Writer, fields, limits, names};

/// The version of the encoding above.
pub(crate) const SETTINGS_FORMAT: u8 = 1;
/// The id under which the settings are sealed: there is one object of them.
pub(crate) const SETTINGS_ID: [u8; 16] = *b"lock-settings-v1";

/// What the application runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FormFactor {
    /// A window among others, on a desk.
    #[default]
    Desktop,
    /// Something that is put into a pocket.
    Phone,
}

names!(FormFactor { Desktop = "desktop", Phone = "phone" });

/// When this device locks by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockSettings {
    /// Without activity for so long, in milliseconds; from
    /// [`limits::IDLE_LOCK_MS_MIN`] to [`limits::IDLE_LOCK_MS_MAX`].
    pub idle_ms: u32,
    /// Out of sight for so long, in milliseconds, at most
    /// [`limits::BACKGROUND_LOCK_MS_MAX`]. `None`: at once on a phone, after
    /// a minute on a desktop.
    pub background_ms: Option<u32>,
    /// Whether every lock of this device locks every other device too.
    pub strict: bool,
}

fields!(LockSettings {
    idle_ms,
    background_ms,
    strict: default
});

impl Default for LockSettings {
    fn default() -> Self {
        Self {
            idle_ms: limits::IDLE_LOCK_MS as u32,
            background_ms: None,
            strict: false,
        }
    }
}

impl LockSettings {
    /// The settings, if they keep to the limits.
    ///
    /// # Errors
    /// [`Code::LimitExceeded`].
    pub(crate) fn checked(self) -> Result<Self, Code> {
        let idle = limits::IDLE_LOCK_MS_MIN..=limits::IDLE_LOCK_MS_MAX;
        let background_ms = u64::from(self.background_ms.unwrap_or(0));
        if idle.contains(&u64::from(self.idle_ms))
            && background_ms <= limits::BACKGROUND_LOCK_MS_MAX
        {
            Ok(self)
        } else {
            Err(Code::LimitExceeded)
        }
    }

    /// How long out of sight, in milliseconds.
    pub(crate) fn background_lock_ms(self, form: FormFactor) -> u64 {
        match (self.background_ms, form) {
            (Some(ms), _) => u64::from(ms),
            (None, FormFactor::Phone) => limits::BACKGROUND_LOCK_PHONE_MS,
            (None, FormFactor::Desktop) => limits::BACKGROUND_LOCK_DESKTOP_MS,
        }
    }

    /// How far a lock for that reason reaches.
    pub(crate) const fn tier(self, reason: LockReason) -> LockTier {
        if self.strict {
            LockTier::Vault
        } else {
            default_tier(reason)
        }
    }

    /// The settings as bytes, and whether the server knows the strict one.
    pub(crate) fn encode(self, told: Told) -> Vec<u8> {
        let mut writer = Writer::new();
        writer
            .u32(self.idle_ms)
            .u8(u8::from(self.background_ms.is_some()))
            .u32(self.background_ms.unwrap_or(0))
            .u8(u8::from(self.strict))
            .u8(u8::from(told == Told::Yes));
        writer.finish()
    }

    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    /// [`DecodeError`] for any other bytes, and for settings beyond the
    /// limits.
    pub(crate) fn decode(bytes: &[u8]) -> Result<(Self, Told), DecodeError> {
        let mut reader = Reader::new(bytes);
        let idle_ms = reader.u32()?;
        let has_background = flag(&mut reader)?;
        let background_ms = reader.u32()?;
        let strict = flag(&mut reader)?;
        let told = flag(&mut reader)?;
        reader.finish()?;
        let settings = Self {
            idle_ms,
            background_ms: has_background.then_some(background_ms),
            strict,
        };
        let settings = settings.checked().map_err(|_| DecodeError::UnknownValue)?;
        Ok((settings, if told { Told::Yes } else { Told::No }))
    }
}

/// Whether the server knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    Yes,
    No,
}

fn flag(reader: &mut Reader<'_>) -> Result<bool, DecodeError> {
    match reader.u8()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(DecodeError::UnknownValue),
    }
}

/// How far a lock for that reason reaches, unless the settings say more.
pub(crate) const fn default_tier(reason: LockReason) -> LockTier {
    match reason {
        LockReason::Idle
        | LockReason::Background
        | LockReason::Manual
        | LockReason::KeyRotated
        | LockReason::Storage
        | LockReason::Revoked => LockTier::Device,
        LockReason::Logout | LockReason::SessionExpired | LockReason::Administrator => {
            LockTier::Vault
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn settings_lead_back_and_damaged_ones_are_refused() {
        for background_ms in [None, Some(0), Some(5_000)] {
            for (strict, told) in [(false, Told::Yes), (true, Told::No)] {
                let settings = LockSettings {
                    idle_ms: 90_000,
                    background_ms,
                    strict,
                };
                let bytes = settings.encode(told);
                assert_eq!(LockSettings::decode(&bytes), Ok((settings, told)));
                for cut in 0..bytes.len() {
                    assert!(LockSettings::decode(&bytes[..cut]).is_err());
                }
            }
        }
        let beyond = LockSettings {
            idle_ms: u32::MAX,
            ..LockSettings::default()
        };
        assert!(LockSettings::decode(&beyond.encode(Told::Yes)).is_err());
    }

    #[test]
    fn limits_are_kept_at_both_ends() {
        let idle = |ms: u64| LockSettings {
            idle_ms: u32::try_from(ms).unwrap(),
            ..LockSettings::default()
        };
        assert!(idle(limits::IDLE_LOCK_MS_MIN).checked().is_ok());
        assert!(idle(limits::IDLE_LOCK_MS_MIN - 1).checked().is_err());
        assert!(idle(limits::IDLE_LOCK_MS_MAX).checked().is_ok());
        assert!(idle(limits::IDLE_LOCK_MS_MAX + 1).checked().is_err());
        let background = |ms: u64| LockSettings {
            background_ms: Some(u32::try_from(ms).unwrap()),
            ..LockSettings::default()
        };
        assert!(background(0).checked().is_ok());
        assert!(background(limits::BACKGROUND_LOCK_MS_MAX).checked().is_ok());
        assert!(
            background(limits::BACKGROUND_LOCK_MS_MAX + 1)
                .checked()
                .is_err()
        );
    }

    #[test]
    fn strict_makes_every_trigger_lock_every_device() {
        let strict = LockSettings {
            strict: true,
            ..LockSettings::default()
        };
        for reason in LockReason::ALL {
            assert_eq!(strict.tier(reason), LockTier::Vault);
            assert_eq!(LockSettings::default().tier(reason), default_tier(reason));
        }
        assert_eq!(default_tier(LockReason::Idle), LockTier::Device);
        assert_eq!(default_tier(LockReason::Administrator), LockTier::Vault);
    }
}
