//! The macros by which a type lists its fields, names or variants.

use crate::OpaqueBytes;

/// What can be too long.
pub trait Extent {
    /// Bytes of a text or of bytes, values of a list.
    fn extent(&self) -> usize;
}

impl Extent for String {
    fn extent(&self) -> usize {
        self.len()
    }
}

impl Extent for OpaqueBytes {
    fn extent(&self) -> usize {
        self.len()
    }
}

impl<T> Extent for Vec<T> {
    fn extent(&self) -> usize {
        self.len()
    }
}

/// Lists the fields of a struct: it can then be written and read, see
/// [`crate::wire`]. `write` or `read` before the name for one of the two;
/// `strict` to refuse fields that are not listed.
///
/// A field is written as its name in Rust, or `field as "other_name"`. Behind
/// it may stand how it is treated:
///
/// * `: optional` — left out when it is `None`
/// * `: default` — empty when it is not there
/// * `: at_most(n)` — refused beyond so many bytes or values
/// * `: raw` — a `Vec<u8>` as bytes, not as a list of numbers
/// * `: text` — what derefs to a text, such as one that is wiped (`write` alone)
/// * `: flat` — its own fields stand among these
#[macro_export]
macro_rules! fields {
    (read $type:ident { $($fields:tt)* }) => {
        $crate::fields!(@read passes_over $type { $($fields)* });
    };
    (write $type:ident { $($fields:tt)* }) => {
        $crate::fields!(@write $type { $($fields)* });
    };
    (strict $type:ident { $($fields:tt)* }) => {
        $crate::fields!(@read refuses $type { $($fields)* });
        $crate::fields!(@write $type { $($fields)* });
    };
    ($type:ident { $($fields:tt)* }) => {
        $crate::fields!(@read passes_over $type { $($fields)* });
        $crate::fields!(@write $type { $($fields)* });
    };

    (@read $others:ident $type:ident {
        $($field:ident $(as $name:literal)? $(: $how:ident $(($arg:expr))?)?),* $(,)?
    }) => {
        impl $crate::wire::DecodeFields for $type {
            fn decode_fields(
                fields: &mut $crate::wire::Fields<'_>,
            ) -> Result<Self, $crate::wire::NotAValue> {
                Ok(Self {
                    $($field: $crate::field!(
                        @read fields, $crate::field!(@name $field $($name)?) $(, $how $(($arg))?)?
                    ),)*
                })
            }
        }

        impl $crate::wire::Decode for $type {
            fn decode(
                from: &mut $crate::wire::ValueReader<'_>,
            ) -> Result<Self, $crate::wire::NotAValue> {
                let mut fields = from.map()?;
                let value = $crate::wire::DecodeFields::decode_fields(&mut fields)?;
                $crate::fields!(@$others fields);
                Ok(value)
            }
        }
    };
    (@refuses $fields:ident) => { $fields.finish()?; };
    (@passes_over $fields:ident) => {};

    (@write $type:ident {
        $($field:ident $(as $name:literal)? $(: $how:ident $(($arg:expr))?)?),* $(,)?
    }) => {
        impl $crate::wire::EncodeFields for $type {
            fn field_count(&self) -> u32 {
                let Self { $($field),* } = self;
                0 $(+ $crate::field!(@count $field $(, $how)?))*
            }

            fn encode_fields(&self, out: &mut $crate::wire::ValueWriter) {
                let Self { $($field),* } = self;
                $($crate::field!(
                    @write out, $field, $crate::field!(@name $field $($name)?) $(, $how)?
                );)*
            }
        }

        impl $crate::wire::Encode for $type {
            fn encode(&self, out: &mut $crate::wire::ValueWriter) {
                use $crate::wire::EncodeFields;
                out.map(self.field_count());
                self.encode_fields(out);
                out.end_map();
            }
        }
    };
}

/// One field, for [`fields!`] and [`variants!`].
#[doc(hidden)]
#[macro_export]
macro_rules! field {
    (@name $field:ident) => {
        stringify!($field)
    };
    (@name $field:ident $name:literal) => {
        $name
    };

    (@read $fields:ident, $name:expr) => {
        $fields.read($name)?
    };
    (@read $fields:ident, $name:expr, optional) => {
        $fields.read($name)?
    };
    (@read $fields:ident, $name:expr, default) => {
        $fields.read_or_default($name)?
    };
    (@read $fields:ident, $name:expr, at_most($max:expr)) => {
        $fields.read_within($name, $max)?
    };
    (@read $fields:ident, $name:expr, flat) => {
        $crate::wire::DecodeFields::decode_fields($fields)?
    };
    (@read $fields:ident, $name:expr, raw) => {
        $fields.read_raw($name)?
    };

    (@count $field:ident) => {{
        let _ = $field;
        1
    }};
    (@count $field:ident, optional) => {
        u32::from($field.is_some())
    };
    (@count $field:ident, flat) => {
        $crate::wire::EncodeFields::field_count($field)
    };
    (@count $field:ident, $how:ident) => {{
        let _ = $field;
        1
    }};

    (@write $out:ident, $field:ident, $name:expr, optional) => {
        if $field.is_some() {
            $out.field($name, $field);
        }
    };
    (@write $out:ident, $field:ident, $name:expr, flat) => {
        $crate::wire::EncodeFields::encode_fields($field, $out)
    };
    (@write $out:ident, $field:ident, $name:expr, text) => {{
        $out.key($name);
        $out.text($field);
    }};
    (@write $out:ident, $field:ident, $name:expr, raw) => {{
        $out.key($name);
        $out.bytes($field);
    }};
    (@write $out:ident, $field:ident, $name:expr $(, $how:ident)?) => {
        $out.field($name, $field)
    };
}

/// Lists the names of an enum without fields: it is a text.
#[macro_export]
macro_rules! names {
    ($type:ident { $($variant:ident = $name:literal),* $(,)? }) => {
        impl $crate::wire::Encode for $type {
            fn encode(&self, out: &mut $crate::wire::ValueWriter) {
                out.text(match self { $(Self::$variant => $name,)* });
            }
        }

        impl $crate::wire::Decode for $type {
            fn decode(
                from: &mut $crate::wire::ValueReader<'_>,
            ) -> Result<Self, $crate::wire::NotAValue> {
                match from.text()? {
                    $($name => Ok(Self::$variant),)*
                    _ => Err($crate::wire::NotAValue),
                }
            }
        }
    };
}

/// Lists the variants of an enum whose name is a field among the others of an
/// object: `variants!(read Command by "type" { Open = "open" { id } })`.
///
/// Fields are listed as in [`fields!`]. `Name(value) = "name"` is a variant
/// whose value's own fields stand beside the name.
#[macro_export]
macro_rules! variants {
    (read $type:ident by $tag:literal {
        $($variant:ident $(($flat:ident))? = $name:literal $({
            $($field:ident $(as $as:literal)? $(: $how:ident $(($arg:expr))?)?),* $(,)?
        })?),* $(,)?
    }) => {
        #[allow(dead_code, unreachable_pub, reason = "not every enum is public, or asked")]
        impl $type {
            /// The name of every variant.
            pub const NAMES: &'static [&'static str] = &[$($name),*];
        }

        impl $crate::wire::Decode for $type {
            fn decode(
                from: &mut $crate::wire::ValueReader<'_>,
            ) -> Result<Self, $crate::wire::NotAValue> {
                let fields = &mut from.map()?;
                let mut tag = fields.find($tag)?.ok_or($crate::wire::NotAValue)?;
                match tag.text()? {
                    $($name => Ok(Self::$variant $(($crate::field!(@read fields, $flat, flat)))? $({
                        $($field: $crate::field!(
                            @read fields, $crate::field!(@name $field $($as)?) $(, $how $(($arg))?)?
                        ),)*
                    })?),)*
                    _ => Err($crate::wire::NotAValue),
                }
            }
        }
    };
    (write $type:ident by $tag:literal {
        $($variant:ident $(($flat:ident))? = $name:literal $({
            $($field:ident $(as $as:literal)? $(: $how:ident)?),* $(,)?
        })?),* $(,)?
    }) => {
        impl $crate::wire::Encode for $type {
            fn encode(&self, out: &mut $crate::wire::ValueWriter) {
                match self {
                    $(Self::$variant $(($flat))? $({ $($field),* })? => {
                        let count = 1
                            $(+ $crate::wire::EncodeFields::field_count($flat))?
                            $($(+ $crate::field!(@count $field $(, $how)?))*)?;
                        out.map(count);
                        out.field($tag, $name);
                        $($crate::wire::EncodeFields::encode_fields($flat, out);)?
                        $($($crate::field!(
                            @write out, $field, $crate::field!(@name $field $($as)?) $(, $how)?
                        );)*)?
                    })*
                }
                out.end_map();
            }
        }
    };
}
