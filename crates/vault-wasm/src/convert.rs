//! Rust values to JavaScript values and back.
//!
//! Out goes JSON text, which the browser's own parser turns into plain
//! objects, arrays and `null` that a worker can post to its page: one crossing
//! of the border a value, however many fields it has. In come commands, which
//! may hold bytes, and so are read value by value.

use js_sys::{Array, JSON, JsString, Object, Uint8Array};
use vault_engine::{Answer, Command, Failure, Notice};
use vault_types::wire::{
    DEPTH_MAX, Decode, Encode, Form, NotAValue, ValueReader, ValueWriter, to_json,
};
use vault_types::{Code, fields};
use wasm_bindgen::{JsCast, JsValue};
use zeroize::Zeroizing;

/// Beyond this a float has gaps between whole numbers.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

/// Bytes of any value beside its text: marker and length.
const HEAD_BYTES: usize = 9;

struct FailureView {
    code: &'static str,
    sentence: &'static str,
}

fields!(write FailureView { code, sentence });

fn to_js<T: Encode>(value: &T) -> Result<JsValue, Failure> {
    let json = Zeroizing::new(to_json(value));
    let text = core::str::from_utf8(&json).map_err(|_| Failure::from(Code::Internal))?;
    JSON::parse(text).map_err(|_| Failure::from(Code::Internal))
}

/// Reads a command. What holds it meanwhile is wiped: a command may hold a
/// passphrase.
pub(crate) fn command(value: &JsValue) -> Result<Command, Failure> {
    let misuse = |NotAValue| Failure::from(Code::Misuse);
    // Reserved in full: a buffer that grows leaves copies behind.
    let room = room(value, DEPTH_MAX).map_err(misuse)?;
    let mut out = ValueWriter::with_capacity(Form::MessagePack, room);
    write(value, &mut out).map_err(misuse)?;
    let packed = Zeroizing::new(out.finish());
    // Ids are texts here, as in JSON.
    let mut reader = ValueReader::new(&packed, Form::Json);
    let command = Command::decode(&mut reader).map_err(misuse)?;
    reader.finish().map_err(misuse)?;
    Ok(command)
}

/// At least as many bytes as [`write()`] will write.
fn room(value: &JsValue, depth: u8) -> Result<usize, NotAValue> {
    let depth = depth.checked_sub(1).ok_or(NotAValue)?;
    let own = if let Some(text) = value.dyn_ref::<JsString>() {
        // A UTF-16 unit is three bytes of UTF-8 at the most.
        3 * text.length() as usize
    } else if let Some(bytes) = value.dyn_ref::<Uint8Array>() {
        bytes.length() as usize
    } else {
        let values = match parts(value) {
            Some(Parts::List(values) | Parts::Map(values)) => values,
            None => Array::new(),
        };
        let rooms = values.iter().map(|value| room(&value, depth));
        rooms.sum::<Result<usize, NotAValue>>()?
    };
    Ok(own + HEAD_BYTES)
}

/// What holds other values.
enum Parts {
    List(Array),
    /// Lists of a name and a value.
    Map(Array),
}

fn parts(value: &JsValue) -> Option<Parts> {
    if Array::is_array(value) {
        value.dyn_ref::<Array>().cloned().map(Parts::List)
    } else if value.is_object() {
        value
            .dyn_ref::<Object>()
            .map(|object| Parts::Map(Object::entries(object)))
    } else {
        None
    }
}

/// Writes a value, no deeper than [`room`] went. A field that is `undefined`
/// is one that is not there.
fn write(value: &JsValue, out: &mut ValueWriter) -> Result<(), NotAValue> {
    if value.is_null() || value.is_undefined() {
        out.null();
    } else if let Some(yes) = value.as_bool() {
        out.bool(yes);
    } else if let Some(number) = value.as_f64() {
        if (0.0..=WHOLE_MAX).contains(&number) && number.fract() == 0.0 {
            out.unsigned(number as u64);
        } else {
            out.float(number);
        }
    } else if let Some(text) = value.as_string() {
        out.text(&Zeroizing::new(text));
    } else if let Some(bytes) = value.dyn_ref::<Uint8Array>() {
        out.bytes(&bytes.to_vec());
    } else {
        match parts(value).ok_or(NotAValue)? {
            Parts::List(values) => {
                out.list(values.length() as usize);
                for value in values.iter() {
                    write(&value, out)?;
                }
            }
            Parts::Map(entries) => write_map(&entries, out)?,
        }
    }
    Ok(())
}

fn write_map(entries: &Array, out: &mut ValueWriter) -> Result<(), NotAValue> {
    let given: Vec<(String, JsValue)> = entries
        .iter()
        .filter_map(|entry| {
            let entry: Array = entry.unchecked_into();
            let value = entry.get(1);
            if value.is_undefined() {
                return None;
            }
            Some((entry.get(0).as_string()?, value))
        })
        .collect();
    out.map(u32::try_from(given.len()).map_err(|_| NotAValue)?);
    for (name, value) in given {
        out.key(&name);
        write(&value, out)?;
    }
    Ok(())
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
    struct Stopped {
        name: &'static str,
    }
    fields!(write Stopped { name as "type" });
    to_js(&Stopped { name: "stopped" }).unwrap_or(JsValue::NULL)
}
