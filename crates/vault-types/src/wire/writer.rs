//! Writes values in either form.

use super::{Encode, Form};
use base64ct::{Base64UrlUnpadded, Encoding};

/// Digits behind the point: enough for every fraction beside a whole part.
const PLACES: u32 = 17;

/// Appends values to a buffer.
pub struct ValueWriter {
    out: Vec<u8>,
    form: Form,
}

impl ValueWriter {
    /// An empty buffer.
    #[must_use]
    pub const fn new(form: Form) -> Self {
        Self {
            out: Vec::new(),
            form,
        }
    }

    /// An empty buffer with room for so many bytes.
    #[must_use]
    pub fn with_capacity(form: Form, len: usize) -> Self {
        Self {
            out: Vec::with_capacity(len),
            form,
        }
    }

    /// The form that is written.
    #[must_use]
    pub const fn form(&self) -> Form {
        self.form
    }

    /// What was written.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.out
    }

    /// Nothing.
    pub fn null(&mut self) {
        match self.form {
            Form::MessagePack => self.out.push(0xc0),
            Form::Json => self.json(b"null"),
        }
    }

    /// Yes or no.
    pub fn bool(&mut self, value: bool) {
        match self.form {
            Form::MessagePack => self.out.push(0xc2 | u8::from(value)),
            Form::Json if value => self.json(b"true"),
            Form::Json => self.json(b"false"),
        }
    }

    /// A whole number, in the fewest bytes.
    pub fn unsigned(&mut self, value: u64) {
        match self.form {
            Form::MessagePack if value < 0x80 => self.out.push(value as u8),
            Form::MessagePack if value <= u64::from(u32::MAX) => {
                self.sized(value as u32, [0xcc, 0xcd, 0xce]);
            }
            Form::MessagePack => {
                self.out.push(0xcf);
                self.out.extend_from_slice(&value.to_be_bytes());
            }
            Form::Json => {
                self.comma();
                self.digits(value);
            }
        }
    }

    /// A number. JSON has no word for what is not finite, and from 2⁶³ on no
    /// format of ours has a use for it: both are written as `null`.
    pub fn float(&mut self, value: f64) {
        match self.form {
            Form::MessagePack => {
                self.out.push(0xcb);
                self.out.extend_from_slice(&value.to_be_bytes());
            }
            Form::Json if value.abs() < 9_223_372_036_854_775_808.0 => {
                self.comma();
                if value < 0.0 {
                    self.out.push(b'-');
                }
                let (whole, fraction) = (value.abs() as u64, value.abs().fract());
                self.digits(whole);
                self.fraction(fraction);
            }
            Form::Json => self.null(),
        }
    }

    /// A text.
    pub fn text(&mut self, text: &str) {
        match self.form {
            Form::MessagePack => {
                let len = u32::try_from(text.len()).unwrap_or(u32::MAX);
                if len < 32 {
                    self.out.push(0xa0 | len as u8);
                } else {
                    self.sized(len, [0xd9, 0xda, 0xdb]);
                }
                self.out.extend_from_slice(text.as_bytes());
            }
            Form::Json => {
                self.comma();
                self.quoted(text);
            }
        }
    }

    /// Bytes: base64url without padding in JSON.
    pub fn bytes(&mut self, bytes: &[u8]) {
        match self.form {
            Form::MessagePack => {
                let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
                self.sized(len, [0xc4, 0xc5, 0xc6]);
                self.out.extend_from_slice(bytes);
            }
            Form::Json => self.text(&Base64UrlUnpadded::encode_string(bytes)),
        }
    }

    /// The beginning of a list of so many values; [`Self::end_list`] is due
    /// behind them.
    pub fn list(&mut self, len: usize) {
        self.begin(len, 0x90, b'[');
    }

    /// The end of a list.
    pub fn end_list(&mut self) {
        if self.form == Form::Json {
            self.out.push(b']');
        }
    }

    /// The beginning of an object of so many fields, each of them a
    /// [`Self::key`] and a value; [`Self::end_map`] is due behind them.
    pub fn map(&mut self, len: u32) {
        self.begin(len as usize, 0x80, b'{');
    }

    /// The end of an object.
    pub fn end_map(&mut self) {
        if self.form == Form::Json {
            self.out.push(b'}');
        }
    }

    /// The name of a field, its value being next.
    pub fn key(&mut self, name: &str) {
        self.text(name);
        if self.form == Form::Json {
            self.out.push(b':');
        }
    }

    /// A field of an object.
    pub fn field<T: Encode + ?Sized>(&mut self, name: &str, value: &T) {
        self.key(name);
        value.encode(self);
    }

    fn begin(&mut self, len: usize, fixed: u8, json: u8) {
        let len = u32::try_from(len).unwrap_or(u32::MAX);
        match self.form {
            Form::MessagePack if len < 16 => self.out.push(fixed | len as u8),
            Form::MessagePack => {
                // Markers for 16 and for 32 bits, none for 8.
                let marker = if fixed == 0x90 { 0xdc } else { 0xde };
                let bytes = len.to_be_bytes();
                if len < 0x1_0000 {
                    self.out.extend_from_slice(&[marker, bytes[2], bytes[3]]);
                } else {
                    self.out.push(marker + 1);
                    self.out.extend_from_slice(&bytes);
                }
            }
            Form::Json => self.json(&[json]),
        }
    }

    /// A marker for 8, 16 or 32 bits and the number behind it.
    fn sized(&mut self, value: u32, [small, middle, large]: [u8; 3]) {
        let bytes = value.to_be_bytes();
        if value < 0x100 {
            self.out.extend_from_slice(&[small, bytes[3]]);
        } else if value < 0x1_0000 {
            self.out.extend_from_slice(&[middle, bytes[2], bytes[3]]);
        } else {
            self.out.push(large);
            self.out.extend_from_slice(&bytes);
        }
    }

    fn json(&mut self, token: &[u8]) {
        self.comma();
        self.out.extend_from_slice(token);
    }

    /// A value follows another, and not the beginning of what holds it, if a
    /// value's last byte stands before it: a quote, a bracket, a digit, or a
    /// letter.
    fn comma(&mut self) {
        if !matches!(self.out.last(), None | Some(b'{' | b'[' | b':')) {
            self.out.push(b',');
        }
    }

    fn digits(&mut self, mut value: u64) {
        let mut digits = [0; 20];
        let mut at = digits.len();
        loop {
            at -= 1;
            digits[at] = b'0' + (value % 10) as u8;
            value /= 10;
            if value == 0 {
                break;
            }
        }
        self.out.extend_from_slice(&digits[at..]);
    }

    /// The digits of a number below 1, without its zeros at the end.
    fn fraction(&mut self, fraction: f64) {
        const BITS: u32 = 60;
        let mut rest = (fraction * (1_u64 << BITS) as f64) as u64;
        if rest == 0 {
            return;
        }
        self.out.push(b'.');
        for _ in 0..PLACES {
            rest *= 10;
            self.out.push(b'0' + (rest >> BITS) as u8);
            rest &= (1 << BITS) - 1;
            if rest == 0 {
                break;
            }
        }
    }

    fn quoted(&mut self, text: &str) {
        self.out.push(b'"');
        // Copied in runs: what must be escaped is rare.
        let mut run = 0;
        for (at, byte) in text.bytes().enumerate() {
            let short = match byte {
                b'"' | b'\\' => byte,
                b'\n' => b'n',
                b'\r' => b'r',
                b'\t' => b't',
                0x08 => b'b',
                0x0c => b'f',
                0..0x20 => b'u',
                _ => continue,
            };
            self.out.extend_from_slice(&text.as_bytes()[run..at]);
            self.out.extend_from_slice(&[b'\\', short]);
            if short == b'u' {
                let digit = |half: u8| b"0123456789abcdef"[usize::from(half)];
                let escaped = [b'0', b'0', digit(byte >> 4), digit(byte & 15)];
                self.out.extend_from_slice(&escaped);
            }
            run = at + 1;
        }
        self.out.extend_from_slice(&text.as_bytes()[run..]);
        self.out.push(b'"');
    }
}
