//! How numbers, texts, lists and our own small types are written and read.

use super::{Decode, Encode, NotAValue, ValueReader, ValueWriter};
use crate::{Code, HistoryHash, Kind, LockReason, LockTier, OpaqueBytes};

macro_rules! whole_numbers {
    ($($int:ty),*) => {$(
        impl Encode for $int {
            fn encode(&self, out: &mut ValueWriter) {
                out.unsigned(u64::from(*self));
            }
        }

        impl Decode for $int {
            fn decode(from: &mut ValueReader<'_>) -> Result<Self, NotAValue> {
                let value = from.unsigned(u64::from(Self::MAX))?;
                Self::try_from(value).map_err(|_| NotAValue)
            }
        }
    )*};
}
whole_numbers!(u8, u16, u32, u64);

impl Encode for bool {
    fn encode(&self, out: &mut ValueWriter) {
        out.bool(*self);
    }
}

impl Decode for bool {
    fn decode(from: &mut ValueReader<'_>) -> Result<Self, NotAValue> {
        from.bool()
    }
}

impl Encode for f64 {
    fn encode(&self, out: &mut ValueWriter) {
        out.float(*self);
    }
}

impl Decode for f64 {
    fn decode(from: &mut ValueReader<'_>) -> Result<Self, NotAValue> {
        from.float()
    }
}

impl Encode for f32 {
    fn encode(&self, out: &mut ValueWriter) {
        out.float(f64::from(*self));
    }
}

impl Encode for str {
    fn encode(&self, out: &mut ValueWriter) {
        out.text(self);
    }
}

impl Encode for String {
    fn encode(&self, out: &mut ValueWriter) {
        out.text(self);
    }
}

impl Decode for String {
    fn decode(from: &mut ValueReader<'_>) -> Result<Self, NotAValue> {
        from.text().map(str::to_owned)
    }
}

impl<T: Encode + ?Sized> Encode for &T {
    fn encode(&self, out: &mut ValueWriter) {
        (**self).encode(out);
    }
}

impl<T: Encode> Encode for Box<T> {
    fn encode(&self, out: &mut ValueWriter) {
        (**self).encode(out);
    }
}

impl<T: Encode> Encode for Option<T> {
    fn encode(&self, out: &mut ValueWriter) {
        match self {
            Some(value) => value.encode(out),
            None => out.null(),
        }
    }
}

impl<T: Decode> Decode for Option<T> {
    fn decode(from: &mut ValueReader<'_>) -> Result<Self, NotAValue> {
        if from.null() {
            Ok(None)
        } else {
            T::decode(from).map(Some)
        }
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: Encode> Encode for Vec<T> {
    fn encode(&self, out: &mut ValueWriter) {
        out.list(self.len());
        for value in self {
            value.encode(out);
        }
        out.end_list();
    }
}

impl<T: Decode> Decode for Vec<T> {
    fn decode(from: &mut ValueReader<'_>) -> Result<Self, NotAValue> {
        from.list()
    }
}

impl<A: Encode, B: Encode> Encode for (A, B) {
    fn encode(&self, out: &mut ValueWriter) {
        out.list(2);
        self.0.encode(out);
        self.1.encode(out);
        out.end_list();
    }
}

impl Encode for OpaqueBytes {
    fn encode(&self, out: &mut ValueWriter) {
        out.bytes(self.as_slice());
    }
}

impl Decode for OpaqueBytes {
    fn decode(from: &mut ValueReader<'_>) -> Result<Self, NotAValue> {
        from.bytes().map(Self::new)
    }
}

impl Encode for HistoryHash {
    fn encode(&self, out: &mut ValueWriter) {
        out.bytes(self.as_bytes());
    }
}

impl Decode for HistoryHash {
    fn decode(from: &mut ValueReader<'_>) -> Result<Self, NotAValue> {
        from.array().map(Self::from_bytes)
    }
}

impl Encode for Code {
    fn encode(&self, out: &mut ValueWriter) {
        out.text(self.as_str());
    }
}

/// One that this version does not know reads as [`Code::NewerVersion`]: only a
/// newer server says it.
impl Decode for Code {
    fn decode(from: &mut ValueReader<'_>) -> Result<Self, NotAValue> {
        Ok(Self::from_text(from.text()?).unwrap_or(Self::NewerVersion))
    }
}

macro_rules! named {
    ($($type:ty),*) => {$(
        impl Encode for $type {
            fn encode(&self, out: &mut ValueWriter) {
                out.text(self.name());
            }
        }

        impl Decode for $type {
            fn decode(from: &mut ValueReader<'_>) -> Result<Self, NotAValue> {
                Self::from_name(from.text()?).ok_or(NotAValue)
            }
        }
    )*};
}
named!(Kind, LockReason, LockTier);
