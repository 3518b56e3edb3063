//! Reads values: MessagePack, which JSON is turned into first.

use super::{DEPTH_MAX, Decode, Extent, FIELDS_MAX, Form, NotAValue};
use crate::codec::Reader;
use base64ct::{Base64UrlUnpadded, Encoding};

/// Takes values off the front of bytes.
#[derive(Clone)]
pub struct ValueReader<'a> {
    bytes: Reader<'a>,
    form: Form,
    depth: u8,
}

/// What stands at the front: its marker, read as far as its length.
enum Head<'a> {
    Null,
    Bool(bool),
    Unsigned(u64),
    Negative(i64),
    Float(f64),
    Text(&'a [u8]),
    Bytes(&'a [u8]),
    List(u32),
    Map(u32),
}

impl<'a> ValueReader<'a> {
    /// Reads MessagePack that was written in, or turned from, that form.
    #[must_use]
    pub const fn new(bytes: &'a [u8], form: Form) -> Self {
        Self {
            bytes: Reader::new(bytes),
            form,
            depth: DEPTH_MAX,
        }
    }

    /// The form that the value had.
    #[must_use]
    pub const fn form(&self) -> Form {
        self.form
    }

    /// Says that everything must have been read.
    ///
    /// # Errors
    /// [`NotAValue`] if not.
    pub const fn finish(&self) -> Result<(), NotAValue> {
        if self.bytes.rest().is_empty() {
            Ok(())
        } else {
            Err(NotAValue)
        }
    }

    /// Moves behind a nil, if one is next.
    pub fn null(&mut self) -> bool {
        let here = self.bytes.rest().first() == Some(&0xc0);
        if here {
            let _ = self.bytes.raw(1);
        }
        here
    }

    /// Yes or no.
    ///
    /// # Errors
    /// [`NotAValue`] if something else is next.
    pub fn bool(&mut self) -> Result<bool, NotAValue> {
        match self.head()? {
            Head::Bool(value) => Ok(value),
            _ => Err(NotAValue),
        }
    }

    /// A whole number from 0 to `max`.
    ///
    /// # Errors
    /// [`NotAValue`] if something else is next.
    pub fn unsigned(&mut self, max: u64) -> Result<u64, NotAValue> {
        match self.head()? {
            Head::Unsigned(value) if value <= max => Ok(value),
            _ => Err(NotAValue),
        }
    }

    /// A number, whole or not.
    ///
    /// # Errors
    /// [`NotAValue`] if something else is next.
    pub fn float(&mut self) -> Result<f64, NotAValue> {
        match self.head()? {
            Head::Float(value) => Ok(value),
            Head::Unsigned(value) => Ok(value as f64),
            Head::Negative(value) => Ok(value as f64),
            _ => Err(NotAValue),
        }
    }

    /// A text.
    ///
    /// # Errors
    /// [`NotAValue`] if something else is next.
    pub fn text(&mut self) -> Result<&'a str, NotAValue> {
        match self.head()? {
            Head::Text(text) => core::str::from_utf8(text).map_err(|_| NotAValue),
            _ => Err(NotAValue),
        }
    }

    /// Bytes, whichever way the form has of writing them.
    ///
    /// # Errors
    /// [`NotAValue`] if something else is next.
    pub fn bytes(&mut self) -> Result<Vec<u8>, NotAValue> {
        match (self.head()?, self.form) {
            (Head::Bytes(bytes), _) => Ok(bytes.to_vec()),
            (Head::Text(text), Form::Json) => core::str::from_utf8(text)
                .ok()
                .and_then(|text| Base64UrlUnpadded::decode_vec(text).ok())
                .ok_or(NotAValue),
            _ => Err(NotAValue),
        }
    }

    /// Exactly so many bytes.
    ///
    /// # Errors
    /// [`NotAValue`] if something else is next.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], NotAValue> {
        <[u8; N]>::try_from(self.bytes()?.as_slice()).map_err(|_| NotAValue)
    }

    /// A list.
    ///
    /// # Errors
    /// [`NotAValue`] if something else is next.
    pub fn list<T: Decode>(&mut self) -> Result<Vec<T>, NotAValue> {
        let Head::List(len) = self.head()? else {
            return Err(NotAValue);
        };
        self.descend()?;
        // Each value takes a byte at least, so that a length which lies
        // reserves no more than what came.
        let mut values = Vec::new();
        for _ in 0..len {
            values.push(T::decode(self)?);
        }
        self.depth += 1;
        Ok(values)
    }

    /// An object. The reader moves behind it; its fields are asked for.
    ///
    /// # Errors
    /// [`NotAValue`] if something else is next, or not all of it is there.
    pub fn map(&mut self) -> Result<Fields<'a>, NotAValue> {
        let Head::Map(count) = self.head()? else {
            return Err(NotAValue);
        };
        if count > FIELDS_MAX {
            return Err(NotAValue);
        }
        self.descend()?;
        let first = self.clone();
        for _ in 0..count {
            self.text()?;
            self.skip()?;
        }
        self.depth += 1;
        Ok(Fields {
            first,
            count,
            found: 0,
        })
    }

    /// Moves behind a value, whatever it is.
    fn skip(&mut self) -> Result<(), NotAValue> {
        let values = match self.head()? {
            Head::List(len) => u64::from(len),
            Head::Map(len) => 2 * u64::from(len),
            _ => return Ok(()),
        };
        self.descend()?;
        for _ in 0..values {
            self.skip()?;
        }
        self.depth += 1;
        Ok(())
    }

    fn descend(&mut self) -> Result<(), NotAValue> {
        self.depth = self.depth.checked_sub(1).ok_or(NotAValue)?;
        Ok(())
    }

    fn head(&mut self) -> Result<Head<'a>, NotAValue> {
        let marker = self.number(1)? as u8;
        Ok(match marker {
            0..0x80 => Head::Unsigned(u64::from(marker)),
            0x80..0x90 => Head::Map(u32::from(marker & 15)),
            0x90..0xa0 => Head::List(u32::from(marker & 15)),
            0xa0..0xc0 => Head::Text(self.raw(u64::from(marker & 31))?),
            0xc0 => Head::Null,
            0xc2 | 0xc3 => Head::Bool(marker == 0xc3),
            0xc4..=0xc6 => {
                let len = self.number(1 << (marker - 0xc4))?;
                Head::Bytes(self.raw(len)?)
            }
            0xca => Head::Float(f64::from(f32::from_bits(self.number(4)? as u32))),
            0xcb => Head::Float(f64::from_bits(self.number(8)?)),
            0xcc..=0xcf => Head::Unsigned(self.number(1 << (marker - 0xcc))?),
            0xd0..=0xd3 => {
                let len = 1 << (marker - 0xd0);
                let shift = 64 - 8 * len;
                match (self.number(len)? << shift) as i64 >> shift {
                    value @ ..0 => Head::Negative(value),
                    value => Head::Unsigned(value as u64),
                }
            }
            0xd9..=0xdb => {
                let len = self.number(1 << (marker - 0xd9))?;
                Head::Text(self.raw(len)?)
            }
            0xdc | 0xdd => Head::List(self.number(2 << (marker - 0xdc))? as u32),
            0xde | 0xdf => Head::Map(self.number(2 << (marker - 0xde))? as u32),
            0xe0.. => Head::Negative(i64::from(marker as i8)),
            // Never used, and the application's own types: none of ours.
            0xc1 | 0xc7..=0xc9 | 0xd4..=0xd8 => return Err(NotAValue),
        })
    }

    fn raw(&mut self, len: u64) -> Result<&'a [u8], NotAValue> {
        let len = usize::try_from(len).map_err(|_| NotAValue)?;
        self.bytes.raw(len).map_err(|_| NotAValue)
    }

    /// A big-endian number of so many bytes, at most eight.
    fn number(&mut self, len: u32) -> Result<u64, NotAValue> {
        let bytes = self.raw(u64::from(len))?;
        let join = |number, byte: &u8| number << 8 | u64::from(*byte);
        Ok(bytes.iter().fold(0, join))
    }
}

/// The fields of an object, all of which are there.
pub struct Fields<'a> {
    first: ValueReader<'a>,
    count: u32,
    found: u32,
}

impl<'a> Fields<'a> {
    /// The value under a name; `None` if the object has no such field.
    ///
    /// # Errors
    /// [`NotAValue`] if it is there twice.
    pub fn find(&mut self, name: &str) -> Result<Option<ValueReader<'a>>, NotAValue> {
        let mut found = None;
        let mut next = self.first.clone();
        for _ in 0..self.count {
            let key = next.text()?;
            if key == name && found.replace(next.clone()).is_some() {
                return Err(NotAValue);
            }
            next.skip()?;
        }
        self.found += u32::from(found.is_some());
        Ok(found)
    }

    /// The value of a field, or what its absence stands for.
    ///
    /// # Errors
    /// [`NotAValue`] if it is not of this type, not there, or there twice.
    pub fn read<T: Decode>(&mut self, name: &str) -> Result<T, NotAValue> {
        match self.find(name)? {
            Some(mut value) => T::decode(&mut value),
            None => T::absent().ok_or(NotAValue),
        }
    }

    /// The value of a field, or an empty one if it is not there.
    ///
    /// # Errors
    /// [`NotAValue`] if it is not of this type, or there twice.
    pub fn read_or_default<T: Decode + Default>(&mut self, name: &str) -> Result<T, NotAValue> {
        match self.find(name)? {
            Some(mut value) => T::decode(&mut value),
            None => Ok(T::default()),
        }
    }

    /// The value of a field of at most so many bytes or values.
    ///
    /// # Errors
    /// [`NotAValue`] if it is longer, not of this type, not there, or there
    /// twice.
    pub fn read_within<T: Decode + Extent>(
        &mut self,
        name: &str,
        max: usize,
    ) -> Result<T, NotAValue> {
        let value: T = self.read(name)?;
        if value.extent() > max {
            return Err(NotAValue);
        }
        Ok(value)
    }

    /// The bytes of a field.
    ///
    /// # Errors
    /// [`NotAValue`] if it is not bytes, not there, or there twice.
    pub fn read_raw(&mut self, name: &str) -> Result<Vec<u8>, NotAValue> {
        self.find(name)?.ok_or(NotAValue)?.bytes()
    }

    /// Says that every field must have been asked for.
    ///
    /// # Errors
    /// [`NotAValue`] if there is another.
    pub const fn finish(&self) -> Result<(), NotAValue> {
        if self.found == self.count {
            Ok(())
        } else {
            Err(NotAValue)
        }
    }
}
