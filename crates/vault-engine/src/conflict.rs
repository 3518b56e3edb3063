//! Revisions that lost to another one of the same record: whose they are, and
//! what becomes of their text.

use crate::catalogue::{Entry, Touched};
use crate::import::cut;
use crate::standing::Standing;
use crate::write::Writing;
use rand_core::CryptoRng;
use vault_core::{OpBody, RecordBody};
use vault_types::{Code, DeviceId, OpHeader, RecordId, limits};

/// What is appended to the title of the revision that lost.
const COPY_MARK: &str = " (conflict copy)";

/// Whether a revision takes the place of a text that this device wrote.
pub(crate) fn loses_text(entry: &Entry, header: &OpHeader, device_id: DeviceId) -> bool {
    entry.writer == device_id
        && !entry.deleted
        && header.device_id != device_id
        && Standing::of_entry(entry).yields_to(header)
}

/// Keeps what `winner` displaces as a record of its own, unless they say the
/// same.
pub(crate) fn keep_copy<R: CryptoRng>(
    writing: &mut Writing<'_, R>,
    lost: &Entry,
    winner: &OpBody,
) -> Result<Option<RecordId>, Code> {
    let Ok(body) = writing.open.open_at(lost.at) else {
        // Damaged on this disk: there is no text left to keep, and what the
        // other devices hold must still come in.
        return Ok(None);
    };
    if let OpBody::Record(winner) = winner
        && winner.title == body.title
        && winner.text == body.text
        && winner.tags == body.tags
    {
        return Ok(None);
    }
    let mut title = cut(body.title, limits::NOTE_TITLE_BYTES_MAX - COPY_MARK.len());
    title.push_str(COPY_MARK);
    let mut random = [0; 16];
    writing.rng.fill_bytes(&mut random);
    let id = RecordId::from_random(random);
    let copy = RecordBody {
        title,
        source: None,
        conflict_of: Some(lost.op_id),
        ..body
    };
    writing.write(id, copy, Touched::Edited)?;
    Ok(Some(id))
}
