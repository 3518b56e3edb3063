//! What goes in and what comes out: documents and their numbers.

/// The number of one indexed revision.
///
/// The caller hands out a fresh, ever larger number for each revision that it
/// indexes and never uses one twice. A segment therefore needs no list of
/// deleted documents: a revision that was replaced is simply a number that
/// the caller's `live` predicate no longer accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocNumber(pub u32);

/// One revision of a note, as [`SegmentBuilder::add`](crate::SegmentBuilder::add) takes it.
#[derive(Clone, Copy, Debug)]
pub struct Document<'a> {
    /// The title; a word found here counts most.
    pub title: &'a str,
    /// The Markdown text.
    pub text: &'a str,
    /// The tags; a word found here counts more than one of the text.
    pub tags: &'a [String],
}

/// Where in a document a word stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// [`Document::title`].
    Title,
    /// [`Document::tags`].
    Tags,
    /// [`Document::text`].
    Text,
}

/// How many fields there are; arrays per field have this length.
pub(crate) const FIELD_COUNT: usize = 3;

impl Field {
    /// Every field, in the order of the segment format.
    pub(crate) const ALL: [Self; FIELD_COUNT] = [Self::Title, Self::Tags, Self::Text];

    /// The index of this field in arrays per field and in the wire format.
    pub(crate) const fn index(self) -> usize {
        match self {
            Self::Title => 0,
            Self::Tags => 1,
            Self::Text => 2,
        }
    }
}
