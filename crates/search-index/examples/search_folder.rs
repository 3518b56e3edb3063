//! Indexes the Markdown files below a folder and answers queries from it.
//!
//! ```text
//! cargo run --release -p search-index --example search_folder -- FOLDER QUERY...
//! ```

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use search_index::{
    DocNumber, Document, Query, Segment, SegmentBuilder, highlight, search, snippet,
};

/// How often each query runs for its timing.
const RUNS: u32 = 200;

struct Page {
    path: PathBuf,
    text: String,
}

impl Page {
    /// The first heading, or else the file name.
    fn title(&self) -> &str {
        let heading = self.text.lines().find_map(|line| line.strip_prefix("# "));
        let name = self.path.file_stem().and_then(|name| name.to_str());
        heading.or(name).unwrap_or_default()
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments
        .next()
        .ok_or("usage: search_folder FOLDER QUERY...")?;
    let mut pages = Vec::new();
    read_pages(Path::new(&folder), &mut pages)?;
    let segment = index(&pages)?;
    for input in arguments {
        answer(&pages, &segment, &input);
    }
    Ok(())
}

fn read_pages(folder: &Path, pages: &mut Vec<Page>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read_pages(&path, pages)?;
        } else if path.extension().is_some_and(|extension| extension == "md") {
            let text = fs::read_to_string(&path)?;
            pages.push(Page { path, text });
        }
    }
    Ok(())
}

fn index(pages: &[Page]) -> Result<Segment, Box<dyn Error>> {
    let start = Instant::now();
    let mut builder = SegmentBuilder::new();
    for (number, page) in (0..).zip(pages) {
        let document = Document {
            title: page.title(),
            text: &page.text,
            tags: &[],
        };
        builder.add(DocNumber(number), &document)?;
    }
    let estimated = builder.estimated_bytes();
    let bytes = builder.finish();
    let built = start.elapsed();
    let text_bytes: usize = pages.iter().map(|page| page.text.len()).sum();
    println!(
        "{} pages in {built:.0?}: {:.0} pages/s, {} bytes (estimated {estimated}), {:.3} of the text",
        pages.len(),
        pages.len() as f64 / built.as_secs_f64(),
        bytes.len(),
        bytes.len() as f64 / text_bytes as f64,
    );
    let start = Instant::now();
    let segment = Segment::parse(bytes)?;
    println!("opened in {:.1?}", start.elapsed());
    Ok(segment)
}

fn answer(pages: &[Page], segment: &Segment, input: &str) {
    let query = Query::parse(input);
    let mut times: Vec<Duration> = Vec::new();
    let mut ranked = search(&[segment], &query, &|_| true, 10);
    for _ in 0..RUNS {
        let start = Instant::now();
        ranked = search(&[segment], &query, &|_| true, 10);
        times.push(start.elapsed());
    }
    times.sort_unstable();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    println!("\n“{input}”: {} pages, median {median:.1?}", ranked.total);
    for hit in &ranked.hits {
        if let Some(page) = pages.get(hit.doc.0 as usize) {
            let title = highlight(page.title(), &query).text;
            let shown = snippet(&page.text, &query, 100);
            println!("{:6.2}  {}  {title}", hit.score, page.path.display());
            println!("        {}", bracketed(&shown.text, &shown.highlights));
        }
    }
}

/// The text with its matches in brackets.
fn bracketed(text: &str, highlights: &[(u32, u32)]) -> String {
    let mut out = String::new();
    let mut unit = 0;
    for c in text.chars() {
        if highlights.iter().any(|(start, _)| *start == unit) {
            out.push('⟦');
        }
        out.push(c);
        unit += c.len_utf16() as u32;
        if highlights.iter().any(|(_, end)| *end == unit) {
            out.push('⟧');
        }
    }
    out
}
