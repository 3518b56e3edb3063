//! What the tokenizer makes of each kind of text.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use proptest::prelude::*;

fn tokens(text: &str) -> Vec<(TokenKind, String, u32)> {
    let mut found = Vec::new();
    Tokenizer::default().tokenize(text, 0, &mut |token| {
        found.push((token.kind, token.term.to_owned(), token.position));
    });
    found
}

fn terms(text: &str) -> Vec<String> {
    tokens(text).into_iter().map(|(_, term, _)| term).collect()
}

#[test]
fn markdown_marks_are_no_terms() {
    assert_eq!(
        terms("# Title\n\n> *quoted* **bold** `code`\n\n- [x] item ~~gone~~\n| a | b |\n"),
        [
            "title", "quoted", "bold", "code", "x", "item", "gone", "a", "b"
        ]
    );
}

#[test]
fn positions_count_words() {
    let found = tokens("one, two three");
    let positions: Vec<u32> = found.iter().map(|(_, _, position)| *position).collect();
    assert_eq!(positions, [0, 1, 2]);
}

#[test]
fn joined_words_are_terms_by_part_and_whole() {
    assert_eq!(terms("foo_bar"), ["foo", "bar", "foo_bar"]);
    assert_eq!(terms("--no-cache"), ["no", "cache", "no-cache"]);
    assert_eq!(
        terms("me@example.org"),
        ["me", "example", "org", "me@example.org"]
    );
    assert_eq!(
        terms("path/to/file.tar.gz"),
        ["path", "to", "file", "tar", "gz", "file.tar.gz"]
    );
    assert_eq!(terms("end. Next"), ["end", "next"]);
    assert_eq!(terms("_emphasis_"), ["emphasis"]);
    assert_eq!(terms("v1.2"), ["v1", "2", "v1.2"]);
}

#[test]
fn only_a_whole_holds_the_punctuation_that_joins() {
    for c in (0..=0x10_ffff).filter_map(char::from_u32) {
        Tokenizer::default().tokenize(&c.to_string(), 0, &mut |token| {
            assert!(!is_whole(token.term.as_bytes()), "U+{:04X}", u32::from(c));
        });
    }
    assert!(is_whole(b"foo_bar"));
}

#[test]
fn an_elided_article_does_not_hide_the_word() {
    assert_eq!(terms("l'outil d’archive"), ["l", "outil", "d", "archive"]);
}

#[test]
fn camel_case_is_a_word_with_parts_at_its_position() {
    let word = (TokenKind::Word, "camelcase".to_owned(), 0);
    let camel = (TokenKind::Part, "camel".to_owned(), 0);
    let case = (TokenKind::Part, "case".to_owned(), 0);
    assert_eq!(tokens("camelCase"), [word, camel, case]);
    assert_eq!(terms("HTTPServer"), ["httpserver", "http", "server"]);
    assert_eq!(terms("README"), ["readme"]);
}

#[test]
fn bracketed_letters_belong_to_their_word() {
    assert_eq!(terms("[c]reate")[0], "create");
    assert_eq!(terms("g[z]ipped")[0], "gzipped");
    assert_eq!(terms("Lis[t] it"), ["list", "lis", "t", "it"]);
    assert_eq!(terms("E[x]trac[t]")[0], "extract");
    assert_eq!(terms("[ab](link)"), ["ab", "link"]);
    assert_eq!(terms("see [1]"), ["see", "1"]);
}

#[test]
fn scripts_without_gaps_become_pairs_and_a_tail() {
    assert_eq!(terms("検索する"), ["検索", "索す", "する", "る"]);
    assert_eq!(terms("字"), ["字"]);
    assert_eq!(terms("파일을 압축"), ["파일", "일을", "을", "압축", "축"]);
    assert_eq!(terms("ไฟล์"), ["ไฟ", "ฟล์", "ล์"]);
    assert_eq!(terms("ｶﾞｽ"), ["ガス", "ス"]);
}

#[test]
fn pairs_do_not_cross_punctuation_or_scripts() {
    assert_eq!(terms("東京、大阪"), ["東京", "京", "大阪", "阪"]);
    assert_eq!(terms("gzip形式"), ["gzip", "形式", "式"]);
}

#[test]
fn long_words_are_cut_to_the_limit() {
    let word = "ä".repeat(40) + &"字".repeat(3) + &"b".repeat(100);
    for term in terms(&word) {
        assert!(term.len() <= MAX_TERM_BYTES);
    }
    assert_eq!(terms(&"b".repeat(100)), ["b".repeat(MAX_TERM_BYTES)]);
}

proptest! {
    #[test]
    fn tokens_lie_on_character_borders_and_are_folded(text in "(\\PC|[\\[\\]_. a-zA-Zか-ん\n]){0,60}") {
        let mut primary = 0;
        let next = Tokenizer::default().tokenize(&text, 5, &mut |token| {
            assert!(token.start < token.end && token.end <= text.len());
            assert!(text.is_char_boundary(token.start) && text.is_char_boundary(token.end));
            assert!(token.start < token.head_end && token.head_end <= token.end);
            assert!(text.is_char_boundary(token.head_end));
            assert!(!token.term.is_empty() && token.term.len() <= MAX_TERM_BYTES);
            assert!(token.position >= 5);
            primary += u32::from(token.kind.is_primary());
        });
        prop_assert!(next >= 5 + primary);
    }

    #[test]
    fn positions_of_one_term_never_descend(text in "[ab\u{fdfa}\u{2488}字.\\[\\]_ A]{0,60}") {
        let mut last = std::collections::HashMap::new();
        Tokenizer::default().tokenize(&text, 0, &mut |token| {
            let before = last.insert(token.term.to_owned(), token.position);
            assert!(before.is_none_or(|before| before <= token.position), "{:?}", token);
        });
    }

    #[test]
    fn an_ascii_word_is_found_again_in_any_punctuation(word in "[a-z]{1,20}", around in "[ ,;:!?(){}<>|'\"/\\\\\n]{1,5}") {
        let text = format!("{around}{word}{around}");
        prop_assert_eq!(terms(&text), [word]);
    }

    #[test]
    fn words_of_plain_letters_are_those_of_uax_29(text in "[a-zA-Zà-ýа-яά-ώء-غא-ת0-9 !?\n]{0,60}") {
        use unicode_segmentation::UnicodeSegmentation;
        let expected: Vec<&str> = text.unicode_words().collect();
        let mut found = Vec::new();
        Tokenizer::default().tokenize(&text, 0, &mut |token| {
            if token.kind == TokenKind::Word {
                found.push(&text[token.start..token.end]);
            }
        });
        prop_assert_eq!(found, expected);
    }
}
