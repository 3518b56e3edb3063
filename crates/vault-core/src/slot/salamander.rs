//! A ciphertext that AES-256-GCM opens under two keys ("invisible
//! salamander", Dodis and others, 2018), to show that a slot opens under one.
//!
//! With one free block x in front of the last two blocks of GHASH, the tags
//! under both keys are equal when x solves a linear equation over GF(2^128).
#![allow(clippy::unwrap_used)]

use super::tests::{slot_key, wrapped};
use super::*;
use crate::key::DerivedKey;
use crate::policy::Aead;

/// Multiplication in the field of GCM (NIST SP 800-38D, 6.3), first bit
/// highest.
fn multiply(x: u128, y: u128) -> u128 {
    let (mut product, mut power) = (0, y);
    for bit in (0..128).rev() {
        if x >> bit & 1 == 1 {
            product ^= power;
        }
        let carry = power & 1;
        power = (power >> 1) ^ (carry * (0xe1 << 120));
    }
    product
}

/// x^(2^128 - 2).
fn invert(x: u128) -> u128 {
    let (mut inverse, mut power) = (1 << 127, x);
    for _ in 1..128 {
        power = multiply(power, power);
        inverse = multiply(inverse, power);
    }
    inverse
}

/// What a key does in GCM: its hash key, the mask of its tag.
struct Gcm {
    hash_key: u128,
    mask: u128,
}

fn tag(key: &DerivedKey, nonce: &[u8], associated: &[u8]) -> u128 {
    let tag = Aead::Aes256Gcm.seal_in_place(key, nonce, associated, &mut []);
    u128::from_be_bytes(tag.unwrap())
}

impl Gcm {
    fn of(key: &DerivedKey, nonce: &[u8]) -> Self {
        // Of nothing at all the tag is the mask; of one block of zeros it is
        // the length block times the hash key, masked.
        let mask = tag(key, nonce, &[]);
        let length_block = 128 << 64;
        let hash_key = multiply(tag(key, nonce, &[0; 16]) ^ mask, invert(length_block));
        Self { hash_key, mask }
    }

    fn tag(&self, associated: &[u8], ciphertext: &[u128; 2]) -> u128 {
        let lengths = ((associated.len() as u128 * 8) << 64) | 256;
        let blocks = associated.chunks(16).map(|chunk| {
            let mut block = [0; 16];
            block[..chunk.len()].copy_from_slice(chunk);
            u128::from_be_bytes(block)
        });
        let blocks = blocks.chain(ciphertext.iter().copied()).chain([lengths]);
        let hash = blocks.fold(0, |hash, block| multiply(hash ^ block, self.hash_key));
        hash ^ self.mask
    }
}

/// A ciphertext of 32 bytes and its tag that open under both keys.
fn craft(keys: [&DerivedKey; 2], nonce: &[u8], associated: &[u8]) -> [u8; CIPHER_LEN] {
    let [one, two] = keys.map(|key| Gcm::of(key, nonce));
    // tag(x) = tag(0) + x · H^3, for the first of two blocks.
    let cubed = |gcm: &Gcm| multiply(multiply(gcm.hash_key, gcm.hash_key), gcm.hash_key);
    let difference = one.tag(associated, &[0, 7]) ^ two.tag(associated, &[0, 7]);
    let x = multiply(difference, invert(cubed(&one) ^ cubed(&two)));
    let tag = one.tag(associated, &[x, 7]);
    assert_eq!(tag, two.tag(associated, &[x, 7]));
    let mut cipher = [0; CIPHER_LEN];
    for (at, block) in [x, 7, tag].into_iter().enumerate() {
        cipher[at * 16..][..16].copy_from_slice(&block.to_be_bytes());
    }
    cipher
}

#[test]
fn a_slot_crafted_to_open_under_two_keys_opens_under_one() {
    let (mut slot, request) = wrapped(&Policy::V1);
    let associated = slot.associated_data();
    let keys = [5, 6].map(|fill| SlotKeys::derive(&slot_key(&request, fill), &associated));
    let nonce = slot.nonce.as_slice();
    slot.cipher = FixedBytes(craft([&keys[0].wrap, &keys[1].wrap], nonce, &associated));
    for keys in &keys {
        let mut buffer = slot.cipher.0.to_vec();
        let opened = Aead::Aes256Gcm.open_in_place(&keys.wrap, nonce, &associated, &mut buffer);
        assert!(opened.is_ok(), "the cipher alone is fooled");
    }
    for (committed, keys) in keys.iter().enumerate() {
        let mut slot = slot.clone();
        slot.commitment = FixedBytes(keys.commitment());
        for (tried, fill) in [5, 6].into_iter().enumerate() {
            let opened = slot.unwrap(&slot_key(&request, fill));
            assert_eq!(opened.is_ok(), tried == committed);
        }
    }
}
