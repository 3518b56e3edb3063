//! How well a document fits: BM25 over weighted fields.
//!
//! BM25F: the occurrences of a word in all fields are weighted, divided by
//! how long the field is compared with the average, and added up before they
//! saturate, so that a word in title and text counts once, only more.

use crate::document::{FIELD_COUNT, Field};
use crate::segment::{Segment, length_of_norm};

/// Saturation of repeated occurrences, the usual BM25 value.
const K1: f32 = 1.2;

/// What the completions of a prefix count, compared with the word itself.
const COMPLETION_WEIGHT: f32 = 0.5;

/// How fast a completion loses weight with every byte beyond the prefix.
const COMPLETION_DECAY: f32 = 0.3;

/// How much an occurrence in the field counts.
const fn field_weight(field: Field) -> f32 {
    match field {
        Field::Title => 4.0,
        Field::Tags => 2.0,
        Field::Text => 1.0,
    }
}

/// How much the length of the field matters, from 0 to 1.
const fn length_influence(field: Field) -> f32 {
    match field {
        Field::Title => 0.6,
        Field::Tags => 0.3,
        Field::Text => 0.75,
    }
}

/// What ranking knows about all segments together. Dead documents count
/// until a merge drops them.
#[derive(Debug)]
pub(crate) struct Statistics {
    doc_count: f32,
    /// Weight of one occurrence, by field and norm.
    weights: [[f32; 256]; FIELD_COUNT],
}

impl Statistics {
    pub(crate) fn new(segments: &[&Segment]) -> Self {
        let doc_count: usize = segments.iter().map(|segment| segment.doc_count()).sum();
        let doc_count = doc_count as f32;
        let mut weights = [[0.0; 256]; FIELD_COUNT];
        for field in Field::ALL {
            let index = field.index();
            let total: u64 = segments
                .iter()
                .map(|segment| segment.total_lengths()[index])
                .sum();
            let average = (total as f32 / doc_count.max(1.0)).max(1.0);
            weights[index] = weights_by_norm(field, average);
        }
        Self { doc_count, weights }
    }

    /// The weight of `frequency` occurrences in a field with this norm.
    #[inline]
    pub(crate) fn weight(&self, field: Field, norm: u8, frequency: u32) -> f32 {
        self.weights[field.index()][usize::from(norm)] * frequency as f32
    }

    /// How much a word tells that `doc_frequency` documents hold.
    pub(crate) fn rarity(&self, doc_frequency: u64) -> f32 {
        let docs = (doc_frequency as f32).min(self.doc_count);
        ((self.doc_count - docs + 0.5) / (docs + 0.5)).ln_1p()
    }
}

fn weights_by_norm(field: Field, average: f32) -> [f32; 256] {
    let influence = length_influence(field);
    let mut weights = [0.0; 256];
    for (norm, weight) in (0..=u8::MAX).zip(&mut weights) {
        let relative = length_of_norm(norm) as f32 / average;
        *weight = field_weight(field) / (1.0 - influence + influence * relative);
    }
    weights
}

/// The score of a word whose weighted occurrences add up to `weight`.
#[inline]
pub(crate) fn score(rarity: f32, weight: f32) -> f32 {
    rarity * weight / (K1 + weight)
}

/// The factor for a term of `term_len` bytes that completes a prefix.
pub(crate) fn completion_factor(prefix_len: usize, term_len: usize) -> f32 {
    let beyond = term_len.saturating_sub(prefix_len) as f32;
    let prefix = prefix_len as f32;
    COMPLETION_WEIGHT * prefix / (prefix + COMPLETION_DECAY * beyond)
}
