//! Front matter: the YAML block that many Markdown files begin with.
//!
//! Only what a note has a place for is understood: title, tags, dates, kind.
//! Aliases and nested values are passed over.

mod yaml;

use vault_types::{Kind, limits};

/// Front matter in bytes; a longer block is text.
const FRONT_MATTER_BYTES_MAX: usize = 64 * 1024;

/// What a file says about itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct FrontMatter {
    pub(crate) title: Option<String>,
    pub(crate) tags: Vec<String>,
    pub(crate) created_ms: Option<u64>,
    pub(crate) updated_ms: Option<u64>,
    pub(crate) kind: Option<Kind>,
    /// Whether there was something that a note has no place for, so that the
    /// block must stay in the text.
    pub(crate) has_more: bool,
}

/// Splits a text into its front matter and the rest. A block that is not YAML
/// is text.
pub(crate) fn split(text: &str) -> (Option<FrontMatter>, &str) {
    let Some((block, rest)) = block(text) else {
        return (None, text);
    };
    match parse(block) {
        Some(front) => (Some(front), rest),
        None => (None, text),
    }
}

fn block(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix("---\n")?;
    let mut at = 0;
    for line in inner.split_inclusive('\n') {
        if matches!(line.trim_end(), "---" | "...") {
            return Some((
                &inner[..at],
                inner[at + line.len()..].trim_start_matches('\n'),
            ));
        }
        at += line.len();
        if at > FRONT_MATTER_BYTES_MAX {
            return None;
        }
    }
    None
}

fn parse(block: &str) -> Option<FrontMatter> {
    let mut front = FrontMatter::default();
    for (key, texts) in yaml::fields(block)? {
        let first = texts
            .first()
            .map(|text| text.trim())
            .filter(|text| !text.is_empty());
        match key.to_ascii_lowercase().as_str() {
            "title" => front.title = first.map(str::to_owned),
            "tags" | "tag" | "keywords" | "categories" | "category" => {
                front.tags.extend(tags(&texts));
            }
            "date" | "created" | "created_at" => front.created_ms = first.and_then(date_ms),
            "updated" | "updated_at" | "modified" | "lastmod" => {
                front.updated_ms = first.and_then(date_ms);
            }
            "kind" | "type" if first.and_then(Kind::from_name).is_some() => {
                front.kind = first.and_then(Kind::from_name);
            }
            _ => front.has_more = true,
        }
    }
    Some(front)
}

/// One text may hold several tags, separated by commas.
fn tags(texts: &[String]) -> impl Iterator<Item = String> {
    texts
        .iter()
        .flat_map(|text| text.split(','))
        .map(|tag| tag.trim().trim_start_matches('#').to_owned())
        .filter(|tag| !tag.is_empty() && tag.len() <= limits::TAG_BYTES_MAX)
}

/// Unix milliseconds of `YYYY-MM-DD`, with a time and an offset if given
/// (RFC 3339, a space being allowed for the `T`).
fn date_ms(text: &str) -> Option<u64> {
    let (date, time) = match text.split_once(['T', 't', ' ']) {
        Some((date, time)) => (date, time.trim()),
        None => (text, ""),
    };
    let mut parts = date.splitn(3, '-');
    let year: i64 = parts.next().filter(|year| year.len() == 4)?.parse().ok()?;
    let month: i64 = parts
        .next()?
        .parse()
        .ok()
        .filter(|month| (1..=12).contains(month))?;
    let day: i64 = parts
        .next()?
        .parse()
        .ok()
        .filter(|day| (1..=31).contains(day))?;
    let seconds = days_from_civil(year, month, day) * 86_400 + time_s(time)?;
    u64::try_from(seconds).ok()?.checked_mul(1000)
}

/// Seconds of `hh:mm[:ss[.f]][Z|±hh:mm]` since midnight UTC.
fn time_s(time: &str) -> Option<i64> {
    if time.is_empty() {
        return Some(0);
    }
    let time = time.trim_end_matches(['Z', 'z']).trim_end();
    let (clock, offset_s) = match time.rfind(['+', '-']) {
        Some(at) => {
            let sign = if time[at..].starts_with('-') { -1 } else { 1 };
            (time[..at].trim_end(), sign * clock_s(&time[at + 1..])?)
        }
        None => (time, 0),
    };
    Some(clock_s(clock)? - offset_s)
}

fn clock_s(clock: &str) -> Option<i64> {
    let mut parts = clock.splitn(3, ':');
    let hour: i64 = parts
        .next()?
        .parse()
        .ok()
        .filter(|hour| (0..24).contains(hour))?;
    let minute: i64 = match parts.next() {
        Some(minute) => minute
            .parse()
            .ok()
            .filter(|minute| (0..60).contains(minute))?,
        None => 0,
    };
    let second = parts
        .next()
        .map_or("0", |second| second.split('.').next().unwrap_or("0"));
    let second: i64 = second
        .parse()
        .ok()
        .filter(|second| (0..=60).contains(second))?;
    Some(hour * 3600 + minute * 60 + second)
}

/// Days since 1970-01-01 of a date of the Gregorian calendar (Howard Hinnant,
/// "chrono-compatible low-level date algorithms").
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_a_note_has_a_place_for() {
        let text = "---\ntitle: \"A: b\"\ntags: [one, 'two three', \"#four\"]\ndate: 2024-05-01\nupdated: 2024-05-02T10:00:00+02:00\nkind: journal\n---\n\nText\n";
        let (front, rest) = split(text);
        assert_eq!(
            front.unwrap(),
            FrontMatter {
                title: Some(String::from("A: b")),
                tags: vec![
                    String::from("one"),
                    String::from("two three"),
                    String::from("four")
                ],
                created_ms: Some(1_714_521_600_000),
                updated_ms: Some(1_714_636_800_000),
                kind: Some(Kind::Journal),
                has_more: false,
            }
        );
        assert_eq!(rest, "Text\n");
    }

    #[test]
    fn reads_tags_as_a_block_list_and_as_one_text() {
        let (front, _) = split("---\ntags:\n  - a\n  - b\ncategories: c, d\n---\n");
        assert_eq!(front.unwrap().tags, ["a", "b", "c", "d"]);
    }

    #[test]
    fn says_when_there_is_more_than_a_note_can_hold() {
        let (front, _) = split("---\ntitle: t\nauthor: {name: x, tags: [y]}\n---\n");
        let front = front.unwrap();
        assert!(front.has_more);
        assert!(front.tags.is_empty());
        assert_eq!(front.title.as_deref(), Some("t"));
    }

    #[test]
    fn what_is_not_yaml_or_not_closed_is_text() {
        for text in [
            "---\n: : [\n---\nx",
            "---\ntitle: x\n",
            "----\n---\n",
            "---\njust words\n---\n",
        ] {
            assert_eq!(split(text), (None, text), "{text}");
        }
    }

    #[test]
    fn aliases_are_not_expanded() {
        let mut text = String::from("---\na0: &a0 [x, x]\n");
        for n in 1..40 {
            text.push_str(&format!("a{n}: &a{n} [*a{0}, *a{0}]\n", n - 1));
        }
        text.push_str("title: t\n---\n");
        assert_eq!(split(&text).0.unwrap().title.as_deref(), Some("t"));
    }

    proptest! {
        #[test]
        fn any_block_is_read_without_panic(text: String) {
            let _ = split(&format!("---\n{text}\n---\n"));
        }

        #[test]
        fn any_date_is_read_without_panic(text in "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}[T ]?[0-9:.+Z-]{0,16}") {
            let _ = date_ms(&text);
        }
    }

    #[test]
    fn dates_before_1970_are_left_out() {
        assert_eq!(date_ms("1969-12-31"), None);
        assert_eq!(date_ms("1970-01-02"), Some(86_400_000));
        assert_eq!(date_ms("2000-02-29 00:00:01Z"), Some(951_782_401_000));
    }
}
