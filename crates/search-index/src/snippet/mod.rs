//! The piece of a text that shows why it was found.

mod matches;
mod render;
mod window;

use crate::query::Query;

/// The longest piece of a text in bytes that is searched for matches; a word
/// found only behind it gives the beginning of the text.
const MAX_SCAN_BYTES: usize = 256 * 1024;

/// Text with the places that match.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snippet {
    /// What to show.
    pub text: String,
    /// Where the matches are: start and end in UTF-16 code units of `text`,
    /// as JavaScript counts; ascending, none touches another.
    pub highlights: Vec<(u32, u32)>,
}

/// The piece of a Markdown text with the most words of `query`, about
/// `window_chars` characters long, on one line.
///
/// It is cut at word borders, with "…" where something was cut off; white
/// space becomes single spaces, and the marks of headings, quotes, lists and
/// code are left out. Without a match it is the beginning of the text.
///
/// ```
/// use search_index::{Query, snippet};
///
/// let text = "# Archives\n\n- `tar` packs *many* files into one file.";
/// let found = snippet(text, &Query::parse("many"), 40);
/// assert_eq!(found.text, "…packs *many* files into one file.");
/// assert_eq!(found.highlights, [(8, 12)]);
/// ```
#[must_use]
pub fn snippet(text: &str, query: &Query, window_chars: usize) -> Snippet {
    let scanned = text
        .get(..text.floor_char_boundary(MAX_SCAN_BYTES))
        .unwrap_or(text);
    let matches = matches::find(scanned, query);
    let window = window::choose(text, &matches, window_chars);
    render::one_line(text, window, &matches::merged(&matches))
}

/// The whole of `title` with its matches.
#[must_use]
pub fn highlight(title: &str, query: &Query) -> Snippet {
    let scanned = title
        .get(..title.floor_char_boundary(MAX_SCAN_BYTES))
        .unwrap_or(title);
    render::verbatim(title, &matches::merged(&matches::find(scanned, query)))
}

#[cfg(test)]
mod tests;
