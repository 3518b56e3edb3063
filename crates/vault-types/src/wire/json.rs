//! JSON text (RFC 8259) as MessagePack, so that one reader reads both.

use super::{DEPTH_MAX, Form, NotAValue, ValueWriter};

/// Turns a text into MessagePack; bytes and ids stay the texts that they are.
pub(super) fn to_message_pack(text: &[u8]) -> Result<Vec<u8>, NotAValue> {
    // Slices below begin and end at ASCII, so none cuts a character.
    let text = core::str::from_utf8(text).map_err(|_| NotAValue)?;
    let mut parser = Parser {
        text: text.as_bytes(),
        at: 0,
        out: Vec::with_capacity(text.len()),
    };
    parser.value(DEPTH_MAX)?;
    if parser.peek().is_some() {
        return Err(NotAValue);
    }
    Ok(parser.out)
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    out: Vec<u8>,
}

impl Parser<'_> {
    /// The next byte that is no white space, which stays where it is.
    fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.text.get(self.at) {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Result<u8, NotAValue> {
        let byte = self.text.get(self.at).ok_or(NotAValue)?;
        self.at += 1;
        Ok(*byte)
    }

    fn value(&mut self, depth: u8) -> Result<(), NotAValue> {
        match self.peek().ok_or(NotAValue)? {
            b'n' => self.word(b"null", 0xc0),
            b'f' => self.word(b"false", 0xc2),
            b't' => self.word(b"true", 0xc3),
            b'"' => self.string(),
            b'[' => self.several(depth, b']', 0xdd),
            b'{' => self.several(depth, b'}', 0xdf),
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &[u8], marker: u8) -> Result<(), NotAValue> {
        if !self.text[self.at..].starts_with(word) {
            return Err(NotAValue);
        }
        self.at += word.len();
        self.out.push(marker);
        Ok(())
    }

    /// A list or an object.
    fn several(&mut self, depth: u8, end: u8, marker: u8) -> Result<(), NotAValue> {
        let depth = depth.checked_sub(1).ok_or(NotAValue)?;
        self.at += 1;
        self.out.push(marker);
        let count_at = self.out.len();
        self.out.extend_from_slice(&[0; 4]);
        let mut count: u32 = 0;
        if self.peek() == Some(end) {
            self.at += 1;
        } else {
            loop {
                if end == b'}' {
                    if self.peek() != Some(b'"') {
                        return Err(NotAValue);
                    }
                    self.string()?;
                    if self.peek() != Some(b':') {
                        return Err(NotAValue);
                    }
                    self.at += 1;
                }
                self.value(depth)?;
                count += 1;
                let separator = self.peek();
                self.at += 1;
                match separator {
                    Some(b',') => {}
                    Some(byte) if byte == end => break,
                    _ => return Err(NotAValue),
                }
            }
        }
        self.out[count_at..count_at + 4].copy_from_slice(&count.to_be_bytes());
        Ok(())
    }

    fn string(&mut self) -> Result<(), NotAValue> {
        self.at += 1;
        self.out.push(0xdb);
        let len_at = self.out.len();
        self.out.extend_from_slice(&[0; 4]);
        loop {
            match self.next()? {
                b'"' => break,
                b'\\' => self.escape()?,
                ..0x20 => return Err(NotAValue),
                byte => self.out.push(byte),
            }
        }
        let len = (self.out.len() - len_at - 4) as u32;
        self.out[len_at..len_at + 4].copy_from_slice(&len.to_be_bytes());
        Ok(())
    }

    fn escape(&mut self) -> Result<(), NotAValue> {
        let byte = match self.next()? {
            byte @ (b'"' | b'\\' | b'/') => byte,
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let mut buffer = [0; 4];
                let character = self.code_point()?.encode_utf8(&mut buffer);
                self.out.extend_from_slice(character.as_bytes());
                return Ok(());
            }
            _ => return Err(NotAValue),
        };
        self.out.push(byte);
        Ok(())
    }

    /// Behind `\u`: one UTF-16 unit, or two that make a pair.
    fn code_point(&mut self) -> Result<char, NotAValue> {
        let first = self.unit()?;
        let code = if (0xd800..0xdc00).contains(&first) {
            if self.next()? != b'\\' || self.next()? != b'u' {
                return Err(NotAValue);
            }
            let second = self.unit()?;
            if !(0xdc00..0xe000).contains(&second) {
                return Err(NotAValue);
            }
            0x1_0000 + ((first & 0x3ff) << 10 | second & 0x3ff)
        } else {
            first
        };
        char::from_u32(code).ok_or(NotAValue)
    }

    fn unit(&mut self) -> Result<u32, NotAValue> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = char::from(self.next()?).to_digit(16);
            unit = unit << 4 | digit.ok_or(NotAValue)?;
        }
        Ok(unit)
    }

    /// A number. One that is no integer, or too great, is written as a float
    /// that is no number: nothing that asks for an integer takes it.
    fn number(&mut self) -> Result<(), NotAValue> {
        let negative = self.text.get(self.at) == Some(&b'-');
        self.at += usize::from(negative);
        let start = self.at;
        let whole = self.digits()?;
        if self.text[start] == b'0' && self.at - start > 1 {
            return Err(NotAValue);
        }
        let mut integer = !negative || whole == Some(0);
        if self.text.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
            integer = false;
        }
        if let Some(b'e' | b'E') = self.text.get(self.at) {
            self.at += 1;
            if let Some(b'+' | b'-') = self.text.get(self.at) {
                self.at += 1;
            }
            self.digits()?;
            integer = false;
        }
        let mut out = ValueWriter::new(Form::MessagePack);
        match whole.filter(|_| integer) {
            Some(whole) => out.unsigned(whole),
            None => out.float(f64::NAN),
        }
        self.out.extend_from_slice(&out.finish());
        Ok(())
    }

    /// One digit at least; `None` if they are beyond 64 bits.
    fn digits(&mut self) -> Result<Option<u64>, NotAValue> {
        let start = self.at;
        let mut value = Some(0_u64);
        while let Some(digit @ b'0'..=b'9') = self.text.get(self.at) {
            let digit = u64::from(digit - b'0');
            value = value.and_then(|value| value.checked_mul(10)?.checked_add(digit));
            self.at += 1;
        }
        if self.at == start {
            return Err(NotAValue);
        }
        Ok(value)
    }
}
