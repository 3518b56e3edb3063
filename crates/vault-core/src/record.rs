//! What the sealed body of an operation says.
//!
//! ```text
//! version 1
//! type 0: a tombstone, nothing follows
//! type 1: kind u8 · flags u8 (bit 0 source, bit 1 conflict)
//!         created u64 · updated u64, Unix milliseconds
//!         title · number of tags, LEB128 · each tag
//!         source, if flagged: path · content mark u64
//!         op id 16, if flagged: the revision that lost a conflict
//!         text
//! ```
//! A text is its length in bytes as LEB128 and its UTF-8.

use crate::error::{Field, OpenError, SealError};
use core::fmt;
use vault_types::{DecodeError, Kind, OpId, Reader, Writer, limits};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const TYPE_TOMBSTONE: u8 = 0;
const TYPE_RECORD: u8 = 1;
const FLAG_SOURCE: u8 = 1;
const FLAG_CONFLICT: u8 = 2;

/// Where an imported record came from.
#[derive(Clone, PartialEq, Eq)]
pub struct Source {
    /// The file's path within what was imported.
    pub path: String,
    /// [`crate::UnlockedVault::content_mark`] of the file's bytes.
    pub content_mark: u64,
}

/// A record as its author left it.
#[derive(Clone, PartialEq, Eq)]
pub struct RecordBody {
    /// What it is.
    pub kind: Kind,
    /// Its title.
    pub title: String,
    /// Its text, Markdown.
    pub text: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// When it was first written, Unix milliseconds.
    pub created_ms: u64,
    /// When it was last edited, Unix milliseconds.
    pub updated_ms: u64,
    /// Where it was imported from.
    pub source: Option<Source>,
    /// The revision that lost a conflict and lives on as this record.
    pub conflict_of: Option<OpId>,
}

/// The body of an operation.
#[derive(Clone, PartialEq, Eq)]
pub enum OpBody {
    /// The record, whole.
    Record(RecordBody),
    /// The record is deleted.
    Tombstone,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Source(..)")
    }
}

impl fmt::Debug for RecordBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordBody(..)")
    }
}

impl fmt::Debug for OpBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Record(_) => "Record(..)",
            Self::Tombstone => "Tombstone",
        })
    }
}

const fn within(len: usize, limit: usize, field: Field) -> Result<(), SealError> {
    if len > limit {
        return Err(SealError::LimitExceeded { field });
    }
    Ok(())
}

impl RecordBody {
    /// Holds every part against its limit.
    ///
    /// # Errors
    /// [`SealError::LimitExceeded`] for the first part beyond its limit.
    pub fn check_limits(&self) -> Result<(), SealError> {
        within(self.title.len(), limits::NOTE_TITLE_BYTES_MAX, Field::Title)?;
        within(self.text.len(), limits::NOTE_TEXT_BYTES_MAX, Field::Text)?;
        within(self.tags.len(), limits::TAGS_MAX, Field::Tags)?;
        for tag in &self.tags {
            within(tag.len(), limits::TAG_BYTES_MAX, Field::Tag)?;
        }
        let path_len = self.source.as_ref().map_or(0, |source| source.path.len());
        within(path_len, limits::SOURCE_PATH_BYTES_MAX, Field::SourcePath)
    }

    /// At least as many bytes as the encoding takes.
    fn encoded_len_max(&self) -> usize {
        let tags: usize = self.tags.iter().map(|tag| tag.len() + 5).sum();
        let path = self.source.as_ref().map_or(0, |source| source.path.len());
        128 + self.title.len() + self.text.len() + tags + path
    }

    fn write(&self, writer: &mut Writer) {
        let mut flags = 0;
        if self.source.is_some() {
            flags |= FLAG_SOURCE;
        }
        if self.conflict_of.is_some() {
            flags |= FLAG_CONFLICT;
        }
        writer
            .u8(self.kind.number())
            .u8(flags)
            .u64(self.created_ms)
            .u64(self.updated_ms)
            .text(&self.title)
            .len(self.tags.len() as u32);
        for tag in &self.tags {
            writer.text(tag);
        }
        if let Some(source) = &self.source {
            writer.text(&source.path).u64(source.content_mark);
        }
        if let Some(op_id) = &self.conflict_of {
            writer.raw(op_id.as_bytes());
        }
        writer.text(&self.text);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let kind = Kind::from_number(reader.u8()?).ok_or(DecodeError::UnknownValue)?;
        let flags = reader.u8()?;
        if flags & !(FLAG_SOURCE | FLAG_CONFLICT) != 0 {
            return Err(DecodeError::UnknownValue);
        }
        let created_ms = reader.u64()?;
        let updated_ms = reader.u64()?;
        let title = reader.text(limits::NOTE_TITLE_BYTES_MAX)?.to_owned();
        let count = reader.len()? as usize;
        if count > limits::TAGS_MAX {
            return Err(DecodeError::TooLong);
        }
        let tags = (0..count)
            .map(|_| reader.text(limits::TAG_BYTES_MAX).map(str::to_owned))
            .collect::<Result<_, _>>()?;
        let source = if flags & FLAG_SOURCE == 0 {
            None
        } else {
            Some(Source {
                path: reader.text(limits::SOURCE_PATH_BYTES_MAX)?.to_owned(),
                content_mark: reader.u64()?,
            })
        };
        let conflict_of = if flags & FLAG_CONFLICT == 0 {
            None
        } else {
            Some(OpId::from_bytes(reader.array()?))
        };
        let text = reader.text(limits::NOTE_TEXT_BYTES_MAX)?.to_owned();
        Ok(Self {
            kind,
            title,
            text,
            tags,
            created_ms,
            updated_ms,
            source,
            conflict_of,
        })
    }
}

impl OpBody {
    /// The canonical bytes.
    ///
    /// # Errors
    /// [`SealError::LimitExceeded`].
    pub fn encode(&self) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let mut writer = match self {
            Self::Record(record) => {
                record.check_limits()?;
                // Reserved in full: a buffer that grows leaves copies behind.
                Writer::with_capacity(record.encoded_len_max())
            }
            Self::Tombstone => Writer::new(),
        };
        writer.u8(VERSION);
        match self {
            Self::Record(record) => record.write(writer.u8(TYPE_RECORD)),
            Self::Tombstone => {
                writer.u8(TYPE_TOMBSTONE);
            }
        }
        Ok(Zeroizing::new(writer.finish()))
    }

    /// Reads canonical bytes.
    ///
    /// # Errors
    /// [`OpenError::NewerVersion`], [`OpenError::Malformed`].
    pub fn parse(bytes: &[u8]) -> Result<Self, OpenError> {
        let mut reader = Reader::new(bytes);
        let version = reader.u8()?;
        if version > VERSION {
            return Err(OpenError::NewerVersion { version });
        }
        if version != VERSION {
            return Err(DecodeError::UnknownValue.into());
        }
        let body = match reader.u8()? {
            TYPE_TOMBSTONE => Self::Tombstone,
            TYPE_RECORD => Self::Record(RecordBody::read(&mut reader)?),
            _ => return Err(DecodeError::UnknownValue.into()),
        };
        reader.finish()?;
        Ok(body)
    }

    /// Whether this ends the record.
    #[must_use]
    pub const fn is_tombstone(&self) -> bool {
        matches!(self, Self::Tombstone)
    }
}
