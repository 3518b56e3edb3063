//! From a Markdown file to a note.

use crate::command::ImportFile;
use crate::front_matter::{self, FrontMatter};
use vault_types::{Code, Kind, limits};

/// A file, understood.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ImportedNote {
    pub(crate) path: String,
    pub(crate) kind: Kind,
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) tags: Vec<String>,
    pub(crate) created_ms: u64,
    pub(crate) updated_ms: u64,
}

/// Reads a file. Title: front matter, else the first heading, else the file
/// name. Tags: the folders, then those of the front matter.
///
/// # Errors
/// The code of the reason why the file is not taken over.
pub(crate) fn read(file: ImportFile, now_ms: u64) -> Result<ImportedNote, Code> {
    if file.bytes.len() > limits::NOTE_TEXT_BYTES_MAX {
        return Err(Code::ImportTooLarge);
    }
    let path = path(&file.path).ok_or(Code::LimitExceeded)?;
    let text = text(file.bytes).ok_or(Code::ImportNotText)?;
    let (front, rest) = front_matter::split(&text);
    let front = front.unwrap_or_default();
    let title = front
        .title
        .as_deref()
        .or_else(|| first_heading(rest))
        .unwrap_or_else(|| file_stem(&path))
        .to_owned();
    let modified_ms = file
        .modified_ms
        .filter(|ms| *ms > 0.0 && *ms < 1e15)
        .map(|ms| ms as u64);
    let updated_ms = front
        .updated_ms
        .or(modified_ms)
        .unwrap_or(now_ms)
        .min(now_ms);
    let created_ms = front.created_ms.unwrap_or(updated_ms).min(updated_ms);
    Ok(ImportedNote {
        kind: front.kind.unwrap_or(Kind::Infobase),
        title: cut(title, limits::NOTE_TITLE_BYTES_MAX),
        tags: tags(&path, &front),
        text: if front.has_more {
            text.clone()
        } else {
            rest.to_owned()
        },
        created_ms,
        updated_ms,
        path,
    })
}

/// The path with `/`, without empty and `.` parts.
fn path(path: &str) -> Option<String> {
    let parts: Vec<&str> = path
        .split(['/', '\\'])
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    let path = parts.join("/");
    (!path.is_empty() && path.len() <= limits::SOURCE_PATH_BYTES_MAX).then_some(path)
}

/// UTF-8 without a byte order mark, lines ending as the editor ends them.
fn text(bytes: Vec<u8>) -> Option<String> {
    let text = String::from_utf8(bytes).ok()?;
    if text.contains('\0') {
        return None;
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Some(if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        text.to_owned()
    })
}

fn file_stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => name,
    }
}

fn tags(path: &str, front: &FrontMatter) -> Vec<String> {
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    let mut tags: Vec<String> = Vec::new();
    for tag in folders
        .split('/')
        .chain(front.tags.iter().map(String::as_str))
    {
        let tag = cut(tag.trim().to_owned(), limits::TAG_BYTES_MAX);
        if !tag.is_empty() && !tags.contains(&tag) && tags.len() < limits::TAGS_MAX {
            tags.push(tag);
        }
    }
    tags
}

/// The first heading of a Markdown text: `# Title` or a line underlined with
/// `=` or `-` (CommonMark 4.2 and 4.3), outside of fenced code.
fn first_heading(text: &str) -> Option<&str> {
    let mut fence: Option<&str> = None;
    let mut above: Option<&str> = None;
    for line in text.lines() {
        let line = line.trim();
        if let Some(mark) = fence {
            if line.starts_with(mark) {
                fence = None;
            }
            continue;
        }
        if let Some(mark) = ["```", "~~~"]
            .into_iter()
            .find(|mark| line.starts_with(mark))
        {
            fence = Some(mark);
            above = None;
            continue;
        }
        if let Some(title) = atx_title(line) {
            return Some(title);
        }
        if let Some(title) = above.filter(|_| is_underline(line)) {
            return Some(title);
        }
        above =
            Some(line).filter(|line| !line.is_empty() && !line.starts_with(['>', '-', '*', '|']));
    }
    None
}

fn is_underline(line: &str) -> bool {
    line.len() >= 2 && (line.bytes().all(|b| b == b'=') || line.bytes().all(|b| b == b'-'))
}

fn atx_title(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches('#');
    let level = line.len() - rest.len();
    if !(1..=6).contains(&level) || !rest.starts_with([' ', '\t']) {
        return None;
    }
    let title = rest.trim();
    let closed = title.trim_end_matches('#');
    let title = if closed.is_empty() || closed.ends_with([' ', '\t']) {
        closed.trim_end()
    } else {
        title
    };
    (!title.is_empty()).then_some(title)
}

/// At most so many bytes, never half a letter.
pub(crate) fn cut(mut text: String, bytes_max: usize) -> String {
    if text.len() > bytes_max {
        let end = (0..=bytes_max)
            .rev()
            .find(|&at| text.is_char_boundary(at))
            .unwrap_or(0);
        text.truncate(end);
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn file(path: &str, bytes: &[u8]) -> ImportFile {
        ImportFile {
            path: path.to_owned(),
            bytes: bytes.to_vec(),
            modified_ms: Some(1_000.0),
        }
    }

    #[test]
    fn a_page_becomes_a_note() {
        let note = read(
            file("pages/linux/tar.md", b"# tar\n\n> Archiving.\n"),
            9_000,
        )
        .unwrap();
        assert_eq!(note.title, "tar");
        assert_eq!(note.tags, ["pages", "linux"]);
        assert_eq!(note.text, "# tar\n\n> Archiving.\n");
        assert_eq!((note.created_ms, note.updated_ms), (1_000, 1_000));
        assert_eq!(note.kind, Kind::Infobase);
    }

    #[test]
    fn the_file_name_stands_in_for_a_heading() {
        assert_eq!(read(file("a/b.c.md", b"words"), 1).unwrap().title, "b.c");
        assert_eq!(read(file(".md", b""), 1).unwrap().title, ".md");
        assert_eq!(
            read(file("x.md", b"```\n# no\n```\n"), 1).unwrap().title,
            "x"
        );
        assert_eq!(read(file("x.md", b"#no\n"), 1).unwrap().title, "x");
    }

    #[test]
    fn headings_of_every_form_are_found() {
        for (text, title) in [
            ("words\n\n## Two ##\n", "Two"),
            ("Over\n====\n", "Over"),
            ("Over\n----\n", "Over"),
            ("# C#\n", "C#"),
            ("```\n# no\n```\n# yes", "yes"),
            ("- item\n---\n# real", "real"),
        ] {
            assert_eq!(first_heading(text), Some(title), "{text}");
        }
    }

    #[test]
    fn front_matter_goes_into_the_note() {
        let note = read(
            file("a/x.md", b"---\ntitle: T\ntags: [b, a]\n---\n# H\n"),
            9,
        )
        .unwrap();
        assert_eq!((note.title.as_str(), note.text.as_str()), ("T", "# H\n"));
        assert_eq!(note.tags, ["a", "b"]);
    }

    #[test]
    fn front_matter_with_more_in_it_stays_in_the_text() {
        let text = "---\ntitle: T\nisbn: 1\n---\nwords\n";
        assert_eq!(read(file("x.md", text.as_bytes()), 9).unwrap().text, text);
    }

    #[test]
    fn what_cannot_be_read_is_told_apart() {
        assert_eq!(
            read(file("x.md", &[0xff, 0xfe, b'a']), 1),
            Err(Code::ImportNotText)
        );
        assert_eq!(read(file("x.md", b"a\0b"), 1), Err(Code::ImportNotText));
        let long = vec![b'a'; limits::NOTE_TEXT_BYTES_MAX + 1];
        assert_eq!(read(file("x.md", &long), 1), Err(Code::ImportTooLarge));
        assert_eq!(read(file("//", b"a"), 1), Err(Code::LimitExceeded));
    }

    #[test]
    fn byte_order_mark_and_carriage_returns_go() {
        let note = read(file("x.md", "\u{feff}# a\r\nb\rc".as_bytes()), 1).unwrap();
        assert_eq!(note.text, "# a\nb\nc");
    }

    proptest! {
        #[test]
        fn any_file_is_read_without_panic(path: String, bytes: Vec<u8>) {
            let _ = read(file(&path, &bytes), 1);
        }

        #[test]
        fn a_cut_keeps_whole_letters(text: String, len in 0_usize..20) {
            prop_assert!(cut(text, len).len() <= len);
        }
    }
}
