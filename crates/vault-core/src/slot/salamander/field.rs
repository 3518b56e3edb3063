//! The two fields in which the ciphers of this crate compute their tags.

/// An element of a finite field.
pub(super) trait Element: Copy + PartialEq {
    const ZERO: Self;
    fn add(self, other: Self) -> Self;
    fn subtract(self, other: Self) -> Self;
    fn multiply(self, other: Self) -> Self;
    /// The inverse; of zero, zero.
    fn invert(self) -> Self;

    fn power(self, exponent: usize) -> Self {
        (1..exponent).fold(self, |power, _| power.multiply(self))
    }
}

/// An element of the field of GCM (NIST SP 800-38D, 6.3), first bit highest.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Ghash(pub(super) u128);

impl Element for Ghash {
    const ZERO: Self = Self(0);

    fn add(self, other: Self) -> Self {
        Self(self.0 ^ other.0)
    }

    fn subtract(self, other: Self) -> Self {
        self.add(other)
    }

    fn multiply(self, other: Self) -> Self {
        let (mut product, mut power) = (0, other.0);
        for bit in (0..128).rev() {
            if self.0 >> bit & 1 == 1 {
                product ^= power;
            }
            let carry = power & 1;
            power = (power >> 1) ^ (carry * (0xe1 << 120));
        }
        Self(product)
    }

    /// x^(2^128 - 2).
    fn invert(self) -> Self {
        let (mut inverse, mut power) = (Self(1 << 127), self);
        for _ in 1..128 {
            power = power.multiply(power);
            inverse = inverse.multiply(power);
        }
        inverse
    }
}

const MASK: u64 = (1 << 26) - 1;
/// 2^130 - 5.
const MODULUS: [u64; 5] = [MASK - 4, MASK, MASK, MASK, MASK];

/// An element of the field of Poly1305 (RFC 8439, 2.5): a number modulo
/// 2^130 - 5, 26 bits a limb, lowest first, always reduced.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Prime([u64; 5]);

impl Prime {
    /// The number low + high · 2^128, for high below 4.
    pub(super) fn from_parts(low: u128, high: u128) -> Self {
        let limb = |at: u32| (low >> (26 * at)) as u64 & MASK;
        let top = (low >> 104) as u64 | (high << 24) as u64;
        Self([limb(0), limb(1), limb(2), limb(3), top]).reduced()
    }

    /// What lies below 2^128, and what above.
    pub(super) fn parts(self) -> (u128, u128) {
        let low = self.0.iter().zip(0..).fold(0_u128, |sum, (limb, at)| {
            sum | (u128::from(*limb) << (26 * at))
        });
        (low, u128::from(self.0[4] >> 24))
    }

    /// How far into the field the number lies, in parts of 2^64.
    pub(super) fn fraction(self) -> u64 {
        let (low, high) = self.parts();
        (high << 62) as u64 | (low >> 66) as u64
    }

    fn reduced(mut self) -> Self {
        for _ in 0..3 {
            let mut carry = 0;
            for limb in &mut self.0 {
                *limb += carry;
                carry = *limb >> 26;
                *limb &= MASK;
            }
            self.0[0] += 5 * carry;
        }
        let beyond = self.0[0] >= MODULUS[0] && self.0[1..] == MODULUS[1..];
        if beyond {
            self.0 = [self.0[0] - MODULUS[0], 0, 0, 0, 0];
        }
        self
    }
}

impl Element for Prime {
    const ZERO: Self = Self([0; 5]);

    fn add(self, other: Self) -> Self {
        Self(core::array::from_fn(|at| self.0[at] + other.0[at])).reduced()
    }

    fn subtract(self, other: Self) -> Self {
        // Twice the modulus, so that no limb borrows.
        Self(core::array::from_fn(|at| {
            self.0[at] + 2 * MODULUS[at] - other.0[at]
        }))
        .reduced()
    }

    fn multiply(self, other: Self) -> Self {
        let mut product = [0; 5];
        for (one, left) in self.0.iter().enumerate() {
            for (two, right) in other.0.iter().enumerate() {
                let wrap = if one + two < 5 { 1 } else { 5 };
                product[(one + two) % 5] += left * right * wrap;
            }
        }
        Self(product).reduced()
    }

    /// x^(2^130 - 7), whose bits are all set but two.
    fn invert(self) -> Self {
        let mut inverse = Self([1, 0, 0, 0, 0]);
        for bit in (0..130).rev() {
            inverse = inverse.multiply(inverse);
            if bit != 1 && bit != 2 {
                inverse = inverse.multiply(self);
            }
        }
        inverse
    }
}

/// Solves a system of linear equations, each a row: the coefficients and
/// behind them right-hand sides. Returns, for each right-hand side, the
/// unknowns.
pub(super) fn solve<E: Element>(mut rows: Vec<Vec<E>>) -> Vec<Vec<E>> {
    let count = rows.len();
    for column in 0..count {
        let pivot = (column..count).find(|at| rows[*at][column] != E::ZERO);
        rows.swap(column, pivot.unwrap_or(column));
        let inverse = rows[column][column].invert();
        let pivot: Vec<E> = rows[column]
            .iter()
            .map(|value| value.multiply(inverse))
            .collect();
        for (at, row) in rows.iter_mut().enumerate() {
            let factor = row[column];
            if at == column {
                row.clone_from(&pivot);
            } else {
                for (value, pivot) in row.iter_mut().zip(&pivot) {
                    *value = value.subtract(pivot.multiply(factor));
                }
            }
        }
    }
    let sides = count..rows[0].len();
    sides
        .map(|side| rows.iter().map(|row| row[side]).collect())
        .collect()
}

#[test]
fn both_fields_invert_what_they_multiply() {
    for number in [1_u128, 2, 5, 1 << 64, u128::MAX, 0x1234_5678_9abc_def0] {
        let element = Ghash(number);
        assert_eq!(element.multiply(element.invert()), Ghash(1 << 127));
        let element = Prime::from_parts(number, 2);
        let product = element.multiply(element.invert());
        assert_eq!(product.parts(), (1, 0));
        assert_eq!(element.subtract(element), Prime::ZERO);
        assert_eq!(element.add(element).subtract(element), element);
        assert_eq!(element.parts(), (number, 2));
    }
    assert_eq!(Prime::from_parts(u128::MAX - 4, 3), Prime::ZERO);
}
