//! What snippets show of each kind of text.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use proptest::prelude::*;

fn marked(snippet: &Snippet) -> String {
    let units: Vec<u16> = snippet.text.encode_utf16().collect();
    let mut out = String::new();
    let mut at = 0;
    for (start, end) in &snippet.highlights {
        let piece = |from: usize, to: usize| String::from_utf16(&units[from..to]).unwrap();
        out += &format!(
            "{}<{}>",
            piece(at, *start as usize),
            piece(*start as usize, *end as usize)
        );
        at = *end as usize;
    }
    out + &String::from_utf16(&units[at..]).unwrap()
}

fn shown(text: &str, query: &str, window_chars: usize) -> String {
    marked(&snippet(text, &Query::parse(query), window_chars))
}

fn shown_title(title: &str, query: &str) -> String {
    marked(&highlight(title, &Query::parse(query)))
}

#[test]
fn a_title_is_shown_whole() {
    assert_eq!(
        shown_title("Café - the  `menu`", "cafe men"),
        "<Café> - the  `<menu>`"
    );
    assert_eq!(shown_title("no match", "x"), "no match");
    assert_eq!(shown_title("", "x"), "");
}

#[test]
fn offsets_count_utf_16_units() {
    let found = highlight("😀 née", &Query::parse("nee"));
    assert_eq!(found.highlights, [(3, 6)]);
}

#[test]
fn a_text_without_match_shows_its_beginning() {
    assert_eq!(shown("# One\n\n> two three four", "zebra", 12), "One two…");
    assert_eq!(shown("short", "", 160), "short");
    assert_eq!(shown("", "x", 160), "");
}

#[test]
fn the_window_holds_the_most_different_words() {
    let text = "alpha alpha alpha. ".repeat(20) + "here alpha meets beta. " + &"end ".repeat(100);
    let found = shown(&text, "alpha beta ", 60);
    assert!(found.contains("<alpha> meets <beta>"), "{found}");
    assert!(found.starts_with('…') && found.ends_with('…'), "{found}");
}

#[test]
fn cuts_fall_on_word_borders() {
    let text = "lorem ipsum dolor sit amet needle adipiscing elit sed do eiusmod";
    assert_eq!(
        shown(text, "needle ", 30),
        "…amet <needle> adipiscing elit…"
    );
}

#[test]
fn line_marks_and_code_marks_are_left_out() {
    let text = "# Tar\n\n> Archives.\n\n- List:\n\n`tar tf {{a.tar}}`\n* item\n-5 stays";
    assert_eq!(
        shown(text, "list ", 160),
        "Tar Archives. <List>: tar tf {{a.tar}} item -5 stays"
    );
}

#[test]
fn pairs_that_follow_each_other_are_one_match() {
    assert_eq!(shown_title("全文検索機能", "検索機 "), "全文<検索機>能");
    assert_eq!(shown_title("全文検索", "検 "), "全文<検>索");
    assert_eq!(shown_title("ไฟล์ใหม่", "ไฟล"), "<ไฟล์>ใหม่");
}

#[test]
fn scripts_without_gaps_are_cut_between_letters() {
    let text = "あ".repeat(200) + "検索" + &"ぎ".repeat(200);
    let found = shown(&text, "検索", 20);
    assert_eq!(
        found,
        format!("…{}<検索>{}…", "あ".repeat(6), "ぎ".repeat(12))
    );
    let text = "ก\u{e48}".repeat(100);
    let found = snippet(&text, &Query::parse("x"), 21).text;
    assert_eq!(found, "ก\u{e48}".repeat(10) + "…");
}

#[test]
fn bracketed_letters_are_highlighted_with_their_word() {
    assert_eq!(
        shown_title("g[z]ipped file", "gzipped "),
        "<g[z]ipped> file"
    );
}

proptest! {
    #[test]
    fn highlights_lie_inside_the_text_in_order(
        text in "(\\PC|[ab#>`* \n]|検索){0,120}",
        query in "(a|b|検|索|ab|\\PC){0,4}",
        window_chars in 0_usize..60,
    ) {
        let query = Query::parse(&query);
        for found in [snippet(&text, &query, window_chars), highlight(&text, &query)] {
            let units: Vec<u16> = found.text.encode_utf16().collect();
            let mut last = 0;
            for (start, end) in found.highlights {
                prop_assert!(start >= last && start < end && end as usize <= units.len());
                prop_assert!(String::from_utf16(&units[start as usize..end as usize]).is_ok());
                last = end;
            }
        }
    }

    #[test]
    fn a_snippet_is_hardly_longer_than_its_window(text in "[a-z \n]{0,300}", window_chars in 10_usize..80) {
        let found = snippet(&text, &Query::parse("a"), window_chars);
        let longest = text.split_whitespace().map(str::len).max().unwrap_or(0);
        prop_assert!(found.text.chars().count() <= window_chars.max(longest) + 2);
        prop_assert!(!found.text.contains('\n'));
    }
}
