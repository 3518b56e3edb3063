//! Finding and ordering the documents that match a query.
//!
//! Term at a time: the lists of one clause after the other are added into an
//! array over the documents of a segment. A document passes clause `n + 1`
//! only if it passed clause `n`; clauses go from rare to frequent, so that
//! few documents are ever touched twice.

use std::cmp::Ordering;

use crate::document::{DocNumber, FIELD_COUNT, Field};
use crate::query::{Clause, Query, Reach};
use crate::rank::{Statistics, completion_factor, score};
use crate::segment::{PostingList, Segment};

/// One document that matches.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Its number.
    pub doc: DocNumber,
    /// How well it fits; comparable within one answer only.
    pub score: f32,
}

/// The answer to a query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranked {
    /// The best documents, best first; of equals the higher number first.
    pub hits: Vec<Hit>,
    /// How many live documents match, shown or not.
    pub total: usize,
}

/// The `limit` best documents that hold every word of `query` and that `live`
/// accepts, which is also the place for filters by kind, tag or date.
#[must_use]
pub fn search(
    segments: &[&Segment],
    query: &Query,
    live: &dyn Fn(DocNumber) -> bool,
    limit: usize,
) -> Ranked {
    if query.is_empty() {
        return Ranked::default();
    }
    let statistics = Statistics::new(segments);
    let mut required = look_up(segments, query.clauses(), &statistics);
    required.sort_by_key(|matched| matched.cost);
    let boosts = look_up(segments, query.boosts(), &statistics);
    let mut hits = Vec::new();
    for (index, segment) in segments.iter().enumerate() {
        if required.iter().any(|matched| matched.has_nothing_in(index)) {
            continue;
        }
        let mut pass = Pass::new(segment, index, &statistics);
        for matched in &required {
            pass.require(matched);
        }
        for matched in &boosts {
            pass.raise(matched);
        }
        pass.collect(live, &mut hits);
    }
    let total = hits.len();
    Ranked {
        hits: best(hits, limit),
        total,
    }
}

/// What one clause means for the segments at hand.
struct Matched<'a> {
    /// The lists of the word itself, by segment.
    exact: Vec<Lists<'a>>,
    exact_rarity: f32,
    /// Longer words that begin with it, by segment.
    completions: Vec<Vec<Completion<'a>>>,
    completions_rarity: f32,
    /// Postings to read: what to do first.
    cost: u64,
}

type Lists<'a> = [Option<PostingList<'a>>; FIELD_COUNT];

struct Completion<'a> {
    lists: Lists<'a>,
    factor: f32,
}

impl Matched<'_> {
    fn has_nothing_in(&self, segment: usize) -> bool {
        self.exact
            .get(segment)
            .is_none_or(|lists| lists.iter().all(Option::is_none))
            && self.completions.get(segment).is_none_or(Vec::is_empty)
    }
}

fn look_up<'a>(
    segments: &[&'a Segment],
    clauses: &[Clause],
    statistics: &Statistics,
) -> Vec<Matched<'a>> {
    clauses
        .iter()
        .map(|clause| look_up_one(segments, clause, statistics))
        .collect()
}

fn look_up_one<'a>(
    segments: &[&'a Segment],
    clause: &Clause,
    statistics: &Statistics,
) -> Matched<'a> {
    let exact: Vec<Lists<'a>> = segments
        .iter()
        .map(|segment| segment.lists_of(&clause.term))
        .collect();
    let completions: Vec<Vec<Completion<'a>>> = match clause.reach {
        Reach::Exact => Vec::new(),
        Reach::Prefix => segments
            .iter()
            .map(|segment| complete(segment, &clause.term))
            .collect(),
    };
    let exact_docs = doc_frequencies(exact.iter());
    let completion_docs = doc_frequencies(completions.iter().flatten().map(|found| &found.lists));
    Matched {
        exact,
        exact_rarity: statistics.rarity(largest(exact_docs)),
        completions,
        completions_rarity: statistics.rarity(largest(completion_docs)),
        cost: exact_docs.iter().chain(&completion_docs).sum(),
    }
}

/// The terms that begin with `prefix` and are longer.
fn complete<'a>(segment: &'a Segment, prefix: &str) -> Vec<Completion<'a>> {
    let mut completions = Vec::new();
    let mut terms = segment.terms_from(prefix);
    while terms.advance() && terms.term().starts_with(prefix.as_bytes()) {
        let len = terms.term().len();
        if len > prefix.len() {
            let factor = completion_factor(prefix.len(), len);
            completions.push(Completion {
                lists: terms.lists(),
                factor,
            });
        }
    }
    completions
}

/// Documents per field, added over lists: the same however the documents are
/// spread over segments.
fn doc_frequencies<'l, 'a: 'l>(all: impl Iterator<Item = &'l Lists<'a>>) -> [u64; FIELD_COUNT] {
    let mut sums = [0; FIELD_COUNT];
    for lists in all {
        for (sum, list) in sums.iter_mut().zip(lists) {
            *sum += list.map_or(0, |list| u64::from(list.doc_frequency()));
        }
    }
    sums
}

/// The field with the most documents stands for all fields: a word of the
/// title mostly occurs in the text too.
fn largest(doc_frequencies: [u64; FIELD_COUNT]) -> u64 {
    doc_frequencies.into_iter().max().unwrap_or(0)
}

/// One segment on its way through the clauses; arrays are by document.
struct Pass<'a> {
    segment: &'a Segment,
    index: usize,
    statistics: &'a Statistics,
    /// How many required clauses the document has met.
    met: Vec<u8>,
    scores: Vec<f32>,
    /// Weighted occurrences within the current clause.
    exact: Vec<f32>,
    completed: Vec<f32>,
    /// The documents that met every clause so far.
    candidates: Vec<u32>,
    clauses_done: u8,
}

impl<'a> Pass<'a> {
    fn new(segment: &'a Segment, index: usize, statistics: &'a Statistics) -> Self {
        let docs = segment.doc_count();
        Self {
            segment,
            index,
            statistics,
            met: vec![0; docs],
            scores: vec![0.0; docs],
            exact: vec![0.0; docs],
            completed: vec![0.0; docs],
            candidates: Vec::new(),
            clauses_done: 0,
        }
    }

    /// Keeps the candidates that meet the clause, and scores them.
    fn require(&mut self, matched: &Matched<'_>) {
        self.candidates.clear();
        self.accumulate(matched);
        self.clauses_done += 1;
        self.settle(matched);
    }

    /// Scores the candidates that meet the clause, and keeps all.
    fn raise(&mut self, matched: &Matched<'_>) {
        let candidates = std::mem::take(&mut self.candidates);
        self.accumulate(matched);
        for doc in &self.candidates {
            self.met[*doc as usize] = self.clauses_done;
        }
        self.settle(matched);
        self.candidates = candidates;
    }

    /// Adds up weights, and lists as candidates the documents that met all
    /// clauses so far and this one.
    fn accumulate(&mut self, matched: &Matched<'_>) {
        if let Some(lists) = matched.exact.get(self.index) {
            let (met, sums) = (&mut self.met, &mut self.exact);
            let mut target = Target {
                met,
                sums,
                candidates: &mut self.candidates,
                done: self.clauses_done,
            };
            target.add(lists, 1.0, self.segment, self.statistics);
        }
        for completion in matched.completions.get(self.index).into_iter().flatten() {
            let (met, sums) = (&mut self.met, &mut self.completed);
            let mut target = Target {
                met,
                sums,
                candidates: &mut self.candidates,
                done: self.clauses_done,
            };
            target.add(
                &completion.lists,
                completion.factor,
                self.segment,
                self.statistics,
            );
        }
    }

    /// Turns the weights of the candidates into scores.
    fn settle(&mut self, matched: &Matched<'_>) {
        for doc in &self.candidates {
            let doc = *doc as usize;
            let exact = std::mem::take(&mut self.exact[doc]);
            let completed = std::mem::take(&mut self.completed[doc]);
            self.scores[doc] +=
                score(matched.exact_rarity, exact) + score(matched.completions_rarity, completed);
        }
    }

    fn collect(self, live: &dyn Fn(DocNumber) -> bool, hits: &mut Vec<Hit>) {
        for doc in self.candidates {
            let Some(number) = self.segment.doc_number(doc) else {
                continue;
            };
            if live(number) {
                hits.push(Hit {
                    doc: number,
                    score: self.scores[doc as usize],
                });
            }
        }
    }
}

/// Where the postings of one list go.
struct Target<'p> {
    met: &'p mut [u8],
    sums: &'p mut [f32],
    candidates: &'p mut Vec<u32>,
    done: u8,
}

impl Target<'_> {
    fn add(&mut self, lists: &Lists<'_>, factor: f32, segment: &Segment, statistics: &Statistics) {
        for (field, list) in Field::ALL.into_iter().zip(lists) {
            let Some(list) = list else { continue };
            list.for_each(|posting| {
                let doc = posting.doc as usize;
                let met = self.met[doc];
                if met == self.done {
                    self.met[doc] = met + 1;
                    self.candidates.push(posting.doc);
                } else if met != self.done + 1 {
                    return;
                }
                let norm = segment.norms(posting.doc)[field.index()];
                self.sums[doc] += factor * statistics.weight(field, norm, posting.frequency);
            });
        }
    }
}

/// The best `limit` hits in order.
fn best(mut hits: Vec<Hit>, limit: usize) -> Vec<Hit> {
    if limit == 0 {
        return Vec::new();
    }
    if hits.len() > limit {
        hits.select_nth_unstable_by(limit - 1, better);
        hits.truncate(limit);
    }
    hits.sort_unstable_by(better);
    hits
}

fn better(a: &Hit, b: &Hit) -> Ordering {
    b.score.total_cmp(&a.score).then(b.doc.cmp(&a.doc))
}
