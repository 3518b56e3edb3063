//! Full-text search over Markdown notes: strings in, document numbers out.
//!
//! The crate knows nothing of vaults, storage, clocks or threads. Its caller
//! numbers every revision of every note, hands the text to a
//! [`SegmentBuilder`], keeps the bytes that come out wherever it likes, and
//! gives them back as [`Segment`]s when there is something to find.
//!
//! Trust boundary: `client_private`. It works on plaintext, and its segments
//! hold words: whoever stores one seals it first.
//!
//! ```
//! use search_index::{DocNumber, Document, Query, Segment, SegmentBuilder, search, snippet};
//!
//! let mut builder = SegmentBuilder::new();
//! let tags = ["archive".to_owned()];
//! let text = "Pack *many files* into one, and unpack them again.";
//! builder.add(DocNumber(1), &Document { title: "tar", text, tags: &tags })?;
//! builder.add(DocNumber(2), &Document { title: "Größe", text: "日本語の検索", tags: &[] })?;
//! let segment = Segment::parse(builder.finish())?;
//!
//! let everything = |_| true;
//! let find = |input| search(&[&segment], &Query::parse(input), &everything, 10);
//! assert_eq!(find("many fil").hits[0].doc, DocNumber(1));
//! assert_eq!(find("GROSSE").hits[0].doc, DocNumber(2));
//! assert_eq!(find("検索").total, 1);
//! assert_eq!(find("many 検索").total, 0);
//!
//! let shown = snippet(text, &Query::parse("fil"), 24);
//! assert_eq!(shown.text, "…*many files* into one,…");
//! assert_eq!(shown.highlights, [(7, 12)]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Revisions and deletions
//!
//! Segments never change. An edited note gets a new [`DocNumber`] in a new
//! segment, and the caller's `live` predicate stops accepting the old one;
//! the same predicate filters by kind, tag or date. [`merge`] makes one
//! segment of several and leaves out what is no longer live.
//!
//! # What matches
//!
//! Every word of the query must occur in the title, the tags or the text. The
//! last word may be unfinished. Case, accents and Unicode variants do not
//! count; see [`Query`] for bounds. Hits are ordered by BM25 over the fields,
//! of which the title weighs most.
//!
//! # Where to read on
//!
//! `tokenize` says what a word is, `segment` how the bytes lie and what must
//! hold of them, `search` and `rank` how an answer comes about.

mod document;
mod query;
mod rank;
mod search;
mod segment;
mod snippet;
mod tokenize;

pub use document::{DocNumber, Document};
pub use query::Query;
pub use search::{Hit, Ranked, search};
pub use segment::{AddError, Segment, SegmentBuilder, SegmentError, merge};
pub use snippet::{Snippet, highlight, snippet};
