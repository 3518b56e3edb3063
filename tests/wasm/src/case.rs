//! One case of a file of vectors, and a random source that reads from it.

use core::convert::Infallible;
use core::fmt;
use rand_core::{TryCryptoRng, TryRng};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Why a case does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mismatch {
    /// The case lacks a field or the field has another form.
    BadField {
        /// The field.
        name: &'static str,
    },
    /// What was computed differs.
    Differs {
        /// What it is.
        what: &'static str,
    },
    /// A call failed that must not.
    Failed {
        /// The call.
        what: &'static str,
    },
    /// A call succeeded that must not.
    Accepted {
        /// What was accepted.
        what: &'static str,
    },
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadField { name } => write!(f, "the field {name} is not as it should be"),
            Self::Differs { what } => write!(f, "{what} differs"),
            Self::Failed { what } => write!(f, "{what} failed"),
            Self::Accepted { what } => write!(f, "{what} was accepted"),
        }
    }
}

/// The cases of a file; none if it is no file of vectors.
pub(crate) fn cases(text: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(text).unwrap_or_default();
    file["cases"].as_array().cloned().unwrap_or_default()
}

/// Says that two values are equal.
pub(crate) fn same<T: PartialEq>(found: T, wanted: T, what: &'static str) -> Result<(), Mismatch> {
    if found == wanted {
        Ok(())
    } else {
        Err(Mismatch::Differs { what })
    }
}

/// One case.
pub(crate) struct Case<'a>(pub(crate) &'a Value);

impl<'a> Case<'a> {
    pub(crate) fn has(&self, name: &'static str) -> bool {
        self.0.get(name).is_some()
    }

    pub(crate) fn inner(&self, name: &'static str) -> Result<Case<'a>, Mismatch> {
        let value = self.0.get(name).ok_or(Mismatch::BadField { name })?;
        Ok(Case(value))
    }

    /// The field as any type that JSON can be read into.
    pub(crate) fn read<T: DeserializeOwned>(&self, name: &'static str) -> Result<T, Mismatch> {
        let value = self.inner(name)?.0.clone();
        serde_json::from_value(value).map_err(|_| Mismatch::BadField { name })
    }

    /// The field as bytes in hexadecimal.
    pub(crate) fn bytes(&self, name: &'static str) -> Result<Vec<u8>, Mismatch> {
        hex(&self.read::<String>(name)?).ok_or(Mismatch::BadField { name })
    }

    /// The field as so many bytes in hexadecimal.
    pub(crate) fn array<const N: usize>(&self, name: &'static str) -> Result<[u8; N], Mismatch> {
        let bytes = self.bytes(name)?;
        bytes.try_into().map_err(|_| Mismatch::BadField { name })
    }

    /// The field as UTF-8 in hexadecimal.
    pub(crate) fn utf8(&self, name: &'static str) -> Result<String, Mismatch> {
        String::from_utf8(self.bytes(name)?).map_err(|_| Mismatch::BadField { name })
    }
}

pub(crate) fn hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok())
        .collect()
}

/// Gives the bytes of a vector, in order, and notices when more or fewer are
/// drawn than stand there.
pub(crate) struct Script {
    rest: Vec<u8>,
    overdrawn: bool,
}

impl Script {
    pub(crate) fn new(mut bytes: Vec<u8>) -> Self {
        bytes.reverse();
        Self {
            rest: bytes,
            overdrawn: false,
        }
    }

    pub(crate) fn finish(self) -> Result<(), Mismatch> {
        let what = "the number of random bytes drawn";
        same((self.rest.len(), self.overdrawn), (0, false), what)
    }
}

impl TryRng for Script {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_be_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_be_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for byte in out {
            let next = self.rest.pop();
            self.overdrawn |= next.is_none();
            *byte = next.unwrap_or_default();
        }
        Ok(())
    }
}

impl TryCryptoRng for Script {}
