//! The operation: one revision of one record, as it is stored and sent.
//!
//! ```text
//! offset size
//!      0    1  version, 1
//!      1    1  flags: bit 0 deleted, bit 1 standard (readable by the server)
//!      2    1  kind of a standard record, 0 for a private one
//!      3    1  reserved, 0
//!      4    2  crypto policy version, 0 for a standard record
//!      6    4  key epoch, 0 for a standard record
//!     10   16  op id
//!     26   16  record id
//!     42   16  device id
//!     58   16  op id of the revision this one was made from, zeros if none
//!     74    8  stamp, Unix milliseconds
//!     82    2  stamp, counter
//!     84    8  cursor that the author had seen
//!     92   32  history hash that the author had seen
//!    124       sealed body, to the end
//! ```
//! Numbers are big-endian. The 124 bytes of the header are associated data of
//! the sealed body: changing one bit of them makes the body unreadable.

use crate::{
    Cursor, DecodeError, DeviceId, Epoch, HistoryHash, Kind, OpId, PolicyVersion, PrivacyMode,
    Reader, RecordId, SealedBytes, Seen, Stamp, Writer, limits,
};
use core::fmt;

const VERSION: u8 = 1;
const FLAG_DELETED: u8 = 1;
const FLAG_STANDARD: u8 = 2;

/// Bytes that are no operation of a version known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpParseError {
    /// Made by a newer version of Lockstep: update this device.
    NewerVersion {
        /// The version found.
        version: u8,
    },
    /// Not an operation.
    Malformed(DecodeError),
    /// Longer than [`limits::OP_BYTES_MAX`].
    TooLong,
}

impl From<DecodeError> for OpParseError {
    fn from(error: DecodeError) -> Self {
        Self::Malformed(error)
    }
}

impl fmt::Display for OpParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NewerVersion { version } => write!(f, "operation of newer version {version}"),
            Self::Malformed(error) => write!(f, "not an operation: {error}"),
            Self::TooLong => f.write_str("the operation is longer than allowed"),
        }
    }
}

impl core::error::Error for OpParseError {}

/// Everything about an operation that its author vouches for and the server
/// may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpHeader {
    /// This operation.
    pub op_id: OpId,
    /// The record that it revises.
    pub record_id: RecordId,
    /// The device that made it.
    pub device_id: DeviceId,
    /// The revision that its author edited; `None` for the first.
    pub base: Option<OpId>,
    /// Whether the record ends with it.
    pub deleted: bool,
    /// `None` for a private record, whose kind is sealed.
    pub standard_kind: Option<Kind>,
    /// The policy under which the body is sealed.
    pub policy: PolicyVersion,
    /// The vault key under which the body is sealed.
    pub epoch: Epoch,
    /// When it was made.
    pub stamp: Stamp,
    /// What its author had seen.
    pub seen: Seen,
}

impl OpHeader {
    /// Length of the encoded header in bytes.
    pub const LEN: usize = 124;

    /// Who may read the record.
    #[must_use]
    pub const fn privacy_mode(&self) -> PrivacyMode {
        if self.standard_kind.is_some() {
            PrivacyMode::Standard
        } else {
            PrivacyMode::Private
        }
    }

    /// The canonical bytes.
    #[must_use]
    pub fn encode(&self) -> [u8; Self::LEN] {
        let mut flags = 0;
        if self.deleted {
            flags |= FLAG_DELETED;
        }
        if self.standard_kind.is_some() {
            flags |= FLAG_STANDARD;
        }
        let mut writer = Writer::with_capacity(Self::LEN);
        writer
            .u8(VERSION)
            .u8(flags)
            .u8(self.standard_kind.map_or(0, Kind::number))
            .u8(0)
            .u16(self.policy.0)
            .u32(self.epoch.0)
            .raw(self.op_id.as_bytes())
            .raw(self.record_id.as_bytes())
            .raw(self.device_id.as_bytes())
            .raw(self.base.unwrap_or(OpId::NIL).as_bytes())
            .u64(self.stamp.wall_ms)
            .u16(self.stamp.counter)
            .u64(self.seen.cursor.0)
            .raw(self.seen.hash.as_bytes());
        let mut header = [0; Self::LEN];
        header.copy_from_slice(&writer.finish());
        header
    }

    /// Reads the header of an encoded operation.
    ///
    /// # Errors
    /// [`OpParseError`]: of a newer version, or malformed.
    pub fn parse(op: &[u8]) -> Result<Self, OpParseError> {
        Self::read(&mut Reader::new(op))
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, OpParseError> {
        let version = reader.u8()?;
        if version > VERSION {
            return Err(OpParseError::NewerVersion { version });
        }
        let flags = reader.u8()?;
        let kind = reader.u8()?;
        let reserved = reader.u8()?;
        let known =
            version == VERSION && flags & !(FLAG_DELETED | FLAG_STANDARD) == 0 && reserved == 0;
        if !known {
            return Err(DecodeError::UnknownValue.into());
        }
        let standard_kind = match (flags & FLAG_STANDARD != 0, kind) {
            (false, 0) => None,
            (false, _) => return Err(DecodeError::UnknownValue.into()),
            (true, kind) => Some(Kind::from_number(kind).ok_or(DecodeError::UnknownValue)?),
        };
        let policy = PolicyVersion(reader.u16()?);
        let epoch = Epoch(reader.u32()?);
        let op_id = OpId::from_bytes(reader.array()?);
        let record_id = RecordId::from_bytes(reader.array()?);
        let device_id = DeviceId::from_bytes(reader.array()?);
        let base = OpId::from_bytes(reader.array()?);
        let stamp = Stamp {
            wall_ms: reader.u64()?,
            counter: reader.u16()?,
        };
        let seen = Seen {
            cursor: Cursor(reader.u64()?),
            hash: HistoryHash::from_bytes(reader.array()?),
        };
        Ok(Self {
            op_id,
            record_id,
            device_id,
            base: (!base.is_nil()).then_some(base),
            deleted: flags & FLAG_DELETED != 0,
            standard_kind,
            policy,
            epoch,
            stamp,
            seen,
        })
    }
}

/// An operation: its header and its sealed body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Op {
    /// What the server may read.
    pub header: OpHeader,
    /// What only the vault's devices can open.
    pub body: SealedBytes,
}

impl Op {
    /// The operation's bytes, as stored, sent and hashed.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(OpHeader::LEN + self.body.len());
        bytes.extend_from_slice(&self.header.encode());
        bytes.extend_from_slice(self.body.as_slice());
        bytes
    }

    /// Reads an operation. Says nothing about whether its body opens.
    ///
    /// # Errors
    /// [`OpParseError`]: too long, of a newer version, or malformed.
    pub fn parse(bytes: &[u8]) -> Result<Self, OpParseError> {
        if bytes.len() > limits::OP_BYTES_MAX {
            return Err(OpParseError::TooLong);
        }
        let mut reader = Reader::new(bytes);
        let header = OpHeader::read(&mut reader)?;
        Ok(Self {
            header,
            body: SealedBytes::new(reader.rest().to_vec()),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn sample() -> Op {
        Op {
            header: OpHeader {
                op_id: OpId::from_parts(1_700_000_000_000, [1; 10]),
                record_id: RecordId::from_random([2; 16]),
                device_id: DeviceId::from_random([3; 16]),
                base: Some(OpId::from_parts(1_600_000_000_000, [4; 10])),
                deleted: true,
                standard_kind: None,
                policy: PolicyVersion(1),
                epoch: Epoch(1),
                stamp: Stamp {
                    wall_ms: 1_700_000_000_000,
                    counter: 7,
                },
                seen: Seen {
                    cursor: Cursor(9),
                    hash: HistoryHash::from_bytes([5; 32]),
                },
            },
            body: SealedBytes::new(vec![6; 40]),
        }
    }

    proptest! {
        #[test]
        fn whatever_parses_encodes_to_the_same_bytes(mut bytes in proptest::collection::vec(any::<u8>(), 124..200)) {
            bytes[0] = 1;
            bytes[1] &= 3;
            bytes[2] = if bytes[1] & 2 == 0 { 0 } else { 1 + bytes[2] % 3 };
            bytes[3] = 0;
            let op = Op::parse(&bytes).unwrap();
            prop_assert_eq!(op.encode(), bytes);
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            let _ = Op::parse(&bytes);
        }
    }

    #[test]
    fn round_trips() {
        assert_eq!(Op::parse(&sample().encode()).unwrap(), sample());
    }

    #[test]
    fn rejects_a_header_cut_anywhere() {
        let bytes = sample().encode();
        for len in 0..OpHeader::LEN {
            assert_eq!(
                Op::parse(&bytes[..len]),
                Err(OpParseError::Malformed(DecodeError::Truncated)),
                "{len}"
            );
        }
    }

    #[test]
    fn names_a_newer_version() {
        let mut bytes = sample().encode();
        bytes[0] = 2;
        assert_eq!(
            Op::parse(&bytes),
            Err(OpParseError::NewerVersion { version: 2 })
        );
    }

    #[test]
    fn rejects_an_operation_beyond_the_limit() {
        let bytes = vec![1; limits::OP_BYTES_MAX + 1];
        assert_eq!(Op::parse(&bytes), Err(OpParseError::TooLong));
    }

    #[test]
    fn rejects_a_kind_on_a_private_record() {
        let mut bytes = sample().encode();
        bytes[2] = 1;
        assert!(Op::parse(&bytes).is_err());
    }
}
