//! Sorting in little code.
//!
//! What a browser downloads holds one copy of a sort for each type and order.
//! The standard library's take six kilobytes a copy, for speed that lists of a
//! few thousand do not need; here one routine orders places, whatever is at
//! them.

/// Keys from which on counting beats comparing.
const RADIX_MIN: usize = 64;

/// Sorts by what `before` says of two values. Values of which neither stands
/// before the other keep their order.
pub fn sort_by<T>(items: &mut Vec<T>, mut before: impl FnMut(&T, &T) -> bool) {
    let places = {
        let items = &*items;
        places_in_order(items.len(), &mut |a, b| {
            before(&items[a as usize], &items[b as usize])
        })
    };
    if let Some(places) = places {
        let mut unsorted: Vec<Option<T>> = items.drain(..).map(Some).collect();
        let sorted = places.iter().map(|place| unsorted[*place as usize].take());
        items.extend(sorted.flatten());
    }
}

/// Sorts by a key that is cheap to ask for. Values with the same key keep their
/// order.
pub fn sort_by_key<T, K: Ord>(items: &mut Vec<T>, key: impl Fn(&T) -> K) {
    sort_by(items, |a, b| key(a) < key(b));
}

/// The places of `len` values in order; `None` if they stand in order.
fn places_in_order(len: usize, before: &mut dyn FnMut(u32, u32) -> bool) -> Option<Vec<u32>> {
    let len = u32::try_from(len).ok()?;
    if (1..len).all(|at| !before(at, at - 1)) {
        return None;
    }
    let mut places: Vec<u32> = (0..len).collect();
    let mut merged = places.clone();
    let len = len as usize;
    let mut width = 1;
    while width < len {
        for start in (0..len).step_by(2 * width) {
            let middle = len.min(start + width);
            let end = len.min(middle + width);
            // Runs that follow on one another are the rule in what is almost in
            // order.
            if middle == end || !before(places[middle], places[middle - 1]) {
                merged[start..end].copy_from_slice(&places[start..end]);
                continue;
            }
            let (mut left, mut right) = (start, middle);
            for target in &mut merged[start..end] {
                let from_right =
                    right < end && (left == middle || before(places[right], places[left]));
                let source = if from_right { &mut right } else { &mut left };
                *target = places[*source];
                *source += 1;
            }
        }
        core::mem::swap(&mut places, &mut merged);
        width *= 2;
    }
    Some(places)
}

/// Sorts numbers, least first.
pub fn sort_numbers(numbers: &mut Vec<u64>) {
    if numbers.len() < RADIX_MIN {
        for end in 1..numbers.len() {
            let mut at = end;
            while at > 0 && numbers[at] < numbers[at - 1] {
                numbers.swap(at, at - 1);
                at -= 1;
            }
        }
        return;
    }
    let mut moved = numbers.clone();
    for shift in (0..64).step_by(8) {
        let digit = |number: u64| (number >> shift) as usize & 0xff;
        let mut starts = [0_usize; 256];
        numbers
            .iter()
            .for_each(|number| starts[digit(*number)] += 1);
        // A digit that all of them share orders nothing.
        if starts[digit(numbers[0])] == numbers.len() {
            continue;
        }
        let mut next = 0;
        for start in &mut starts {
            next += core::mem::replace(start, next);
        }
        for number in numbers.iter() {
            let start = &mut starts[digit(*number)];
            moved[*start] = *number;
            *start += 1;
        }
        core::mem::swap(numbers, &mut moved);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sorts_stably(keys in vec(0..40_u8, 0..300)) {
            let mut ours: Vec<(u8, usize)> = keys.iter().copied().zip(0..).collect();
            let mut theirs = ours.clone();
            sort_by_key(&mut ours, |(key, _)| *key);
            theirs.sort_by_key(|(key, _)| *key);
            prop_assert_eq!(ours, theirs);
        }

        #[test]
        fn sorts_numbers(mut numbers in vec(prop_oneof![any::<u64>(), 0..300_u64], 0..300)) {
            let mut theirs = numbers.clone();
            sort_numbers(&mut numbers);
            theirs.sort_unstable();
            prop_assert_eq!(numbers, theirs);
        }

        #[test]
        fn a_contradictory_order_loses_nothing(len in 0..200_usize, answers: u64) {
            let mut items: Vec<usize> = (0..len).collect();
            let mut asked = 0;
            sort_by(&mut items, |_, _| {
                asked += 1;
                answers >> (asked % 64) & 1 == 1
            });
            items.sort_unstable();
            prop_assert_eq!(items, (0..len).collect::<Vec<_>>());
        }
    }
}
