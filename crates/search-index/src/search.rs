//! Finding and ordering the documents that match a query.
//!
//! Term at a time: the lists of one clause after the other are added into an
//! array over the documents of a segment. A document passes clause `n + 1`
//! only if it passed clause `n`; clauses go from rare to frequent, so that
//! few documents are ever touched twice.

use crate::document::{DocNumber, FIELD_COUNT, Field};
use crate::query::{Clause, Query, Reach};
use crate::rank::{Statistics, completion_factor};
use crate::segment::{PostingList, Segment};
use crate::tokenize::is_whole;
use vault_types::order::sort_numbers;

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
    let required = look_up(segments, query.clauses(), &statistics);
    let boosts = look_up(segments, query.boosts(), &statistics);
    let rare_first = rare_first(&required);
    let mut best = Best::new(limit);
    for (index, segment) in segments.iter().enumerate() {
        if required.iter().any(|matched| matched.has_nothing_in(index)) {
            continue;
        }
        let mut pass = Pass::new(segment, index, &statistics);
        for matched in rare_first.iter().filter_map(|clause| required.get(*clause)) {
            pass.require(matched);
        }
        for matched in &boosts {
            pass.raise(matched);
        }
        pass.collect(live, &mut best);
    }
    best.finish()
}

/// The indexes of the clauses, cheapest first.
fn rare_first(required: &[Matched<'_>]) -> Vec<usize> {
    let mut keys: Vec<u64> = (0_u64..)
        .zip(required)
        .map(|(index, matched)| matched.cost << 8 | index)
        .collect();
    sort_numbers(&mut keys);
    keys.iter().map(|key| (key & 0xff) as usize).collect()
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

/// The terms that begin with `prefix` and are longer. Joined words count only
/// for a prefix of joined words: the first of them is a term as well.
fn complete<'a>(segment: &'a Segment, prefix: &str) -> Vec<Completion<'a>> {
    let mut completions = Vec::new();
    let with_wholes = is_whole(prefix.as_bytes());
    let mut terms = segment.terms_from(prefix);
    while terms.advance() && terms.term().starts_with(prefix.as_bytes()) {
        let len = terms.term().len();
        if len > prefix.len() && (with_wholes || !is_whole(terms.term())) {
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
    /// How well the document fits the current clause: the word itself, and
    /// the best of its completions.
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

    /// Notes how well documents fit, and lists as candidates those that met
    /// all clauses so far and this one.
    fn accumulate(&mut self, matched: &Matched<'_>) {
        if let Some(lists) = matched.exact.get(self.index) {
            self.visit(lists, |pass, doc, fit| pass.exact[doc] += fit);
        }
        for completion in matched.completions.get(self.index).into_iter().flatten() {
            let factor = completion.factor;
            self.visit(&completion.lists, |pass, doc, fit| {
                pass.completed[doc] = pass.completed[doc].max(factor * fit);
            });
        }
    }

    fn visit(&mut self, lists: &Lists<'_>, note: impl Fn(&mut Self, usize, f32)) {
        for (field, list) in Field::ALL.into_iter().zip(lists) {
            let Some(list) = list else { continue };
            list.for_each(|posting| {
                let doc = posting.doc as usize;
                let met = self.met[doc];
                if met == self.clauses_done {
                    self.met[doc] = met + 1;
                    self.candidates.push(posting.doc);
                } else if met != self.clauses_done + 1 {
                    return;
                }
                let norm = self.segment.norms(posting.doc)[field.index()];
                let fit = self.statistics.fit(field, norm, posting.frequency);
                note(self, doc, fit);
            });
        }
    }

    /// Turns what was noted of the candidates into scores.
    fn settle(&mut self, matched: &Matched<'_>) {
        for doc in &self.candidates {
            let doc = *doc as usize;
            self.scores[doc] += matched.exact_rarity * std::mem::take(&mut self.exact[doc])
                + matched.completions_rarity * std::mem::take(&mut self.completed[doc]);
        }
    }

    fn collect(self, live: &dyn Fn(DocNumber) -> bool, best: &mut Best) {
        // From high to low numbers: of equal scores the first ones stay.
        for doc in self.candidates.into_iter().rev() {
            let Some(number) = self.segment.doc_number(doc) else {
                continue;
            };
            if live(number) {
                best.push(number, self.scores[doc as usize]);
            }
        }
    }
}

/// How many hits more than asked for are kept before they are sorted out.
const SPARE_HITS: usize = 512;

/// The best hits so far.
struct Best {
    /// Score and number in one integer that orders as hits do: the bits of a
    /// positive `f32` order as its value.
    keys: Vec<u64>,
    /// Keys below are beaten by `limit` others.
    floor: u64,
    limit: usize,
    total: usize,
}

impl Best {
    const fn new(limit: usize) -> Self {
        Self {
            keys: Vec::new(),
            floor: 0,
            limit,
            total: 0,
        }
    }

    fn push(&mut self, doc: DocNumber, score: f32) {
        self.total += 1;
        let key = u64::from(score.to_bits()) << 32 | u64::from(doc.0);
        if key < self.floor {
            return;
        }
        self.keys.push(key);
        if self.keys.len() >= self.limit.saturating_add(SPARE_HITS) {
            self.drop_beaten();
        }
    }

    fn drop_beaten(&mut self) {
        sort_numbers(&mut self.keys);
        let beaten = self.keys.len().saturating_sub(self.limit);
        self.keys.drain(..beaten);
        self.floor = self.keys.first().copied().unwrap_or(u64::MAX);
    }

    fn finish(mut self) -> Ranked {
        self.drop_beaten();
        let hits = self.keys.iter().rev().map(|key| Hit {
            doc: DocNumber(*key as u32),
            score: f32::from_bits((*key >> 32) as u32),
        });
        Ranked {
            hits: hits.collect(),
            total: self.total,
        }
    }
}
