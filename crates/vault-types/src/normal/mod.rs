//! Unicode normalization forms KD, KC and C (UAX #15), from a small table.
//!
//! The tables of the `unicode-normalization` crate are made for speed and come
//! to a fifth of what a browser downloads. This one is made to be small, and is
//! spread out in memory when it is first asked. Tests hold that both agree on
//! every code point, and on arbitrary texts.

mod table;

use table::{Depth, Table};

/// Hands the characters of `text` in form KD to `push`.
pub fn nfkd(text: &str, mut push: impl FnMut(char)) {
    decompose(text, Depth::Full, &mut |_, c| push(c));
}

/// Hands the characters of `text` in form KC to `push`.
pub fn nfkc(text: &str, mut push: impl FnMut(char)) {
    compose(text, Depth::Full, &mut push);
}

/// Hands the characters of `text` in form C to `push`.
pub fn nfc(text: &str, mut push: impl FnMut(char)) {
    compose(text, Depth::Canonical, &mut push);
}

/// Each character with its combining class, marks in canonical order.
fn decompose(text: &str, depth: Depth, push: &mut dyn FnMut(u8, char)) {
    let mut marks: Vec<(u8, char)> = Vec::new();
    for c in text.chars() {
        if c.is_ascii() {
            marks.drain(..).for_each(|(class, mark)| push(class, mark));
            push(0, c);
            continue;
        }
        let table = Table::of_unicode();
        table.decomposed(c, depth, &mut |part| {
            let class = table.class(part);
            if class == 0 {
                marks.drain(..).for_each(|(class, mark)| push(class, mark));
                push(0, part);
            } else {
                let at = marks.partition_point(|(other, _)| *other <= class);
                marks.insert(at, (class, part));
            }
        });
    }
    marks.drain(..).for_each(|(class, mark)| push(class, mark));
    // Nothing of a passphrase stays behind.
    marks.resize(marks.capacity(), (0, '\0'));
}

fn compose(text: &str, depth: Depth, push: &mut dyn FnMut(char)) {
    let mut starter: Option<char> = None;
    // Marks behind the starter that did not become part of it.
    let mut marks: Vec<char> = Vec::new();
    let mut last_class = 0;
    decompose(text, depth, &mut |class, c| {
        let is_blocked = !marks.is_empty() && last_class >= class;
        let composed = starter
            .filter(|_| !is_blocked && !c.is_ascii())
            .and_then(|starter| Table::of_unicode().composed(starter, c));
        if composed.is_some() {
            starter = composed;
        } else if class == 0 {
            starter.replace(c).into_iter().for_each(&mut *push);
            marks.drain(..).for_each(&mut *push);
        } else if starter.is_some() {
            marks.push(c);
            last_class = class;
        } else {
            push(c);
        }
    });
    starter.into_iter().chain(marks.drain(..)).for_each(push);
    marks.resize(marks.capacity(), '\0');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    fn all() -> impl Iterator<Item = char> {
        (0..=0x10_ffff).filter_map(char::from_u32)
    }

    fn kd(text: &str) -> String {
        let mut out = String::new();
        nfkd(text, |c| out.push(c));
        out
    }

    fn kc(text: &str) -> String {
        let mut out = String::new();
        nfkc(text, |c| out.push(c));
        out
    }

    fn composed(text: &str) -> String {
        let mut out = String::new();
        nfc(text, |c| out.push(c));
        out
    }

    #[test]
    fn every_code_point_is_as_the_crate_has_it() {
        for c in all() {
            let text = c.to_string();
            assert!(kd(&text).chars().eq(text.nfkd()), "U+{:04X}", u32::from(c));
            assert!(kc(&text).chars().eq(text.nfkc()), "U+{:04X}", u32::from(c));
            assert!(
                composed(&text).chars().eq(text.nfc()),
                "U+{:04X}",
                u32::from(c)
            );
        }
    }

    #[test]
    fn every_pair_that_composes_is_as_the_crate_has_it() {
        use unicode_normalization::char::{compose, decompose_canonical};
        let table = Table::of_unicode();
        // Whatever composes does so from what a canonical decomposition ends
        // with.
        let (mut firsts, mut lasts) = (std::collections::BTreeSet::new(), vec![]);
        for c in all() {
            let mut parts = Vec::new();
            decompose_canonical(c, |part| parts.push(part));
            if parts.len() > 1 && !('가'..='힣').contains(&c) {
                firsts.extend([parts[0], c]);
                firsts.extend(parts[..parts.len() - 1].iter().copied());
                lasts.push(parts[parts.len() - 1]);
            }
        }
        lasts.sort_unstable();
        lasts.dedup();
        for &first in &firsts {
            for &last in &lasts {
                assert_eq!(table.composed(first, last), compose(first, last));
            }
        }
    }

    proptest! {
        #[test]
        fn texts_are_as_the_crate_has_them(
            text in "(\\PC|[a-zA-Z\u{e0}-\u{17f}]|[\u{300}-\u{36f}\u{5b0}-\u{5c7}\u{3099}\u{309a}]|[\u{1100}-\u{11c2}가-힣]|[\u{1f00}-\u{1fff}\u{fb50}-\u{fdff}\u{f900}-\u{faff}]){0,24}"
        ) {
            prop_assert!(kd(&text).chars().eq(text.nfkd()));
            prop_assert!(kc(&text).chars().eq(text.nfkc()));
            prop_assert!(composed(&text).chars().eq(text.nfc()));
        }
    }
}
