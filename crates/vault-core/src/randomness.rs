//! A last look at random bytes that a vault lives or dies by.

use crate::error::SealError;

/// Equal bytes in a row that a working source does not give: once in 2^56
/// places.
const RUN: usize = 8;

/// Refuses bytes of a source that is stuck, repeats itself with a period that
/// divides half of what was drawn, or left a part untouched. It cannot tell a
/// source that somebody can predict.
///
/// # Errors
/// [`SealError::BrokenRandomness`].
pub(crate) fn check(drawn: &[u8]) -> Result<(), SealError> {
    let (one, other) = drawn.split_at(drawn.len() / 2);
    let stuck = drawn
        .windows(RUN)
        .any(|run| run.iter().all(|byte| *byte == run[0]));
    if one == other || stuck {
        return Err(SealError::BrokenRandomness);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stuck_repeating_and_short_bytes_are_refused() {
        let counting: [u8; 32] = core::array::from_fn(|at| at as u8);
        assert_eq!(check(&counting), Ok(()));
        for period in [1, 2, 4, 8, 16] {
            let repeating: [u8; 32] = core::array::from_fn(|at| (at % period) as u8);
            assert!(check(&repeating).is_err(), "{period}");
        }
        for filled in 0..=24 {
            let mut short = [0; 32];
            short[..filled].copy_from_slice(&counting[..filled]);
            assert!(check(&short).is_err(), "{filled}");
        }
    }
}
