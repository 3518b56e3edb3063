//! Values as MessagePack and as JSON, in little code.
//!
//! A browser downloads whatever reads and writes messages before it can open a
//! vault. serde makes one copy of its decoder for each message type, which came
//! to half of the wasm; here each type lists its fields once, and one reader
//! and one writer that know no types do the rest:
//!
//! ```
//! struct Applied { place: u64, note: Option<String> }
//! vault_types::fields!(Applied { place, note });
//!
//! let applied = Applied { place: 7, note: None };
//! let bytes = vault_types::wire::to_message_pack(&applied);
//! let read: Applied = vault_types::wire::from_message_pack(&bytes).unwrap();
//! assert_eq!(read.place, 7);
//! ```
//!
//! **To add a field to a type**, add its name to the type's [`crate::fields!`];
//! leaving it out does not compile. Types that a server reads too have serde's
//! derives besides: the server uses `rmp-serde` and `serde_json`, and tests hold
//! that both implementations write the same bytes and read each other's.
//!
//! What is written, and what a reader takes:
//!
//! | value | MessagePack | JSON |
//! |---|---|---|
//! | struct | map with text keys | object |
//! | number | shortest unsigned integer; float 64 | number |
//! | bytes, hash | `bin` | base64url without padding |
//! | id | 16 bytes as `bin` | text |
//! | name, text | `str` | string |
//! | list | array | array |
//! | nothing | nil | `null` |
//!
//! A field that is absent reads as nothing where its type can say so. A field
//! that is there twice is refused. Unknown fields are passed over unless the
//! type is `strict`. A reader takes bounded time and memory for any bytes: it
//! goes [`DEPTH_MAX`] deep, reads objects of at most [`FIELDS_MAX`] fields, and
//! allocates for nothing that is not there.

mod basics;
mod fields;
mod json;
mod reader;
mod writer;

use core::fmt;
pub use fields::Extent;
pub use reader::{Fields, ValueReader};
pub use writer::ValueWriter;

/// Deepest nesting of any value: a response, its list, an entry, its head.
pub const DEPTH_MAX: u8 = 16;
/// Most fields of an object, unknown ones included.
pub const FIELDS_MAX: u32 = 64;

/// Bytes that are not the value that was due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAValue;

impl fmt::Display for NotAValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the value that was due")
    }
}

impl core::error::Error for NotAValue {}

/// Which of the two forms a value has. They differ in bytes and ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// MessagePack.
    MessagePack,
    /// JSON.
    Json,
}

/// What can be written.
pub trait Encode {
    /// Writes the value.
    fn encode(&self, out: &mut ValueWriter);
}

/// What can be read.
pub trait Decode: Sized {
    /// Reads a value and moves behind it.
    ///
    /// # Errors
    /// [`NotAValue`].
    fn decode(from: &mut ValueReader<'_>) -> Result<Self, NotAValue>;

    /// What a field that is not there stands for, if anything.
    #[must_use]
    fn absent() -> Option<Self> {
        None
    }
}

/// What has named fields that can stand among those of another type.
pub trait EncodeFields {
    /// How many fields there are.
    fn field_count(&self) -> u32;
    /// Writes each field's name and value.
    fn encode_fields(&self, out: &mut ValueWriter);
}

/// What can be read from among the fields of another type.
pub trait DecodeFields: Sized {
    /// Reads its own fields and leaves the others.
    ///
    /// # Errors
    /// [`NotAValue`].
    fn decode_fields(fields: &mut Fields<'_>) -> Result<Self, NotAValue>;
}

/// A value as MessagePack.
pub fn to_message_pack<T: Encode + ?Sized>(value: &T) -> Vec<u8> {
    let mut out = ValueWriter::new(Form::MessagePack);
    value.encode(&mut out);
    out.finish()
}

/// A value as JSON without white space.
pub fn to_json<T: Encode + ?Sized>(value: &T) -> Vec<u8> {
    let mut out = ValueWriter::new(Form::Json);
    value.encode(&mut out);
    out.finish()
}

/// Reads one value of MessagePack and nothing behind it.
///
/// # Errors
/// [`NotAValue`].
pub fn from_message_pack<T: Decode>(bytes: &[u8]) -> Result<T, NotAValue> {
    let mut reader = ValueReader::new(bytes, Form::MessagePack);
    let value = T::decode(&mut reader)?;
    reader.finish()?;
    Ok(value)
}

/// Reads one value of JSON (RFC 8259) and nothing but white space around it.
///
/// No format of ours has a fraction in JSON: a number that is no integer
/// between −2⁶³ and 2⁶⁴ − 1 is passed over where its field is unknown and
/// refused where it is not.
///
/// # Errors
/// [`NotAValue`].
pub fn from_json<T: Decode>(text: &[u8]) -> Result<T, NotAValue> {
    let packed = json::to_message_pack(text)?;
    let mut reader = ValueReader::new(&packed, Form::Json);
    let value = T::decode(&mut reader)?;
    reader.finish()?;
    Ok(value)
}

#[cfg(test)]
mod tests;
