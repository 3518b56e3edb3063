//! The codec against serde's, and against bytes that nobody wrote.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use crate::{DeviceId, OpaqueBytes};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

/// Everything that a message can hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Sample {
    small: u8,
    number: u64,
    #[serde(rename = "type")]
    name: String,
    yes: bool,
    id: DeviceId,
    bytes: OpaqueBytes,
    maybe: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    left_out: Option<u16>,
    #[serde(default)]
    list: Vec<Inner>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Inner {
    text: String,
}

crate::fields!(Sample {
    small,
    number,
    name as "type",
    yes,
    id,
    bytes,
    maybe,
    left_out: optional,
    list: default,
});
crate::fields!(Inner { text });

#[derive(Debug, PartialEq)]
struct Strict {
    text: String,
}
crate::fields!(strict Strict { text: at_most(3) });

#[derive(Debug, PartialEq)]
struct Outer {
    inner: Inner,
    last: u8,
}
crate::fields!(Outer { inner: flat, last });

#[derive(Debug, PartialEq)]
enum Ask {
    Nothing,
    Some { text: String, raw: Vec<u8> },
}
crate::variants!(read Ask by "type" { Nothing = "nothing", Some = "some" { text, raw: raw } });

enum Tell {
    Nothing,
    Flat(Inner),
    Some { text: String },
}
crate::variants!(write Tell by "type" {
    Nothing = "nothing",
    Flat(inner) = "flat",
    Some = "some" { text },
});

prop_compose! {
    fn samples()(
        small: u8, number: u64, name: String, yes: bool, id: [u8; 16],
        bytes in vec(any::<u8>(), 0..300), maybe: Option<u32>, left_out: Option<u16>,
        list in vec(any::<String>(), 0..20),
    ) -> Sample {
        Sample {
            small, number, name, yes,
            id: DeviceId::from_bytes(id),
            bytes: OpaqueBytes::new(bytes),
            maybe, left_out,
            list: list.into_iter().map(|text| Inner { text }).collect(),
        }
    }
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<u64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        any::<String>().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Into::into),
            proptest::collection::hash_map(any::<String>(), inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn message_pack_is_what_serde_writes_and_reads(sample in samples()) {
        let ours = to_message_pack(&sample);
        prop_assert_eq!(&ours, &rmp_serde::to_vec_named(&sample).unwrap());
        prop_assert_eq!(from_message_pack::<Sample>(&ours), Ok(sample));
    }

    #[test]
    fn json_is_what_serde_writes_and_reads(sample in samples()) {
        let ours = to_json(&sample);
        prop_assert_eq!(&ours, &serde_json::to_vec(&sample).unwrap());
        prop_assert_eq!(from_json::<Sample>(&ours), Ok(sample.clone()));
        let spread = serde_json::to_vec_pretty(&sample).unwrap();
        prop_assert_eq!(from_json::<Sample>(&spread), Ok(sample));
    }

    #[test]
    fn json_of_any_shape_is_accepted_where_serde_accepts_it(value in any_json()) {
        let text = serde_json::to_vec(&serde_json::json!({"text": "t", "new": value})).unwrap();
        prop_assert_eq!(from_json::<Inner>(&text).unwrap().text, "t");
    }

    #[test]
    fn texts_that_are_no_json_are_refused_as_serde_refuses_them(
        text in r#"[\[\]{}:,"\\u0-9a-f.eE+ truefalsn\u{e9}-]{0,24}"#
    ) {
        let serde = serde_json::from_str::<serde_json::Value>(&text);
        // serde refuses a number beyond a float's range, which is valid JSON.
        if !serde.as_ref().is_err_and(|error| error.to_string().contains("out of range")) {
            prop_assert_eq!(json::to_message_pack(text.as_bytes()).is_ok(), serde.is_ok());
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in vec(any::<u8>(), 0..200)) {
        let _ = from_message_pack::<Sample>(&bytes);
        let _ = from_json::<Sample>(&bytes);
        let _ = from_message_pack::<Ask>(&bytes);
        let _ = from_message_pack::<Vec<Vec<f64>>>(&bytes);
    }

    #[test]
    fn changed_bytes_are_refused_or_read_as_serde_reads_them(
        sample in samples(), at: prop::sample::Index, value: u8
    ) {
        let mut bytes = to_message_pack(&sample);
        let at = at.index(bytes.len());
        bytes[at] = value;
        if let Ok(read) = from_message_pack::<Sample>(&bytes) {
            prop_assert_eq!(rmp_serde::from_slice::<Sample>(&bytes).unwrap(), read);
        }
    }

    #[test]
    fn a_value_cut_short_is_refused(sample in samples()) {
        let packed = to_message_pack(&sample);
        let text = to_json(&sample);
        for len in 0..packed.len() {
            prop_assert!(from_message_pack::<Sample>(&packed[..len]).is_err());
        }
        for len in 0..text.len() {
            prop_assert!(from_json::<Sample>(&text[..len]).is_err());
        }
    }

    #[test]
    fn whole_numbers_are_read_whatever_their_width(number: u64, narrow in option::of(any::<u32>())) {
        let number = narrow.map_or(number, u64::from);
        let wide = [&[0xcf][..], &number.to_be_bytes()].concat();
        prop_assert_eq!(from_message_pack::<u64>(&wide), Ok(number));
        prop_assert_eq!(from_message_pack::<f64>(&wide), Ok(number as f64));
        let signed = [&[0xd3][..], &number.to_be_bytes()].concat();
        let expected = Some(number as i64).filter(|signed| *signed >= 0);
        prop_assert_eq!(from_message_pack::<u64>(&signed).ok(), expected.map(|n| n as u64));
    }

    #[test]
    fn floats_in_json_come_back(value in prop_oneof![
        -1e15..1e15_f64, any::<f32>().prop_map(f64::from), (0_u64..1 << 50).prop_map(|n| n as f64)
    ]) {
        let text = String::from_utf8(to_json(&value)).unwrap();
        match serde_json::from_str::<Option<f64>>(&text).unwrap() {
            Some(read) => prop_assert!((read - value).abs() <= value.abs() * 1e-15 + 1e-17, "{text}"),
            None => prop_assert!(!value.is_finite() || value.abs() >= 2_f64.powi(63)),
        }
    }
}

#[test]
fn times_are_written_as_whole_numbers() {
    assert_eq!(to_json(&1_714_521_600_000.0), b"1714521600000");
    assert_eq!(to_json(&-0.5), b"-0.5");
    assert_eq!(to_json(&0.1_f32), b"0.10000000149011611");
    assert_eq!(to_json(&f64::NAN), b"null");
    assert_eq!(to_json(&1e300), b"null");
    assert_eq!(to_message_pack(&0.5), [0xcb, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn long_lists_and_objects_have_long_markers() {
    for len in [15_usize, 16, 255, 256, 65_535, 65_536] {
        let list = vec![false; len];
        let packed = to_message_pack(&list);
        assert_eq!(packed, rmp_serde::to_vec_named(&list).unwrap());
        assert_eq!(from_message_pack::<Vec<bool>>(&packed).unwrap(), list);
    }
    let mut out = ValueWriter::new(Form::MessagePack);
    out.map(16);
    assert_eq!(out.finish(), [0xde, 0, 16]);
}

#[test]
fn long_texts_and_bytes_have_long_markers() {
    for len in [31_usize, 32, 255, 256, 65_535, 65_536] {
        let text = "x".repeat(len);
        let packed = to_message_pack(&text);
        assert_eq!(packed, rmp_serde::to_vec_named(&text).unwrap());
        assert_eq!(from_message_pack::<String>(&packed).unwrap(), text);
        let bytes = OpaqueBytes::new(vec![7; len]);
        let packed = to_message_pack(&bytes);
        assert_eq!(packed, rmp_serde::to_vec_named(&bytes).unwrap());
        assert_eq!(from_message_pack::<OpaqueBytes>(&packed).unwrap(), bytes);
    }
}

#[test]
fn a_field_that_is_there_twice_is_refused() {
    assert!(from_json::<Inner>(br#"{"text":"a"}"#).is_ok());
    assert!(from_json::<Inner>(br#"{"text":"a","text":"a"}"#).is_err());
}

#[test]
fn a_strict_type_refuses_what_it_does_not_know_or_what_is_too_long() {
    assert!(from_json::<Strict>(br#"{"text":"abc"}"#).is_ok());
    assert!(from_json::<Strict>(br#"{"text":"abc","more":0}"#).is_err());
    assert!(from_json::<Strict>(br#"{"text":"abcd"}"#).is_err());
    assert!(from_json::<Strict>(b"{}").is_err());
}

#[test]
fn bytes_are_bytes_in_message_pack_and_text_in_json() {
    let as_text = to_message_pack("AAAA");
    assert!(from_message_pack::<OpaqueBytes>(&as_text).is_err());
    assert!(from_json::<OpaqueBytes>(b"\"AAAA\"").is_ok());
    assert!(from_json::<OpaqueBytes>(b"\"AAAA=\"").is_err());
    assert!(from_json::<OpaqueBytes>(b"[1]").is_err());
}

#[test]
fn nesting_and_fields_have_an_end() {
    let nested = |depth: usize| ["[".repeat(depth), "]".repeat(depth)].concat();
    let inside = |depth| format!(r#"{{"text":"t","new":{}}}"#, nested(depth));
    let depth = usize::from(DEPTH_MAX) - 1;
    assert!(from_json::<Inner>(inside(depth).as_bytes()).is_ok());
    assert!(from_json::<Inner>(inside(depth + 1).as_bytes()).is_err());
    let packed = [&[0x81, 0xa1, b'x'][..], &vec![0x91; 100_000], &[0xc0]].concat();
    assert!(from_message_pack::<Inner>(&packed).is_err());
    let many = |count: u32| {
        let more: String = (1..count).map(|n| format!(r#","{n}":0"#)).collect();
        format!(r#"{{"text":"t"{more}}}"#)
    };
    assert!(from_json::<Inner>(many(FIELDS_MAX).as_bytes()).is_ok());
    assert!(from_json::<Inner>(many(FIELDS_MAX + 1).as_bytes()).is_err());
}

#[test]
fn a_length_that_lies_allocates_nothing() {
    for marker in [0xc6, 0xdb, 0xdd] {
        let bytes = [marker, 255, 255, 255, 255, 0];
        assert!(from_message_pack::<OpaqueBytes>(&bytes).is_err());
        assert!(from_message_pack::<String>(&bytes).is_err());
        assert!(from_message_pack::<Vec<OpaqueBytes>>(&bytes).is_err());
    }
}

#[test]
fn variants_are_told_by_their_tag_wherever_it_stands() {
    assert_eq!(from_json(br#"{"type":"nothing"}"#), Ok(Ask::Nothing));
    let some = Ask::Some {
        text: String::from("t"),
        raw: vec![0],
    };
    assert_eq!(
        from_json(br#"{"text":"t","raw":"AA","type":"some"}"#),
        Ok(some)
    );
    assert!(from_json::<Ask>(br#"{"type":"other"}"#).is_err());
    assert!(from_json::<Ask>(br#"{"text":"t","raw":"AA"}"#).is_err());
    let text = || String::from("t");
    assert_eq!(to_json(&Tell::Nothing), br#"{"type":"nothing"}"#);
    assert_eq!(
        to_json(&Tell::Flat(Inner { text: text() })),
        br#"{"type":"flat","text":"t"}"#
    );
    assert_eq!(
        to_json(&Tell::Some { text: text() }),
        br#"{"type":"some","text":"t"}"#
    );
    let outer = Outer {
        inner: Inner { text: text() },
        last: 1,
    };
    assert_eq!(to_json(&outer), br#"{"text":"t","last":1}"#);
    assert_eq!(from_json(br#"{"last":1,"text":"t"}"#), Ok(outer));
}
