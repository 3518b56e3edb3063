//! How well a document fits: BM25 over weighted fields.
//!
//! Occurrences are divided by how long their field is compared with the
//! average, saturate within the field, and are weighted by it. The fields of
//! one word add up, so that no number of repetitions in a text outweighs the
//! title. Of the words that complete a prefix only the best one counts.

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
        Field::Title => 3.0,
        Field::Tags => 2.5,
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
    /// What one occurrence counts in a field of this length, by norm.
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

    /// How well a field with this norm fits a word that it holds `frequency`
    /// times; less than the weight of the field.
    #[inline]
    pub(crate) fn fit(&self, field: Field, norm: u8, frequency: u32) -> f32 {
        let weighted = self.weights[field.index()][usize::from(norm)] * frequency as f32;
        field_weight(field) * weighted / (K1 + weighted)
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
        *weight = 1.0 / (1.0 - influence + influence * relative);
    }
    weights
}

/// The factor for a term of `term_len` bytes that completes a prefix.
pub(crate) fn completion_factor(prefix_len: usize, term_len: usize) -> f32 {
    let beyond = term_len.saturating_sub(prefix_len) as f32;
    let prefix = prefix_len as f32;
    COMPLETION_WEIGHT * prefix / (prefix + COMPLETION_DECAY * beyond)
}
