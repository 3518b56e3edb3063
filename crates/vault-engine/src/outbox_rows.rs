//! How the outbox lies on the disk: one row a pack, naming the operations of
//! that pack that the server has not acknowledged. Nothing in it is secret,
//! so that a locked device can still say, and send, what is unsent.
//!
//! ```text
//! row       = version u8 (1) ‖ count u32 ‖ operation*
//! operation = op id 16 ‖ record id 16 ‖ base op id 16 (zeros: none)
//!             ‖ offset u32 ‖ length u32
//! ```

use crate::packs::{Location, PackId};
use sync_core::Pending;
use vault_types::{DecodeError, OpId, Reader, RecordId, Writer};

const VERSION: u8 = 1;

/// An operation of the outbox and where its bytes lie.
pub(crate) type Unsent = Pending<Location>;

/// The row of one pack.
pub(crate) fn encode<'a>(unsent: impl ExactSizeIterator<Item = &'a Unsent>) -> Vec<u8> {
    let mut writer = Writer::with_capacity(5 + unsent.len() * 56);
    writer
        .u8(VERSION)
        .u32(u32::try_from(unsent.len()).unwrap_or(u32::MAX));
    for pending in unsent {
        writer
            .raw(pending.op_id.as_bytes())
            .raw(pending.record_id.as_bytes())
            .raw(pending.base.unwrap_or(OpId::NIL).as_bytes())
            .u32(pending.payload.offset)
            .u32(pending.payload.len);
    }
    writer.finish()
}

/// Reads the row of one pack.
pub(crate) fn decode(pack: PackId, bytes: &[u8]) -> Result<Vec<Unsent>, DecodeError> {
    let mut reader = Reader::new(bytes);
    if reader.u8()? != VERSION {
        return Err(DecodeError::UnknownValue);
    }
    let count = reader.u32()?;
    let mut unsent = Vec::new();
    for _ in 0..count {
        let op_id = OpId::from_bytes(reader.array()?);
        let record_id = RecordId::from_bytes(reader.array()?);
        let base = OpId::from_bytes(reader.array()?);
        let payload = Location {
            pack,
            offset: reader.u32()?,
            len: reader.u32()?,
        };
        unsent.push(Unsent {
            op_id,
            record_id,
            base: (!base.is_nil()).then_some(base),
            len: payload.len as usize,
            payload,
        });
    }
    reader.finish()?;
    Ok(unsent)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn sample() -> Vec<Unsent> {
        (0..3_u32)
            .map(|n| Unsent {
                op_id: OpId::from_bytes([n as u8 + 1; 16]),
                record_id: RecordId::from_bytes([9; 16]),
                base: (n > 0).then_some(OpId::from_bytes([n as u8; 16])),
                len: 70 + n as usize,
                payload: Location {
                    pack: PackId(4),
                    offset: n,
                    len: 70 + n,
                },
            })
            .collect()
    }

    #[test]
    fn round_trips() {
        let bytes = encode(sample().iter());
        assert_eq!(decode(PackId(4), &bytes).unwrap(), sample());
    }

    #[test]
    fn a_row_cut_anywhere_is_refused() {
        let bytes = encode(sample().iter());
        for len in 0..bytes.len() {
            assert!(decode(PackId(4), &bytes[..len]).is_err(), "{len}");
        }
    }
}
