//! The YAML that front matter is written in: one mapping of texts and lists.
//!
//! Understood are block mappings with plain or quoted keys whose values are
//! plain, quoted or block texts, flow lists and block lists. A value of another
//! shape (a mapping, a list in a list, an alias) is passed over whole. What is
//! not YAML of this kind is refused whole, and then stays text. Nothing is ever
//! expanded, and the time that a block takes grows with its length alone.

/// A key with the texts that it holds.
pub(super) type Field = (String, Vec<String>);

/// The keys of the outermost mapping with the texts that each holds.
pub(super) fn fields(block: &str) -> Option<Vec<Field>> {
    let mut lines = Lines::new(block);
    let indent = lines.peek().map_or(0, |line| line.indent);
    let mut fields = Vec::new();
    while let Some(line) = lines.next() {
        if line.indent != indent {
            return None;
        }
        let (key, value) = key(line.text)?;
        fields.push((key, texts(value, indent, &mut lines)?));
    }
    Some(fields)
}

#[derive(Clone, Copy)]
struct Line<'a> {
    indent: usize,
    /// Without the indent and white space at the end.
    text: &'a str,
}

/// The lines of a block; those that are empty or comments are passed over.
struct Lines<'a> {
    rest: core::str::Lines<'a>,
}

impl<'a> Lines<'a> {
    fn new(block: &'a str) -> Self {
        Self {
            rest: block.lines(),
        }
    }

    /// The next line, be it empty or a comment.
    fn raw(&mut self) -> Option<Line<'a>> {
        let line = self.rest.next()?;
        let text = line.trim_start_matches(' ');
        Some(Line {
            indent: line.len() - text.len(),
            text: text.trim_end(),
        })
    }

    fn peek(&self) -> Option<Line<'a>> {
        let rest = self.rest.clone();
        Self { rest }.next()
    }

    fn next(&mut self) -> Option<Line<'a>> {
        loop {
            let line = self.raw()?;
            if !line.text.is_empty() && !line.text.starts_with('#') {
                return Some(line);
            }
        }
    }

    /// The next line if it belongs to the value of a key at that indent.
    fn next_within(&mut self, indent: usize) -> Option<Line<'a>> {
        self.peek().filter(|line| line.indent > indent)?;
        self.next()
    }
}

/// Splits `key: value`.
fn key(line: &str) -> Option<(String, &str)> {
    let (key, rest) = if line.starts_with(['"', '\'']) {
        let (key, rest) = quoted(line)?;
        (key, rest.trim_start().strip_prefix(':')?)
    } else {
        if !begins_plain(line) {
            return None;
        }
        let at = colon(line)?;
        (line[..at].trim_end().to_owned(), &line[at + 1..])
    };
    let separated = rest.is_empty() || rest.starts_with([' ', '\t']);
    separated.then(|| (key, rest.trim()))
}

/// Where a plain text ends as a key: at a colon that nothing or white space
/// follows.
fn colon(text: &str) -> Option<usize> {
    let follows = |at: usize| matches!(text.as_bytes().get(at + 1), None | Some(b' ' | b'\t'));
    let mut colons = text.match_indices(':');
    colons.find(|(at, _)| follows(*at)).map(|(at, _)| at)
}

/// Whether a plain text may begin so.
fn begins_plain(text: &str) -> bool {
    let mut characters = text.chars();
    match characters.next() {
        None => false,
        Some('-' | '?' | ':') => characters.next().is_some_and(|next| !next.is_whitespace()),
        Some(first) => !"#,[]{}&*!|>'\"%@`\t".contains(first),
    }
}

/// The texts of a value that begins in the line of its key.
fn texts(value: &str, indent: usize, lines: &mut Lines<'_>) -> Option<Vec<String>> {
    let value = without_properties(value)?;
    match value.as_bytes().first() {
        None | Some(b'#') => below(indent, lines),
        Some(b'|' | b'>') => block_text(value, indent, lines).map(|text| vec![text]),
        Some(b'"' | b'\'' | b'[' | b'{') => {
            let whole = closed(value, indent, lines)?;
            if whole.starts_with(['[', '{']) {
                flow(&whole)
            } else {
                alone(quoted(&whole)?).map(|text| vec![text])
            }
        }
        Some(b'*') => alias(value),
        _ => plain(value, indent, lines).map(|text| vec![text]),
    }
}

/// Passes over the tag and the anchor in front of a value.
fn without_properties(mut value: &str) -> Option<&str> {
    for _ in 0..2 {
        if value.starts_with(['&', '!']) {
            let end = value.find([' ', '\t']).unwrap_or(value.len());
            if value[..end].contains([',', '[', ']', '{', '}']) {
                return None;
            }
            value = value[end..].trim_start();
        }
    }
    Some(value)
}

fn alias(value: &str) -> Option<Vec<String>> {
    let name = without_comment(&value[1..]);
    let is_name = !name.is_empty() && !name.contains([' ', '\t', ',', '[', ']', '{', '}']);
    is_name.then(Vec::new)
}

/// A text with a comment behind it at the most.
fn alone((text, rest): (String, &str)) -> Option<String> {
    let nothing = rest.trim().is_empty();
    let comment = rest.starts_with([' ', '\t']) && rest.trim_start().starts_with('#');
    (nothing || comment).then_some(text)
}

fn without_comment(text: &str) -> &str {
    let mut hashes = text.match_indices('#');
    let comment = hashes.find(|(at, _)| text[..*at].ends_with([' ', '\t']));
    text[..comment.map_or(text.len(), |(at, _)| at)].trim_end()
}

/// A plain text, folded over the lines that belong to it.
fn plain(value: &str, indent: usize, lines: &mut Lines<'_>) -> Option<String> {
    let first = without_comment(value);
    if !begins_plain(first) || colon(first).is_some() {
        return None;
    }
    let mut text = first.to_owned();
    let mut ended = first.len() < value.len();
    while let Some(line) = lines.next_within(indent) {
        let more = without_comment(line.text);
        // What a comment has ended cannot go on.
        if ended || colon(more).is_some() {
            return None;
        }
        ended = more.len() < line.text.len();
        text.push(' ');
        text.push_str(more);
    }
    Some(text)
}

/// What stands below a key: a list, a text, or something to be passed over.
fn below(indent: usize, lines: &mut Lines<'_>) -> Option<Vec<String>> {
    let Some(first) = lines.peek() else {
        return Some(Vec::new());
    };
    let is_item = first.text == "-" || first.text.starts_with("- ");
    if is_item && first.indent >= indent {
        return list(first.indent, lines);
    }
    if first.indent <= indent {
        return Some(Vec::new());
    }
    lines.next();
    if key(first.text).is_some() || first.text.starts_with("? ") {
        pass_over(indent, lines);
        return Some(Vec::new());
    }
    texts(first.text, indent, lines)
}

fn list(indent: usize, lines: &mut Lines<'_>) -> Option<Vec<String>> {
    let mut items = Vec::new();
    while let Some(line) = lines.peek() {
        let item = line
            .text
            .strip_prefix('-')
            .filter(|_| line.indent == indent);
        let Some(item) = item.filter(|item| item.is_empty() || item.starts_with(' ')) else {
            break;
        };
        lines.next();
        let item = item.trim_start();
        if item == "-" || item.starts_with("- ") || key(item).is_some() {
            pass_over(indent, lines);
        } else if item.is_empty() || item.starts_with('#') {
            // What stands below an item is deeper than a list of texts.
            pass_over(indent, lines);
        } else {
            let texts = texts(item, indent, lines)?;
            // The texts of a list in the list are not the list's.
            if !item.starts_with(['[', '{']) {
                items.extend(texts);
            }
        }
    }
    Some(items)
}

fn pass_over(indent: usize, lines: &mut Lines<'_>) {
    while lines.next_within(indent).is_some() {}
}

/// A literal (`|`) or folded (`>`) text.
fn block_text(head: &str, indent: usize, lines: &mut Lines<'_>) -> Option<String> {
    let flags = without_comment(&head[1..]);
    if !flags
        .chars()
        .all(|flag| matches!(flag, '+' | '-' | '1'..='9'))
        || flags.len() > 2
    {
        return None;
    }
    let mut own = None;
    let mut text = String::new();
    let mut before = "";
    loop {
        let here = lines.rest.clone();
        let Some(line) = lines.raw() else {
            break;
        };
        if !line.text.is_empty() && line.indent <= indent {
            lines.rest = here;
            break;
        }
        if own.is_none() && line.text.is_empty() {
            text.push('\n');
            continue;
        }
        let deeper = line.indent.checked_sub(*own.get_or_insert(line.indent));
        let folds = head.starts_with('>') && deeper == Some(0) && !line.text.is_empty();
        if folds && !before.is_empty() {
            text.pop();
            text.push(' ');
        }
        text.extend(core::iter::repeat_n(' ', deeper.unwrap_or(0)));
        text.push_str(line.text);
        text.push('\n');
        before = if folds { line.text } else { "" };
    }
    Some(text)
}

/// A quoted text or flow collection, joined over lines up to its end.
fn closed(value: &str, indent: usize, lines: &mut Lines<'_>) -> Option<String> {
    let mut state = Flow::default();
    let mut whole = String::new();
    let mut part = value;
    loop {
        state.read(part, &mut whole)?;
        if state.is_closed() {
            return Some(whole);
        }
        whole.push(' ');
        part = lines.next_within(indent)?.text;
    }
}

/// How far a quoted text or a flow collection has been read.
#[derive(Default)]
struct Flow {
    /// The brackets that are open.
    open: Vec<u8>,
    quote: Option<u8>,
}

impl Flow {
    fn is_closed(&self) -> bool {
        self.open.is_empty() && self.quote.is_none()
    }

    fn close(&mut self, bracket: u8) -> Option<()> {
        (self.open.pop()? == bracket).then_some(())
    }

    /// Reads a line and copies it without its comment.
    fn read(&mut self, line: &str, out: &mut String) -> Option<()> {
        let bytes = line.as_bytes();
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let begins =
                at == 0 || matches!(bytes[at - 1], b' ' | b'\t' | b',' | b'[' | b'{' | b':');
            match (self.quote, byte) {
                (Some(b'"'), b'\\') => at += 1,
                (Some(quote), _) if quote == byte => {
                    if quote == b'\'' && bytes.get(at + 1) == Some(&quote) {
                        at += 1;
                    } else {
                        self.quote = None;
                    }
                }
                (Some(_), _) => {}
                (None, b'"' | b'\'') if begins => self.quote = Some(byte),
                (None, b'[' | b'{') => self.open.push(byte + 2),
                (None, b']' | b'}') => self.close(byte)?,
                (None, b'#') if begins => {
                    out.push_str(line[..at].trim_end());
                    return Some(());
                }
                _ => {}
            }
            at += 1;
        }
        out.push_str(line);
        Some(())
    }
}

/// The texts of a flow list; a flow mapping's are none of ours.
fn flow(whole: &str) -> Option<Vec<String>> {
    let inner = whole.trim_end();
    if whole.starts_with('{') {
        return inner.ends_with('}').then(Vec::new);
    }
    let mut rest = inner.strip_prefix('[')?.strip_suffix(']')?;
    let mut items = Vec::new();
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Some(items);
        }
        let item = item_end(rest)?;
        let text = rest[..item].trim_end();
        let value = without_properties(text)?;
        if value.starts_with(['"', '\'']) {
            let (text, behind) = quoted(value)?;
            // `["a": b]` is a mapping in the list.
            if behind.trim().is_empty() {
                items.push(text);
            }
        } else if value.is_empty() {
            if text.is_empty() {
                return None;
            }
        } else if !value.starts_with(['[', '{', '*']) {
            if !begins_plain(value) {
                return None;
            }
            if colon(value).is_none() {
                items.push(value.to_owned());
            }
        }
        rest = rest[item..].strip_prefix(',').unwrap_or_default();
    }
}

/// Where an item of a flow list ends: at the comma that is its own.
fn item_end(rest: &str) -> Option<usize> {
    let mut state = Flow::default();
    let mut start = 0;
    for (at, _) in rest.match_indices(',') {
        state.read(&rest[start..at], &mut String::new())?;
        if state.is_closed() {
            return Some(at);
        }
        start = at;
    }
    Some(rest.len())
}

/// A quoted text and what stands behind it.
fn quoted(value: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut characters = value.chars();
    let quote = characters.next()?;
    loop {
        match characters.next()? {
            '\\' if quote == '"' => text.push(escaped(&mut characters)?),
            character if character == quote => {
                let rest = characters.as_str();
                match rest.strip_prefix('\'').filter(|_| quote == '\'') {
                    Some(_) => text.push('\''),
                    None => return Some((text, rest)),
                }
                characters.next();
            }
            character => text.push(character),
        }
    }
}

/// The character that a backslash stands before (YAML 1.2, 5.7).
fn escaped(characters: &mut core::str::Chars<'_>) -> Option<char> {
    let digits = match characters.next()? {
        '0' => return Some('\0'),
        'a' => return Some('\x07'),
        'b' => return Some('\x08'),
        't' | '\t' => return Some('\t'),
        'n' => return Some('\n'),
        'v' => return Some('\x0b'),
        'f' => return Some('\x0c'),
        'r' => return Some('\r'),
        'e' => return Some('\x1b'),
        'N' => return Some('\u{85}'),
        '_' => return Some('\u{a0}'),
        'L' => return Some('\u{2028}'),
        'P' => return Some('\u{2029}'),
        character @ (' ' | '"' | '/' | '\\') => return Some(character),
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => return None,
    };
    let mut code: u32 = 0;
    for _ in 0..digits {
        code = code.checked_mul(16)? | characters.next()?.to_digit(16)?;
    }
    char::from_u32(code)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use saphyr_parser::{Event, Parser};

    /// The same by a full YAML parser. A nested mapping is not passed over.
    fn fields_of_yaml(block: &str) -> Option<Vec<Field>> {
        let mut fields: Vec<(String, Vec<String>)> = Vec::new();
        let mut depth = 0;
        let mut key: Option<String> = None;
        for event in Parser::new_from_str(block) {
            let (event, _) = event.ok()?;
            match event {
                Event::MappingStart(..) if depth == 0 => depth = 1,
                _ if depth == 0 => match event {
                    Event::Scalar(..) | Event::SequenceStart(..) | Event::Alias(..) => return None,
                    _ => {}
                },
                Event::MappingStart(..) | Event::SequenceStart(..) => depth += 1,
                Event::MappingEnd | Event::SequenceEnd => {
                    depth -= 1;
                    if depth == 1 {
                        key = None;
                    }
                }
                Event::Scalar(text, ..) if depth == 1 && key.is_none() => {
                    fields.push((text.to_string(), Vec::new()));
                    key = Some(text.to_string());
                }
                Event::Scalar(text, ..) if depth <= 2 => {
                    if let Some((_, texts)) = fields.last_mut().filter(|_| key.is_some()) {
                        texts.push(text.to_string());
                    }
                    if depth == 1 {
                        key = None;
                    }
                }
                Event::Alias(..) if depth == 1 => key = None,
                _ => {}
            }
        }
        Some(fields)
    }

    const WORDS: &str =
        "[a-zA-Z\u{e9}\u{6f22}]([a-zA-Z0-9 .,;_/()'!?&*@%+=\u{e9}\u{6f22}-]{0,20}[a-z0-9])?";

    /// Trimmed, and without empty texts: all that is looked at.
    fn told(fields: Option<Vec<Field>>) -> Option<Vec<Field>> {
        let mut fields = fields?;
        for (_, texts) in &mut fields {
            *texts = texts.iter().map(|text| text.trim().to_owned()).collect();
            texts.retain(|text| !text.is_empty());
        }
        Some(fields)
    }

    fn text() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => WORDS,
            1 => WORDS.prop_map(|text| format!("\"{text}: #\\t\\u00e9 \\\" x\"")),
            1 => WORDS.prop_map(|text| format!("'{}: #'", text.replace('\'', "''"))),
            1 => (WORDS, WORDS).prop_map(|(text, more)| format!("{text} # {more}")),
            1 => (WORDS, WORDS).prop_map(|(text, more)| format!("!!str &anchor {text}\n  {more}")),
            1 => (WORDS, WORDS).prop_map(|(text, more)| format!("\n    {text}\n    {more}")),
            1 => (WORDS, WORDS).prop_map(|(text, more)| format!("|\n  {text}\n\n    # {more}\n  end")),
            1 => (WORDS, WORDS).prop_map(|(text, more)| format!(">-\n  {text}\n  {more}")),
            1 => (WORDS, WORDS).prop_map(|(text, more)| format!("'{}\n  {}'", text.replace('\'', ""), more.replace('\'', ""))),
        ]
    }

    fn item() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => "[a-z][a-z0-9 _/.-]{0,9}[a-z]",
            1 => "[a-z, #]{1,9}".prop_map(|text| format!("\"{text}\"")),
            1 => "[a-z, #\\]\\[]{1,9}".prop_map(|text| format!("'{text}'")),
            1 => Just(String::from("[x, y]")),
            1 => Just(String::from("*anchor")),
        ]
    }

    fn value() -> impl Strategy<Value = String> {
        prop_oneof![
            4 => text(),
            2 => vec(item(), 0..4).prop_map(|items| format!("[{}]", items.join(", "))),
            1 => vec(item(), 1..4).prop_map(|items| format!("[\n  {} # c\n  ]", items.join(",\n  "))),
            2 => vec(item(), 1..4).prop_map(|items| format!("\n- {}", items.join("\n- "))),
            2 => vec(item(), 1..4).prop_map(|items| format!("\n  - {}", items.join("\n  # c\n  - "))),
            1 => Just(String::new()),
            1 => Just(String::from("2024-05-01")),
            1 => Just(String::from("{}")),
        ]
    }

    proptest! {
        #[test]
        fn reads_what_a_full_parser_reads(
            given in vec(("[a-z][a-z_ ]{0,7}[a-z]|\"k: \\\\\" e\"", value(), "(\n# note|\n)?"), 0..6)
        ) {
            let block: String = given
                .iter()
                .map(|(key, value, behind)| format!("{key}: {value}{behind}\n"))
                .collect();
            let block = format!("base: &anchor b\n{block}");
            prop_assert_eq!(told(fields(&block)), told(fields_of_yaml(&block)), "{}", block);
        }

        #[test]
        fn any_text_is_read_without_panic(block in "[a-c:,\\[\\]{}\"'#&*!|>?%@ \n-]{0,60}") {
            let _ = fields(&block);
        }
    }

    #[test]
    fn nested_values_are_passed_over() {
        let block = "title: t\nauthor:\n  name: x\n  tags:\n    - y\nsteps:\n  - do: this\n    then: that\n  - plain\nend: e\n";
        let texts = |texts: &[&str]| texts.iter().copied().map(str::to_owned).collect();
        let expected: Vec<Field> = vec![
            (String::from("title"), texts(&["t"])),
            (String::from("author"), texts(&[])),
            (String::from("steps"), texts(&["plain"])),
            (String::from("end"), texts(&["e"])),
        ];
        assert_eq!(fields(block), Some(expected));
    }

    #[test]
    fn what_is_not_a_mapping_of_this_kind_is_refused() {
        for block in [
            ": : [",
            "just words",
            "- a\n- b",
            "a: [x",
            "a: [x]]",
            "a: \"x",
            "a: 'x' y",
            "a: b: c",
            "a: x\n b: y",
            "a: @x",
            "a: \"\\q\"",
            "a:x",
        ] {
            assert_eq!(fields(block), None, "{block}");
        }
        assert_eq!(fields("# nothing"), Some(Vec::new()));
    }
}
