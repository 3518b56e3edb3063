//! Making a ciphertext that opens under every one of several keys.
//!
//! Under each key the tag is a polynomial over the blocks of the message, so
//! that as many free blocks as there are keys solve as many linear equations.

use super::field::{Element, Ghash, Prime, solve};
use crate::key::DerivedKey;
use crate::policy::Aead;
use chacha20::XChaCha20;
use chacha20::cipher::{KeyIvInit, StreamCipher};

/// What a key does to a tag: the point at which it evaluates the message, and
/// what it adds to the value.
struct Tagger<E> {
    point: E,
    mask: u128,
}

fn blocks(bytes: &[u8]) -> impl Iterator<Item = [u8; 16]> {
    bytes.chunks(16).map(|chunk| {
        let mut block = [0; 16];
        block[..chunk.len()].copy_from_slice(chunk);
        block
    })
}

/// The value of everything but the ciphertext: associated data in front of
/// `count` blocks, the lengths behind them.
fn around<E: Element>(point: E, associated: &[E], lengths: E, count: usize) -> E {
    let value = associated
        .iter()
        .fold(E::ZERO, |value, block| value.add(*block).multiply(point));
    let moved = if associated.is_empty() {
        value
    } else {
        value.multiply(point.power(count + 1))
    };
    moved.add(lengths.multiply(point))
}

/// The rows of the system: for each key the factors of the blocks, and what
/// their sum must be.
fn rows<E: Element>(points: &[E], sums: &[E], count: usize) -> Vec<Vec<E>> {
    let keys = points.len();
    let mut rows = Vec::new();
    for (point, sum) in points.iter().zip(sums) {
        let factors: Vec<E> = (0..count).map(|at| point.power(count - at + 1)).collect();
        // The first blocks are solved for; those that are left, one right-hand
        // side each behind the sum, are free.
        let mut row = factors[..keys].to_vec();
        row.push(*sum);
        row.extend_from_slice(&factors[keys..]);
        rows.push(row);
    }
    rows
}

fn gcm_tag(key: &DerivedKey, nonce: &[u8], associated: &[u8]) -> u128 {
    let tag = Aead::Aes256Gcm.seal_in_place(key, nonce, associated, &mut []);
    u128::from_be_bytes(tag.unwrap())
}

/// A ciphertext of as many blocks as there are keys, and a tag.
pub(super) fn gcm(keys: &[&DerivedKey], nonce: &[u8], associated: &[u8]) -> Vec<u8> {
    let count = keys.len();
    let length = |bytes: usize| bytes as u128 * 8;
    let lengths = Ghash((length(associated.len()) << 64) | length(count * 16));
    let of_associated: Vec<_> = blocks(associated)
        .map(|block| Ghash(u128::from_be_bytes(block)))
        .collect();
    let taggers = keys.iter().map(|key| {
        // Of nothing at all the tag is the mask; of one block of zeros it is
        // the length block times the hash key, masked.
        let mask = gcm_tag(key, nonce, &[]);
        let masked = Ghash(gcm_tag(key, nonce, &[0; 16]) ^ mask);
        let point = masked.multiply(Ghash(128 << 64).invert());
        Tagger { point, mask }
    });
    let taggers: Vec<_> = taggers.collect();
    let tag = 0x5a_u128;
    let sums: Vec<_> = taggers
        .iter()
        .map(|tagger| {
            let rest = around(tagger.point, &of_associated, lengths, count);
            Ghash(tag ^ tagger.mask).subtract(rest)
        })
        .collect();
    let points: Vec<_> = taggers.iter().map(|tagger| tagger.point).collect();
    let solved = solve(rows(&points, &sums, count)).remove(0);
    let all = solved.iter().map(|block| block.0).chain([tag]);
    all.flat_map(u128::to_be_bytes).collect()
}

fn poly1305(key: &DerivedKey, nonce: &[u8]) -> Tagger<Prime> {
    let mut one_time = [0; 32];
    let nonce: [u8; 24] = nonce.try_into().unwrap();
    let mut cipher = XChaCha20::new(key.expose_key().into(), &nonce.into());
    cipher.apply_keystream(&mut one_time);
    let number = |at: usize| u128::from_le_bytes(core::array::from_fn(|byte| one_time[at + byte]));
    let clamped = number(0) & 0x0fff_fffc_0fff_fffc_0fff_fffc_0fff_ffff;
    Tagger {
        point: Prime::from_parts(clamped, 0),
        mask: number(16),
    }
}

/// A block of Poly1305 is a number from 2^128 to 2^129, a quarter of the
/// field: of the solutions one in 4^keys will do. Two free blocks are moved
/// to find one, see [`meet`].
pub(super) fn xchacha(
    keys: &[&DerivedKey],
    nonce: &[u8],
    associated: &[u8],
    count: usize,
) -> Option<Vec<u8>> {
    let taggers: Vec<_> = keys.iter().map(|key| poly1305(key, nonce)).collect();
    let points: Vec<_> = taggers.iter().map(|tagger| tagger.point).collect();
    let block = |bytes| Prime::from_parts(u128::from_le_bytes(bytes), 1);
    let of_associated: Vec<_> = blocks(associated).map(block).collect();
    let lengths = associated.len() as u128 | ((count as u128 * 16) << 64);
    let lengths = Prime::from_parts(lengths, 1);
    for tag in 0..10_000_u128 {
        let sums: Vec<_> = taggers
            .iter()
            .map(|tagger| {
                let rest = around(tagger.point, &of_associated, lengths, count);
                Prime::from_parts(tag.wrapping_sub(tagger.mask), 0).subtract(rest)
            })
            .collect();
        let solved = solve(rows(&points, &sums, count));
        let (start, moves) = solved.split_at(1);
        if let Some(found) = search(&start[0], moves) {
            let all = found.into_iter().chain([tag]);
            return Some(all.flat_map(u128::to_le_bytes).collect());
        }
    }
    None
}

/// The blocks, if there are such. `moves` says by how much each free block
/// takes off the others.
fn search(start: &[Prime], moves: &[Vec<Prime>]) -> Option<Vec<u128>> {
    let with = |free: &[u128]| {
        let mut blocks = start.to_vec();
        for (free, moves) in free.iter().zip(moves) {
            let number = Prime::from_parts(*free, 1);
            for (block, by) in blocks.iter_mut().zip(moves) {
                *block = block.subtract(by.multiply(number));
            }
        }
        let mut found = Vec::new();
        for block in blocks {
            let (low, high) = block.parts();
            if high != 1 {
                return None;
            }
            found.push(low);
        }
        found.extend_from_slice(free);
        Some(found)
    };
    match moves {
        [] => with(&[]),
        [one, two] => meet(start, one, two).find_map(|(one, two)| with(&[one, two])),
        _ => None,
    }
}

/// How many values of each free block are tried.
const TRIES: u64 = 1 << 18;
/// The blocks by whose highest two bits values are put together.
const MATCHED: usize = 8;

/// Pairs of free blocks whose sum may do, by meeting in the middle, in
/// fractions of the field.
fn meet(start: &[Prime], one: &[Prime], two: &[Prime]) -> impl Iterator<Item = (u128, u128)> {
    let fractions = |numbers: &[Prime]| numbers.iter().map(|number| number.fraction()).collect();
    let step = |numbers: &[Prime]| {
        numbers
            .iter()
            .map(|by| by.fraction().wrapping_neg())
            .collect()
    };
    let high = Prime::from_parts(0, 1);
    // Both free blocks are at least 2^128.
    let base = |start: Prime, by: Prime| start.subtract(by.multiply(high));
    let left: Vec<Prime> = start
        .iter()
        .zip(one)
        .map(|(start, by)| base(*start, *by))
        .collect();
    let right: Vec<Prime> = two.iter().map(|by| base(Prime::ZERO, *by)).collect();
    let (left, left_step): (Vec<u64>, Vec<u64>) = (fractions(&left), step(one));
    let (right, right_step): (Vec<u64>, Vec<u64>) = (fractions(&right), step(two));

    let at = |from: &[u64], step: &[u64], tried: u64| -> Vec<u64> {
        let moved = from.iter().zip(step);
        moved
            .map(|(from, step)| from.wrapping_add(step.wrapping_mul(tried)))
            .collect()
    };
    let mut buckets = vec![Vec::new(); 1 << (2 * MATCHED)];
    for tried in 0..TRIES {
        let values = at(&right, &right_step, tried);
        // Quarters that lie an eighth lower, so that the sum with a matching
        // quarter is centred on the wanted one.
        let key = values[..MATCHED].iter().fold(0, |key, value| {
            key << 2 | (value.wrapping_add(1 << 61) >> 62) as usize
        });
        buckets[key].push((tried, values));
    }
    (0..TRIES).flat_map(move |tried| {
        let values = at(&left, &left_step, tried);
        let key = values[..MATCHED].iter().fold(0, |key, value| {
            key << 2 | (1_usize.wrapping_sub((value >> 62) as usize) & 3)
        });
        let fits = |other: &Vec<u64>| {
            let mut pairs = values.iter().zip(other);
            pairs.all(|(one, other)| one.wrapping_add(*other) >> 62 == 1)
        };
        let matching = buckets[key].iter().filter(|(_, other)| fits(other));
        let found = matching.map(|(other, _)| (u128::from(tried), u128::from(*other)));
        found.collect::<Vec<_>>()
    })
}
