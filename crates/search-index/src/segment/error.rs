//! Why bytes are no segment, and why a document was not added.

use core::fmt;

use crate::document::DocNumber;

/// Why [`Segment::parse`](crate::Segment::parse) refused its bytes.
///
/// A segment can always be built again from the documents, so the remedy is
/// the same for all but [`Self::UnknownVersion`], which asks for a newer
/// version of this crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SegmentError {
    /// Fewer bytes than a header.
    TooShort {
        /// How many bytes there are.
        len: usize,
    },
    /// The bytes do not begin with the magic number.
    WrongMagic,
    /// A segment of another version of the format.
    UnknownVersion {
        /// The version that the header names.
        found: u8,
    },
    /// The sections that the header declares do not fill the bytes exactly.
    WrongLength {
        /// The length that the header declares, in bytes.
        declared: u64,
        /// The length of the bytes.
        actual: usize,
    },
    /// The bytes changed since they were written.
    ChecksumMismatch,
    /// The document numbers do not ascend, or their count is wrong.
    DamagedDocuments,
    /// The dictionary or a posting list breaks an invariant of the format.
    DamagedDictionary,
}

impl fmt::Display for SegmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { len } => write!(f, "{len} bytes are too short for a search segment"),
            Self::WrongMagic => f.write_str("the bytes are no search segment"),
            Self::UnknownVersion { found } => {
                write!(f, "search segment of unknown version {found}")
            }
            Self::WrongLength { declared, actual } => {
                write!(f, "search segment of {declared} bytes has {actual} bytes")
            }
            Self::ChecksumMismatch => f.write_str("the search segment is damaged"),
            Self::DamagedDocuments => {
                f.write_str("the document table of the search segment is damaged")
            }
            Self::DamagedDictionary => {
                f.write_str("the dictionary of the search segment is damaged")
            }
        }
    }
}

impl core::error::Error for SegmentError {}

/// Why [`SegmentBuilder::add`](crate::SegmentBuilder::add) refused a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AddError {
    /// Document numbers must ascend within a segment.
    OutOfOrder {
        /// The number of the document added before.
        last: DocNumber,
        /// The number of the refused document.
        added: DocNumber,
    },
    /// The segment holds as much as its format can: finish it and begin
    /// another one.
    Full {
        /// How many documents it holds.
        documents: usize,
    },
}

impl fmt::Display for AddError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OutOfOrder { last, added } => {
                write!(
                    f,
                    "document {} was added after document {}",
                    added.0, last.0
                )
            }
            Self::Full { documents } => {
                write!(f, "the search segment is full with {documents} documents")
            }
        }
    }
}

impl core::error::Error for AddError {}
