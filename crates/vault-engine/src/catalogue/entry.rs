//! One entry of the catalogue: what lists, search and sync need to know of a
//! record without opening it.

use crate::packs::Location;
use search_index::DocNumber;
use vault_core::RecordBody;
use vault_types::{
    DecodeError, DeviceId, Epoch, Kind, OpHeader, OpId, PolicyVersion, Reader, RecordId, Stamp,
    Writer, limits,
};

const DELETED: u8 = 1;
const PRISTINE: u8 = 2;
const CONFLICT_COPY: u8 = 4;
const HAS_SOURCE: u8 = 8;
const HAS_BEFORE_DELETE: u8 = 16;
const HAS_TWINS: u8 = 32;
const ADRIFT: u8 = 128;

/// Letters of the text that a list shows.
const PREVIEW_CHARS_MAX: usize = 140;
/// The preview in bytes: no letter is longer than four.
const PREVIEW_BYTES_MAX: usize = PREVIEW_CHARS_MAX * 4;

/// Twins that an entry remembers. One more comes with each rotation of the
/// vault key and each device that seals anew at the same time; the oldest are
/// forgotten, and an edit made from one of those then leaves a needless copy.
pub(crate) const TWINS_MAX: usize = 16;

/// Whether a record is as its import left it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Touched {
    /// Nobody changed it since.
    Pristine,
    /// Somebody did, or it was never imported.
    Edited,
}

/// What the device knows of a record without opening it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: RecordId,
    pub(crate) kind: Kind,
    pub(crate) title: String,
    pub(crate) preview: String,
    pub(crate) tags: Vec<String>,
    pub(crate) created_ms: u64,
    pub(crate) updated_ms: u64,
    /// The revision that stands.
    pub(crate) op_id: OpId,
    pub(crate) author: DeviceId,
    pub(crate) stamp: Stamp,
    pub(crate) at: Location,
    /// The number under which the search index knows this revision.
    pub(crate) doc: DocNumber,
    pub(crate) deleted: bool,
    pub(crate) touched: Touched,
    pub(crate) conflict_copy: bool,
    /// Keyed hash of the file that it was imported from.
    pub(crate) source_mark: Option<u64>,
    /// The revision before its deletion, while that can be undone.
    pub(crate) before_delete: Option<Location>,
    /// The policy and the epoch that the revision is sealed under.
    pub(crate) sealed: Sealed,
    /// Operations that say the same as the one that stands, sealed under
    /// another epoch or policy: what was made from one of them was made from
    /// this.
    pub(crate) twins: Vec<OpId>,
    /// Who wrote what it says: the author of the first of the twins.
    pub(crate) writer: DeviceId,
    /// Whether the history that this device follows is not known to hold the
    /// revision that stands.
    pub(crate) adrift: bool,
}

/// What a revision is sealed under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sealed {
    pub(crate) policy: PolicyVersion,
    pub(crate) epoch: Epoch,
}

impl Sealed {
    /// What every revision on a page of the first version was sealed under.
    const FIRST: Self = Self {
        policy: PolicyVersion(1),
        epoch: Epoch(1),
    };

    pub(crate) const fn of(header: &OpHeader) -> Self {
        Self {
            policy: header.policy,
            epoch: header.epoch,
        }
    }

    /// Whether either is behind.
    pub(crate) fn is_behind(self, current: Self) -> bool {
        self.epoch < current.epoch || self.policy < current.policy
    }
}

impl Entry {
    /// The entry of a revision with a body.
    pub(crate) fn of(header: &OpHeader, body: &RecordBody, at: Location, doc: DocNumber) -> Self {
        Self {
            id: header.record_id,
            kind: body.kind,
            title: body.title.clone(),
            preview: preview(&body.text),
            tags: body.tags.clone(),
            created_ms: body.created_ms,
            updated_ms: body.updated_ms,
            op_id: header.op_id,
            author: header.device_id,
            stamp: header.stamp,
            at,
            doc,
            deleted: false,
            touched: Touched::Edited,
            conflict_copy: body.conflict_of.is_some(),
            source_mark: body.source.as_ref().map(|source| source.content_mark),
            before_delete: None,
            sealed: Sealed::of(header),
            twins: Vec::new(),
            writer: header.device_id,
            adrift: false,
        }
    }

    /// The entry of a record's end. Keeps nothing readable.
    pub(crate) fn tombstone(header: &OpHeader, at: Location, before: Option<&Self>) -> Self {
        Self {
            id: header.record_id,
            kind: before.map_or(Kind::Idea, |entry| entry.kind),
            title: String::new(),
            preview: String::new(),
            tags: Vec::new(),
            created_ms: before.map_or(header.stamp.wall_ms, |entry| entry.created_ms),
            updated_ms: header.stamp.wall_ms,
            op_id: header.op_id,
            author: header.device_id,
            stamp: header.stamp,
            at,
            doc: DocNumber(0),
            deleted: true,
            touched: Touched::Edited,
            conflict_copy: false,
            source_mark: None,
            before_delete: None,
            sealed: Sealed::of(header),
            twins: Vec::new(),
            writer: header.device_id,
            adrift: false,
        }
    }

    /// This entry, standing on another seal of the same revision.
    pub(crate) fn resealed(&self, header: &OpHeader, at: Location) -> Self {
        let mut entry = Self {
            op_id: header.op_id,
            author: header.device_id,
            at,
            sealed: Sealed::of(header),
            adrift: false,
            ..self.clone()
        };
        entry.add_twin(self.op_id);
        entry
    }

    /// This entry, standing on another seal that alone is known to others.
    pub(crate) fn sealed_again(self, header: &OpHeader, at: Location) -> Self {
        Self {
            op_id: header.op_id,
            author: header.device_id,
            at,
            sealed: Sealed::of(header),
            adrift: false,
            ..self
        }
    }

    /// Notes another operation that says the same.
    pub(crate) fn add_twin(&mut self, op_id: OpId) {
        if self.op_id == op_id || self.twins.contains(&op_id) {
            return;
        }
        if self.twins.len() == TWINS_MAX {
            self.twins.remove(0);
        }
        self.twins.push(op_id);
    }

    /// Whether that operation is the one that stands, or says the same.
    pub(crate) fn is_or_says(&self, op_id: OpId) -> bool {
        self.op_id == op_id || self.twins.contains(&op_id)
    }

    /// Where the operations lie that this entry refers to.
    pub(crate) fn places(&self) -> impl Iterator<Item = Location> + use<> {
        [Some(self.at), self.before_delete].into_iter().flatten()
    }

    /// Whether a list shows this one first: the newest change, then by title.
    pub(crate) fn is_listed_before(&self, other: &Self) -> bool {
        let newest_first = other.updated_ms.cmp(&self.updated_ms);
        newest_first
            .then_with(|| self.title.cmp(&other.title))
            .then(self.id.cmp(&other.id))
            .is_lt()
    }

    /// The title to show: never empty.
    pub(crate) fn shown_title(&self) -> String {
        if !self.title.trim().is_empty() {
            return self.title.clone();
        }
        let start: String = self.preview.chars().take(60).collect();
        if start.is_empty() {
            String::from("Untitled")
        } else {
            start
        }
    }

    pub(crate) fn write(&self, writer: &mut Writer) {
        let mut flags = 0;
        for (flag, set) in [
            (DELETED, self.deleted),
            (PRISTINE, self.touched == Touched::Pristine),
            (CONFLICT_COPY, self.conflict_copy),
            (HAS_SOURCE, self.source_mark.is_some()),
            (HAS_BEFORE_DELETE, self.before_delete.is_some()),
            (HAS_TWINS, !self.twins.is_empty()),
            (ADRIFT, self.adrift),
        ] {
            if set {
                flags |= flag;
            }
        }
        writer
            .u8(flags)
            .u8(self.kind.number())
            .raw(self.id.as_bytes())
            .raw(self.op_id.as_bytes())
            .raw(self.author.as_bytes())
            .u64(self.stamp.wall_ms)
            .u16(self.stamp.counter)
            .u64(self.created_ms)
            .u64(self.updated_ms)
            .u32(self.doc.0)
            .u16(self.sealed.policy.0)
            .u32(self.sealed.epoch.0);
        self.at.write(writer);
        if let Some(mark) = self.source_mark {
            writer.u64(mark);
        }
        if let Some(at) = self.before_delete {
            at.write(writer);
        }
        if !self.twins.is_empty() {
            writer.u8(self.twins.len() as u8);
            for twin in &self.twins {
                writer.raw(twin.as_bytes());
            }
            writer.raw(self.writer.as_bytes());
        }
        writer
            .text(&self.title)
            .text(&self.preview)
            .u8(self.tags.len() as u8);
        for tag in &self.tags {
            writer.text(tag);
        }
    }

    /// Reads an entry of a page of that version.
    pub(crate) fn read(reader: &mut Reader<'_>, version: u8) -> Result<Self, DecodeError> {
        let flags = reader.u8()?;
        let kind = Kind::from_number(reader.u8()?).ok_or(DecodeError::UnknownValue)?;
        let id = RecordId::from_bytes(reader.array()?);
        let op_id = OpId::from_bytes(reader.array()?);
        let author = DeviceId::from_bytes(reader.array()?);
        let stamp = Stamp {
            wall_ms: reader.u64()?,
            counter: reader.u16()?,
        };
        let created_ms = reader.u64()?;
        let updated_ms = reader.u64()?;
        let doc = DocNumber(reader.u32()?);
        let sealed = if version == 1 {
            Sealed::FIRST
        } else {
            Sealed {
                policy: PolicyVersion(reader.u16()?),
                epoch: Epoch(reader.u32()?),
            }
        };
        let at = Location::read(reader)?;
        let source_mark = if flags & HAS_SOURCE == 0 {
            None
        } else {
            Some(reader.u64()?)
        };
        let before_delete = if flags & HAS_BEFORE_DELETE == 0 {
            None
        } else {
            Some(Location::read(reader)?)
        };
        let (twins, writer) = if flags & HAS_TWINS == 0 {
            (Vec::new(), author)
        } else {
            let twins = read_twins(reader)?;
            (twins, DeviceId::from_bytes(reader.array()?))
        };
        let title = reader.text(limits::NOTE_TITLE_BYTES_MAX)?.to_owned();
        let preview = reader.text(PREVIEW_BYTES_MAX)?.to_owned();
        let count = reader.u8()?;
        let tags = (0..count)
            .map(|_| reader.text(limits::TAG_BYTES_MAX).map(str::to_owned))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            id,
            kind,
            title,
            preview,
            tags,
            created_ms,
            updated_ms,
            op_id,
            author,
            stamp,
            at,
            doc,
            deleted: flags & DELETED != 0,
            touched: if flags & PRISTINE == 0 {
                Touched::Edited
            } else {
                Touched::Pristine
            },
            conflict_copy: flags & CONFLICT_COPY != 0,
            source_mark,
            before_delete,
            sealed,
            twins,
            writer,
            adrift: flags & ADRIFT != 0,
        })
    }
}

fn read_twins(reader: &mut Reader<'_>) -> Result<Vec<OpId>, DecodeError> {
    let count = usize::from(reader.u8()?);
    if count > TWINS_MAX {
        return Err(DecodeError::TooLong);
    }
    (0..count)
        .map(|_| Ok(OpId::from_bytes(reader.array()?)))
        .collect()
}

/// The first words of a Markdown text, without headings and marks.
pub(crate) fn preview(text: &str) -> String {
    let mut preview = String::new();
    let mut chars = 0;
    for line in text.lines() {
        let line = line.trim_start();
        if line.starts_with('#') {
            continue;
        }
        let line = line
            .trim_start_matches(['>', '-', '*', '+', ' '])
            .trim_end();
        for char in line
            .chars()
            .filter(|char| !matches!(char, '`' | '*' | '{' | '}' | '\\'))
        {
            if chars == PREVIEW_CHARS_MAX {
                return preview;
            }
            if chars == 0 && char.is_whitespace() {
                continue;
            }
            preview.push(char);
            chars += 1;
        }
        if chars > 0 && chars < PREVIEW_CHARS_MAX && !preview.ends_with(' ') {
            preview.push(' ');
            chars += 1;
        }
    }
    preview.truncate(preview.trim_end().len());
    preview
}

#[cfg(test)]
pub(crate) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::packs::PackId;
    use proptest::prelude::*;

    pub(crate) fn sample(n: u32) -> Entry {
        let mut id = [0; 16];
        id[12..].copy_from_slice(&n.to_be_bytes());
        Entry {
            id: RecordId::from_bytes(id),
            kind: Kind::Infobase,
            title: format!("title {n}"),
            preview: String::from("preview"),
            tags: vec![String::from("tag")],
            created_ms: 1,
            updated_ms: u64::from(n),
            op_id: OpId::from_bytes(id),
            author: DeviceId::from_bytes([2; 16]),
            stamp: Stamp {
                wall_ms: 3,
                counter: 4,
            },
            at: Location {
                pack: PackId(5),
                offset: 6,
                len: 7,
            },
            doc: DocNumber(n),
            deleted: false,
            touched: Touched::Pristine,
            conflict_copy: true,
            adrift: n.is_multiple_of(5),
            source_mark: Some(8),
            before_delete: Some(Location {
                pack: PackId(9),
                offset: 10,
                len: 11,
            }),
            sealed: Sealed {
                policy: PolicyVersion(2),
                epoch: Epoch(3),
            },
            twins: vec![OpId::from_bytes([12; 16]), OpId::from_bytes([13; 16])],
            writer: DeviceId::from_bytes([14; 16]),
        }
    }

    #[test]
    fn round_trips() {
        let mut writer = Writer::new();
        sample(1).write(&mut writer);
        let bytes = writer.finish();
        let mut reader = Reader::new(&bytes);
        assert!(Entry::read(&mut reader, 2).unwrap() == sample(1));
        assert_eq!(reader.finish(), Ok(()));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            let _ = Entry::read(&mut Reader::new(&bytes), 1);
            let _ = Entry::read(&mut Reader::new(&bytes), 2);
        }

        #[test]
        fn a_preview_is_bounded(text: String) {
            prop_assert!(preview(&text).len() <= PREVIEW_BYTES_MAX);
        }
    }

    #[test]
    fn a_preview_leaves_headings_and_marks_out() {
        let text =
            "# tar\n\n> Archiving utility.\n> Often combined.\n\n- Create:\n\n`tar cf {{a}}`";
        assert_eq!(
            preview(text),
            "Archiving utility. Often combined. Create: tar cf a"
        );
    }

    #[test]
    fn an_untitled_note_shows_its_first_words() {
        let mut entry = sample(1);
        entry.title = String::from("  ");
        assert_eq!(entry.shown_title(), "preview");
        entry.preview = String::new();
        assert_eq!(entry.shown_title(), "Untitled");
    }
}
